//! Keys of debugpy's configurations that connie does not follow: what is said of them, and which are refused.
//!
//! docs/debugpy.md lists all keys; a test compares that page with the adapter.

use serde_json::{Map, Value};

/// What becomes of a key that connie does not follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing is said: it is for the client, or asks for what connie does anyway.
    Silent,
    /// It has no effect, and this is said.
    NoEffect(&'static str),
    /// The session does not start, and this is why.
    Refused(&'static str),
}

/// Keys of clients, and those that ask for what connie always does.
const SILENT: [&str; 23] = [
    "token",
    "command",
    "type",
    "request",
    "name",
    "presentation",
    "preLaunchTask",
    "postDebugTask",
    "internalConsoleOptions",
    "debugServer",
    "serverReadyAction",
    "suppressMultipleSessionWarning",
    "purpose",
    "clientOS",
    "gevent",
    "steppingResumesAllThreads",
    "terminateChildProcesses",
    "isOutputRedirected",
    "adapterAccessToken",
    "resolveSymlinks",
    "options",
    "processName",
    "restart",
];

/// Keys that have no effect, and why.
const WITHOUT_EFFECT: [(&str, &str); 21] = [
    ("django", "templates have no stops; what Python code did for them is recorded"),
    ("jinja", "templates have no stops; what Python code did for them is recorded"),
    ("flask", "templates have no stops; what Python code did for them is recorded"),
    ("pyramid", "templates have no stops; what Python code did for them is recorded"),
    ("guiEventLoop", "no event loop runs while the view stands still: the program is not paused"),
    ("qt", "threads of Qt are recorded without it"),
    ("autoReload", "a recording keeps the code that ran: restart to record changed code"),
    ("autoStartBrowser", "no browser is opened: \"serverReadyAction\" of the client does that"),
    ("logToFile", "set CONNIE_DAP_LOG in the environment of the editor to write messages to a file"),
    ("waitOnNormalExit", "the client keeps the terminal open"),
    ("waitOnAbnormalExit", "the client keeps the terminal open"),
    ("breakOnSystemExitZero", "SystemExit is an exception like others: set exception breakpoints for it"),
    ("variablePresentation", "variables have one order, and \"locals\" says which are listed"),
    ("rules", "\"include\" and \"exclude\" say which files are recorded"),
    ("maxExceptionStackFrames", "stacks are shown whole"),
    ("debugAdapterPath", "the adapter is connie itself"),
    ("debugAdapterPython", "the adapter is connie itself"),
    ("debugAdapterHost", "the adapter is connie itself"),
    ("debugLauncherPath", "connie starts the program itself"),
    ("debugLauncherPython", "connie starts the program itself"),
    ("debugpyArgs", "debugpy is not loaded"),
];

/// Keys that cannot be done without, and what to do instead.
const REFUSED: [(&str, &str); 1] = [(
    "sudo",
    "\"sudo\" is not supported: record with `sudo connie run …`, and open that recording with \"request\": \"attach\"",
)];

/// Keys of `attach` that name a debugpy in the program.
const REMOTE: [&str; 5] = ["connect", "listen", "host", "port", "subProcessId"];

/// Flags of the old `debugOptions`, and the keys that they stand for.
const FLAGS: [(&str, &str, bool); 14] = [
    ("RedirectOutput", "redirectOutput", true),
    ("DebugStdLib", "justMyCode", false),
    ("StopOnEntry", "stopOnEntry", true),
    ("Multiprocess", "subProcess", true),
    ("Sudo", "sudo", true),
    ("Django", "django", true),
    ("DjangoDebugging", "django", true),
    ("Jinja", "jinja", true),
    ("Flask", "jinja", true),
    ("Pyramid", "pyramid", true),
    ("Gevent", "gevent", true),
    ("WaitOnNormalExit", "waitOnNormalExit", true),
    ("WaitOnAbnormalExit", "waitOnAbnormalExit", true),
    ("BreakOnSystemExitZero", "breakOnSystemExitZero", true),
];

/// Whether a value asks for anything: not where a key is switched off.
fn asks(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty() && text != "none",
        Value::Array(items) => !items.is_empty(),
        Value::Object(keys) => keys.get("enable").map_or(!keys.is_empty(), asks),
        _ => true,
    }
}

