//! Resolves the question: the target, and whether it ran.

use std::rc::Rc;

use connie_expression::Expression;
use connie_recording::error::Error;
use connie_source::control::{Role, StatementKind as Statement, Target};

use super::line::Ran;
use super::runs::{Asking, Source, Within};
use super::values::Seen;
use super::{NoAnswer, Reason, ReasonKind, Verdict, WhyNot};
use crate::History;
use crate::beside::Call;
use crate::breakpoint::{Breakpoint, Failures, Location};
use crate::levels;
use crate::mapping;
use crate::moment::Moment;
use crate::places::{self, NoLocation};
use crate::timeline::{Direction, Position};

/// A question.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// `FILE:LINE`, a function by its name or qualified name, or a line of `source`.
    pub text: String,
    /// The condition of a breakpoint there.
    pub condition: Option<String>,
    /// The moment: a step, and a frame on the stack at that step. The question is then about the call of the function
    /// on that stack.
    pub at: Option<(u64, u64)>,
    /// The source of a line given without a file.
    pub source: Option<u32>,
}

impl History<'_> {
    /// Why a line, a part of a statement, or a function did not run.
    ///
    /// # Errors
    /// If no place has this name, or the recording cannot be read.
    pub fn why_not(&self, wanted: &Wanted) -> Result<WhyNot, NoAnswer> {
        let asking = Asking::new(*self);
        let text = wanted.text.trim();
        if let Ok(line) = text.parse::<u32>() {
            let source =
                wanted.source.ok_or_else(|| NoAnswer::Question(format!("name the file as well: FILE:{line}")))?;
            let recorded =
                mapping::mapping(self.recording, source).map_or(Some(line), |mapping| mapping.recorded(line));
            let file = || self.recording.short(source).to_owned();
            let line = recorded.ok_or_else(|| NoLocation::Edited { file: file(), line })?;
            return asking.of_lines(wanted, &[(source, line)]);
        }
        match places::place(self.recording, text) {
            Ok(Location::Lines(lines)) => asking.of_lines(wanted, &lines),
            Ok(Location::Function(codes)) => asking.of_called(wanted, &codes),
            Err(none @ NoLocation::File { .. }) => {
                let file = text.rsplit_once(':').map_or(text, |(file, _)| file);
                asking.not_recorded(file)?.ok_or(NoAnswer::Location(none))
            }
            Err(none @ NoLocation::Function { .. }) => asking.of_name(text, none),
            Err(none) => Err(none.into()),
        }
    }
}

impl History<'_> {
    /// Like [`Self::why_not`], for a line of the text that ran: source and line.
    ///
    /// # Errors
    /// If the source is no Python text, or the recording cannot be read.
    pub fn why_not_line(&self, wanted: &Wanted, line: (u32, u32)) -> Result<WhyNot, NoAnswer> {
        Asking::new(*self).of_lines(wanted, &[line])
    }
}

