//! Launch configurations: debugpy's keys, and ours.

pub mod keys;

use connie_recording::files;
use serde_json::Value;

use crate::debugpy::{self, Fate};
use crate::host::Launch;
use crate::record_options;
use crate::view::moves::StopAt;

/// What launch.json says, understood.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// What is recorded, and how.
    pub launch: Launch,
    /// Run without debugging.
    pub no_debug: bool,
    /// The process to attach to, instead of a program to run.
    pub process: Option<u32>,
    /// In a terminal of the client: `integrated` or `external`; none: on its console.
    pub terminal: Option<&'static str>,
    /// The terminal was asked for, not chosen because nothing was said.
    pub wants_terminal: bool,
    /// The title of the terminal.
    pub title: Option<String>,
    /// What the program writes into a terminal is on the console as well.
    pub redirects: bool,
    /// The program is ended as by Ctrl-C.
    pub interrupts: bool,
    /// Where the view stops first.
    pub stop_at: StopAt,
    /// Where folders of the recording are for the client: (as recorded, the client's).
    pub moved: Vec<(String, String)>,
    /// Variables that no source can name are listed too.
    pub shows_hidden: bool,
    /// Keys that are not known.
    pub unknown: Vec<String>,
    /// Keys that have no effect, and why.
    pub without_effect: Vec<(String, String)>,
}

/// Keys that are read where they are used.
const ELSEWHERE: [&str; 3] = ["token", "sources", "processId"];

fn strings(value: &Value, key: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("\"{key}\" must be a list of strings");
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(one) => Ok(vec![one.clone()]),
        Value::Array(many) => many.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect(),
        _ => Err(wrong()),
    }
}

fn string(value: &Value, key: &str) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        _ => Err(format!("\"{key}\" must be a string")),
    }
}

/// As [`string`], of a key that must not be empty.
fn name(value: &Value, key: &str) -> Result<Option<String>, String> {
    match string(value, key)? {
        Some(text) if text.trim().is_empty() => Err(format!("\"{key}\" is empty: say what to run")),
        found => Ok(found),
    }
}

/// Reads the arguments of a launch request.
///
/// # Errors
/// A sentence, where a key has a value that it cannot have.
pub fn parse(arguments: &Value) -> Result<Configuration, String> {
    let found = read(arguments, "launch")?;
    let launch = &found.launch;
    let ways = [launch.program.is_some(), launch.module.is_some(), launch.code.is_some()];
    match ways.iter().filter(|way| **way).count() {
        1 => Ok(found),
        0 => Err("say what to run: \"program\", \"module\" or \"code\"".into()),
        _ => Err("say only one of \"program\", \"module\" and \"code\"".into()),
    }
}

/// Reads the arguments of an attach request.
///
/// # Errors
/// As for [`parse`]; where debugpy is to be connected to.
pub fn parse_attach(arguments: &Value) -> Result<Configuration, String> {
    if let Some(why) = debugpy::remote(arguments) {
        return Err(why);
    }
    let mut found = read(arguments, "attach")?;
    found.process = process(&arguments["processId"])?;
    if found.process.is_some() && !arguments["recording"].is_null() {
        return Err("say only one of \"recording\" and \"processId\"".into());
    }
    Ok(found)
}

/// The number of a process; clients write it as text too.
fn process(value: &Value) -> Result<Option<u32>, String> {
    let number = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64().and_then(|number| u32::try_from(number).ok()),
    };
    match number {
        Some(number @ 1..) => Ok(Some(number)),
        _ => Err(format!("\"processId\" must be the number of a process, not {value}")),
    }
}

