//! Explains parts of `try` that were not reached: `except`, `else`, `finally`.

use connie_recording::error::Error;
use connie_source::control::{Lines, Role};

use super::exits::Went;
use super::hold::on_one_line;
use super::runs::{Asking, Within};
use super::{Reason, ReasonKind};
use crate::timeline::{At, Direction, Position};

/// The maximum number of exceptions within a `try` that are examined, if others were handled within it.
const MAX_EXCEPTIONS: usize = 50;

/// An exception that left the body of a `try`.
struct Came {
    at: Position,
    /// The part whose body handled it.
    handled: Option<usize>,
}

fn is_in(p: &Position, lines: Lines) -> bool {
    (lines.0..=lines.1).contains(&p.line)
}

impl Asking<'_> {
    /// Why a part of a `try` was not reached; empty if the `try` did not run.
    pub fn attempt(&self, within: &Within, statement: usize, arm: usize) -> Result<Vec<Reason>, Error> {
        let known = &within.source.control.statements[statement];
        let body = known.arms[0].lines;
        let lines = (known.head.0, body.1);
        let Some(last) = self.last(within, lines, u64::MAX)? else { return Ok(Vec::new()) };
        let reason = match known.arms[arm].role {
            Role::Body => self.left(within, known.head, &last)?,
            Role::Handler => self.unhandled(within, statement, arm, &last)?,
            Role::Else => match self.came(within, statement)? {
                Some(came) => {
                    let (exception, from, _) = self.exception_text(&came.at)?;
                    let said = format!("was left by {exception}{from}, so `else` was not reached");
                    Reason::new(ReasonKind::Raised, Some(self.spot(&came.at)), said)
                }
                None => self.left(within, lines, &last)?,
            },
            _ => {
                let all = (known.head.0, known.arms[arm].head.0.saturating_sub(1));
                let last = self.last(within, all, u64::MAX)?.unwrap_or(last);
                self.left(within, all, &last)?
            }
        };
        Ok(vec![reason])
    }

    /// The latest exception that left the body of a `try`.
    fn came(&self, within: &Within, statement: usize) -> Result<Option<Came>, Error> {
        let known = &within.source.control.statements[statement];
        let body = known.arms[0].lines;
        let mut before = u64::MAX;
        for _ in 0..MAX_EXCEPTIONS {
            let is_it = |p: &Position| p.at == At::Raise && is_in(p, body);
            let Some(at) = self.near(within, body, before, Direction::Backward, is_it)? else { return Ok(None) };
            before = at.step;
            // Skip the heads of handlers that were tried.
            let mut went = self.went(within, &at)?;
            let mut tried = None;
            while let Went::Line(next) = went
                && let Some(n) = known.arms.iter().position(|arm| arm.role == Role::Handler && is_in(&next, arm.head))
            {
                tried = Some(n);
                went = self.went(within, &next)?;
            }
            let next = match went {
                // A `try` or `with` within it handled the exception.
                Went::Line(next) if tried.is_none() && is_in(&next, body) => continue,
                Went::Line(next) => Some(next),
                Went::Returned(_) if tried.is_none() => continue,
                Went::Returned(next) => Some(next),
                _ => None,
            };
            let of = |next: Position| {
                let is_handler = |arm: &&(usize, &connie_source::control::Arm)| {
                    arm.1.role == Role::Handler && is_in(&next, arm.1.lines)
                };
                known.arms.iter().enumerate().find(|arm| is_handler(&arm)).map(|(n, _)| n)
            };
            // If handler and body are on one line, the last handler that was tried handled it if its function
            // continued.
            let one_line = tried.filter(|n| known.arms[*n].is_on_one_line() && next.is_some());
            return Ok(Some(Came { at, handled: next.and_then(of).or(one_line) }));
        }
        Ok(None)
    }

    /// Why an `except` handled nothing.
    fn unhandled(&self, within: &Within, statement: usize, arm: usize, last: &Position) -> Result<Reason, Error> {
        let known = &within.source.control.statements[statement];
        let body = known.arms[0].lines;
        let wanted = known.arms[arm]
            .test
            .as_deref()
            .map_or_else(|| "except".to_owned(), |test| format!("except {}", on_one_line(test)));
        let Some(came) = self.came(within, statement)? else {
            let lines =
                if body.0 == body.1 { format!("line {}", body.0) } else { format!("lines {} to {}", body.0, body.1) };
            let went = self.went(within, last)?;
            if matches!(went, Went::Gone | Went::Waits(_)) {
                return self.left(within, (known.head.0, body.1), last);
            }
            let said = format!("nothing was raised in the body of `try` ({lines})");
            let start = self.last(within, known.head, u64::MAX)?.unwrap_or(*last);
            let mut reason = Reason::new(ReasonKind::NothingRaised, Some(self.spot(&start)), said);
            reason.times = self.times(within, known.head.0)?.filter(|times| *times > 1);
            return Ok(reason);
        };
        let (exception, from, _) = self.exception_text(&came.at)?;
        let spot = Some(self.spot(&came.at));
        Ok(match came.handled {
            Some(by) if by < arm => {
                let other =
                    known.arms[by].test.as_deref().map_or_else(String::new, |test| format!(" {}", on_one_line(test)));
                let said = format!(
                    "raised {exception}{from}, which `except{other}` on line {} handled before",
                    known.arms[by].head.0
                );
                Reason::new(ReasonKind::OtherHandler, spot, said)
            }
            Some(by) => {
                let said = format!(
                    "raised {exception}{from}, which `{wanted}` does not catch; `except` on line {} handled it",
                    known.arms[by].head.0
                );
                Reason::new(ReasonKind::OtherClass, spot, said)
            }
            None => {
                let said = format!("raised {exception}{from}, which `{wanted}` does not catch");
                Reason::new(ReasonKind::OtherClass, spot, said)
            }
        })
    }
}
