//! Whether programs behave as if nobody watched: CPython's own regression tests, with and without connie.

use std::path::Path;
use std::process::Command;

use crate::pythons;
use crate::shell::{self, Result, cargo, root};

/// Options of the comparison.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these modules of CPython's test package
    modules: Vec<String>,
    /// Only Python 3.MINOR
    #[arg(long)]
    minor: Option<u32>,
}

/// Compares on 3.12 and 3.13; takes half an hour each.
pub fn run(arguments: &Arguments) -> Result<()> {
    shell::run(&mut cargo(&["build", "--release", "--locked"]))?;
    let wanted = |minor: u32| arguments.minor.map_or(minor >= 12, |only| only == minor);
    let found = pythons::found().into_iter().filter(|(minor, _)| wanted(*minor));
    let modules: Vec<&str> = arguments.modules.iter().map(String::as_str).collect();
    for (_, python) in found {
        compare(&python, &modules)?;
    }
    Ok(())
}

/// A part that takes half a minute.
pub fn fast(python: &Path) -> Result<()> {
    let has_tests = Command::new(python).args(["-c", "import test.test_class, test.libregrtest"]).output()?;
    if !has_tests.status.success() {
        return shell::skipped(&format!("{} comes without CPython's own tests", python.display())).map(|_| ());
    }
    compare(python, &["--fast"])
}

fn compare(python: &Path, more: &[&str]) -> Result<()> {
    let mut command = Command::new(python);
    command.arg(root().join("xtask/harmless/compare.py")).arg(root().join("target/release/connie")).arg(python);
    shell::run(command.args(more).env("PYTHONDONTWRITEBYTECODE", "1"))
}
