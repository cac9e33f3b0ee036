//! Arguments that are common to several tools.

use connie_history::when::When;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::refusal::Refusal;

/// The moment of a question, from the arguments `step` and `at`.
pub fn when(step: Option<u64>, at: Option<&str>) -> Result<When, Refusal> {
    match (step, at) {
        (Some(_), Some(_)) => Err(Refusal::argument("at", "give `step` or `at`, not both")),
        (Some(step), None) => Ok(When::Step(step)),
        (None, Some(at)) => Ok(When::Line(at.to_owned())),
        (None, None) => Ok(When::End),
    }
}

/// Forward or backward in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// As the program ran.
    #[default]
    Forward,
    /// Back in time.
    Backward,
}

impl From<Direction> for connie_history::timeline::Direction {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Forward => Self::Forward,
            Direction::Backward => Self::Backward,
        }
    }
}

/// Reads the arguments of a call.
///
/// # Errors
/// If one is invalid; the message names it.
pub fn read<T: DeserializeOwned>(arguments: serde_json::Map<String, serde_json::Value>) -> Result<T, Refusal> {
    serde_path_to_error::deserialize(serde_json::Value::Object(arguments)).map_err(|error| {
        let path = error.path().to_string();
        let why = error.inner();
        if path == "." { Refusal::Arguments(why.to_string()) } else { Refusal::argument(&path, why) }
    })
}
