//! The session's beginning and end: launch, attach, restart, terminate, disconnect.

use std::rc::Rc;

use connie_history::timeline::Direction;
use connie_recording::Recording;
use serde_json::{Value, json};

use crate::first;
use crate::host::Started;
use crate::launch;
use crate::live::Live;
use crate::session::{Answer, Session};

/// Checks a configuration; the program is started when breakpoints are set.
pub fn launch(session: &mut Session, arguments: &Value) -> Answer {
    configure(session, arguments)?;
    session.event_after("initialized", json!({}));
    Ok(Value::Null)
}

fn configure(session: &mut Session, arguments: &Value) -> Result<(), String> {
    let configuration = launch::parse(arguments)?;
    // What cannot be run is said now, in the answer.
    session.host.recorder(&configuration.launch)?;
    for key in &configuration.unknown {
        session.console(&format!("The key \"{key}\" of the launch configuration is not known and was passed over\n"));
    }
    let (cwd, program) = (&configuration.launch.cwd, &configuration.launch.program);
    let folder = cwd.iter().map(std::path::PathBuf::from).chain(std::env::current_dir()).next().unwrap_or_default();
    for path in [Some(folder.clone()), program.as_ref().map(|program| folder.join(program))].into_iter().flatten() {
        session.names.learn(&path.to_string_lossy());
    }
    session.shows_hidden = configuration.shows_hidden;
    session.configuration = Some(configuration);
    Ok(())
}

/// Opens a recording.
pub fn attach(session: &mut Session, arguments: &Value) -> Answer {
    open(session, arguments)?;
    session.event_after("initialized", json!({}));
    Ok(Value::Null)
}

fn open(session: &mut Session, arguments: &Value) -> Result<(), String> {
    let run = arguments["recording"].as_str().unwrap_or("latest");
    let path = session.host.find(run, arguments["cwd"].as_str())?;
    session.names.learn(arguments["cwd"].as_str().unwrap_or_default());
    let mut recording = Recording::open(&path).map_err(|error| error.to_string())?;
    recording.move_folders(launch::path_mappings(&arguments["pathMappings"])?).map_err(|error| error.to_string())?;
    session.as_recorded = arguments["sources"] == "recorded";
    session.shows_hidden = arguments["locals"] == "all";
    if recording.info.result == "recording" {
        session.live = Some(Live::elsewhere(path));
    }
    if recording.info.steps == 0 && session.live.is_none() {
        return Err(format!("the recording {} has no steps", recording.info.id));
    }
    session.recording = Some(Rc::new(recording));
    Ok(())
}

/// Breakpoints are set: starts the program, or shows the recording.
pub fn configuration_done(session: &mut Session) -> Answer {
    if session.configuration.is_some() && session.recording.is_none() {
        start(session)?;
    } else {
        show(session);
    }
    Ok(Value::Null)
}

/// The first stop in a recording that is there: a breakpoint, else the uncaught exception, else the start; those of a
/// test in its own frame.
fn show(session: &mut Session) {
    let Some(recording) = session.recording.clone() else { return };
    if let Some(mut hit) = session.nearest(&recording, 0, Direction::Forward) {
        if hit.reason == "exception" && recording.info.exception == Some(hit.position.step) {
            hit.position = first::failure(&recording, &session.timeline, hit.position);
        }
        return session.stop_at_hit(hit);
    }
    let uncaught = recording.info.exception.and_then(|step| session.timeline.position(&recording, step).ok());
    if let Some(position) = uncaught {
        let position = first::failure(&recording, &session.timeline, position);
        return session.stop(position, "exception", None, &[]);
    }
    if session.is_recording() {
        session.waiting = true;
        return;
    }
    let start = || session.timeline.end(&recording, Direction::Backward).ok().flatten();
    match first::line(&recording, &session.timeline).or_else(start) {
        Some(position) => session.stop(position, "entry", None, &[]),
        None => session.stop_at_end(Direction::Backward),
    }
}

