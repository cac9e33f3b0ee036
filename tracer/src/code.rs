//! Code objects: their numbers on the wire, their slots, and the plans of their lines.

use connie_wire::level::Level;
use connie_wire::op::put;
use pyo3_ffi as ffi;

use crate::capture::Capture;
use crate::opcodes::{self, Opcode};
use crate::plan::{self, CodeView, Plans, Position};
use crate::raw::{self, Obj, Owned, code_flag};
use crate::sites::Site;
use crate::tasks;
use crate::traits::Traits;

/// The events by which the lines of a code object are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinesBy {
    /// Line events.
    Line,
    /// Instruction events: see [`crate::plan::positions`].
    Instruction,
    /// Its lines are not recorded.
    Nothing,
}

/// A recorded code object.
pub struct CodeInfo {
    /// The code object, to which a reference is held.
    pub object: Obj,
    /// How much is recorded of it.
    pub level: Level,
    /// Number on the wire; [`UNKNOWN`] until it is announced.
    pub id: u32,
    /// The strs that it is announced with.
    declared: Declared,
    /// `co_firstlineno`
    pub first_line: u32,
    /// Number of slots that are shown. In modules and classes these are variables of comprehensions.
    pub slots: usize,
    /// Which slots may hold cells.
    pub cells: Box<[bool]>,
    /// Slots whose values are secret.
    pub secret: Box<[bool]>,
    /// Whether no slot is a cell or a secret, so that the fast path can be used.
    pub plain: bool,
    /// Whether any slot is a secret.
    pub secrets: bool,
    /// Whether its names are in a namespace, not in slots.
    pub namespace: bool,
    /// Whether it runs as a part of tasks.
    pub is_async: bool,
    /// Whether its frames can be suspended.
    pub suspends: bool,
    /// Whether it is an `__iter__`.
    pub makes_iterator: bool,
    /// Whether iterating over something that it has returned runs unrecorded code.
    pub foreign_iterator: bool,
    /// Whether its events are switched on (3.12 and later).
    pub switched_on: bool,
    /// Whether every line has an event, so that none is left out.
    pub tells_all: bool,
    /// For each code unit, what an instruction event there says, if its lines are found by such events; else empty.
    pub positions: Box<[Position]>,
    /// Whether a debugger made one of its frames jump, so that passed lines cannot be inferred.
    pub jumps: bool,
    /// The plans of its lines: what each can change.
    pub plans: Plans,
    /// What is known of its calls.
    pub sites: Box<[Site]>,
    /// What is known of the attributes that it reads.
    pub loads: Box<[Site]>,
    /// What is known of the global names that a function uses.
    pub globals: Globals,
    /// `co_names` and `co_consts`, which belong to the code object.
    pub names: Obj,
    /// See `names`.
    pub consts: Obj,
    /// (start, end, line) of `co_lines()`.
    lines: Box<[(u32, u32, Option<u32>)]>,
    /// The line of each code unit, or [`NO_LINE`], if its lines are not recorded; else empty.
    lines_of_units: Box<[u32]>,
    /// In 3.10 and 3.11: whether the instruction at each code unit yields.
    pub yields: Box<[bool]>,
    /// Whether the instruction at each code unit advances an iterator. A StopIteration raised there is the end of a
    /// loop.
    pub iterates: Box<[bool]>,
}

/// The number of code that was not announced yet.
pub const UNKNOWN: u32 = u32::MAX;

/// Stands for the line of code that has none. Modules begin at line 0.
const NO_LINE: u32 = u32::MAX;

/// What the recording stores of a code object. The strs belong to it.
struct Declared {
    qualname: Obj,
    slots: Vec<Obj>,
    flags: u32,
    arguments: u32,
    /// Number of slots that are free variables.
    free: u32,
}

/// When a function's globals were last read, and which of their objects it names.
#[derive(Default)]
pub struct Globals {
    /// The epoch in which the containers below were up to date.
    pub epoch: u32,
    /// The version of the dict when this was computed.
    pub version: u64,
    /// The containers among the values that the function names. They live as long as the version is unchanged.
    pub containers: Vec<usize>,
    /// The address of the globals of its module, once a frame had them.
    pub home: usize,
    /// How many context variables and proxies had been met in namespaces when the code's names were last looked up.
    pub standings: u32,
}

