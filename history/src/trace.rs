//! Evaluates expressions at every hit of a place.

mod spans;

use std::ops::Range;

use connie_expression::field::{Field, Piece};
use connie_expression::{Expression, Got, Problem, holds, text, with_doubt};
use connie_recording::Recording;
use connie_recording::error::Error;
use connie_recording::player::{Player, Step};
use connie_recording::render::Bounds;
use connie_wire::Value;

use crate::History;
use crate::breakpoint::{Breakpoint, Failures, Location, quickly};
use crate::by_chunk;
use crate::moment::FrameScope;
pub use spans::{Searched, Span, spans};

/// How much of a value is shown.
const SHOWN: Bounds = Bounds { string: 1000, items: 50, depth: 3 };

/// The result of a field at a hit.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// None, a bool, a number or a string, complete and certain.
    Scalar(Value),
    /// Any other value, as Python writes it; `?` if it is uncertain.
    Text(String),
    /// The value is unknown, with the reason.
    Unknown(String),
}

/// A field of a trace.
pub struct Column {
    /// The field as written.
    pub name: String,
    /// The expression, or the reason why it is invalid.
    pub field: Result<Box<Field>, Problem>,
}

/// One hit.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The step.
    pub step: u64,
    /// The thread.
    pub thread: u32,
    /// The frame.
    pub frame: u64,
    /// Its code.
    pub code: u32,
    /// Its line.
    pub line: u32,
    /// The result of each field, and its text with conversion and format.
    pub cells: Vec<(Cell, String)>,
}

/// The result of a trace.
#[derive(Debug, Default)]
pub struct Traced {
    /// The number of hits, including those that the caller did not want any more.
    pub hits: u64,
    /// Whether the trace was stopped before the last hit.
    pub ended: bool,
    /// Hits at which the condition could not be evaluated.
    pub condition: Failures,
    /// For each field, the hits at which it could not be evaluated.
    pub fields: Vec<Failures>,
}

/// The variables of a function as a message, the default if no fields are given.
#[must_use]
pub fn variables(recording: &Recording, place: &Location) -> String {
    let code = match place {
        Location::Function(codes) => codes.first().copied(),
        Location::Lines(lines) => {
            let of = |(source, line): &(u32, u32)| {
                let here = (0u32..).zip(&recording.functions).filter(|(_, f)| f.source == *source && f.line <= *line);
                here.max_by_key(|(_, f)| f.line).map(|(code, _)| code)
            };
            lines.first().and_then(of)
        }
    };
    let Some(function) = code.and_then(|code| recording.function(code)) else { return String::new() };
    let count = if matches!(place, Location::Function(_)) { function.arguments as usize } else { function.slots.len() };
    let names = function.slots.iter().take(count).filter(|name| name.chars().all(|c| c == '_' || c.is_alphanumeric()));
    names.map(|name| format!("{{{name}=}}")).collect::<Vec<_>>().join(" ")
}

/// The fields of a message.
///
/// # Errors
/// If a field is not an expression; the error text names it.
pub fn columns(pieces: &[Piece]) -> Result<Vec<Column>, String> {
    let mut columns = Vec::new();
    for piece in pieces {
        let Piece::Field(name, field) = piece else { continue };
        if let Err(problem) = field {
            return Err(format!("{{{name}}}: {problem}"));
        }
        columns.push(Column { name: name.trim().trim_end_matches('=').to_owned(), field: field.clone() });
    }
    Ok(columns)
}

/// The names that a frame has at a step.
fn scope_of<'a>(history: &'a History<'a>, player: &'a Player<'a>, step: &Step) -> Option<FrameScope<'a>> {
    let frame = step.frame?;
    let source = history.recording.function(frame.code)?.source;
    let globals = history.modules.namespace(history.recording, history.timeline, source, frame.frame);
    Some(FrameScope::new(history.recording, player, frame, globals))
}

/// Evaluates a field in a scope.
fn cell(field: &Field, scope: &FrameScope<'_>) -> Result<(Cell, String), Problem> {
    use connie_expression::Scope;
    let (got, doubtful, written) = field.value_and_text(scope, SHOWN)?;
    let cell =
        match got {
            Got::Value(
                value @ (Value::None | Value::Bool(_) | Value::Int(_) | Value::BigInt(..) | Value::Float(_)),
            ) if !doubtful => Cell::Scalar(value),
            Got::Value(Value::Str(ref string)) if !doubtful && string.cut.is_none() => {
                Cell::Scalar(Value::Str(string.clone()))
            }
            got => Cell::Text(with_doubt(text(scope.world(), &got, SHOWN), doubtful)),
        };
    Ok((cell, written))
}

