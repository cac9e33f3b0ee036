//! Tests `connie lsp` as editors use it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::packages;
use crate::pythons::Interpreters;
use crate::shell::{self, Result, root};

/// A virtual environment with clients for `connie lsp` that have the capabilities of three editors, and Neovim itself.
pub fn clients(python: &Path) -> Result<PathBuf> {
    packages::venv(python, "lsp", "lsp")
}

/// Runs three clients on recordings of the newest Python, one client on those of the others, and editors in a terminal.
pub fn test(all: &Interpreters) -> Result<()> {
    let mut pythons = all.newest.values().rev();
    let (Some(newest), Some(usual)) = (pythons.next(), &all.usual) else { return Ok(()) };
    let venv = clients(usual)?;
    terminals(&venv, newest)?;
    let test = |python: &Path, more: &[&str]| {
        let mut pytest = Command::new(venv.join("bin/python"));
        pytest.args(["-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"]).args(more);
        pytest.current_dir(root().join("tests/lsp"));
        pytest.env("CONNIE_BIN", root().join("target/release/connie")).env("CONNIE_TEST_PYTHON", python);
        pytest.env("CONNIE_TEST_NVIM", venv.join("bin/nvim")).env("PYTHONDONTWRITEBYTECODE", "1");
        shell::run(&mut pytest)
    };
    test(newest, &[])?;
    pythons.try_for_each(|python| test(python, &["-k", "neovim", "test_values.py"]))
}

/// Tests Helix and Emacs in a terminal if they and tmux are installed, as no registry has them for every machine.
fn terminals(venv: &Path, python: &Path) -> Result<()> {
    let mut pytest = Command::new(venv.join("bin/python"));
    pytest.args(["-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-p", "no:asyncio", "tests/editors"]);
    pytest.current_dir(root()).env("CONNIE_BIN", root().join("target/release/connie"));
    shell::run(pytest.env("CONNIE_TEST_PYTHON", python).env("PYTHONDONTWRITEBYTECODE", "1"))
}
