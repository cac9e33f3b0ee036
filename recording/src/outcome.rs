//! The outcomes of runs, with their names in the `result` column.

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunResult {
    /// The program ended by itself, with exit code 0.
    Ok,
    /// It ended with another exit code, or a test failed.
    Failed,
    /// An uncaught exception ended it.
    Exception,
    /// A signal ended it.
    Signal,
    /// Recording ended before the program did.
    Stopped,
    /// Recording is still in progress.
    Recording,
    /// The recorder was interrupted.
    Cut,
}

/// The meaning of an outcome, in particular whether it is a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Nothing went wrong.
    Good,
    /// Recording is in progress.
    Live,
    /// The recording is incomplete.
    Warning,
    /// The program failed.
    Bad,
}

impl Mood {
    /// Its name in style sheets.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Live => "live",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

impl RunResult {
    /// All outcomes.
    pub const ALL: [Self; 7] =
        [Self::Ok, Self::Failed, Self::Exception, Self::Signal, Self::Stopped, Self::Recording, Self::Cut];

    /// Its name in recordings and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::Exception => "exception",
            Self::Signal => "signal",
            Self::Stopped => "stopped",
            Self::Recording => "recording",
            Self::Cut => "cut",
        }
    }

    /// The outcome with a name. A file may contain any name.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|result| result.name() == name)
    }

    /// Its meaning.
    #[must_use]
    pub fn mood(self) -> Mood {
        match self {
            Self::Ok | Self::Stopped => Mood::Good,
            Self::Recording => Mood::Live,
            Self::Cut => Mood::Warning,
            Self::Failed | Self::Exception | Self::Signal => Mood::Bad,
        }
    }

    /// The text that lists in editors show, if the name is not clear enough.
    #[must_use]
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::Stopped => Some("recording stopped at a limit"),
            Self::Recording => Some("recording…"),
            Self::Cut => Some("interrupted"),
            Self::Ok | Self::Failed | Self::Exception | Self::Signal => None,
        }
    }
}
