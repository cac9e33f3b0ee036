//! The plan of a line, and the plans of a code object.

use super::symbols::{Built, FRESH, Operand, Sym, SymId};
use crate::uses::Uses;

/// An object to read after a line has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The object may have changed.
    Touch(SymId),
    /// As `Touch`; if the object is a list, it can only have got more items at its end.
    Grow(SymId),
    /// An in-place operator was applied to the object that is here afterwards.
    InPlace(SymId),
    /// One attribute of the object may have changed.
    Attr(SymId, u32),
    /// One item of the object may have changed.
    Item(SymId, SymId),
    /// An item of the object was read, which may change a defaultdict.
    Read(SymId),
}

/// What one line can do. Fields that every event needs are next to each other.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub struct LinePlan {
    /// Whether it calls nothing, and runs no Python code through attributes, operators or iterators.
    pub quiet: bool,
    /// Whether it changes no variable and nothing that can be read.
    pub idle: bool,
    /// Whether it does something that the walk does not understand.
    pub dirty: bool,
    /// Whether it assigns global names.
    pub globals: bool,
    /// Whether the code that it runs depends on variables that it assigns itself, so that it is known only afterwards.
    pub rebinds: bool,
    /// Whether `rebinds` is set, or it has [paths](Self::paths).
    pub again: bool,
    /// Whether it changes objects that its calls return.
    pub results: bool,
    /// Whether results of its calls are iterated over, or passed to calls.
    pub hands_on: bool,
    /// Whether results of its calls are used as operands, or their attributes are read.
    pub uses_results: bool,
    /// Whether anything has to be read when a call that it makes begins.
    pub effects: bool,
    /// Whether it has no events: see [`elide`](super::elide).
    pub elided: bool,
    /// Whether such a line may follow.
    pub leads_over: bool,
    /// Whether another line may follow after such lines.
    pub has_ways: bool,
    /// Whether instructions of other lines run as parts of it, without an event: see [`told`](super::told).
    pub moves: bool,
    /// Whether some of its paths were loaded by another line, or are changed by one.
    pub carries: bool,
    /// Whether it reads attributes: whether `loads` or `own_loads` has any.
    pub has_loads: bool,
    /// Whether `operands`, `iterators` or `given` has any.
    pub has_operands: bool,
    /// Slots that it assigns or deletes.
    pub slots: Vec<u32>,
    /// Slots to which an in-place operator is applied.
    pub updated: Vec<u32>,
    /// Names in the module's or class's namespace that it assigns or deletes.
    pub names: Vec<u32>,
    /// Objects that it changes.
    pub checks: Vec<Check>,
    /// Calls that it makes (indexes into [`Plans::calls`]).
    pub calls: Vec<u32>,
    /// Attributes that it reads (indexes into [`Plans::loads`]).
    pub loads: Vec<u32>,
    /// Those of them whose object is in the recording, so that its class was judged.
    pub own_loads: Vec<u32>,
    /// Operands of its operators, and other values that it uses in the same way.
    pub operands: Vec<Operand>,
    /// All uses of these operands.
    pub uses: Uses,
    /// Iterators that it advances.
    pub iterators: Vec<SymId>,
    /// Values that it iterates over, but not by a loop.
    pub given: Vec<SymId>,
    /// Objects that it changes and has loaded before other code runs, which may replace them: see
    /// [`held`](super::held).
    pub paths: Vec<SymId>,
    /// The ways to lines that may follow after lines without events.
    pub ways: Vec<Way>,
}

impl LinePlan {
    pub(super) fn has_effects(&self) -> bool {
        let writes = |check: &Check| !matches!(check, Check::Read(_));
        self.globals || !self.slots.is_empty() || self.checks.iter().any(writes)
    }

    /// Adds the effects of another line.
    pub(super) fn take_in(&mut self, other: Self) {
        self.slots.extend(other.slots);
        self.updated.extend(other.updated);
        self.names.extend(other.names);
        self.checks.extend(other.checks);
        self.calls.extend(other.calls);
        self.loads.extend(other.loads);
        self.own_loads.extend(other.own_loads);
        self.operands.extend(other.operands);
        self.iterators.extend(other.iterators);
        self.given.extend(other.given);
        self.paths.extend(other.paths);
        self.globals |= other.globals;
        self.dirty |= other.dirty;
        self.carries |= other.carries;
    }

