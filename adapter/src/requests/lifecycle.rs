//! The start and end of a session: launch, attach, restart, terminate, disconnect.

use std::process::Command;
use std::rc::Rc;

use connie_recording::Recording;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::arguments::DisconnectArguments;
use crate::client::message::{Answer, Nothing, Received};
use crate::launch::{self, Configuration};
use crate::live::{Live, has_code};
use crate::program;
use crate::protocol::{
    ProcessEventBody, ProcessEventBodyStartMethod as StartMethod, RunInTerminalRequestArguments,
    RunInTerminalRequestArgumentsKind as Terminal, ThreadEventBody,
};
use crate::read::wrong;
use crate::session::Session;

/// Checks a configuration. The program is started after breakpoints are set.
pub fn launch(session: &mut Session, configuration: Configuration) -> Answer {
    configure(session, configuration)?;
    session.client.event_after("initialized", Nothing {});
    Ok(Value::Null)
}

fn configure(session: &mut Session, configuration: Configuration) -> Result<(), String> {
    // An error of the command is reported now, in the answer.
    session.host.recorder(&configuration.launch)?;
    let (cwd, program) = (&configuration.launch.cwd, &configuration.launch.program);
    let folder = cwd.iter().map(std::path::PathBuf::from).chain(std::env::current_dir()).next().unwrap_or_default();
    for path in [Some(folder.clone()), program.as_ref().map(|program| folder.join(program))].into_iter().flatten() {
        session.client.names.learn(&path.to_string_lossy());
    }
    begin(session, configuration);
    Ok(())
}

/// Reports ignored keys, and keeps a configuration that starts a recorder.
fn begin(session: &mut Session, configuration: Configuration) {
    report_passed_over(session, &configuration);
    session.view.shows_hidden = configuration.shows_hidden;
    session.configuration = Some(configuration);
}

fn report_passed_over(session: &mut Session, configuration: &Configuration) {
    for key in &configuration.unknown {
        session.client.console(&format!("The key \"{key}\" of the launch configuration is unknown and was ignored\n"));
    }
    for (key, why) in &configuration.without_effect {
        session.client.console(&format!("The key \"{key}\" has no effect here: {why}\n"));
    }
}

/// Opens a recording, or records a running process.
pub fn attach(session: &mut Session, configuration: Configuration) -> Answer {
    if let Some(process) = configuration.process {
        session.host.attacher(process, &configuration.launch)?;
        session.client.names.learn(configuration.launch.cwd.as_deref().unwrap_or_default());
        begin(session, configuration);
    } else {
        let recording = open(session, &configuration)?;
        look_at(session, recording, &configuration);
        report_passed_over(session, &configuration);
    }
    session.client.event_after("initialized", Nothing {});
    Ok(Value::Null)
}

/// Opens the recording that a configuration names. On failure the session is unchanged.
fn open(session: &Session, configuration: &Configuration) -> Result<Recording, String> {
    let Configuration { launch, moved, .. } = configuration;
    let path = session.host.find(launch.recording.as_deref().unwrap_or("latest"), launch.cwd.as_deref())?;
    let mut recording = Recording::open(&path).map_err(|error| error.to_string())?;
    recording.move_folders(moved.clone()).map_err(|error| error.to_string())?;
    if !recording.info.is_going_on() && !has_code(&recording) {
        let why = recording.info.trouble.as_deref().map_or(String::new(), |why| format!(": {why}"));
        return Err(format!("the recording {} has no steps of recorded code{why}", recording.info.id));
    }
    Ok(recording)
}

/// Shows a recording from now on, and follows it as long as it grows.
fn look_at(session: &mut Session, recording: Recording, configuration: &Configuration) {
    session.client.names.learn(configuration.launch.cwd.as_deref().unwrap_or_default());
    session.view.sources.as_recorded = configuration.as_recorded;
    session.view.shows_hidden = configuration.shows_hidden;
    let live = recording.info.is_going_on().then(|| Live::elsewhere(recording.path().to_path_buf()));
    session.follow(live);
    recording.sketch_when_idle();
    session.view.recording = Some(Rc::new(recording));
}

