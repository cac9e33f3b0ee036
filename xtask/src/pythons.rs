//! Every interpreter found on the machine that connie records.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Minor version → interpreter, the first found of each: below pyenv, then on the PATH.
pub fn found() -> BTreeMap<u32, PathBuf> {
    let mut candidates: Vec<PathBuf> = Vec::new();
    let home = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".pyenv")));
    if let Some(versions) = home.and_then(|home| std::fs::read_dir(home.join("versions")).ok()) {
        candidates.extend(versions.flatten().map(|version| version.path().join("bin/python")));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    for minor in 10..=15 {
        candidates.extend(std::env::split_paths(&path).map(|folder| folder.join(format!("python3.{minor}"))));
    }
    let mut found = BTreeMap::new();
    candidates.sort();
    for candidate in candidates.into_iter().filter(|path| path.exists() && !path.to_string_lossy().contains("/shims/"))
    {
        let ask = "import sys; print(sys.implementation.name, *sys.version_info[:2])";
        let Ok(output) = Command::new(&candidate).args(["-I", "-c", ask]).output() else { continue };
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let words: Vec<&str> = text.split_whitespace().collect();
        if let ["cpython", "3", minor] = words.as_slice()
            && let Some(minor) = minor.parse().ok().filter(|minor| (10..=15).contains(minor))
        {
            found.entry(minor).or_insert(candidate);
        }
    }
    found
}
