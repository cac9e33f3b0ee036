//! Decides which files are recorded.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use connie_wire::level::{self, Level, Rule};
use connie_wire::paths::{self, Names, below, matches};
use connie_wire::verdict::Verdict;

/// The rules, as given by the command line and pyproject.toml.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The folder whose files are recorded, without trailing slash and symbolic links.
    pub root: String,
    /// Patterns of files that are recorded wherever they are.
    pub include: Vec<String>,
    /// Patterns of files that are never recorded.
    pub exclude: Vec<String>,
    /// How much is recorded of which files.
    pub levels: Vec<Rule>,
    /// Whether code may be recorded of which only exceptions are.
    pub any_exceptions: bool,
    /// Folders of the standard library.
    pub stdlib: Vec<String>,
    /// Whether to record the standard library too.
    pub include_stdlib: bool,
    /// Whether to record installed packages too.
    pub include_site_packages: bool,
    /// Whether to record everything that has a file.
    pub all: bool,
    /// Device and inode of the root, which identify the folder under any name.
    pub(crate) identity: Option<(u64, u64)>,
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

impl Filter {
    /// Prepares the rules: resolves the root, and adds patterns for real paths.
    pub fn prepare(mut self) -> Self {
        if let Ok(real) = std::fs::canonicalize(&self.root) {
            self.root = real.to_string_lossy().into_owned();
        }
        self.identity = identity(Path::new(&self.root));
        self.include = paths::with_real_patterns(&self.include, &self.root);
        self.exclude = paths::with_real_patterns(&self.exclude, &self.root);
        self.levels = self.levels.iter().flat_map(|rule| self.with_real_pattern(rule)).collect();
        self.any_exceptions = self.levels.iter().any(|rule| rule.level == Level::Exceptions);
        self
    }

    /// A rule, and the one with the real path of its pattern.
    fn with_real_pattern(&self, rule: &Rule) -> Vec<Rule> {
        let Some(pattern) = &rule.pattern else { return vec![rule.clone()] };
        let patterns = paths::with_real_patterns(std::slice::from_ref(pattern), &self.root);
        patterns.into_iter().map(|pattern| Rule { pattern: Some(pattern), ..rule.clone() }).collect()
    }

    /// How much is recorded of a file that is recorded, by its absolute path or the name of code without a file.
    pub fn level(&self, path: &str) -> Level {
        let names = Names::of(path);
        let linked = self.relative_by_link(&names);
        level::level_of(&self.levels, |pattern| {
            names.each().any(|name| matches(pattern, name, self.relative(name)))
                || linked.is_some_and(|linked| matches(pattern, &names.given, Some(linked)))
        })
    }

    /// Whether a file is part of the standard library.
    pub fn is_stdlib(&self, path: &[u8]) -> bool {
        let path = String::from_utf8_lossy(path);
        path.starts_with("<frozen ")
            || self.stdlib.iter().any(|folder| below(&path, folder)) && !is_site_packages(&path)
    }

    /// Whether patterns include or exclude code that is in no file; `None` if no pattern matches.
    pub fn includes(&self, name: &[u8]) -> Option<bool> {
        let name = std::str::from_utf8(name).ok()?;
        if self.exclude.iter().any(|pattern| matches(pattern, name, None)) {
            return Some(false);
        }
        self.include.iter().any(|pattern| matches(pattern, name, None)).then_some(true)
    }

