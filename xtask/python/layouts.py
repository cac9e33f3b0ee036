"""Writes the offsets of fields in CPython's structs as Rust: layouts.py TARGET MINOR=INCLUDE[:INCLUDE]...

Compiles a C program that prints `offsetof` with the headers of each version. A field of COMMON becomes a constant, as it
has the same offset in every version that has it. A field of BY_VERSION becomes a field of `Layout`.
"""

import os
import subprocess
import sys
import tempfile

EVERY = range(10, 16)


def since(first, *named):
    """Versions from `first` on, with the name of a field in each: pairs of (first version, name)."""
    steps = [(first, named[0]), *named[1:]]
    return {minor: [name for start, name in steps if start <= minor][-1] for minor in EVERY if minor >= first}


def until(last, name):
    return {minor: name for minor in EVERY if minor <= last}


# Name of the constant → the field, as `Struct.member`, for all versions or by version.
COMMON = {
    "OBJECT_SIZE": "sizeof PyObject",
    "GC_HEADER": "sizeof PyGC_Head",
    "VAR_SIZE": "PyVarObject.ob_size",
    "LIST_ITEMS": "PyListObject.ob_item",
    "DICT_USED": "PyDictObject.ma_used",
    "DICT_VERSION": since(10, "PyDictObject.ma_version_tag", (14, "PyDictObject._ma_watcher_tag")),
    "DICT_KEYS": "PyDictObject.ma_keys",
    "DICT_VALUES": "PyDictObject.ma_values",
    "KEYS_LOG2_INDEX_BYTES": since(11, "struct _dictkeysobject.dk_log2_index_bytes"),
    "KEYS_KIND": since(11, "struct _dictkeysobject.dk_kind"),
    "KEYS_INDICES": since(11, "struct _dictkeysobject.dk_indices"),
    "VALUES_CAPACITY": since(13, "struct _dictvalues.capacity"),
    "VALUES_SIZE": since(13, "struct _dictvalues.size"),
    "VALUES_VALID": since(13, "struct _dictvalues.valid"),
    "VALUES_FIRST": since(13, "struct _dictvalues.values"),
    "VIEW_DICT": "_PyDictViewObject.dv_dict",
    "SET_USED": "PySetObject.used",
    "SET_MASK": "PySetObject.mask",
    "SET_TABLE": "PySetObject.table",
    "FLOAT_VALUE": "PyFloatObject.ob_fval",
    "COMPLEX_VALUE": "PyComplexObject.cval",
    "LONG_DIGITS": since(10, "PyLongObject.ob_digit", (12, "PyLongObject.long_value.ob_digit")),
    "STR_LENGTH": "PyASCIIObject.length",
    "STR_STATE": "PyASCIIObject.state",
    "BYTES_DATA": "PyBytesObject.ob_sval",
    "BYTEARRAY_START": "PyByteArrayObject.ob_start",
    "SLICE_START": "PySliceObject.start",
    "SLICE_STOP": "PySliceObject.stop",
    "SLICE_STEP": "PySliceObject.step",
    "CELL_CONTENTS": "PyCellObject.ob_ref",
    "FUNCTION_GLOBALS": "PyFunctionObject.func_globals",
    "FUNCTION_NAME": "PyFunctionObject.func_name",
    "FUNCTION_QUALNAME": "PyFunctionObject.func_qualname",
    "FUNCTION_CODE": "PyFunctionObject.func_code",
    "CFUNCTION_DEF": "PyCFunctionObject.m_ml",
    "CFUNCTION_SELF": "PyCFunctionObject.m_self",
    "METHOD_FUNCTION": "PyMethodObject.im_func",
    "METHOD_SELF": "PyMethodObject.im_self",
    "EXCEPTION_ARGS": "PyBaseExceptionObject.args",
    "DESCRIPTOR_TYPE": "PyDescrObject.d_type",
    "DESCRIPTOR_NAME": "PyDescrObject.d_name",
    "DESCRIPTOR_METHOD": "PyMethodDescrObject.d_method",
    "DEFINITION_NAME": "PyMethodDef.ml_name",
    "GETSET_GET": "PyGetSetDef.get",
    "GETSET_CLOSURE": "PyGetSetDef.closure",
    "MEMBER_TYPE": "PyMemberDef.type",
    "MEMBER_OFFSET": "PyMemberDef.offset",
    "TYPE_NAME": "PyTypeObject.tp_name",
    "TYPE_BASICSIZE": "PyTypeObject.tp_basicsize",
    "TYPE_ITEMSIZE": "PyTypeObject.tp_itemsize",
    "TYPE_DEALLOC": "PyTypeObject.tp_dealloc",
    "TYPE_AS_MAPPING": "PyTypeObject.tp_as_mapping",
    "TYPE_STR": "PyTypeObject.tp_str",
    "TYPE_GETATTRO": "PyTypeObject.tp_getattro",
    "TYPE_AS_BUFFER": "PyTypeObject.tp_as_buffer",
    "TYPE_FLAGS": "PyTypeObject.tp_flags",
    "TYPE_TRAVERSE": "PyTypeObject.tp_traverse",
    "TYPE_WEAKLISTOFFSET": "PyTypeObject.tp_weaklistoffset",
    "TYPE_DICT": "PyTypeObject.tp_dict",
    "TYPE_DESCR_GET": "PyTypeObject.tp_descr_get",
    "TYPE_DESCR_SET": "PyTypeObject.tp_descr_set",
    "TYPE_DICTOFFSET": "PyTypeObject.tp_dictoffset",
    "TYPE_MRO": "PyTypeObject.tp_mro",
    "TYPE_VERSION": "PyTypeObject.tp_version_tag",
    "MAPPING_SUBSCRIPT": "PyMappingMethods.mp_subscript",
    "WEAKREF_CALLBACK": "PyWeakReference.wr_callback",
    "WEAKREF_NEXT": "PyWeakReference.wr_next",
    "VIEW_FLAGS": "PyMemoryViewObject.flags",
    "VIEW_ADDRESS": "PyMemoryViewObject.view.buf",
    "VIEW_OWNER": "PyMemoryViewObject.view.obj",
    "VIEW_LENGTH": "PyMemoryViewObject.view.len",
    "TIME_HAS_ZONE": "PyDateTime_Time.hastzinfo",
    "TIME_DATA": "PyDateTime_Time.data",
    "TIME_FOLD": "PyDateTime_Time.fold",
    "TIME_ZONE": "PyDateTime_Time.tzinfo",
    "DATE_DATA": "PyDateTime_Date.data",
    "DATETIME_DATA": "PyDateTime_DateTime.data",
    "DATETIME_FOLD": "PyDateTime_DateTime.fold",
    "DATETIME_ZONE": "PyDateTime_DateTime.tzinfo",
    "DELTA_DAYS": "PyDateTime_Delta.days",
}

