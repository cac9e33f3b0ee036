//! What is known of a code object: its place on the wire, its slots, the plans of its lines.

use connie_wire::op::put;
use pyo3_ffi as ffi;

use crate::capture::Capture;
use crate::opcodes::{self, Opcode};
use crate::plan::{self, CodeView, Plans};
use crate::raw::{self, Obj, code_flag};
use crate::sites::Site;
use crate::tasks;
use crate::traits::Traits;

/// A recorded code object.
pub struct CodeInfo {
    /// The code object; we hold a reference.
    pub object: Obj,
    /// Number on the wire; [`UNKNOWN`] before it was announced.
    pub id: u32,
    /// What it is announced with.
    declared: Declared,
    /// `co_firstlineno`
    pub first_line: u32,
    /// How many slots its frames have that show (modules and classes: comprehension variables).
    pub slots: usize,
    /// Slots from here on may hold cells (`usize::MAX` before 3.11 means: ask the object).
    pub cells: Box<[bool]>,
    /// Slots whose values are secret.
    pub secret: Box<[bool]>,
    /// Whether any slot is a cell or a secret: the fast path does not do for those.
    pub plain: bool,
    /// Whether any slot is a secret.
    pub secrets: bool,
    /// Its names live in a namespace, not in slots.
    pub namespace: bool,
    /// It runs as part of tasks.
    pub is_async: bool,
    /// Its frames can be suspended.
    pub suspends: bool,
    /// It is an `__iter__`.
    pub makes_iterator: bool,
    /// What it has returned runs unknown code where it is iterated over.
    pub foreign_iterator: bool,
    /// Whether its events are switched on (3.12 and later).
    pub switched_on: bool,
    /// No line's event is left out any more.
    pub tells_all: bool,
    /// A debugger had one of its frames go on elsewhere: what it passed cannot be concluded.
    pub jumps: bool,
    /// What its lines can change.
    pub plans: Plans,
    /// What is known of its calls.
    pub sites: Box<[Site]>,
    /// What is known of the attributes it reads.
    pub loads: Box<[Site]>,
    /// What is known of the global names of a function.
    pub globals: Globals,
    /// `co_names` and `co_consts`; part of the code object.
    pub names: Obj,
    /// See `names`.
    pub consts: Obj,
    /// (start, end, line) of `co_lines()`.
    lines: Box<[(u32, u32, Option<u32>)]>,
    /// In 3.10 and 3.11: whether the instruction at each code unit yields.
    pub yields: Box<[bool]>,
    /// Whether the instruction at each code unit asks an iterator for its next item: a
    /// StopIteration that appears there is the end of a loop.
    pub iterates: Box<[bool]>,
}

/// The number of code that was not announced.
pub const UNKNOWN: u32 = u32::MAX;

/// What the recording is told of a code object. The strs belong to it.
struct Declared {
    qualname: Obj,
    slots: Vec<Obj>,
    flags: u32,
    arguments: u32,
    /// How many of the slots are free variables.
    free: u32,
}

/// When a function's globals were last looked at, and what of them it names.
#[derive(Default)]
pub struct Globals {
    /// The epoch in which the containers below were true.
    pub epoch: u32,
    /// The dict's version when this was made.
    pub version: u64,
    /// The containers among the values that the function names; they live while the version is the same.
    pub containers: Vec<usize>,
    /// The globals of its module, once a frame had them.
    pub home: usize,
}

