//! The options of recording. The command line, `[tool.connie]` of pyproject.toml, launch and attach configurations
//! share them and their values.
//!
//! [`OPTIONS`] is the only list of options. Readers of options pass each value as a [`Given`], which [`Known::set`]
//! checks.

mod table;
mod values;

pub use table::{Attach, Known, LaunchKey, OPTIONS, Takes};
pub use values::{Fault, Given, Recheck, last};

use crate::recorder::Tail;

/// The default for the number of characters recorded of a string.
pub const MAX_STRING: u64 = 4096;
/// The default for the number of items recorded of a container.
pub const MAX_ITEMS: u64 = 1000;
/// The default for the depth of containers within containers.
pub const MAX_DEPTH: u64 = 5;

/// The options of a recording. `None` means that the option was not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordOptions {
    /// Patterns of files recorded wherever they are.
    pub include: Vec<String>,
    /// Patterns of files never recorded.
    pub exclude: Vec<String>,
    /// How much is recorded of which files, in the form `LEVEL` or `LEVEL:PATTERN`.
    pub levels: Vec<String>,
    /// Record the standard library.
    pub include_stdlib: bool,
    /// Record installed packages.
    pub include_site_packages: bool,
    /// Record every file.
    pub all: bool,
    /// Do not record the processes that the program starts.
    pub no_children: bool,
    /// The maximum number of characters recorded of a string.
    pub max_string: Option<u64>,
    /// The maximum number of items recorded of a container.
    pub max_items: Option<u64>,
    /// The maximum nesting depth of recorded containers.
    pub max_depth: Option<u64>,
    /// How much of the data that libraries may have changed is read again.
    pub recheck: Option<Recheck>,
    /// Words and patterns of names that hide values, besides the built-in words.
    pub redact: Vec<String>,
    /// Hide nothing.
    pub no_redact: bool,
    /// Steps after which recording stops.
    pub max_steps: Option<u64>,
    /// MiB of the file at which recording stops.
    pub max_size: Option<u64>,
    /// Seconds after which recording stops.
    pub max_time: Option<u64>,
    /// How much of the end is kept; `None` to keep everything.
    pub last: Option<Tail>,
}

/// The reason why options are rejected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// The option does not take this value.
    #[error("must be {expected}, not {given}")]
    Wrong {
        /// The values that the option takes, for people.
        expected: String,
        /// The value that was given, as JSON.
        given: String,
    },
    /// Names of secrets are given although redaction is switched off.
    #[error("give only one of \"redact\" and \"{no_redact}\"")]
    Contradiction {
        /// The name of the other option in this source.
        no_redact: &'static str,
    },
}

impl RecordOptions {
    /// Checks that options do not contradict each other; `no_redact` is the name of that option in their source.
    ///
    /// # Errors
    /// If options contradict each other.
    pub fn check(&self, no_redact: &'static str) -> Result<(), OptionError> {
        match self.no_redact && !self.redact.is_empty() {
            true => Err(OptionError::Contradiction { no_redact }),
            false => Ok(()),
        }
    }

    /// Combines these options with those of the project. Patterns of both count. Names of secrets override a project's
    /// `no-redact`.
    #[must_use]
    pub fn within(self, project: &Self) -> Self {
        let both = |project: &[String], own: Vec<String>| [project, &own].concat();
        let no_redact = self.no_redact || project.no_redact && self.redact.is_empty();
        Self {
            include: both(&project.include, self.include),
            exclude: both(&project.exclude, self.exclude),
            levels: both(&project.levels, self.levels),
            include_stdlib: self.include_stdlib || project.include_stdlib,
            include_site_packages: self.include_site_packages || project.include_site_packages,
            all: self.all || project.all,
            no_children: self.no_children || project.no_children,
            max_string: self.max_string.or(project.max_string),
            max_items: self.max_items.or(project.max_items),
            max_depth: self.max_depth.or(project.max_depth),
            recheck: self.recheck.or(project.recheck),
            redact: both(&project.redact, self.redact),
            no_redact,
            max_steps: self.max_steps.or(project.max_steps),
            max_size: self.max_size.or(project.max_size),
            max_time: self.max_time.or(project.max_time),
            last: self.last.or(project.last),
        }
    }

    /// The equivalent command line arguments; without `--last`, which is never passed on.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let mut own = self.clone();
        let mut found = Vec::new();
        for known in &OPTIONS {
            let name = known.name;
            match &known.takes {
                Takes::Switch(field) => found.extend(field(&mut own).then(|| format!("--{name}"))),
                Takes::Patterns(field) | Takes::Levels(field) => {
                    found.extend(field(&mut own).iter().map(|pattern| format!("--{name}={pattern}")));
                }
                Takes::Number { field, .. } => found.extend(field(&mut own).map(|n| format!("--{name}={n}"))),
                Takes::Recheck(field) => found.extend(field(&mut own).map(|how| format!("--{name}={how}"))),
                Takes::Last(_) => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests;