impl CodeInfo {
    /// Announces this code, which is in the file with this number.
    ///
    /// # Safety
    /// Under the GIL.
    pub unsafe fn announce(&mut self, capture: &mut Capture, file: u32) {
        // SAFETY: the strs belong to the code, which is held.
        unsafe {
            let slots = self.declared.slots.iter();
            let ids: Vec<u32> = slots.map(|name| capture.names.string_of(&mut capture.ring, *name)).collect();
            let name = capture.names.string_of(&mut capture.ring, self.declared.qualname);
            self.id = capture.names.new_code();
            let ring = &mut capture.ring;
            ring.reserve(64 + 8 * ids.len());
            let Declared { flags, arguments, free, .. } = self.declared;
            put::code(ring, file, name, self.first_line, flags, arguments, free, self.level, &ids);
        }
    }

    /// Whether its lines are not recorded.
    #[inline(always)]
    pub fn is_thin(&self) -> bool {
        self.level != Level::Lines
    }

    /// Notes that its events are on; which ones are to be switched on, if they were not on.
    #[inline(always)]
    pub fn newly_on(&mut self) -> Option<LinesBy> {
        if std::mem::replace(&mut self.switched_on, true) {
            return None;
        }
        Some(match (self.is_thin(), self.positions.is_empty()) {
            (true, _) => LinesBy::Nothing,
            (_, true) => LinesBy::Line,
            (_, false) => LinesBy::Instruction,
        })
    }

    /// The line of the instruction at an offset.
    pub fn line_at(&self, offset: u32) -> Option<u32> {
        let after = self.lines.partition_point(|range| range.0 <= offset);
        self.lines[..after].iter().rev().find(|range| offset < range.1)?.2
    }

    /// The number of its arguments, which are in its first slots.
    #[inline(always)]
    pub fn arguments(&self) -> usize {
        (self.declared.arguments as usize).min(self.slots)
    }

    /// The line of the instruction at a code unit, in code whose lines are not recorded.
    #[inline(always)]
    pub fn line_of_unit(&self, unit: usize) -> Option<u32> {
        self.lines_of_units.get(unit).copied().filter(|line| *line != NO_LINE)
    }

    /// The name of that index, an exact str.
    ///
    /// # Safety
    /// The code object is held.
    #[inline]
    pub unsafe fn name(&self, n: u32) -> Obj {
        // SAFETY: the caller's promise: the tuple of names belongs to the code object, and never changes.
        unsafe { raw::tuple_items(self.names)[n as usize] }
    }
}

unsafe fn attribute(code: Obj, name: &std::ffi::CStr) -> Option<Obj> {
    // SAFETY: a getter of a builtin type.
    unsafe {
        let found = ffi::PyObject_GetAttrString(code, name.as_ptr());
        if found.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        Some(found)
    }
}

unsafe fn number(code: Obj, name: &std::ffi::CStr) -> Option<u32> {
    // SAFETY: as in `attribute`; the result is an int.
    unsafe {
        let found = attribute(code, name)?;
        let n = raw::small_int(found);
        ffi::Py_DecRef(found);
        u32::try_from(n?).ok()
    }
}

/// Examines a code object. The collector is switched off meanwhile: the getters used here make tuples, and a collection
/// would run finalizers of the program within a hook.
///
/// # Safety
/// `code` is a code object; under the GIL.
pub unsafe fn examine(capture: &mut Capture, minor: u32, code: Obj, level: Level) -> Option<CodeInfo> {
    // SAFETY: the caller's promise.
    unsafe {
        let enabled = ffi::PyGC_Disable();
        let info = examine_quietly(capture, minor, code, level);
        if enabled != 0 {
            ffi::PyGC_Enable();
        }
        info
    }
}

/// The results of a code object's getters. `release` drops the references.
struct Parts {
    names: Obj,
    consts: Obj,
    locals: Obj,
    cellvars: Obj,
    freevars: Obj,
    bytes: Obj,
    qualname: Obj,
}

