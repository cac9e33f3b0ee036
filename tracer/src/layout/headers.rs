//! Offsets of fields in CPython's structs, in bytes, by minor version, for 64-bit builds with a GIL.
//!
//! Made by `cargo xtask layouts` from the headers of 3.10.13, 3.11.7, 3.12.1, 3.13.18, 3.14.10, 3.15.2; do not edit.

use super::CurrentFrame;

/// Fields that have the same offset in every version that has them.
pub mod common {
    /// `sizeof PyObject`.
    pub const OBJECT_SIZE: usize = 16;
    /// `sizeof PyGC_Head`.
    pub const GC_HEADER: usize = 16;
    /// `PyVarObject.ob_size`.
    pub const VAR_SIZE: usize = 16;
    /// `PyListObject.ob_item`.
    pub const LIST_ITEMS: usize = 24;
    /// `PyDictObject.ma_used`.
    pub const DICT_USED: usize = 16;
    /// `PyDictObject.ma_version_tag`, then `PyDictObject._ma_watcher_tag`.
    pub const DICT_VERSION: usize = 24;
    /// `PyDictObject.ma_keys`.
    pub const DICT_KEYS: usize = 32;
    /// `PyDictObject.ma_values`.
    pub const DICT_VALUES: usize = 40;
    /// `struct _dictkeysobject.dk_log2_index_bytes`; from 3.11 on.
    pub const KEYS_LOG2_INDEX_BYTES: usize = 9;
    /// `struct _dictkeysobject.dk_kind`; from 3.11 on.
    pub const KEYS_KIND: usize = 10;
    /// `struct _dictkeysobject.dk_indices`; from 3.11 on.
    pub const KEYS_INDICES: usize = 32;
    /// `struct _dictvalues.capacity`; from 3.13 on.
    pub const VALUES_CAPACITY: usize = 0;
    /// `struct _dictvalues.size`; from 3.13 on.
    pub const VALUES_SIZE: usize = 1;
    /// `struct _dictvalues.valid`; from 3.13 on.
    pub const VALUES_VALID: usize = 3;
    /// `struct _dictvalues.values`; from 3.13 on.
    pub const VALUES_FIRST: usize = 8;
    /// `_PyDictViewObject.dv_dict`.
    pub const VIEW_DICT: usize = 16;
    /// `PySetObject.used`.
    pub const SET_USED: usize = 24;
    /// `PySetObject.mask`.
    pub const SET_MASK: usize = 32;
    /// `PySetObject.table`.
    pub const SET_TABLE: usize = 40;
    /// `PyFloatObject.ob_fval`.
    pub const FLOAT_VALUE: usize = 16;
    /// `PyComplexObject.cval`.
    pub const COMPLEX_VALUE: usize = 16;
    /// `PyLongObject.ob_digit`, then `PyLongObject.long_value.ob_digit`.
    pub const LONG_DIGITS: usize = 24;
    /// `PyASCIIObject.length`.
    pub const STR_LENGTH: usize = 16;
    /// `PyASCIIObject.state`.
    pub const STR_STATE: usize = 32;
    /// `PyBytesObject.ob_sval`.
    pub const BYTES_DATA: usize = 32;
    /// `PyByteArrayObject.ob_start`.
    pub const BYTEARRAY_START: usize = 40;
    /// `PySliceObject.start`.
    pub const SLICE_START: usize = 16;
    /// `PySliceObject.stop`.
    pub const SLICE_STOP: usize = 24;
    /// `PySliceObject.step`.
    pub const SLICE_STEP: usize = 32;
    /// `PyCellObject.ob_ref`.
    pub const CELL_CONTENTS: usize = 16;
    /// `PyFunctionObject.func_globals`.
    pub const FUNCTION_GLOBALS: usize = 16;
    /// `PyFunctionObject.func_name`.
    pub const FUNCTION_NAME: usize = 32;
    /// `PyFunctionObject.func_qualname`.
    pub const FUNCTION_QUALNAME: usize = 40;
    /// `PyFunctionObject.func_code`.
    pub const FUNCTION_CODE: usize = 48;
    /// `PyCFunctionObject.m_ml`.
    pub const CFUNCTION_DEF: usize = 16;
    /// `PyCFunctionObject.m_self`.
    pub const CFUNCTION_SELF: usize = 24;
    /// `PyMethodObject.im_func`.
    pub const METHOD_FUNCTION: usize = 16;
    /// `PyMethodObject.im_self`.
    pub const METHOD_SELF: usize = 24;
    /// `PyBaseExceptionObject.args`.
    pub const EXCEPTION_ARGS: usize = 24;
    /// `PyDescrObject.d_type`.
    pub const DESCRIPTOR_TYPE: usize = 16;
    /// `PyDescrObject.d_name`.
    pub const DESCRIPTOR_NAME: usize = 24;
    /// `PyMethodDescrObject.d_method`.
    pub const DESCRIPTOR_METHOD: usize = 40;
    /// `PyMethodDef.ml_name`.
    pub const DEFINITION_NAME: usize = 0;
    /// `PyGetSetDef.get`.
    pub const GETSET_GET: usize = 8;
    /// `PyGetSetDef.closure`.
    pub const GETSET_CLOSURE: usize = 32;
    /// `PyMemberDef.type`.
    pub const MEMBER_TYPE: usize = 8;
    /// `PyMemberDef.offset`.
    pub const MEMBER_OFFSET: usize = 16;
    /// `PyTypeObject.tp_name`.
    pub const TYPE_NAME: usize = 24;
    /// `PyTypeObject.tp_basicsize`.
    pub const TYPE_BASICSIZE: usize = 32;
    /// `PyTypeObject.tp_itemsize`.
    pub const TYPE_ITEMSIZE: usize = 40;
    /// `PyTypeObject.tp_dealloc`.
    pub const TYPE_DEALLOC: usize = 48;
    /// `PyTypeObject.tp_as_mapping`.
    pub const TYPE_AS_MAPPING: usize = 112;
    /// `PyTypeObject.tp_str`.
    pub const TYPE_STR: usize = 136;
    /// `PyTypeObject.tp_getattro`.
    pub const TYPE_GETATTRO: usize = 144;
    /// `PyTypeObject.tp_as_buffer`.
    pub const TYPE_AS_BUFFER: usize = 160;
    /// `PyTypeObject.tp_flags`.
    pub const TYPE_FLAGS: usize = 168;
    /// `PyTypeObject.tp_traverse`.
    pub const TYPE_TRAVERSE: usize = 184;
    /// `PyTypeObject.tp_weaklistoffset`.
    pub const TYPE_WEAKLISTOFFSET: usize = 208;
    /// `PyTypeObject.tp_dict`.
    pub const TYPE_DICT: usize = 264;
    /// `PyTypeObject.tp_descr_get`.
    pub const TYPE_DESCR_GET: usize = 272;
    /// `PyTypeObject.tp_descr_set`.
    pub const TYPE_DESCR_SET: usize = 280;
    /// `PyTypeObject.tp_dictoffset`.
    pub const TYPE_DICTOFFSET: usize = 288;
    /// `PyTypeObject.tp_mro`.
    pub const TYPE_MRO: usize = 344;
    /// `PyTypeObject.tp_version_tag`.
    pub const TYPE_VERSION: usize = 384;
    /// `PyMappingMethods.mp_subscript`.
    pub const MAPPING_SUBSCRIPT: usize = 8;
    /// `PyWeakReference.wr_callback`.
    pub const WEAKREF_CALLBACK: usize = 24;
    /// `PyWeakReference.wr_next`.
    pub const WEAKREF_NEXT: usize = 48;
    /// `PyMemoryViewObject.flags`.
    pub const VIEW_FLAGS: usize = 40;
    /// `PyMemoryViewObject.view.buf`.
    pub const VIEW_ADDRESS: usize = 56;
    /// `PyMemoryViewObject.view.obj`.
    pub const VIEW_OWNER: usize = 64;
    /// `PyMemoryViewObject.view.len`.
    pub const VIEW_LENGTH: usize = 72;
    /// `PyDateTime_Time.hastzinfo`.
    pub const TIME_HAS_ZONE: usize = 24;
    /// `PyDateTime_Time.data`.
    pub const TIME_DATA: usize = 25;
    /// `PyDateTime_Time.fold`.
    pub const TIME_FOLD: usize = 31;
    /// `PyDateTime_Time.tzinfo`.
    pub const TIME_ZONE: usize = 32;
    /// `PyDateTime_Date.data`.
    pub const DATE_DATA: usize = 25;
    /// `PyDateTime_DateTime.data`.
    pub const DATETIME_DATA: usize = 25;
    /// `PyDateTime_DateTime.fold`.
    pub const DATETIME_FOLD: usize = 35;
    /// `PyDateTime_DateTime.tzinfo`.
    pub const DATETIME_ZONE: usize = 40;
    /// `PyDateTime_Delta.days`.
    pub const DELTA_DAYS: usize = 24;
}