impl CodeInfo {
    /// Tells the recording of this code, which is of the file of that number.
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
            put::code(ring, file, name, self.first_line, flags, arguments, free, &ids);
        }
    }

    /// The line of the instruction at an offset.
    pub fn line_at(&self, offset: u32) -> Option<u32> {
        let after = self.lines.partition_point(|range| range.0 <= offset);
        self.lines[..after].iter().rev().find(|range| offset < range.1)?.2
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

/// Learns about a code object. The collector is held off meanwhile: the getters
/// used here make tuples, and a collection would run finalizers of the program inside a hook.
///
/// # Safety
/// `code` is a code object; under the GIL.
pub unsafe fn examine(capture: &mut Capture, minor: u32, code: Obj) -> Option<CodeInfo> {
    // SAFETY: the caller's promise.
    unsafe {
        let enabled = ffi::PyGC_Disable();
        let info = examine_quietly(capture, minor, code);
        if enabled != 0 {
            ffi::PyGC_Enable();
        }
        info
    }
}

unsafe fn examine_quietly(capture: &mut Capture, minor: u32, code: Obj) -> Option<CodeInfo> {
    // SAFETY: the attributes of a code object are of builtin types.
    unsafe {
        let flags = raw::code_flags(code);
        let namespace = flags & code_flag::OPTIMIZED == 0;
        let names = attribute(code, c"co_names")?;
        let consts = attribute(code, c"co_consts")?;
        let locals = attribute(code, c"co_varnames")?;
        let cellvars = attribute(code, c"co_cellvars")?;
        let freevars = attribute(code, c"co_freevars")?;
        let bytes_object = attribute(code, c"co_code")?;
        let bytes = raw::bytes_data(bytes_object).to_vec();
        let local_names: Vec<Obj> = raw::tuple_items(locals).to_vec();
        let (mut slot_names, cell_flags) = slots_of(minor, &local_names, cellvars, freevars);
        let secret: Vec<bool> = slot_names.iter().map(|name| capture.names.hides(&raw::str_bytes(*name))).collect();
        let qualname = attribute(code, c"co_qualname").or_else(|| attribute(code, c"co_name"))?;
        let first_line = number(code, c"co_firstlineno")?;
        let arguments = number(code, c"co_argcount")?
            + number(code, c"co_kwonlyargcount")?
            + u32::from(flags & code_flag::VARARGS != 0)
            + u32::from(flags & code_flag::VARKEYWORDS != 0);

        let table = opcodes::table(minor);
        let lines = line_ranges(code);
        let handlers = handlers(code, minor, &bytes, &table);
        let view = CodeView {
            bytes: &bytes,
            table: &table,
            minor,
            lines: &lines,
            handlers: &handlers,
            optimized: !namespace,
            locals: local_names.len() as u32,
            traits: &[],
            slices: &[],
            super_name: None,
            dict_name: None,
            class_name: None,
        };
        let plans = plan_names(view, names, consts);
        let loads = plans.loads.iter().map(|_| Site::default()).collect();
        let sites = plans.calls.iter().map(|_| Site::default()).collect();
        let ops: Vec<Opcode> = bytes.chunks_exact(2).map(|unit| table[usize::from(unit[0])].0).collect();
        // 3.10 steps back before it yields from, to be able to run that instruction again.
        let yields_from = |at: usize| ops.get(at + 1) == Some(&Opcode::YieldFrom);
        let yields = ops.iter().enumerate().map(|(at, op)| *op == Opcode::YieldValue || yields_from(at)).collect();
        let iterates = ops.iter().map(|op| matches!(op, Opcode::ForIter | Opcode::Send | Opcode::YieldFrom)).collect();
        // From 3.12 comprehensions in a module or class body keep their variables in its slots.
        let slots = if namespace { local_names.len() } else { slot_names.len() };
        slot_names.truncate(slots);
        let free = if namespace { 0 } else { raw::tuple_items(freevars).len() as u32 };
        let declared = Declared { qualname, slots: slot_names, flags, arguments, free };
        // The names live as long as the code, which is held.
        for object in [locals, cellvars, freevars, bytes_object] {
            ffi::Py_DecRef(object);
        }
        ffi::Py_IncRef(code);
        let secrets = secret.contains(&true);
        let plain = !cell_flags.contains(&true) && !secrets;
        Some(CodeInfo {
            object: code,
            id: UNKNOWN,
            declared,
            first_line,
            slots,
            cells: cell_flags.into(),
            secret: secret.into(),
            plain,
            secrets,
            namespace,
            is_async: tasks::is_async(flags),
            suspends: flags & code_flag::GENERATOR != 0 || tasks::is_async(flags),
            makes_iterator: raw::str_bytes(raw::code_name(code)) == b"__iter__",
            foreign_iterator: false,
            switched_on: false,
            tells_all: false,
            jumps: false,
            plans,
            sites,
            loads,
            globals: Globals::default(),
            names,
            consts,
            lines: lines.into(),
            yields,
            iterates,
        })
    }
}

/// The names of a code's variables, slot by slot, and which of them are cells.
unsafe fn slots_of(minor: u32, locals: &[Obj], cellvars: Obj, freevars: Obj) -> (Vec<Obj>, Vec<bool>) {
    // SAFETY: what a code object has are tuples of strings.
    unsafe {
        let same = |a: Obj, b: Obj| std::ptr::eq(a, b) || raw::str_bytes(a) == raw::str_bytes(b);
        let is_local = |name: &Obj| locals.iter().any(|local| same(*local, *name));
        let cells = raw::tuple_items(cellvars);
        let mut names = locals.to_vec();
        // From 3.11 a local that is a cell has one slot; before, it has two.
        names.extend(cells.iter().filter(|name| minor == 10 || !is_local(name)));
        names.extend(raw::tuple_items(freevars));
        let own = cells.iter().map(|name| raw::str_bytes(*name)).collect::<Vec<_>>();
        let is_cell =
            |(n, name): (usize, &Obj)| n >= locals.len() || minor >= 11 && own.contains(&raw::str_bytes(*name));
        let cells = names.iter().enumerate().map(is_cell).collect();
        (names, cells)
    }
}

/// What each line can change; `view` lacks what the names and constants tell.
unsafe fn plan_names(view: CodeView<'_>, names: Obj, consts: Obj) -> plan::Plans {
    // SAFETY: what a code object has are tuples; its names are strings.
    unsafe {
        let names = raw::tuple_items(names);
        let traits: Vec<Traits> = names.iter().map(|name| Traits::of(&raw::str_bytes(*name))).collect();
        let name_at = |wanted: &[u8]| {
            let at = names.iter().position(|name| raw::str_bytes(*name) == wanted);
            at.map(|n| n as u32)
        };
        let is_slice = |constant: &Obj| raw::builtin_name(raw::type_of(*constant)) == b"slice";
        let slices: Vec<bool> = raw::tuple_items(consts).iter().map(is_slice).collect();
        plan::plan(&CodeView {
            traits: &traits,
            slices: &slices,
            super_name: name_at(b"super"),
            dict_name: name_at(b"__dict__"),
            class_name: name_at(b"__class__"),
            ..view
        })
    }
}

/// (start, end, line) from `co_lines()`.
unsafe fn line_ranges(code: Obj) -> Vec<(u32, u32, Option<u32>)> {
    let mut ranges = Vec::new();
    // SAFETY: `co_lines` is a method of a builtin type whose iterator gives tuples of ints.
    unsafe {
        let method = attribute(code, c"co_lines");
        let Some(method) = method else { return ranges };
        let iterator = ffi::PyObject_CallNoArgs(method);
        ffi::Py_DecRef(method);
        if iterator.is_null() {
            ffi::PyErr_Clear();
            return ranges;
        }
        loop {
            let item = ffi::PyIter_Next(iterator);
            if item.is_null() {
                break;
            }
            let parts = raw::tuple_items(item);
            let part = |n: usize| {
                let is_int = raw::is_int(raw::type_of(parts[n]));
                if is_int { raw::small_int(parts[n]).and_then(|n| u32::try_from(n).ok()) } else { None }
            };
            if let (Some(start), Some(end)) = (part(0), part(1)) {
                ranges.push((start, end, part(2)));
            }
            ffi::Py_DecRef(item);
        }
        ffi::PyErr_Clear();
        ffi::Py_DecRef(iterator);
    }
    ranges
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