impl Parts {
    unsafe fn of(code: Obj) -> Option<Self> {
        // SAFETY: the caller's promise: a code object.
        unsafe {
            Some(Self {
                names: attribute(code, c"co_names")?,
                consts: attribute(code, c"co_consts")?,
                locals: attribute(code, c"co_varnames")?,
                cellvars: attribute(code, c"co_cellvars")?,
                freevars: attribute(code, c"co_freevars")?,
                bytes: attribute(code, c"co_code")?,
                qualname: attribute(code, c"co_qualname").or_else(|| attribute(code, c"co_name"))?,
            })
        }
    }

    /// Releases what each getter creates. Names live as long as the code, which is held.
    unsafe fn release(&self) {
        for object in [self.locals, self.cellvars, self.freevars, self.bytes] {
            // SAFETY: the references are ours.
            unsafe { ffi::Py_DecRef(object) };
        }
    }
}

/// The slots of a code object: the name of each, and whether it is a cell.
struct Slots {
    names: Vec<Obj>,
    cells: Vec<bool>,
}

impl Slots {
    unsafe fn of(parts: &Parts, minor: u32) -> Self {
        // SAFETY: the parts are tuples of strs.
        unsafe {
            let locals = raw::tuple_items(parts.locals);
            let cells = raw::tuple_items(parts.cellvars);
            let is_same =
                |one: Obj, other: Obj| std::ptr::eq(one, other) || raw::str_bytes(one) == raw::str_bytes(other);
            let is_local = |name: &Obj| locals.iter().any(|local| is_same(*local, *name));
            let mut names = locals.to_vec();
            // From 3.11 on, a local that is a cell has one slot; before, it has two.
            names.extend(cells.iter().filter(|name| minor == 10 || !is_local(name)));
            names.extend(raw::tuple_items(parts.freevars));
            let own = cells.iter().map(|name| raw::str_bytes(*name)).collect::<Vec<_>>();
            let is_cell =
                |(n, name): (usize, &Obj)| n >= locals.len() || minor >= 11 && own.contains(&raw::str_bytes(*name));
            let cells = names.iter().enumerate().map(is_cell).collect();
            Self { names, cells }
        }
    }
}

/// The instructions of a code object, and their lines.
struct Bytecode<'a> {
    minor: u32,
    bytes: &'a [u8],
    table: &'a [(Opcode, u8); 256],
    lines: &'a [(u32, u32, Option<u32>)],
    first_line: u32,
}

/// The plans of the lines of a code object, and the positions of its instruction events, if it has such.
unsafe fn plans(code: Obj, parts: &Parts, bytecode: &Bytecode<'_>) -> (Plans, Box<[Position]>) {
    let &Bytecode { minor, bytes, table, lines, first_line } = bytecode;
    // SAFETY: the caller gives a code object and its parts.
    let (names, consts, handlers, flags, locals) = unsafe {
        let (names, consts) = (raw::tuple_items(parts.names), raw::tuple_items(parts.consts));
        let handlers = handlers(code, minor, bytes, table);
        (names, consts, handlers, raw::code_flags(code), raw::tuple_items(parts.locals).len())
    };
    // SAFETY: names are strs, which the code holds.
    let names: Vec<Vec<u8>> = names.iter().map(|name| unsafe { raw::str_bytes(*name) }).collect();
    let traits: Vec<Traits> = names.iter().map(|name| Traits::of(name)).collect();
    let name_at = |wanted: &[u8]| names.iter().position(|name| name == wanted).map(|n| n as u32);
    // SAFETY: constants are live.
    let slices: Vec<bool> = consts.iter().map(|constant| unsafe { raw::kind_name(*constant) } == b"slice").collect();
    let width = |constant: &Obj| {
        // SAFETY: as above; the exact type says that it is a tuple.
        unsafe { if raw::is_tuple(raw::type_of(*constant)) { raw::tuple_items(*constant).len() as u32 } else { 0 } }
    };
    let widths: Vec<u32> = consts.iter().map(width).collect();
    let view = CodeView {
        bytes,
        table,
        minor,
        lines,
        handlers: &handlers,
        traits: &traits,
        slices: &slices,
        widths: &widths,
        super_name: name_at(b"super"),
        dict_name: name_at(b"__dict__"),
        class_name: name_at(b"__class__"),
        optimized: flags & code_flag::OPTIMIZED != 0,
        locals: locals as u32,
    };
    (plan::plan(&view), plan::positions(&view, first_line))
}

