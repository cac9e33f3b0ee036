//! Threads, stacks, scopes and exceptions at the moment.

use connie_history::moment::Moment;
use connie_history::timeline::{At, Position};
use connie_recording::Recording;
use connie_recording::plain::plain;
use connie_recording::player::Event;
use connie_recording::reader::{Raised, Which};

use crate::arguments::{ScopesArguments, StackTraceArguments};
use crate::client::handles::Handle;
use crate::client::message::{Answer, answer};
use crate::protocol::{
    ExceptionBreakMode, ExceptionDetails, ExceptionInfoResponseBody, Scope, ScopesResponseBody, StackFrame,
    StackTraceResponseBody, Thread, ThreadsResponseBody,
};
use crate::session::Session;
use crate::view::View;
use crate::view::travel::{TASKS, task_of};

/// The tasks that wait at the moment, as threads: waiting tasks are on no thread's stack.
fn waiting(session: &Session, recording: &Recording) -> Result<Vec<Thread>, String> {
    let here = session.view.position()?;
    let known = recording.tasks().map_err(|error| error.to_string())?;
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let moment = Moment::at(recording, here.step).map_err(|error| error.to_string())?;
    let waiting = moment.player.context().waiting_tasks();
    let named = known.into_iter().filter(|task| waiting.binary_search(&task.id).is_ok());
    Ok(named.map(|task| Thread { id: (TASKS + task.id).into(), name: format!("{} (waits)", task.name) }).collect())
}

/// `threads`: the threads that run recorded code at the moment, and the tasks that wait.
pub fn threads(session: &mut Session) -> Answer {
    let mut found = Vec::new();
    if let (Some(recording), Some(here)) = (&session.view.recording, session.view.here) {
        let names = recording.thread_names().unwrap_or_default();
        let alive = alive(recording, here);
        for (id, name) in names.into_iter().filter(|(id, _)| alive.contains(id)) {
            found.push(Thread { id: id.into(), name });
        }
        found.extend(waiting(session, recording).unwrap_or_default());
    }
    if let Some(here) = session.view.here.filter(|here| !found.iter().any(|thread| thread.id == i64::from(here.thread)))
    {
        found.push(Thread { id: here.thread.into(), name: "MainThread".into() });
    }
    if found.is_empty() {
        found.push(Thread { id: 1, name: "MainThread".into() });
    }
    answer(ThreadsResponseBody { threads: found })
}

/// The threads that have recorded frames at a step, and the thread of the step.
fn alive(recording: &Recording, here: Position) -> Vec<u32> {
    let mut alive = vec![here.thread];
    if let Ok(moment) = Moment::at(recording, here.step) {
        alive.extend(moment.player.context().stacks.iter().map(|(thread, _)| thread));
    }
    alive
}

