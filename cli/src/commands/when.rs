//! The moment that a question is about: `--step`, `--at`.

use connie_history::History;
use connie_history::breakpoint::{Breakpoint, Location};
use connie_history::places;
use connie_history::timeline::{Direction, Position};

use crate::failure::Failure;
use crate::numbers;

/// The moment.
#[derive(clap::Args)]
pub struct When {
    /// Ask at this step
    #[arg(long, value_name = "N", value_parser = numbers::step(), conflicts_with = "at", allow_negative_numbers = true)]
    step: Option<u64>,
    /// Ask where this line is about to run: for the last time, or at this hit
    #[arg(long, value_name = "FILE:LINE[:HIT]")]
    at: Option<String>,
}

impl When {
    /// Whether one was named.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.step.is_some() || self.at.is_some()
    }
}

/// The moment that a question is about.
///
/// # Errors
/// If there is no such step or hit, or the recording cannot be read.
pub fn moment(history: &History<'_>, of: &When) -> Result<Position, Failure> {
    let recording = history.recording;
    if let Some(step) = of.step {
        return Ok(history.timeline.position(recording, step)?);
    }
    if let Some(at) = &of.at {
        return hit(history, at);
    }
    if let Some(step) = recording.info.exception {
        return Ok(history.timeline.position(recording, step)?);
    }
    // Not the last event of all: generators may be closed when the interpreter ends.
    let first = history.timeline.find(recording, 0, Direction::Forward, |_| true, |p| p.frame != 0)?;
    let of_first = |first: Position| {
        history.timeline.find(recording, u64::MAX, Direction::Backward, |_| true, |p| p.frame == first.frame)
    };
    let end = first.map(of_first).transpose()?.flatten();
    if end.is_none() {
        // A damaged recording says so.
        (0..recording.chunks.len()).try_for_each(|index| recording.chunk(index).map(drop))?;
    }
    end.ok_or_else(|| Failure::NotFound("nothing was recorded in this run".to_owned()))
}

/// `FILE:LINE` or `FILE:LINE:HIT`.
fn hit(history: &History<'_>, at: &str) -> Result<Position, Failure> {
    let counted = at.rsplit_once(':').and_then(|(place, hit)| Some((place, hit.parse::<u64>().ok()?)));
    // In `app.py:12` the number is the line.
    let (place, wanted) = match counted {
        Some((place, hit)) if place.rsplit_once(':').is_some_and(|(_, line)| line.parse::<u32>().is_ok()) => {
            (place, Some(hit))
        }
        _ => (at, None),
    };
    if wanted == Some(0) {
        return Err(Failure::Usage(format!("hits count from 1, not 0: {at}")));
    }
    let found = places::place(history.recording, place).map_err(|none| Failure::NotFound(none.to_string()))?;
    if matches!(found, Location::Function(_)) {
        return Err(Failure::Usage(format!("--at takes FILE:LINE or FILE:LINE:HIT, not {at}")));
    }
    let hits = Breakpoint::new(found, None, None);
    let step = match wanted {
        None => hits.near(history, u64::MAX, Direction::Backward),
        Some(wanted) => {
            let mut step = 0;
            (0..wanted)
                .try_for_each(|_| hits.near(history, step, Direction::Forward).map(|next| step = next))
                .map(|()| step)
        }
    };
    let step = step.filter(|step| *step > 0).ok_or_else(|| {
        let which = wanted.map_or_else(String::new, |hit| format!(" {hit} times"));
        Failure::NotFound(format!("{place} did not run{which} in this recording"))
    })?;
    Ok(history.timeline.position(history.recording, step)?)
}
