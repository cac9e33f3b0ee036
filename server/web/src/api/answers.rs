//! Answers about values, lines and failures: why, origin, why not, explain, trace.
//!
//! [`connie_history`] answers them, as it does for consoles, editors and the command line. Each answer says where things
//! happened as [`Spot`]s, so that a page can travel there.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use connie_expression::Expression;
use connie_expression::field::{self, Piece};
use connie_history::History;
use connie_history::answers::{self, Question, Spot, Version};
use connie_history::breakpoint::{Failures, Location};
use connie_history::explain::{Explanation, passing};
use connie_history::origin::Trail;
use connie_history::trace::{self, Hit};
use connie_history::whynot::{self, Verdict, Wanted, WhyNot};
use serde::{Deserialize, Serialize};

use super::{Answer, ask_long, known_source};
use crate::Shared;
use crate::failure::Failure;

/// The maximum number of hits in an answer.
const MAX_HITS: usize = 1000;
/// The maximum number of characters of the text of a hit.
const LENGTH: usize = 2000;

/// An expression, in a frame at a step.
#[derive(Deserialize)]
pub struct Value {
    expression: String,
    step: u64,
    frame: u64,
}

/// `GET /api/run/{id}/why`
#[derive(Serialize)]
pub struct Why {
    writes: Vec<Version>,
}

/// `GET /api/run/{id}/why?expression=…&step=…&frame=…`: the writes that made a value.
pub async fn why(State(shared): State<Arc<Shared>>, Path(id): Path<String>, Query(value): Query<Value>) -> Answer<Why> {
    ask_long(&shared, &id, move |loaded| match loaded.history().ask(&Question::Why(asked(value))).map_err(refused)? {
        answers::Answer::Why { writes } => Ok(Why { writes }),
        _ => Err(Failure::Panicked),
    })
    .await
}

/// `GET /api/run/{id}/origin?expression=…&step=…&frame=…`: the trail of a value.
pub async fn origin(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(value): Query<Value>,
) -> Answer<Trail> {
    ask_long(&shared, &id, move |loaded| {
        match loaded.history().ask(&Question::Origin(asked(value))).map_err(refused)? {
            answers::Answer::Origin(trail) => Ok(trail),
            _ => Err(Failure::Panicked),
        }
    })
    .await
}

fn asked(value: Value) -> answers::Asked {
    answers::Asked { text: value.expression, step: value.step, frame: value.frame }
}

/// Errors in a question are not errors of the recording.
fn refused(error: connie_recording::Error) -> Failure {
    match error {
        connie_recording::Error::Expression(why) => Failure::Question(why),
        error => error.into(),
    }
}

/// A line of a source, and the call in question; without `step` and `frame`, all calls.
#[derive(Deserialize)]
pub struct Line {
    source: u32,
    line: u32,
    step: Option<u64>,
    frame: Option<u64>,
}

/// `GET /api/run/{id}/whynot`
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reasons {
    headline: String,
    /// Whether it never ran, at least in the call in question.
    did_not_run: bool,
    reasons: Vec<Reason>,
}

/// One reason, and those that led to it.
#[derive(Serialize)]
struct Reason {
    /// Where it was; `None` if it has no step.
    at: Option<Spot>,
    /// File and line, if it has no step.
    place: Option<String>,
    /// The text after the place, including punctuation.
    said: String,
    /// How often that line ran, if more than once.
    times: Option<u64>,
    values: Vec<whynot::Known>,
    because: Vec<Reason>,
}

impl Reason {
    fn of(reason: &whynot::Reason) -> Self {
        let has_place = reason.at.is_some() || reason.place.is_some();
        let before = match (has_place, reason.is_verb()) {
            (false, _) => "",
            (true, true) => " ",
            (true, false) => ": ",
        };
        Self {
            at: reason.at.clone(),
            place: reason.place.clone(),
            said: format!("{before}{}", reason.said),
            times: reason.times,
            values: reason.values.clone(),
            because: reason.because.iter().map(Self::of).collect(),
        }
    }
}

impl From<&WhyNot> for Reasons {
    fn from(answer: &WhyNot) -> Self {
        Self {
            headline: answer.headline(),
            did_not_run: matches!(answer.verdict, Verdict::Never | Verdict::NotInCall { .. }),
            reasons: answer.reasons.iter().map(Reason::of).collect(),
        }
    }
}

