//! Launch configurations: the keys of debugpy and of connie.

mod fields;
pub mod keys;

use connie_recording::files;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::debugpy::{self, Fate};
use crate::host::Launch;
use crate::read::Wrong;
use crate::record_options;
use crate::view::moves::StopAt;
use fields::{Args, AttachKeys, Console, Ending, Keys, Locals, PathMapping, Sources};

/// A launch or attach configuration that was parsed.
#[derive(Clone, Debug, Default)]
pub struct Configuration {
    /// What is recorded, and how.
    pub launch: Launch,
    /// Whether to run without debugging.
    pub no_debug: bool,
    /// The process to attach to, instead of a program to run.
    pub process: Option<u32>,
    /// The client's terminal to run in: `integrated` or `external`; `None` to use its console.
    pub terminal: Option<&'static str>,
    /// Whether a terminal was asked for, not chosen by default.
    pub wants_terminal: bool,
    /// The title of the terminal.
    pub title: Option<String>,
    /// Whether output in a terminal is shown on the console as well.
    pub redirects: bool,
    /// Whether the program is ended as by Ctrl-C.
    pub interrupts: bool,
    /// Where the view stops first.
    pub stop_at: StopAt,
    /// Pairs of folders: (in the recording, for the client).
    pub moved: Vec<(String, String)>,
    /// Whether variables that no source can name are listed too.
    pub shows_hidden: bool,
    /// Whether sources are shown as they ran, not as their files are now.
    pub as_recorded: bool,
    /// Unknown keys.
    pub unknown: Vec<String>,
    /// Keys that have no effect, and why.
    pub without_effect: Vec<(String, String)>,
}

/// Reads the arguments of a launch request.
///
/// # Errors
/// A message, if a key has a value of the wrong type, or an invalid one.
pub fn parse(arguments: &Value) -> Result<Configuration, String> {
    let found = read(&keys(arguments, "launch")?)?;
    let launch = &found.launch;
    let ways = [launch.program.is_some(), launch.module.is_some(), launch.code.is_some()];
    match ways.iter().filter(|way| **way).count() {
        1 => Ok(found),
        0 => Err("say what to run: \"program\", \"module\" or \"code\"".into()),
        _ => Err("give only one of \"program\", \"module\" and \"code\"".into()),
    }
}

/// Reads the arguments of an attach request.
///
/// # Errors
/// As for [`parse`], and if the configuration is meant for debugpy.
pub fn parse_attach(arguments: &Value) -> Result<Configuration, String> {
    let keys = keys(arguments, "attach")?;
    if let Some(why) = debugpy::remote(&keys) {
        return Err(why);
    }
    let mut found = read(&keys)?;
    found.unknown.retain(|key| !matches!(key.as_str(), "sources" | "processId"));
    let own: AttachKeys = fields(keys)?;
    found.process = own.process_id;
    found.as_recorded = own.sources == Some(Sources::Recorded);
    if found.process.is_some() && found.launch.recording.is_some() {
        return Err("give only one of \"recording\" and \"processId\"".into());
    }
    Ok(found)
}

/// The keys of a configuration. An attach request needs none.
fn keys(arguments: &Value, request: &str) -> Result<Map<String, Value>, String> {
    match arguments {
        Value::Object(keys) => Ok(keys.clone()),
        Value::Null if request == "attach" => Ok(Map::new()),
        Value::Array(items) if request == "attach" && items.is_empty() => Ok(Map::new()),
        _ => Err(format!("{request} needs a configuration")),
    }
}

fn fields<T: DeserializeOwned + Default>(keys: Map<String, Value>) -> Result<T, String> {
    crate::read::fields(&Value::Object(keys)).map_err(|why| match why {
        Wrong::Field(text) | Wrong::Whole(text) => text,
    })
}