/// The number of parameters of a code object.
unsafe fn count_arguments(code: Obj, flags: u32) -> Option<u32> {
    // SAFETY: the caller's promise: a code object.
    let named = unsafe { number(code, c"co_argcount")? + number(code, c"co_kwonlyargcount")? };
    Some(named + u32::from(flags & code_flag::VARARGS != 0) + u32::from(flags & code_flag::VARKEYWORDS != 0))
}

/// For each instruction of a code object: whether it yields, and whether it iterates.
fn kinds(bytecode: &Bytecode<'_>) -> (Box<[bool]>, Box<[bool]>) {
    let table = bytecode.table;
    let ops: Vec<Opcode> = bytecode.bytes.chunks_exact(2).map(|unit| table[usize::from(unit[0])].0).collect();
    // 3.10 steps back before it yields from an iterator, so that the instruction runs again.
    let yields_from = |at: usize| ops.get(at + 1) == Some(&Opcode::YieldFrom);
    let yields = ops.iter().enumerate().map(|(at, op)| *op == Opcode::YieldValue || yields_from(at)).collect();
    let iterates = ops.iter().map(|op| matches!(op, Opcode::ForIter | Opcode::Send | Opcode::YieldFrom)).collect();
    (yields, iterates)
}

unsafe fn examine_quietly(capture: &mut Capture, minor: u32, code: Obj, level: Level) -> Option<CodeInfo> {
    // SAFETY: the attributes of a code object are of builtin types.
    let (flags, parts, first_line, arguments) = unsafe {
        let flags = raw::code_flags(code);
        (flags, Parts::of(code)?, number(code, c"co_firstlineno")?, count_arguments(code, flags)?)
    };
    let namespace = flags & code_flag::OPTIMIZED == 0;
    // SAFETY: the parts are tuples of strs, and bytes.
    let (bytes, lines, slots) =
        unsafe { (raw::bytes_data(parts.bytes).to_vec(), line_ranges(code), Slots::of(&parts, minor)) };
    let table = opcodes::table(minor);
    let bytecode = Bytecode { minor, bytes: &bytes, table: &table, lines: &lines, first_line };
    let (plans, positions) = match level {
        // SAFETY: the caller gives a live code object, of which these are the parts.
        Level::Lines => unsafe { plans(code, &parts, &bytecode) },
        Level::Calls | Level::Exceptions => (Plans::of_nothing(), Box::default()),
    };
    let (yields, iterates) = kinds(&bytecode);
    // SAFETY: as above. The code is held from here on, and with it all names.
    let (secret, local, free, makes_iterator) = unsafe {
        let hides = |name: &Obj| capture.names.hides(&raw::str_bytes(*name));
        let secret: Vec<bool> = slots.names.iter().map(hides).collect();
        let (local, free) = (raw::tuple_items(parts.locals).len(), raw::tuple_items(parts.freevars).len());
        parts.release();
        ffi::Py_IncRef(code);
        (secret, local, free as u32, raw::str_bytes(raw::code_name(code)) == b"__iter__")
    };
    let Slots { names: mut slot_names, cells } = slots;
    // From 3.12 on, comprehensions in a module or class body use its slots for their variables.
    let count = if namespace { local } else { slot_names.len() };
    slot_names.truncate(count);
    let free = if namespace { 0 } else { free };
    let declared = Declared { qualname: parts.qualname, slots: slot_names, flags, arguments, free };
    let secrets = secret.contains(&true);
    Some(CodeInfo {
        object: code,
        level,
        id: UNKNOWN,
        declared,
        first_line,
        slots: count,
        plain: !cells.contains(&true) && !secrets,
        cells: cells.into(),
        secret: secret.into(),
        secrets,
        namespace,
        is_async: tasks::is_async(flags),
        suspends: flags & code_flag::GENERATOR != 0 || tasks::is_async(flags),
        makes_iterator,
        foreign_iterator: false,
        switched_on: false,
        // No instruction event that begins a line may be left out: it would not be known which line ran before.
        tells_all: !positions.is_empty(),
        positions,
        jumps: false,
        sites: plans.calls.iter().map(|_| Site::default()).collect(),
        loads: plans.loads.iter().map(|_| Site::default()).collect(),
        plans,
        globals: Globals::default(),
        names: parts.names,
        consts: parts.consts,
        lines_of_units: if level == Level::Lines { Box::default() } else { lines_of_units(&lines) },
        lines: lines.into(),
        yields,
        iterates,
    })
}

