//! Every hit of a place at once: what expressions give at each.

use connie_expression::field::{Field, Piece};
use connie_expression::{Expression, Got, Problem, holds, text, with_doubt};
use connie_recording::Recording;
use connie_recording::error::Error;
use connie_recording::player::{Player, Step};
use connie_recording::render::Bounds;
use connie_wire::Value;

use crate::History;
use crate::breakpoint::{Breakpoint, Failures, Location};
use crate::moment::FrameScope;

/// How values are written.
const SHOWN: Bounds = Bounds { string: 1000, items: 50, depth: 3 };

/// What a field is at a hit.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// None, a bool, a number or a string, in full and beyond doubt.
    Scalar(Value),
    /// Any other value, as Python writes it; `?` where it is not sure.
    Text(String),
    /// It has no value that is known.
    Unknown(String),
}

/// A field of a trace.
pub struct Column {
    /// As it is written.
    pub name: String,
    /// The expression, or why it is none.
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
    /// What each field gave, and its text with conversion and format.
    pub cells: Vec<(Cell, String)>,
}

/// What a trace came to.
#[derive(Debug, Default)]
pub struct Traced {
    /// How many hits there were, also those that were not wanted any more.
    pub hits: u64,
    /// Whether it was ended before the last one.
    pub ended: bool,
    /// Hits at which the condition could not be evaluated.
    pub condition: Failures,
    /// For each field, hits at which it could not be evaluated.
    pub fields: Vec<Failures>,
}

/// The variables of a function, as a message: what is shown where nothing is asked for.
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
/// If one of them is no expression; the message names it.
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

/// What a field gives in a scope.
fn cell(field: &Field, scope: &FrameScope<'_>) -> Result<(Cell, String), Problem> {
    use connie_expression::Scope;
    let (got, doubtful) = field.value(scope)?;
    let written = field.text(scope, SHOWN)?;
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

/// Goes through all hits of a place at which a condition holds, in the order of time. `each` is given every hit, and
/// says whether more are wanted.
///
/// # Errors
/// If the recording is damaged, or the answer is not wanted any more.
pub fn trace(
    history: &History<'_>,
    place: Location,
    condition: Option<&Expression>,
    columns: &[Column],
    each: impl FnMut(Hit) -> bool,
) -> Result<Traced, Error> {
    trace_after(history, 0, place, condition, columns, each)
}

/// As [`trace`], of the hits after a step.
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
    // It finds the steps; the condition is asked here, where the player stands anyway.
    let places = Breakpoint::new(place, None, None);
    for (index, chunk) in history.recording.chunks.iter().enumerate() {
        if chunk.first_step + chunk.steps <= after {
            continue;
        }
        // One walk over each chunk that has a hit. What is damaged is an error: its hits would be missing.
        let mut at: Option<(Player<'_>, Step)> = None;
        for &wanted in places.in_chunk(history, index)?.iter().filter(|step| **step > after) {
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
            if let Some(hit) = hit(history, &player, &step, condition, columns, &mut traced) {
                traced.hits += 1;
                if !each(hit) {
                    traced.ended = true;
                    return Ok(traced);
                }
            }
            at = Some((player, step));
        }
    }
    if history.timeline.is_interrupted() { Err(Error::Interrupted) } else { Ok(traced) }
}

/// A hit, unless the condition does not hold.
fn hit(
    history: &History<'_>,
    player: &Player<'_>,
    step: &Step,
    condition: Option<&Expression>,
    columns: &[Column],
    traced: &mut Traced,
) -> Option<Hit> {
    let scope = scope_of(history, player, step)?;
    let frame = step.frame?;
    match condition.map(|condition| holds(condition, &scope)) {
        Some(Ok(false)) => return None,
        Some(Err(problem)) => {
            traced.condition.add(&problem.to_string());
            return None;
        }
        Some(Ok(true)) | None => {}
    }
    let mut cells = Vec::with_capacity(columns.len());
    for (column, failures) in columns.iter().zip(&mut traced.fields) {
        let found = column.field.as_ref().map_err(Clone::clone).and_then(|field| cell(field, &scope));
        cells.push(found.unwrap_or_else(|problem| {
            let why = problem.to_string();
            failures.add(&why);
            (Cell::Unknown(why), "<?>".to_owned())
        }));
    }
    Some(Hit { step: step.number, thread: step.thread, frame: frame.frame, code: frame.code, line: frame.line, cells })
}

/// Steps in a row of one frame, at whose lines an expression holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
    /// At how many lines it held.
    pub lines: u64,
    /// The thread.
    pub thread: u32,
    /// The frame.
    pub frame: u64,
    /// Its code.
    pub code: u32,
    /// The line of the first.
    pub line: u32,
}

/// What a search for spans came to.
#[derive(Debug, Default)]
pub struct Searched {
    /// At how many lines the expression had a value.
    pub evaluated: u64,
    /// Lines at which it could not be evaluated.
    pub failures: Failures,
}

/// The spans of steps at whose lines an expression holds, in functions of some codes; of all code for `None`.
/// `each` is given every span, in the order of their ends, and says whether more are wanted.
///
/// # Errors
/// If the recording is damaged, or the answer is not wanted any more.
pub fn spans(
    history: &History<'_>,
    condition: &Expression,
    codes: Option<&[u32]>,
    mut each: impl FnMut(Span) -> bool,
) -> Result<Searched, Error> {
    use connie_recording::player::Event;
    let mut searched = Searched::default();
    let mut open: std::collections::BTreeMap<u64, Span> = std::collections::BTreeMap::new();
    let mut player = Player::new(history.recording);
    while let Some(step) = player.next_step() {
        if history.timeline.is_interrupted() {
            return Err(Error::Interrupted);
        }
        let Some(frame) = step.frame.filter(|frame| codes.is_none_or(|codes| codes.contains(&frame.code))) else {
            continue;
        };
        let holds = match step.event {
            Event::Line => match scope_of(history, &player, &step).map(|scope| holds(condition, &scope)) {
                Some(Ok(holds)) => {
                    searched.evaluated += 1;
                    holds
                }
                Some(Err(problem)) => {
                    searched.failures.add(&problem.to_string());
                    false
                }
                None => false,
            },
            Event::Return(_) => false,
            _ => continue,
        };
        match (holds, open.get_mut(&frame.frame)) {
            (true, Some(span)) => (span.last, span.lines) = (step.number, span.lines + 1),
            (true, None) => {
                let (first, last, lines, thread) = (step.number, step.number, 1, step.thread);
                open.insert(
                    frame.frame,
                    Span { first, last, lines, thread, frame: frame.frame, code: frame.code, line: frame.line },
                );
            }
            (false, _) => {
                if let Some(span) = open.remove(&frame.frame)
                    && !each(span)
                {
                    return Ok(searched);
                }
            }
        }
    }
    if let Some(error) = player.damaged.pop() {
        return Err(error);
    }
    let mut left: Vec<Span> = open.into_values().collect();
    left.sort_unstable_by_key(|span| span.last);
    let _ = left.into_iter().all(each);
    Ok(searched)
}
