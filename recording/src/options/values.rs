//! The values of options, and their meaning.

use std::fmt;
use std::time::Duration;

use crate::recorder::Tail;

/// The value given for an option, whatever its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// True or false; an option without a value is true.
    Switch(bool),
    /// A whole number.
    Number(i128),
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// A value that no option accepts, as JSON.
    Other(String),
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(given) => write!(f, "{given}"),
            Self::Number(given) => write!(f, "{given}"),
            Self::Text(given) => write!(f, "{given:?}"),
            Self::Texts(given) => write!(f, "{given:?}"),
            Self::Other(given) => f.write_str(given),
        }
    }
}

/// How much of the data that unrecorded code may have changed is read again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recheck {
    /// As much as time allows.
    #[default]
    Auto,
    /// Everything.
    Full,
    /// For tests: this number of reads.
    Looks(u32),
    /// For tests: everything, with a simulated failure.
    Failing(Fault),
}

/// The simulated failure, for tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Objects cannot be identified by their addresses.
    Identity,
    /// The first long read ends the recording.
    Walk,
    /// Structs that are only defined in .c files do not match.
    Layout,
}

impl Fault {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Identity, "identity"), (Self::Walk, "walk"), (Self::Layout, "layout")];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(fault, _)| *fault == self).map_or("", |(_, name)| *name)
    }
}

impl Recheck {
    /// Parses the value of `--recheck`.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "auto" => Some(Self::Auto),
            "full" => Some(Self::Full),
            other => match other.strip_prefix("full:") {
                Some(name) => {
                    Fault::ALL.iter().find(|(_, known)| *known == name).map(|(fault, _)| Self::Failing(*fault))
                }
                None => other.parse().ok().map(Self::Looks),
            },
        }
    }

    /// The number of reads that the tracer performs; `None` for as many as time allows.
    #[must_use]
    pub fn looks(self) -> Option<i64> {
        match self {
            Self::Auto => None,
            Self::Full | Self::Failing(_) => Some(i64::MAX / 4),
            Self::Looks(n) => Some(n.into()),
        }
    }

    /// The name of the simulated failure; empty if there is none.
    #[must_use]
    pub fn fault(self) -> &'static str {
        match self {
            Self::Failing(fault) => fault.name(),
            Self::Auto | Self::Full | Self::Looks(_) => "",
        }
    }
}

impl fmt::Display for Recheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Full => f.write_str("full"),
            Self::Looks(n) => write!(f, "{n}"),
            Self::Failing(fault) => write!(f, "full:{}", fault.name()),
        }
    }
}

/// Parses the value of `--last`: a time (`30s`, `5min`, `1h`), or a number of steps (`200k`, `5M`).
#[must_use]
pub fn last(text: &str) -> Option<Tail> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    let n = digits.parse::<u64>().ok().filter(|n| (1..=1 << 32).contains(n))?;
    let seconds = |n: u64| Some(Tail::Time(Duration::from_secs(n)));
    match unit {
        "" => Some(Tail::Steps(n)),
        "k" => Some(Tail::Steps(n * 1000)),
        "M" => Some(Tail::Steps(n * 1_000_000)),
        "s" => seconds(n),
        "min" => seconds(n * 60),
        "h" => seconds(n * 3600),
        _ => None,
    }
}
