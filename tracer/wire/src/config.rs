//! The configuration that the recorder passes to the tracer before the program starts: a small text file.

use std::collections::BTreeMap;

/// Settings of one traced process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Path of the ring.
    pub ring: String,
    /// Folder whose files are recorded.
    pub root: String,
    /// Working folder of the program when it started.
    pub cwd: String,
    /// Patterns of files that are recorded wherever they are.
    pub include: Vec<String>,
    /// Patterns of files that are never recorded.
    pub exclude: Vec<String>,
    /// How much is recorded of which files: rules as in [`crate::level::Rule::read`].
    pub levels: Vec<String>,
    /// Whether to record the standard library.
    pub include_stdlib: bool,
    /// Whether to record installed packages.
    pub include_site_packages: bool,
    /// Whether to record every file.
    pub all: bool,
    /// Whether the program was given with `-c`.
    pub command: bool,
    /// Whether the program was given on stdin.
    pub stdin: bool,
    /// Whether to record processes that the program starts.
    pub children: bool,
    /// Words in the names of secret values; empty if nothing is redacted.
    pub redact: Vec<String>,
    /// Largest number of code points of a str that is kept.
    pub max_string: u64,
    /// Largest number of items of a container that is kept.
    pub max_items: u64,
    /// Largest nesting of containers that is kept.
    pub max_depth: u64,
    /// Memory for the tracer's knowledge of objects, in bytes.
    pub memory: u64,
    /// For tests: the number of times that objects are read again after unrecorded code ran. `None`: as often as time
    /// allows.
    pub recheck: Option<i64>,
    /// For tests, what is to fail: `identity` (objects are not identified by their addresses) or `walk` (the first long
    /// walk over objects ends the recording). Empty: nothing.
    pub fault: String,
    /// The prefix of the ids of segments' recordings (one per test, for example). Empty if the whole program is one
    /// recording.
    pub segments: String,
    /// Which of these recordings are kept: `failed` or `all`.
    pub keep: String,
    /// Whether hooks exist only within segments. Code that is running when a segment begins is recorded from there on.
    pub switched: bool,
    /// The signal that begins and ends a segment; 0 for none.
    pub arm: u32,
    /// Whether to install hooks that do nothing, to measure the cost of hooks alone (for benchmarks).
    pub empty_hooks: bool,
}

impl Config {
    /// The text form, with one `key=value` a line.
    pub fn to_text(&self) -> String {
        let mut lines = Vec::new();
        let mut put = |key: &str, value: &str| {
            lines.push(format!("{key}={}\n", value.replace('\\', "\\\\").replace('\n', "\\n")));
        };
        put("ring", &self.ring);
        put("root", &self.root);
        put("cwd", &self.cwd);
        put("segments", &self.segments);
        put("keep", &self.keep);
        for (key, list) in
            [("include", &self.include), ("exclude", &self.exclude), ("levels", &self.levels), ("redact", &self.redact)]
        {
            for value in list {
                put(key, value);
            }
        }
        for (key, on) in [
            ("include_stdlib", self.include_stdlib),
            ("include_site_packages", self.include_site_packages),
            ("all", self.all),
            ("command", self.command),
            ("stdin", self.stdin),
            ("children", self.children),
            ("empty_hooks", self.empty_hooks),
            ("switched", self.switched),
        ] {
            if on {
                put(key, "1");
            }
        }
        put("max_string", &self.max_string.to_string());
        put("max_items", &self.max_items.to_string());
        put("max_depth", &self.max_depth.to_string());
        put("memory", &self.memory.to_string());
        put("arm", &self.arm.to_string());
        put("fault", &self.fault);
        if let Some(recheck) = self.recheck {
            put("recheck", &recheck.to_string());
        }
        lines.concat()
    }

    /// Parses the text form. Missing values are empty or 0.
    pub fn from_text(text: &str) -> Self {
        let mut values: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
            values.entry(key).or_default().push(unescape(value));
        }
        let list = |key| values.get(key).cloned().unwrap_or_default();
        let one = |key| values.get(key).and_then(|list| list.first()).cloned().unwrap_or_default();
        let number = |key| one(key).parse().unwrap_or(0);
        Self {
            ring: one("ring"),
            root: one("root"),
            cwd: one("cwd"),
            segments: one("segments"),
            fault: one("fault"),
            keep: one("keep"),
            include: list("include"),
            exclude: list("exclude"),
            levels: list("levels"),
            redact: list("redact"),
            include_stdlib: number("include_stdlib") == 1,
            include_site_packages: number("include_site_packages") == 1,
            all: number("all") == 1,
            command: number("command") == 1,
            stdin: number("stdin") == 1,
            children: number("children") == 1,
            empty_hooks: number("empty_hooks") == 1,
            switched: number("switched") == 1,
            arm: number("arm") as u32,
            max_string: number("max_string"),
            max_items: number("max_items"),
            max_depth: number("max_depth"),
            memory: number("memory"),
            recheck: one("recheck").parse().ok(),
        }
    }
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => out.push(if chars.next() == Some('n') { '\n' } else { '\\' }),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_survives() {
        let config = Config {
            root: "/a\\b\nc=d".into(),
            include: vec!["x".into(), "y=1".into()],
            levels: vec!["calls".into(), "lines:a=b".into()],
            all: true,
            max_items: 7,
            ..Config::default()
        };
        assert_eq!(Config::from_text(&config.to_text()), config);
    }
}
