//! One activation of recorded code, as the engine keeps it.

use pyo3_ffi as ffi;

use crate::capture::ALL;
use crate::code::CodeInfo;
use crate::plan::LinePlan;
use crate::raw::{self, Obj, field};

/// One activation of a recorded function, module or class body.
pub struct Frame {
    pub(super) id: u64,
    /// Its code.
    pub code: *mut CodeInfo,
    /// The interpreter's frame.
    pub ptr: *mut u8,
    /// The line it runs.
    pub(super) line: u32,
    /// Its first line was told as it began.
    pub(super) begun: bool,
    /// What that line can change.
    pub plan: *const LinePlan,
    /// The line does something whose effects are not known.
    pub(super) pending: bool,
    /// Offsets of the line's calls that are not known to be harmless; those whose callee turns out
    /// to be recorded are taken out.
    pub unknown_calls: Vec<u32>,
    /// What the frame waited for when it went on, and the offset at which; 0: nothing. Up to 3.11, where the frame
    /// of that does not tell.
    pub(super) delegate: (usize, u32),
    /// What the line's calls returned: (offset of the call, object), where the line changes it. We
    /// hold references, to objects that others hold too, until the line is done.
    pub results: Vec<(u32, usize)>,
    /// What the paths of the line led to when it last ran other code; 0 if that cannot be changed.
    pub(super) paths: Vec<usize>,
    /// When all that is visible from here was last true.
    pub(super) epoch: u32,
    /// Down to which level of what is visible from here the recording is sure.
    pub(super) sure: u8,
    /// Objects that it is sure of with all they hold, where it is not of others.
    pub(super) closed: Vec<u64>,
    /// How many looks it takes to try again, if not of all.
    pub(super) need: i64,
    /// Pointers in its slots; the low bit says that we hold a reference.
    pub(super) seen: Vec<usize>,
    /// How many steps there were when they were last looked at, where others share them.
    pub(super) seen_at: u64,
    /// How many numbers there were when its slots were last looked at: what has a higher one was not there then.
    pub(super) told: u64,
    /// Slots, of the first 64, that were written in the look that is under way.
    pub(super) fresh: u64,
    /// Its cells: variables that it shares with other functions.
    pub(super) cells: Vec<Cell>,
    /// The dict of a module or class frame, else null.
    pub namespace: Obj,
    /// The number of its globals, where they are not those of its module; else 0.
    pub(super) globals: u64,
}

/// A variable that functions share.
pub(super) struct Cell {
    /// Which of the frame's variables.
    pub(super) slot: u32,
    pub(super) address: usize,
    /// How many numbers there were when its value was last written: one with a higher number was not there then.
    pub(super) told: u64,
}

impl Frame {
    /// A frame that nothing has happened in.
    pub(super) fn new(code: *mut CodeInfo, ptr: *mut u8) -> Box<Self> {
        Box::new(Self {
            id: 0,
            code,
            ptr,
            line: 0,
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
        })
    }

    /// Notes where its cells are; it begins.
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

    /// The value of a slot, cells looked through; null where it is unbound.
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

/// Index of the instruction a frame is at; `None` if it points outside its code.
pub(super) unsafe fn instruction(at: *mut u8, code: Obj) -> Option<usize> {
    // SAFETY: `at` is a live frame of `code`.
    unsafe {
        let layout = raw::layout();
        if layout.minor == 10 {
            return usize::try_from(field::<i32>(at, layout.frame_instruction)).ok();
        }
        let pointer: usize = field(at, layout.frame_instruction);
        let offset = pointer.checked_sub(code as usize + layout.code_bytes)?;
        // The size of a code object says how long its instructions may be at most.
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
    /// Not in the limited API; exported by every version.
    static mut PyCell_Type: ffi::PyTypeObject;
}

/// Holds an int, float, bool or None (nothing notices that they live longer); marks the pointer.
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

#[inline(always)]
pub(super) unsafe fn drop_held(seen: usize) {
    if seen & 1 == 1 {
        // SAFETY: `hold` took a reference to a scalar of a builtin type.
        unsafe { raw::decref((seen & !1) as Obj) };
    }
}