/// Called when breakpoints are set: starts the program, or shows the recording.
pub fn configuration_done(session: &mut Session) -> Answer {
    if session.configuration.is_some() && session.view.recording.is_none() {
        start(session)?;
    } else {
        show(session);
    }
    Ok(Value::Null)
}

fn show(session: &mut Session) {
    let moved = session.view.show();
    session.settle(moved);
}

fn start(session: &mut Session) -> Result<(), String> {
    let Some(configuration) = session.configuration.clone() else { return Ok(()) };
    if let Some(process) = configuration.process {
        return attach_to(session, process, &configuration);
    }
    if configuration.no_debug {
        // Nothing stops the view, but the program is recorded.
        session.view.breakpoints = crate::view::breakpoints::Breakpoints::default();
    }
    let terminal = configuration.terminal.filter(|_| session.client.can.has_terminal);
    run(session, &configuration, terminal)?;
    session.view.waiting = !configuration.no_debug;
    let name = configuration.launch.program.or(configuration.launch.module).unwrap_or_else(|| "-c".into());
    report_process(session, name, StartMethod::Launch, None);
    Ok(())
}

/// Reports the recorded program as a process with a thread.
fn report_process(session: &mut Session, name: String, start_method: StartMethod, process: Option<u32>) {
    let body = ProcessEventBody {
        name,
        system_process_id: process.map(i64::from),
        start_method: Some(start_method),
        is_local_process: Some(true),
        ..ProcessEventBody::default()
    };
    session.client.event_after("process", body);
    session.client.event_after("thread", ThreadEventBody { reason: "started".into(), thread_id: 1 });
}

/// Starts the recorder: in a terminal of the client, or as a child process whose output is on the console.
fn run(session: &mut Session, configuration: &Configuration, terminal: Option<&str>) -> Result<(), String> {
    let mut started = session.host.recorder(&configuration.launch)?;
    let mut live = match terminal {
        Some(kind) => {
            session.host.hand_over(&mut started)?;
            let arguments = in_terminal(&started.command, kind, configuration.title.as_deref());
            let request = session.client.request("runInTerminal", arguments);
            Live::in_terminal(started, request, configuration.redirects)
        }
        None => Live::start(started, &session.sender)?,
    };
    live.interrupts = configuration.interrupts;
    session.follow(Some(live));
    Ok(())
}

/// Records a process that is already running.
fn attach_to(session: &mut Session, process: u32, configuration: &Configuration) -> Result<(), String> {
    let started = session.host.attacher(process, &configuration.launch)?;
    let live = Live::start(started, &session.sender)?;
    session.follow(Some(live));
    session.view.waiting = true;
    report_process(session, format!("process {process}"), StartMethod::Attach, Some(process));
    Ok(())
}

/// The command for the client's terminal. Its environment has been handed over in a file.
fn in_terminal(command: &Command, kind: &str, title: Option<&str>) -> RunInTerminalRequestArguments {
    let text = |part: &std::ffi::OsStr| part.to_string_lossy().into_owned();
    let args: Vec<String> = std::iter::once(command.get_program()).chain(command.get_args()).map(text).collect();
    let cwd = command.get_current_dir().map_or_else(String::new, |cwd| cwd.to_string_lossy().into_owned());
    RunInTerminalRequestArguments {
        kind: Some(if kind == "external" { Terminal::External } else { Terminal::Integrated }),
        title: Some(title.unwrap_or("connie").into()),
        cwd,
        args,
        ..RunInTerminalRequestArguments::default()
    }
}

