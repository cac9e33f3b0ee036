//! What is kept of a bug: `tests/bugs/NAME/bug.toml`, and `reverse.patch` beside it.

use std::path::PathBuf;

use serde::Deserialize;

use crate::shell::{Result, root};

/// A bug that was fixed once.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bug {
    /// The name of its folder.
    #[serde(skip)]
    pub name: String,
    /// Its folder.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The package on PyPI.
    pub package: String,
    /// The version that the patch fits.
    pub version: String,
    /// The SHA-256 of the source distribution, in hexadecimal digits.
    pub sha256: String,
    /// The licence of the package, as an SPDX expression.
    pub license: String,
    /// The folder within the source that has the package.
    #[serde(default = "here")]
    pub path: String,
    /// The node id of the test that fails with the patch.
    pub test: String,
    /// What kind of mistake it is, in a few words.
    pub kind: String,
    /// What the program did wrong, in one sentence.
    pub what: String,
    /// Where the failure shows, seen from the faulty line.
    pub shows: String,
    /// Whether nobody who worked on `connie explain` had seen it before the first measurement with it.
    #[serde(default)]
    pub held_back: bool,
    /// The lines that the fix changed; where it only added lines, those beside which it did.
    pub faulty: Vec<Faulty>,
}

/// A line that is faulty with the patch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faulty {
    /// The file, below the root of the source.
    pub file: String,
    /// The line's number, from 1, with the patch.
    pub line: u32,
    /// The line's text, without the white space around it: a check that the number is right.
    pub text: String,
}

fn here() -> String {
    ".".to_owned()
}

impl Bug {
    /// The patch that takes the fix back.
    pub fn patch(&self) -> PathBuf {
        self.folder.join("reverse.patch")
    }

    /// A test of ours, for bugs that no test of the source distribution finds.
    pub fn own_test(&self) -> Option<PathBuf> {
        Some(self.folder.join("test_check.py")).filter(|path| path.exists())
    }
}

/// All bugs of `tests/bugs`, by name.
pub fn all() -> Result<Vec<Bug>> {
    let mut bugs = Vec::new();
    for entry in std::fs::read_dir(root().join("tests/bugs"))?.flatten().filter(|entry| entry.path().is_dir()) {
        let folder = entry.path();
        let path = folder.join("bug.toml");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let bug: Bug = toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        bugs.push(Bug { name: entry.file_name().to_string_lossy().into_owned(), folder, ..bug });
    }
    bugs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(bugs)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::all;

    /// Licences under which a few changed lines may be kept here.
    const PERMISSIVE: [&str; 4] = ["BSD-2-Clause", "BSD-3-Clause", "MIT", "Apache-2.0"];

    #[test]
    fn there_are_bugs_of_many_packages_and_kinds() {
        let bugs = all().unwrap();
        let packages: BTreeSet<&str> = bugs.iter().map(|bug| bug.package.as_str()).collect();
        let kinds: BTreeSet<&str> = bugs.iter().map(|bug| bug.kind.as_str()).collect();
        assert!(packages.len() >= 12, "{packages:?}");
        assert!(kinds.len() >= 8, "{kinds:?}");
    }

    #[test]
    fn every_bug_is_a_small_patch_of_a_permissive_package() {
        for bug in all().unwrap() {
            let name = &bug.name;
            let patch = std::fs::read_to_string(bug.patch()).unwrap();
            assert!(patch.lines().count() <= 25, "{name}: a patch has only the lines that the fix changed");
            assert!(PERMISSIVE.contains(&bug.license.as_str()), "{name}: {}", bug.license);
            assert!(bug.sha256.len() == 64 && bug.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
            assert!(!bug.faulty.is_empty(), "{name}");
            for faulty in &bug.faulty {
                assert!(patch.contains(&format!("+++ b/{}\n", faulty.file)), "{name}: {} is patched", faulty.file);
            }
        }
    }
}
