//! `search`: finds a text anywhere in a recording, the steps at which an expression holds, or the places that held a
//! value.

use connie_expression::Expression;
use connie_history::loaded::Loaded;
use connie_history::{occurrences, places, search, trace};
use connie_recording::Recording;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Recorded, WriteLines};
use crate::bounds::{Cursor, Page};
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct Search;

/// The maximum number of results of each kind for a text.
const OF_A_KIND: usize = 2000;

/// What to look for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The recording: latest (the default), or an id or its beginning.
    recording: Option<String>,
    /// Find this text in names of functions, output, exceptions and sources. Case is ignored unless the text has upper
    /// case.
    text: Option<String>,
    /// Find the steps at which this Python expression is true: `len(queue) > 5`.
    #[serde(rename = "where")]
    condition: Option<String>,
    /// With `where`: search only in this function.
    function: Option<String>,
    /// Find everything that held this value: a Python literal (`3.5`, `'kiwi'`), else the text as a string.
    value: Option<String>,
    /// The `next` of the previous answer, to get the next page. The other arguments must stay the same.
    cursor: Option<String>,
    /// How many results, 1 to 200; 30 if not given.
    limit: Option<usize>,
}

/// A result.
#[derive(Default, Serialize, JsonSchema)]
struct Row {
    /// function, output, exception or source (a text); holds (an expression); held (a value).
    kind: &'static str,
    /// The step; for `holds`, the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<u64>,
    /// For `holds`: the last step.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_step: Option<u64>,
    /// The file, relative to the project's root.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<Recorded>,
    /// The line.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    /// The function.
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<Recorded>,
    /// The surrounding text, or what held the value (`variable x`, `item 2 of a list`).
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Recorded>,
}

/// What was found.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The results.
    results: Vec<Row>,
    /// Why the expression could not be evaluated at any step.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<Recorded>,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        for row in &self.results {
            let mut parts = vec![row.kind.to_owned()];
            match (row.step, row.last_step) {
                (Some(first), Some(last)) if first != last => parts.push(format!("steps {first} to {last}")),
                (Some(step), _) => parts.push(format!("step {step}")),
                (None, _) => {}
            }
            if let (Some(file), Some(line)) = (&row.file, row.line) {
                parts.push(format!("{file}:{line}"));
            }
            parts.extend(row.function.iter().chain(&row.text).map(ToString::to_string));
            lines.push(parts.join("  "));
        }
        lines.extend(self.failure.iter().map(ToString::to_string));
    }
}

/// Finds the places of a text.
fn texts(recording: &Recording, text: &str, page: &mut Page<Row>) -> Result<Option<String>, Refusal> {
    let found = search::search(recording, text, OF_A_KIND)?;
    let is_cut = [found.functions.len(), found.output.len(), found.exceptions.len(), found.lines.len()];
    let functions = found.functions.iter().map(|function| Row {
        kind: "function",
        file: Some(Recorded::new(recording.short(function.source))),
        line: Some(function.line),
        function: Some(Recorded::new(&function.name)),
        ..Row::default()
    });
    let step = |kind, found: &search::StepFound| Row {
        kind,
        step: Some(found.step),
        text: Some(Recorded::new(&found.text)),
        ..Row::default()
    };
    let exceptions = found.exceptions.iter().map(|found| step("exception", found));
    let output = found.output.iter().map(|found| step("output", found));
    let lines = found.lines.iter().map(|line| Row {
        kind: "source",
        file: Some(Recorded::new(recording.short(line.source))),
        line: Some(line.line),
        text: Some(Recorded::new(&line.text)),
        ..Row::default()
    });
    let _ = functions.chain(exceptions).chain(output).chain(lines).all(|row| page.push(0, || row));
    let cut = is_cut.iter().any(|count| *count >= OF_A_KIND);
    Ok(cut.then(|| format!("the search stopped at {OF_A_KIND} results of one kind: search for a longer text")))
}