/// Where other fields are in one minor version; 0 if the version has no such field.
#[derive(Debug)]
pub struct Layout {
    /// Minor version of Python 3.
    pub minor: u32,
    /// How to get from the thread state to the running frame.
    pub current_frame: CurrentFrame,
    /// `PyFrameObject.f_code`, then `struct _PyInterpreterFrame.f_code`, then `struct _PyInterpreterFrame.f_executable`.
    pub frame_code: usize,
    /// `PyFrameObject.f_back`, then `struct _PyInterpreterFrame.previous`.
    pub frame_previous: usize,
    /// `PyFrameObject.f_globals`, then `struct _PyInterpreterFrame.f_globals`.
    pub frame_globals: usize,
    /// `PyFrameObject.f_builtins`, then `struct _PyInterpreterFrame.f_builtins`.
    pub frame_builtins: usize,
    /// `PyFrameObject.f_locals`, then `struct _PyInterpreterFrame.f_locals`.
    pub frame_locals: usize,
    /// `PyFrameObject.f_localsplus`, then `struct _PyInterpreterFrame.localsplus`.
    pub frame_slots: usize,
    /// `PyFrameObject.f_lasti`, then `struct _PyInterpreterFrame.prev_instr`, then `struct _PyInterpreterFrame.instr_ptr`.
    pub frame_instruction: usize,
    /// `PyFrameObject.f_valuestack`; up to 3.10.
    pub frame_stack: usize,
    /// `PyFrameObject.f_stackdepth`, then `struct _PyInterpreterFrame.stacktop`; up to 3.11.
    pub frame_depth: usize,
    /// `PyFrameObject.f_gen`; up to 3.10.
    pub frame_generator: usize,
    /// `struct _PyInterpreterFrame.is_entry`; in 3.11.
    pub frame_is_entry: usize,
    /// `PyFrameObject.f_frame`; from 3.11 on.
    pub pyframe_frame: usize,
    /// `PyFrameObject.f_lineno`.
    pub pyframe_lineno: usize,
    /// `PyFrameObject.f_trace`.
    pub pyframe_trace: usize,
    /// `PyFrameObject.f_trace_lines`.
    pub pyframe_trace_lines: usize,
    /// `PyThreadState.c_tracefunc`.
    pub thread_trace: usize,
    /// `PyGenObject.gi_frame`, then `PyGenObject.gi_iframe`.
    pub generator_frame: usize,
    /// `PyCodeObject.co_flags`.
    pub code_flags: usize,
    /// `PyCodeObject.co_filename`.
    pub code_filename: usize,
    /// `PyCodeObject.co_name`.
    pub code_name: usize,
    /// `PyCodeObject.co_code_adaptive`; from 3.11 on.
    pub code_bytes: usize,
    /// `PyTupleObject.ob_item`.
    pub tuple_items: usize,
    /// `sizeof PyASCIIObject`.
    pub ascii_data: usize,
    /// `sizeof PyCompactUnicodeObject`.
    pub compact_data: usize,
    /// `PyBaseExceptionObject.context`.
    pub exception_context: usize,
    /// `PyBaseExceptionObject.cause`.
    pub exception_cause: usize,
    /// `PyBaseExceptionObject.suppress_context`.
    pub exception_suppressed: usize,
    /// `PyUnicodeErrorObject.start`.
    pub unicode_error_start: usize,
    /// `PyUnicodeErrorObject.end`.
    pub unicode_error_end: usize,
    /// `PyHeapTypeObject.ht_qualname`.
    pub qualname: usize,
    /// `PyHeapTypeObject.ht_cached_keys`.
    pub cached_keys: usize,
}

