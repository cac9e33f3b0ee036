//! Levels: how much is recorded of code.

/// How much is recorded of code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Level {
    /// Every line, with all values.
    #[default]
    Lines = 0,
    /// Each call with its arguments, each result, and exceptions.
    Calls = 1,
    /// Frames that an exception passes through.
    Exceptions = 2,
}

impl Level {
    /// All levels, from the most detailed to the least.
    pub const ALL: [Self; 3] = [Self::Lines, Self::Calls, Self::Exceptions];

    /// The level with this byte.
    pub fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.get(usize::from(byte)).copied()
    }

    /// Its name in options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Calls => "calls",
            Self::Exceptions => "exceptions",
        }
    }

    /// The level with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

/// A rule: the level of the files that match a pattern, or of all files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The level.
    pub level: Level,
    /// A pattern as for `--include`; `None` for all files.
    pub pattern: Option<String>,
}

impl Rule {
    /// Parses `LEVEL` or `LEVEL:PATTERN`. Returns `None` if it is neither.
    pub fn read(text: &str) -> Option<Self> {
        let (level, pattern) = match text.split_once(':') {
            Some((level, pattern)) => (level, Some(pattern)),
            None => (text, None),
        };
        let pattern = match pattern {
            Some(pattern) if pattern.trim().is_empty() => return None,
            other => other.map(str::to_owned),
        };
        Some(Self { level: Level::named(level)?, pattern })
    }
}

/// The level of a file: that of the last rule with a matching pattern, else that of the last rule without a pattern.
pub fn level_of(rules: &[Rule], matches: impl Fn(&str) -> bool) -> Level {
    let last = |wanted: &dyn Fn(&Rule) -> bool| rules.iter().rev().find(|rule| wanted(rule)).map(|rule| rule.level);
    last(&|rule| rule.pattern.as_deref().is_some_and(&matches))
        .or_else(|| last(&|rule| rule.pattern.is_none()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read() {
        let rule = |level, pattern: Option<&str>| Some(Rule { level, pattern: pattern.map(str::to_owned) });
        for (text, expected) in [
            ("lines", rule(Level::Lines, None)),
            ("calls", rule(Level::Calls, None)),
            ("exceptions:vendor/*", rule(Level::Exceptions, Some("vendor/*"))),
            ("calls:package:requests", rule(Level::Calls, Some("package:requests"))),
            ("calls:", None),
            ("calls: ", None),
            ("call", None),
            ("", None),
            ("Lines", None),
            (":a.py", None),
        ] {
            assert_eq!(Rule::read(text), expected, "{text}");
        }
        for (n, level) in Level::ALL.into_iter().enumerate() {
            assert_eq!((Level::from_byte(n as u8), Level::named(level.name())), (Some(level), Some(level)));
        }
        assert_eq!(Level::from_byte(3), None);
    }

    #[test]
    fn the_last_matching_rule_decides() {
        let rules = |texts: &[&str]| texts.iter().filter_map(|text| Rule::read(text)).collect::<Vec<_>>();
        let of = |texts: &[&str], path: &str| level_of(&rules(texts), |pattern| pattern == path);
        assert_eq!(of(&[], "a"), Level::Lines);
        assert_eq!(of(&["calls"], "a"), Level::Calls);
        assert_eq!(of(&["calls", "exceptions"], "a"), Level::Exceptions);
        // A pattern is stronger than a rule for all files, in any order.
        assert_eq!(of(&["lines:a", "calls"], "a"), Level::Lines);
        assert_eq!(of(&["lines:a", "calls"], "b"), Level::Calls);
        assert_eq!(of(&["lines:a", "exceptions:a", "calls"], "a"), Level::Exceptions);
    }
}
