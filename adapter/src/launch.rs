//! Launch configurations: debugpy's keys, and ours.

use connie_recording::files;
use serde_json::Value;

use crate::host::Launch;

/// What launch.json says, understood.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// What is recorded, and how.
    pub launch: Launch,
    /// Run without debugging.
    pub no_debug: bool,
    /// In a terminal of the client: `integrated` or `external`.
    pub terminal: Option<&'static str>,
    /// Where the view stops first.
    pub stop_at: StopAt,
    /// Where folders of the recording are for the client: (as recorded, the client's).
    pub moved: Vec<(String, String)>,
    /// Variables that no source can name are listed too.
    pub shows_hidden: bool,
    /// Keys that are not known.
    pub unknown: Vec<String>,
}

/// Where the view stops first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StopAt {
    /// At the first hit of a breakpoint, else at the uncaught exception, else at the end.
    #[default]
    Breakpoint,
    /// At the first line.
    Entry,
    /// At the uncaught exception, else at the end.
    Exception,
    /// At the end.
    End,
}

/// Keys of clients and of debugpy that need nothing from us.
const PASSED_OVER: [&str; 22] = [
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
    "showReturnValue",
    "redirectOutput",
    "django",
    "jinja",
    "pyramid",
    "gevent",
    "logToFile",
    "consoleName",
    "purpose",
    "suppressMultipleSessionWarning",
    "guiEventLoop",
];

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

/// Reads the arguments of a launch request.
///
/// # Errors
/// A sentence, where a key has a value that it cannot have.
pub fn parse(arguments: &Value) -> Result<Configuration, String> {
    let mut found = Configuration::default();
    found.launch.just_my_code = true;
    found.launch.children = true;
    let Some(keys) = arguments.as_object() else { return Err("launch needs a configuration".into()) };
    let launch = &mut found.launch;
    let mut env_file = None;
    for (key, value) in keys {
        let truth = || value.as_bool().ok_or_else(|| format!("\"{key}\" must be true or false"));
        match key.as_str() {
            "program" => launch.program = string(value, key)?,
            "module" => launch.module = string(value, key)?,
            "code" => launch.code = Some(strings(value, key)?.join("\n")).filter(|code| !code.is_empty()),
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
            "envFile" => env_file = string(value, key)?,
            "python" | "pythonPath" => launch.python = strings(value, key)?,
            "console" => {
                found.terminal = match value.as_str() {
                    Some("integratedTerminal") => Some("integrated"),
                    Some("externalTerminal") => Some("external"),
                    _ => None,
                }
            }
            "stopOnEntry" => {
                if truth()? {
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
            "subProcess" => launch.children = truth()?,
            "justMyCode" => launch.just_my_code = truth()?,
            "noDebug" => found.no_debug = truth()?,
            "include" => launch.include = strings(value, key)?,
            "exclude" => launch.exclude = strings(value, key)?,
            "redact" => launch.redact = strings(value, key)?,
            "noRedact" => launch.no_redact = truth()?,
            "recheck" => {
                launch.recheck = match value.as_str() {
                    Some("auto") => None,
                    Some("full") => Some("full".into()),
                    _ => return Err("\"recheck\" must be auto or full".into()),
                }
            }
            "locals" => {
                found.shows_hidden = match value.as_str() {
                    Some("all") => true,
                    Some("named") => false,
                    _ => return Err("\"locals\" must be named or all".into()),
                }
            }
            "recording" => launch.recording = string(value, key)?,
            "limits" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    let option = match name.as_str() {
                        "string" => "--max-string",
                        "items" => "--max-items",
                        "depth" => "--max-depth",
                        "steps" => "--max-steps",
                        "size" => "--max-size",
                        "time" => "--max-time",
                        other => {
                            return Err(format!(
                                "there is no limit \"{other}\": string, items, depth, steps, size, time"
                            ));
                        }
                    };
                    let n = value.as_u64().ok_or_else(|| format!("the limit \"{name}\" must be a number"))?;
                    launch.limits.push((option.into(), n));
                }
            }
            other if PASSED_OVER.contains(&other) || other.starts_with("__") => {}
            other => found.unknown.push(other.to_owned()),
        }
    }
    if let Some(path) = env_file.filter(|path| !path.is_empty()) {
        let text = files::read_text(path.as_ref(), files::SMALL)
            .map_err(|error| format!("cannot read envFile {path}: {error}"))?;
        // What "env" says counts more.
        let from_file = read_env(&text).into_iter().map(|(name, value)| (name, Some(value)));
        launch.env = from_file.chain(std::mem::take(&mut launch.env)).collect();
    }
    if launch.no_redact && !launch.redact.is_empty() {
        return Err("say only one of \"redact\" and \"noRedact\"".into());
    }
    let ways = [launch.program.is_some(), launch.module.is_some(), launch.code.is_some()];
    match ways.iter().filter(|way| **way).count() {
        1 => Ok(found),
        0 => Err("say what to run: \"program\", \"module\" or \"code\"".into()),
        _ => Err("say only one of \"program\", \"module\" and \"code\"".into()),
    }
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
    fn what_is_secret() {
        let found = parse(&json!({"program": "a.py", "redact": ["ssn", "card_*"]})).unwrap();
        assert_eq!(
            (found.launch.redact.as_slice(), found.launch.no_redact),
            (&["ssn".into(), "card_*".into()][..], false)
        );
        assert!(parse(&json!({"program": "a.py", "noRedact": true})).unwrap().launch.no_redact);
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
        assert!(parse(&json!({"program": "a.py"})).unwrap().launch.children);
        assert!(!parse(&json!({"program": "a.py", "subProcess": false})).unwrap().launch.children);
    }

    #[test]
    fn what_cannot_be_is_said() {
        assert!(parse(&json!({"program": "a.py", "pathMappings": [{"localRoot": 1}]})).is_err());
        assert!(parse(&json!({})).is_err());
        assert!(parse(&json!(null)).is_err());
        assert!(parse(&json!({"program": 5})).unwrap_err().contains("program"));
        assert!(parse(&json!({"program": "a.py", "module": "b"})).is_err());
        assert!(parse(&json!({"program": "a.py", "recheck": 1})).unwrap_err().contains("auto or full"));
    }

    #[test]
    fn env_files_are_read() {
        let found = read_env("# c\nA=1\nexport B = \"two words\"\n\nC='x'");
        assert_eq!(found, [("A".into(), "1".into()), ("B".into(), "two words".into()), ("C".into(), "x".into())]);
    }
}
