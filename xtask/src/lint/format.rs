//! Runs the formatters of all languages: rustfmt, ruff, prettier and stylua, all with lines of at most 120 characters.

use std::path::Path;
use std::process::Command;

use crate::packages;
use crate::shell::{self, Result, cargo, root};

/// Python code that is not a program of a test, benchmark or example: there, line numbers and texts may matter.
const PYTHON: [&str; 6] = ["tracer/python", "python", "tests/lsp", "tests/editors", "xtask/python", "xtask/harmless"];

/// JavaScript and TypeScript.
const SCRIPTS: [&str; 6] = [
    "server/web/**/*.js",
    "tests/dap/*.js",
    "tests/web/*.js",
    "editors/vscode/{src,media,test}/**/*.{js,ts}",
    "editors/vscode/*.mjs",
    "xtask/npm/lint/*.cjs",
];

/// Checks the format of all files, or with `fix` formats them. `tools` is the folder with ruff.
pub fn run(tools: &Path, fix: bool) -> Result<()> {
    shell::run(&mut cargo(if fix { &["fmt", "--all"] } else { &["fmt", "--all", "--check"] }))?;
    let mut ruff = Command::new(tools.join("ruff"));
    ruff.args(["format", "--quiet"]).args((!fix).then_some("--check")).args(PYTHON);
    shell::run(ruff.current_dir(root()))?;
    if !shell::has_npm("the formatters of JavaScript and Lua")? {
        return Ok(());
    }
    let folder = packages::npm("xtask/npm/lint", "format")?;
    let mode = if fix { "--write" } else { "--check" };
    let mut prettier = Command::new("node");
    prettier.arg(folder.join("node_modules/prettier/bin/prettier.cjs")).args(["--log-level", "warn", mode]);
    shell::run(prettier.args(SCRIPTS).current_dir(root()))?;
    let mut stylua = Command::new("node");
    stylua.arg(root().join("xtask/npm/lint/stylua.cjs")).arg(mode);
    shell::run(stylua.args(lua(&root().join("editors/neovim"))?).current_dir(folder))
}

/// The Lua files below a folder.
fn lua(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(lua(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "lua") {
            found.push(path);
        }
    }
    Ok(found)
}