/// Finds the spans of steps at which an expression holds.
fn holding(
    loaded: &Loaded,
    condition: &str,
    function: Option<&str>,
    page: &mut Page<Row>,
) -> Result<Option<Recorded>, Refusal> {
    let history = loaded.history();
    let condition = Expression::parse(condition).map_err(|problem| Refusal::argument("where", problem))?;
    let codes = function.map(|name| places::functions(history.recording, name)).transpose()?;
    let row = |span: &trace::Span| {
        let function = history.recording.function(span.code);
        Row {
            kind: "holds",
            step: Some(span.first),
            last_step: Some(span.last),
            file: function.map(|function| Recorded::new(history.recording.short(function.source))),
            line: Some(span.line),
            function: function.map(|function| Recorded::new(&function.name)),
            text: None,
        }
    };
    let searched = trace::spans(&history, &condition, codes.as_deref(), |span| page.push(0, || row(&span)))?;
    // Most names exist only in some functions.
    let failures = searched.failures;
    let failed = searched.evaluated == 0 && failures.hits > 0;
    Ok(failed.then(|| Recorded::new(&format!("the expression {failures}"))))
}

/// Finds the places that held a value.
fn held(loaded: &Loaded, value: &str, cursor: Cursor, page: &mut Page<Row>) -> Result<(), Refusal> {
    let recording = &loaded.recording;
    let interrupted = || loaded.timeline.is_interrupted();
    // Results of the cursor's step that were returned already are found again, and skipped.
    let after = cursor.step.saturating_sub(1);
    let found = occurrences::of_scalar(recording, &occurrences::scalar(value), after, page.wanted(), &interrupted)?;
    let row = |one: &occurrences::Occurrence| Row {
        kind: "held",
        step: Some(one.step),
        file: one.source.map(|source| Recorded::new(recording.short(source))),
        line: one.source.map(|_| one.line),
        function: (!one.function.is_empty()).then(|| Recorded::new(&one.function)),
        text: Some(Recorded::new(&one.what)),
        ..Row::default()
    };
    let _ = found.found.iter().all(|one| page.push(one.step, || row(one)));
    Ok(())
}

impl Question for Search {
    const ABOUT: About = About {
        name: "search",
        title: "Search a recording",
        description: "Give exactly one of these arguments. `text` finds a text in names of functions, exceptions, \
            output and source. `where` finds the steps at which a Python expression is true. `value` finds every \
            variable, item, argument and result that held a value. Use it when you do not know the line yet.",
        reads_only: true,
    };
    type Input = Input;
    type Output = Output;

    fn recording(input: &Input) -> Option<&str> {
        input.recording.as_deref()
    }

    fn answer(input: Input, loaded: &mut Loaded, _: &Stop) -> Result<Answer<Output>, Refusal> {
        let cursor = Cursor::read(input.cursor.as_deref())?;
        let mut page = Page::new(cursor, input.limit)?;
        if input.function.is_some() && input.condition.is_none() {
            return Err(Refusal::argument("function", "it is valid with `where` only; `text` finds functions by name"));
        }
        let (mut note, mut failure) = (None, None);
        match (&input.text, &input.condition, &input.value) {
            (Some(text), None, None) if text.trim().is_empty() => {
                return Err(Refusal::argument("text", "the text is blank"));
            }
            (Some(text), None, None) => note = texts(&loaded.recording, text, &mut page)?,
            (None, Some(condition), None) => {
                failure = holding(loaded, condition, input.function.as_deref(), &mut page)?;
            }
            (None, None, Some(value)) => held(loaded, value, cursor, &mut page)?,
            _ => return Err(Refusal::Arguments("give exactly one of `text`, `where` and `value`".to_owned())),
        }
        let (results, next) = page.done();
        let none = results.is_empty().then(|| "nothing was found".to_owned());
        Ok(Answer::new(Output { results, failure }).next(next).note(none).note(note))
    }
}