FRAME = "struct _PyInterpreterFrame"
BY_VERSION = {
    "frame_code": since(10, "PyFrameObject.f_code", (11, f"{FRAME}.f_code"), (13, f"{FRAME}.f_executable")),
    "frame_previous": since(10, "PyFrameObject.f_back", (11, f"{FRAME}.previous")),
    "frame_globals": since(10, "PyFrameObject.f_globals", (11, f"{FRAME}.f_globals")),
    "frame_builtins": since(10, "PyFrameObject.f_builtins", (11, f"{FRAME}.f_builtins")),
    "frame_locals": since(10, "PyFrameObject.f_locals", (11, f"{FRAME}.f_locals")),
    "frame_slots": since(10, "PyFrameObject.f_localsplus", (11, f"{FRAME}.localsplus")),
    "frame_instruction": since(10, "PyFrameObject.f_lasti", (11, f"{FRAME}.prev_instr"), (13, f"{FRAME}.instr_ptr")),
    "frame_stack": until(10, "PyFrameObject.f_valuestack"),
    "frame_depth": since(10, "PyFrameObject.f_stackdepth", (11, f"{FRAME}.stacktop"), (12, None)),
    "frame_generator": until(10, "PyFrameObject.f_gen"),
    "frame_is_entry": {11: f"{FRAME}.is_entry"},
    "pyframe_frame": since(11, "PyFrameObject.f_frame"),
    "pyframe_lineno": "PyFrameObject.f_lineno",
    "pyframe_trace": "PyFrameObject.f_trace",
    "pyframe_trace_lines": "PyFrameObject.f_trace_lines",
    "thread_trace": "PyThreadState.c_tracefunc",
    "generator_frame": since(10, "PyGenObject.gi_frame", (11, "PyGenObject.gi_iframe")),
    "code_flags": "PyCodeObject.co_flags",
    "code_filename": "PyCodeObject.co_filename",
    "code_name": "PyCodeObject.co_name",
    "code_bytes": since(11, "PyCodeObject.co_code_adaptive"),
    "tuple_items": "PyTupleObject.ob_item",
    "ascii_data": "sizeof PyASCIIObject",
    "compact_data": "sizeof PyCompactUnicodeObject",
    "exception_context": "PyBaseExceptionObject.context",
    "exception_cause": "PyBaseExceptionObject.cause",
    "exception_suppressed": "PyBaseExceptionObject.suppress_context",
    "unicode_error_start": "PyUnicodeErrorObject.start",
    "unicode_error_end": "PyUnicodeErrorObject.end",
    "qualname": "PyHeapTypeObject.ht_qualname",
    "cached_keys": "PyHeapTypeObject.ht_cached_keys",
}

# The path from the thread state to the running frame: one field, or one that points to a struct with the other.
CURRENT = {
    minor: ["PyThreadState.frame"]
    if minor == 10
    else ["PyThreadState.cframe", "_PyCFrame.current_frame"]
    if minor < 13
    else ["PyThreadState.current_frame"]
    for minor in EVERY
}

