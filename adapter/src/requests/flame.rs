//! `connie/flame` and `connie/call`: the calls of the run as a flame chart, for clients that draw it.

use std::time::{Duration, Instant};

use connie_history::flame::{self, Called, Chart, Index};
use serde::Deserialize;

use crate::client::message::{Answer, answer};
use crate::read::number;
use crate::session::Session;

/// The time for which a request reads on. The client asks again until everything was read.
const BUDGET: Duration = Duration::from_millis(100);
/// The number of columns, and of rows, unless the client asks for others.
const WIDTH: u64 = 1000;
const ROWS: u64 = 100;

/// Arguments of `connie/flame`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct FlameArguments {
    /// The first step; by default that of the run.
    #[serde(deserialize_with = "number")]
    from: Option<u64>,
    /// The last step; by default that of the run.
    #[serde(deserialize_with = "number")]
    to: Option<u64>,
    /// Pixels.
    #[serde(deserialize_with = "number")]
    width: Option<u64>,
    /// The first row.
    #[serde(deserialize_with = "number")]
    row: Option<u64>,
    /// The number of rows.
    #[serde(deserialize_with = "number")]
    rows: Option<u64>,
}

/// Arguments of `connie/call`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CallArguments {
    /// The first step of a call.
    #[serde(deserialize_with = "number")]
    first: Option<u64>,
    /// Its last step.
    #[serde(deserialize_with = "number")]
    last: Option<u64>,
}

/// The calls of a recording, as far as they were read.
#[derive(Default)]
pub struct Calls {
    /// The recording that they belong to.
    id: String,
    index: Option<Index>,
}

/// The calls in a range of steps.
pub fn flame(session: &mut Session, arguments: &FlameArguments) -> Answer {
    let recording = session.view.recorded()?;
    let cannot = |error: connie_recording::Error| error.to_string();
    if session.calls.id != recording.info.id {
        session.calls = Calls { id: recording.info.id.clone(), index: None };
    }
    let index = session.calls.index.get_or_insert_with(|| Index::stored_or_new(&recording));
    let begun = Instant::now();
    if !index.is_whole(&recording) {
        index.extend(&recording, || begun.elapsed() >= BUDGET);
        index.keep(&recording);
    }
    let last = recording.last_step();
    let range = [arguments.from.unwrap_or(1), arguments.to.unwrap_or(last), arguments.width.unwrap_or(WIDTH)];
    let small = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let (row, rows) = (small(arguments.row.unwrap_or(0)), small(arguments.rows.unwrap_or(ROWS)));
    let found = index.window(&recording, &flame::window(range, row, rows)).map_err(cannot)?;
    answer(Chart::of(&recording, &found).map_err(cannot)?)
}

/// What a call was given, and how it ended; null if no recorded code is active at its first step.
pub fn call(session: &mut Session, arguments: &CallArguments) -> Answer {
    let recording = session.view.recorded()?;
    let (Some(first), Some(last)) = (arguments.first, arguments.last) else {
        return Err("connie/call needs the first and the last step of a call".into());
    };
    let found = flame::call(&recording, first, last).map_err(|error| error.to_string())?;
    answer(found.map(Called::from))
}
