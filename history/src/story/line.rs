//! A line of the story, as a type.

use crate::flame::Ending;

/// A name and its new value as text.
pub type Change = (String, String);

/// A line of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The step that it belongs to. Lines are in the order of their steps; a step may have several.
    pub step: u64,
    /// The thread.
    pub thread: u32,
    /// The asyncio task; 0 if there is none.
    pub task: u32,
    /// The frame; 0 outside of recorded code.
    pub frame: u64,
    /// How far it is indented: the number of calls around it.
    pub depth: usize,
    /// What it says.
    pub what: What,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Steps of another thread follow.
    Thread {
        /// Its name.
        name: String,
    },
    /// Steps of another task follow.
    Task {
        /// Its name; `None` outside of tasks.
        name: Option<String>,
    },
    /// A comment above the line of code that follows, which runs for the first time.
    Comment {
        /// The comment.
        text: String,
    },
    /// A line of code ran.
    Code {
        /// The number of its source.
        source: u32,
        /// Its number.
        line: u32,
        /// Its text without indentation, or why there is none.
        text: String,
        /// Whether it goes on with a block of lines that change nothing.
        goes_on: bool,
        /// What it changed.
        changes: Vec<Change>,
    },
    /// Something changed that no line of code before it did: during a call, or in code that is not recorded.
    Changes(Vec<Change>),
    /// A function was called.
    Call {
        /// Its name.
        name: String,
        /// The number of its source.
        source: u32,
        /// Its first line.
        line: u32,
        /// Its arguments.
        arguments: Vec<Change>,
        /// Where it ends, if its inside is left out.
        fold: Option<Fold>,
    },
    /// A frame was resumed.
    Resume {
        /// The name of its function.
        name: String,
        /// Where it ends, if its inside is left out.
        fold: Option<Fold>,
    },
    /// A function returned a value.
    Return(String),
    /// A function yielded a value.
    Yield(String),
    /// An exception appeared.
    Raise(String),
    /// A generator was closed.
    Closed,
    /// A line of output.
    Output {
        /// 1 stdout, 2 stderr.
        stream: u8,
        /// The text, without the end of the line.
        text: String,
    },
    /// More lines of output of the same step, which are left out.
    MoreOutput(usize),
}

/// The inside of a call that is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Its last step.
    pub last: u64,
    /// How it ended.
    pub ending: Ending,
}

fn assignments(changes: &[Change]) -> String {
    changes.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
}

impl Line {
    /// Whether something changed, was called or happened: not a line of code without changes.
    #[must_use]
    pub fn tells_change(&self) -> bool {
        match &self.what {
            What::Code { changes, .. } => !changes.is_empty(),
            What::Comment { .. } => false,
            _ => true,
        }
    }

    /// The text of the line, for searches.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.what {
            What::Thread { name } => name.clone(),
            What::Task { name } => name.clone().unwrap_or_default(),
            What::Comment { text } | What::Output { text, .. } => text.clone(),
            What::Code { text, changes, .. } => format!("{text} {}", assignments(changes)),
            What::Changes(changes) => assignments(changes),
            What::Call { name, arguments, .. } => format!("{name}({})", assignments(arguments)),
            What::Resume { name, .. } => name.clone(),
            What::Return(text) | What::Yield(text) | What::Raise(text) => text.clone(),
            What::Closed | What::MoreOutput(_) => String::new(),
        }
    }

    /// The fold of a call, or none.
    pub(super) fn fold_mut(&mut self) -> Option<&mut Option<Fold>> {
        match &mut self.what {
            What::Call { fold, .. } | What::Resume { fold, .. } => Some(fold),
            _ => None,
        }
    }
}