    pub(super) fn is_idle(&self) -> bool {
        !self.globals && self.slots.is_empty() && self.checks.is_empty()
    }

    pub(super) fn is_quiet(&self) -> bool {
        !self.dirty
            && self.calls.is_empty()
            && self.given.is_empty()
            && self.loads.is_empty()
            && self.own_loads.is_empty()
            && self.operands.is_empty()
            && self.iterators.is_empty()
    }
}

/// Arguments of a call that may be called, whose values may not be known before it. [`FRESH`] stands for others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Called {
    /// The first and the second argument without a keyword.
    pub positional: [SymId; 2],
    /// The arguments with keywords.
    pub keywords: Box<[SymId]>,
}

impl Default for Called {
    fn default() -> Self {
        Self { positional: [FRESH; 2], keywords: Box::default() }
    }
}

impl Called {
    /// Whether there is any.
    pub fn is_any(&self) -> bool {
        !self.keywords.is_empty() || self.positional != [FRESH; 2]
    }
}

/// The plans of a code object.
#[derive(Debug, Default)]
pub struct Plans {
    /// The symbols that the plans use. 0 is [`Sym::Unknown`], 1 is [`Sym::Fresh`], 2 is [`Sym::Made`].
    pub symbols: Vec<Sym>,
    /// Containers that lines build.
    pub built: Vec<Built>,
    /// The callee of each call.
    pub calls: Vec<SymId>,
    /// The arguments of each call that it may iterate over or call, if it goes to C code.
    pub given: Vec<Box<[SymId]>>,
    /// The arguments of each call that C code may call, and that may not be known before it.
    pub called: Vec<Called>,
    /// Offsets of the calls' instructions, ascending; `u32::MAX` if a line may run a call more than once, so that
    /// seeing its callee once proves nothing.
    pub call_offsets: Vec<u32>,
    /// The ranges in which frames wait for another frame to which they delegate: from its instruction to the end of the
    /// loop.
    pub sends: Vec<(u32, u32)>,
    /// (object, name) of each attribute that is read.
    pub loads: Vec<(SymId, u32)>,
    /// The plans of lines. 0 is for lines that are not in the table: dirty.
    pub lines: Vec<LinePlan>,
    /// The index of the plan of each line, starting at `first_line`.
    pub index: Vec<u32>,
    /// See `index`.
    pub first_line: u32,
    /// For each code unit, the elided line that it belongs to; 0 for others. Empty if there is none.
    pub elided: Box<[u32]>,
    /// The start of its frames.
    pub entry: Option<Entry>,
    /// The plan of a frame that has run no line yet.
    pub before: LinePlan,
}

impl Plans {
    /// The plans of code whose lines are not recorded.
    pub fn of_nothing() -> Self {
        Self { lines: vec![LinePlan::default()], ..Self::default() }
    }

    /// The plan of a line.
    #[inline]
    pub fn of(&self, line: u32) -> &LinePlan {
        let index = self.index.get(line.wrapping_sub(self.first_line) as usize).copied().unwrap_or(0);
        &self.lines[index as usize]
    }

    /// As [`Self::of`]; `None` for lines that are not in the table.
    pub(super) fn of_mut(&mut self, line: u32) -> Option<&mut LinePlan> {
        let index = self.index.get(line.wrapping_sub(self.first_line) as usize).copied().filter(|index| *index != 0)?;
        self.lines.get_mut(index as usize)
    }
}

/// The lines that were passed on a way to another line.
#[derive(Clone, Debug)]
pub struct Way {
    /// The line it leads to.
    pub to: u32,
    /// The passed lines, in order.
    pub through: Box<[u32]>,
}

/// The instruction at which frames of a code object run their first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Index of the instruction's code unit.
    pub unit: u32,
    /// Its line.
    pub line: u32,
}
