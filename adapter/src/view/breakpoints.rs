//! Breakpoints as the client set them, and the hits they have in the recording.

use connie_expression::Expression;
use connie_history::breakpoint::{Breakpoint, Failures, HitCount, Place};
use connie_history::reads::Reads;
use connie_history::stores::Stores;
use connie_history::timeline::{Direction, Position};
use connie_history::writes::{self, Target};
use std::cell::RefCell;

use connie_recording::reader::{Raised, Which};
use connie_recording::{Recording, files};
use connie_source::source_text::decode;
use serde_json::{Value, json};

use crate::requests::data;
use crate::session::Session;
use crate::view::data_breakpoint::DataBreakpoint;
use crate::view::sources;

/// A line breakpoint or logpoint, as the client knows it.
pub struct LineBreakpoint {
    /// Its number.
    pub id: i64,
    /// The file.
    pub path: String,
    /// The line asked for, from 1.
    pub line: u32,
    /// What is printed instead of stopping.
    pub log: Option<String>,
    pub(crate) condition: Option<Expression>,
    count: Option<HitCount>,
    /// Why it can never be hit.
    problem: Option<String>,
    /// What was last said of it: line, message.
    pub(crate) said: (Option<u32>, Option<String>),
    pub(crate) found: Option<Breakpoint>,
    /// Logged up to this step.
    pub(crate) logged: u64,
    /// Fields of its message that could not be evaluated at some hits.
    pub(crate) failed: Vec<(String, Failures)>,
    /// Whether it was said that its condition, or its message, cannot be evaluated somewhere.
    pub(crate) complained: bool,
}

/// A breakpoint on functions of a name.
pub struct FunctionBreakpoint {
    id: i64,
    pub(crate) name: String,
    pub(crate) condition: Option<Expression>,
    count: Option<HitCount>,
    pub(crate) found: Option<Breakpoint>,
    codes: usize,
    pub(crate) complained: bool,
}

/// All breakpoints.
#[derive(Default)]
pub struct Breakpoints {
    next: i64,
    pub(crate) lines: Vec<LineBreakpoint>,
    pub(crate) functions: Vec<FunctionBreakpoint>,
    pub(crate) data: Vec<DataBreakpoint>,
    /// Places offered as data breakpoints, by the number in their id.
    pub offered: Vec<Target>,
    /// Stop where an exception appears; each with the names of its types, none for all.
    pub exceptions: Vec<(Which, Vec<String>)>,
}

/// Where the view is stopped, and by what.
pub struct Hit {
    pub position: Position,
    pub reason: &'static str,
    text: Option<String>,
    ids: Vec<i64>,
}

impl Breakpoints {
    fn id(&mut self) -> i64 {
        self.next += 1;
        self.next
    }
}

impl LineBreakpoint {
    /// Whether it asks for the same, at whatever line.
    fn asks(&self, log: &Option<String>, condition: &Option<Expression>, count: Option<HitCount>) -> bool {
        let text = |condition: &Option<Expression>| condition.as_ref().map(|condition| condition.text.clone());
        &self.log == log && self.count == count && text(&self.condition) == text(condition)
    }

    /// What the client is told of it.
    fn told(&self, one_based: bool) -> Value {
        let (line, message) = &self.said;
        let shown = line.unwrap_or(self.line) - u32::from(!one_based);
        let mut told = json!({"id": self.id, "verified": line.is_some(), "line": shown});
        if let Some(message) = message {
            told["message"] = json!(message);
        }
        told
    }
}

fn condition(text: &Value) -> Result<Option<Expression>, String> {
    match text.as_str().map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => Expression::parse(text).map(Some).map_err(|problem| problem.to_string()),
    }
}

fn count(text: &Value) -> Result<Option<HitCount>, String> {
    match text.as_str().map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => HitCount::parse(text)
            .map(Some)
            .ok_or_else(|| format!("{text:?} is no hit count: write 5, >= 5, > 5, <= 5, < 5 or % 5")),
    }
}