    /// Whether code is recorded whose file does not exist. `path` is `name` in the program's folder.
    pub fn records_missing(&self, name: &str, path: &str) -> bool {
        let is_named = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, path, Some(name)));
        !is_named(&self.exclude) && (self.all || is_named(&self.include))
    }

    /// Whether code of a file is recorded, given its absolute path. Returns also the path to show, and the one without
    /// symbolic links.
    pub fn judge(&self, path: &str) -> (Verdict, String, String) {
        let plain = self.include.is_empty() && self.exclude.is_empty() && !self.all && !self.include_stdlib;
        if plain && !path.contains("/.") && self.is_stdlib(path.as_bytes()) {
            // This is true for most files, and needs no system call.
            return (Verdict::Stdlib, path.to_owned(), path.to_owned());
        }
        let names = Names::of(path);
        let verdict = self.judge_names(&names);
        let is_own = self.relative(&names.given).is_none() && self.relative(&names.real).is_some();
        let linked = self.relative_by_link(&names).map(|linked| format!("{}/{linked}", self.root));
        let shown = linked.unwrap_or_else(|| if is_own { names.real.clone() } else { names.given.clone() });
        (verdict, shown, names.real)
    }

    fn judge_names(&self, names: &Names) -> Verdict {
        let linked = self.relative_by_link(names);
        let is_named = |patterns: &[String]| {
            patterns.iter().any(|pattern| {
                names.each().any(|name| matches(pattern, name, self.relative(name)))
                    || linked.is_some_and(|linked| matches(pattern, &names.given, Some(linked)))
            })
        };
        if is_named(&self.exclude) {
            return Verdict::Excluded;
        }
        if self.all || is_named(&self.include) {
            return Verdict::Recorded;
        }
        let is_own = self.relative(&names.real).is_some_and(|rest| !rest.starts_with('.') && !rest.contains("/."));
        // A file linked into an environment from the project (an editable install) belongs to the project.
        if is_site_packages(&names.real) || is_site_packages(&names.given) && !is_own {
            return if self.include_site_packages { Verdict::Recorded } else { Verdict::SitePackages };
        }
        if names.each().any(|name| self.stdlib.iter().any(|folder| below(name, folder))) {
            return if self.include_stdlib { Verdict::Recorded } else { Verdict::Stdlib };
        }
        if linked.is_none() && !names.each().any(|name| below(name, &self.root)) {
            return Verdict::Outside;
        }
        // A link out of an environment leads to the project; a link into it does not.
        let place = if self.relative(&names.real).is_some() { &names.real } else { &names.given };
        let in_environment = in_venv(place, &self.root);
        if in_environment { Verdict::Environment } else { Verdict::Recorded }
    }

    /// The part of a path relative to the root.
    fn relative<'a>(&self, path: &'a str) -> Option<&'a str> {
        below(path, &self.root).then(|| path[self.root.len()..].trim_start_matches('/'))
    }

    /// The part of a path relative to the root, if it leads there through a symbolic link.
    fn relative_by_link<'a>(&self, names: &'a Names) -> Option<&'a str> {
        let wanted = self.identity?;
        if names.given == names.real || names.each().any(|name| below(name, &self.root)) {
            return None;
        }
        let folders = Path::new(&names.given).ancestors().skip(1);
        let folder = folders.into_iter().find(|folder| identity(folder) == Some(wanted))?;
        names.given.get(folder.to_str()?.len()..).map(|rest| rest.trim_start_matches('/'))
    }
}

fn is_site_packages(path: &str) -> bool {
    path.contains("/site-packages/") || path.contains("/dist-packages/")
}

/// Whether a folder between the root and the file is a virtual environment, or one of conda.
fn in_venv(path: &str, root: &str) -> bool {
    let mut folder = Path::new(path);
    while let Some(parent) = folder.parent() {
        if !below(&parent.to_string_lossy(), root) {
            return false;
        }
        if parent.join("pyvenv.cfg").exists() || parent.join("conda-meta").exists() {
            return true;
        }
        folder = parent;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_apply_to_files() {
        let rules = ["calls", "lines:src/cart.py", "exceptions:/p/vendor/*", "lines:own.py", "calls:package:flask"];
        let levels = rules.iter().filter_map(|rule| Rule::read(rule)).collect();
        let filter = Filter { root: "/p".into(), levels, ..Filter::default() }.prepare();
        assert!(filter.any_exceptions);
        for (path, expected) in [
            ("/p/src/cart.py", Level::Lines),
            ("/p/src/other.py", Level::Calls),
            ("/p/vendor/a.py", Level::Exceptions),
            ("/p/vendor/own.py", Level::Lines),
            ("/lib/site-packages/flask/app.py", Level::Calls),
            ("<string>", Level::Calls),
        ] {
            assert_eq!(filter.level(path), expected, "{path}");
        }
        let none = Filter { root: "/p".into(), ..Filter::default() }.prepare();
        assert_eq!((none.level("/p/a.py"), none.any_exceptions), (Level::Lines, false));
    }
}
