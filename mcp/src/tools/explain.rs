//! `explain`: explains why a run failed.

use std::path::PathBuf;

use connie_history::explain::{Line, passing};
use connie_history::loaded::Loaded;
use connie_history::when::{self, When};
use connie_recording::error::Error;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Location, Recorded, WriteLines};
use crate::arguments;
use crate::bounds::{Cursor, Page};
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::store::Store;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct Explain;

/// A failure.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The recording: latest (the default), or an id or its beginning.
    recording: Option<String>,
    /// Explain what happened at this step. Without `step` and `at`: explain the exception that ended the run or made
    /// the test fail.
    step: Option<u64>,
    /// Explain what happened when a line ran: `FILE:LINE` for its last hit, `FILE:LINE:HIT` for one hit, counted from
    /// 1.
    at: Option<String>,
    /// The `next` of the previous answer, to get the next page.
    cursor: Option<String>,
    /// How many lines, 1 to 200; 30 if not given.
    limit: Option<usize>,
    /// The recordings that the client can name.
    #[serde(skip)]
    #[schemars(skip)]
    others: Vec<PathBuf>,
}

/// A line that the failure depends on.
#[derive(Serialize, JsonSchema)]
struct Depends {
    /// Where it is.
    at: Location,
    /// How the failure depends on it.
    why: Recorded,
}

/// The lines that matter most for a failure.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// What failed.
    failure: Recorded,
    /// Where.
    at: Location,
    /// The lines that it depends on, the most relevant first.
    lines: Vec<Depends>,
    /// With which passing run of the same test it was compared, and the first difference from it.
    passing: Vec<Recorded>,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        lines.push(format!("{} at {}", self.failure, self.at));
        lines.extend(self.lines.iter().map(|line| format!("{}  {}", line.at, line.why)));
        lines.extend(self.passing.iter().map(ToString::to_string));
    }
}

impl Question for Explain {
    const ABOUT: About = About {
        name: "explain",
        title: "Why a run failed",
        description: "Follows the exception or failed assertion back along data and control dependences and lists the \
            most relevant lines: rare values, writes across functions, branches that were taken once. Use it first \
            when a run or a test failed. The order is a guess; each line and its value are from the recording. Use \
            why, origin or why_not to follow one of them.",
        reads_only: true,
    };
    type Input = Input;
    type Output = Output;

    fn recording(input: &Input) -> Option<&str> {
        input.recording.as_deref()
    }

    fn among(input: &mut Input, store: &Store) -> Result<(), Refusal> {
        input.others = store.all()?;
        Ok(())
    }

    fn answer(input: Input, loaded: &mut Loaded, _: &Stop) -> Result<Answer<Output>, Refusal> {
        let passing = passing::among(&loaded.recording, input.others);
        let history = loaded.history();
        let mut page = Page::new(Cursor::read(input.cursor.as_deref())?, input.limit)?;
        let step = match arguments::when(input.step, input.at.as_deref())? {
            When::End => None,
            named => Some(when::position(&history, &named)?.step),
        };
        let found = history.explain(step, passing.as_ref()).map_err(|error| match error {
            Error::Expression(why) => Refusal::argument("step", why),
            error => Refusal::from(error),
        })?;
        let depends = |line: &Line| Depends { at: Location::from(&line.spot), why: Recorded::new(&line.why) };
        let _ = found.lines.iter().all(|line| page.push(0, || depends(line)));
        let (lines, next) = page.done();
        let failure = match &found.failure.ty {
            Some(ty) if found.failure.message.is_empty() => ty.clone(),
            Some(ty) => format!("{ty}: {}", found.failure.message),
            None => "what happened".to_owned(),
        };
        let rows = found.passing.iter().flat_map(passing::Passing::rows);
        let output = Output {
            failure: Recorded::new(&failure),
            at: Location::from(&found.failure.spot),
            lines,
            passing: rows.map(|row| Recorded::new(&row)).collect(),
        };
        Ok(Answer::new(output).next(next))
    }
}
