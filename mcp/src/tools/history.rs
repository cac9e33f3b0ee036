//! `history`: returns every value of a variable, attribute, item or key.

use connie_history::answers::Spot;
use connie_history::loaded::Loaded;
use connie_history::timeline::Direction;
use connie_history::when;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::version::Version;
use crate::answer::{Answer, Location, WriteLines};
use crate::arguments;
use crate::bounds::{Cursor, Page};
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct History;

/// A value, and the moment.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The recording: latest (the default), or an id or its beginning.
    recording: Option<String>,
    /// A variable, attribute, item or key: `total`, `self.items`, `rows[3]`.
    expression: String,
    /// Ask at this step. A line event is seen before the line runs.
    step: Option<u64>,
    /// Ask when a line is about to run: `FILE:LINE` for its last hit, `FILE:LINE:HIT` for one hit, counted from 1.
    /// Without `step` and `at`: at the exception that ended the run, else at its end.
    at: Option<String>,
    /// The values after the moment, the next first; else those up to it, the latest first.
    #[serde(default)]
    later: bool,
    /// The `next` of the previous answer, to get the next page. The other arguments must stay the same.
    cursor: Option<String>,
    /// How many values, 1 to 200; 30 if not given.
    limit: Option<usize>,
}

/// The values that something had.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The moment of the question.
    at: Location,
    /// Each write, with the value after it.
    versions: Vec<Version>,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        lines.push(format!("asked at {}", self.at));
        lines.extend(self.versions.iter().map(ToString::to_string));
    }
}

impl Question for History {
    const ABOUT: About = About {
        name: "history",
        title: "Every value of a variable",
        description: "Lists every value that a variable, attribute or item had, with the line that wrote each; for \
            containers, what changed within them. The latest first, or with `later` those that follow. Use it to see \
            when a value went wrong.",
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
        let when = arguments::when(input.step, input.at.as_deref())?;
        let direction = if input.later { Direction::Forward } else { Direction::Backward };
        let (here, found) = when::ask_with(&history, &input.expression, &when, |of| {
            // Versions of the cursor's step that were returned already are found again, and skipped.
            let from = match (cursor.step, direction) {
                (0, _) => of.step,
                (step, Direction::Backward) => step,
                (step, Direction::Forward) => step - 1,
            };
            history.versions(&of, from, direction, page.wanted())
        })?;
        let _ = found.iter().all(|version| page.push(version.seen, || Version::from(version)));
        let (versions, next) = page.done();
        let note = versions.is_empty().then(|| "no write of it is known up to this moment".to_owned());
        let at = Location::from(&Spot::of(&history, &here));
        Ok(Answer::new(Output { at, versions }).next(next).note(note))
    }
}
