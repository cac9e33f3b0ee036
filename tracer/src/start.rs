//! `start`: reads the config file, makes the engine and installs the hooks.

use connie_wire::arguments::{self, Program};
use connie_wire::config::Config;
use connie_wire::files;
use connie_wire::ring::Writer;
use pyo3_ffi as ffi;

use crate::engine::{Engine, Settings};
use crate::layout::common as at;
use crate::raw::{self, Obj};
use crate::{
    check, children, exceptions, identity, jumps, layout, monitoring, new_threads, output, settrace, state, switch,
};

/// `start(config, folder, python_class, stdlib)`. Raises RuntimeError if recording cannot start.
pub unsafe extern "C" fn start(_module: Obj, args: Obj) -> Obj {
    // SAFETY: called by the interpreter with a tuple of arguments, under the GIL.
    unsafe {
        match find_layout().and_then(|minor| start_with(minor, raw::tuple_items(args))) {
            Ok(segments) => {
                // For segments: the prefix of their ids, which are kept, and the signal that begins them.
                ffi::PyUnicode_FromStringAndSize(segments.as_ptr().cast(), segments.len() as ffi::Py_ssize_t)
            }
            Err(text) => {
                let text = std::ffi::CString::new(text).unwrap_or_default();
                ffi::PyErr_SetString(ffi::PyExc_RuntimeError, text.as_ptr());
                std::ptr::null_mut()
            }
        }
    }
}

/// Sets the layout of this Python. Returns its minor version.
unsafe fn find_layout() -> Result<u32, String> {
    // SAFETY: under the GIL.
    unsafe {
        let version = version();
        let minor = version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(0);
        raw::set_layout(layout::of(minor).ok_or_else(|| format!("Python {version} is not supported"))?);
        Ok(minor)
    }
}

fn version() -> String {
    // SAFETY: a string that lives for ever.
    unsafe { std::ffi::CStr::from_ptr(ffi::Py_GetVersion()).to_string_lossy().into_owned() }
}

unsafe fn start_with(minor: u32, args: &[Obj]) -> Result<String, String> {
    let &[config, folder, python_class, stdlib] = args else {
        return Err("four arguments are needed".into());
    };
    // SAFETY: the caller's promise.
    let path = unsafe {
        if state::is_installed() {
            return Err("this process is recorded already".into());
        }
        if minor >= 14 {
            raw::watch::install()?;
        }
        check::headers(minor)?;
        identity::install(python_class);
        String::from_utf8(raw::str_bytes(config)).map_err(|_| "bad path of the config")?
    };
    let text = files::read_text(path.as_ref(), files::SMALL).map_err(|error| format!("{path}: {error}"))?;
    let mut config = Config::from_text(&text);
    fail(&config.fault);
    let (ring, is_child) = open(&mut config)?;
    let python = u64::from(minor) << 32 | micro();
    ring.header().python.store(python, std::sync::atomic::Ordering::Release);
    let (empty_hooks, children, switched) = (config.empty_hooks, config.children, config.switched);
    let segments = match &config.segments {
        prefix if prefix.is_empty() => String::new(),
        prefix => format!("{prefix} {} {}", config.keep, config.arm),
    };
    // SAFETY: a list of strs; the class is one of ours, which lives until this function returns.
    let engine = unsafe {
        let stdlib =
            raw::list_items(stdlib).iter().map(|&path| String::from_utf8_lossy(&raw::str_bytes(path)).into_owned());
        let subtype_dealloc = raw::field(python_class, at::TYPE_DEALLOC);
        let settings = Settings { config, stdlib: stdlib.collect(), subtype_dealloc, minor, python };
        let mut engine = Engine::new(ring, settings);
        if is_child {
            engine.introduce();
            engine.gets_own_stdin = true;
        }
        engine
    };
    // SAFETY: the caller's promise; the folder is a str.
    unsafe {
        let children = children.then(|| (path, String::from_utf8_lossy(&raw::str_bytes(folder)).into_owned()));
        if empty_hooks { hook_nothing(minor, engine) } else { hook(minor, engine, switched, children) }?;
    }
    Ok(segments)
}

