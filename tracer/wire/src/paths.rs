//! Paths of files: as the program gave them, and without symbolic links.

use std::path::{Component, Path, PathBuf};

/// The paths of a file. They are equal if no symbolic link is involved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The path as the program gave it, without `.`, `..` and `//`.
    pub given: String,
    /// The path without symbolic links.
    pub real: String,
}

impl Names {
    /// The paths of a file, given by an absolute path. The file need not exist: a member of an archive does not.
    pub fn of(path: &str) -> Self {
        let real = real(Path::new(path)).to_string_lossy().into_owned();
        let given = lexical(path);
        // After a symbolic link, `..` may lead elsewhere than the text says.
        let is_it = given == path || !path.contains("/..") || self::real(Path::new(&given)) == Path::new(&real);
        Self { given: if is_it { given } else { real.clone() }, real }
    }

    /// The different paths: one or two.
    pub fn each(&self) -> impl Iterator<Item = &str> {
        let real = (self.real != self.given).then_some(self.real.as_str());
        std::iter::once(self.given.as_str()).chain(real)
    }
}

/// A path without `.`, `..` and `//`, computed from its text alone.
pub fn lexical(path: &str) -> String {
    if !path.contains("/.") && !path.contains("//") {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Resolves symbolic links in the part of a path that exists.
fn real(path: &Path) -> PathBuf {
    let mut rest = Vec::new();
    let mut folder = path;
    loop {
        if let Ok(mut found) = std::fs::canonicalize(folder) {
            found.extend(rest.iter().rev());
            return found;
        }
        let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) else { return path.into() };
        rest.push(name);
        folder = parent;
    }
}

/// Whether a path is below a folder.
#[must_use]
pub fn below(path: &str, folder: &str) -> bool {
    !folder.is_empty() && path.strip_prefix(folder).is_some_and(|rest| folder.ends_with('/') || rest.starts_with('/'))
}

/// Whether a pattern matches a path: `package:name`, a folder, a path relative to the root, or a glob.
#[must_use]
pub fn matches(pattern: &str, path: &str, relative: Option<&str>) -> bool {
    if let Some(package) = pattern.strip_prefix("package:") {
        let name = package.replace('.', "/");
        return path.contains(&format!("/{name}/")) || path.ends_with(&format!("/{name}.py"));
    }
    let folder = pattern.trim_end_matches('/');
    [Some(path), relative].into_iter().flatten().any(|candidate| {
        candidate == folder || fast_glob::glob_match(pattern, candidate) || below(candidate, folder) || {
            !pattern.contains('/')
                && candidate.rsplit('/').next().is_some_and(|name| fast_glob::glob_match(pattern, name))
        }
    })
}

/// The patterns, and after each pattern that names folders also the one with their real paths.
pub fn with_real_patterns(patterns: &[String], root: &str) -> Vec<String> {
    let mut found = Vec::new();
    for pattern in patterns {
        found.push(pattern.clone());
        if pattern.starts_with("package:") || !pattern.contains('/') && !Path::new(root).join(pattern).is_symlink() {
            continue;
        }
        let path = Path::new(root).join(pattern);
        let is_glob = |part: &Component<'_>| part.as_os_str().to_string_lossy().contains(['*', '?', '[', '{', '!']);
        let literal: PathBuf = path.components().take_while(|part| !is_glob(part)).collect();
        let rest: PathBuf = path.components().skip_while(|part| !is_glob(part)).collect();
        let real = lexical(real(&literal).join(rest).to_string_lossy().trim_end_matches('/'));
        if real != *pattern {
            found.push(real);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a folder `dir` with a file `a.py`, a link `link` to it, and a link `far` to `deep/inner`.
    fn folder() -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().canonicalize().expect("the folder");
        for name in ["dir", "deep/inner"] {
            std::fs::create_dir_all(top.join(name)).expect("a folder");
        }
        std::fs::write(top.join("dir/a.py"), "").expect("a file");
        std::os::unix::fs::symlink(top.join("dir"), top.join("link")).expect("a link");
        std::os::unix::fs::symlink(top.join("deep/inner"), top.join("far")).expect("a link");
        let top = top.to_string_lossy().into_owned();
        (folder, top)
    }

    #[test]
    fn names_lose_dots_and_links() {
        let (_folder, top) = folder();
        let names = |path: &str| {
            let found = Names::of(&format!("{top}/{path}"));
            let of = |name: String| name.strip_prefix(&format!("{top}/")).map(str::to_owned).unwrap_or(name);
            (of(found.given), of(found.real))
        };
        let same = |path: &str, name: &str| assert_eq!(names(path), (name.into(), name.into()), "{path}");
        same("dir/a.py", "dir/a.py");
        same("./dir/.//a.py", "dir/a.py");
        same("dir/../dir/a.py", "dir/a.py");
        assert_eq!(names("link/a.py"), ("link/a.py".into(), "dir/a.py".into()));
        // `far/..` is `deep`, not the folder that contains `far`.
        same("far/../x.py", "deep/x.py");
        same("dir/app.pyz/pkg/x.py", "dir/app.pyz/pkg/x.py");
        assert_eq!(names("link/app.pyz/x.py"), ("link/app.pyz/x.py".into(), "dir/app.pyz/x.py".into()));
    }

    #[test]
    fn a_file_has_one_name_or_two() {
        let (_folder, top) = folder();
        let each = |path: &str| Names::of(&format!("{top}/{path}")).each().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(each("dir/a.py"), [format!("{top}/dir/a.py")]);
        assert_eq!(each("link/a.py"), [format!("{top}/link/a.py"), format!("{top}/dir/a.py")]);
    }

    #[test]
    fn patterns_get_real_names() {
        let (_folder, top) = folder();
        let found = |pattern: &str| with_real_patterns(&[pattern.to_owned()], &top);
        assert_eq!(found(&format!("{top}/link/*.py")), [format!("{top}/link/*.py"), format!("{top}/dir/*.py")]);
        assert_eq!(found("link"), ["link".to_owned(), format!("{top}/dir")]);
        assert_eq!(found("*.py"), ["*.py"]);
        assert_eq!(found("package:a/b"), ["package:a/b"]);
        assert_eq!(found("../x"), ["../x".to_owned(), lexical(&format!("{top}/../x"))]);
    }
}
