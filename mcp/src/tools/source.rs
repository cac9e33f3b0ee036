//! `source`: returns lines of a file as they ran, with counts and values beside them.

use std::collections::HashMap;

use connie_history::loaded::Loaded;
use connie_history::{mapping, places, source_values};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Recorded, WriteLines};
use crate::bounds::{Cursor, Page};
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct Source;

/// The maximum number of characters of a value beside a line.
const VALUE: usize = 80;
/// The maximum number of values beside a line.
const VALUES: usize = 6;
/// The number of lines before the requested one.
const BEFORE: u32 = 10;

/// A file, and which lines of it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The recording: latest (the default), or an id or its beginning.
    recording: Option<String>,
    /// A file that ran, or the end of its path. The tool `show` lists these files.
    file: String,
    /// Show the lines around this one. Without it: from the first line.
    line: Option<u32>,
    /// Show values of the calls that are on the stack at this step, else of the last calls before it. Without it: at
    /// the exception that ended the run, else at its end.
    step: Option<u64>,
    /// The `next` of the previous answer, to get the next page. The other arguments must stay the same.
    cursor: Option<String>,
    /// How many lines, 1 to 200; 30 if not given.
    limit: Option<usize>,
}

/// A value beside a line.
#[derive(Clone, Serialize, JsonSchema)]
struct Beside {
    /// What has the value: a name, or an arrow for the result of a statement.
    name: Recorded,
    /// The value.
    value: Recorded,
    /// The step at which the value was read.
    step: u64,
}

/// A line.
#[derive(Serialize, JsonSchema)]
struct Line {
    /// Its number.
    line: u32,
    /// Its text, as it ran.
    text: Recorded,
    /// How often it ran. Absent if no statement begins here, or if the number is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    /// The statement never ran.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    never: bool,
    /// Values beside it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<Beside>,
    /// Exceptions that appeared at it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    raised: Vec<Recorded>,
}

/// Lines of a file.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The file, relative to the project's root.
    file: Recorded,
    /// How many lines it has.
    count: usize,
    /// The lines.
    lines: Vec<Line>,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        lines.push(format!("{} ({} lines); runs of each line | line | text  # values", self.file, self.count));
        for line in &self.lines {
            let times = match (line.times, line.never) {
                (Some(times), _) => times.to_string(),
                (None, true) => "never".to_owned(),
                (None, false) => String::new(),
            };
            let values =
                line.values.iter().map(|beside| format!("{} = {} (step {})", beside.name, beside.value, beside.step));
            let beside: Vec<String> =
                values.chain(line.raised.iter().map(|raised| format!("raised {raised}"))).collect();
            let beside = if beside.is_empty() { String::new() } else { format!("  # {}", beside.join(", ")) };
            lines.push(format!("{times:>6} | {:>4} | {}{beside}", line.line, line.text));
        }
    }
}

/// The data beside lines.
struct Margin {
    times: HashMap<u32, u64>,
    never: Vec<u32>,
    values: HashMap<u32, Vec<Beside>>,
    raised: HashMap<u32, Vec<Recorded>>,
}

impl Margin {
    fn of(loaded: &mut Loaded, source: u32) -> Self {
        let source_values::Counted { times, never } = source_values::counted(loaded, source);
        let (beside, exceptions) = source_values::beside(loaded, source, VALUE);
        let (mut values, mut raised): (HashMap<u32, Vec<Beside>>, HashMap<u32, Vec<Recorded>>) = Default::default();
        for one in beside {
            let name = Recorded::within(&one.label(), VALUE);
            let shown = Beside { name, value: Recorded::within(&one.text, VALUE * 2), step: one.step };
            values.entry(one.line).or_default().push(shown);
        }
        for (line, step, text) in exceptions {
            raised.entry(line).or_default().push(Recorded::new(&format!("{text} (step {step})")));
        }
        Self { times: times.into_iter().collect(), never, values, raised }
    }

    fn line(&self, line: u32, text: &str) -> Line {
        let mut values = self.values.get(&line).cloned().unwrap_or_default();
        values.truncate(VALUES);
        let mut raised = self.raised.get(&line).cloned().unwrap_or_default();
        raised.truncate(VALUES);
        let times = self.times.get(&line).copied();
        Line { line, text: Recorded::new(text.trim_end()), times, never: self.never.contains(&line), values, raised }
    }
}

impl Question for Source {
    const ABOUT: About = About {
        name: "source",
        title: "Source with values beside it",
        description: "Shows lines of a file as they ran: how often each line ran, and the values that its variables \
            and conditions had in a call at a step. Use it to read code with its values, and to see which branch was \
            taken.",
        reads_only: true,
    };
    type Input = Input;
    type Output = Output;

    fn recording(input: &Input) -> Option<&str> {
        input.recording.as_deref()
    }

    fn answer(input: Input, loaded: &mut Loaded, stop: &Stop) -> Result<Answer<Output>, Refusal> {
        let cursor = Cursor::read(input.cursor.as_deref())?;
        let mut page = Page::new(cursor, input.limit)?;
        let source = places::sources(&loaded.recording, &input.file)?;
        let Some(source) = source.last().copied() else { return Err(Refusal::Fault) };
        if let Some(step) = input.step {
            loaded.timeline.position(&loaded.recording, step)?;
        }
        if loaded.step != input.step {
            loaded.go_to(input.step);
        }
        let margin = Margin::of(loaded, source);
        if stop.is_stopped() {
            return Err(Refusal::Cancelled);
        }
        let known = &loaded.recording.sources[source as usize];
        let Some(text) = &known.text else {
            return Err(Refusal::NotFound("the text of this file was not recorded".to_owned()));
        };
        // The cursor contains the number of lines returned so far.
        let first = input.line.unwrap_or(1).saturating_sub(BEFORE).max(1);
        for (number, line) in (1u32..).zip(text.lines()).skip_while(|(number, _)| *number < first) {
            if !page.push(0, || margin.line(number, line)) {
                break;
            }
        }
        let (lines, next) = page.done();
        let none = lines.is_empty().then(|| "the file has no such line".to_owned());
        let edited = mapping::mapping(&loaded.recording, source)
            .is_some_and(|mapping| lines.iter().any(|line| mapping.recorded(line.line) != Some(line.line)));
        let edited = edited.then(|| {
            "the file was edited since: these lines ran, but `at` and `place` take lines of the current file".to_owned()
        });
        let output = Output { file: Recorded::new(loaded.recording.short(source)), count: text.lines().count(), lines };
        Ok(Answer::new(output).next(next).note(none).note(edited))
    }
}
