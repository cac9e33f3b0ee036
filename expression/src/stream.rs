//! Lazy sequences of values, because Python may stop early.

use super::got::Got;
use super::problem::Problem;

/// The values up to the first error or unknown value.
#[derive(Clone, Debug, Default)]
pub(super) struct Stream {
    /// The values.
    pub found: Vec<Got>,
    /// The error that ended the sequence early, if any.
    pub then: Option<Problem>,
}

impl Stream {
    /// A stream of these values without an error.
    pub fn of(found: Vec<Got>) -> Self {
        Self { found, then: None }
    }

    /// All values.
    pub fn all(self) -> Result<Vec<Got>, Problem> {
        match self.then {
            Some(problem) => Err(problem),
            None => Ok(self.found),
        }
    }

    /// The value at an index; `None` after the end.
    pub fn at(&self, index: usize) -> Result<Option<&Got>, Problem> {
        match (self.found.get(index), &self.then) {
            (None, Some(problem)) => Err(problem.clone()),
            (found, _) => Ok(found),
        }
    }
}
