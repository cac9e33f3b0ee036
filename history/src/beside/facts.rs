//! Reads the values beside the lines of a call's function: the result of each statement, as of the last time it ran.

use std::collections::BTreeMap;

use connie_wire::Value;
use rustc_hash::FxHashMap;

use super::{Call, Ground, Outcome};
use crate::moment::FrameScope;
use crate::timeline::{At, Direction, Position};
use connie_expression::{Expression, Got, holds, with_doubt};
use connie_recording::error::Error;
use connie_recording::player::{Event, Player};
use connie_recording::reader::ChunkInfo;
use connie_recording::render::{Bounds, Renderer};
use connie_source::outline::{Detail, Mark, MarkKind, Outline};

/// A value beside the code.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Index into [`Outline::marks`].
    pub mark: usize,
    /// The step of the line that produced the value.
    pub hit: u64,
    /// The step at which the value is read.
    pub step: u64,
    /// The frame in which the value is read.
    pub frame: u64,
    /// Short text.
    pub text: String,
}

/// How a mark's value is read at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// The mark's expression.
    Expression,
    /// The mark's expression before its line ran.
    Before,
    /// The mark's expression, if its value changed.
    Changed,
    /// A condition, and whether it held, as far as the control flow of its function tells.
    Condition(Option<bool>),
    /// The return value of this frame.
    Returned,
    /// The return value of a callee of this frame.
    Result,
}

/// The marks to read at each step, so that one pass over the recording reads all.
type Readings = BTreeMap<u64, Vec<(usize, u64, Reading)>>;

impl<'r> Ground<'r> {
    /// The latest values that the lines of a call's function produced within the call. For several calls, ask in their
    /// order with the same `player`.
    ///
    /// # Errors
    /// If a chunk that holds one is damaged.
    pub fn facts(
        &self,
        outline: &Outline,
        function: Option<usize>,
        call: &Call,
        bounds: Bounds,
        player: &mut Option<Player<'r>>,
    ) -> Result<Vec<Fact>, Error> {
        let (mut facts, mut before) = (Vec::new(), FxHashMap::default());
        for (step, marks) in self.readings(outline, function, call) {
            let event = self.go_to(player, step)?;
            let Some(player) = player.as_ref() else { break };
            for (n, hit, reading) in marks {
                let mark = &outline.marks[n];
                let text = self.read(call, mark, reading, player, event.as_ref(), bounds);
                if reading == Reading::Before {
                    before.insert(n, text);
                    continue;
                }
                let is_other = |text: &String| before.get(&n).is_some_and(|old| old.as_ref() != Some(text));
                if let Some(text) = text.filter(|text| reading != Reading::Changed || is_other(text)) {
                    facts.push(Fact { mark: n, hit, step, frame: call.frame, text });
                }
            }
        }
        facts.sort_by_key(|fact| fact.mark);
        Ok(facts)
    }

    /// Determines what to read for a call, and at which steps.
    fn readings(&self, outline: &Outline, function: Option<usize>, call: &Call) -> Readings {
        let mine = || outline.marks.iter().enumerate().filter(|(_, mark)| mark.function == function);
        let lines = |mark: &Mark| mark.line..=if mark.is_outcome() { mark.last_line } else { mark.line };
        let wanted = mine().filter(|(_, mark)| mark.kind != MarkKind::Parameter).flat_map(|(_, mark)| lines(mark));
        // If the program is not at the last step, the line of that step belongs to the time after.
        let upto = if call.stands { call.last } else { call.last.saturating_sub(1) };
        let hits = self.last_hits(&Call { last: upto, ..*call }, &wanted.collect::<Vec<_>>());
        let running = call.stands.then(|| self.current_line(outline, function, call)).flatten();
        let mut done: FxHashMap<u32, Option<(u64, Position)>> = FxHashMap::default();
        let mut readings = Readings::new();
        for (n, mark) in mine() {
            let span = (mark.line, mark.last_line);
            if mark.kind == MarkKind::Parameter {
                readings.entry(call.first).or_default().push((n, call.first, Reading::Expression));
                continue;
            }
            // A line that is about to run, or runs, has no value yet.
            let is_running = running.filter(|at| (span.0..=span.1).contains(&at.line));
            if is_running.is_some_and(|at| self.done(call, &at, span) == Outcome::Running) {
                continue;
            }
            if mark.is_outcome() {
                let hit = lines(mark).filter_map(|line| hits.get(&line)).max_by_key(|hit| hit.step);
                if let Some((step, reading)) = hit.and_then(|hit| self.outcome(outline, mark, call, hit)) {
                    readings.entry(step).or_default().push((n, hit.map_or(step, |hit| hit.step), reading));
                }
                continue;
            }
            let Some(hit) = hits.get(&mark.line) else { continue };
            let end = *done.entry(mark.line).or_insert_with(|| match self.done(call, hit, span) {
                Outcome::Done(end) => Some((hit.step, end)),
                Outcome::Raised | Outcome::Running => None,
            });
            let Some((step, end)) = end else { continue };
            let is_sure = self.was_done(outline, function, call, mark, (hit, &end));
            // Only the function itself changes its variables; a called function may have changed the others.
            let may_tell = mark.function.is_some() && !matches!(mark.kind, MarkKind::Loop | MarkKind::Stored);
            if !is_sure && !may_tell {
                continue;
            }
            if !is_sure {
                readings.entry(step).or_default().push((n, step, Reading::Before));
            }
            let reading = if is_sure { Reading::Expression } else { Reading::Changed };
            readings.entry(end.step).or_default().push((n, step, reading));
        }
        readings
    }