/// Handles the client's answer to a request. Only the request that runs the current recorder matters, and only until
/// that recorder has begun: a late answer must not make the program run twice.
pub fn answered(session: &mut Session, answer: Received) {
    let awaited = session.live().is_some_and(|live| live.is_answered_by(answer.request_seq) && !live.has_begun());
    if !awaited || answer.success == Some(true) {
        return;
    }
    let why = answer.message.unwrap_or_else(|| "no reason was given".into());
    session.follow(None);
    let configuration = session.configuration.clone().unwrap_or_default();
    let mut text = format!("The client cannot run the program in its terminal: {why}\n");
    if !configuration.wants_terminal {
        match run(session, &configuration, None) {
            Ok(()) => {
                text.push_str("It runs without a terminal, and its stdin is empty\n");
                return session.client.console(&text);
            }
            Err(why) => text.push_str(&format!("{why}\n")),
        }
    }
    session.view.waiting = false;
    session.client.console(&text);
    session.terminated();
}

/// Arguments of `restart`: the client's current configuration, if it has one.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RestartArguments {
    #[serde(deserialize_with = "configuration")]
    pub arguments: Option<Value>,
}

fn configuration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::Array(items) if items.is_empty() => Ok(None),
        keys @ Value::Object(_) => Ok(Some(keys)),
        _ => Err(wrong("an object")),
    }
}

/// Records the program again, or shows the recording from its first stop. Uses the client's current configuration if it
/// was sent.
pub fn restart(session: &mut Session, asked: RestartArguments) -> Answer {
    if session.configuration.is_none() {
        // A recording that was opened is opened again. An attach configuration never runs a program.
        if let Some(keys) = asked.arguments {
            let changed = launch::parse_attach(&keys)?;
            if changed.process.is_some() {
                return Err("to record a process, start the session again".into());
            }
            let recording = open(session, &changed)?;
            look_at(session, recording, &changed);
            session.forget();
            program::place_breakpoints(session);
            session.print_logpoints();
        }
        show(session);
        return Ok(Value::Null);
    }
    let process = session.configuration.as_ref().and_then(|configuration| configuration.process);
    let is_attached = process.is_some();
    match asked.arguments {
        None => {}
        Some(keys) if !is_attached => configure(session, launch::parse(&keys)?)?,
        Some(keys) if launch::parse_attach(&keys)?.process == process => {}
        Some(_) => return Err("to record another process, or to open a recording, start the session again".into()),
    }
    // Errors of the command are reported while the old recording is still shown.
    if let Some(configuration) = session.configuration.as_ref().filter(|_| !is_attached) {
        session.host.recorder(&configuration.launch)?;
    }
    if let Some(live) = session.live() {
        live.terminate();
        live.let_go();
    }
    session.view.recording = None;
    if let Some(before) = session.view.here.filter(|_| !session.client.runs) {
        session.continued(before);
        session.client.runs = true;
    }
    session.view.here = None;
    session.forget();
    program::place_breakpoints(session);
    start(session)?;
    Ok(Value::Null)
}

/// Ends the program. The recording stays, and so does the session unless the client ends it.
pub fn terminate(session: &mut Session) -> Answer {
    let was_recording = session.view.grows;
    session.view.leaving = session.client.can.leaves_at_terminate;
    if let Some(live) = session.live() {
        live.terminate();
    }
    if was_recording && !session.view.leaving {
        session
            .client
            .console("The program was asked to end; its recording stays open. Stop again to end the session.\n");
    }
    // A second `terminate` ends the session.
    if !was_recording {
        session.terminated();
    }
    Ok(Value::Null)
}

/// Ends the session, and also the program unless it is to continue.
pub fn disconnect(session: &mut Session, arguments: &DisconnectArguments) -> Answer {
    let launched = session.configuration.is_some();
    if let Some(live) = session.live() {
        if arguments.terminate_debuggee.unwrap_or(launched) {
            live.terminate();
        } else {
            live.release();
        }
    }
    session.client.end();
    Ok(Value::Null)
}
