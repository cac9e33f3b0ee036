//! Resolves the moment of a question as people write it: a step, a line, or nothing.

use connie_recording::error::Error;

use crate::History;
use crate::answers::{Answer, Asked, Question};
use crate::breakpoint::{Breakpoint, Location};
use crate::levels;
use crate::places;
use crate::timeline::{Direction, Position};

/// The moment of a question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// The exception that ended the run, otherwise the end of the run.
    #[default]
    End,
    /// At this step.
    Step(u64),
    /// When a line is about to run: `FILE:LINE` for the last time, or `FILE:LINE:HIT`.
    Line(String),
}

/// The reason why there is no such moment, or no answer at it.
#[derive(Debug, thiserror::Error)]
pub enum NoMoment {
    /// The given text has hit 0, but hits count from 1.
    #[error("hits count from 1, not 0: {0}")]
    ZerothHit(String),
    /// The given text names no line.
    #[error("a line must be given as FILE:LINE or FILE:LINE:HIT, not {0}")]
    NoLine(String),
    /// The line or the hit does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The expression names nothing with an answer.
    #[error("{0}")]
    Expression(String),
    /// The recording cannot be read, or has no such step.
    #[error(transparent)]
    Recording(Error),
}

impl From<Error> for NoMoment {
    fn from(error: Error) -> Self {
        match error {
            Error::Expression(why) => Self::Expression(why),
            error => Self::Recording(error),
        }
    }
}

/// Resolves a moment to a position.
///
/// # Errors
/// If there is none, or the recording cannot be read.
pub fn position(history: &History<'_>, when: &When) -> Result<Position, NoMoment> {
    let recording = history.recording;
    let step = match when {
        When::Line(at) => return hit(history, at),
        When::Step(step) => Some(*step),
        When::End => recording.info.exception,
    };
    match step {
        Some(step) => Ok(history.timeline.position(recording, step)?),
        None => end(history),
    }
}

/// The end of the code that was recorded first. Each statement of a cell of a notebook is a module of its own: the end of
/// the last one.
fn end(history: &History<'_>) -> Result<Position, NoMoment> {
    let recording = history.recording;
    // The last event may not belong to the program: generators may be closed when the interpreter ends.
    let first = history.timeline.find(recording, 0, Direction::Forward, |_| true, |p| p.frame != 0)?;
    let is_module = |code: u32| recording.function(code).is_some_and(|function| function.name == "<module>");
    let of_first = |first: Position| {
        if first.depth == 1 && is_module(first.code) {
            let is_outermost = |p: &Position| p.depth == 1 && p.thread == first.thread && is_module(p.code);
            return history.timeline.find(recording, u64::MAX, Direction::Backward, |_| true, is_outermost);
        }
        history.timeline.find_frame(recording, first.frame, (u64::MAX, Direction::Backward), |_| true, |_| true)
    };
    let end = first.map(of_first).transpose()?.flatten();
    if end.is_none() {
        // Damage in the recording is reported as an error.
        (0..recording.chunks.len()).try_for_each(|index| recording.chunk(index).map(drop))?;
    }
    end.ok_or_else(|| NoMoment::NotFound("nothing was recorded in this run".to_owned()))
}

/// `FILE:LINE` or `FILE:LINE:HIT`.
fn hit(history: &History<'_>, at: &str) -> Result<Position, NoMoment> {
    let counted = at.rsplit_once(':').and_then(|(place, hit)| Some((place, hit.parse::<u64>().ok()?)));
    // In `app.py:12` the number is a line.
    let (place, wanted) = match counted {
        Some((place, hit)) if place.rsplit_once(':').is_some_and(|(_, line)| line.parse::<u32>().is_ok()) => {
            (place, Some(hit))
        }
        _ => (at, None),
    };
    if wanted == Some(0) {
        return Err(NoMoment::ZerothHit(at.to_owned()));
    }
    let found = places::place(history.recording, place).map_err(|none| NoMoment::NotFound(none.to_string()))?;
    if matches!(found, Location::Function(_)) {
        return Err(NoMoment::NoLine(at.to_owned()));
    }
    let hits = Breakpoint::new(found, None, None);
    let step = match wanted {
        None => hits.near(history, u64::MAX, Direction::Backward),
        Some(wanted) => {
            let mut step = 0;
            (0..wanted)
                .try_for_each(|_| hits.near(history, step, Direction::Forward).map(|next| step = next))
                .map(|()| step)
        }
    };
    let step = step.filter(|step| *step > 0).ok_or_else(|| {
        let which = wanted.map_or_else(String::new, |hit| format!(" {hit} times"));
        let unknown = levels::without_lines_at(history.recording, &hits.place);
        NoMoment::NotFound(unknown.unwrap_or_else(|| format!("{place} did not run{which} in this recording")))
    })?;
    Ok(history.timeline.position(history.recording, step)?)
}

/// Answers a question about an expression at a moment, and returns the moment too. See [`ask_with`].
///
/// # Errors
/// As for [`ask_with`].
pub fn ask(
    history: &History<'_>,
    expression: &str,
    when: &When,
    question: impl Fn(Asked) -> Question,
) -> Result<(Position, Answer), NoMoment> {
    ask_with(history, expression, when, |asked| history.ask(&question(asked)))
}

/// Finds an answer about an expression at a moment, and returns the moment too. If no moment is given and there is no
/// answer at the end, it uses the last call of a function that has such a variable.
///
/// # Errors
/// If the expression names nothing, there is no such moment, or the recording cannot be read.
pub fn ask_with<T>(
    history: &History<'_>,
    expression: &str,
    when: &When,
    answer: impl Fn(Asked) -> Result<T, Error>,
) -> Result<(Position, T), NoMoment> {
    let here = position(history, when)?;
    let asked = |here: &Position| Asked { text: expression.to_owned(), step: here.step, frame: here.frame };
    let found = answer(asked(&here));
    if matches!(found, Err(Error::Expression(_)))
        && *when == When::End
        && let Some(there) = last_with(history, expression)
        && let Ok(found) = answer(asked(&there))
    {
        return Ok((there, found));
    }
    Ok((here, found?))
}

/// The last step of a call of a function that has a variable.
fn last_with(history: &History<'_>, expression: &str) -> Option<Position> {
    let end = expression.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(expression.len());
    let name = &expression[..end];
    let has = |code: u32| {
        history.recording.function(code).is_some_and(|function| function.slots.iter().any(|slot| slot == name))
    };
    let found = history.timeline.find(
        history.recording,
        u64::MAX,
        Direction::Backward,
        |_| true,
        |p| p.frame != 0 && has(p.code),
    );
    found.ok().flatten()
}
