//! The keys of launch and attach configurations that the adapter reads itself, with their types. [`mod@super::keys`]
//! explains them. Keys that are options of the recording are in `connie_recording::options`.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::read::{choice, list_or_one, object, objects, text, truth, wrong};
use crate::view::moves::StopAt;

/// Keys of launch and attach.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Keys {
    /// The script to run.
    #[serde(deserialize_with = "text")]
    pub program: Option<String>,
    /// The module to run.
    #[serde(deserialize_with = "text")]
    pub module: Option<String>,
    /// The lines of code to run.
    #[serde(deserialize_with = "list_or_one")]
    pub code: Option<Vec<String>>,
    /// Arguments of the program.
    #[serde(deserialize_with = "args")]
    pub args: Args,
    /// Working folder of the program.
    #[serde(deserialize_with = "text")]
    pub cwd: Option<String>,
    /// Environment variables. A value that is not a string is written as JSON; `null` unsets the variable.
    #[serde(deserialize_with = "object")]
    pub env: Map<String, Value>,
    /// A file with more variables.
    #[serde(deserialize_with = "text")]
    pub env_file: Option<String>,
    /// The interpreter, and options for it.
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
    /// Whether output in a terminal is shown on the console as well.
    #[serde(deserialize_with = "truth")]
    pub redirect_output: Option<bool>,
    /// How the program is ended.
    #[serde(deserialize_with = "on_terminate")]
    pub on_terminate: Option<Ending>,
    /// Whether the view stops at the first line.
    #[serde(deserialize_with = "truth")]
    pub stop_on_entry: Option<bool>,
    /// Where the view stops first. Has precedence over `stopOnEntry`.
    #[serde(deserialize_with = "stop_at")]
    pub stop_at: Option<StopAt>,
    /// Pairs of folders in the recording and for the client.
    #[serde(deserialize_with = "objects")]
    pub path_mappings: Vec<PathMapping>,
    /// Whether to run without debugging.
    #[serde(deserialize_with = "truth")]
    pub no_debug: Option<bool>,
    /// Which variables are listed.
    #[serde(deserialize_with = "locals")]
    pub locals: Option<Locals>,
    /// Launch: path of the recording to make. Attach: the recording to open.
    #[serde(deserialize_with = "text")]
    pub recording: Option<String>,
    /// All other keys.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// Keys that only attach configurations have.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AttachKeys {
    /// The process to record.
    #[serde(deserialize_with = "process")]
    pub process_id: Option<u32>,
    /// How sources are shown.
    #[serde(deserialize_with = "sources")]
    pub sources: Option<Sources>,
}

/// A folder's path in the recording and for the client.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct PathMapping {
    /// The client's path.
    #[serde(deserialize_with = "text")]
    pub local_root: Option<String>,
    /// The path in the recording.
    #[serde(deserialize_with = "text")]
    pub remote_root: Option<String>,
}

/// Where a program runs.
#[derive(Clone, Copy)]
pub enum Console {
    /// As a child process of the adapter.
    Internal,
    /// In a terminal within the client.
    Integrated,
    /// In a separate terminal window.
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
    /// Those that the source names.
    Named,
    /// All.
    All,
}

/// Arguments of the program.
pub enum Args {
    /// A line, to be split as a shell does.
    Line(String),
    /// A list of arguments.
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

/// A process id. Clients may send it as text.
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