/// All supported versions.
pub const ALL: [Layout; 6] = [
    Layout {
        minor: 10,
        current_frame: CurrentFrame::Direct(24),
        frame_code: 32,
        frame_previous: 24,
        frame_globals: 48,
        frame_builtins: 40,
        frame_locals: 56,
        frame_slots: 352,
        frame_instruction: 96,
        frame_stack: 64,
        frame_depth: 80,
        frame_generator: 88,
        frame_is_entry: 0,
        pyframe_frame: 0,
        pyframe_lineno: 100,
        pyframe_trace: 72,
        pyframe_trace_lines: 84,
        thread_trace: 64,
        generator_frame: 16,
        code_flags: 36,
        code_filename: 104,
        code_name: 112,
        code_bytes: 0,
        tuple_items: 24,
        ascii_data: 48,
        compact_data: 72,
        exception_context: 40,
        exception_cause: 48,
        exception_suppressed: 56,
        unicode_error_start: 80,
        unicode_error_end: 88,
        qualname: 864,
        cached_keys: 872,
    },
    Layout {
        minor: 11,
        current_frame: CurrentFrame::Through(56, 8),
        frame_code: 32,
        frame_previous: 48,
        frame_globals: 8,
        frame_builtins: 16,
        frame_locals: 24,
        frame_slots: 72,
        frame_instruction: 56,
        frame_stack: 0,
        frame_depth: 64,
        frame_generator: 0,
        frame_is_entry: 68,
        pyframe_frame: 24,
        pyframe_lineno: 40,
        pyframe_trace: 32,
        pyframe_trace_lines: 44,
        thread_trace: 72,
        generator_frame: 80,
        code_flags: 48,
        code_filename: 112,
        code_name: 120,
        code_bytes: 184,
        tuple_items: 24,
        ascii_data: 48,
        compact_data: 72,
        exception_context: 48,
        exception_cause: 56,
        exception_suppressed: 64,
        unicode_error_start: 88,
        unicode_error_end: 96,
        qualname: 864,
        cached_keys: 872,
    },
    Layout {
        minor: 12,
        current_frame: CurrentFrame::Through(56, 0),
        frame_code: 0,
        frame_previous: 8,
        frame_globals: 24,
        frame_builtins: 32,
        frame_locals: 40,
        frame_slots: 72,
        frame_instruction: 56,
        frame_stack: 0,
        frame_depth: 0,
        frame_generator: 0,
        frame_is_entry: 0,
        pyframe_frame: 24,
        pyframe_lineno: 40,
        pyframe_trace: 32,
        pyframe_trace_lines: 44,
        thread_trace: 72,
        generator_frame: 72,
        code_flags: 48,
        code_filename: 112,
        code_name: 120,
        code_bytes: 192,
        tuple_items: 24,
        ascii_data: 40,
        compact_data: 56,
        exception_context: 48,
        exception_cause: 56,
        exception_suppressed: 64,
        unicode_error_start: 88,
        unicode_error_end: 96,
        qualname: 872,
        cached_keys: 880,
    },
    Layout {
        minor: 13,
        current_frame: CurrentFrame::Direct(72),
        frame_code: 0,
        frame_previous: 8,
        frame_globals: 24,
        frame_builtins: 32,
        frame_locals: 40,
        frame_slots: 72,
        frame_instruction: 56,
        frame_stack: 0,
        frame_depth: 0,
        frame_generator: 0,
        frame_is_entry: 0,
        pyframe_frame: 24,
        pyframe_lineno: 40,
        pyframe_trace: 32,
        pyframe_trace_lines: 44,
        thread_trace: 88,
        generator_frame: 72,
        code_flags: 48,
        code_filename: 112,
        code_name: 120,
        code_bytes: 200,
        tuple_items: 24,
        ascii_data: 40,
        compact_data: 56,
        exception_context: 48,
        exception_cause: 56,
        exception_suppressed: 64,
        unicode_error_start: 88,
        unicode_error_end: 96,
        qualname: 872,
        cached_keys: 880,
    },
    Layout {
        minor: 14,
        current_frame: CurrentFrame::Direct(72),
        frame_code: 0,
        frame_previous: 8,
        frame_globals: 24,
        frame_builtins: 32,
        frame_locals: 40,
        frame_slots: 80,
        frame_instruction: 56,
        frame_stack: 0,
        frame_depth: 0,
        frame_generator: 0,
        frame_is_entry: 0,
        pyframe_frame: 24,
        pyframe_lineno: 40,
        pyframe_trace: 32,
        pyframe_trace_lines: 44,
        thread_trace: 88,
        generator_frame: 72,
        code_flags: 48,
        code_filename: 112,
        code_name: 120,
        code_bytes: 208,
        tuple_items: 32,
        ascii_data: 40,
        compact_data: 56,
        exception_context: 48,
        exception_cause: 56,
        exception_suppressed: 64,
        unicode_error_start: 88,
        unicode_error_end: 96,
        qualname: 872,
        cached_keys: 880,
    },
    Layout {
        minor: 15,
        current_frame: CurrentFrame::Direct(72),
        frame_code: 0,
        frame_previous: 8,
        frame_globals: 24,
        frame_builtins: 32,
        frame_locals: 40,
        frame_slots: 80,
        frame_instruction: 56,
        frame_stack: 0,
        frame_depth: 0,
        frame_generator: 0,
        frame_is_entry: 0,
        pyframe_frame: 24,
        pyframe_lineno: 40,
        pyframe_trace: 32,
        pyframe_trace_lines: 44,
        thread_trace: 112,
        generator_frame: 72,
        code_flags: 48,
        code_filename: 112,
        code_name: 120,
        code_bytes: 208,
        tuple_items: 32,
        ascii_data: 40,
        compact_data: 56,
        exception_context: 48,
        exception_cause: 56,
        exception_suppressed: 64,
        unicode_error_start: 88,
        unicode_error_end: 96,
        qualname: 880,
        cached_keys: 888,
    },
];
