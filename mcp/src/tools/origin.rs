//! `origin`: shows where a value came from.

use connie_history::answers::{Answer as Found, Question as Asked, Spot};
use connie_history::loaded::Loaded;
use connie_history::when;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Location, Recorded, WriteLines};
use crate::arguments;
use crate::bounds::{Cursor, Page};
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct Origin;

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
    /// The `next` of the previous answer, to get the next page.
    cursor: Option<String>,
    /// How many hops, 1 to 200; 30 if not given.
    limit: Option<usize>,
}

/// A hop of the trail.
#[derive(Serialize, JsonSchema)]
struct Hop {
    /// How the value got there: written, passed, returned, yielded, item (of the iterable of a loop) or sent.
    how: &'static str,
    /// The line that did it.
    at: Location,
    /// The name or expression that has the value there.
    what: Recorded,
    /// The value.
    value: Recorded,
}

/// The trail of a value.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The moment of the question.
    at: Location,
    /// The hops, the latest first.
    hops: Vec<Hop>,
    /// Why the trail ends here.
    end: Recorded,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        lines.push(format!("asked at {}", self.at));
        lines.extend(self.hops.iter().map(|hop| format!("{}  {} {} = {}", hop.at, hop.how, hop.what, hop.value)));
        lines.push(format!("end of the trail: {}", self.end));
    }
}

impl Question for Origin {
    const ABOUT: About = About {
        name: "origin",
        title: "Where a value came from",
        description: "Follows the value of a variable, attribute or item back through assignments, arguments, returns, loops \
            and yields to the place that made it. Use it when the line that wrote a value (why) only passed it on. Each hop \
            is checked against the recording; where the trail ends, it says why.",
        reads_only: true,
    };
    type Input = Input;
    type Output = Output;

    fn recording(input: &Input) -> Option<&str> {
        input.recording.as_deref()
    }

    fn answer(input: Input, loaded: &mut Loaded, _: &Stop) -> Result<Answer<Output>, Refusal> {
        let history = loaded.history();
        let mut page = Page::new(Cursor::read(input.cursor.as_deref())?, input.limit)?;
        let when = arguments::when(input.step, input.at.as_deref())?;
        let (here, found) = when::ask(&history, &input.expression, &when, Asked::Origin)?;
        let Found::Origin(trail) = found else { return Err(Refusal::Fault) };
        let hop = |hop: &connie_history::origin::Hop| Hop {
            how: hop.how.word(),
            at: Location::from(&hop.spot),
            what: Recorded::new(&hop.text),
            value: Recorded::new(&hop.value),
        };
        let _ = trail.hops.iter().all(|each| page.push(0, || hop(each)));
        let (hops, next) = page.done();
        let at = Location::from(&Spot::of(&history, &here));
        Ok(Answer::new(Output { at, hops, end: Recorded::new(&trail.end) }).next(next))
    }
}
