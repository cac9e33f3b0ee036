//! Offsets into CPython's own structs, by minor version. 64-bit, not free-threaded.
//!
//! Read off the headers of 3.10.13, 3.11.7, 3.12.1, 3.13.0, 3.14.10 and 3.15.2; these structs do not change within a
//! minor version. `bootstrap` refuses versions that are not listed here.

/// Where things are in one minor version. All in bytes.
#[derive(Debug)]
pub struct Layout {
    /// Minor version of Python 3.
    pub minor: u32,
    /// From the thread state to the current interpreter frame.
    pub current_frame: CurrentFrame,
    /// `_PyInterpreterFrame` (`PyFrameObject` in 3.10).
    pub frame_code: usize,
    /// The frame below.
    pub frame_previous: usize,
    /// `f_globals`
    pub frame_globals: usize,
    /// `f_locals`
    pub frame_locals: usize,
    /// First slot.
    pub frame_slots: usize,
    /// From a `PyFrameObject` to the interpreter frame, where they differ.
    pub pyframe_frame: Option<usize>,
    /// `f_lineno` of a `PyFrameObject`.
    pub pyframe_lineno: usize,
    /// `c_tracefunc` of a thread state (3.10, 3.11).
    pub thread_trace: usize,
    /// `f_trace` of a `PyFrameObject` (3.10, 3.11).
    pub pyframe_trace: usize,
    /// `f_trace_lines` of a `PyFrameObject`.
    pub pyframe_trace_lines: usize,
    /// Instruction pointer, or `f_lasti` in 3.10.
    pub frame_instruction: usize,
    /// `co_flags`
    pub code_flags: usize,
    /// `co_filename`
    pub code_filename: usize,
    /// `co_code_adaptive` (3.11+).
    pub code_bytes: usize,
    /// First item of a tuple; since 3.14 its hash is before it.
    pub tuple_items: usize,
    /// Size of `PyASCIIObject`: where the data of ASCII strings starts.
    pub ascii_data: usize,
    /// Size of `PyCompactUnicodeObject`: where the data of other compact strings starts.
    pub compact_data: usize,
    /// `ht_cached_keys` of heap types.
    pub cached_keys: usize,
}

/// How to find the running frame.
#[derive(Clone, Copy, Debug)]
pub enum CurrentFrame {
    /// A pointer in the thread state.
    Direct(usize),
    /// A pointer to a struct that holds the pointer.
    Through(usize, usize),
}

/// Fields that are the same in every version listed.
pub mod common {
    #![allow(missing_docs)]
    pub const LIST_ITEMS: usize = 24;
    pub const VAR_SIZE: usize = 16;
    pub const DICT_USED: usize = 16;
    pub const DICT_VERSION: usize = 24;
    pub const DICT_VALUES: usize = 40;
    pub const SET_USED: usize = 24;
    pub const SET_MASK: usize = 32;
    pub const SET_TABLE: usize = 40;
    pub const FLOAT_VALUE: usize = 16;
    pub const COMPLEX_VALUE: usize = 16;
    pub const LONG_DIGITS: usize = 24;
    pub const CELL_CONTENTS: usize = 16;
    pub const STR_LENGTH: usize = 16;
    pub const STR_STATE: usize = 32;
    pub const BYTES_DATA: usize = 32;
    pub const FUNCTION_CODE: usize = 48;
    pub const FUNCTION_QUALNAME: usize = 40;
    pub const FUNCTION_GLOBALS: usize = 16;
    pub const CFUNCTION_DEF: usize = 16;
    pub const CFUNCTION_SELF: usize = 24;
    pub const METHOD_FUNCTION: usize = 16;
    /// `__context__` and, behind it, `__cause__` and whether the context is suppressed; 8 less in 3.10.
    pub const EXCEPTION_CONTEXT: usize = 48;
    pub const EXCEPTION_ARGS: usize = 24;
    pub const DESCRIPTOR_TYPE: usize = 16;
    pub const DESCRIPTOR_METHOD: usize = 40;
    pub const TYPE_NAME: usize = 24;
    pub const TYPE_BASICSIZE: usize = 32;
    pub const TYPE_AS_BUFFER: usize = 160;
    pub const TYPE_FLAGS: usize = 168;
    pub const TYPE_TRAVERSE: usize = 184;
    pub const TYPE_WEAKLISTOFFSET: usize = 208;
    pub const WEAKREF_CALLBACK: usize = 24;
    pub const WEAKREF_NEXT: usize = 48;
    /// Where a generator points to its frame; where its frame begins since 3.11. Only compared with
    /// addresses of known frames.
    pub const GENERATOR_FRAME_3_10: usize = 16;
    pub const GENERATOR_FRAME_3_11: usize = 80;
    pub const GENERATOR_FRAME: usize = 72;
    pub const TYPE_DICT: usize = 264;
    pub const TYPE_DESCR_GET: usize = 272;
    pub const TYPE_AS_MAPPING: usize = 112;
    pub const MAPPING_SUBSCRIPT: usize = 8;
    pub const TYPE_DESCR_SET: usize = 280;
    pub const TYPE_DICTOFFSET: usize = 288;
    pub const TYPE_MRO: usize = 344;
    pub const TYPE_VERSION: usize = 384;
    pub const TYPE_STR: usize = 136;
    pub const TYPE_GETATTRO: usize = 144;
    pub const KEYS_KIND: usize = 10;
    pub const KEYS_LOG2_INDEX_BYTES: usize = 9;
    pub const KEYS_INDICES: usize = 32;
}

