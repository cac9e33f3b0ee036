//! Processes that the program starts: their environment has connie's entries, so that they are recorded, too.
//!
//! The functions of `posix` and `_posixsubprocess` that start programs are wrapped in their method tables, as
//! `TextIOWrapper.write` is. A Python that they start gets the environment that the first one got from
//! `connie run`. Other programs get the environment that the traced program gave them.

use std::ffi::{CStr, CString};

use connie_wire::files;
use pyo3_ffi as ffi;

use crate::methods::{Fast, NONE, Original, wrap};
use crate::raw::{self, Obj, Owned};
use crate::{started, state};

/// The variables for the environment of a child.
struct Way {
    config: String,
    folder: String,
}

static mut WAY: Option<Way> = None;

static mut FORK_EXEC: Original = NONE;
static mut EXECV: Original = NONE;
static mut EXECVE: Original = NONE;
static mut SPAWN: Original = NONE;
static mut SPAWNP: Original = NONE;
static mut SYSTEM: Original = NONE;

/// Wraps the functions that start processes.
///
/// # Safety
/// Under the GIL, once.
pub unsafe fn install(config: String, folder: String) {
    // SAFETY: the caller's promise. The wrappers, which read the way in, are not there yet.
    unsafe {
        WAY = Some(Way { config, folder });

        wrap_posix();
        wrap_fork_exec();
    }
}

/// Wraps the functions of `posix`.
///
/// # Safety
/// As for [`install`].
unsafe fn wrap_posix() {
    // SAFETY: the method table of a builtin module lies in writable data and lives as long as the process; its flags
    // say what the functions found there take. `unset` gives references of ours.
    unsafe {
        let posix = raw::loaded_module(c"posix");
        if posix.is_null() {
            return;
        }
        // The hash of such a function is made from the address of its C function: members of sets are added again.
        let again = unset(posix);
        wrap(posix, c"execv", &raw mut EXECV, execv, None);
        wrap(posix, c"execve", &raw mut EXECVE, execve, None);
        wrap(posix, c"posix_spawn", &raw mut SPAWN, spawn, None);
        wrap(posix, c"posix_spawnp", &raw mut SPAWNP, spawnp, None);
        wrap(posix, c"system", &raw mut SYSTEM, system, None);
        for (set, function) in again {
            if ffi::PySet_Add(set, function.get()) != 0 {
                ffi::PyErr_Clear();
            }
        }
    }
}

/// Wraps `_posixsubprocess.fork_exec`. If the program has not imported that module, it stays so.
///
/// # Safety
/// As for [`install`].
unsafe fn wrap_fork_exec() {
    let name = c"_posixsubprocess";
    // SAFETY: a module written in C, of which the same holds as of `posix`: it stays loaded when it is forgotten.
    unsafe {
        let known = !raw::loaded_module(name).is_null();
        let Some(module) = Owned::take(ffi::PyImport_ImportModule(name.as_ptr())) else { return };
        wrap(module.get(), c"fork_exec", &raw mut FORK_EXEC, fork_exec_fast, Some(fork_exec));
        if !known && ffi::PyDict_DelItemString(ffi::PyImport_GetModuleDict(), name.as_ptr()) != 0 {
            ffi::PyErr_Clear();
        }
    }
}

/// Takes the functions that will be wrapped out of the sets of `os` that tell what they support; the sets, and
/// references to what was in them.
unsafe fn unset(posix: Obj) -> Vec<(Obj, Owned)> {
    let mut found = Vec::new();
    // SAFETY: under the GIL. Functions compare without running anything; what is found in a module is live.
    unsafe {
        let os = raw::loaded_module(c"os");
        if os.is_null() {
            return found;
        }
        for set in [c"supports_fd", c"supports_dir_fd", c"supports_effective_ids", c"supports_follow_symlinks"] {
            let set = raw::module_item(os, set);
            if set.is_null() || !raw::is_set(raw::type_of(set)) {
                continue;
            }
            for name in [c"execv", c"execve", c"posix_spawn", c"posix_spawnp", c"system"] {
                let function = raw::module_item(posix, name);
                if !function.is_null() && ffi::PySet_Discard(set, function) == 1 {
                    ffi::Py_IncRef(function);
                    found.extend(Owned::take(function).map(|function| (set, function)));
                }
            }
        }
        ffi::PyErr_Clear();
    }
    found
}

