//! What a check of `connie doctor` found.

use serde::Serialize;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It works.
    Good,
    /// It works; something that is not needed is missing, or will soon be a problem.
    Note,
    /// connie cannot record.
    Bad,
}

/// What a check found.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Check {
    /// What was checked: a short name for people.
    pub name: &'static str,
    /// `good`, `note` or `bad`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub state: State,
    /// What was found, in one line.
    pub found: String,
    /// What to do, if there is something to do.
    pub advice: Option<String>,
}

impl Check {
    /// Something that works.
    pub fn good(name: &'static str, found: impl Into<String>) -> Self {
        Self { name, state: State::Good, found: found.into(), advice: None }
    }

    /// Something that is not needed, and what to do about it.
    pub fn note(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, state: State::Note, found: found.into(), advice: Some(advice.into()) }
    }

    /// Something that keeps connie from recording, and what to do about it.
    pub fn bad(name: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, state: State::Bad, found: found.into(), advice: Some(advice.into()) }
    }
}
