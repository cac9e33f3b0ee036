//! Versions of values, used by several tools.

use connie_history::answers;
use schemars::JsonSchema;
use serde::Serialize;

use crate::answer::{Location, Recorded};

/// A write, with the value after it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Version {
    /// The line that wrote.
    pub at: Location,
    /// The step at which the write was seen: after the line ran.
    pub seen: u64,
    /// The value that was bound, or the container that changed; absent if it was deleted. A `?` after it means that it
    /// is not known for sure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Recorded>,
    /// What changed within the value; empty if the value itself was written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<Recorded>,
    /// Set if code that was not recorded wrote the value: the first step at which it may have done so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// Whether the old value was equal.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub equal: bool,
    /// Whether another thread wrote at the same time, so that it is not known which of the two values was last.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unsure: bool,
}

impl From<&answers::Version> for Version {
    fn from(version: &answers::Version) -> Self {
        Self {
            at: Location::from(&version.at),
            seen: version.seen,
            value: version.value.as_deref().map(Recorded::new),
            changed: version.changed.iter().map(|changed| Recorded::new(changed)).collect(),
            since: version.since,
            equal: version.is_equal,
            unsure: version.is_unsure,
        }
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}  ", self.at)?;
        if !self.changed.is_empty() {
            let changed: Vec<String> = self.changed.iter().map(ToString::to_string).collect();
            write!(f, "{} -> ", changed.join(", "))?;
        }
        match &self.value {
            Some(value) => write!(f, "{value}")?,
            None => f.write_str("deleted")?,
        }
        f.write_str(if self.unsure { "?" } else { "" })?;
        f.write_str(if self.equal { " (an equal value)" } else { "" })?;
        match self.since {
            Some(since) => write!(f, " (by code that was not recorded, in steps {since} to {})", self.seen),
            None => Ok(()),
        }
    }
}