/// The environment variables that load the tracer. `before` is the PYTHONPATH that the child would have had.
unsafe fn variables(before: Option<&[u8]>) -> Option<Vec<(&'static str, Vec<u8>)>> {
    // SAFETY: set once, before the functions were wrapped.
    let way = unsafe { (&raw const WAY).as_ref()?.as_ref()? };
    if state::is_off() {
        return None;
    }
    let mut path = way.folder.clone().into_bytes();
    let mut found = vec![("CONNIE_CONFIG", way.config.clone().into_bytes()), ("CONNIE_CHILD", b"1".to_vec())];
    if let Some(before) = before.filter(|before| !before.is_empty()) {
        path.push(b':');
        path.extend_from_slice(before);
        found.push(("CONNIE_PYTHONPATH", before.to_vec()));
    }
    found.push(("PYTHONPATH", path));
    Some(found)
}

unsafe fn text(object: Obj) -> Vec<u8> {
    // SAFETY: `object` is live.
    unsafe {
        let ty = raw::type_of(object);
        if raw::is_str(ty) {
            raw::str_bytes(object)
        } else if raw::is_bytes(ty) {
            raw::bytes_data(object).to_vec()
        } else {
            Vec::new()
        }
    }
}

/// The bytes that a str has in an environment. A byte that the file system's encoding cannot decode is a surrogate in
/// the str.
unsafe fn encoded(object: Obj) -> Vec<u8> {
    // SAFETY: `object` is live; encoding runs no code of the program.
    unsafe {
        if !raw::is_str(raw::type_of(object)) {
            return text(object);
        }
        let bytes = Owned::take(ffi::PyUnicode_EncodeFSDefault(object));
        bytes.map_or_else(|| text(object), |bytes| raw::bytes_data(bytes.get()).to_vec())
    }
}

unsafe fn texts(sequence: Obj) -> Vec<Vec<u8>> {
    // SAFETY: `sequence` is live.
    unsafe {
        let ty = raw::type_of(sequence);
        let items = if raw::is_list(ty) {
            raw::list_items(sequence)
        } else if raw::is_tuple(ty) {
            raw::tuple_items(sequence)
        } else {
            &[]
        };
        items.iter().map(|item| text(*item)).collect()
    }
}

fn names_python(text: &[u8]) -> bool {
    text.windows(6).any(|part| part == b"python")
}

/// Whether a command runs Python: it names Python, or its program is a script that does.
fn runs_python(programs: &[Vec<u8>], arguments: &[Vec<u8>]) -> bool {
    let is_script = |path: &Vec<u8>| {
        use std::os::unix::ffi::OsStrExt;
        let start = files::head(std::ffi::OsStr::from_bytes(path).as_ref(), 128).unwrap_or_default();
        start.starts_with(b"#!") && names_python(start.split(|byte| *byte == b'\n').next().unwrap_or(b""))
    };
    programs.iter().chain(arguments).any(|text| names_python(text))
        || programs.iter().any(|path| path.contains(&b'/') && is_script(path))
}

/// A new environment for `fork_exec`; None if the program's is to be used as it is.
unsafe fn with_way(before: Obj) -> Option<Owned> {
    const PATH: &[u8] = b"PYTHONPATH=";
    // SAFETY: `before` is a live object.
    let mut entries = unsafe { texts(before) };
    let path = entries.iter().position(|entry| entry.starts_with(PATH)).map(|at| entries.swap_remove(at));
    // SAFETY: the way in was set before the functions were wrapped.
    let way = unsafe { variables(path.as_ref().map(|path| &path[PATH.len()..])) }?;
    entries.extend(way.into_iter().map(|(name, value)| [name.as_bytes(), b"=", &value].concat()));
    // SAFETY: under the GIL; a list of our own takes a reference to each entry of our own.
    unsafe {
        let list = Owned::take(ffi::PyList_New(0))?;
        for entry in entries {
            let bytes = ffi::PyBytes_FromStringAndSize(entry.as_ptr().cast(), entry.len() as ffi::Py_ssize_t);
            let bytes = Owned::take(bytes)?;
            if ffi::PyList_Append(list.get(), bytes.get()) != 0 {
                ffi::PyErr_Clear();
                return None;
            }
        }
        Some(list)
    }
}