    /// Whether line events prove that the guarded statement ran: its line ran at `hit`, and `end` came next.
    fn was_done(
        &self,
        outline: &Outline,
        function: Option<usize>,
        call: &Call,
        mark: &Mark,
        (hit, end): (&Position, &Position),
    ) -> bool {
        let Detail::Guarded(guard) = mark.detail else { return true };
        let is_in = |p: &Position| guard.body.is_some_and(|(first, last)| (first..=last).contains(&p.line));
        if end.at == At::Line && is_in(end) {
            return true;
        }
        let lines = outline.own_lines(function);
        let chunks = |chunk: &ChunkInfo| chunk.first_step + chunk.steps > call.first && self.has_own(chunk, &lines);
        let is_line = |p: &Position| p.at == At::Line;
        let before = |step| {
            let before = (step, Direction::Backward);
            self.history.timeline.find_frame(self.history.recording, call.frame, before, chunks, is_line).ok().flatten()
        };
        let mut came = before(hit.step).filter(|_| guard.is_loop);
        // A head that spans several lines has several events.
        while let Some(p) = came.filter(|p| guard.body.is_some() && (mark.line..=mark.last_line).contains(&p.line)) {
            came = before(p.step);
        }
        came.is_some_and(|p| is_in(&p) || guard.body.is_none() && p.line == hit.line)
    }

    /// The current line of a call's frame.
    fn current_line(&self, outline: &Outline, function: Option<usize>, call: &Call) -> Option<Position> {
        let lines = outline.own_lines(function);
        let chunks = |chunk: &ChunkInfo| chunk.first_step + chunk.steps > call.first && self.has_own(chunk, &lines);
        let (is_line, before) = (|p: &Position| p.at == At::Line, (call.last + 1, Direction::Backward));
        self.history.timeline.find_frame(self.history.recording, call.frame, before, chunks, is_line).ok().flatten()
    }

    /// When and where the outcome of a statement can be read, given its last event `hit`.
    fn outcome(&self, outline: &Outline, mark: &Mark, call: &Call, hit: &Position) -> Option<(u64, Reading)> {
        let Outcome::Done(mut end) = self.done(call, hit, (mark.line, mark.last_line)) else { return None };
        match &mark.detail {
            Detail::Condition { body, .. } => {
                let held = body.map(|(first, last)| end.at == At::Line && (first..=last).contains(&end.line));
                Some((hit.step, Reading::Condition(held)))
            }
            Detail::Call(name) => Some((self.result_of(name, hit, &end)?.step, Reading::Result)),
            _ => {
                // A returning function first leaves the enclosing `with` statements.
                while end.at == At::Line && outline.counting.leaves(end.line, mark.line) {
                    let Outcome::Done(next) = self.done(call, &end, (end.line, end.line)) else { return None };
                    end = next;
                }
                (end.at == At::Return).then_some((end.step, Reading::Returned))
            }
        }
    }

    /// The last return, between two steps of a frame, of a function with this name that the frame called. The search
    /// starts at the end of the statement: a call that took long returned just before.
    fn result_of(&self, name: &str, hit: &Position, end: &Position) -> Option<Position> {
        let codes = &self.history.recording.functions;
        let is_named =
            |code: u32| codes.get(code as usize).is_some_and(|function| function.name.rsplit('.').next() == Some(name));
        let here = self.history.recording.chunk_of(end.step).ok()?;
        let near = self.history.recording.chunks[here.saturating_sub(1)].first_step.max(hit.step);
        let chunks = |chunk: &ChunkInfo| chunk.first_step + chunk.steps > near;
        let found = self.history.timeline.find(self.history.recording, end.step, Direction::Backward, chunks, |p| {
            p.step <= near
                || p.at == At::Return && p.thread == end.thread && p.depth == end.depth + 1 && is_named(p.code)
        });
        found.ok().flatten().filter(|p| p.step > hit.step && p.at == At::Return && !self.is_decorated(p.code))
    }

