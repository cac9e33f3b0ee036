//! The existing threads and their names.

use pyo3_ffi as ffi;

use crate::raw;

unsafe extern "C" {
    /// Not in the limited API of 3.10, but exported by every version.
    fn PyThread_get_thread_ident() -> std::os::raw::c_ulong;
    /// In the limited API since 3.9.
    fn PyInterpreterState_Get() -> *mut ffi::PyInterpreterState;
    /// Neither is in the limited API, but both are exported by every version.
    fn PyInterpreterState_ThreadHead(interpreter: *mut ffi::PyInterpreterState) -> *mut ffi::PyThreadState;
    fn PyThreadState_Next(state: *mut ffi::PyThreadState) -> *mut ffi::PyThreadState;
}

/// A number that distinguishes the living system threads, read without a call; 0 if there is none.
#[inline(always)]
pub fn pointer() -> usize {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    // SAFETY: the thread's control block begins with its own address.
    unsafe {
        let pointer: usize;
        std::arch::asm!("mov {}, fs:0", out(reg) pointer, options(nostack, preserves_flags, readonly));
        pointer
    }
    #[cfg(all(target_arch = "aarch64", target_os = "linux"))]
    // SAFETY: reads the register that holds the thread's pointer.
    unsafe {
        let pointer: usize;
        std::arch::asm!("mrs {}, tpidr_el0", out(reg) pointer, options(nomem, nostack, preserves_flags));
        pointer
    }
    #[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), target_os = "linux")))]
    0
}

/// Calls `f` with each thread state.
///
/// # Safety
/// Under the GIL, which `f` does not let go of.
pub unsafe fn each(mut f: impl FnMut(*mut ffi::PyThreadState)) {
    // SAFETY: the caller's promise: none comes or goes meanwhile.
    unsafe {
        let mut state = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
        while !state.is_null() {
            f(state);
            state = PyThreadState_Next(state);
        }
    }
}

/// The ident of the running thread, and its name if `threading` knows the thread.
///
/// # Safety
/// Under the GIL.
pub unsafe fn identity() -> (u64, Vec<u8>) {
    // SAFETY: the caller's promise; what a module has is live.
    let (ident, active) = unsafe {
        let ident = PyThread_get_thread_ident() as u64;
        let threading = raw::loaded_module(c"threading");
        if threading.is_null() || !raw::is_module(raw::type_of(threading)) {
            return (ident, Vec::new());
        }
        (ident, raw::module_item(threading, c"_active"))
    };
    let mut name = Vec::new();
    // SAFETY: the dict of threads by ident holds its keys and values, and nothing changes it meanwhile.
    unsafe {
        if !active.is_null() && raw::is_dict(raw::type_of(active)) {
            raw::dict_pairs(active, |key, thread| {
                let is_it = raw::is_int(raw::type_of(key)) && raw::small_int(key) == Some(ident as i64);
                if is_it {
                    name = name_of(thread);
                }
                !is_it
            });
        }
    }
    (ident, name)
}

/// The name of a `threading.Thread`; empty if it has none.
///
/// # Safety
/// `thread` is live.
unsafe fn name_of(thread: raw::Obj) -> Vec<u8> {
    let mut name = Vec::new();
    // SAFETY: the caller's promise; an instance holds its attributes, whose names are strs.
    unsafe {
        raw::instance_attributes(thread, |key, value| {
            if raw::str_bytes(key) == b"_name" {
                name = raw::str_bytes(value);
            }
            name.is_empty()
        });
    }
    name
}