/// The index of the environment among the arguments of `fork_exec`.
const FORK_EXEC_ENVIRONMENT: usize = 5;

/// The environment that a call of `fork_exec` gets.
enum Environment {
    /// The one that the program gave.
    Same,
    /// This process's own, to which the variables are added temporarily, as code that runs before `exec` may change it.
    Own,
    /// A new list.
    List(Owned),
}

unsafe fn fork_exec_environment(arguments: &[Obj]) -> Environment {
    // SAFETY: the arguments are live.
    unsafe {
        if arguments.len() <= FORK_EXEC_ENVIRONMENT || !runs_python(&texts(arguments[1]), &texts(arguments[0])) {
            return Environment::Same;
        }
        let before = arguments[FORK_EXEC_ENVIRONMENT];
        if raw::is_none(before) {
            return Environment::Own;
        }
        with_way(before).map_or(Environment::Same, Environment::List)
    }
}

/// The command line of the Python that arguments of `fork_exec` start; `None` if they start another program.
unsafe fn line_of(arguments: &[Obj]) -> Option<Vec<Vec<u8>>> {
    if state::is_off() {
        return None;
    }
    // SAFETY: the arguments are live: (arguments, paths, …).
    unsafe {
        let &[line, programs, ..] = arguments else { return None };
        line_for(&texts(programs), &texts(line))
    }
}

/// The command line of the Python that a command starts; `None` if it starts another program. If a shell is in between,
/// the process id is not known, and the line begins with an empty word.
fn line_for(programs: &[Vec<u8>], line: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    started::python_line(programs, line).or_else(|| match line {
        [_, option, command, ..] if option == b"-c" => {
            started::shell_line(command).map(|line| std::iter::once(Vec::new()).chain(line).collect())
        }
        _ => None,
    })
}

/// Reports that a Python was started, using the return value of the function that started it.
unsafe fn tell(line: Option<Vec<Vec<u8>>>, result: Obj) {
    let Some(line) = line.filter(|_| !result.is_null()) else { return };
    // SAFETY: under the GIL; the result is a live object.
    unsafe {
        match line.as_slice() {
            [first, rest @ ..] if first.is_empty() => started::tell(0, rest),
            line if raw::is_int(raw::type_of(result)) => {
                let pid = raw::small_int(result).and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid > 0);
                if let Some(pid) = pid {
                    started::tell(pid, line);
                }
            }
            _ => {}
        }
    }
}

/// Runs `f`, which turns this process into a Python, and returns only if that fails.
unsafe fn becoming(line: Option<Vec<Vec<u8>>>, f: impl FnOnce() -> Obj) -> Obj {
    // SAFETY: under the GIL.
    unsafe {
        let Some(line) = line.filter(|_| !state::is_off()) else { return f() };
        started::tell(std::process::id(), &line);
        let result = f();
        started::untell();
        result
    }
}

unsafe extern "C" fn fork_exec_fast(module: Obj, arguments: *const Obj, count: ffi::Py_ssize_t, names: Obj) -> Obj {
    // SAFETY: called by the interpreter in place of the original, which is known since; with `count` live arguments.
    let (original, mut own) = unsafe {
        let Some(original) = FORK_EXEC.fast else { return std::ptr::null_mut() };
        (original, std::slice::from_raw_parts(arguments, count as usize).to_vec())
    };
    // SAFETY: what the interpreter gave goes on to the original; a new environment lives until that has returned.
    unsafe {
        let call = || original(module, arguments, count, names);
        let line = line_of(&own);
        let result = match fork_exec_environment(&own) {
            Environment::Same => call(),
            Environment::Own => in_environment(call),
            Environment::List(list) => {
                own[FORK_EXEC_ENVIRONMENT] = list.get();
                original(module, own.as_ptr(), count, names)
            }
        };
        tell(line, result);
        result
    }
}