/// Makes something fail on purpose, for tests.
fn fail(fault: &str) {
    match fault {
        "identity" => identity::give_up(),
        "layout" => check::private::distrust(),
        _ => {}
    }
}

/// Opens the ring, or makes one for a further process of the recording. Returns whether it made one.
fn open(config: &mut Config) -> Result<(Writer, bool), String> {
    let mut is_child = false;
    let opened = match Writer::open(config.ring.as_ref()) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && config.children => {
            is_child = true;
            Writer::child(config.ring.as_ref())
        }
        other => other,
    };
    let ring = opened.map_err(|error| format!("{}: {error}", config.ring))?;
    if is_child {
        let cwd = std::env::current_dir();
        config.cwd = cwd.map_or_else(|_| std::mem::take(&mut config.cwd), |cwd| cwd.to_string_lossy().into_owned());
        (config.command, config.stdin) = given();
    }
    Ok((ring, is_child))
}

/// The micro version of this Python.
fn micro() -> u64 {
    let version = version();
    let micro = version.split(['.', ' ', '+']).nth(2);
    let digits = micro.map_or("", |micro| micro.trim_end_matches(|c: char| !c.is_ascii_digit()));
    digits.parse().unwrap_or(0)
}

/// Installs hooks that do nothing.
unsafe fn hook_nothing(minor: u32, engine: Engine) -> Result<(), String> {
    // SAFETY: under the GIL.
    unsafe {
        state::install(engine, switch::HOOKS);
        if minor >= 12 {
            return monitoring::install(true, false);
        }
        settrace::install_empty();
    }
    Ok(())
}

/// Installs the hooks, and switches them on unless that is left to segments. `children` are the paths of the config and
/// of the tracer's folder if child processes are recorded.
unsafe fn hook(minor: u32, engine: Engine, switched: bool, children: Option<(String, String)>) -> Result<(), String> {
    static WRAPPED: std::sync::Once = std::sync::Once::new();
    let has_segments = !engine.settings.config.segments.is_empty();
    // SAFETY: under the GIL; what is wrapped asks for the engine, which is installed before.
    unsafe {
        if minor >= 12 {
            monitoring::install(false, switched)?;
        }
        state::install(engine, switch::HOOKS);
        WRAPPED.call_once(|| wrap(minor, has_segments, children));
        if minor >= 12 && !switched {
            monitoring::switch(true);
        } else if !switched {
            settrace::install();
        }
    }
    Ok(())
}

/// Wraps functions, once a process.
///
/// # Safety
/// Under the GIL, once the engine is installed.
unsafe fn wrap(minor: u32, has_segments: bool, children: Option<(String, String)>) {
    // SAFETY: the caller's promise.
    unsafe {
        ffi::Py_AtExit(Some(at_exit));
        if let Some((path, folder)) = children {
            children::install(path, folder);
        }
        exceptions::find();
        output::install();
        if minor < 12 {
            new_threads::install();
            settrace::prepare(has_segments);
        } else {
            jumps::install();
        }
    }
}

extern "C" fn at_exit() {
    if !state::is_forked() {
        // There is no interpreter any more that could release objects.
        identity::ignore_dead();
        // SAFETY: runs at the very end of finalization, on the main thread.
        unsafe { state::with(Engine::end) };
    }
}

/// Whether this process was given code with `-c`, other than by multiprocessing, and whether it was given a script on
/// stdin.
fn given() -> (bool, bool) {
    let line = std::fs::read("/proc/self/cmdline").unwrap_or_default();
    let line = line.strip_suffix(b"\0").unwrap_or(&line);
    let arguments: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
    match arguments::program(&arguments) {
        Some(Program::Code(code)) => (!code.starts_with(b"from multiprocessing."), false),
        // SAFETY: only asks. What a person types is no script.
        Some(Program::Script(b"-")) | None => (false, unsafe { libc::isatty(0) } == 0),
        _ => (false, false),
    }
}
