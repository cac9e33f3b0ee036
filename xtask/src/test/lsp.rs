//! Tests `connie lsp` as editors use it.

use std::path::{Path, PathBuf};

use xshell::{Cmd, Shell, cmd};

use crate::packages;
use crate::pythons::Interpreters;
use crate::shell::{Result, root, shell};

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
    let test = |python: &Path, more: &[&str]| -> Result<()> {
        let shell = shell(root().join("tests/lsp"))?;
        let pytest = pytest(&shell, &venv, python).args(more).env("CONNIE_TEST_NVIM", venv.join("bin/nvim"));
        Ok(pytest.run()?)
    };
    test(newest, &[])?;
    pythons.try_for_each(|python| test(python, &["-k", "neovim", "test_values.py"]))
}

/// Tests Helix and Emacs in a terminal if they and tmux are installed, as no registry has them for every machine.
fn terminals(venv: &Path, python: &Path) -> Result<()> {
    Ok(pytest(&shell(root())?, venv, python).args(["-p", "no:asyncio", "tests/editors"]).run()?)
}

/// pytest of a virtual environment, for tests of the release build.
fn pytest<'a>(shell: &'a Shell, venv: &Path, python: &Path) -> Cmd<'a> {
    let own = venv.join("bin/python");
    let pytest = cmd!(shell, "{own} -m pytest -q -rs -p no:cacheprovider").env("PYTHONDONTWRITEBYTECODE", "1");
    pytest.env("CONNIE_BIN", root().join("target/release/connie")).env("CONNIE_TEST_PYTHON", python)
}
