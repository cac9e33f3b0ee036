//! `calls`: returns the calls of a function, with arguments and results.

use connie_history::loaded::Loaded;
use connie_history::places;
use connie_sql::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sql;
use crate::answer::{Answer, Recorded, WriteLines};
use crate::bounds::{Cursor, Page};
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct Calls;

/// A function.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The recording: latest (the default), or an id or its beginning.
    recording: Option<String>,
    /// The function, by its name or qualified name: `total`, `Cart.add`.
    function: String,
    /// Only calls that ended with an exception.
    #[serde(default)]
    failed: bool,
    /// The `next` of the previous answer, to get the next page. The other arguments must stay the same.
    cursor: Option<String>,
    /// How many calls, 1 to 200; 30 if not given.
    limit: Option<usize>,
}

/// A call.
#[derive(Serialize, JsonSchema)]
struct Call {
    /// The function's qualified name.
    function: Recorded,
    /// The step at which it begins.
    first_step: u64,
    /// The step at which it ends, if it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_step: Option<u64>,
    /// A JSON object: each parameter with its value as Python writes it.
    arguments: Recorded,
    /// What it returned, as Python writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Recorded>,
    /// The exception with which it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    exception: Option<Recorded>,
}

/// Calls.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// In the order in which they end. Calls that did not end come last.
    calls: Vec<Call>,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        for call in &self.calls {
            let steps = call.last_step.map_or_else(|| "no end".to_owned(), |last| format!("{last}"));
            let outcome = match (&call.result, &call.exception) {
                (_, Some(exception)) => format!("raised {exception}"),
                (Some(result), None) => format!("returned {result}"),
                (None, None) => "no result is known".to_owned(),
            };
            let (function, first, arguments) = (&call.function, call.first_step, &call.arguments);
            lines.push(format!("steps {first} to {steps}  {function} {arguments}  {outcome}"));
        }
    }
}

fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn step(value: Option<Value>) -> Option<u64> {
    match value {
        Some(Value::Integer(step)) => u64::try_from(step).ok(),
        _ => None,
    }
}

fn call(cells: Vec<Value>) -> Call {
    let mut cells = cells.into_iter();
    let mut next = || cells.next();
    Call {
        function: Recorded::new(&text(next()).unwrap_or_default()),
        first_step: step(next()).unwrap_or_default(),
        last_step: step(next()),
        arguments: Recorded::within(&text(next()).unwrap_or_default(), 1000),
        result: text(next()).map(|text| Recorded::new(&text)),
        exception: text(next()).map(|text| Recorded::new(&text)),
    }
}

impl Question for Calls {
    const ABOUT: About = About {
        name: "calls",
        title: "Calls of a function",
        description: "Lists every call of a function with its arguments and what it returned or raised. Use it to \
            compare the call that went wrong with the other calls.",
        reads_only: true,
    };
    type Input = Input;
    type Output = Output;

    fn recording(input: &Input) -> Option<&str> {
        input.recording.as_deref()
    }

    fn answer(input: Input, loaded: &mut Loaded, stop: &Stop) -> Result<Answer<Output>, Refusal> {
        let mut page = Page::new(Cursor::read(input.cursor.as_deref())?, input.limit)?;
        let codes = places::functions(&loaded.recording, &input.function)?;
        let mut names: Vec<&str> =
            codes.iter().filter_map(|code| loaded.recording.function(*code)).map(|function| &*function.name).collect();
        names.sort_unstable();
        names.dedup();
        let names: Vec<String> = names.iter().map(|name| format!("'{}'", name.replace('\'', "''"))).collect();
        let failed = if input.failed { "AND exception IS NOT NULL" } else { "" };
        let query = format!(
            "SELECT function, first_step, last_step, arguments, result, exception FROM calls \
             WHERE function IN ({}) {failed}",
            names.join(", ")
        );
        sql::ask(loaded, &query, stop, |cells| page.push(0, || call(cells)))?;
        let (calls, next) = page.done();
        let none = calls.is_empty().then(|| "there is no such call".to_owned());
        Ok(Answer::new(Output { calls }).next(next).note(none))
    }
}