/// The line of each code unit, or [`NO_LINE`]. Ranges do not overlap, and are in the order of their offsets.
fn lines_of_units(ranges: &[(u32, u32, Option<u32>)]) -> Box<[u32]> {
    let mut found = Vec::new();
    for &(start, end, line) in ranges {
        let (start, end) = ((start / 2) as usize, (end / 2) as usize);
        found.resize(found.len().max(end), NO_LINE);
        found[start.min(end)..end].fill(line.unwrap_or(NO_LINE));
    }
    found.into()
}

/// (start, end, line) from `co_lines()`.
unsafe fn line_ranges(code: Obj) -> Vec<(u32, u32, Option<u32>)> {
    let mut ranges = Vec::new();
    // SAFETY: `co_lines` is a method of a builtin type whose iterator gives tuples of three ints, or None.
    unsafe {
        let Some(method) = Owned::take(ffi::PyObject_GetAttrString(code, c"co_lines".as_ptr())) else { return ranges };
        let Some(iterator) = Owned::take(ffi::PyObject_CallNoArgs(method.get())) else { return ranges };
        // No exception is set when the iterator ends.
        while let Some(item) = Owned::take(ffi::PyIter_Next(iterator.get())) {
            let parts = raw::tuple_items(item.get());
            if let (Some(start), Some(end)) = (offset_of(parts[0]), offset_of(parts[1])) {
                ranges.push((start, end, offset_of(parts[2])));
            }
        }
    }
    ranges
}

/// An int that is no less than zero.
///
/// # Safety
/// `object` is live.
unsafe fn offset_of(object: Obj) -> Option<u32> {
    // SAFETY: the caller's promise; the exact type says what is read.
    unsafe {
        let is_int = raw::is_int(raw::type_of(object));
        if is_int { raw::small_int(object).and_then(|n| u32::try_from(n).ok()) } else { None }
    }
}

/// Where exception handlers start.
unsafe fn handlers(code: Obj, minor: u32, bytes: &[u8], table: &[(Opcode, u8); 256]) -> Vec<u32> {
    if minor == 10 {
        let mut found = Vec::new();
        let mut extended = 0u32;
        for (n, unit) in bytes.chunks_exact(2).enumerate() {
            let arg = extended << 8 | u32::from(unit[1]);
            let op = table[usize::from(unit[0])].0;
            extended = if op == Opcode::ExtendedArg { arg } else { 0 };
            if matches!(op, Opcode::SetupFinally | Opcode::SetupWith | Opcode::SetupAsyncWith) {
                found.push((n as u32 + 1 + arg) * 2);
            }
        }
        return found;
    }
    // SAFETY: the attribute is a bytes object.
    unsafe {
        let Some(object) = attribute(code, c"co_exceptiontable") else { return Vec::new() };
        let mut bytes = raw::bytes_data(object).iter().copied();
        let mut number = move || -> Option<u32> {
            let mut byte = bytes.next()?;
            let mut n = u32::from(byte & 63);
            while byte & 64 != 0 {
                byte = bytes.next()?;
                n = n << 6 | u32::from(byte & 63);
            }
            Some(n)
        };
        let mut found = Vec::new();
        while let (Some(_), Some(_), Some(target), Some(_)) = (number(), number(), number(), number()) {
            found.push(2 * target);
        }
        ffi::Py_DecRef(object);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_the_lines_of_their_ranges() {
        let lines = lines_of_units(&[(0, 4, Some(0)), (4, 6, None), (8, 10, Some(7))]);
        assert_eq!(*lines, [0, 0, NO_LINE, NO_LINE, 7]);
        assert!(lines_of_units(&[]).is_empty());
    }
}