unsafe extern "C" fn fork_exec(module: Obj, arguments: Obj) -> Obj {
    // SAFETY: called by the interpreter with a tuple, in place of the original, which is known since.
    unsafe {
        let Some(original) = FORK_EXEC.tuple else { return std::ptr::null_mut() };
        let items = raw::tuple_items(arguments);
        let line = line_of(items);
        let call = || original(module, arguments);
        let result = match fork_exec_environment(items) {
            Environment::Same => call(),
            Environment::Own => in_environment(call),
            Environment::List(list) => match with_item(items, FORK_EXEC_ENVIRONMENT, list.get()) {
                Some(own) => original(module, own.get()),
                None => call(),
            },
        };
        tell(line, result);
        result
    }
}

/// A new tuple of `items`, with another one at the index `at`.
///
/// # Safety
/// Under the GIL; all items are live.
unsafe fn with_item(items: &[Obj], at: usize, other: Obj) -> Option<Owned> {
    // SAFETY: the caller's promise; the tuple is new and has as many places, each of which takes over a reference.
    unsafe {
        let own = Owned::take(ffi::PyTuple_New(items.len() as ffi::Py_ssize_t))?;
        for (n, item) in items.iter().enumerate() {
            let item = if n == at { other } else { *item };
            ffi::Py_IncRef(item);
            ffi::PyTuple_SetItem(own.get(), n as ffi::Py_ssize_t, item);
        }
        Some(own)
    }
}

/// The value of a variable in this process's environment.
fn variable(name: &CStr) -> Option<CString> {
    // SAFETY: a C string; under the GIL, which Python's own changes of the environment hold.
    unsafe {
        let value = libc::getenv(name.as_ptr());
        (!value.is_null()).then(|| CStr::from_ptr(value).to_owned())
    }
}

/// Sets a variable in this process's environment, or removes it.
fn set_variable(name: &CStr, value: Option<&CStr>) {
    // SAFETY: as for `variable`; the environment gets copies of both.
    unsafe {
        match value {
            Some(value) => libc::setenv(name.as_ptr(), value.as_ptr(), 1),
            None => libc::unsetenv(name.as_ptr()),
        };
    }
}

/// Runs `f` while this process's own environment has connie's entries.
///
/// # Safety
/// Under the GIL.
unsafe fn in_environment(f: impl FnOnce() -> Obj) -> Obj {
    let path = variable(c"PYTHONPATH");
    // SAFETY: the way in was set before the functions were wrapped.
    let Some(way) = (unsafe { variables(path.as_ref().map(|path| path.to_bytes())) }) else { return f() };
    let way: Vec<(CString, CString)> = way
        .into_iter()
        .filter_map(|(name, value)| Some((CString::new(name).ok()?, CString::new(value).ok()?)))
        .collect();
    let before: Vec<_> = way.iter().map(|(name, _)| variable(name)).collect();
    for (name, value) in &way {
        set_variable(name, Some(value));
    }
    let result = f();
    for ((name, _), before) in way.iter().zip(before) {
        set_variable(name, before.as_deref());
    }
    result
}

unsafe extern "C" fn execv(module: Obj, arguments: *const Obj, count: ffi::Py_ssize_t, names: Obj) -> Obj {
    // SAFETY: called by the interpreter in place of the original.
    unsafe {
        let Some(original) = EXECV.fast else { return std::ptr::null_mut() };
        let own = std::slice::from_raw_parts(arguments, count as usize);
        let call = || original(module, arguments, count, names);
        if own.len() != 2 || !runs_python(&[text(own[0])], &texts(own[1])) {
            return call();
        }
        becoming(started::python_line(&[text(own[0])], &texts(own[1])), || in_environment(call))
    }
}

unsafe extern "C" fn system(module: Obj, arguments: *const Obj, count: ffi::Py_ssize_t, names: Obj) -> Obj {
    // SAFETY: called by the interpreter in place of the original.
    unsafe {
        let Some(original) = SYSTEM.fast else { return std::ptr::null_mut() };
        let own = std::slice::from_raw_parts(arguments, all(count, names));
        let call = || original(module, arguments, count, names);
        if own.len() != 1 || !names_python(&text(own[0])) {
            return call();
        }
        if let Some(line) = started::shell_line(&text(own[0])) {
            started::tell(0, &line);
        }
        in_environment(call)
    }
}

/// Number of arguments, including keyword arguments.
unsafe fn all(count: ffi::Py_ssize_t, names: Obj) -> usize {
    // SAFETY: `names` is a tuple or null.
    unsafe { count as usize + if names.is_null() { 0 } else { raw::tuple_items(names).len() } }
}