/// Where a line of a file lies in what ran.
enum Placed {
    /// At this line, which the client knows as `shown`.
    At { target: u32, shown: u32, has_run: bool },
    /// Why it lies nowhere.
    Nowhere(&'static str),
}

impl Session {
    /// Replaces the breakpoints of a file; what the client is told of each.
    pub fn set_lines(&mut self, path: &str, wanted: &[Value]) -> Vec<Value> {
        let (mut before, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.breakpoints.lines).into_iter().partition(|breakpoint| breakpoint.path == path);
        self.breakpoints.lines = others;
        let mut ids = Vec::new();
        for item in wanted {
            let line = item["line"].as_u64().unwrap_or(0) as u32 + u32::from(!self.one_based);
            let (condition, count) = (condition(&item["condition"]), count(&item["hitCondition"]));
            let problem = condition.as_ref().err().or(count.as_ref().err()).cloned();
            let (condition, count) = (condition.unwrap_or_default(), count.unwrap_or_default());
            let log = item["logMessage"].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
            let id = self.breakpoints.id();
            ids.push(id);
            // What was said of one that is set again is not said again.
            let same = before.iter().position(|known| known.line == line && known.asks(&log, &condition, count));
            if let Some(known) = same {
                self.breakpoints.lines.push(LineBreakpoint { id, problem, ..before.swap_remove(known) });
                continue;
            }
            self.breakpoints.lines.push(LineBreakpoint {
                id,
                path: path.to_owned(),
                line,
                log,
                condition,
                count,
                problem,
                said: (None, None),
                found: None,
                logged: 0,
                failed: Vec::new(),
                complained: false,
            });
        }
        self.place_lines();
        self.breakpoints.keep_logged(path, &before);
        let one_based = self.one_based;
        let told = |breakpoint: &LineBreakpoint| breakpoint.told(one_based);
        let all = &self.breakpoints.lines;
        let told = ids.iter().filter_map(|id| all.iter().find(|b| b.id == *id)).map(told).collect();
        self.print_logpoints();
        told
    }

    /// Finds the place of each line breakpoint in the file, or in what was recorded of it.
    fn place_lines(&mut self) {
        let recording = self.recording.clone();
        let mut breakpoints = std::mem::take(&mut self.breakpoints.lines);
        for breakpoint in &mut breakpoints {
            if let Some(problem) = &breakpoint.problem {
                breakpoint.said = (None, Some(problem.clone()));
                continue;
            }
            let numbers = recording.as_ref().map(|recording| sources::numbers(recording, &breakpoint.path));
            let moved = |to: u32| (to != breakpoint.line).then(|| format!("moved to line {to}, the next with code"));
            let (Some(recording), Some(numbers)) = (&recording, numbers.filter(|numbers| !numbers.is_empty())) else {
                let text =
                    files::read(breakpoint.path.as_ref(), files::SOURCE).map(|text| decode(&text)).unwrap_or_default();
                breakpoint.said = match sources::line_with_code(&text, breakpoint.line) {
                    Some(line) => (Some(line), moved(line)),
                    None => (None, Some("there is no code at or below this line".into())),
                };
                continue;
            };
            let found: Vec<_> =
                numbers.iter().map(|source| self.place_line(recording, *source, breakpoint.line)).collect();
            let has_run = found.iter().any(|placed| matches!(placed, Placed::At { has_run: true, .. }));
            let mut lines = Vec::new();
            for (source, placed) in numbers.iter().zip(&found) {
                match placed {
                    // Where one of the file's texts had code at the line, it is the line that is meant.
                    Placed::At { has_run: false, .. } if has_run => {}
                    Placed::At { target, shown, .. } => {
                        breakpoint.said = (Some(*shown), moved(*shown));
                        lines.push((*source, *target));
                    }
                    Placed::Nowhere(why) if lines.is_empty() => breakpoint.said = (None, Some((*why).into())),
                    Placed::Nowhere(_) => {}
                }
            }
            let is_placed =
                matches!(&breakpoint.found, Some(Breakpoint { place: Place::Lines(known), .. }) if *known == lines);
            if lines.is_empty() {
                breakpoint.found = None;
            } else if !is_placed {
                let place = Place::Lines(lines);
                breakpoint.found = Some(Breakpoint::new(place, breakpoint.condition.clone(), breakpoint.count));
            }
        }
        self.breakpoints.lines = breakpoints;
    }