/// Visits all hits of a place at which a condition holds, in order of time. `each` gets every hit, and returns whether
/// to continue.
///
/// # Errors
/// If the recording is damaged, or the question is cancelled.
pub fn trace(
    history: &History<'_>,
    place: Location,
    condition: Option<&Expression>,
    columns: &[Column],
    each: impl FnMut(Hit) -> bool,
) -> Result<Traced, Error> {
    trace_after(history, 0, place, condition, columns, each)
}

/// Like [`trace`], for the hits after a step.
///
/// # Errors
/// As for [`trace`].
pub fn trace_after(
    history: &History<'_>,
    after: u64,
    place: Location,
    condition: Option<&Expression>,
    columns: &[Column],
    mut each: impl FnMut(Hit) -> bool,
) -> Result<Traced, Error> {
    let mut traced = Traced { fields: vec![Failures::default(); columns.len()], ..Traced::default() };
    let recording = history.recording;
    let places = Breakpoint::new(place.clone(), None, None);
    let may = |index: &usize| {
        let chunk = &recording.chunks[*index];
        chunk.first_step + chunk.steps > after && places.may_be_in(history, *index)
    };
    let chunks: Vec<Range<usize>> = (0..recording.chunks.len()).filter(may).map(|index| index..index + 1).collect();
    let work = |history: &History<'_>, range: Range<usize>| {
        let mut found = Vec::new();
        let done = in_chunk(history, range.start, after, &place, condition, |player, step| {
            found.extend(hit(history, player, step, condition, columns));
        });
        (found, done)
    };
    let mut error = None;
    by_chunk::each(history, &chunks, work, |(found, done)| {
        for found in found {
            match found {
                Ok(hit) => {
                    traced.add(&hit);
                    traced.ended = !each(hit);
                }
                Err(problem) => traced.condition.add(&problem),
            }
            if traced.ended {
                return false;
            }
        }
        error = done.err();
        error.is_none()
    });
    match error {
        Some(error) => Err(error),
        None if history.timeline.is_interrupted() && !traced.ended => Err(Error::Interrupted),
        None => Ok(traced),
    }
}

impl Traced {
    /// Counts a hit, and the fields that could not be evaluated at it.
    fn add(&mut self, hit: &Hit) {
        self.hits += 1;
        for ((cell, _), failures) in hit.cells.iter().zip(&mut self.fields) {
            if let Cell::Unknown(why) = cell {
                failures.add(why);
            }
        }
    }
}

/// Visits the hits of a place in a chunk after a step. Hits at which a condition cannot hold may be left out.
fn in_chunk(
    history: &History<'_>,
    index: usize,
    after: u64,
    place: &Location,
    condition: Option<&Expression>,
    mut each: impl FnMut(&Player<'_>, &Step),
) -> Result<(), Error> {
    // The breakpoint only finds the steps; a condition that has no small form is evaluated at each hit, where the player
    // is anyway.
    let places = Breakpoint::new(place.clone(), None, None);
    // The chunk is walked once. Damage is an error here: otherwise hits would be missing.
    let mut at: Option<(Player<'_>, Step)> = None;
    let hits: Vec<u64> = places.in_chunk(history, index)?.iter().copied().filter(|step| *step > after).collect();
    let held = condition.and_then(|condition| quickly::holding(history.recording, index, condition, &hits));
    for wanted in held.unwrap_or(hits) {
        if history.timeline.is_interrupted() {
            return Err(Error::Interrupted);
        }
        let (mut player, mut step) = match at.take() {
            Some(known) => known,
            None => Player::at(history.recording, wanted)?,
        };
        while step.number < wanted {
            let Some(next) = player.next_step() else {
                return Err(player.damaged.pop().unwrap_or(Error::NoStep { step: wanted, last: step.number }));
            };
            step = next;
        }
        each(&player, &step);
        at = Some((player, step));
    }
    Ok(())
}

/// Evaluates a hit; `None` if the condition does not hold, and the reason if it could not be evaluated.
fn hit(
    history: &History<'_>,
    player: &Player<'_>,
    step: &Step,
    condition: Option<&Expression>,
    columns: &[Column],
) -> Option<Result<Hit, String>> {
    let scope = scope_of(history, player, step)?;
    let frame = step.frame?;
    match condition.map(|condition| holds(condition, &scope)) {
        Some(Ok(false)) => return None,
        Some(Err(problem)) => return Some(Err(problem.to_string())),
        Some(Ok(true)) | None => {}
    }
    let mut cells = Vec::with_capacity(columns.len());
    for column in columns {
        let found = column.field.as_ref().map_err(Clone::clone).and_then(|field| cell(field, &scope));
        cells.push(found.unwrap_or_else(|problem| (Cell::Unknown(problem.to_string()), "<?>".to_owned())));
    }
    let (number, thread) = (step.number, step.thread);
    Some(Ok(Hit { step: number, thread, frame: frame.frame, code: frame.code, line: frame.line, cells }))
}