/// What becomes of a key; `None` where it is one that is followed, or not known at all.
pub fn fate(key: &str, value: &Value) -> Option<Fate> {
    let of = |list: &[(&str, &'static str)]| list.iter().find(|(name, _)| *name == key).map(|(_, why)| *why);
    if SILENT.contains(&key) || key.starts_with("__") {
        return Some(Fate::Silent);
    }
    if key == "showReturnValue" {
        return Some(match value {
            Value::Bool(false) => Fate::NoEffect("returned values are always shown"),
            _ => Fate::Silent,
        });
    }
    let fate = of(&WITHOUT_EFFECT).map(Fate::NoEffect).or_else(|| of(&REFUSED).map(Fate::Refused))?;
    Some(if asks(value) { fate } else { Fate::Silent })
}

/// Why an attach configuration is refused that means a program with debugpy in it.
pub fn remote(keys: &Map<String, Value>) -> Option<String> {
    let key = REMOTE.iter().find(|key| keys.get(**key).is_some_and(|value| !value.is_null()))?;
    Some(format!(
        "\"{key}\" connects to debugpy, which connie does not use. To record a process that runs, give \"processId\" (Python \
         3.14 and later). To record it from its start, use \"request\": \"launch\", or `connie run` where it runs and then \
         \"recording\": \"latest\""
    ))
}

/// The keys, with those that older ones and flags of `debugOptions` stand for, and the flags that stand for none.
pub fn with_flags(keys: &Map<String, Value>) -> (Map<String, Value>, Vec<String>) {
    let (mut all, mut unknown) = (keys.clone(), Vec::new());
    if let Some(Value::Bool(all_code)) = all.remove("debugStdLib") {
        all.entry("justMyCode").or_insert((!all_code).into());
    }
    let Some(flags) = all.remove("debugOptions") else { return (all, unknown) };
    for flag in flags.as_array().into_iter().flatten().filter_map(Value::as_str) {
        match FLAGS.iter().find(|(name, ..)| *name == flag) {
            // What a key says counts more.
            Some((_, key, value)) => drop(all.entry(*key).or_insert((*value).into())),
            None if matches!(flag, "UnixClient" | "WindowsClient" | "FixFilePathCase" | "ShowReturnValue") => {}
            None => unknown.push(format!("debugOptions: {flag}")),
        }
    }
    (all, unknown)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_that_are_switched_off_ask_for_nothing() {
        assert_eq!(fate("django", &json!(false)), Some(Fate::Silent));
        assert!(matches!(fate("django", &json!(true)), Some(Fate::NoEffect(_))));
        assert_eq!(fate("autoReload", &json!({"enable": false})), Some(Fate::Silent));
        assert!(matches!(fate("autoReload", &json!({"enable": true})), Some(Fate::NoEffect(_))));
        assert_eq!(fate("sudo", &json!(false)), Some(Fate::Silent));
        assert!(matches!(fate("sudo", &json!(true)), Some(Fate::Refused(_))));
        assert_eq!(fate("program", &json!("a.py")), None);
    }

    #[test]
    fn old_flags_are_keys() {
        let keys = json!({"debugOptions": ["DebugStdLib", "StopOnEntry", "Odd"], "stopOnEntry": false});
        let (all, unknown) = with_flags(keys.as_object().unwrap());
        assert_eq!(json!(all), json!({"stopOnEntry": false, "justMyCode": false}));
        assert_eq!(unknown, ["debugOptions: Odd"]);
    }
}