/// Converts a client's thread number. A number that no recording can have stands for no thread.
pub fn thread(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// `stackTrace`
pub fn trace(session: &mut Session, arguments: &StackTraceArguments) -> Answer {
    let (recording, here) = (session.view.recorded()?, session.view.position()?);
    let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
    let thread = arguments.thread_id.map_or(here.thread, thread);
    let context = moment.player.context();
    let stack = match task_of(thread) {
        Some(task) => context.awaits(task),
        None => context.stacks.get(thread).unwrap_or_default().to_vec(),
    };
    let tasks = recording.tasks().unwrap_or_default();
    // The outermost frame of each task shows the task's name.
    let name_of = |n: usize, name: &str| {
        let task = stack[n].task;
        let begins = task != 0 && n.checked_sub(1).is_none_or(|below| stack[below].task != task);
        let known = tasks.iter().find(|known| begins && known.id == task);
        known.map_or_else(|| name.to_owned(), |known| format!("{name} [{}]", known.name))
    };
    let start = arguments.start_frame.unwrap_or(0) as usize;
    let levels = arguments.levels.filter(|n| *n > 0).map_or(usize::MAX, |n| n as usize);
    let mut frames = Vec::new();
    for (n, frame) in stack.iter().enumerate().rev().skip(start).take(levels) {
        let function = recording.functions.get(frame.code as usize);
        let at = Position { frame: frame.frame, code: frame.code, line: frame.line, ..here };
        let mapping = function.and_then(|function| session.view.sources.mapping(&recording, function.source));
        let mut name = name_of(n, function.map_or("?", |function| function.name.as_str()));
        if mapping.is_some_and(|mapping| mapping.file(frame.line).is_none()) {
            name.push_str(" (changed since)");
        }
        if let Some(function) = function.filter(|function| function.is_thin()) {
            name.push_str(&format!(" (level {})", function.level.name()));
        }
        let mut source = session.client.source_of(&recording, frame.code);
        if let (Some(source), Some(function)) = (&mut source, function.filter(|_| session.view.sources.as_recorded)) {
            source.adapter_data = Some(function.source.into());
        }
        frames.push(StackFrame {
            id: frame.frame as i64,
            name,
            line: session.line_out(&recording, &at).into(),
            column: session.client.can.one_based.into(),
            can_restart: Some(true),
            source,
            ..StackFrame::default()
        });
    }
    answer(StackTraceResponseBody { stack_frames: frames, total_frames: Some(stack.len() as u64) })
}

/// `scopes`
pub fn scopes(session: &mut Session, arguments: &ScopesArguments) -> Answer {
    let (recording, here) = (session.view.recorded()?, session.view.position()?);
    let number = arguments.frame_id.ok_or("scopes needs a frameId")?;
    let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
    let frame = View::frame(&moment, number).ok_or("this frame is not on the stack at this moment")?;
    // The globals of code without lines are not read.
    let globals = moment.player.other_globals(&frame).or_else(|| session.view.globals(&recording, frame));
    let globals = globals.filter(|_| !recording.is_thin(frame.code));
    session.client.looked_at = Some(number);
    // Clients expand the first scope.
    let locals = session.client.handles.number(Handle::Locals(frame.frame));
    let scope = |name: &str, variables_reference, expensive| Scope {
        name: name.into(),
        variables_reference,
        expensive,
        ..Scope::default()
    };
    let mut found = vec![Scope { presentation_hint: Some("locals".into()), ..scope("Locals", locals, false) }];
    let is_bound = |name: &String| moment.player.locals(&frame).iter().any(|(bound, _)| bound == name);
    if moment.closure(&frame).iter().any(is_bound) {
        let reference = session.client.handles.number(Handle::Closure(frame.frame));
        found.push(scope("Closure", reference, false));
    }
    if frame.frame == here.frame && matches!(here.at, At::Return | At::Yield | At::Raise) {
        let name = match here.at {
            At::Return => "Return value",
            At::Yield => "Yielded value",
            _ => "Exception",
        };
        let reference = session.client.handles.number(Handle::Outcome(frame.frame));
        found.push(scope(name, reference, false));
    }
    if let Some(globals) = globals.filter(|globals| *globals != frame.namespace) {
        let reference = session.client.handles.number(Handle::Globals(globals, frame.frame));
        found.push(scope("Globals", reference, true));
    }
    answer(ScopesResponseBody { scopes: found })
}

/// `exceptionInfo`
pub fn exception_info(session: &mut Session) -> Answer {
    let (recording, here) = (session.view.recorded()?, session.view.position()?);
    let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
    if !matches!(moment.step.event, Event::Raise(_)) {
        return Err("no exception appears at this step".into());
    }
    // One exception is raised in several frames on its way. The table has the place where it appeared first.
    let raised = recording.exception_at(here.step).map_err(|error| error.to_string())?;
    let raised = match raised {
        Some(raised) => Some(raised),
        None => recording.exception_near(here.step, false, Which::Any).map_err(|error| error.to_string())?,
    };
    let mut raised = raised.ok_or("nothing is known about this exception")?;
    let is_outermost = moment.step.depth == 1;
    if let Some(last) = raised.last_text.take_if(|_| is_outermost && here.step != raised.step) {
        raised.text = last;
    }
    let break_mode = match (raised.uncaught, raised.left_code) {
        (true, _) => ExceptionBreakMode::Unhandled,
        (false, true) => ExceptionBreakMode::UserUnhandled,
        (false, false) => ExceptionBreakMode::Always,
    };
    answer(ExceptionInfoResponseBody {
        exception_id: plain(&raised.ty).into_owned(),
        description: Some(plain(&raised.text).into_owned()),
        break_mode,
        details: Some(details(&recording, &raised, 0)),
    })
}

/// The largest number of exceptions of a chain that are sent.
const CHAIN: u32 = 20;

/// An exception with its traceback and, nested in it, its cause or context.
fn details(recording: &Recording, raised: &Raised, depth: u32) -> ExceptionDetails {
    let line = |(code, line): &(u32, u32)| {
        let function = recording.functions.get(*code as usize);
        let path = function.and_then(|f| recording.sources.get(f.source as usize)).map_or("?", |s| s.path.as_str());
        format!("  File \"{path}\", line {line}, in {}\n", function.map_or("?", |f| f.name.as_str()))
    };
    let frames: String = raised.traceback.iter().map(line).collect();
    let head = if frames.is_empty() { "" } else { "Traceback (most recent call last):\n" };
    let mut text = format!("{head}{frames}{raised}");
    let mut inner = Vec::new();
    if let Some(link) = raised.chain.as_ref().filter(|_| depth < CHAIN) {
        // An exception that recorded code did not see has no step and no frames.
        let seen = link.step.and_then(|step| recording.exception_at(step).ok().flatten());
        let other = seen.unwrap_or_else(|| Raised {
            step: 0,
            thread: raised.thread,
            ty: link.ty.clone(),
            text: link.text.clone(),
            traceback: Vec::new(),
            uncaught: false,
            left_code: false,
            chain: link.chain.as_deref().cloned(),
            last_text: None,
        });
        let other = details(recording, &other, depth + 1);
        let between = match link.how.as_str() {
            "cause" => "The above exception was the direct cause of the following exception:",
            _ => "During handling of the above exception, another exception occurred:",
        };
        text = format!("{}\n\n{between}\n\n{text}", other.stack_trace.as_deref().unwrap_or_default());
        inner.push(other);
    }
    ExceptionDetails {
        message: Some(raised.text.clone()),
        type_name: Some(raised.ty.clone()),
        stack_trace: Some(text),
        inner_exception: inner,
        ..ExceptionDetails::default()
    }
}
