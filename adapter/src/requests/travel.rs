//! Requests that move the view.

use connie_history::moment::Moment;
use connie_history::timeline::{At, Direction, Position, Reach};
use connie_recording::Recording;
use connie_recording::hidden::is_hidden;
use connie_recording::reader::ChunkInfo;
use connie_recording::render::{Bounds, Renderer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::stack;
use crate::arguments::{
    GotoArguments, GotoTargetsArguments, NextArguments, RestartFrameArguments, StepInArguments, StepInTargetsArguments,
};
use crate::client::message::{Answer, Asked, answer};
use crate::protocol::{
    ContinueResponseBody, GotoTarget, GotoTargetsResponseBody, Source, StepInTarget, StepInTargetsResponseBody,
};
use crate::read::{number, text, truth};
use crate::session::Session;
use crate::view::View;
use crate::view::sources;
use crate::view::written::Written;

/// Answers a request that moves the view; `None` for other requests.
pub fn dispatch(session: &mut Session, asked: &Asked<'_>) -> Option<Answer> {
    use Direction::{Backward, Forward};
    let found = match asked.command {
        "next" => asked.read().and_then(|stepping| step(session, &stepping, Reach::Over, Forward)),
        "stepIn" => asked.read().and_then(|stepping| step_in(session, stepping)),
        "stepInTargets" => asked.read().and_then(|line| step_in_targets(session, &line)),
        "stepOut" => asked.read().and_then(|stepping| step(session, &stepping, Reach::Out, Forward)),
        "stepBack" => asked.read().and_then(|stepping| step(session, &stepping, Reach::Over, Backward)),
        "connie/stepBackInto" => asked.read().and_then(|stepping| step(session, &stepping, Reach::In, Backward)),
        "connie/stepBackOut" => asked.read().and_then(|stepping| step(session, &stepping, Reach::Out, Backward)),
        "continue" => {
            go_on(session, Forward).and_then(|_| answer(ContinueResponseBody { all_threads_continued: Some(true) }))
        }
        "reverseContinue" => go_on(session, Backward),
        "pause" => pause(session),
        "goto" => asked.read().and_then(|target| goto(session, &target)),
        "connie/seek" => asked.read().and_then(|wanted: SeekArguments| match wanted.step {
            Some(step) => seek(session, step),
            None => Err("connie/seek needs a step".into()),
        }),
        "restartFrame" => asked.read().and_then(|frame| restart_frame(session, &frame)),
        "connie/lastWrite" => asked.read().and_then(|place| last_write(session, &place)),
        "connie/history" => asked.read().and_then(|place| history(session, &place)),
        "connie/origin" => asked.read().and_then(|place| origin(session, &place)),
        "connie/occurrences" => asked.read().and_then(|place| occurrences(session, &place)),
        _ => return None,
    };
    Some(found)
}

/// Arguments of `connie/seek`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct SeekArguments {
    #[serde(deserialize_with = "number")]
    step: Option<u64>,
}

/// Arguments of requests about the value of an expression.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PlaceArguments {
    #[serde(deserialize_with = "text")]
    expression: Option<String>,
    #[serde(deserialize_with = "number")]
    frame_id: Option<u64>,
    /// The largest number of answers.
    #[serde(deserialize_with = "number")]
    count: Option<u64>,
    /// `connie/history`: whether to include writes after the moment.
    #[serde(deserialize_with = "truth")]
    later: Option<bool>,
    /// `connie/occurrences`: only those after this one.
    #[serde(deserialize_with = "number")]
    after: Option<u64>,
    /// `connie/history`: only those before this step.
    #[serde(deserialize_with = "number")]
    before: Option<u64>,
}

impl PlaceArguments {
    fn expression(&self) -> &str {
        self.expression.as_deref().unwrap_or_default()
    }
}

/// Steps over, out or back.
fn step(session: &mut Session, asked: &NextArguments, reach: Reach, direction: Direction) -> Answer {
    let thread = asked.thread_id.map(stack::thread);
    let by_event = asked.granularity.as_deref() == Some("instruction");
    let moved = session.view.step(thread, reach, by_event, direction)?;
    session.settle(moved);
    Ok(Value::Null)
}

/// Steps into the chosen call, or into the first one.
fn step_in(session: &mut Session, asked: StepInArguments) -> Answer {
    let StepInArguments { thread_id, granularity, target_id } = asked;
    match target_id {
        Some(call) => step_into(session, call),
        None => step(session, &NextArguments { thread_id, granularity }, Reach::In, Direction::Forward),
    }
}

fn go_on(session: &mut Session, direction: Direction) -> Answer {
    let moved = session.view.go_on(direction)?;
    session.settle(moved);
    Ok(Value::Null)
}

fn pause(session: &mut Session) -> Answer {
    // The view stops again where it was, and the client is told.
    session.client.runs |= session.view.position().is_ok();
    let moved = session.view.pause()?;
    session.settle(moved);
    Ok(Value::Null)
}

