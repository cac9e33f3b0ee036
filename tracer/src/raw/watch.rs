//! Versions of dicts for 3.14 and later, where CPython has none.
//!
//! A dict is watched from the first read on. Its version is in the bits of `_ma_watcher_tag` that CPython does not use
//! if there is a GIL (12 and up). It is unique among all dicts, and differs after each change.

use std::os::raw::c_int;

use pyo3_ffi as ffi;

use super::{Obj, field};
use crate::layout::common as at;

const SHIFT: u32 = 12;

type Callback = unsafe extern "C" fn(c_int, Obj, Obj, Obj) -> c_int;

type Watch = unsafe extern "C" fn(c_int, Obj) -> c_int;

struct Watcher {
    /// The id of the watcher, and its bit.
    id: c_int,
    bit: u64,
    watch: Option<Watch>,
    /// The last version that was assigned.
    last: u64,
}

static mut WATCHER: Watcher = Watcher { id: -1, bit: 0, watch: None, last: 0 };

/// Registers the watcher, if an earlier recording of this process has not done so. Python has only a few watchers, and
/// they are never released, as dicts stay watched.
///
/// # Safety
/// Under the GIL, on 3.14 or later; it may be called again.
///
/// # Errors
/// If all watchers are taken, or this Python has none.
pub unsafe fn install() -> Result<(), String> {
    // SAFETY: functions of the C API since 3.12, of these types; looked up, as older versions lack them. The watcher is
    // read and written under the GIL alone; that of an earlier recording stays valid, as the tracer stays loaded.
    unsafe {
        if WATCHER.id >= 0 {
            return Ok(());
        }
        let add = libc::dlsym(libc::RTLD_DEFAULT, c"PyDict_AddWatcher".as_ptr());
        let watch = libc::dlsym(libc::RTLD_DEFAULT, c"PyDict_Watch".as_ptr());
        if add.is_null() || watch.is_null() {
            return Err("this Python does not report changes of dicts".into());
        }
        let add: unsafe extern "C" fn(Callback) -> c_int = std::mem::transmute(add);
        let id = add(changed);
        if id < 0 {
            ffi::PyErr_Clear();
            return Err("other tools use all watchers of dicts".into());
        }
        WATCHER =
            Watcher { id, bit: 1 << id, watch: Some(std::mem::transmute::<*mut libc::c_void, Watch>(watch)), last: 0 };
    }
    Ok(())
}

/// The version of a dict.
///
/// # Safety
/// `dict` is a live dict (or of a subclass); under the GIL, after `install`.
#[inline(always)]
pub unsafe fn version(dict: Obj) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        let tag: u64 = field(dict, at::DICT_VERSION);
        if tag & WATCHER.bit == 0 { begin(dict) } else { tag >> SHIFT }
    }
}

#[cold]
unsafe fn begin(dict: Obj) -> u64 {
    // SAFETY: as in `version`.
    unsafe {
        let watcher = &raw const WATCHER;
        if let Some(watch) = (*watcher).watch
            && watch((*watcher).id, dict) < 0
        {
            ffi::PyErr_Clear();
        }
        renew(dict)
    }
}

unsafe fn renew(dict: Obj) -> u64 {
    // SAFETY: as in `version`; the bits written are unused.
    unsafe {
        let watcher = &raw mut WATCHER;
        (*watcher).last += 1;
        let tag = dict.cast::<u8>().add(at::DICT_VERSION).cast::<u64>();
        *tag = *tag & ((1 << SHIFT) - 1) | (*watcher).last << SHIFT;
        (*watcher).last
    }
}

unsafe extern "C" fn changed(_event: c_int, dict: Obj, _key: Obj, _value: Obj) -> c_int {
    // SAFETY: called by the interpreter with a dict that is about to change.
    unsafe { renew(dict) };
    0
}
