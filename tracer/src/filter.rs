//! Which files are recorded.

/// The rules, as the command line and pyproject.toml gave them.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Files below this folder are recorded; no trailing slash.
    pub root: String,
    /// Patterns of files that are recorded wherever they are.
    pub include: Vec<String>,
    /// Patterns of files that are never recorded.
    pub exclude: Vec<String>,
    /// Folders of the standard library.
    pub stdlib: Vec<String>,
    /// Record the standard library too.
    pub include_stdlib: bool,
    /// Record installed packages too.
    pub include_site_packages: bool,
    /// Record everything that has a file.
    pub all: bool,
}

fn below(path: &str, folder: &str) -> bool {
    !folder.is_empty() && path.strip_prefix(folder).is_some_and(|rest| folder.ends_with('/') || rest.starts_with('/'))
}

/// Whether a pattern names a path: `package:name`, a folder, a path relative to the root, or a glob.
fn matches(pattern: &str, path: &str, root: &str) -> bool {
    if let Some(package) = pattern.strip_prefix("package:") {
        let name = package.replace('.', "/");
        return path.contains(&format!("/{name}/")) || path.ends_with(&format!("/{name}.py"));
    }
    let relative = path.strip_prefix(root).map(|rest| rest.trim_start_matches('/'));
    let folder = pattern.trim_end_matches('/');
    [Some(path), relative].into_iter().flatten().any(|candidate| {
        fast_glob::glob_match(pattern, candidate) || below(candidate, folder) || {
            !pattern.contains('/')
                && candidate.rsplit('/').next().is_some_and(|name| fast_glob::glob_match(pattern, name))
        }
    })
}

impl Filter {
    /// Whether a file is part of the standard library.
    pub fn is_stdlib(&self, path: &[u8]) -> bool {
        let path = String::from_utf8_lossy(path);
        path.starts_with("<frozen ")
            || self.stdlib.iter().any(|folder| below(&path, folder)) && !is_site_packages(&path)
    }

    /// Whether code that no file holds is recorded, where patterns say so.
    pub fn includes(&self, name: &[u8]) -> Option<bool> {
        let name = std::str::from_utf8(name).ok()?;
        if self.exclude.iter().any(|pattern| matches(pattern, name, &self.root)) {
            return Some(false);
        }
        self.include.iter().any(|pattern| matches(pattern, name, &self.root)).then_some(true)
    }

    /// Whether code of this file is recorded.
    pub fn records(&self, path: &[u8]) -> bool {
        let Ok(path) = std::str::from_utf8(path) else { return false };
        if path.starts_with('<') || !path.starts_with('/') {
            return false;
        }
        if self.exclude.iter().any(|pattern| matches(pattern, path, &self.root)) {
            return false;
        }
        if self.all || self.include.iter().any(|pattern| matches(pattern, path, &self.root)) {
            return true;
        }
        if is_site_packages(path) {
            return self.include_site_packages;
        }
        if self.stdlib.iter().any(|folder| below(path, folder)) {
            return self.include_stdlib;
        }
        below(path, &self.root) && !in_venv(path, &self.root)
    }
}

fn is_site_packages(path: &str) -> bool {
    path.contains("/site-packages/") || path.contains("/dist-packages/")
}

/// Whether a folder between the root and the file is a virtual environment.
fn in_venv(path: &str, root: &str) -> bool {
    let mut folder = std::path::Path::new(path);
    while let Some(parent) = folder.parent() {
        if !below(&parent.to_string_lossy(), root) {
            return false;
        }
        if parent.join("pyvenv.cfg").exists() {
            return true;
        }
        folder = parent;
    }
    false
}
