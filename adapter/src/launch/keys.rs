//! The list of keys of launch and attach configurations: connie's, and those of debugpy.
//!
//! From it `cargo xtask codegen` writes the properties in VS Code's manifest, the keys in docs/debug-adapter.md, the
//! tables of docs/debugpy.md and a part of Neovim's help. A key that is not in the list is not read.

use Standing::{Client, Differs, NoEffect, Ours, Refused, Same};

/// The type of a key's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A string.
    Text,
    /// A list of strings.
    Texts,
    /// A string, or a list of strings.
    TextOrTexts,
    /// A boolean.
    Switch,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// An object of environment variables and their values.
    Variables,
    /// Pairs of folders.
    Folders,
    /// A process id.
    Process,
    /// The value of an option of the recording: see `connie_recording::options::OPTIONS`.
    Recording,
    /// The key is not read.
    Nothing,
}

/// How a key compares with debugpy's key of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// debugpy has no such key.
    Ours,
    /// It has the same meaning.
    Same,
    /// It has another meaning.
    Differs,
    /// It has no effect, which is reported if it is switched on.
    NoEffect,
    /// It is for the client, or asks for what connie does anyway; nothing is reported.
    Client,
    /// The session does not start.
    Refused,
}

impl Standing {
    /// The word for it on the page about debugpy.
    pub fn word(self) -> &'static str {
        match self {
            Ours => "ours",
            Same => "same",
            Differs => "differs",
            NoEffect => "no effect",
            Client => "client",
            Refused => "refused",
        }
    }
}

/// What a key means for one kind of request.
#[derive(Clone, Copy, Debug)]
pub struct Use {
    /// How it compares with debugpy's key.
    pub standing: Standing,
    /// What it does: a sentence without a full stop; empty if clients do not offer the key.
    pub about: &'static str,
    /// What users of debugpy need to know. Also the text on the console, and the reason of a refusal.
    pub note: &'static str,
}

/// A key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// The type of its value.
    pub takes: Takes,
    /// The default value, as JSON; empty if there is none.
    pub default: &'static str,
    /// The key that it is an older name of.
    pub alias_of: Option<&'static str>,
    /// Its meaning in launch requests.
    pub launch: Option<Use>,
    /// Its meaning in attach requests.
    pub attach: Option<Use>,
}

impl Key {
    const fn new(name: &'static str, takes: Takes, default: &'static str) -> Self {
        Self { name, takes, default, alias_of: None, launch: None, attach: None }
    }

    const fn launch(mut self, standing: Standing, about: &'static str, note: &'static str) -> Self {
        self.launch = Some(Use { standing, about, note });
        self
    }

    const fn attach(mut self, standing: Standing, about: &'static str, note: &'static str) -> Self {
        self.attach = Some(Use { standing, about, note });
        self
    }

    const fn alias(mut self, of: &'static str) -> Self {
        self.alias_of = Some(of);
        self
    }

    /// A key of debugpy's launch requests that is not read.
    const fn passed(name: &'static str, standing: Standing, note: &'static str) -> Self {
        Self::new(name, Takes::Nothing, "").launch(standing, "", note)
    }

    /// Its meanings in both kinds of requests, launch first.
    pub fn uses(&self) -> impl Iterator<Item = &Use> {
        self.launch.iter().chain(&self.attach)
    }
}

/// Keys that clients put into the configurations of every debugger.
pub const OF_CLIENTS: [&str; 11] = [
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
];

const PYTHON: &str = "The interpreter, or a list with its options; else the selected one, $VIRTUAL_ENV, .venv, python3";
const LOCALS: &str = "Which variables are listed: those that sources can name, or also those that Python and pytest \
    create internally (.0, @py_assert1)";
const TOKEN: &str = "The token of the connie dap that listens on a port (with debugServer)";
const FOLDERS: &str = "Maps folders of the recording to folders of this machine";
const TEMPLATES: &str = "the view cannot stop in templates; the Python code that renders them is recorded";
const TERMINAL: &str = "the client keeps the terminal open";
const ADAPTER: &str = "the adapter is connie itself";
const LAUNCHER: &str = "connie starts the program itself";
const LOG: &str =
    "`connie dap --log-to FILE`, or CONNIE_DAP_LOG in the environment of the editor, writes messages to a file";
