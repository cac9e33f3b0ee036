//! Reports Python processes that are started. If one does not report itself later, it is missing from the recording.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use connie_wire::{arguments, files};

use crate::state;

/// The largest part of a command line that is reported, in bytes.
const LONGEST: usize = 1 << 12;

/// The command line of a program that is Python, or a script for it; `None` for other programs.
pub fn python_line(programs: &[Vec<u8>], line: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    let program = programs.iter().find(|path| !path.contains(&b'/') || is_there(path))?;
    let found = if names_python(program) { line.to_vec() } else { script_line(program, line)? };
    let words: Vec<&[u8]> = found.iter().map(Vec::as_slice).collect();
    (!arguments::only_tells(&words)).then_some(found)
}

/// The command line of the Python with which a shell command begins.
pub fn shell_line(command: &[u8]) -> Option<Vec<Vec<u8>>> {
    let is_end = |byte: &u8| matches!(byte, b';' | b'&' | b'|' | b'\n' | b'>' | b'<' | b'(' | b')');
    let first = command.split(is_end).next().unwrap_or_default();
    let words = first.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let words: Vec<Vec<u8>> =
        words.map(|word| word.iter().filter(|byte| !b"'\"".contains(byte)).copied().collect()).collect();
    names_python(words.first()?).then_some(words)
}

fn is_there(path: &[u8]) -> bool {
    std::path::Path::new(OsStr::from_bytes(path)).is_file()
}

/// Whether a program is called `python`, with or without a version.
fn names_python(program: &[u8]) -> bool {
    let name = program.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    name.strip_prefix(b"python").is_some_and(|rest| rest.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.'))
}

/// The command line that the system runs for a script whose first line names a Python.
fn script_line(script: &[u8], line: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    let start = files::head(OsStr::from_bytes(script).as_ref(), 256).unwrap_or_default();
    let first = start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let words = first.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let mut words = words.skip_while(|word| word.ends_with(b"/env") || word.starts_with(b"-")).map(<[u8]>::to_vec);
    let python = words.next().filter(|word| names_python(word))?;
    let own = std::iter::once(python).chain(words).chain(std::iter::once(script.to_vec()));
    Some(own.chain(line.iter().skip(1).cloned()).collect())
}

/// Reports a Python by its process id. It is this process's own if the process becomes that Python, 0 if not known.
///
/// # Safety
/// Under the GIL.
pub unsafe fn tell(pid: u32, line: &[Vec<u8>]) {
    if state::is_forked() {
        // A forked process has no ring yet, and is about to become another program.
        return;
    }
    let mut text = line.join(&0);
    text.truncate(LONGEST);
    // SAFETY: the caller's promise.
    unsafe {
        state::with(|engine| engine.tell_started(pid, &text));
    }
}

/// Reports that this process did not become another Python after all.
///
/// # Safety
/// Under the GIL.
pub unsafe fn untell() {
    // SAFETY: the caller's promise.
    unsafe { tell(std::process::id(), &[]) };
}