    /// Where a line of a file lies in one of the texts that it had.
    fn place_line(&self, recording: &Recording, source: u32, line: u32) -> Placed {
        let text = recording.sources[source as usize].text.clone().unwrap_or_default();
        let mapping = self.mapping(recording, source);
        let Some(line) = mapping.as_ref().map_or(Some(line), |mapping| mapping.recorded(line)) else {
            return Placed::Nowhere("this line was changed since the program was recorded");
        };
        let has_run = recording.chunks.iter().any(|chunk| chunk.has_line(source, line));
        let target = if has_run { Some(line) } else { sources::line_with_code(&text, line) };
        let Some(target) = target else { return Placed::Nowhere("there is no code at or below this line") };
        let shown = mapping.as_ref().map_or(Some(target), |mapping| mapping.file(target)).unwrap_or(target);
        Placed::At { target, shown, has_run }
    }

    /// The recording has grown: what is said of breakpoints may change, logpoints may print more.
    pub fn verify_breakpoints(&mut self) {
        let before: Vec<_> = self.breakpoints.lines.iter().map(|breakpoint| breakpoint.said.clone()).collect();
        self.place_lines();
        self.place_functions();
        let changed: Vec<Value> = (self.breakpoints.lines.iter().zip(before))
            .filter(|(breakpoint, before)| breakpoint.said != *before)
            .map(|(breakpoint, _)| breakpoint.told(self.one_based))
            .collect();
        for breakpoint in changed {
            self.event("breakpoint", json!({"reason": "changed", "breakpoint": breakpoint}));
        }
        self.print_logpoints();
    }

    /// Replaces the function breakpoints; what the client is told of each.
    pub fn set_functions(&mut self, wanted: &[Value]) -> Vec<Value> {
        self.breakpoints.functions.clear();
        let mut told = Vec::new();
        for item in wanted {
            let id = self.breakpoints.id();
            let name = item["name"].as_str().unwrap_or_default().trim().to_owned();
            match (condition(&item["condition"]), count(&item["hitCondition"])) {
                (Ok(condition), Ok(count)) => {
                    told.push(json!({"id": id, "verified": true}));
                    self.breakpoints.functions.push(FunctionBreakpoint {
                        id,
                        name,
                        condition,
                        count,
                        found: None,
                        codes: 0,
                        complained: false,
                    });
                }
                (Err(problem), _) | (_, Err(problem)) => {
                    told.push(json!({"id": id, "verified": false, "message": problem}));
                }
            }
        }
        self.place_functions();
        for (item, breakpoint) in told.iter_mut().zip(&self.breakpoints.functions) {
            if self.recording.is_some() && !self.is_recording() && breakpoint.codes == 0 {
                item["verified"] = json!(false);
                item["message"] = json!(format!("no function {} was called", breakpoint.name));
            }
        }
        told
    }

    fn place_functions(&mut self) {
        let Some(recording) = self.recording.clone() else { return };
        for breakpoint in &mut self.breakpoints.functions {
            let name = &breakpoint.name;
            let is_it = |full: &str| full == name || full.ends_with(&format!(".{name}"));
            let codes: Vec<u32> =
                (0u32..).zip(&recording.functions).filter(|(_, f)| is_it(&f.name)).map(|(n, _)| n).collect();
            if breakpoint.found.is_none() || codes.len() != breakpoint.codes {
                breakpoint.codes = codes.len();
                let place = Place::Function(codes);
                breakpoint.found = Some(Breakpoint::new(place, breakpoint.condition.clone(), breakpoint.count));
            }
        }
    }

