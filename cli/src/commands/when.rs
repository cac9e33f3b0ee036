//! The moment of a question: `--step`, `--at`.

use connie_history::History;
use connie_history::timeline::Position;
use connie_history::when::{self, NoMoment};

use crate::failure::Failure;
use crate::numbers;

/// The moment.
#[derive(clap::Args)]
pub struct When {
    /// Ask at this step
    #[arg(long, value_name = "N", value_parser = numbers::step(), conflicts_with = "at", allow_negative_numbers = true)]
    step: Option<u64>,
    /// Ask when this line is about to run: at its last hit, or at hit number HIT
    #[arg(long, value_name = "FILE:LINE[:HIT]")]
    at: Option<String>,
}

impl When {
    /// Whether a moment was given.
    #[must_use]
    pub fn is_given(&self) -> bool {
        self.step.is_some() || self.at.is_some()
    }

    /// The moment as the question expects it.
    #[must_use]
    pub fn asked(&self) -> when::When {
        match (self.step, &self.at) {
            (Some(step), _) => when::When::Step(step),
            (None, Some(at)) => when::When::Line(at.clone()),
            (None, None) => when::When::End,
        }
    }
}

/// Resolves the moment of a question.
///
/// # Errors
/// If there is no such step or hit, or the recording cannot be read.
pub fn moment(history: &History<'_>, of: &When) -> Result<Position, Failure> {
    Ok(when::position(history, &of.asked())?)
}

impl From<NoMoment> for Failure {
    fn from(none: NoMoment) -> Self {
        match none {
            NoMoment::NoLine(at) => Failure::Usage(format!("--at takes FILE:LINE or FILE:LINE:HIT, not {at}")),
            NoMoment::ZerothHit(_) | NoMoment::Expression(_) => Failure::Usage(none.to_string()),
            NoMoment::NotFound(why) => Failure::NotFound(why),
            NoMoment::Recording(error) => error.into(),
        }
    }
}
