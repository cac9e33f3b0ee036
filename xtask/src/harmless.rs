//! Tests if recording changes a program's behaviour: runs CPython's own regression tests, and test suites of packages,
//! with and without connie.

use std::path::Path;
use std::process::Command;

use xshell::{Cmd, Shell, cmd};

use crate::pythons;
use crate::shell::{self, Result, root};

/// Options of the comparison.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these modules of CPython's test package, or these packages
    names: Vec<String>,
    /// Only Python 3.MINOR
    #[arg(long)]
    minor: Option<u32>,
    /// The test-suites of packages from PyPI instead of CPython's own (with Python 3.13)
    #[arg(long)]
    packages: bool,
}

/// Compares CPython's own tests on 3.12 and newer, which takes half an hour each; or those of packages on 3.13.
pub fn run(arguments: &Arguments) -> Result<()> {
    shell::build()?;
    let shell = shell::shell(root())?;
    let (least, most) = if arguments.packages { (13, 13) } else { (12, u32::MAX) };
    let wanted = |minor: u32| arguments.minor.map_or((least..=most).contains(&minor), |only| only == minor);
    let found = pythons::found().into_iter().filter(|(minor, _)| wanted(*minor));
    let names: Vec<&str> = arguments.names.iter().map(String::as_str).collect();
    for (minor, python) in found {
        if arguments.packages {
            let folder = shell::cache()?.join(format!("suites/3.{minor}"));
            std::fs::create_dir_all(&folder)?;
            script(&shell, "packages.py", &python).arg(folder).args(&names).run()?;
        } else {
            compare(&python, &names)?;
        }
    }
    Ok(())
}

/// Runs a part that takes half a minute.
pub fn fast(python: &Path) -> Result<()> {
    let has_tests = Command::new(python).args(["-c", "import test.test_class, test.libregrtest"]).output()?;
    if !has_tests.status.success() {
        return shell::skipped(&format!("{} comes without CPython's own tests", python.display())).map(|_| ());
    }
    compare(python, &["--fast"])
}

fn compare(python: &Path, more: &[&str]) -> Result<()> {
    let shell = shell::shell(root())?;
    Ok(script(&shell, "compare.py", python).args(more).env("PYTHONDONTWRITEBYTECODE", "1").run()?)
}

fn script<'a>(shell: &'a Shell, name: &str, python: &Path) -> Cmd<'a> {
    let (script, connie) = (root().join("xtask/harmless").join(name), root().join("target/release/connie"));
    cmd!(shell, "{python} {script} {connie} {python}")
}
