//! The plan of a line, and those of a code object.

use super::symbols::{Built, Operand, Sym, SymId};
use crate::uses::Uses;

/// Something to look at after a line has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The object may have changed.
    Touch(SymId),
    /// An in-place operator was applied to what is found here afterwards.
    InPlace(SymId),
    /// One attribute of the object may have changed.
    Attr(SymId, u32),
    /// One item of the object may have changed.
    Item(SymId, SymId),
    /// An item of the object was read, which changes a defaultdict.
    Read(SymId),
}

/// What one line can do. What every event asks for lies side by side.
#[derive(Clone, Debug, Default)]
#[repr(C)]
pub struct LinePlan {
    /// It calls nothing, and runs code of nobody's through attributes, operators or iterators.
    pub quiet: bool,
    /// It changes no variable and nothing that can be looked at.
    pub idle: bool,
    /// It does something that the walk does not understand.
    pub dirty: bool,
    /// It assigns global names.
    pub globals: bool,
    /// What it runs depends on variables that it assigns itself: only afterwards can be said what that was.
    pub rebinds: bool,
    /// So it is, or it has [paths](Self::paths).
    pub again: bool,
    /// It changes what its calls return.
    pub results: bool,
    /// What its calls return is iterated over, or given to calls.
    pub hands_on: bool,
    /// What its calls return is used as an operand, or attributes of that are read.
    pub uses_results: bool,
    /// Anything is to be looked at when a call it makes begins.
    pub effects: bool,
    /// It needs no event of its own: see [`elide`](super::elide).
    pub elided: bool,
    /// Such a line may follow.
    pub leads_over: bool,
    /// Another line may follow after such lines.
    pub has_ways: bool,
    /// Instructions of other lines run as part of it, without an event: see [`told`](super::told).
    pub moves: bool,
    /// Some of its paths were loaded by another line, or are changed by one.
    pub carries: bool,
    /// Slots it assigns or deletes.
    pub slots: Vec<u32>,
    /// Those that an in-place operator is applied to.
    pub updated: Vec<u32>,
    /// Names of the module or class that it assigns.
    pub names: Vec<u32>,
    /// Objects it changes.
    pub checks: Vec<Check>,
    /// Calls it makes (indexes into [`Plans::calls`]).
    pub calls: Vec<u32>,
    /// Attributes it reads (indexes into [`Plans::loads`]).
    pub loads: Vec<u32>,
    /// Those of them whose object is seen by the recording, so that its class was judged.
    pub own_loads: Vec<u32>,
    /// Operands of its operators, and what else it uses as they do.
    pub operands: Vec<Operand>,
    /// All that is done with them.
    pub uses: Uses,
    /// Iterators it advances.
    pub iterators: Vec<SymId>,
    /// What it iterates over other than by a loop.
    pub given: Vec<SymId>,
    /// What it changes and has loaded before other code runs, which may put something else there: see [`held`](super::held).
    pub paths: Vec<SymId>,
    /// What may follow after lines that need no event.
    pub ways: Vec<Way>,
}

impl LinePlan {
    pub(super) fn has_effects(&self) -> bool {
        let writes = |check: &Check| !matches!(check, Check::Read(_));
        self.globals || !self.slots.is_empty() || self.checks.iter().any(writes)
    }

    /// What another line does is done by this one as well.
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

/// The plans of a code object.
#[derive(Debug, Default)]
pub struct Plans {
    /// Values the plans speak of; 0 is [`Sym::Unknown`], 1 is [`Sym::Fresh`], 2 is
    /// [`Sym::Made`].
    pub symbols: Vec<Sym>,
    /// Containers that lines build.
    pub built: Vec<Built>,
    /// Callees of the calls.
    pub calls: Vec<SymId>,
    /// What each call is given that it may iterate over or call, if it goes to C code.
    pub given: Vec<Box<[SymId]>>,
    /// Offsets of the calls' instructions, ascending; `u32::MAX` where a line may run a call more
    /// than once, so that seeing its callee once proves nothing.
    pub call_offsets: Vec<u32>,
    /// Where frames wait for another that they delegate to: from its instruction to the end of that loop.
    pub sends: Vec<(u32, u32)>,
    /// (object, name) of the attributes that are read.
    pub loads: Vec<(SymId, u32)>,
    /// Plans; 0 is for lines that are not in the table: dirty.
    pub lines: Vec<LinePlan>,
    /// First line, and index of the plan of each line from there.
    pub index: Vec<u32>,
    /// See `index`.
    pub first_line: u32,
    /// The line of each code unit that belongs to an elided one; 0 for others. Empty where there is none.
    pub elided: Box<[u32]>,
    /// Where its frames begin.
    pub entry: Option<Entry>,
    /// The plan of a frame that has run no line yet.
    pub before: LinePlan,
}

impl Plans {
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

/// The lines that were passed on the way to another.
#[derive(Clone, Debug)]
pub struct Way {
    /// The line it leads to.
    pub to: u32,
    /// The lines passed, in order.
    pub through: Box<[u32]>,
}

/// Where frames of a code object run their first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Index of the instruction's code unit.
    pub unit: u32,
    /// Its line.
    pub line: u32,
}
