//! The list of options.

use std::ops::RangeInclusive;

use connie_wire::level::Rule;

use super::{Given, MAX_DEPTH, MAX_ITEMS, MAX_STRING, OptionError, Recheck, RecordOptions, last};
use crate::recorder::Tail;

/// An option.
pub struct Known {
    /// Its name: `--max-depth` on the command line, `max-depth` in pyproject.toml.
    pub name: &'static str,
    /// Its name in launch and attach configurations.
    pub launch: LaunchKey<'static>,
    /// The values that it accepts.
    pub takes: Takes,
    /// The placeholder for its value in help; empty for switches.
    pub value_name: &'static str,
    /// How it is treated when attaching to a running process.
    pub attach: Attach,
    /// What it does: a sentence for help and reference, without a final period.
    pub about: &'static str,
}

/// How an option is treated when attaching to a running process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attach {
    /// It takes effect.
    Followed,
    /// It is accepted, but states what is the case anyway.
    Holds,
    /// It is rejected.
    Refused,
}

/// The name of an option in launch and attach configurations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaunchKey<'a> {
    /// The option does not exist there.
    None,
    /// A key.
    Key(&'a str),
    /// A key of debugpy with the opposite meaning.
    Opposite(&'a str),
    /// A key within `limits`.
    Limit(&'a str),
}

/// The values that an option accepts, and the field that stores them.
pub enum Takes {
    /// True or false.
    Switch(fn(&mut RecordOptions) -> &mut bool),
    /// Patterns; on the command line, one per occurrence.
    Patterns(fn(&mut RecordOptions) -> &mut Vec<String>),
    /// Levels, each perhaps with a pattern; on the command line, one per occurrence.
    Levels(fn(&mut RecordOptions) -> &mut Vec<String>),
    /// A number.
    Number {
        /// The smallest and largest accepted value.
        range: RangeInclusive<u64>,
        /// The unit.
        of: &'static str,
        /// The default; `None` for no limit.
        default: Option<u64>,
        /// The field that stores it.
        field: fn(&mut RecordOptions) -> &mut Option<u64>,
    },
    /// `auto` or `full`.
    Recheck(fn(&mut RecordOptions) -> &mut Option<Recheck>),
    /// A time or a number of steps.
    Last(fn(&mut RecordOptions) -> &mut Option<Tail>),
}

/// All options, in the order of the help text.
pub static OPTIONS: [Known; 17] = [
    Known {
        name: "include",
        launch: LaunchKey::Key("include"),
        takes: Takes::Patterns(|options| &mut options.include),
        value_name: "PATTERN",
        attach: Attach::Followed,
        about: "Also record files that match (glob, folder, or package:NAME)",
    },
    Known {
        name: "exclude",
        launch: LaunchKey::Key("exclude"),
        takes: Takes::Patterns(|options| &mut options.exclude),
        value_name: "PATTERN",
        attach: Attach::Followed,
        about: "Do not record files that match (glob, folder, or package:NAME)",
    },
    Known {
        name: "include-stdlib",
        launch: LaunchKey::None,
        takes: Takes::Switch(|options| &mut options.include_stdlib),
        value_name: "",
        attach: Attach::Followed,
        about: "Also record the standard library",
    },
    Known {
        name: "include-site-packages",
        launch: LaunchKey::None,
        takes: Takes::Switch(|options| &mut options.include_site_packages),
        value_name: "",
        attach: Attach::Followed,
        about: "Also record installed packages",
    },
    Known {
        name: "all",
        launch: LaunchKey::Opposite("justMyCode"),
        takes: Takes::Switch(|options| &mut options.all),
        value_name: "",
        attach: Attach::Followed,
        about: "Record all Python code",
    },
    Known {
        name: "level",
        launch: LaunchKey::Key("level"),
        takes: Takes::Levels(|options| &mut options.levels),
        value_name: "LEVEL[:PATTERN]",
        attach: Attach::Followed,
        about: "How much to record of all files, or of those that match the pattern (may be repeated). lines: every \
            line with all values. calls: calls with arguments and results, and exceptions. exceptions: only functions \
            that an exception passes through",
    },
    Known {
        name: "no-children",
        launch: LaunchKey::Opposite("subProcess"),
        takes: Takes::Switch(|options| &mut options.no_children),
        value_name: "",
        attach: Attach::Holds,
        about: "Do not record the processes that the program starts",
    },
    Known {
        name: "max-string",
        launch: LaunchKey::Limit("string"),
        takes: Takes::Number {
            range: 0..=1 << 20,
            of: "characters",
            default: Some(MAX_STRING),
            field: |options| &mut options.max_string,
        },
        value_name: "N",
        attach: Attach::Followed,
        about: "Maximum number of characters recorded of a string",
    },
    Known {
        name: "max-items",
        launch: LaunchKey::Limit("items"),
        takes: Takes::Number {
            range: 0..=1 << 24,
            of: "items",
            default: Some(MAX_ITEMS),
            field: |options| &mut options.max_items,
        },
        value_name: "N",
        attach: Attach::Followed,
        about: "Maximum number of items recorded of a container",
    },
    Known {
        name: "max-depth",
        launch: LaunchKey::Limit("depth"),
        takes: Takes::Number {
            range: 1..=100,
            of: "containers",
            default: Some(MAX_DEPTH),
            field: |options| &mut options.max_depth,
        },
        value_name: "N",
        attach: Attach::Followed,
        about: "Maximum depth of containers within containers, counted from a variable",
    },
    Known {
        name: "recheck",
        launch: LaunchKey::Key("recheck"),
        takes: Takes::Recheck(|options| &mut options.recheck),
        value_name: "auto|full",
        attach: Attach::Followed,
        about: "How to re-read values that libraries may have changed. auto: as many as time allows, and mark the \
            others with a ?. full: all of them, however long it takes",
    },
    Known {
        name: "redact",
        launch: LaunchKey::Key("redact"),
        takes: Takes::Patterns(|options| &mut options.redact),
        value_name: "PATTERN",
        attach: Attach::Followed,
        about: "Also redact values whose names contain this word or match this pattern with * (may be repeated)",
    },
    Known {
        name: "no-redact",
        launch: LaunchKey::Key("noRedact"),
        takes: Takes::Switch(|options| &mut options.no_redact),
        value_name: "",
        attach: Attach::Followed,
        about: "Record passwords, keys and tokens as they are",
    },
    Known {
        name: "max-steps",
        launch: LaunchKey::Limit("steps"),
        takes: Takes::Number {
            range: 1..=u64::MAX,
            of: "steps",
            default: None,
            field: |options| &mut options.max_steps,
        },
        value_name: "N",
        attach: Attach::Followed,
        about: "Stop recording after this number of steps; the program goes on",
    },
    Known {
        name: "max-size",
        launch: LaunchKey::Limit("size"),
        takes: Takes::Number { range: 1..=1 << 24, of: "MiB", default: None, field: |options| &mut options.max_size },
        value_name: "MIB",
        attach: Attach::Refused,
        about: "Stop recording when the file has this size in MiB; the program goes on",
    },
    Known {
        name: "max-time",
        launch: LaunchKey::Limit("time"),
        takes: Takes::Number {
            range: 1..=1 << 32,
            of: "seconds",
            default: None,
            field: |options| &mut options.max_time,
        },
        value_name: "SECONDS",
        attach: Attach::Followed,
        about: "Stop recording after this number of seconds; the program goes on",
    },
    Known {
        name: "last",
        launch: LaunchKey::None,
        takes: Takes::Last(|options| &mut options.last),
        value_name: "TIME|STEPS",
        attach: Attach::Refused,
        about: "Keep only the end of the run: a time (30s, 5min, 1h) or a number of steps (200k, 5M). Up to a quarter \
            more is kept, or 33,000 steps if that is more",
    },
];

/// A rule of `--level` as it was given, if it is one.
fn rule(given: &str) -> Option<String> {
    Rule::read(given).map(|_| given.to_owned())
}

impl Known {
    /// The accepted values, for messages.
    #[must_use]
    pub fn expected(&self) -> String {
        match &self.takes {
            Takes::Switch(_) => "true or false".into(),
            Takes::Patterns(_) => "a list of strings".into(),
            Takes::Levels(_) => "a level (lines, calls or exceptions), or LEVEL:PATTERN".into(),
            Takes::Number { range, of, .. } if *range.end() == u64::MAX => {
                format!("a number of {of}, {} or more", range.start())
            }
            Takes::Number { range, of, .. } => format!("a number of {of} from {} to {}", range.start(), range.end()),
            Takes::Recheck(_) => "auto or full".into(),
            Takes::Last(_) => "a time (30s, 5min, 1h) or a number of steps (200k, 5M)".into(),
        }
    }

    /// Parses a command line argument.
    #[must_use]
    pub fn given(&self, word: &str) -> Given {
        let number = || word.parse().ok().map(Given::Number);
        match self.takes {
            Takes::Number { .. } => number().unwrap_or_else(|| Given::Text(word.into())),
            _ => Given::Text(word.into()),
        }
    }

    /// Sets the option to a value. Patterns are added.
    ///
    /// # Errors
    /// If the option does not accept the value.
    pub fn set(&self, options: &mut RecordOptions, given: &Given) -> Result<(), OptionError> {
        let wrong = || OptionError::Wrong { expected: self.expected(), given: given.to_string() };
        match (&self.takes, given) {
            (Takes::Switch(field), Given::Switch(given)) => *field(options) = *given,
            (Takes::Patterns(field), Given::Text(given)) => field(options).push(given.clone()),
            (Takes::Patterns(field), Given::Texts(given)) => field(options).extend(given.iter().cloned()),
            (Takes::Levels(field), Given::Text(given)) => field(options).push(rule(given).ok_or_else(wrong)?),
            (Takes::Levels(field), Given::Texts(given)) => {
                let rules: Option<Vec<String>> = given.iter().map(|given| rule(given)).collect();
                field(options).extend(rules.ok_or_else(wrong)?);
            }
            (Takes::Number { range, field, .. }, Given::Number(given)) => {
                let number = u64::try_from(*given).ok().filter(|number| range.contains(number));
                *field(options) = Some(number.ok_or_else(wrong)?);
            }
            (Takes::Recheck(field), Given::Text(given)) => {
                *field(options) = Some(Recheck::read(given).ok_or_else(wrong)?);
            }
            (Takes::Last(field), Given::Text(given)) => *field(options) = Some(last(given).ok_or_else(wrong)?),
            _ => return Err(wrong()),
        }
        Ok(())
    }

    /// Whether the given options contain it.
    fn is_given(&self, options: &mut RecordOptions) -> bool {
        match &self.takes {
            Takes::Switch(field) => *field(options),
            Takes::Patterns(field) | Takes::Levels(field) => !field(options).is_empty(),
            Takes::Number { field, .. } => field(options).is_some(),
            Takes::Recheck(field) => field(options).is_some(),
            Takes::Last(field) => field(options).is_some(),
        }
    }

    /// The first given option that is rejected when attaching to a running process.
    #[must_use]
    pub fn refused_by_attach(options: &RecordOptions) -> Option<&'static Self> {
        let mut options = options.clone();
        OPTIONS.iter().find(|known| known.attach == Attach::Refused && known.is_given(&mut options))
    }

    /// The option with this name in pyproject.toml and on the command line.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|known| known.name == name)
    }

    /// The option with this key in launch configurations.
    #[must_use]
    pub fn in_launch(key: LaunchKey<'_>) -> Option<&'static Self> {
        OPTIONS.iter().find(|known| known.launch == key)
    }
}
