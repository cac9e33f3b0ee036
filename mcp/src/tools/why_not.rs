//! `why_not`: explains why a line did not run.

use connie_history::loaded::Loaded;
use connie_history::when::{self, When};
use connie_history::whynot::{NoAnswer, Wanted};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Recorded, WriteLines};
use crate::arguments;
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct WhyNot;

/// A line or function.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The recording: latest (the default), or an id or its beginning.
    recording: Option<String>,
    /// `FILE:LINE` (FILE may be the end of a path), or a function by its name or qualified name.
    place: String,
    /// A condition of a breakpoint at the line: explain why it was never true.
    r#where: Option<String>,
    /// Ask about the call that is running at this step. Without `step` and `at`: about all calls.
    step: Option<u64>,
    /// Ask about the call in which a line is about to run: `FILE:LINE` for its last hit, `FILE:LINE:HIT` for one hit,
    /// counted from 1.
    at: Option<String>,
}

/// Why it did not run.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// Whether it ran.
    verdict: Recorded,
    /// The conditions and exits that led elsewhere, the nearest first, with the values of their parts.
    reasons: Vec<Recorded>,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        lines.push(self.verdict.to_string());
        lines.extend(self.reasons.iter().map(ToString::to_string));
    }
}

impl Question for WhyNot {
    const ABOUT: About = About {
        name: "why_not",
        title: "Why a line did not run",
        description: "Why a line did not run, a function was not called or a breakpoint with a condition did not stop: the \
            conditions that led elsewhere with the values of their parts, early returns, exceptions and breaks, the nearest \
            first, and where those values came from. Use it when code that should have run did not.",
        reads_only: true,
    };
    type Input = Input;
    type Output = Output;

    fn recording(input: &Input) -> Option<&str> {
        input.recording.as_deref()
    }

    fn answer(input: Input, loaded: &mut Loaded, _: &Stop) -> Result<Answer<Output>, Refusal> {
        let history = loaded.history();
        let at = match arguments::when(input.step, input.at.as_deref())? {
            When::End => None,
            named => Some(when::position(&history, &named)?),
        };
        let wanted =
            Wanted { text: input.place, condition: input.r#where, at: at.map(|at| (at.step, at.frame)), source: None };
        let found = history.why_not(&wanted).map_err(|none| match none {
            NoAnswer::Recording(error) => Refusal::from(error),
            none => Refusal::argument("place", none),
        })?;
        let reasons: Vec<Recorded> = found.lines().iter().map(|line| Recorded::new(line)).collect();
        let note = reasons.is_empty().then(|| "no further reason is known".to_owned());
        Ok(Answer::new(Output { verdict: Recorded::new(&found.headline()), reasons }).note(note))
    }
}
