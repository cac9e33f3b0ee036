//! The interpreters that connie is tested with: those of the machine, and the newest releases in Debian's packages.

pub mod packaged;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use xshell::Cmd;

use crate::shell::Result;

/// The minor versions that connie records.
const MINORS: std::ops::RangeInclusive<u32> = 10..=15;

/// Interpreters to test with.
pub struct Interpreters {
    /// The newest release of each minor version.
    pub newest: BTreeMap<u32, PathBuf>,
    /// Older releases of the same minor versions, used by tests of lines and values only.
    pub older: Vec<(u32, PathBuf)>,
    /// The newest interpreter of this machine itself, for which binary packages exist; else the newest of all.
    pub usual: Option<PathBuf>,
}

impl Interpreters {
    /// Passes the interpreters to tests, as lists of `MINOR=PATH`, separated by colons.
    pub fn name<'a>(&self, tests: Cmd<'a>) -> Cmd<'a> {
        let list = |each: &mut dyn Iterator<Item = (&u32, &PathBuf)>| {
            let parts: Vec<String> = each.map(|(minor, path)| format!("{minor}={}", path.display())).collect();
            parts.join(":")
        };
        let tests = tests.env("CONNIE_TEST_PYTHONS", list(&mut self.newest.iter()));
        let older = list(&mut self.older.iter().map(|(minor, path)| (minor, path)));
        let usual = self.usual.iter().map(|usual| ("CONNIE_TEST_USUAL_PYTHON", usual));
        tests.env("CONNIE_TEST_OLDER_PYTHONS", older).envs(usual)
    }
}

/// The interpreters of this machine by minor version. The first one found counts: in pyenv, then on the PATH.
pub fn found() -> BTreeMap<u32, PathBuf> {
    let mut candidates: Vec<PathBuf> = Vec::new();
    let home = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".pyenv")));
    if let Some(versions) = home.and_then(|home| std::fs::read_dir(home.join("versions")).ok()) {
        candidates.extend(versions.flatten().map(|version| version.path().join("bin/python")));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    for minor in MINORS {
        candidates.extend(std::env::split_paths(&path).map(|folder| folder.join(format!("python3.{minor}"))));
    }
    let mut found = BTreeMap::new();
    candidates.sort();
    for candidate in candidates.into_iter().filter(|path| path.exists() && !path.to_string_lossy().contains("/shims/"))
    {
        if let Some((minor, _)) = version(&candidate).filter(|(minor, _)| MINORS.contains(minor)) {
            found.entry(minor).or_insert(candidate);
        }
    }
    found
}

/// Interpreters of this machine and those that `packaged` unpacks.
pub fn all() -> Result<Interpreters> {
    let mut newest = found();
    let usual = newest.values().next_back().cloned();
    let mut older = Vec::new();
    for (minor, path) in packaged::unpacked()? {
        match newest.get(&minor) {
            Some(own) if version(own) >= version(&path) => older.push((minor, path)),
            _ => older.extend(newest.insert(minor, path).map(|own| (minor, own))),
        }
    }
    older.sort();
    let usual = usual.or_else(|| newest.values().next_back().cloned());
    Ok(Interpreters { newest, older, usual })
}

/// `cargo xtask pythons`: unpacks the packaged interpreters and lists all.
pub fn run() -> Result<()> {
    let all = all()?;
    for (minor, path) in all.newest.iter().chain(all.older.iter().map(|(minor, path)| (minor, path))) {
        println!("{minor}={}", path.display());
    }
    Ok(())
}

/// The minor and the patch version of a CPython 3; `None` if it does not run or is another implementation.
fn version(python: &Path) -> Option<(u32, u32)> {
    let ask = "import sys; print(sys.implementation.name, *sys.version_info[:3])";
    let output = Command::new(python).args(["-I", "-c", ask]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    match text.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["cpython", "3", minor, patch] => Some((minor.parse().ok()?, patch.parse().ok()?)),
        _ => None,
    }
}
