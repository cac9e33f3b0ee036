//! The keys of launch and attach configurations that the adapter reads itself, with their types. What they mean is said in
//! [`super::keys`]; keys that say how a program is recorded are in `connie_recording::options`.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::read::{choice, list_or_one, object, objects, text, truth, wrong};
use crate::view::moves::StopAt;

/// Keys of launch and attach.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Keys {
    /// What is run: a script,
    #[serde(deserialize_with = "text")]
    pub program: Option<String>,
    /// or a module,
    #[serde(deserialize_with = "text")]
    pub module: Option<String>,
    /// or lines of code.
    #[serde(deserialize_with = "list_or_one")]
    pub code: Option<Vec<String>>,
    /// Its arguments.
    #[serde(deserialize_with = "args")]
    pub args: Args,
    /// Its working folder.
    #[serde(deserialize_with = "text")]
    pub cwd: Option<String>,
    /// Variables of its environment. Values that are no strings are written as JSON has them; `null` unsets.
    #[serde(deserialize_with = "object")]
    pub env: Map<String, Value>,
    /// A file with more of them.
    #[serde(deserialize_with = "text")]
    pub env_file: Option<String>,
    /// The interpreter, and options of it.
    #[serde(deserialize_with = "list_or_one")]
    pub python: Option<Vec<String>>,
    /// An older name of `python`.
    #[serde(deserialize_with = "list_or_one")]
    pub python_path: Option<Vec<String>>,
    /// More options of the interpreter.
    #[serde(deserialize_with = "list_or_one")]
    pub python_args: Option<Vec<String>>,
    /// Where it runs.
    #[serde(deserialize_with = "console")]
    pub console: Option<Console>,
    /// The title of the terminal.
    #[serde(deserialize_with = "text")]
    pub console_name: Option<String>,
    /// An older name of `consoleName`.
    #[serde(deserialize_with = "text")]
    pub console_title: Option<String>,
    /// What it writes into a terminal is on the console as well.
    #[serde(deserialize_with = "truth")]
    pub redirect_output: Option<bool>,
    /// How it is ended.
    #[serde(deserialize_with = "on_terminate")]
    pub on_terminate: Option<Ending>,
    /// The view stops at the first line.
    #[serde(deserialize_with = "truth")]
    pub stop_on_entry: Option<bool>,
    /// Where the view stops first; counts more than `stopOnEntry`.
    #[serde(deserialize_with = "stop_at")]
    pub stop_at: Option<StopAt>,
    /// Where folders of the recording are for the client.
    #[serde(deserialize_with = "objects")]
    pub path_mappings: Vec<PathMapping>,
    /// Run without debugging.
    #[serde(deserialize_with = "truth")]
    pub no_debug: Option<bool>,
    /// Which variables are listed.
    #[serde(deserialize_with = "locals")]
    pub locals: Option<Locals>,
    /// Launch: where the recording is kept. Attach: which one is opened.
    #[serde(deserialize_with = "text")]
    pub recording: Option<String>,
    /// All other keys.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// Keys of attach alone.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AttachKeys {
    /// The process that is recorded.
    #[serde(deserialize_with = "process")]
    pub process_id: Option<u32>,
    /// How sources are shown.
    #[serde(deserialize_with = "sources")]
    pub sources: Option<Sources>,
}

/// A folder, as it is called in the recording and for the client.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PathMapping {
    /// For the client.
    #[serde(deserialize_with = "text")]
    pub local_root: Option<String>,
    /// In the recording.
    #[serde(deserialize_with = "text")]
    pub remote_root: Option<String>,
}

/// Where a program runs.
#[derive(Clone, Copy)]
pub enum Console {
    /// As a process of ours.
    Internal,
    /// In a terminal within the client.
    Integrated,
    /// In a terminal beside it.
    External,
}

/// How a program is ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By a signal.
    Kill,
    /// As by Ctrl-C.
    KeyboardInterrupt,
}

/// How sources are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sources {
    /// As they ran.
    Recorded,
}

/// Which variables are listed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Locals {
    /// Those that sources name.
    Named,
    /// All.
    All,
}

/// Arguments of the program.
pub enum Args {
    /// A line that is split as a shell does.
    Line(String),
    /// One by one.
    List(Vec<String>),
}

impl Default for Args {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

fn args<'de, D: Deserializer<'de>>(from: D) -> Result<Args, D::Error> {
    match Value::deserialize(from)? {
        Value::String(line) => Ok(Args::Line(line)),
        value => {
            list_or_one(value).map(Option::unwrap_or_default).map(Args::List).map_err(|_| wrong("a list of strings"))
        }
    }
}

fn console<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Console>, D::Error> {
    let known = [
        ("internalConsole", Console::Internal),
        ("integratedTerminal", Console::Integrated),
        ("externalTerminal", Console::External),
    ];
    choice(from, &known, "internalConsole, integratedTerminal or externalTerminal")
}

fn stop_at<'de, D: Deserializer<'de>>(from: D) -> Result<Option<StopAt>, D::Error> {
    let known = [
        ("breakpoint", StopAt::Breakpoint),
        ("entry", StopAt::Entry),
        ("exception", StopAt::Exception),
        ("end", StopAt::End),
    ];
    choice(from, &known, "breakpoint, exception, entry or end")
}

fn on_terminate<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Ending>, D::Error> {
    let known = [("kill", Ending::Kill), ("KeyboardInterrupt", Ending::KeyboardInterrupt)];
    choice(from, &known, "kill or KeyboardInterrupt")
}

fn sources<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Sources>, D::Error> {
    choice(from, &[("recorded", Sources::Recorded)], "recorded")
}

fn locals<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Locals>, D::Error> {
    choice(from, &[("named", Locals::Named), ("all", Locals::All)], "named or all")
}

/// The number of a process; clients write it as text too.
fn process<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    let number = match Value::deserialize(from)? {
        Value::Null => return Ok(None),
        Value::String(text) => text.trim().parse().ok(),
        other => crate::read::number(other).ok().flatten(),
    };
    match number {
        Some(number @ 1..) => Ok(Some(number)),
        _ => Err(wrong("the number of a process")),
    }
}