fn read(arguments: &Value, request: &str) -> Result<Configuration, String> {
    let mut found = Configuration { terminal: Some("integrated"), ..Configuration::default() };
    let keys = match arguments {
        Value::Null if request == "attach" => serde_json::Map::new(),
        arguments => arguments.as_object().cloned().ok_or_else(|| format!("{request} needs a configuration"))?,
    };
    let (keys, unknown) = debugpy::with_flags(&keys);
    found.unknown = unknown;
    let mut env_file = None;
    for (key, value) in &keys {
        if key == "envFile" {
            env_file = string(value, key)?;
        } else if keys::is_read(key, request) {
            let is_read = read_key(&mut found, key, value)? || read_program(&mut found.launch, key, value)?;
            if !is_read && !ELSEWHERE.contains(&key.as_str()) {
                found.unknown.push(key.clone());
            }
        } else {
            match debugpy::fate(key, value) {
                Some(Fate::Silent) => {}
                Some(Fate::Said(why)) => found.without_effect.push((key.clone(), why)),
                Some(Fate::Refused(why)) => return Err(why),
                None => found.unknown.push(key.clone()),
            }
        }
    }
    let launch = &mut found.launch;
    if let Some(path) = env_file.filter(|path| !path.is_empty()) {
        let text = files::read_text(path.as_ref(), files::SMALL)
            .map_err(|error| format!("cannot read envFile {path}: {error}"))?;
        // What "env" says counts more.
        let from_file = read_env(&text).into_iter().map(|(name, value)| (name, Some(value)));
        launch.env = from_file.chain(std::mem::take(&mut launch.env)).collect();
    }
    launch.options.check("noRedact").map_err(|error| error.to_string())?;
    Ok(found)
}

fn truth(value: &Value, key: &str) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("\"{key}\" must be true or false"))
}

/// Reads a key that says what is run; whether it is one.
fn read_program(launch: &mut Launch, key: &str, value: &Value) -> Result<bool, String> {
    match key {
        "program" => launch.program = name(value, key)?,
        "module" => launch.module = name(value, key)?,
        "code" => {
            launch.code = Some(strings(value, key)?.join("\n")).filter(|_| !value.is_null());
            if launch.code.as_ref().is_some_and(|code| code.trim().is_empty()) {
                return Err("\"code\" is empty: say what to run".into());
            }
        }
        "args" => {
            launch.args = match value {
                Value::String(line) => {
                    shlex::split(line).ok_or_else(|| format!("\"args\" has a quote without its end: {line}"))?
                }
                value => strings(value, key)?,
            }
        }
        "cwd" => launch.cwd = string(value, key)?.filter(|cwd| !cwd.is_empty()),
        "env" => {
            for (name, value) in value.as_object().into_iter().flatten() {
                let text = match value {
                    Value::Null => None,
                    Value::String(text) => Some(text.clone()),
                    other => Some(other.to_string()),
                };
                launch.env.push((name.clone(), text));
            }
        }
        // "pythonPath" is an older name of "python".
        "pythonPath" if launch.python.is_some() => {}
        "python" | "pythonPath" => {
            let mut words = strings(value, key)?.into_iter().filter(|word| !word.is_empty());
            launch.python = words.next();
            launch.python_args.splice(0..0, words);
        }
        "pythonArgs" => launch.python_args.extend(strings(value, key)?),
        _ => return Ok(false),
    }
    Ok(true)
}

/// Reads a key that says how it is recorded and shown; whether it is one.
fn read_key(found: &mut Configuration, key: &str, value: &Value) -> Result<bool, String> {
    let launch = &mut found.launch;
    match key {
        "console" => {
            (found.terminal, found.wants_terminal) = match value.as_str() {
                Some("internalConsole") => (None, false),
                Some("integratedTerminal") => (Some("integrated"), true),
                Some("externalTerminal") => (Some("external"), true),
                None if value.is_null() => (Some("integrated"), false),
                _ => {
                    return Err(format!(
                        "\"console\" must be internalConsole, integratedTerminal or externalTerminal, not {value}"
                    ));
                }
            }
        }
        "consoleName" | "consoleTitle" => found.title = string(value, key)?.filter(|title| !title.is_empty()),
        "redirectOutput" => found.redirects = !value.is_null() && truth(value, key)?,
        "onTerminate" => found.interrupts = value == "KeyboardInterrupt",
        "stopOnEntry" => {
            if truth(value, key)? {
                found.stop_at = StopAt::Entry;
            }
        }
        "stopAt" => {
            found.stop_at = match value.as_str() {
                Some("breakpoint") => StopAt::Breakpoint,
                Some("entry") => StopAt::Entry,
                Some("exception") => StopAt::Exception,
                Some("end") => StopAt::End,
                _ => return Err("\"stopAt\" must be breakpoint, exception, entry or end".into()),
            }
        }
        "pathMappings" => found.moved = path_mappings(value)?,
        "noDebug" => found.no_debug = truth(value, key)?,
        "locals" => {
            found.shows_hidden = match value.as_str() {
                Some("all") => true,
                Some("named") => false,
                _ => return Err("\"locals\" must be named or all".into()),
            }
        }
        "recording" => {
            launch.recording = string(value, key)?;
            if launch.recording.as_ref().is_some_and(|path| path.trim().is_empty()) {
                return Err("\"recording\" is empty: say which one, or leave it out".into());
            }
        }
        _ => return record_options::read(&mut launch.options, key, value),
    }
    Ok(true)
}