impl Asking<'_> {
    fn of_lines(&self, wanted: &Wanted, lines: &[(u32, u32)]) -> Result<WhyNot, NoAnswer> {
        let mut answer = None;
        // A file may have had several texts: prefer one in which the line ran.
        for (number, line) in lines {
            if let Some(why) = levels::without_lines(self.history.recording, *number) {
                return Err(NoAnswer::Question(why));
            }
            let Some(source) = self.source(*number)? else { continue };
            let found = self.of_line(wanted, &source, *line)?;
            let is_better = !matches!(found.verdict, Verdict::Never | Verdict::NoCode { .. });
            if answer.is_none() || is_better {
                answer = Some(found);
            }
        }
        let (number, line) = lines.first().copied().unwrap_or_default();
        answer.ok_or_else(|| {
            let place = self.place(number, line);
            NoAnswer::Question(format!("{place}: the text of this file is not recorded, or is not Python"))
        })
    }

    fn of_line(&self, wanted: &Wanted, source: &Rc<Source>, line: u32) -> Result<WhyNot, NoAnswer> {
        let control = &source.control;
        let file = self.history.recording.short(source.number);
        let Some(target) = control.target(line) else {
            let asked = format!("line {line} of {file}");
            let verdict = Verdict::NoCode { nearest: control.nearest(line) };
            return Ok(WhyNot { asked, verdict, reasons: Vec::new(), is_function: false, about: None });
        };
        let (Target::Statement(statement) | Target::Arm(statement, _)) = target;
        let mut within = self.within(source, control.statements[statement].scope);
        let scope = &control.scopes[within.scope];
        let name = if within.scope == 0 { "<module>" } else { &scope.path };
        let part = match target {
            Target::Statement(_) => String::new(),
            Target::Arm(n, arm) => format!("`{}` on ", word(control.statements[n].arms[arm].role)),
        };
        let asked = format!("{part}line {line} of {file}, in {name}");
        let mut answer =
            WhyNot { asked, verdict: Verdict::Never, reasons: Vec::new(), is_function: false, about: None };
        let everywhere = self.ran(&within, target)?;
        if let (Some(condition), Some(_)) = (&wanted.condition, &everywhere) {
            let place = Location::Lines(vec![(source.number, line)]);
            (answer.verdict, answer.reasons) = self.of_condition(place, condition)?;
            return Ok(answer);
        }
        if let Some(at) = wanted.at
            && let Some(call) = self.call_at(&within, at)?
        {
            within.call = Some(call);
        }
        let ran = if within.call.is_some() { self.ran(&within, target)? } else { everywhere };
        if let (Some(ran), Target::Statement(_)) = (&ran, target)
            && self.of_part(&within, statement, line, ran, &mut answer)?
        {
            return Ok(answer);
        }
        match (ran, &within.call) {
            (Some(ran), call) => {
                answer.verdict = self.verdict(&ran, call.is_some());
                self.of_body(&within, target, &mut answer)?;
            }
            (None, call) => {
                if let Some(call) = call {
                    let first = self.history.timeline.position(self.history.recording, call.first)?;
                    let elsewhere = Within { call: None, ..within.clone() };
                    let elsewhere = self.ran(&elsewhere, target)?.map_or(Some(0), |ran| ran.times);
                    answer.verdict = Verdict::NotInCall { call: self.spot(&first), elsewhere };
                }
                answer.reasons = self.reasons(&within, target)?;
            }
        }
        Ok(answer)
    }

    /// Handles a line within a statement of several lines, if the statement ran. Returns whether the answer is
    /// complete.
    fn of_part(
        &self,
        within: &Within,
        statement: usize,
        line: u32,
        ran: &Ran,
        answer: &mut WhyNot,
    ) -> Result<bool, Error> {
        let head = within.source.control.statements[statement].head;
        let is_own = match &within.call {
            Some(_) => self.last(within, (line, line), u64::MAX)?.is_some(),
            None => within.source.ran.contains_key(&line),
        };
        if head.0 == head.1 || is_own {
            return Ok(false);
        }
        answer.reasons = self.within_statement(within, line, &ran.last)?;
        if answer.reasons.is_empty() {
            answer.verdict = self.verdict(ran, within.call.is_some());
            answer.about = Some(format!("it is part of the statement on lines {} to {}", head.0, head.1));
        }
        Ok(true)
    }

    fn verdict(&self, ran: &Ran, in_call: bool) -> Verdict {
        Verdict::Ran { times: ran.times, first: self.spot(&ran.first), last: self.spot(&ran.last), in_call }
    }

    /// Handles a statement that ran, but whose body never did.
    fn of_body(&self, within: &Within, target: Target, answer: &mut WhyNot) -> Result<(), Error> {
        let Target::Statement(statement) = target else { return Ok(()) };
        let known = &within.source.control.statements[statement];
        if let Some(scope) = known.opens.filter(|_| known.kind == Statement::Function) {
            let inner = self.within(&within.source, scope);
            if self.call_of(&inner)?.is_none() {
                answer.about = Some(format!("`{}` was never called", within.source.control.scopes[scope].path));
                answer.reasons = self.never_called(&inner)?;
            }
            return Ok(());
        }
        let Some(arm) = known.arms.first().filter(|arm| !arm.is_on_one_line() && arm.role == Role::Body) else {
            return Ok(());
        };
        if self.last(within, arm.lines, u64::MAX)?.is_none() {
            answer.about = Some(format!("its body, from line {}, did not run", arm.lines.0));
            answer.reasons = self.around(within, statement, 0)?;
        }
        Ok(())
    }

    /// The call of a scope on the stack of a moment: the selected frame, otherwise the innermost one.
    fn call_at(&self, within: &Within, (step, frame): (u64, u64)) -> Result<Option<Call>, Error> {
        let moment = Moment::at(self.history.recording, step)?;
        let is_it = |code: u32| within.codes.contains(&code);
        let chosen = History::frame_at(&moment, frame).filter(|frame| is_it(frame.code));
        let found = chosen.or_else(|| moment.player.stack().iter().rev().find(|frame| is_it(frame.code)).copied());
        let ground = self.ground(within.source.number);
        let Some(found) = found else { return Ok(None) };
        let Some(first) = ground.beginning(found.frame) else { return Ok(None) };
        let last = self.end_of(within, &first)?;
        let (thread, depth) = (first.thread, first.depth);
        Ok(Some(Call { frame: found.frame, code: found.code, thread, depth, first: first.step, last, stands: false }))
    }

    /// The step at which a call had ended.
    fn end_of(&self, within: &Within, first: &Position) -> Result<u64, Error> {
        let recording = self.history.recording;
        if within.source.control.scopes[within.scope].suspends {
            return Ok(recording.last_step());
        }
        let ground = self.ground(within.source.number);
        let ends = |p: &Position| {
            p.thread == first.thread && (p.depth < first.depth || p.depth == first.depth && p.frame != first.frame)
        };
        let chunks = |chunk: &connie_recording::reader::ChunkInfo| {
            ground.may_leave(chunk, first.thread, first.depth.saturating_sub(1))
        };
        let end = self.history.timeline.find(recording, first.step, Direction::Forward, chunks, ends)?;
        Ok(end.map_or_else(|| recording.last_step(), |end| end.step))
    }

    /// Handles a function that was called.
    fn of_called(&self, wanted: &Wanted, codes: &[u32]) -> Result<WhyNot, NoAnswer> {
        let recording = self.history.recording;
        let asked = wanted.text.trim().trim_end_matches("()").to_owned();
        let mut answer = WhyNot { asked, verdict: Verdict::Never, reasons: Vec::new(), is_function: true, about: None };
        let place = Location::Function(codes.to_vec());
        if let Some(condition) = &wanted.condition {
            (answer.verdict, answer.reasons) = self.of_condition(place, condition)?;
            return Ok(answer);
        }
        let mut times = recording.info.is_counted().then_some(0);
        for code in codes {
            times = times.map(|times| times + recording.times(*code).map_or(0, |(calls, _, _)| calls));
        }
        let (mut first, mut last) = (None::<Position>, None::<Position>);
        for code in codes {
            let Some(function) = recording.function(*code) else { continue };
            let Some(source) = self.source(function.source)? else { continue };
            let own = function.name.rsplit('.').next().unwrap_or_default();
            let scopes = &source.control.scopes;
            let scope = scopes.iter().position(|scope| scope.line == function.line && scope.name == own);
            let within = Within { codes: vec![*code], ..self.within(&source, scope.unwrap_or(0)) };
            let (begins, ends) = (
                self.call_near(&within, 0, Direction::Forward)?,
                self.call_near(&within, u64::MAX, Direction::Backward)?,
            );
            first = [first, begins].into_iter().flatten().min_by_key(|p| p.step);
            last = [last, ends].into_iter().flatten().max_by_key(|p| p.step);
        }
        let (Some(first), Some(last)) = (first, last) else { return Ok(answer) };
        let times = times.filter(|times| *times > 0);
        answer.verdict = Verdict::Ran { times, first: self.spot(&first), last: self.spot(&last), in_call: false };
        Ok(answer)
    }

    /// Handles a function without recorded code: one of the sources may define it.
    fn of_name(&self, name: &str, none: NoLocation) -> Result<WhyNot, NoAnswer> {
        let name = name.strip_suffix("()").unwrap_or(name);
        let last = name.rsplit('.').next().unwrap_or(name);
        for number in 0..self.history.recording.sources.len() as u32 {
            let text = self.history.recording.sources[number as usize].text.as_deref().unwrap_or_default();
            if last.is_empty() || !text.contains(last) {
                continue;
            }
            let Some(source) = self.source(number)? else { continue };
            let Some(scope) = source.control.named(name).next() else { continue };
            let known = &source.control.scopes[scope];
            let file = self.history.recording.short(number);
            let asked = format!("{} on line {} of {file}", known.path, known.def_line);
            let within = self.within(&source, scope);
            let mut answer =
                WhyNot { asked, verdict: Verdict::Never, reasons: Vec::new(), is_function: true, about: None };
            // Its code has another name, or it is a class whose body ran.
            if let Some(last) = self.call_of(&within)? {
                let first = self.call_near(&within, 0, Direction::Forward)?.unwrap_or(last);
                answer.verdict = self.verdict(&Ran { times: None, first, last }, false);
                return Ok(answer);
            }
            answer.reasons = self.never_called(&within)?;
            return Ok(answer);
        }
        Err(none.into())
    }

    /// Evaluates a condition at all hits of a place: how often it held, and the values of its parts where it did not.
    fn of_condition(&self, place: Location, condition: &str) -> Result<(Verdict, Vec<Reason>), NoAnswer> {
        let parsed = Expression::parse(condition).map_err(|problem| NoAnswer::Question(problem.to_string()))?;
        let all = Breakpoint::new(place.clone(), None, None);
        let only = Breakpoint::new(place, Some(parsed), None);
        let (mut hits, mut held, mut more) = (0, 0, false);
        let (mut latest, mut first_held) = (None, None);
        let start = std::time::Instant::now();
        for index in 0..self.history.recording.chunks.len() {
            more = start.elapsed() > PATIENCE;
            if more {
                break;
            }
            let (every, those) = (all.in_chunk(&self.history, index)?, only.in_chunk(&self.history, index)?);
            hits += every.len() as u64;
            held += those.len() as u64;
            first_held = first_held.or(those.first().copied());
            latest = every.iter().rev().find(|step| !those.contains(step)).copied().or(latest);
        }
        let failures = only.failures(&self.history, std::time::Duration::ZERO);
        let mut reasons = Vec::new();
        if let Some(step) = first_held {
            let at = self.history.timeline.position(self.history.recording, step)?;
            let said = format!("`{condition}` held for the first time");
            reasons.push(Reason::new(ReasonKind::Condition, Some(self.spot(&at)), said));
        }
        if failures.hits > 0 {
            let said = format!("`{condition}` {}", Failures { more: false, ..failures.clone() });
            reasons.push(Reason::new(ReasonKind::NotEvaluated, None, said));
        }
        if let (Some(step), true) = (latest, hits > held + failures.hits) {
            let at = self.history.timeline.position(self.history.recording, step)?;
            if let Some(seen) = Seen::new(self, at, None)?.filter(|seen| seen.holds(condition) == Some(false)) {
                let found = super::hold::held(self, &seen, condition, false);
                let mut reason = Reason::new(ReasonKind::Condition, Some(self.spot(&at)), found.said);
                reason.values = found.values;
                reason.times = Some(hits - held - failures.hits).filter(|times| *times > 1);
                reasons.push(reason);
            }
        }
        Ok((Verdict::Condition { hits, held, failed: failures.hits, more }, reasons))
    }
}

/// The time limit for evaluating a condition at hits.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

fn word(role: Role) -> &'static str {
    match role {
        Role::Body => "body",
        Role::Elif => "elif",
        Role::Else => "else",
        Role::Handler => "except",
        Role::Finally => "finally",
        Role::Case => "case",
    }
}