const V3_10: Layout = Layout {
    minor: 10,
    current_frame: CurrentFrame::Direct(24),
    frame_code: 32,
    frame_previous: 24,
    frame_globals: 48,
    frame_locals: 56,
    frame_slots: 352,
    pyframe_frame: None,
    pyframe_lineno: 100,
    thread_trace: 64,
    pyframe_trace: 72,
    pyframe_trace_lines: 84,
    frame_instruction: 96,
    code_flags: 36,
    code_filename: 104,
    code_bytes: 0,
    tuple_items: 24,
    ascii_data: 48,
    compact_data: 72,
    cached_keys: 872,
};

const V3_11: Layout = Layout {
    minor: 11,
    current_frame: CurrentFrame::Through(56, 8),
    frame_code: 32,
    frame_previous: 48,
    frame_globals: 8,
    frame_locals: 24,
    frame_slots: 72,
    pyframe_frame: Some(24),
    pyframe_lineno: 40,
    thread_trace: 72,
    pyframe_trace: 32,
    pyframe_trace_lines: 44,
    frame_instruction: 56,
    code_flags: 48,
    code_filename: 112,
    code_bytes: 184,
    tuple_items: 24,
    ascii_data: 48,
    compact_data: 72,
    cached_keys: 872,
};

const V3_12: Layout = Layout {
    minor: 12,
    current_frame: CurrentFrame::Through(56, 0),
    frame_code: 0,
    frame_previous: 8,
    frame_globals: 24,
    frame_locals: 40,
    frame_slots: 72,
    pyframe_frame: Some(24),
    pyframe_lineno: 40,
    thread_trace: 0,
    pyframe_trace: 0,
    pyframe_trace_lines: 44,
    frame_instruction: 56,
    code_flags: 48,
    code_filename: 112,
    code_bytes: 192,
    tuple_items: 24,
    ascii_data: 40,
    compact_data: 56,
    cached_keys: 880,
};

const V3_13: Layout = Layout { minor: 13, current_frame: CurrentFrame::Direct(72), code_bytes: 200, ..V3_12 };

const V3_14: Layout = Layout { minor: 14, frame_slots: 80, code_bytes: 208, tuple_items: 32, ..V3_13 };

const V3_15: Layout = Layout { minor: 15, cached_keys: 888, ..V3_14 };

/// The layout of Python 3.`minor`.
pub fn of(minor: u32) -> Option<&'static Layout> {
    match minor {
        10 => Some(&V3_10),
        11 => Some(&V3_11),
        12 => Some(&V3_12),
        13 => Some(&V3_13),
        14 => Some(&V3_14),
        15 => Some(&V3_15),
        _ => None,
    }
}
