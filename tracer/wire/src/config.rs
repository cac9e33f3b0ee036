//! What the recorder tells the tracer before the program starts: a small text file.

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
    /// Patterns of files recorded wherever they are.
    pub include: Vec<String>,
    /// Patterns of files never recorded.
    pub exclude: Vec<String>,
    /// Record the standard library.
    pub include_stdlib: bool,
    /// Record installed packages.
    pub include_site_packages: bool,
    /// Record every file.
    pub all: bool,
    /// The program was given with `-c`.
    pub command: bool,
    /// The program was given on stdin.
    pub stdin: bool,
    /// Processes that the program starts are recorded too.
    pub children: bool,
    /// Words that hide values; empty: none.
    pub redact: Vec<String>,
    /// Code points of a str that are kept.
    pub max_string: u64,
    /// Items of a container that are kept.
    pub max_items: u64,
    /// Levels of containers that are kept.
    pub max_depth: u64,
    /// Bytes of memory for what the tracer knows of objects.
    pub memory: u64,
    /// How many looks at what unrecorded code may have changed, for tests; `None`: as many as time allows.
    pub recheck: Option<i64>,
    /// What is to fail, for tests: `identity` (objects are not known by their addresses) or `walk` (the first long one
    /// ends the recording); else nothing.
    pub fault: String,
    /// How ids of recordings of segments (tests, say) begin; empty: the whole program is one recording.
    pub segments: String,
    /// Which of them are kept: `failed` or `all`.
    pub keep: String,
    /// Between segments there are no hooks, and what runs when one begins is recorded from there on.
    pub switched: bool,
    /// The signal that begins and ends a segment; 0: none.
    pub arm: u32,
    /// Only install empty hooks: what the hooks alone cost (benchmarks).
    pub empty_hooks: bool,
}

impl Config {
    /// The text form: one `key=value` a line.
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
        for (key, list) in [("include", &self.include), ("exclude", &self.exclude), ("redact", &self.redact)] {
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

    /// Reads the text form; what is missing is empty or 0.
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
            all: true,
            max_items: 7,
            ..Config::default()
        };
        assert_eq!(Config::from_text(&config.to_text()), config);
    }
}