fn start(session: &mut Session) -> Result<(), String> {
    let Some(configuration) = session.configuration.clone() else { return Ok(()) };
    let mut started = session.host.recorder(&configuration.launch)?;
    if configuration.no_debug {
        // Nothing stops the view; the program is recorded all the same.
        session.breakpoints = crate::breakpoints::Breakpoints::default();
    }
    let terminal = configuration.terminal.filter(|_| session.has_terminal);
    session.live = Some(match terminal {
        Some(kind) => {
            let arguments = in_terminal(&mut started, kind);
            session.request("runInTerminal", arguments);
            Live::elsewhere(started.recording)
        }
        None => Live::start(started, &session.sender)?,
    });
    session.waiting = !configuration.no_debug;
    let name = configuration.launch.program.or(configuration.launch.module).unwrap_or_else(|| "-c".into());
    session.event_after("process", json!({"name": name, "startMethod": "launch", "isLocalProcess": true}));
    session.event_after("thread", json!({"reason": "started", "threadId": 1}));
    Ok(())
}

/// The command as the client's terminal is to run it.
fn in_terminal(started: &mut Started, kind: &str) -> Value {
    let command = &started.command;
    let text = |part: &std::ffi::OsStr| part.to_string_lossy().into_owned();
    let args: Vec<String> = std::iter::once(command.get_program()).chain(command.get_args()).map(text).collect();
    let env: serde_json::Map<String, Value> = command
        .get_envs()
        .map(|(name, value)| (text(name), value.map_or(Value::Null, |value| json!(text(value)))))
        .collect();
    let cwd = command.get_current_dir().map_or_else(String::new, |cwd| cwd.to_string_lossy().into_owned());
    json!({"kind": kind, "title": "connie", "cwd": cwd, "args": args, "env": env})
}

/// The client answered a request of ours.
pub fn answered(session: &mut Session, message: &Value) {
    if message["command"] == "runInTerminal" && message["success"] != true {
        let why = message["message"].as_str().unwrap_or("no reason was given").to_owned();
        session.live = None;
        session.waiting = false;
        session.console(&format!("The client cannot run the program in its terminal: {why}\n"));
        session.terminated();
    }
}

/// Records the program again, or shows the recording from its first stop; with the configuration as it is now, if the
/// client sends it.
pub fn restart(session: &mut Session, arguments: &Value) -> Answer {
    let changed = Some(&arguments["arguments"]).filter(|arguments| arguments.is_object());
    if session.configuration.is_none() {
        // What was opened is opened again: no program of an attach configuration is run.
        if let Some(arguments) = changed {
            session.live = None;
            open(session, arguments)?;
            forget(session);
        }
        show(session);
        return Ok(Value::Null);
    }
    if let Some(arguments) = changed {
        configure(session, arguments)?;
    }
    if let Some(live) = &mut session.live {
        live.terminate();
        live.let_go();
    }
    session.recording = None;
    if let Some(before) = session.here.filter(|_| !session.client_runs) {
        session.event_after("continued", json!({"threadId": before.thread, "allThreadsContinued": true}));
        session.client_runs = true;
    }
    session.here = None;
    forget(session);
    start(session)?;
    Ok(Value::Null)
}

/// Another recording is looked at from now on.
fn forget(session: &mut Session) {
    session.new_timeline();
    session.modules = connie_history::moment::Modules::default();
    session.handles = crate::handles::Handles::default();
    session.breakpoints.forget_hits();
    session.forget_mappings();
}

/// Ends the program; the recording stays, and so does the session, if the client's does.
pub fn terminate(session: &mut Session) -> Answer {
    let was_recording = session.is_recording();
    session.leaving = session.leaves_at_terminate;
    if let Some(live) = &mut session.live {
        live.terminate();
    }
    // A second wish to end means the session.
    if !was_recording {
        session.terminated();
    }
    Ok(Value::Null)
}

/// Ends the session; the program too, unless it is to be left alone.
pub fn disconnect(session: &mut Session, arguments: &Value) -> Answer {
    if let Some(live) = &mut session.live {
        let launched = session.configuration.is_some();
        if arguments["terminateDebuggee"].as_bool().unwrap_or(launched) {
            live.terminate();
        } else {
            live.release();
        }
    }
    session.end();
    Ok(Value::Null)
}
