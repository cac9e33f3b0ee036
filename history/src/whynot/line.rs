//! Determines whether a line or a part of a statement ran, and what led elsewhere.

use connie_recording::error::Error;
use connie_source::control::{Lines, Point, Role, StatementKind as Statement, Target};

use super::exits::Went;
use super::runs::{Asking, Within};
use super::values::Seen;
use super::{Reason, ReasonKind};
use crate::timeline::{Direction, Position};

/// The maximum number of outer conditions reported with the nearest one.
const OUTER: usize = 2;
/// The maximum nesting depth of reasons.
const DEEPEST: u32 = 3;
/// The maximum number of latest hits examined of a head with its body on the same line.
const LOOKED_AT: usize = 20;

/// The times when a target ran.
pub(super) struct Ran {
    pub times: Option<u64>,
    pub first: Position,
    pub last: Position,
}

impl Asking<'_> {
    /// Whether a target ran; `None` if it did not.
    pub fn ran(&self, within: &Within, target: Target) -> Result<Option<Ran>, Error> {
        let control = &within.source.control;
        let lines = match target {
            Target::Statement(n) => control.statements[n].head,
            Target::Arm(n, arm) => {
                let part = &control.statements[n].arms[arm];
                if part.is_on_one_line() && !matches!(part.role, Role::Else | Role::Finally) {
                    return self.ran_on_one_line(within, n, arm);
                }
                let first = part.body.iter().map(|n| &control.statements[*n]).find(|one| one.kind != Statement::Silent);
                let Some(last) = self.last(within, part.lines, u64::MAX)? else { return Ok(None) };
                let first = first.map_or(part.lines, |first| first.head);
                let begins = self.first(within, first)?.unwrap_or(last);
                let times = if first.0 == first.1 { self.counted(within, first.0)? } else { None };
                return Ok(Some(Ran {
                    times,
                    first: begins,
                    last: self.last(within, first, u64::MAX)?.unwrap_or(last),
                }));
            }
        };
        let (Target::Statement(n) | Target::Arm(n, _)) = target;
        let Some(last) = self.last(within, lines, u64::MAX)? else {
            // The head of `while True` has no code.
            let Some(arm) = control.statements[n].arms.first() else { return Ok(None) };
            let Some(last) = self.last(within, arm.lines, u64::MAX)? else { return Ok(None) };
            let first = self.first(within, arm.lines)?.unwrap_or(last);
            return Ok(Some(Ran { times: None, first, last }));
        };
        let first = self.first(within, lines)?.unwrap_or(last);
        let times = if lines.0 == lines.1 { self.counted(within, lines.0)? } else { None };
        Ok(Some(Ran { times, first, last }))
    }

    /// How often the statement on a line ran; `None` if its line events do not tell.
    fn counted(&self, within: &Within, line: u32) -> Result<Option<u64>, Error> {
        let recording = self.history.recording;
        let text = recording.sources.get(within.source.number as usize).and_then(|source| source.text.as_deref());
        let outline = connie_source::outline::Outline::of(text.unwrap_or_default());
        let counting = &outline.counting;
        if counting.silent.contains(&line) || counting.regions.contains_key(&line) {
            return Ok(None);
        }
        self.times(within, line)
    }

    /// The same for a part that begins on the line of its head.
    fn ran_on_one_line(&self, within: &Within, statement: usize, arm: usize) -> Result<Option<Ran>, Error> {
        let known = &within.source.control.statements[statement];
        let part = &known.arms[arm];
        let mut before = u64::MAX;
        let mut found: Option<Ran> = None;
        for _ in 0..LOOKED_AT {
            let Some(at) = self.last(within, part.head, before)? else { break };
            before = at.step;
            let went = self.went(within, &at)?;
            let to_other = |role: Role| {
                let in_head = |p: Position| {
                    known.arms.iter().any(|arm| arm.role == role && (arm.head.0..=arm.head.1).contains(&p.line))
                };
                matches!(went, Went::Line(next) if in_head(next))
            };
            let took = match part.role {
                Role::Handler => !to_other(Role::Handler) && !matches!(went, Went::Raised(_)),
                Role::Case => {
                    !to_other(Role::Case) && {
                        let subject = known.value.as_deref().unwrap_or_default();
                        let pattern = part.test.as_deref().unwrap_or_default();
                        let is_any = pattern == "_" && part.guard.is_none();
                        let seen = Seen::new(self, at, went.position())?;
                        is_any
                            || seen.is_some_and(|seen| seen.holds(&format!("({subject}) == ({pattern})")) == Some(true))
                    }
                }
                _ => {
                    let seen = Seen::new(self, at, went.position())?;
                    seen.zip(part.test.as_deref()).is_some_and(|(seen, test)| seen.holds(test) == Some(true))
                }
            };
            if took {
                let last = found.map_or(at, |found| found.last);
                found = Some(Ran { times: None, first: at, last });
            }
        }
        Ok(found)
    }

    /// The reasons why a target did not run, the nearest first.
    pub fn reasons(&self, within: &Within, target: Target) -> Result<Vec<Reason>, Error> {
        let depth = self.depth.get();
        if depth >= DEEPEST {
            return Ok(Vec::new());
        }
        self.depth.set(depth + 1);
        let found = self.nearest(within, target);
        self.depth.set(depth);
        found
    }

    fn nearest(&self, within: &Within, target: Target) -> Result<Vec<Reason>, Error> {
        let points = within.source.control.points(target);
        for (n, point) in points.iter().enumerate() {
            let mut found = match *point {
                Point::Before(statement) => self.before(within, statement)?,
                Point::Around(statement, arm) => self.around(within, statement, arm)?,
            };
            if !found.is_empty() {
                self.outer(within, &points[n + 1..], &mut found)?;
                return Ok(found);
            }
        }
        if within.scope == 0 {
            return self.module(within);
        }
        self.not_called(within)
    }

    /// The reason from an earlier statement in the same block that ran.
    fn before(&self, within: &Within, statement: usize) -> Result<Vec<Reason>, Error> {
        let known = &within.source.control.statements[statement];
        let lines: Lines = if known.opens.is_some() { known.head } else { (known.head.0, known.last) };
        let Some(last) = self.last(within, lines, u64::MAX)? else { return Ok(Vec::new()) };
        Ok(vec![self.left(within, lines, &last)?])
    }

    /// Conditions around the nearest one that led elsewhere at other times.
    fn outer(&self, within: &Within, points: &[Point], found: &mut Vec<Reason>) -> Result<(), Error> {
        let control = &within.source.control;
        if within.call.is_some() {
            return Ok(());
        }
        let mut told = 0;
        for point in points {
            let Point::Around(statement, arm) = *point else { continue };
            let known = &control.statements[statement];
            let part = &known.arms[arm];
            let is_plain = part.head.0 == part.head.1 && !part.is_on_one_line() && part.test.is_some();
            if known.kind != Statement::If || !is_plain || told == OUTER {
                continue;
            }
            let first = part.body.iter().map(|n| &control.statements[*n]).find(|one| one.kind != Statement::Silent);
            let Some(first) = first.filter(|first| first.head.0 == first.head.1) else { continue };
            let (Some(all), Some(held)) = (self.times(within, part.head.0)?, self.counted(within, first.head.0)?)
            else {
                continue;
            };
            if all > held && held > 0 {
                let test = super::hold::on_one_line(part.test.as_deref().unwrap_or_default());
                let said = format!("`{test}` did not hold {} of {all} times", all - held);
                let mut reason = Reason::new(ReasonKind::Condition, None, said);
                reason.place = Some(self.place(within.source.number, part.head.0));
                found.push(reason);
                told += 1;
            }
        }
        Ok(())
    }

    /// The reason for a module that ran no line before the target.
    fn module(&self, within: &Within) -> Result<Vec<Reason>, Error> {
        let Some(at) = self.call_of(within)? else {
            let said = "its module did not run in this recording".to_owned();
            let mut reason = Reason::new(ReasonKind::NotImported, None, said);
            reason.place = Some(self.place(within.source.number, 1));
            return Ok(vec![reason]);
        };
        self.after_call(within, &at)
    }

    /// The reason for a function that was not called, or that ran no line before the target.
    fn not_called(&self, within: &Within) -> Result<Vec<Reason>, Error> {
        match self.call_of(within)? {
            Some(at) => self.after_call(within, &at),
            None => self.never_called(within),
        }
    }

    fn after_call(&self, within: &Within, at: &Position) -> Result<Vec<Reason>, Error> {
        let scope = &within.source.control.scopes[within.scope];
        let reason = match self.went(within, at)? {
            Went::Gone => self.gone(at)?,
            _ => self.left(within, (scope.line, scope.last), at)?,
        };
        // A generator that was closed before it began.
        let is_new = scope.suspends && reason.kind == ReasonKind::Closed;
        if is_new { self.never_called(within) } else { Ok(vec![reason]) }
    }

    /// The last call of a scope.
    pub fn call_of(&self, within: &Within) -> Result<Option<Position>, Error> {
        if within.codes.is_empty() {
            return Ok(None);
        }
        if let Some(call) = &within.call {
            return Ok(Some(self.history.timeline.position(self.history.recording, call.first)?));
        }
        self.call_near(within, u64::MAX, Direction::Backward)
    }

    /// The nearest call of a scope beyond a step.
    pub fn call_near(&self, within: &Within, step: u64, direction: Direction) -> Result<Option<Position>, Error> {
        let scope = &within.source.control.scopes[within.scope];
        let ground = self.ground(within.source.number);
        let chunks = &self.history.recording.chunks;
        let lines = (scope.line, scope.last);
        // A call may be the last step of a chunk, with its first line in the next one.
        let has = |chunk: &connie_recording::reader::ChunkInfo| {
            let after = chunks.partition_point(|known| known.first_step <= chunk.first_step);
            ground.has_lines(chunk, lines) || chunks.get(after).is_none_or(|next| ground.has_lines(next, lines))
        };
        let (timeline, recording) = (self.history.timeline, self.history.recording);
        timeline.find_call(recording, &within.codes, (step, direction), has, |_| true)
    }
}