    /// Replaces the data breakpoints; what the client is told of each.
    pub fn set_data(&mut self, wanted: &[Value]) -> Vec<Value> {
        self.breakpoints.data.clear();
        let mut told = Vec::new();
        for item in wanted {
            let id = self.breakpoints.id();
            let number = item["dataId"].as_str().and_then(|text| text.parse::<usize>().ok());
            match number.and_then(|number| self.breakpoints.offered.get(number)).cloned() {
                Some(target) => {
                    let access = item["accessType"].as_str().unwrap_or("write");
                    let reads = self.recording.as_ref().filter(|_| access != "write");
                    let reads = reads.map(|recording| Reads::of(recording, &target));
                    let (condition, count) = match (condition(&item["condition"]), count(&item["hitCondition"])) {
                        (Ok(condition), Ok(count)) => (condition, count),
                        (Err(problem), _) | (_, Err(problem)) => {
                            told.push(json!({"id": id, "verified": false, "message": problem}));
                            continue;
                        }
                    };
                    let writes = access != "read";
                    let every = None;
                    let failures = RefCell::default();
                    self.breakpoints.data.push(DataBreakpoint {
                        id,
                        target,
                        writes,
                        every,
                        reads,
                        condition,
                        count,
                        failures,
                    });
                    told.push(json!({"id": id, "verified": true}));
                }
                None => {
                    told.push(json!({"id": id, "verified": false, "message": "this variable is not known any more"}))
                }
            }
        }
        told
    }

    /// Stops at writes to one more place; `every`: at those of an equal value too.
    pub fn watch(&mut self, target: Target, every: bool) {
        let id = self.breakpoints.id();
        let every = self.recording.as_ref().filter(|_| every).map(|recording| Stores::of(recording, &target));
        self.breakpoints.data.push(DataBreakpoint {
            id,
            target,
            writes: true,
            every,
            reads: None,
            condition: None,
            count: None,
            failures: RefCell::default(),
        });
    }

    /// As [`Self::watch`], of what an expression named at a step, in a frame; says so on the console.
    pub fn watch_what(&mut self, expression: &str, step: u64, frame: u64) {
        let text = match data::at_moment(self, expression, step, frame) {
            Ok(Some(target)) => {
                self.watch(target, false);
                format!("writes to {expression} stop the view, both ways (:watch alone stops that)\n")
            }
            Ok(None) => format!("{expression} is no place that is written to\n"),
            Err(why) => format!("{why}\n"),
        };
        self.console(&text);
    }

    /// The hits of line breakpoints by step, with the breakpoints' numbers; at most about `most`.
    pub fn hits(&self, recording: &Recording, most: usize) -> Vec<(u64, i64)> {
        let ground = self.ground(recording);
        let mut found = Vec::new();
        for breakpoint in self.breakpoints.lines.iter().filter(|breakpoint| breakpoint.log.is_none()) {
            let Some(known) = &breakpoint.found else { continue };
            let mut step = 0;
            while found.len() < most
                && let Some(next) = known.near(&ground, step, Direction::Forward)
            {
                step = next;
                found.push((step, breakpoint.id));
            }
        }
        found.sort_unstable();
        found
    }