/// debugpy's pathMappings: `[{"localRoot": …, "remoteRoot": …}]`, as (remote, local).
///
/// # Errors
/// A sentence, where it is something else.
pub fn path_mappings(value: &Value) -> Result<Vec<(String, String)>, String> {
    let wrong = || "\"pathMappings\" must be a list of {\"localRoot\": …, \"remoteRoot\": …}".to_owned();
    let pair = |item: &Value| Some((item["remoteRoot"].as_str()?.to_owned(), item["localRoot"].as_str()?.to_owned()));
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => items.iter().map(|item| pair(item).ok_or_else(wrong)).collect(),
        _ => Err(wrong()),
    }
}

/// `NAME=value` lines, with comments, `export` and quotes.
fn read_env(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let Some((name, value)) = line.strip_prefix("export ").unwrap_or(line).split_once('=') else { continue };
        let value = value.trim();
        let bare = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        let value = bare('"').or_else(|| bare('\'')).unwrap_or(value);
        found.push((name.trim().to_owned(), value.to_owned()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_debugpy_configuration_needs_no_change() {
        let found = parse(&json!({
            "name": "x", "type": "debugpy", "request": "launch", "program": "a.py", "args": ["-v"], "cwd": "/tmp",
            "env": {"A": "1", "B": null}, "console": "integratedTerminal", "justMyCode": false, "stopOnEntry": true,
            "subProcess": true, "python": ["/usr/bin/python3"], "odd": 1
        }))
        .unwrap();
        assert_eq!(found.launch.program.as_deref(), Some("a.py"));
        assert_eq!(found.launch.env, [("A".into(), Some("1".into())), ("B".into(), None)]);
        assert_eq!((found.terminal, found.stop_at), (Some("integrated"), StopAt::Entry));
        assert_eq!(found.unknown, ["odd"]);
    }

    #[test]
    fn programs_run_in_a_terminal_unless_told_otherwise() {
        let of = |console: Value| parse(&json!({"program": "a.py", "console": console}));
        let terminal = |console: Value| of(console).map(|found| (found.terminal, found.wants_terminal)).unwrap();
        assert_eq!(parse(&json!({"program": "a.py"})).unwrap().terminal, Some("integrated"));
        assert_eq!(terminal(Value::Null), (Some("integrated"), false));
        assert_eq!(terminal(json!("integratedTerminal")), (Some("integrated"), true));
        assert_eq!(terminal(json!("externalTerminal")), (Some("external"), true));
        assert_eq!(terminal(json!("internalConsole")), (None, false));
        for wrong in [json!("nonsense"), json!("none"), json!(""), json!(1), json!(true)] {
            assert!(of(wrong.clone()).unwrap_err().contains("internalConsole"), "{wrong}");
        }
    }

    #[test]
    fn interpreters_may_have_options() {
        let of = |more: Value| {
            let mut keys = json!({"program": "a.py"});
            keys.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let launch = parse(&keys).unwrap().launch;
            (launch.python.unwrap_or_default(), launch.python_args)
        };
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        assert_eq!(of(json!({"python": "p", "pythonArgs": ["-O"]})), ("p".into(), words(&["-O"])));
        assert_eq!(of(json!({"pythonArgs": ["-O"], "python": ["p", "-B"]})), ("p".into(), words(&["-B", "-O"])));
        assert_eq!(of(json!({"python": "p", "pythonPath": "q"})).0, "p");
        assert_eq!(of(json!({"pythonPath": "q", "python": "p"})).0, "p");
        assert_eq!(of(json!({"python": ""})).0, "");
    }

    #[test]
    fn processes_are_numbers_and_debugpy_is_refused() {
        let process = |id: Value| parse_attach(&json!({"processId": id})).map(|found| found.process);
        assert_eq!(process(json!(42)), Ok(Some(42)));
        assert_eq!(process(json!("42")), Ok(Some(42)));
        for wrong in [json!(0), json!(-1), json!("${command:pickProcess}"), json!(""), json!(u64::MAX)] {
            assert!(process(wrong.clone()).unwrap_err().contains("number of a process"), "{wrong}");
        }
        assert!(parse_attach(&json!({"processId": 1, "recording": "latest"})).is_err());
        for key in ["connect", "listen", "host", "port", "subProcessId"] {
            assert!(parse_attach(&json!({key: {"port": 5678}})).unwrap_err().contains("processId"), "{key}");
        }
        assert_eq!(
            parse_attach(&json!({"recording": "latest", "sources": "recorded", "odd": 1})).unwrap().unknown,
            ["odd"]
        );
        assert!(parse_attach(&Value::Null).is_ok());
    }

    #[test]
    fn what_is_secret() {
        let found = parse(&json!({"program": "a.py", "redact": ["ssn", "card_*"]})).unwrap();
        assert_eq!(
            (found.launch.options.redact.as_slice(), found.launch.options.no_redact),
            (&["ssn".into(), "card_*".into()][..], false)
        );
        assert!(parse(&json!({"program": "a.py", "noRedact": true})).unwrap().launch.options.no_redact);
        assert!(parse(&json!({"program": "a.py", "noRedact": 1})).is_err());
        assert!(parse(&json!({"program": "a.py", "noRedact": true, "redact": "x"})).is_err());
    }

    #[test]
    fn arguments_in_one_string_are_split_as_a_shell_does() {
        let args = |text: &str| parse(&json!({"program": "a.py", "args": text})).map(|found| found.launch.args);
        assert_eq!(args("-v --name 'a b'  c\\ d \"\"").unwrap(), ["-v", "--name", "a b", "c d", ""]);
        assert!(args("'a").unwrap_err().contains("quote"));
    }

    #[test]
    fn children_are_recorded_unless_told_otherwise() {
        assert!(!parse(&json!({"program": "a.py"})).unwrap().launch.options.no_children);
        assert!(parse(&json!({"program": "a.py", "subProcess": false})).unwrap().launch.options.no_children);
    }

    #[test]
    fn what_cannot_be_is_said() {
        assert!(parse(&json!({"program": "a.py", "pathMappings": [{"localRoot": 1}]})).is_err());
        assert!(parse(&json!({})).is_err());
        assert!(parse(&json!(null)).is_err());
        assert!(parse(&json!({"program": 5})).unwrap_err().contains("program"));
        for key in ["program", "module", "code"] {
            assert!(parse(&json!({key: ""})).unwrap_err().contains("is empty"), "{key}");
            assert!(parse(&json!({key: null})).unwrap_err().contains("say what to run"), "{key}");
        }
        assert!(parse(&json!({"program": "a.py", "sudo": true})).unwrap_err().contains("sudo connie run"));
        assert!(parse(&json!({"program": "a.py", "module": "b"})).is_err());
        assert!(parse(&json!({"program": "a.py", "recheck": 1})).unwrap_err().contains("auto or full"));
    }

    #[test]
    fn env_files_are_read() {
        let found = read_env("# c\nA=1\nexport B = \"two words\"\n\nC='x'");
        assert_eq!(found, [("A".into(), "1".into()), ("B".into(), "two words".into()), ("C".into(), "x".into())]);
    }
}