INTERNAL = ["gc", "dict", "object", "frame", "interpframe_structs", "genobject", "interpframe", "code"]


def name_in(field, minor):
    return field.get(minor) if isinstance(field, dict) else field


def expression(field):
    if field.startswith("sizeof "):
        return f"sizeof({field[7:]})"
    struct, member = field.split(".", 1)
    return f"offsetof({struct}, {member})"


def offsets(minor, folders):
    """The offset of each field, and the version of the headers, as the compiler reports them."""
    wanted = [name_in(field, minor) for field in [*COMMON.values(), *BY_VERSION.values()]]
    wanted = list(dict.fromkeys([*filter(None, wanted), *CURRENT[minor]]))
    lines = ["#define Py_BUILD_CORE 1", "#include <Python.h>", "#include <structmember.h>", "#include <datetime.h>"]
    lines += ["#include <stddef.h>", "#include <stdio.h>"]
    if minor == 10:
        lines += ["#include <frameobject.h>", "#include <code.h>"]
    for header in INTERNAL:
        if any(os.path.exists(f"{folder}/internal/pycore_{header}.h") for folder in folders):
            lines.append(f"#include <internal/pycore_{header}.h>")
    lines += ["int main(void) {", "    puts(PY_VERSION);"]
    lines += [f'    printf("%zu\\n", (size_t){expression(field)});' for field in wanted]
    lines += ["    return 0;", "}"]
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/layout.c", "w") as file:
            file.write("\n".join(lines))
        includes = [f"-I{path}" for base in folders for path in (base, f"{base}/internal")]
        command = ["cc", "-w", "-std=gnu11", *includes, f"{folder}/layout.c", "-c", "-o", f"{folder}/layout.o"]
        subprocess.run(command, check=True)
        # The program uses nothing of the interpreter, but the headers have inline functions that do.
        link = ["cc", f"{folder}/layout.o", "-Wl,--unresolved-symbols=ignore-all", "-o", f"{folder}/layout"]
        subprocess.run(link, check=True)
        version, *numbers = subprocess.check_output([f"{folder}/layout"], text=True).split("\n")[:-1]
    return dict(zip(wanted, map(int, numbers), strict=True)), version


def describe(field):
    names = dict.fromkeys(filter(None, field.values())) if isinstance(field, dict) else [field]
    text = ", then ".join(f"`{name}`" for name in names)
    if isinstance(field, dict):
        there = [minor for minor, name in field.items() if name]
        if there[0] > EVERY[0]:
            text += f"; from 3.{there[0]} on" if there[-1] == EVERY[-1] else f"; in 3.{there[0]}"
        elif there[-1] < EVERY[-1]:
            text += f"; up to 3.{there[-1]}"
    return f"/// {text}."


def main(target, *headers):
    found, versions = {}, {}
    for spec in headers:
        minor, folders = spec.split("=", 1)
        found[int(minor)], versions[int(minor)] = offsets(int(minor), folders.split(":"))
    out = [
        "//! Offsets of fields in CPython's structs, in bytes, by minor version, for 64-bit builds with a GIL.",
        "//!",
        f"//! Made by `cargo xtask layouts` from the headers of {', '.join(versions.values())}; do not edit.",
        "",
        "use super::CurrentFrame;",
        "",
        "/// Fields that have the same offset in every version that has them.",
        "pub mod common {",
    ]
    for constant, field in COMMON.items():
        places = {found[minor][name_in(field, minor)] for minor in found if name_in(field, minor)}
        if len(places) != 1:
            sys.exit(f"{constant} lies in different places: {places}")
        out += [f"    {describe(field)}", f"    pub const {constant}: usize = {places.pop()};"]
    out += [
        "}",
        "",
        "/// The offsets of other fields in one minor version; 0 if the version has no such field.",
        "#[derive(Debug)]",
    ]
    out += ["pub struct Layout {", "    /// Minor version of Python 3.", "    pub minor: u32,"]
    out += ["    /// How to get from the thread state to the running frame.", "    pub current_frame: CurrentFrame,"]
    for name, field in BY_VERSION.items():
        out += [f"    {describe(field)}", f"    pub {name}: usize,"]
    out += ["}", "", "/// All supported versions.", f"pub const ALL: [Layout; {len(found)}] = ["]
    for minor, places in found.items():
        way = [str(places[field]) for field in CURRENT[minor]]
        kind = "Direct" if len(way) == 1 else "Through"
        out += [
            "    Layout {",
            f"        minor: {minor},",
            f"        current_frame: CurrentFrame::{kind}({', '.join(way)}),",
        ]
        for name, field in BY_VERSION.items():
            field = name_in(field, minor)
            out.append(f"        {name}: {places[field] if field else 0},")
        out.append("    },")
    out += ["];", ""]
    with open(target, "w") as file:
        file.write("\n".join(out))


main(*sys.argv[1:])