fn read(keys: &Map<String, Value>) -> Result<Configuration, String> {
    let (keys, unknown) = debugpy::with_flags(keys);
    let keys: Keys = fields(keys)?;
    let mut found = Configuration { unknown, ..Configuration::default() };
    for (key, value) in &keys.others {
        if record_options::read(&mut found.launch.options, key, value)? {
            continue;
        }
        match debugpy::fate(key, value) {
            Some(Fate::Silent) => {}
            Some(Fate::NoEffect(why)) => found.without_effect.push((key.clone(), why)),
            Some(Fate::Refused(why)) => return Err(why),
            // Whoever opened the stream has read it before.
            None if key == "token" => {}
            None => found.unknown.push(key.clone()),
        }
    }
    found.launch.options.check("noRedact").map_err(|error| error.to_string())?;
    (found.terminal, found.wants_terminal) = match keys.console {
        None => (Some("integrated"), false),
        Some(Console::Internal) => (None, false),
        Some(Console::Integrated) => (Some("integrated"), true),
        Some(Console::External) => (Some("external"), true),
    };
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    found.title = some(keys.console_name).or(some(keys.console_title));
    found.redirects = keys.redirect_output == Some(true);
    found.interrupts = keys.on_terminate == Some(Ending::KeyboardInterrupt);
    let entry = (keys.stop_on_entry == Some(true)).then_some(StopAt::Entry);
    found.stop_at = keys.stop_at.or(entry).unwrap_or_default();
    found.moved = moved(keys.path_mappings)?;
    found.no_debug = keys.no_debug == Some(true);
    found.shows_hidden = keys.locals == Some(Locals::All);
    let launch = &mut found.launch;
    launch.recording = keys.recording;
    if launch.recording.as_ref().is_some_and(|path| path.trim().is_empty()) {
        return Err("\"recording\" is empty: name a recording, or leave out the key".into());
    }
    launch.program = not_empty(keys.program, "program")?;
    launch.module = not_empty(keys.module, "module")?;
    launch.code = not_empty(keys.code.map(|lines| lines.join("\n")), "code")?;
    launch.args = match keys.args {
        Args::List(args) => args,
        Args::Line(line) => shlex::split(&line).ok_or(format!("\"args\" has an unclosed quote: {line}"))?,
    };
    launch.cwd = some(keys.cwd);
    launch.env = environment(some(keys.env_file).as_deref(), keys.env)?;
    let words =
        |key: Option<Vec<String>>| key.into_iter().flatten().filter(|word| !word.is_empty()).collect::<Vec<_>>();
    let python = Some(words(keys.python)).filter(|words| !words.is_empty());
    let mut words = python.unwrap_or_else(|| words(keys.python_path)).into_iter();
    launch.python = words.next();
    launch.python_args = words.chain(keys.python_args.unwrap_or_default()).collect();
    Ok(found)
}

/// The value of a key that must not be empty.
fn not_empty(text: Option<String>, key: &str) -> Result<Option<String>, String> {
    match text {
        Some(text) if text.trim().is_empty() => Err(format!("\"{key}\" is empty: say what to run")),
        found => Ok(found),
    }
}

/// Converts path mappings to pairs of folders: (in the recording, for the client).
fn moved(mappings: Vec<PathMapping>) -> Result<Vec<(String, String)>, String> {
    let wrong = || "\"pathMappings\" must be a list of {\"localRoot\": …, \"remoteRoot\": …}".to_owned();
    let pair = |mapping: PathMapping| Some((mapping.remote_root?, mapping.local_root?));
    mappings.into_iter().map(|mapping| pair(mapping).ok_or_else(wrong)).collect()
}

/// The variables of `envFile` and `env`. Those of `env` have precedence.
fn environment(file: Option<&str>, given: Map<String, Value>) -> Result<Vec<(String, Option<String>)>, String> {
    let mut found = Vec::new();
    if let Some(path) = file {
        let text = files::read_text(path.as_ref(), files::SMALL)
            .map_err(|error| format!("cannot read envFile {path}: {error}"))?;
        found.extend(read_env(&text).into_iter().map(|(name, value)| (name, Some(value))));
    }
    found.extend(given.into_iter().map(|(name, value)| match value {
        Value::Null => (name, None),
        Value::String(text) => (name, Some(text)),
        other => (name, Some(other.to_string())),
    }));
    Ok(found)
}

/// Parses `NAME=value` lines, with comments, `export` and quotes.
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
        assert_eq!(of(json!({"python": "", "pythonPath": "q"})).0, "q");
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
    fn what_clients_send_for_nothing_says_nothing() {
        let odd = json!({
            "program": "a.py", "module": null, "env": [], "args": null, "stopOnEntry": null, "noDebug": null, "pathMappings": {},
            "limits": null, "envFile": "", "cwd": "", "console": null, "redirectOutput": null, "locals": null, "python": [],
            "code": {}, "pythonPath": {}, "exclude": {}, "redact": {}, "pythonArgs": null, "stopAt": null, "onTerminate": null, "recording": null, "include": null, "justMyCode": null,
        });
        let plain = |keys: &Value| format!("{:?}", parse(keys).unwrap());
        assert_eq!(plain(&odd), plain(&json!({"program": "a.py"})));
        for empty in [json!({"limits": []}), json!({"limits": {}}), json!({"include": {}}), json!({"include": []})] {
            let mut keys = json!({"program": "a.py"});
            keys.as_object_mut().unwrap().extend(empty.as_object().unwrap().clone());
            assert_eq!(plain(&keys), plain(&json!({"program": "a.py"})), "{empty}");
        }
        assert!(parse_attach(&json!([])).is_ok());
        assert_eq!(parse_attach(&json!({"processId": 42.0})).unwrap().process, Some(42));
    }

    #[test]
    fn where_it_stops_counts_more_than_whether_it_stops_on_entry() {
        let of = |keys: Value| parse(&keys).unwrap().stop_at;
        assert_eq!(of(json!({"program": "a.py", "stopOnEntry": true, "stopAt": "end"})), StopAt::End);
        assert_eq!(of(json!({"program": "a.py", "stopAt": "end", "stopOnEntry": true})), StopAt::End);
        assert_eq!(of(json!({"program": "a.py", "stopOnEntry": false})), StopAt::Breakpoint);
    }

    #[test]
    fn env_files_are_read() {
        let found = read_env("# c\nA=1\nexport B = \"two words\"\n\nC='x'");
        assert_eq!(found, [("A".into(), "1".into()), ("B".into(), "two words".into()), ("C".into(), "x".into())]);
    }
}
