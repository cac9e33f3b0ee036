//! Frames of recorded code, as the engine stores them.

use pyo3_ffi as ffi;

use crate::capture::{ALL, Quick};
use crate::code::CodeInfo;
use crate::plan::LinePlan;
use crate::raw::{self, Obj, field};

/// How a frame passes a value to the frame below.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// It returns.
    Return,
    /// It yields.
    Yield,
}

/// A frame of a recorded function, module or class body. The first fields are those that every event needs, so that they
/// share cache lines.
#[repr(C)]
pub struct Frame {
    pub(super) id: u64,
    /// Its code.
    pub code: *mut CodeInfo,
    /// The interpreter's frame.
    pub ptr: *mut u8,
    /// The plan of the current line.
    pub plan: *const LinePlan,
    /// The pointers in its slots; the low bit says whether a reference is held.
    pub(super) seen: Vec<usize>,
    /// The epoch in which everything visible from here was last up to date.
    pub(super) epoch: u32,
    /// The current line.
    pub(super) line: u32,
    /// Whether the line does something with unknown effects.
    pub(super) pending: bool,
    /// Whether its first line was written when it began.
    pub(super) begun: bool,
    /// The level down to which everything visible from here is up to date in the recording.
    pub(super) sure: u8,
    /// The line of the instruction that runs, in code with instruction events: 0 for none.
    pub(super) at: u32,
    /// The next free number when its slots were last read: an object with a higher number was not there then.
    pub(super) told: u64,
    /// A bit for each of the first 64 slots that was written in the running read.
    pub(super) fresh: u64,
    /// Number of steps when shared slots were last read.
    pub(super) seen_at: u64,
    /// Offsets of the line's calls that may have unknown effects. Calls whose callee turns out to be recorded are
    /// removed.
    pub unknown_calls: Vec<u32>,
    /// Results of the line's calls that the line changes: (offset of the call, object). References are held until the
    /// line is done, to objects that others hold too.
    pub results: Vec<(u32, usize)>,
    /// The objects that the line's paths led to when it last ran other code; 0 for an object that cannot be changed.
    pub(super) paths: Vec<usize>,
    /// Its cells: variables that it shares with other functions.
    pub(super) cells: Vec<Cell>,
    /// The iterator that the frame waited for when it resumed, and the offset; 0 if none. Up to 3.11, where the frame
    /// of that iterator does not show it.
    pub(super) delegate: (usize, u32),
    /// Objects that are up to date with everything they contain, if others are not.
    pub(super) closed: Vec<u64>,
    /// The credit that another try needs, if not everything is up to date.
    pub(super) need: i64,
    /// The dict of a module or class frame; else null.
    pub namespace: Obj,
    /// The number of its globals, if they are not its module's; else 0.
    pub(super) globals: u64,
    /// The number of the context that it was last seen to run in; 0 for none, `None` if that is not recorded.
    pub(super) context: Option<u64>,
}

/// Stands for the line of an instruction before any: whatever line runs next, it begins.
pub(super) const STARTS: u32 = u32::MAX;

/// A variable that several functions share.
pub(super) struct Cell {
    /// Index of the frame's slot.
    pub(super) slot: u32,
    pub(super) address: usize,
    /// The next free number when its value was last written: an object with a higher number was not there then.
    pub(super) told: u64,
}

impl Frame {
    /// Makes a frame in which nothing has happened.
    pub(super) fn new(code: *mut CodeInfo, ptr: *mut u8) -> Box<Self> {
        Box::new(Self {
            id: 0,
            code,
            ptr,
            line: 0,
            at: STARTS,
            begun: false,
            plan: std::ptr::null(),
            pending: false,
            unknown_calls: Vec::new(),
            delegate: (0, 0),
            results: Vec::new(),
            paths: Vec::new(),
            epoch: 0,
            sure: ALL,
            closed: Vec::new(),
            need: 0,
            seen: Vec::new(),
            seen_at: 0,
            told: 0,
            fresh: 0,
            cells: Vec::new(),
            namespace: std::ptr::null_mut(),
            globals: 0,
            context: None,
        })
    }

