//! Generates the tracer's table of field offsets in CPython's structs, from the headers of each version.

use std::path::{Path, PathBuf};
use std::process::Command;

use xshell::cmd;

use crate::pythons;
use crate::shell::{Result, cargo, quietly, root, shell};

const SCRIPT: &str = include_str!("../python/layouts.py");

/// Prints the folder of an interpreter's headers.
const ASK: &str = "import sysconfig; print(sysconfig.get_path('include'))";

/// Writes tracer/src/layout/headers.rs.
pub fn run() -> Result<()> {
    let found = pythons::all()?.newest;
    if found.len() != 6 {
        return Err("all of Python 3.10 to 3.15 are needed".into());
    }
    let python = found.values().next_back().ok_or("no interpreter")?;
    let mut named = Vec::new();
    for (minor, path) in &found {
        let folders: Vec<String> = headers(*minor, path)?.iter().map(|folder| folder.display().to_string()).collect();
        named.push(format!("{minor}={}", folders.join(":")));
    }
    let (shell, target) = (shell(root())?, root().join("tracer/src/layout/headers.rs"));
    cmd!(shell, "{python} -c {SCRIPT} {target} {named...}").run()?;
    Ok(cargo(&shell, &["fmt", "--package", "connie-tracer"]).run()?)
}

/// The folders of a version's headers: the interpreter's own, else those of Debian's packages.
fn headers(minor: u32, python: &Path) -> Result<Vec<PathBuf>> {
    let own = quietly(Command::new(python).args(["-I", "-c", ASK]))?;
    let own = PathBuf::from(own.trim());
    if own.join("internal/pycore_frame.h").exists() || own.join("internal/pycore_gc.h").exists() {
        return Ok(vec![own]);
    }
    // Packages have pyconfig.h in a folder for each architecture, whose path is relative to the folder above.
    let include = pythons::packaged::headers(minor)?;
    Ok(vec![include.join(format!("python3.{minor}")), include])
}