const RETURNED: &str = "returned values are always shown";
const RELOAD: &str =
    "a recording keeps the code that ran: restart to record changed code; a server's own reloader works";
const CONNECT: &str = "there is no debugpy in the program to connect to: give `processId`, or use `launch`, or record with \
    `connie run` and open `\"recording\": \"latest\"`";

/// All keys, in the order of the docs.
pub static KEYS: [Key; 74] = [
    Key::new("program", Takes::Text, "\"${file}\"").launch(Same, "The script to record", "the script; must not be empty"),
    Key::new("module", Takes::Text, "").launch(Same, "The module to record, as for python -m", "as for `python -m`"),
    Key::new("code", Takes::TextOrTexts, "").launch(Same, "The code to record, as for python -c: a string, or a list of lines", "a string, or a list of lines"),
    Key::new("args", Takes::TextOrTexts, "[]").launch(
        Differs,
        "Arguments of the program: a list, or one string that is split as a shell does",
        "one string is split as a shell does; `$VARIABLES` and `*` in it are not expanded. In VS Code, `${command:pickArgs}` asks for the arguments",
    ),
    Key::new("cwd", Takes::Text, "\"${workspaceFolder}\"")
        .launch(
            Differs,
            "Working folder",
            "default: the working folder of the adapter (in VS Code the workspace folder), not the script's folder",
        )
        .attach(Ours, "Folder of the project whose recordings are used; relative patterns start here", ""),
    Key::new("env", Takes::Variables, "{}").launch(Same, "Variables to set; null unsets one", "null unsets a variable"),
    Key::new("envFile", Takes::Text, "").launch(
        Differs,
        "File with variables to set",
        "`NAME=VALUE` lines; `${NAME}` in them is not expanded; a missing file is an error",
    ),
    Key::new("python", Takes::TextOrTexts, "").launch(
        Differs,
        PYTHON,
        "the interpreter, or a list with its options; default: [the project's interpreter](how-to/run.md#which-interpreter). `-E`, `-I` and `-S` are refused, because they keep the tracer out",
    ),
    Key::new("pythonPath", Takes::TextOrTexts, "").alias("python").launch(Same, "", "an older name of `python`; if both are given, `python` is used"),
    Key::new("pythonArgs", Takes::Texts, "[]").launch(
        Differs,
        "Options of the interpreter",
        "options of the interpreter, such as `[\"-X\", \"dev\"]`; `-E`, `-I` and `-S` are refused",
    ),
    Key::new("console", Takes::OneOf(&["internalConsole", "integratedTerminal", "externalTerminal"]), "\"integratedTerminal\"").launch(
        Same,
        "Where the program reads and writes; input() works in terminals",
        "default: `integratedTerminal`, so that `input()` works. A client without terminals shows the output on its console, and the program's stdin is empty. Other values are refused",
    ),
    Key::new("consoleName", Takes::Text, "").launch(Same, "Title of the terminal", "the title of the terminal").attach(Client, "", ""),
    Key::new("consoleTitle", Takes::Text, "").alias("consoleName").launch(Same, "", "the same for clients other than VS Code"),
    Key::new("redirectOutput", Takes::Switch, "false")
        .launch(
            Differs,
            "Also show the program's terminal output on the debug console",
            "true: terminal output of recorded code is also shown on the debug console; with `internalConsole` it always is",
        )
        .attach(Client, "", "output is in the recording"),
    Key::new("onTerminate", Takes::OneOf(&["kill", "KeyboardInterrupt"]), "\"kill\"").launch(
        Same,
        "KeyboardInterrupt: Stop ends the program as Ctrl-C does",
        "`KeyboardInterrupt`: Stop ends the program as Ctrl-C does",
    ),
    Key::new("stopOnEntry", Takes::Switch, "false").launch(
        Same,
        "Stop at the first line",
        "the view stops at the first line; the program goes on",
    ),
    Key::new("stopAt", Takes::OneOf(&["breakpoint", "exception", "entry", "end"]), "\"breakpoint\"").launch(
        Ours,
        "Where the view stops first; breakpoint: at the first hit, else at the uncaught exception, else at the end",
        "",
    ),
    Key::new("noDebug", Takes::Switch, "false").launch(
        Differs,
        "Only record: nothing stops the view, and the session ends with the program",
        "the program is still recorded; the session ends with it",
    ),
    Key::new("justMyCode", Takes::Recording, "")
        .launch(
            Differs,
            "",
            "true: the project's own code is recorded; false: all Python code. `include` and `exclude` choose files",
        )
        .attach(Differs, "", "with `processId`, as for launch"),
    Key::new("debugStdLib", Takes::Switch, "").alias("justMyCode").launch(Same, "", "an older name of `justMyCode`, with the opposite meaning"),
    Key::new("subProcess", Takes::Recording, "")
        .launch(Same, "", "processes that the program starts are recorded as threads of the same session")
        .attach(Client, "", "processes that an attached one starts are not recorded"),
    Key::new("pathMappings", Takes::Folders, "")
        .launch(Same, FOLDERS, "`remoteRoot`: the recorded folder; `localRoot`: the folder that the editor opens")
        .attach(Same, FOLDERS, "also for recordings from other machines and containers"),
    Key::new("include", Takes::Recording, "").launch(Ours, "", "").attach(Ours, "", ""),
    Key::new("exclude", Takes::Recording, "").launch(Ours, "", "").attach(Ours, "", ""),
    Key::new("level", Takes::Recording, "").launch(Ours, "", "").attach(Ours, "", ""),
    Key::new("redact", Takes::Recording, "").launch(Ours, "", "").attach(Ours, "", ""),
    Key::new("noRedact", Takes::Recording, "").launch(Ours, "", "").attach(Ours, "", ""),
    Key::new("limits", Takes::Recording, "").launch(Ours, "", "").attach(Ours, "", ""),
    Key::new("recheck", Takes::Recording, "").launch(Ours, "", "").attach(Ours, "", ""),
    Key::new("locals", Takes::OneOf(&["named", "all"]), "\"named\"").launch(Ours, LOCALS, "").attach(Ours, LOCALS, ""),
    Key::new("token", Takes::Text, "").launch(Ours, TOKEN, "").attach(Ours, TOKEN, ""),
    Key::new("recording", Takes::Text, "").launch(Ours, "File to write the recording to, which must not exist yet [default: a file in the project's .connie]", "").attach(
        Ours,
        "latest, an id or its beginning, the path of a recording, or the node id of a test that failed under connie pytest",
        "",
    ),
    Key::new("processId", Takes::Process, "").attach(
        Differs,
        "Instead of a recording: the id of a running process, which is recorded from now on (Python 3.14 and later); it goes on when the session ends",
        "records that process from now on, as [`connie attach`](parts.md#from-outside) does (Python 3.14 and later). In VS Code, `${command:pickProcess}` asks for the process. It goes on when the session ends. The view stops at breakpoints that are hit after attaching",
    ),
    Key::new("sources", Takes::OneOf(&["recorded"]), "").attach(Ours, "", ""),
    Key::passed("debugOptions", Same, "each old flag sets the key that replaces it"),
    Key::passed("showReturnValue", NoEffect, RETURNED).attach(NoEffect, "", RETURNED),
    Key::passed("django", NoEffect, TEMPLATES).attach(NoEffect, "", TEMPLATES),
    Key::passed("jinja", NoEffect, TEMPLATES).attach(NoEffect, "", TEMPLATES),
    Key::passed("flask", NoEffect, TEMPLATES),
    Key::passed("pyramid", NoEffect, TEMPLATES),
    Key::passed("autoReload", NoEffect, RELOAD).attach(NoEffect, "", RELOAD),
    Key::passed("autoStartBrowser", NoEffect, "no browser is opened; use `serverReadyAction` of the client"),
    Key::passed("logToFile", NoEffect, LOG).attach(NoEffect, "", LOG),
    Key::passed("guiEventLoop", NoEffect, "the program is not paused, so its own event loop runs"),
    Key::passed("qt", NoEffect, "threads of Qt are always recorded"),
    Key::passed("waitOnNormalExit", NoEffect, TERMINAL),
    Key::passed("waitOnAbnormalExit", NoEffect, TERMINAL),
    Key::passed("breakOnSystemExitZero", NoEffect, "SystemExit is treated like other exceptions: set exception breakpoints for it"),
    Key::passed("variablePresentation", NoEffect, "the order of variables is fixed, and `locals` chooses which are listed"),
    Key::passed("rules", NoEffect, "`include` and `exclude` choose which files are recorded"),
    Key::passed("maxExceptionStackFrames", NoEffect, "stacks are always shown in full"),
    Key::passed("debugAdapterPath", NoEffect, ADAPTER).attach(NoEffect, "", ADAPTER),
    Key::passed("debugAdapterPython", NoEffect, ADAPTER),
    Key::passed("debugAdapterHost", NoEffect, ADAPTER),
    Key::passed("debugLauncherPath", NoEffect, LAUNCHER),
    Key::passed("debugLauncherPython", NoEffect, LAUNCHER),
    Key::passed("debugpyArgs", NoEffect, "debugpy is not loaded"),
    Key::passed("gevent", Client, "greenlets are always followed"),
    Key::passed("steppingResumesAllThreads", Client, "nothing is paused"),
    Key::passed("terminateChildProcesses", Client, "the program decides whether its child processes end with it"),
    Key::passed("resolveSymlinks", Client, "files are found under both names"),
    Key::passed("purpose", Client, ""),
    Key::passed("clientOS", Client, "").attach(Client, "", ""),
    Key::passed("processName", Client, "internal to debugpy, like the next three"),
    Key::passed("options", Client, ""),
    Key::passed("isOutputRedirected", Client, ""),
    Key::passed("adapterAccessToken", Client, ""),
    Key::passed("sudo", Refused, "record with `sudo connie run …`, and open that recording with `\"request\": \"attach\"`"),
    Key::new("connect", Takes::Nothing, "").attach(Refused, "", CONNECT),
    Key::new("listen", Takes::Nothing, "").attach(Refused, "", CONNECT),
    Key::new("host", Takes::Nothing, "").attach(Refused, "", "an older form of `connect`"),
    Key::new("port", Takes::Nothing, "").attach(Refused, "", "an older form of `connect`"),
    Key::new("subProcessId", Takes::Nothing, "").attach(Refused, "", "processes that a recorded program starts are part of its recording"),
    Key::new("restart", Takes::Nothing, "").attach(Client, "", "it is used with `listen`"),
];

