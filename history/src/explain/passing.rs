//! Compares a failure with a run of the same test that passed. Lines are ranked by what differs: a fault is seldom in a
//! line that did the same in both runs.

mod choose;
mod edits;
mod notes;
mod watch;
mod weigh;

use connie_recording::error::Error;
use connie_recording::reader::Recording;
use schemars::JsonSchema;
use serde::Serialize;

use super::failure::Start;
use super::slice::Slicer;
use crate::History;
use crate::answers::Spot;
pub use choose::{among, beside, choose};
use edits::Edits;
use watch::Watched;
pub(super) use weigh::weigh;

/// The passing run with which a failure was compared.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Passing {
    /// The id of its recording.
    pub id: String,
    /// When it started, in local time.
    pub started: String,
    /// The first difference among the lines on which the failure depends, if there is one.
    pub difference: Option<FirstDifference>,
    /// Whether the comparison reached its limit before the failure.
    pub is_cut: bool,
}

/// The first difference from a passing run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FirstDifference {
    /// Where it is.
    pub spot: Spot,
    /// What the line did, and what differed.
    pub why: String,
}

impl Passing {
    /// The comparison in words, for people: the first difference, and the passing run.
    #[must_use]
    pub fn rows(&self) -> Vec<String> {
        let cut = if self.is_cut { ", as far as they were compared" } else { "" };
        let first = match &self.difference {
            Some(FirstDifference { spot, why }) => {
                format!(
                    "first difference{cut}: {}:{} {}, step {}: {why}",
                    spot.file, spot.line, spot.function, spot.step
                )
            }
            None => format!("no line that this depends on is known to differ{cut}"),
        };
        vec![first, format!("compared with the passing run {} of {}", self.id, self.started)]
    }
}

/// What is known of the differences between a failure and a passing run.
pub(super) struct Compared<'p> {
    run: &'p Recording,
    watched: Watched,
    edits: Edits<'p>,
}

impl<'p> Compared<'p> {
    /// Compares the executions of a slice with a passing run.
    ///
    /// # Errors
    /// If the question is cancelled. What cannot be read is not compared.
    pub fn of(
        history: &History<'p>,
        slicer: &Slicer<'_, '_>,
        start: &Start,
        run: &'p Recording,
    ) -> Result<Self, Error> {
        let watched = Watched::of(history, slicer, start, run)?;
        Ok(Self { run, watched, edits: Edits::new(run, history.recording) })
    }

    /// The run, and the first difference, for people.
    pub fn told(&self, difference: Option<FirstDifference>) -> Passing {
        let stamp = jiff::Timestamp::from_nanosecond(i128::from(self.run.info.started)).unwrap_or_default();
        Passing {
            id: choose::id(self.run.path()),
            started: stamp.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            difference,
            is_cut: self.watched.is_cut,
        }
    }
}