/// `execve`, `posix_spawn` and `posix_spawnp`: (path, arguments, environment, …).
unsafe fn with_mapping(original: Fast, module: Obj, arguments: *const Obj, count: ffi::Py_ssize_t, names: Obj) -> Obj {
    const ENVIRONMENT: usize = 2;
    // SAFETY: called by the interpreter in place of the original, with that many live arguments; what is put in the
    // place of one of them lives until the original has returned.
    unsafe {
        let mut own = std::slice::from_raw_parts(arguments, all(count, names)).to_vec();
        let call = || original(module, arguments, count, names);
        // An environment that is given by name has another index; it is used as it is.
        if (count as usize) <= ENVIRONMENT || !runs_python(&[text(own[0])], &texts(own[1])) {
            return call();
        }
        if raw::is_none(own[ENVIRONMENT]) {
            return in_environment(call);
        }

        let Some(copy) = mapping_with_way(own[ENVIRONMENT]) else { return call() };
        own[ENVIRONMENT] = copy.get();
        original(module, own.as_ptr(), count, names)
    }
}

/// A copy of an environment, with connie's entries; None if the program's is to be used as it is. If that is not a
/// mapping, the original function raises.
///
/// # Safety
/// Under the GIL; `before` is live.
unsafe fn mapping_with_way(before: Obj) -> Option<Owned> {
    // SAFETY: the caller's promise; the copy is a dict of our own, which takes a reference to each value.
    unsafe {
        let copy = Owned::take(ffi::PyDict_New())?;
        if ffi::PyDict_Update(copy.get(), before) != 0 {
            ffi::PyErr_Clear();
            return None;
        }
        let path = ffi::PyDict_GetItemString(copy.get(), c"PYTHONPATH".as_ptr());
        let path = (!path.is_null()).then(|| encoded(path));
        for (name, value) in variables(path.as_deref())? {
            let Ok(name) = CString::new(name) else { continue };
            let value = ffi::PyUnicode_DecodeFSDefaultAndSize(value.as_ptr().cast(), value.len() as ffi::Py_ssize_t);
            let value = Owned::take(value)?;
            if ffi::PyDict_SetItemString(copy.get(), name.as_ptr(), value.get()) != 0 {
                ffi::PyErr_Clear();
                return None;
            }
        }
        Some(copy)
    }
}

/// The command line of the Python that (path, arguments, …) start; `None` if they start another program.
unsafe fn line_given(arguments: *const Obj, count: ffi::Py_ssize_t) -> Option<Vec<Vec<u8>>> {
    // SAFETY: as many arguments as `count` says.
    unsafe {
        let &[program, line, ..] = std::slice::from_raw_parts(arguments, count as usize) else { return None };
        if state::is_off() {
            return None;
        }
        line_for(&[text(program)], &texts(line))
    }
}

unsafe extern "C" fn execve(module: Obj, arguments: *const Obj, count: ffi::Py_ssize_t, names: Obj) -> Obj {
    // SAFETY: called by the interpreter in place of the original.
    unsafe {
        let Some(original) = EXECVE.fast else { return std::ptr::null_mut() };
        let line = line_given(arguments, count).filter(|line| !line[0].is_empty());
        becoming(line, || with_mapping(original, module, arguments, count, names))
    }
}

unsafe extern "C" fn spawn(module: Obj, arguments: *const Obj, count: ffi::Py_ssize_t, names: Obj) -> Obj {
    // SAFETY: called by the interpreter in place of the original.
    unsafe {
        let Some(original) = SPAWN.fast else { return std::ptr::null_mut() };
        let line = line_given(arguments, count);
        let result = with_mapping(original, module, arguments, count, names);
        tell(line, result);
        result
    }
}

unsafe extern "C" fn spawnp(module: Obj, arguments: *const Obj, count: ffi::Py_ssize_t, names: Obj) -> Obj {
    // SAFETY: called by the interpreter in place of the original.
    unsafe {
        let Some(original) = SPAWNP.fast else { return std::ptr::null_mut() };
        let line = line_given(arguments, count);
        let result = with_mapping(original, module, arguments, count, names);
        tell(line, result);
        result
    }
}
