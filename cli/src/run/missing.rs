//! Messages about processes that the program started and that are not recorded.

use std::path::Path;

use connie_recording::files;
use connie_recording::recorder::Silent;
use connie_wire::ring::Header;

/// The reason why a process could not write its message.
const NO_GROWTH: &str = "its limit for file sizes is too low (RLIMIT_FSIZE)";

/// Messages about missing processes; `config` is the file that the tracer read.
pub fn sentences(silent: &[&Silent], header: &Header, config: &Path) -> Vec<String> {
    let mut found = processes(silent, |process| reason(process, config));
    let (lost, error) = header.lost();
    if lost > 0 {
        let what = if lost == 1 { "1 forked process is".into() } else { format!("{lost} forked processes are") };
        found.push(format!("{what} not recorded: {}", forked(&error)));
    }
    found
}

/// Messages about processes, one for each reason.
pub fn processes(silent: &[&Silent], reason: impl Fn(&Silent) -> String) -> Vec<String> {
    let mut reasons: Vec<(String, Vec<&Silent>)> = Vec::new();
    for &process in silent {
        // A command of a shell never reports itself. Only processes known to be missing are reported.
        if process.pid == 0 && process.option.is_none() {
            continue;
        }
        let reason = reason(process);
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, all)) => all.push(process),
            None => reasons.push((reason, vec![process])),
        }
    }
    reasons.into_iter().map(|(reason, all)| sentence(&reason, &all)).collect()
}

/// The reason why a forked process could not create a ring.
fn forked(error: &std::io::Error) -> String {
    let why = match error.raw_os_error() {
        Some(libc::EACCES | libc::EPERM) => "it changed to a user who may not write to the recording's folder",
        Some(libc::ENOENT | libc::ENOTDIR) => "it changed its root folder to one without the recording's folder",
        Some(libc::EMFILE) => "it has no free file descriptors (RLIMIT_NOFILE)",
        Some(libc::EFBIG) => NO_GROWTH,
        _ => return format!("it could not reach the recording ({error})"),
    };
    why.to_owned()
}

/// The reason why a process that should have reported itself did not.
pub fn reason(process: &Silent, config: &Path) -> String {
    if let Some(option) = process.option {
        return format!("python -{option} keeps connie from loading");
    }
    let mut refused = config.as_os_str().to_os_string();
    refused.push(format!(".refused-{}", process.pid));
    match files::read_text(refused.as_ref(), files::SMALL) {
        // The process created the file but could not write the message.
        Ok(why) if why.trim().is_empty() => NO_GROWTH.into(),
        Ok(why) => why,
        Err(_) => {
        "it did not load connie: it may run as another user, in another root folder or without free file descriptors, \
         or have ended early"
            .into()
        }
    }
}

fn sentence(reason: &str, all: &[&Silent]) -> String {
    let Some(first) = all.first() else { return String::new() };
    // The file name of the interpreter is enough.
    let words = first.line.split_whitespace().collect::<Vec<_>>().join(" ");
    let (program, rest) = words.split_once(' ').unwrap_or((&words, ""));
    let program = program.rsplit('/').next().unwrap_or(program);
    let whole = format!("{program} {rest}");
    let line: String = whole.trim_end().chars().take(60).collect();
    let cut = if line.len() < whole.trim_end().len() { "…" } else { "" };
    let pid = if first.pid == 0 { String::new() } else { format!("process {} ", first.pid) };
    let (more, is) = match all.len() {
        1 => (String::new(), "is"),
        n => (format!(" and {} more {}", n - 1, if n == 2 { "process" } else { "processes" }), "are"),
    };
    format!("{pid}({line}{cut}){more} {is} not recorded: {reason}")
}