fn seek(session: &mut Session, step: u64) -> Answer {
    let moved = session.view.seek(step)?;
    session.settle(moved);
    Ok(Value::Null)
}

fn stop(session: &mut Session, position: Position, reason: &'static str) -> Answer {
    let moved = session.view.stop(position, reason, None, &[]);
    session.settle(moved);
    Ok(Value::Null)
}

/// A write, as it is sent to clients.
#[derive(Serialize)]
struct Write {
    step: u64,
    /// The step at which the write was seen: `before` of the page before.
    seen: u64,
    line: u32,
    value: String,
    /// File, line and function, for people.
    place: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    between: Option<(u64, u64)>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    equal: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
}

impl Write {
    fn of(write: Written) -> Self {
        let Written { step, seen, line, place, value, changed, between, is_equal, by, .. } = write;
        Self { step, seen, line, value, place, changed, between, equal: is_equal, by }
    }
}

#[derive(Serialize)]
struct Writes {
    writes: Vec<Write>,
    #[serde(skip_serializing_if = "Option::is_none")]
    later: Option<Vec<Write>>,
}

/// One step on the way of a value.
#[derive(Serialize)]
struct Hop {
    how: &'static str,
    step: u64,
    line: u32,
    source: Option<Source>,
    function: Option<String>,
    expression: String,
    value: String,
}

#[derive(Serialize)]
struct Hops {
    hops: Vec<Hop>,
    end: String,
}

/// A place where an object was seen.
#[derive(Serialize)]
struct Seen<'a> {
    step: u64,
    line: u32,
    path: Option<&'a str>,
    function: String,
    what: String,
}

#[derive(Serialize)]
struct Occurrences<'a> {
    occurrences: Vec<Seen<'a>>,
    next: Option<u64>,
}

/// The last write to what an expression names.
fn last_write(session: &Session, asked: &PlaceArguments) -> Answer {
    let write = session.view.last_write(asked.expression(), asked.frame_id)?;
    answer(write.map(Write::of))
}

/// The writes to what an expression names, up to the moment, and after it if asked for.
fn history(session: &Session, asked: &PlaceArguments) -> Answer {
    let text = asked.expression();
    let (frame, count) = (asked.frame_id, asked.count.unwrap_or(100) as usize);
    let before = asked.before.map(|step| step.saturating_sub(1));
    let of = |direction| -> Result<Vec<Write>, String> {
        let all = session.view.history(text, frame, direction, count, before)?;
        Ok(all.into_iter().map(Write::of).collect())
    };
    let writes = of(Direction::Backward)?;
    let later = (asked.later == Some(true)).then(|| of(Direction::Forward)).transpose()?;
    answer(Writes { writes, later })
}

/// The way of a value, its latest hop first.
fn origin(session: &mut Session, asked: &PlaceArguments) -> Answer {
    let trail = session.view.origin(asked.expression(), asked.frame_id)?;
    let recording = session.view.recorded()?;
    let hop = |hop: connie_history::origin::Hop| Hop {
        how: hop.how.word(),
        step: hop.at.step,
        line: session.line_out(&recording, &hop.at),
        source: session.client.source_of(&recording, hop.at.code),
        function: recording.functions.get(hop.at.code as usize).map(|function| function.name.clone()),
        expression: hop.text,
        value: hop.value,
    };
    answer(Hops { hops: trail.hops.into_iter().map(hop).collect(), end: trail.end })
}

/// The places where an object was seen, one page at a time.
fn occurrences(session: &mut Session, asked: &PlaceArguments) -> Answer {
    let most = asked.count.unwrap_or(100).clamp(1, 10_000) as usize;
    let after = asked.after.unwrap_or(0);
    let page = session.view.occurrences(asked.expression(), asked.frame_id, after, most)?;
    let recording = session.view.recorded()?;
    let path =
        |source: Option<u32>| source.and_then(|n| recording.sources.get(n as usize)).map(|source| source.path.as_str());
    let one = |seen: connie_history::occurrences::Occurrence| Seen {
        step: seen.step,
        line: seen.line,
        path: path(seen.source),
        function: seen.function,
        what: seen.what,
    };
    answer(Occurrences { occurrences: page.found.into_iter().map(one).collect(), next: page.next })
}

