//! The values beside the lines of a source, for the calls shown at a moment.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use connie_history::loaded::Loaded;
use connie_history::source_values;
use serde::{Deserialize, Serialize};

use super::{Answer, ask, known_source};
use crate::Shared;
use crate::failure::Failure;

/// The maximum number of characters of a value beside a line.
const LENGTH: usize = 60;

/// The moment.
#[derive(Deserialize)]
pub struct Asked {
    step: u64,
}

/// The values beside the lines of a source.
#[derive(Serialize)]
pub struct SourceValues {
    /// The step at the requested moment.
    step: u64,
    values: Vec<Shown>,
    raised: Vec<Raised>,
}

/// A value beside a line.
#[derive(Serialize)]
struct Shown {
    line: u32,
    /// The name of the value; empty for the result of a statement.
    name: String,
    /// Its text.
    value: String,
    /// The step of the line that produced it.
    hit: u64,
    /// The step at which it is read.
    step: u64,
    /// Whether it is a parameter of a function.
    parameter: bool,
    /// Whether it is the result of a statement.
    outcome: bool,
}

/// An exception that appeared at a line.
#[derive(Serialize)]
struct Raised {
    line: u32,
    step: u64,
    text: String,
}

impl SourceValues {
    /// The values beside the lines of a source at the step where `loaded` is.
    pub fn of(loaded: &mut Loaded, number: u32, step: u64) -> Self {
        let (values, raised) = source_values::beside(loaded, number, LENGTH);
        let raised = raised.into_iter().map(|(line, step, text)| Raised { line, step, text }).collect();
        Self { step, values: values.into_iter().map(Shown::from).collect(), raised }
    }
}

impl From<source_values::Beside> for Shown {
    fn from(value: source_values::Beside) -> Self {
        Self {
            line: value.line,
            name: value.name,
            value: value.text,
            hit: value.hit,
            step: value.step,
            parameter: value.is_parameter,
            outcome: value.is_outcome,
        }
    }
}

/// `GET /api/run/{id}/beside/{number}?step=…`: the values of statements, and the exceptions raised.
pub async fn beside(
    State(shared): State<Arc<Shared>>,
    Path((id, number)): Path<(String, u32)>,
    Query(Asked { step }): Query<Asked>,
) -> Answer<SourceValues> {
    ask(&shared, &id, move |loaded| {
        let number = known_source(loaded, number)?;
        if loaded.step != Some(step) {
            loaded.go_to(Some(step));
        }
        let values = SourceValues::of(loaded, number, step);
        match loaded.trouble.take() {
            Some(trouble) => Err(Failure::Damaged(trouble)),
            None => Ok(values),
        }
    })
    .await
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn shown() -> impl Serialize {
        Shown::from(source_values::Beside {
            line: 1,
            name: "x".into(),
            text: "5".into(),
            hit: 2,
            step: 3,
            is_parameter: false,
            is_outcome: true,
        })
    }
}
