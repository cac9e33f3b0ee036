//! Describes where something happened, for people: file, function, line, step, thread and task.

use connie_recording::actors::Actors;
use schemars::JsonSchema;
use serde::Serialize;

use crate::History;
use crate::timeline::Position;

/// A step, and the code that ran there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Spot {
    /// The step of the line.
    pub step: u64,
    /// The file, relative to the project's root if it is below it.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The function's qualified name.
    pub function: String,
    /// The thread and the task, if there are several.
    pub by: Option<String>,
}

impl Spot {
    /// The spot of a position.
    #[must_use]
    pub fn of(history: &History<'_>, at: &Position) -> Self {
        let recording = history.recording;
        let function = recording.function(at.code);
        let actors = Actors::of(recording).unwrap_or_default();
        Self {
            step: at.step,
            file: function.map_or("?", |function| recording.short(function.source)).to_owned(),
            line: at.line,
            function: function.map_or("?", |function| function.name.as_str()).to_owned(),
            by: actors.name(at.thread, at.task),
        }
    }
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{} in {}", self.file, self.line, self.function)
    }
}
