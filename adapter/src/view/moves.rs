//! What becomes of a command that moves the view.

use connie_history::timeline::{Position, Reach};

/// Where the view has stopped, and why.
#[derive(Clone, Debug)]
pub struct Stop {
    /// Where it stands now.
    pub position: Position,
    /// Where it stood before.
    pub before: Option<Position>,
    /// Why, in the protocol's word.
    pub reason: &'static str,
    /// A description for the client.
    pub text: Option<String>,
    /// The breakpoints that stopped it.
    pub ids: Vec<i64>,
}

/// What a command came to.
#[derive(Clone, Debug)]
pub enum Move {
    /// The view has stopped.
    Stopped(Stop),
    /// It waits for the program to go on.
    Waiting,
    /// It stays as it is: what was looked for was given up, or nobody looks any more.
    Stays,
    /// There is nothing to stand at, and why.
    End(String),
}

/// What a command came to, with a message for the console.
#[derive(Clone, Debug)]
#[must_use]
pub struct Moved {
    /// Where it led.
    pub to: Move,
    /// A line for the console.
    pub message: Option<String>,
}

impl Moved {
    /// Adds a line for the console.
    pub fn saying(self, text: String) -> Self {
        Self { message: Some(text), ..self }
    }
}

impl From<Move> for Moved {
    fn from(to: Move) -> Self {
        Self { to, message: None }
    }
}

/// A step forward or backward for which no line was found yet.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Where it starts.
    pub from: Position,
    /// How far it goes; none: to the next event.
    pub reach: Option<Reach>,
    /// Nothing was found up to this step.
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
