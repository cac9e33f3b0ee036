//! Checks that do not run connie: formats, lints, types, licences, and whether generated files are current.

mod format;

use std::path::Path;

use xshell::cmd;

use crate::shell::{Result, cargo, has_npm, root, shell};
use crate::{codegen, packages, pythons, tidy};

/// Options of the checks.
#[derive(Clone, Copy, Default, clap::Args)]
pub struct Arguments {
    /// Only format all files
    #[arg(long)]
    fix: bool,
}

/// Folders with Python code. Programs that tests record are not formatted (`ruff.toml`).
const PYTHON: [&str; 8] =
    ["tracer/python", "python", "tests/bugs", "tests/oracle", "tests/lsp", "tests/editors", "xtask", "examples"];

/// Files that list the versions that npm installs.
const LOCKS: [&str; 4] = [
    "tests/dap/package-lock.json",
    "editors/vscode/package-lock.json",
    "xtask/npm/code/package-lock.json",
    "xtask/npm/lint/package-lock.json",
];

/// Runs all checks; those that fail soonest come first.
pub fn run(arguments: Arguments) -> Result<()> {
    let found = pythons::found();
    let python = found.values().next_back().ok_or("no Python 3.10 to 3.15 was found: install one")?;
    let tools = packages::venv(python, "lint", "lint")?.join("bin");
    format::run(&tools, arguments.fix)?;
    if arguments.fix {
        return Ok(());
    }
    locks()?;
    // Licences are read of all dependencies, also of those that only other systems need.
    let shell = shell(root())?;
    cargo(&shell, &["fetch", "--locked", "--quiet"]).run()?;
    tool(&tools, "cargo-deny", &["--locked", "--offline", "check", "licenses", "bans", "sources"])?;
    tool(&tools, "cargo-shear", &[])?;
    tool(&tools, "ruff", &[&["check", "--quiet"], &PYTHON[..]].concat())?;
    tool(&tools, "mypy", &["--no-error-summary"])?;
    viewer()?;
    tidy::run(&tidy::Arguments::default())?;
    codegen::run(&codegen::Arguments { check: true })?;
    Ok(cargo(&shell, &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]).run()?)
}

/// Runs a program of the virtual environment in the root of the repository.
fn tool(tools: &Path, name: &str, arguments: &[&str]) -> Result<()> {
    let (shell, program) = (shell(root())?, tools.join(name));
    Ok(cmd!(shell, "{program} {arguments...}").run()?)
}

/// Checks the types of the viewer's scripts, which their comments name.
fn viewer() -> Result<()> {
    if !has_npm("the checks of the viewer's types")? {
        return Ok(());
    }
    let tsc = packages::npm("xtask/npm/lint", "format")?.join("node_modules/typescript/bin/tsc");
    let shell = shell(root())?;
    Ok(cmd!(shell, "node {tsc} -p server/web/jsconfig.json").run()?)
}

/// Lock files must name no host but npm's own. npm writes the one that it was configured to use.
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
