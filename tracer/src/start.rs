//! `start`: from the config file to installed hooks.

use connie_wire::arguments::{self, Program};
use connie_wire::config::Config;
use connie_wire::files;
use connie_wire::ring::Writer;
use pyo3_ffi as ffi;

use crate::engine::{Engine, Settings};
use crate::raw::{self, Obj};
use crate::{check, children, exceptions, identity, jumps, layout, monitoring, output, settrace, state, threads};

/// `start(config, folder, python_class, stdlib)`; raises RuntimeError where it cannot.
pub unsafe extern "C" fn start(_module: Obj, args: Obj) -> Obj {
    // SAFETY: called by the interpreter with a tuple of arguments, under the GIL.
    unsafe {
        match find_layout().and_then(|minor| start_with(minor, raw::tuple_items(args))) {
            Ok(segments) => {
                // What recordings of segments are called, which are kept, and the signal that begins them.
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

/// The minor version of this Python, whose layout is the one from now on.
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
    unsafe {
        if state::is_installed() {
            return Err("this process is recorded already".into());
        }
        if minor >= 14 {
            raw::watch::install()?;
        }
        check::headers(minor)?;
        identity::install(python_class);
        let mut is_child = false;
        let path = String::from_utf8(raw::str_bytes(config)).map_err(|_| "bad path of the config")?;
        let text = files::read_text(path.as_ref(), files::SMALL).map_err(|error| format!("{path}: {error}"))?;
        let mut config = Config::from_text(&text);
        match config.fault.as_str() {
            "identity" => identity::give_up(),
            "layout" => check::private::distrust(),
            _ => {}
        }
        let opened = match Writer::open(config.ring.as_ref()) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && config.children => {
                is_child = true;
                Writer::child(config.ring.as_ref())
            }
            other => other,
        };
        let ring = opened.map_err(|error| format!("{}: {error}", config.ring))?;
        if is_child {
            config.cwd = std::env::current_dir().map_or(config.cwd, |cwd| cwd.to_string_lossy().into_owned());
            (config.command, config.stdin) = given();
        }
        let version = version();
        let micro = version
            .split(['.', ' ', '+'])
            .nth(2)
            .map_or("", |micro| micro.trim_end_matches(|c: char| !c.is_ascii_digit()));
        let python = u64::from(minor) << 32 | micro.parse::<u64>().unwrap_or(0);
        ring.header().python.store(python, std::sync::atomic::Ordering::Release);
        let stdlib =
            raw::list_items(stdlib).iter().map(|&path| String::from_utf8_lossy(&raw::str_bytes(path)).into_owned());
        let (empty_hooks, children, switched) = (config.empty_hooks, config.children, config.switched);
        let segments = match &config.segments {
            prefix if prefix.is_empty() => String::new(),
            prefix => format!("{prefix} {} {}", config.keep, config.arm),
        };
        let settings = Settings { config, stdlib: stdlib.collect(), python_class, minor, python };
        let mut engine = Engine::new(ring, settings);
        if is_child {
            engine.introduce();
            engine.gets_own_stdin = true;
        }
        if empty_hooks {
            state::install(engine);
            return if minor >= 12 {
                monitoring::install(true, false).map(|()| segments)
            } else {
                settrace::install_empty();
                Ok(segments)
            };
        }
        if minor >= 12 {
            monitoring::install(false, switched)?;
        }
        state::install(engine);
        static WRAPPED: std::sync::Once = std::sync::Once::new();
        WRAPPED.call_once(|| {
            ffi::Py_AtExit(Some(at_exit));
            if children {
                let folder = String::from_utf8_lossy(&raw::str_bytes(folder)).into_owned();
                children::install(path, folder);
            }
            exceptions::find();
            output::install();
            if minor < 12 {
                threads::install();
                settrace::prepare(!segments.is_empty());
            } else {
                jumps::install();
            }
        });
        if minor >= 12 && !switched {
            monitoring::switch(true);
        } else if !switched {
            settrace::install();
        }
        Ok(segments)
    }
}

extern "C" fn at_exit() {
    if !state::is_forked() {
        // There is no interpreter any more that could release anything.
        identity::ignore_dead();
        // SAFETY: runs at the very end of finalization, on the main thread.
        unsafe { state::with(Engine::end) };
    }
}

/// Whether this process was given code with `-c` that is its starter's own, not that of multiprocessing; and whether
/// it was given a script on stdin.
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
