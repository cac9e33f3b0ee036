//! The results of commands that move the view.

use connie_history::timeline::{Position, Reach};

/// Where the view has stopped, and why.
#[derive(Clone, Debug)]
pub struct Stop {
    /// The current position.
    pub position: Position,
    /// The position before.
    pub before: Option<Position>,
    /// The reason, in the protocol's word.
    pub reason: &'static str,
    /// A description for the client.
    pub text: Option<String>,
    /// The breakpoints that stopped it.
    pub ids: Vec<i64>,
}

/// The result of a command.
#[derive(Clone, Debug)]
pub enum Move {
    /// The view has stopped.
    Stopped(Stop),
    /// It waits for the program to continue.
    Waiting,
    /// It does not move: the search was cancelled, or the client is leaving.
    Stays,
    /// There is no position, for this reason.
    End(String),
}

/// The result of a command, and a message for the console.
#[derive(Clone, Debug)]
#[must_use]
pub struct Moved {
    /// The result.
    pub to: Move,
    /// A line for the console.
    pub message: Option<String>,
}

impl Moved {
    /// Adds a message for the console.
    pub fn saying(self, text: String) -> Self {
        Self { message: Some(text), ..self }
    }
}

impl From<Move> for Moved {
    fn from(to: Move) -> Self {
        Self { to, message: None }
    }
}

/// A step forward or backward whose end was not found yet.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The position where it starts.
    pub from: Position,
    /// How far it goes; `None` to go to the next event.
    pub reach: Option<Reach>,
    /// The step up to which nothing was found.
    pub searched: u64,
}

/// Where the view stops first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StopAt {
    /// At the first hit of a breakpoint, else at the uncaught exception, else at the end.
    #[default]
    Breakpoint,
    /// At the first line.
    Entry,
    /// At the uncaught exception, else at the end.
    Exception,
    /// At the end.
    End,
}
