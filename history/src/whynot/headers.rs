//! Determines the result of a statement's head: a condition, an iterable, a subject.

use connie_recording::error::Error;
use connie_source::control::{Arm, Lines, Role, StatementKind as Statement};

use super::exits::Went;
use super::hold::{held, on_one_line};
use super::runs::{Asking, Within};
use super::values::Seen;
use super::{Reason, ReasonKind};
use crate::timeline::{At, Direction, Position};

impl Asking<'_> {
    /// Why a part of a statement was not reached; empty if the statement did not run.
    pub fn around(&self, within: &Within, statement: usize, arm: usize) -> Result<Vec<Reason>, Error> {
        let known = &within.source.control.statements[statement];
        match (known.kind, known.arms[arm].role) {
            (Statement::If, _) => self.branches(within, statement, arm),
            (Statement::While | Statement::For, Role::Else) => self.loop_left(within, statement),
            (Statement::While, _) => self.condition(within, statement, 0),
            (Statement::For, _) => self.empty(within, statement),
            (Statement::Try, _) => self.attempt(within, statement, arm),
            (Statement::With, _) => self.not_entered(within, statement),
            (Statement::Match, _) => self.cases(within, statement, arm),
            _ => Ok(Vec::new()),
        }
    }

    /// `if` and its branches: the condition of this branch if it was evaluated, and earlier conditions that held.
    fn branches(&self, within: &Within, statement: usize, arm: usize) -> Result<Vec<Reason>, Error> {
        let arms = &within.source.control.statements[statement].arms;
        let mut found = Vec::new();
        if arms[arm].test.is_some() {
            found.extend(self.condition(within, statement, arm)?);
        }
        for before in (0..arm).rev() {
            if found.len() == 3 {
                break;
            }
            // The branch was taken.
            let taken = match self.entry(within, &arms[before], u64::MAX)? {
                Some(at) => self.taken(within, statement, before, &at)?,
                None if arms[before].is_on_one_line() => self.one_line(within, &arms[before])?,
                None => None,
            };
            if let Some(mut taken) = taken {
                taken.kind = ReasonKind::OtherBranch;
                let first = arms[before].lines.0;
                taken.said = format!("{}, so line {first} ran instead", taken.said);
                taken.times = self.times(within, first)?.filter(|times| *times > 1);
                found.push(taken);
            } else if found.is_empty() && arms[before].test.is_some() {
                // Its condition may have no result.
                found.extend(self.unfinished(within, &arms[before])?);
            }
        }
        Ok(found)
    }

    /// A branch on the line of its condition: the values tell whether the condition held.
    fn one_line(&self, within: &Within, arm: &Arm) -> Result<Option<Reason>, Error> {
        let (Some(test), Some(at)) = (&arm.test, self.last(within, arm.head, u64::MAX)?) else { return Ok(None) };
        let went = self.went(within, &at)?;
        let Some(seen) = Seen::new(self, at, went.position())? else { return Ok(None) };
        if seen.holds(test) == Some(false) {
            return Ok(None);
        }
        let found = held(self, &seen, test, true);
        let mut reason = Reason::new(ReasonKind::OtherBranch, Some(self.spot(&at)), found.said);
        reason.values = found.values;
        Ok(Some(reason))
    }

    /// The latest time a statement of a part ran, if that is not on the lines of its head.
    pub fn entry(&self, within: &Within, arm: &Arm, before: u64) -> Result<Option<Position>, Error> {
        let lines = (arm.lines.0.max(arm.head.1 + 1), arm.lines.1);
        if lines.0 > lines.1 { Ok(None) } else { self.last(within, lines, before) }
    }

    /// A condition that did not hold the last time it was evaluated.
    fn condition(&self, within: &Within, statement: usize, arm: usize) -> Result<Vec<Reason>, Error> {
        let arm = &within.source.control.statements[statement].arms[arm];
        let (Some(test), Some(at)) = (&arm.test, self.last(within, arm.head, u64::MAX)?) else { return Ok(Vec::new()) };
        let went = self.went(within, &at)?;
        if matches!(went, Went::Raised(_) | Went::Gone | Went::Waits(_)) {
            return Ok(vec![self.left(within, arm.head, &at)?]);
        }
        let Some(seen) = Seen::new(self, at, went.position())? else { return Ok(Vec::new()) };
        let found = held(self, &seen, test, false);
        let mut reason = Reason::new(ReasonKind::Condition, Some(self.spot(&at)), found.said);
        reason.values = found.values;
        reason.times = self.evaluations(within, arm.head)?;
        Ok(vec![reason])
    }

    /// How often a head ran, if its line events tell and it is more than once.
    fn evaluations(&self, within: &Within, head: Lines) -> Result<Option<u64>, Error> {
        if head.0 != head.1 { Ok(None) } else { Ok(self.times(within, head.0)?.filter(|times| *times > 1)) }
    }

    /// A condition that raised, or did not finish.
    fn unfinished(&self, within: &Within, arm: &Arm) -> Result<Option<Reason>, Error> {
        let Some(at) = self.last(within, arm.head, u64::MAX)? else { return Ok(None) };
        match self.went(within, &at)? {
            Went::Raised(_) | Went::Gone | Went::Waits(_) => Ok(Some(self.left(within, arm.head, &at)?)),
            _ => Ok(None),
        }
    }

    /// A loop with nothing to iterate over.
    fn empty(&self, within: &Within, statement: usize) -> Result<Vec<Reason>, Error> {
        let arm = &within.source.control.statements[statement].arms[0];
        let (Some(iterable), Some(at)) = (&arm.test, self.last(within, arm.head, u64::MAX)?) else {
            return Ok(Vec::new());
        };
        let went = self.went(within, &at)?;
        if matches!(went, Went::Raised(_) | Went::Gone | Went::Waits(_)) {
            return Ok(vec![self.left(within, arm.head, &at)?]);
        }
        let said = format!("`for` had nothing to iterate over: `{}` gave no item", on_one_line(iterable));
        let mut reason = Reason::new(ReasonKind::EmptyLoop, Some(self.spot(&at)), said);
        let condition = connie_source::control::condition(iterable);
        if let (Some(condition), Some(seen)) = (condition, Seen::new(self, at, went.position())?) {
            reason.values = seen.values(self, &condition.leaves());
        }
        reason.times = self.evaluations(within, arm.head)?;
        Ok(vec![reason])
    }

    /// A loop that was left before its `else`.
    fn loop_left(&self, within: &Within, statement: usize) -> Result<Vec<Reason>, Error> {
        let known = &within.source.control.statements[statement];
        let lines = (known.head.0, known.arms[0].lines.1);
        let Some(last) = self.last(within, lines, u64::MAX)? else { return Ok(Vec::new()) };
        let mut reason = self.left(within, lines, &last)?;
        if reason.kind == ReasonKind::Unknown {
            reason.kind = ReasonKind::LoopLeft;
        }
        Ok(vec![reason])
    }

    /// A `with` whose body was not reached because entering it raised.
    fn not_entered(&self, within: &Within, statement: usize) -> Result<Vec<Reason>, Error> {
        let head = within.source.control.statements[statement].head;
        let Some(last) = self.last(within, head, u64::MAX)? else { return Ok(Vec::new()) };
        Ok(vec![self.left(within, head, &last)?])
    }

    /// A case that was not taken.
    fn cases(&self, within: &Within, statement: usize, arm: usize) -> Result<Vec<Reason>, Error> {
        let known = &within.source.control.statements[statement];
        let Some(at) = self.last(within, known.head, u64::MAX)? else { return Ok(Vec::new()) };
        let went = self.went(within, &at)?;
        if matches!(went, Went::Raised(_) | Went::Gone | Went::Waits(_)) {
            return Ok(vec![self.left(within, known.head, &at)?]);
        }
        let Some(subject) = known.value.as_deref() else { return Ok(Vec::new()) };
        let is_in = |p: &Position, lines: Lines| (lines.0..=lines.1).contains(&p.line);
        // Skip the heads of cases that were tried.
        let (mut tried, mut went, mut reached) = (at, went, Vec::new());
        while let Went::Line(next) = went
            && let Some(n) = known.arms.iter().position(|arm| is_in(&next, arm.head))
        {
            reached.push(n);
            tried = next;
            went = self.went(within, &next)?;
        }
        let body = went.position().and_then(|next| known.arms.iter().position(|arm| is_in(&next, arm.lines)));
        let Some(seen) = Seen::new(self, at, Some(went.position().unwrap_or(tried)))? else { return Ok(Vec::new()) };
        let one_line = reached.last().copied().filter(|n| {
            let (one, pattern) = (&known.arms[*n], known.arms[*n].test.as_deref().unwrap_or_default());
            let is_any = pattern == "_" && one.guard.is_none();
            one.is_on_one_line() && (is_any || seen.holds(&format!("({subject}) == ({pattern})")) == Some(true))
        });
        let taken = body.or(one_line).filter(|taken| *taken != arm);
        let shown = |arm: &Arm| on_one_line(arm.test.as_deref().unwrap_or("_"));
        let values = connie_source::control::condition(subject)
            .map_or_else(Vec::new, |condition| seen.values(self, &condition.leaves()));
        // The values of variables are listed below the reason.
        let is_listed = values.iter().any(|known| known.text == subject);
        let about = seen
            .shown(subject)
            .filter(|_| !is_listed)
            .map_or_else(String::new, |value| format!(" (`{}` was {value})", on_one_line(subject)));
        let mut reason = match taken {
            Some(taken) if taken < arm => {
                let said = format!("`case {}` took it before{about}", shown(&known.arms[taken]));
                let head = known.arms[taken].head;
                let place = self.last(within, head, went.position().map_or(u64::MAX, |p| p.step + 1))?;
                Reason::new(ReasonKind::OtherCase, Some(self.spot(&place.unwrap_or(at))), said)
            }
            _ => self.unmatched(within, &seen, &known.arms[arm], subject, &about, &at)?,
        };
        for value in values {
            if reason.values.iter().all(|known| known.text != value.text) {
                reason.values.push(value);
            }
        }
        reason.times = self.evaluations(within, known.head)?;
        Ok(vec![reason])
    }

    /// A case whose pattern did not match, or whose guard was false.
    fn unmatched(
        &self,
        within: &Within,
        seen: &Seen<'_>,
        arm: &Arm,
        subject: &str,
        about: &str,
        at: &Position,
    ) -> Result<Reason, Error> {
        let pattern = on_one_line(arm.test.as_deref().unwrap_or("_"));
        let head = self.last(within, arm.head, u64::MAX)?.filter(|head| head.step > at.step);
        let spot = Some(self.spot(&head.unwrap_or(*at)));
        let Some(guard) = &arm.guard else {
            return Ok(Reason::new(ReasonKind::NoMatch, spot, format!("`case {pattern}` did not match{about}")));
        };
        let guard_shown = on_one_line(guard);
        let is_plain =
            pattern.chars().all(|c| c == '_' || c.is_alphanumeric()) && !pattern.starts_with(char::is_numeric);
        let is_capture = is_plain && !matches!(pattern.as_str(), "None" | "True" | "False");
        let matched = if is_capture { Some(true) } else { seen.holds(&format!("({subject}) == ({pattern})")) };
        let (kind, said) = match (matched, seen.holds_after(guard)) {
            (Some(true), _) => {
                (ReasonKind::Guard, format!("the guard `{guard_shown}` of `case {pattern}` was false{about}"))
            }
            (_, Some(true)) => (ReasonKind::NoMatch, format!("`case {pattern}` did not match{about}")),
            _ => (
                ReasonKind::NoMatch,
                format!("`case {pattern}` did not match, or its guard `{guard_shown}` was false{about}"),
            ),
        };
        let mut reason = Reason::new(kind, spot, said);
        if kind == ReasonKind::Guard
            && let Some(condition) = connie_source::control::condition(guard)
        {
            reason.values = seen.values(self, &condition.leaves());
        }
        Ok(reason)
    }

    /// The reason why a part of a statement was entered, before one of its lines ran; `None` if there is nothing to
    /// report.
    pub fn taken(
        &self,
        within: &Within,
        statement: usize,
        arm: usize,
        before: &Position,
    ) -> Result<Option<Reason>, Error> {
        let known = &within.source.control.statements[statement];
        let part = &known.arms[arm];
        let decided = match (known.kind, part.role) {
            (Statement::If | Statement::While, Role::Body | Role::Elif) => Some((part, true)),
            (Statement::If, Role::Else) => known.arms[..arm].last().map(|last| (last, false)),
            _ => None,
        };
        let Some((decided, holds)) = decided else { return Ok(None) };
        let Some(test) = &decided.test else { return Ok(None) };
        let is_it = |p: &Position| {
            p.at == At::Line && p.frame == before.frame && (decided.head.0..=decided.head.1).contains(&p.line)
        };
        let head = self.near(within, decided.head, before.step + 1, Direction::Backward, is_it)?;
        let Some(head) = head else { return Ok(None) };
        let went = self.went(within, &head)?;
        let Some(seen) = Seen::new(self, head, went.position())? else { return Ok(None) };
        let found = held(self, &seen, test, holds);
        let mut reason = Reason::new(ReasonKind::Condition, Some(self.spot(&head)), found.said);
        reason.values = found.values;
        Ok(Some(reason))
    }
}
