//! `trace`: evaluates expressions at every hit of a place.

use connie_expression::Expression;
use connie_expression::field::{self, Piece};
use connie_history::breakpoint::Failures;
use connie_history::levels;
use connie_history::loaded::Loaded;
use connie_history::places;
use connie_history::trace::{self, Hit};
use connie_recording::Recording;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Location, Recorded, WriteLines};
use crate::bounds::{Cursor, Page};
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct Trace;

/// A place, and what to show there.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The recording: latest (the default), or an id or its beginning.
    recording: Option<String>,
    /// The place: `FILE:LINE` (FILE may be the end of a path), or a function by its name or qualified name.
    place: String,
    /// Text with fields in braces, as in f-strings: `{total=}`, `item {n}: {price * n}`. Without it: the variables
    /// of the frame.
    text: Option<String>,
    /// Only hits at which this Python expression is true. It is evaluated on recorded values; nothing runs.
    #[serde(rename = "where")]
    condition: Option<String>,
    /// The `next` of the previous answer, to get the next page. The other arguments must stay the same.
    cursor: Option<String>,
    /// How many hits, 1 to 200; 30 if not given.
    limit: Option<usize>,
}

/// A hit.
#[derive(Serialize, JsonSchema)]
struct Row {
    /// The place and the step.
    at: Location,
    /// The text, with the values of the fields.
    text: Recorded,
}

/// Hits.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The hits, in the order of time.
    hits: Vec<Row>,
    /// Why the condition or a field could not be evaluated at some hits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<Recorded>,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        lines.extend(self.hits.iter().map(|hit| format!("{}  {}", hit.at, hit.text)));
        lines.extend(self.failures.iter().map(ToString::to_string));
    }
}

/// The maximum number of characters of a text.
const LENGTH: usize = 2000;

fn row(recording: &Recording, pieces: &[Piece], hit: &Hit) -> Row {
    let mut cells = hit.cells.iter();
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Field(..) => cells.next().map(|(_, text)| text.clone()).unwrap_or_default(),
    };
    let text: String = pieces.iter().map(text).collect();
    let function = recording.function(hit.code);
    let at = Location {
        step: hit.step,
        file: Recorded::new(function.map_or("?", |function| recording.short(function.source))),
        line: hit.line,
        function: Recorded::new(function.map_or("?", |function| function.name.as_str())),
        by: None,
    };
    Row { at, text: Recorded::within(&text, LENGTH) }
}

fn failed(what: &str, failures: &Failures) -> Option<Recorded> {
    (failures.hits > 0).then(|| Recorded::new(&format!("{what} {failures}")))
}

impl Question for Trace {
    const ABOUT: About = About {
        name: "trace",
        title: "Every hit of a line or function",
        description: "Evaluates expressions at every step at which a line is about to run or a function begins, like a print \
            that was there all along. Use it to compare what all calls or iterations had, and with `where` to find the odd \
            one. For what calls returned, use calls.",
        reads_only: true,
    };
    type Input = Input;
    type Output = Output;

    fn recording(input: &Input) -> Option<&str> {
        input.recording.as_deref()
    }

    fn answer(input: Input, loaded: &mut Loaded, _: &Stop) -> Result<Answer<Output>, Refusal> {
        let history = loaded.history();
        let cursor = Cursor::read(input.cursor.as_deref())?;
        let mut page = Page::new(cursor, input.limit)?;
        let place = places::place(history.recording, &input.place)?;
        let condition = input.condition.as_deref().map(Expression::parse).transpose();
        let condition = condition.map_err(|problem| Refusal::argument("where", problem))?;
        let text = input.text.filter(|text| !text.is_empty());
        let text = text.unwrap_or_else(|| trace::variables(history.recording, &place));
        let pieces = field::pieces(&text);
        let columns = trace::columns(&pieces).map_err(|why| Refusal::argument("text", why))?;
        // The hit at the cursor's step is found again, and skipped.
        let after = cursor.step.saturating_sub(1);
        let unknown = levels::without_lines_at(history.recording, &place);
        let traced = trace::trace_after(&history, after, place, condition.as_ref(), &columns, |hit| {
            page.push(hit.step, || row(history.recording, &pieces, &hit))
        })?;
        let (hits, next) = page.done();
        let is_empty = hits.is_empty() && next.is_none() && traced.condition.hits == 0;
        let none = is_empty.then(|| match (unknown, condition) {
            (Some(why), _) => format!("no hit: {why}"),
            (None, Some(_)) => "no hit: the condition was never true".to_owned(),
            (None, None) => "no hit: it never ran".to_owned(),
        });
        let fields = columns.iter().zip(&traced.fields);
        let fields = fields.filter_map(|(column, failures)| failed(&format!("{{{}}}", column.name), failures));
        let failures = failed("the condition", &traced.condition).into_iter().chain(fields).collect();
        Ok(Answer::new(Output { hits, failures }).next(next).note(none))
    }
}