    /// Whether a function has decorators: a call of its name may then give another value than it returned.
    pub(crate) fn is_decorated(&self, code: u32) -> bool {
        let recording = self.history.recording;
        let Some(function) = recording.function(code) else { return true };
        let text = recording.sources.get(function.source as usize).and_then(|source| source.text.as_deref());
        // The first line of a decorated function is the line of its first decorator.
        let first = text.and_then(|text| text.lines().nth((function.line as usize).saturating_sub(1)));
        first.is_none_or(|line| line.trim_start().starts_with('@'))
    }

    /// The text of a mark's value at the player's step; `None` if it is unknown.
    fn read(
        &self,
        call: &Call,
        mark: &Mark,
        reading: Reading,
        player: &Player<'_>,
        event: Option<&Event>,
        bounds: Bounds,
    ) -> Option<String> {
        let frame = player.stack().iter().rev().find(|frame| frame.frame == call.frame).copied()?;
        let returned = |value: &Value| Renderer::new(player, bounds).text(value);
        match (reading, event) {
            (Reading::Returned, Some(Event::Return(value))) => return Some(returned(value)),
            (Reading::Result, Some(Event::Return(value))) => {
                let caller = player.stack().iter().rev().nth(1).map(|frame| frame.frame);
                // Most calls with an unused result return None, which is not worth showing.
                return (caller == Some(call.frame) && *value != Value::None).then(|| returned(value));
            }
            (Reading::Returned | Reading::Result, _) => return None,
            _ => {}
        }
        let globals =
            self.history.modules.namespace(self.history.recording, self.history.timeline, self.source, frame.frame);
        let scope = FrameScope::new(self.history.recording, player, frame, globals);
        if let Reading::Condition(held) = reading {
            return condition(mark, held, &scope, bounds);
        }
        let (Got::Value(value), doubtful) = Expression::parse(&mark.text).ok()?.eval_doubtful(&scope).ok()? else {
            return None;
        };
        Some(with_doubt(returned(&value), doubtful))
    }

    /// Moves a player to a step, onward from its current step if that is shorter. Returns the event at that step.
    fn go_to(&self, player: &mut Option<Player<'r>>, step: u64) -> Result<Option<Event>, Error> {
        let index = self.history.recording.chunk_of(step)?;
        let near = player.as_ref().is_some_and(|player| {
            player.step() < step && player.step() + 1 >= self.history.recording.chunks[index].first_step
        });
        if let Some(player) = player.as_mut().filter(|_| near) {
            while let Some(found) = player.next_step() {
                if found.number >= step {
                    return Ok(Some(found.event));
                }
            }
            return Ok(None);
        }
        let (there, found) = Player::at(self.history.recording, step)?;
        *player = Some(there);
        Ok(Some(found.event))
    }
}

/// The result of a condition: its value if the recording has all of it and the control flow agrees; otherwise only
/// whether it held, as the control flow tells.
fn condition(mark: &Mark, held: Option<bool>, scope: &FrameScope<'_>, bounds: Bounds) -> Option<String> {
    use connie_expression::Scope;
    // The condition may span several lines.
    let parsed = Expression::parse(&format!("({})", mark.text)).ok();
    let value = parsed.and_then(|parsed| {
        let (got, doubtful) = parsed.eval_doubtful(scope).ok()?;
        let truth = match &got {
            Got::Value(Value::Bool(truth)) => Some(*truth),
            _ => holds(&parsed, scope).ok(),
        };
        // The control flow proves True and False.
        let is_sure = held.is_some() && matches!(got, Got::Value(Value::Bool(_)));
        let text = connie_expression::text(scope.world(), &got, bounds);
        Some((with_doubt(text, doubtful && !is_sure), truth?, doubtful))
    });
    let is_bool = matches!(mark.detail, Detail::Condition { is_bool: true, .. });
    match (held, value) {
        (Some(held), Some((text, truth, _))) if held == truth => Some(text),
        (Some(held), _) => {
            let words = if is_bool { ["False", "True"] } else { ["falsy", "truthy"] };
            Some(words[usize::from(held)].to_owned())
        }
        (None, Some((text, _, false))) => Some(text),
        (None, _) => None,
    }
}