/// The key with this name.
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Whether a key is read in requests of a kind. Keys for launch requests are read in attach requests too.
pub fn is_read(name: &str, request: &str) -> bool {
    find(name).is_some_and(|key| key.takes != Takes::Nothing && (key.launch.is_some() || request == "attach"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A value that a key accepts.
    fn sample(key: &Key) -> Value {
        match key.takes {
            Takes::Text => json!("x"),
            Takes::Texts | Takes::TextOrTexts => json!(["x"]),
            Takes::Switch => json!(true),
            Takes::OneOf(words) => json!(words[0]),
            Takes::Variables => json!({"A": "1"}),
            Takes::Folders => json!([{"localRoot": "/a", "remoteRoot": "/b"}]),
            Takes::Process => json!(42),
            Takes::Recording | Takes::Nothing => Value::Null,
        }
    }

    #[test]
    fn every_key_stands_once_and_is_read() {
        for (n, key) in KEYS.iter().enumerate() {
            assert!(KEYS[n + 1..].iter().all(|other| other.name != key.name), "{} stands twice", key.name);
            assert!(key.alias_of.is_none_or(|of| find(of).is_some()), "{}", key.name);
            if !key.default.is_empty() {
                serde_json::from_str::<Value>(key.default).expect("a value");
            }
            let text = sample(key);
            let base = match (key.name, key.launch.is_some()) {
                ("program" | "module" | "code", _) => json!({}),
                (_, true) => json!({"program": "a.py"}),
                (_, false) => json!({}),
            };
            let Value::Object(mut arguments) = base else { unreachable!() };
            arguments.insert(key.name.to_owned(), text);
            let arguments = Value::Object(arguments);
            let read = match key.launch {
                Some(_) => super::super::parse(&arguments),
                None => super::super::parse_attach(&arguments),
            };
            match read {
                Ok(found) => assert!(found.unknown.is_empty(), "{} is not read", key.name),
                Err(why) => assert_eq!(key.name, "envFile", "{why}"),
            }
        }
        for (key, takes) in [("odd", false), ("sources", false), ("program", true), ("limits", true), ("django", false)]
        {
            assert_eq!(is_read(key, "launch"), takes, "{key}");
        }
        assert!(is_read("sources", "attach") && is_read("processId", "attach"));
    }
}