    /// Notes the cells of a frame that begins.
    pub(super) unsafe fn keep_cells(&mut self) {
        // SAFETY: the interpreter's frame is alive, its code held.
        unsafe {
            let code = &*self.code;
            let slots = self.ptr.add(raw::layout().frame_slots).cast::<usize>();
            for n in (0..code.slots).filter(|n| code.cells.get(*n) == Some(&true)) {
                let cell = raw::referent(*slots.add(n));
                if !cell.is_null() && std::ptr::eq(raw::type_of(cell), &raw mut PyCell_Type) {
                    self.cells.push(Cell { slot: n as u32, address: cell as usize, told: 0 });
                }
            }
        }
    }

    /// The value of a slot, or of the cell in it; null if it is unbound.
    ///
    /// # Safety
    /// The interpreter's frame is alive.
    #[inline(always)]
    pub unsafe fn slot(frame: *mut Frame, n: usize) -> Obj {
        // SAFETY: the caller's promise; the code says how many slots there are.
        unsafe {
            let code = &*(*frame).code;
            if n >= code.cells.len() {
                return std::ptr::null_mut();
            }
            let value = raw::referent(*(*frame).ptr.add(raw::layout().frame_slots).cast::<usize>().add(n));
            if code.cells[n] { through_cell(value) } else { value }
        }
    }
}

impl Frame {
    /// Drops the references that it holds to values of its slots.
    #[inline(always)]
    pub(super) fn drop_seen(&mut self) {
        for seen in &self.seen {
            // SAFETY: the references are ours; there are no others once the list is empty.
            unsafe { drop_held(*seen) };
        }
        self.seen.clear();
    }

    /// As [`Self::slot`], of a frame of this code, for one of its slots.
    ///
    /// # Safety
    /// The interpreter's frame is alive, and of this code, which has that slot.
    #[inline(always)]
    pub(super) unsafe fn begun_slot(frame: &Self, code: &CodeInfo, n: usize) -> Obj {
        // SAFETY: the caller's promise.
        unsafe {
            let value = raw::referent(*frame.ptr.add(raw::layout().frame_slots).cast::<usize>().add(n));
            if code.plain || !code.cells[n] { value } else { through_cell(value) }
        }
    }
}

/// Index of the instruction that a frame is at; `None` if it is not within its code.
pub(super) unsafe fn instruction(at: *mut u8, code: Obj) -> Option<usize> {
    // SAFETY: `at` is a live frame of `code`.
    unsafe {
        let layout = raw::layout();
        if layout.minor == 10 {
            return usize::try_from(field::<i32>(at, layout.frame_instruction)).ok();
        }
        let pointer: usize = field(at, layout.frame_instruction);
        let offset = pointer.checked_sub(code as usize + layout.code_bytes)?;
        // The size of a code object limits the length of its instructions.
        (offset < 1 << 24).then_some(offset / 2)
    }
}

#[inline]
pub(super) unsafe fn through_cell(value: Obj) -> Obj {
    // SAFETY: `value` is live or null.
    unsafe {
        if !value.is_null() && std::ptr::eq(raw::type_of(value), &raw mut PyCell_Type) {
            raw::cell_contents(value)
        } else {
            value
        }
    }
}

unsafe extern "C" {
    /// Not in the limited API, but exported by every version.
    static mut PyCell_Type: ffi::PyTypeObject;
}

/// Holds an int, float, bool or None, whose longer life nothing notices. Returns the pointer with the low bit set.
#[inline(always)]
pub(super) unsafe fn hold(value: Obj) -> usize {
    // SAFETY: `value` is live or null.
    unsafe {
        if value.is_null() {
            return 0;
        }
        let ty = raw::type_of(value);
        if raw::is_int(ty) || raw::is_float(ty) || raw::is_bool(ty) || std::ptr::eq(value, ffi::Py_None()) {
            raw::incref(value);
            return value as usize | 1;
        }
        value as usize
    }
}

/// As [`hold`], for a value that was written as `put` says.
#[inline(always)]
pub(super) unsafe fn hold_quick(value: Obj, put: Quick) -> usize {
    if put != Quick::Scalar {
        return value as usize;
    }
    // SAFETY: the caller gives a live object.
    unsafe { raw::incref(value) };
    value as usize | 1
}

#[inline(always)]
pub(super) unsafe fn drop_held(seen: usize) {
    if seen & 1 == 1 {
        // SAFETY: `hold` took a reference to a scalar of a builtin type.
        unsafe { raw::decref((seen & !1) as Obj) };
    }
}