/// `gotoTargets`: the hit of a line that is nearest to the moment.
pub fn goto_targets(session: &mut Session, arguments: &GotoTargetsArguments) -> Answer {
    let (recording, here) = (session.view.recorded()?, session.view.position()?);
    let path = super::breakpoints::path_of(session, &arguments.source)?;
    let asked = arguments.line.unwrap_or(0);
    let line = session.client.line_from_1(arguments.line);
    let source = sources::number(&recording, &path).ok_or("this file did not run")?;
    let mapping = session.view.sources.mapping(&recording, source);
    let line = mapping.map_or(Some(line), |mapping| mapping.recorded(line));
    let line = line.ok_or("this line was changed since the program was recorded")?;
    let near = |direction| {
        let is_it = |code: u32| recording.functions.get(code as usize).is_some_and(|f| f.source == source);
        session.view.timeline.find(
            &recording,
            here.step,
            direction,
            |chunk| chunk.has_line(source, line),
            |p| p.at == At::Line && p.line == line && is_it(p.code),
        )
    };
    let hits = [Direction::Forward, Direction::Backward].map(|direction| near(direction).ok().flatten());
    let nearest = hits.into_iter().flatten().min_by_key(|hit| hit.step.abs_diff(here.step));
    let target = |hit: Position| GotoTarget {
        id: hit.step as i64,
        label: format!("step {} (line {line})", hit.step),
        line: asked,
        ..GotoTarget::default()
    };
    answer(GotoTargetsResponseBody { targets: nearest.into_iter().map(target).collect() })
}

fn goto(session: &mut Session, arguments: &GotoArguments) -> Answer {
    let step = arguments.target_id.ok_or("goto needs a targetId")?;
    seek(session, step)
}

/// The calls that the line at the view makes, in order. Their arguments distinguish them.
fn step_in_targets(session: &mut Session, arguments: &StepInTargetsArguments) -> Answer {
    let (recording, here) = (session.view.recorded()?, session.view.position()?);
    let mut targets = Vec::new();
    // Only the line of the top frame is about to run.
    if arguments.frame_id.is_none_or(|frame| frame == here.frame) {
        let wanted = |p: &Position| {
            let calls = p.at == At::Call && p.depth == here.depth + 1;
            let line_ends = p.frame == here.frame && matches!(p.at, At::Line | At::Return | At::Yield | At::Raise);
            p.thread == here.thread && (calls || line_ends)
        };
        let chunks = |chunk: &ChunkInfo| chunk.may_reach(here.thread, here.depth + 1);
        let mut step = here.step;
        while targets.len() < TARGETS {
            let next = session.view.timeline.find(&recording, step, Direction::Forward, chunks, wanted).ok().flatten();
            let Some(call) = next.filter(|p| p.at == At::Call) else { break };
            step = call.step;
            let label = label(session, &recording, &call);
            targets.push(StepInTarget { id: call.step as i64, label, ..StepInTarget::default() });
        }
    }
    answer(StepInTargetsResponseBody { targets })
}

/// The largest number of calls of one line that are listed.
const TARGETS: usize = 50;

/// Text of a target, as in `deposit(self=<Account …>, amount=10)`.
fn label(session: &Session, recording: &Recording, call: &Position) -> String {
    let Some(function) = recording.functions.get(call.code as usize) else { return "?".into() };
    let Ok(moment) = Moment::at(recording, call.step) else { return function.name.clone() };
    let Some(frame) = View::frame(&moment, call.frame) else { return function.name.clone() };
    let scope = moment.scope(frame, session.view.globals(recording, frame));
    let bounds = Bounds { string: 20, items: 3, depth: 1 };
    let shown = |name: &String| {
        let name = Some(name).filter(|name| !is_hidden(name))?;
        let value = connie_expression::Scope::name(&scope, name)?;
        Some(format!("{name}={}", Renderer::new(&moment.player, bounds).text(&value)))
    };
    let given: Vec<String> = function.slots.iter().take(function.arguments as usize).filter_map(shown).collect();
    format!("{}({})", function.name, given.join(", "))
}

fn step_into(session: &mut Session, call: u64) -> Answer {
    let recording = session.view.recorded()?;
    let call = session.view.timeline.position(&recording, call).map_err(|error| error.to_string())?;
    let line = |p: &Position| p.frame == call.frame && p.at == At::Line;
    let first = session.view.timeline.find(&recording, call.step, Direction::Forward, |_| true, line).ok().flatten();
    stop(session, first.unwrap_or(call), "step")
}

/// Moves to the call of a frame.
fn restart_frame(session: &mut Session, arguments: &RestartFrameArguments) -> Answer {
    let (recording, here) = (session.view.recorded()?, session.view.position()?);
    let frame = arguments.frame_id.ok_or("restartFrame needs a frameId")?;
    let first = |p: &Position| p.frame == frame && p.at == At::Call;
    let call = session.view.timeline.find(&recording, here.step + 1, Direction::Backward, |_| true, first);
    let call = call.ok().flatten().ok_or("the call of this frame was not recorded")?;
    let line = |p: &Position| p.frame == frame && p.at == At::Line;
    let first_line =
        session.view.timeline.find(&recording, call.step, Direction::Forward, |_| true, line).ok().flatten();
    stop(session, first_line.unwrap_or(call), "restart")
}