    /// The nearest thing beyond a step that stops the view.
    pub fn nearest(&self, recording: &Recording, step: u64, direction: Direction) -> Option<Hit> {
        let ground = self.ground(recording);
        let mut hits: Vec<Hit> = Vec::new();
        let mut add = |step: u64, reason: &'static str, text: Option<String>, id: Option<i64>| {
            if let Ok(position) = self.timeline.position(recording, step) {
                hits.push(Hit { position, reason, text, ids: id.into_iter().collect() });
            }
        };
        for breakpoint in self.breakpoints.lines.iter().filter(|breakpoint| breakpoint.log.is_none()) {
            if let Some(at) = breakpoint.found.as_ref().and_then(|found| found.near(&ground, step, direction)) {
                add(at, "breakpoint", None, Some(breakpoint.id));
            }
        }
        for breakpoint in &self.breakpoints.functions {
            if let Some(at) = breakpoint.found.as_ref().and_then(|found| found.near(&ground, step, direction)) {
                add(at, "function breakpoint", None, Some(breakpoint.id));
            }
        }
        for breakpoint in &self.breakpoints.data {
            if let Some((line, access)) = breakpoint.near(self, recording, step, direction) {
                add(line, "data breakpoint", access.words().map(str::to_owned), Some(breakpoint.id));
            }
        }
        for (which, types) in &self.breakpoints.exceptions {
            if let Some(raised) = next_exception(recording, types, *which, step, direction) {
                add(raised.step, "exception", Some(raised.to_string()), None);
            }
        }
        let nearest = match direction {
            Direction::Forward => hits.iter().map(|hit| hit.position.step).min(),
            Direction::Backward => hits.iter().map(|hit| hit.position.step).max(),
        }?;
        let mut same = hits.into_iter().filter(|hit| hit.position.step == nearest);
        let mut first = same.next()?;
        first.ids.extend(same.flat_map(|hit| hit.ids));
        Some(first)
    }

    /// Stops the view at a hit.
    pub fn stop_at_hit(&mut self, hit: Hit) {
        self.stop(hit.position, hit.reason, hit.text.as_deref(), &hit.ids);
    }
}

/// The nearest exception of these types (or any, where none is named).
fn next_exception(
    recording: &Recording,
    types: &[String],
    which: Which,
    step: u64,
    direction: Direction,
) -> Option<Raised> {
    let mut from = step;
    loop {
        let raised = recording.exception_near(from, direction == Direction::Forward, which).ok()??;
        let is_it = |name: &String| *name == raised.ty || raised.ty.ends_with(&format!(".{name}"));
        if types.is_empty() || types.iter().any(is_it) {
            return Some(raised);
        }
        from = raised.step;
    }
}

/// The step of the nearest line beyond `step` that writes to a target.
pub fn next_write(
    session: &Session,
    recording: &Recording,
    target: &Target,
    step: u64,
    direction: Direction,
) -> Option<u64> {
    let mut from = step;
    loop {
        let write = writes::near(recording, &session.timeline, target, from, direction).ok()??;
        let line = write.line.step;
        match direction {
            Direction::Forward if line > step => return Some(line),
            Direction::Backward if line < step => return Some(line),
            Direction::Forward => from = write.seen,
            Direction::Backward => from = write.seen.checked_sub(1)?,
        }
    }
}

impl Breakpoints {
    /// Clients set all breakpoints of a file anew when one changes: logpoints that were there do not speak again of the
    /// hits they have spoken of, also where lines were added above them.
    fn keep_logged(&mut self, path: &str, before: &[LineBreakpoint]) {
        for breakpoint in self.lines.iter_mut().filter(|breakpoint| breakpoint.path == path) {
            let is_same = |old: &&LineBreakpoint| {
                let place = |one: &LineBreakpoint| match one.found.as_ref().map(|found| &found.place) {
                    Some(Place::Lines(lines)) => Some(lines.clone()),
                    _ => None,
                };
                let is_there = place(breakpoint).map_or(old.line == breakpoint.line, |lines| place(old) == Some(lines));
                is_there && old.asks(&breakpoint.log, &breakpoint.condition, breakpoint.count)
            };
            if let Some(old) = before.iter().find(is_same) {
                breakpoint.logged = old.logged;
                breakpoint.complained = old.complained;
                breakpoint.failed.clone_from(&old.failed);
            }
        }
    }

    /// The recording is another one: places and hits have to be found anew.
    pub fn forget_hits(&mut self) {
        for breakpoint in &mut self.lines {
            (breakpoint.found, breakpoint.logged, breakpoint.complained) = (None, 0, false);
            breakpoint.failed.clear();
        }
        for breakpoint in &mut self.functions {
            (breakpoint.found, breakpoint.codes) = (None, 0);
        }
        // Frames and objects of one recording mean nothing in another.
        self.data.clear();
        self.offered.clear();
    }
}
