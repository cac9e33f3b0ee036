//! What is checked without running connie: formats, lints, types, licences, and whether generated files are current.

mod format;

use std::path::Path;
use std::process::Command;

use crate::shell::{self, Result, cargo, root};
use crate::{codegen, packages, pythons, tidy};

/// Options of the checks.
#[derive(Clone, Copy, Default, clap::Args)]
pub struct Arguments {
    /// Only format all files
    #[arg(long)]
    fix: bool,
}

/// Folders with Python of ours; the programs that tests record are written as their tests need them (`ruff.toml`).
const PYTHON: [&str; 8] =
    ["tracer/python", "python", "tests/bugs", "tests/oracle", "tests/lsp", "tests/editors", "xtask", "examples"];

/// Files that say which versions npm installs.
const LOCKS: [&str; 4] = [
    "tests/dap/package-lock.json",
    "editors/vscode/package-lock.json",
    "xtask/npm/code/package-lock.json",
    "xtask/npm/lint/package-lock.json",
];

/// Passes all checks, in the order in which they fail soonest.
pub fn run(arguments: Arguments) -> Result<()> {
    let found = pythons::found();
    let python = found.values().next_back().ok_or("no Python 3.10 to 3.15 was found: install one")?;
    let tools = packages::venv(python, "lint", "lint")?.join("bin");
    format::run(&tools, arguments.fix)?;
    if arguments.fix {
        return Ok(());
    }
    locks()?;
    tool(&tools, "cargo-deny", &["--locked", "--offline", "check", "licenses", "bans", "sources"])?;
    tool(&tools, "cargo-shear", &[])?;
    tool(&tools, "ruff", &[&["check", "--quiet"], &PYTHON[..]].concat())?;
    tool(&tools, "mypy", &["--no-error-summary"])?;
    tidy::run(&tidy::Arguments::default())?;
    codegen::run(&codegen::Arguments { check: true })?;
    shell::run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
}

/// Runs a program of the virtual environment in the root of the repository.
fn tool(tools: &Path, name: &str, arguments: &[&str]) -> Result<()> {
    shell::run(Command::new(tools.join(name)).args(arguments).current_dir(root()))
}

/// Lock files name no host but npm's own, as npm writes the one it was told to use.
fn locks() -> Result<()> {
    for name in LOCKS {
        let text = std::fs::read_to_string(root().join(name))?;
        let other = |line: &&str| line.contains("\"resolved\"") && !line.contains("\"https://registry.npmjs.org/");
        if let Some(line) = text.lines().find(other) {
            return Err(format!("{name} names another registry: {}", line.trim()).into());
        }
    }
    Ok(())
}