/// `GET /api/run/{id}/whynot?source=…&line=…`: why a line did not run, `step=…&frame=…` in a call.
pub async fn why_not(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(wanted): Query<Line>,
) -> Answer<Reasons> {
    ask_long(&shared, &id, move |loaded| {
        let source = known_source(loaded, wanted.source)?;
        let question = Wanted { at: wanted.step.zip(wanted.frame), ..Wanted::default() };
        let answer = loaded.history().why_not_line(&question, (source, wanted.line)).map_err(|none| match none {
            whynot::NoAnswer::Recording(error) => refused(error),
            none => Failure::Question(none.to_string()),
        })?;
        Ok(Reasons::from(&answer))
    })
    .await
}

/// The moment to explain.
#[derive(Deserialize)]
pub struct Moment {
    step: Option<u64>,
}

/// `GET /api/run/{id}/explain`: why the run failed, or with `step=…` what happened there.
pub async fn explain(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(Moment { step }): Query<Moment>,
) -> Answer<Explanation> {
    ask_long(&shared, &id, move |loaded| {
        let passing = passing::beside(&loaded.recording);
        loaded.history().explain(step, passing.as_ref()).map_err(refused)
    })
    .await
}

/// A line, and what to show at its hits.
#[derive(Deserialize)]
pub struct Traced {
    source: u32,
    line: u32,
    /// Text with fields in braces; without it, the variables of the function.
    text: Option<String>,
    /// Only hits at which this expression holds.
    #[serde(rename = "where")]
    condition: Option<String>,
    /// Only hits after this step.
    after: Option<u64>,
    most: Option<usize>,
}

/// `GET /api/run/{id}/trace`
#[derive(Serialize)]
pub struct Hits {
    /// The text with its fields, also where it was not given.
    text: String,
    hits: Vec<Shown>,
    /// The step after which to ask for more hits.
    next: Option<u64>,
    /// Why the condition or a field could not be evaluated at some hits.
    failures: Vec<String>,
}

/// A hit.
#[derive(Serialize)]
struct Shown {
    step: u64,
    function: String,
    text: String,
}

/// `GET /api/run/{id}/trace?source=…&line=…`: the hits of a line, with values.
pub async fn trace(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(wanted): Query<Traced>,
) -> Answer<Hits> {
    ask_long(&shared, &id, move |loaded| {
        known_source(loaded, wanted.source)?;
        hits(&loaded.history(), &wanted)
    })
    .await
}

fn hits(history: &History<'_>, wanted: &Traced) -> Result<Hits, Failure> {
    let place = Location::Lines(vec![(wanted.source, wanted.line)]);
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    let condition = given(&wanted.condition).as_deref().map(Expression::parse).transpose();
    let condition = condition.map_err(|problem| Failure::Question(format!("where: {problem}")))?;
    let text = given(&wanted.text).unwrap_or_else(|| trace::variables(history.recording, &place));
    let pieces = field::pieces(&text);
    let columns = trace::columns(&pieces).map_err(Failure::Question)?;
    let most = wanted.most.unwrap_or(MAX_HITS).clamp(1, MAX_HITS);
    let (mut hits, mut next) = (Vec::new(), None);
    let after = wanted.after.unwrap_or(0);
    let traced = trace::trace_after(history, after, place, condition.as_ref(), &columns, |hit| {
        if hits.len() < most {
            hits.push(shown(history, &pieces, &hit));
            return true;
        }
        next = hits.last().map(|last: &Shown| last.step);
        false
    })?;
    let fields =
        columns.iter().zip(&traced.fields).map(|(column, failures)| (format!("{{{}}}", column.name), failures));
    let all = std::iter::once(("the condition".to_owned(), &traced.condition)).chain(fields);
    let failures = all
        .filter(|(_, failures)| failures.hits > 0)
        .map(|(what, failures): (_, &Failures)| format!("{what} {failures}"));
    Ok(Hits { text, hits, next, failures: failures.collect() })
}

fn shown(history: &History<'_>, pieces: &[Piece], hit: &Hit) -> Shown {
    let mut cells = hit.cells.iter();
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Field(..) => cells.next().map(|(_, text)| text.clone()).unwrap_or_default(),
    };
    let text: String = pieces.iter().map(text).collect();
    let function =
        history.recording.function(hit.code).map_or_else(|| "?".to_owned(), |function| function.name.clone());
    Shown { step: hit.step, function, text: text.chars().take(LENGTH).collect() }
}
