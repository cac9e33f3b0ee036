//! The outcomes of runs, by the names in the `result` column.

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunResult {
    /// The program ended by itself, with exit code 0.
    Ok,
    /// It ended with another exit code, or a test failed.
    Failed,
    /// An exception that nothing caught ended it.
    Exception,
    /// A signal ended it.
    Signal,
    /// Recording ended before the program did.
    Stopped,
    /// It is still recorded.
    Recording,
    /// The recorder was interrupted.
    Cut,
}

/// What an outcome means: whether it is a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Nothing went wrong.
    Good,
    /// It goes on.
    Live,
    /// The recording is incomplete.
    Warning,
    /// The program failed.
    Bad,
}

impl Mood {
    /// Its name, as style sheets have it.
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
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Ok, Self::Failed, Self::Exception, Self::Signal, Self::Stopped, Self::Recording, Self::Cut];

    /// Its name, as recordings and JSON have it.
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

    /// That with a name. A file may say anything.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|result| result.name() == name)
    }

    /// What it means.
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
