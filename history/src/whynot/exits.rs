//! Determines how a function left a statement.

use connie_recording::error::Error;
use connie_recording::player::Event;
use connie_recording::reader::{ChunkInfo, Raised, Which};
use connie_recording::render::{Bounds, Renderer};
use connie_source::control::{Lines, Role, StatementKind as Statement};

use super::hold::held;
use super::runs::{Asking, Within};
use super::values::Seen;
use super::{Reason, ReasonKind};
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};

/// How much of a returned or yielded value is shown.
const SHOWN: Bounds = Bounds { string: 80, items: 6, depth: 2 };

/// The next event of a function after a line.
#[derive(Clone, Copy, Debug)]
pub(super) enum Went {
    /// It reached another line.
    Line(Position),
    /// It returned.
    Returned(Position),
    /// An exception appeared.
    Raised(Position),
    /// It is suspended since this yield, and did not resume.
    Waits(Position),
    /// Nothing more of it was recorded.
    Gone,
}

impl Went {
    /// The event with which the line finished.
    pub fn position(self) -> Option<Position> {
        match self {
            Self::Line(p) | Self::Returned(p) | Self::Raised(p) | Self::Waits(p) => Some(p),
            Self::Gone => None,
        }
    }
}

impl Asking<'_> {
    /// The next event of a function after one of its events.
    pub fn went(&self, within: &Within, at: &Position) -> Result<Went, Error> {
        let mut at = *at;
        loop {
            let Some(next) = self.next(within, &at)? else {
                return Ok(if at.at == At::Yield { Went::Waits(at) } else { Went::Gone });
            };
            match next.at {
                At::Line => return Ok(Went::Line(next)),
                At::Return => return Ok(Went::Returned(next)),
                At::Raise => return Ok(Went::Raised(next)),
                At::Call | At::Yield | At::Resume | At::Output => at = next,
            }
        }
    }

    /// How a function left the given lines, after the last of them that it ran.
    pub fn left(&self, within: &Within, lines: Lines, last: &Position) -> Result<Reason, Error> {
        let went = self.went(within, last)?;
        if matches!(went, Went::Line(_) | Went::Gone)
            && let Some(at) = self.raised_again(within, lines, last)?
        {
            return self.raised(within, lines, last, &at);
        }
        let jump = |kinds: &[Statement]| self.jump(within, lines, last, kinds);
        let mut reason = match went {
            Went::Raised(at) => return self.raised(within, lines, last, &at),
            Went::Returned(at) => {
                let from = jump(&[Statement::Return])?;
                let value = self.given(&at)?;
                let said = match &from {
                    Some((line, _)) if self.says_value(within, line) => format!("returned {value}"),
                    Some(_) => "returned".to_owned(),
                    None => "was the last line of its function, which returned".to_owned(),
                };
                self.jumped(within, lines, ReasonKind::Returned, from, last, said)?
            }
            Went::Line(next) => {
                // The events of `finally` and `with` on the way come after it.
                match jump(&[Statement::Return, Statement::Break, Statement::Continue])? {
                    Some((at, Statement::Return)) => self.jumped(
                        within,
                        lines,
                        ReasonKind::Returned,
                        Some((at, Statement::Return)),
                        last,
                        "returned".to_owned(),
                    )?,
                    Some((at, Statement::Break)) => {
                        let said = "left the loop (`break`)".to_owned();
                        self.jumped(within, lines, ReasonKind::Broke, Some((at, Statement::Break)), last, said)?
                    }
                    Some((at, kind)) => {
                        let said = "began the next round of the loop (`continue`)".to_owned();
                        self.jumped(within, lines, ReasonKind::Continued, Some((at, kind)), last, said)?
                    }
                    None => {
                        let said = format!("was followed by line {}", next.line);
                        Reason::new(ReasonKind::Unknown, Some(self.spot(last)), said)
                    }
                }
            }
            Went::Waits(at) => {
                let value = self.given(&at)?;
                let said = format!("yielded {value}, and was never resumed");
                Reason::new(ReasonKind::Waits, Some(self.spot(&at)), said)
            }
            Went::Gone => self.gone(last)?,
        };
        reason.times = None;
        Ok(reason)
    }

    /// The exception that continues after a line that does not handle it: the head of an `except`, a `finally`, or the
    /// end of a `with`. There it has no event.
    fn raised_again(&self, within: &Within, lines: Lines, last: &Position) -> Result<Option<Position>, Error> {
        let statements = &within.source.control.statements;
        let is_in = |lines: Lines| (lines.0..=lines.1).contains(&last.line);
        let passes_on = |statement: &connie_source::control::Statement| {
            statement.kind == Statement::With && is_in(statement.head)
                || statement.arms.iter().any(|arm| {
                    arm.role == Role::Handler && is_in(arm.head) && !arm.is_on_one_line()
                        || arm.role == Role::Finally && is_in(arm.lines)
                })
        };
        if !statements.iter().any(|statement| statement.scope == within.scope && passes_on(statement)) {
            return Ok(None);
        }
        let wanted =
            |p: &Position| {
                match p.at {
                    At::Raise => (lines.0..=lines.1).contains(&p.line),
                    // A jump finishes with the same lines.
                    At::Line => within.source.control.on(p.line).any(|n| {
                        matches!(statements[n].kind, Statement::Return | Statement::Break | Statement::Continue)
                    }),
                    _ => false,
                }
            };
        let found = self.before_in_frame(within, lines, last, wanted)?;
        Ok(found.filter(|p| p.at == At::Raise))
    }

    /// Whether a `return` has a value.
    fn says_value(&self, within: &Within, at: &Position) -> bool {
        let control = &within.source.control;
        control
            .on(at.line)
            .any(|n| control.statements[n].kind == Statement::Return && control.statements[n].value.is_some())
    }

    /// The last statement of the given kinds, with its line, that the function reached before it left the given lines.
    fn jump(
        &self,
        within: &Within,
        lines: Lines,
        last: &Position,
        kinds: &[Statement],
    ) -> Result<Option<(Position, Statement)>, Error> {
        let control = &within.source.control;
        let kind_on = |line: u32| {
            let own = |n: &usize| control.statements[*n].scope == within.scope;
            control.on(line).filter(own).map(|n| control.statements[n].kind).find(|kind| kinds.contains(kind))
        };
        if let Some(kind) = kind_on(last.line) {
            return Ok(Some((*last, kind)));
        }
        let is_it =
            |p: &Position| p.at == At::Line && (lines.0..=lines.1).contains(&p.line) && kind_on(p.line).is_some();
        let may = (lines.0..=lines.1).any(|line| kind_on(line).is_some() && within.source.ran.contains_key(&line));
        if !may {
            return Ok(None);
        }
        let found = self.before_in_frame(within, lines, last, is_it)?;
        Ok(found.and_then(|at| Some((at, kind_on(at.line)?))))
    }

    fn jumped(
        &self,
        within: &Within,
        lines: Lines,
        kind: ReasonKind,
        from: Option<(Position, Statement)>,
        last: &Position,
        said: String,
    ) -> Result<Reason, Error> {
        let at = from.map_or(*last, |(at, _)| at);
        let mut reason = Reason::new(kind, Some(self.spot(&at)), said);
        reason.because = self.guards(within, lines, &at)?;
        Ok(reason)
    }

    /// The value that a function returned or yielded at a position.
    fn given(&self, at: &Position) -> Result<String, Error> {
        let moment = Moment::at(self.history.recording, at.step)?;
        Ok(match &moment.step.event {
            Event::Return(value) | Event::Yield(value) => Renderer::new(&moment.player, SHOWN).text(value),
            _ => "?".to_owned(),
        })
    }

    /// The reason if nothing more of a function was recorded after a line.
    pub fn gone(&self, last: &Position) -> Result<Reason, Error> {
        let recording = self.history.recording;
        let info = &recording.info;
        let at = Some(self.spot(last));
        let source = recording.function(last.code).map_or(0, |function| function.source);
        let ground = self.ground(source);
        let chunks = |chunk: &ChunkInfo| ground.may_leave(chunk, last.thread, last.depth);
        let above =
            |p: &Position| p.thread == last.thread && p.depth <= last.depth && p.frame != last.frame && p.frame != 0;
        if self.history.timeline.find(recording, last.step, Direction::Forward, chunks, above)?.is_some() {
            let said = "was the last line of its call that ran; how it was left is not recorded".to_owned();
            return Ok(Reason::new(ReasonKind::Unknown, at, said));
        }
        if info.is_going_on() {
            return Ok(Reason::new(
                ReasonKind::Runs,
                at,
                "is where the program is now, as far as it is recorded".to_owned(),
            ));
        }
        let said = format!("ran when the program ended, or was not recorded any further ({})", info.outcome());
        Ok(Reason::new(ReasonKind::Ended, at, said))
    }

    /// The exception that appeared at a position.
    pub fn exception(&self, at: &Position) -> Result<Option<Raised>, Error> {
        let mut step = at.step + 1;
        for _ in 0..20 {
            // If it is passing frames, it was raised before.
            let Some(found) = self.history.recording.exception_near(step, false, Which::Any)? else { return Ok(None) };
            if found.thread == at.thread {
                return Ok(Some(found));
            }
            step = found.step;
        }
        Ok(None)
    }

    /// An exception as text, with the place where it was raised if that is another line.
    pub fn exception_text(&self, at: &Position) -> Result<(String, String, bool), Error> {
        let moment = Moment::at(self.history.recording, at.step)?;
        let text = match &moment.step.event {
            Event::Raise(value) => Renderer::new(&moment.player, SHOWN).text(value),
            _ => "an exception".to_owned(),
        };
        // A generator that is only closed raises no exception worth reporting.
        if text.starts_with("GeneratorExit") {
            return Ok((text, String::new(), true));
        }
        let Some(raised) = self.exception(at)? else { return Ok((text, String::new(), false)) };
        let recording = self.history.recording;
        let inner = raised.traceback.last().filter(|(code, line)| (*code, *line) != (at.code, at.line));
        let from = inner.and_then(|(code, line)| {
            let function = recording.function(*code)?;
            Some(format!(", raised at {}:{line} in {}", recording.short(function.source), function.name))
        });
        let shown = super::hold::on_one_line(&raised.to_string());
        Ok((shown, from.unwrap_or_default(), raised.ty == "GeneratorExit"))
    }

    /// The reason if an exception led away from the given lines.
    fn raised(&self, within: &Within, lines: Lines, last: &Position, at: &Position) -> Result<Reason, Error> {
        let (exception, from, is_closing) = self.exception_text(at)?;
        if is_closing {
            let said = "was closed there, and never resumed".to_owned();
            return Ok(Reason::new(ReasonKind::Closed, Some(self.spot(at)), said));
        }
        let control = &within.source.control;
        let kind = control
            .on(at.line)
            .map(|n| control.statements[n].kind)
            .find(|kind| matches!(kind, Statement::Raise | Statement::Assert));
        let handled = self.handled(within, at)?;
        let verb = if kind == Some(Statement::Raise) && from.is_empty() { "raised" } else { "was left by" };
        let said = format!("{verb} {exception}{from}{handled}");
        let mut reason = Reason::new(ReasonKind::Raised, Some(self.spot(at)), said);
        if kind == Some(Statement::Assert) {
            let test = control.on(at.line).find_map(|n| control.statements[n].value.clone());
            if let (Some(test), Some(seen)) = (test, Seen::new(self, *last, Some(*at))?) {
                let found = held(self, &seen, &test, false);
                let mut inner = Reason::new(ReasonKind::Condition, Some(self.spot(last)), found.said);
                inner.values = found.values;
                reason.because.push(inner);
            }
        }
        reason.because.extend(self.guards(within, lines, at)?);
        Ok(reason)
    }

    /// Where a function continued after an exception, in words.
    fn handled(&self, within: &Within, at: &Position) -> Result<String, Error> {
        Ok(match self.went(within, at)? {
            Went::Line(next) => format!("; line {} ran next", next.line),
            _ => String::new(),
        })
    }

    /// The conditions within the given lines that led to a line, the innermost first.
    pub fn guards(&self, within: &Within, lines: Lines, at: &Position) -> Result<Vec<Reason>, Error> {
        let control = &within.source.control;
        let on = control.on(at.line).filter(|n| control.statements[*n].scope == within.scope).last();
        let mut found = Vec::new();
        let Some(on) = on else { return Ok(found) };
        for (statement, arm) in control.around(on) {
            let is_inside = (lines.0..=lines.1).contains(&control.statements[statement].head.0);
            if !is_inside || found.len() == 2 {
                break;
            }
            found.extend(self.taken(within, statement, arm, at)?);
        }
        Ok(found)
    }
}
