//! Runs the formatters of all languages: rustfmt, ruff, prettier and stylua, all with lines of at most 120 characters.

use std::path::Path;

use xshell::cmd;

use crate::packages;
use crate::shell::{Result, cargo, has_npm, root, shell};

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
    let shell = shell(root())?;
    let check = (!fix).then_some("--check");
    cargo(&shell, &["fmt", "--all"]).args(check).run()?;
    let ruff = tools.join("ruff");
    cmd!(shell, "{ruff} format --quiet {check...} {PYTHON...}").run()?;
    if !has_npm("the formatters of JavaScript and Lua")? {
        return Ok(());
    }
    let folder = packages::npm("xtask/npm/lint", "format")?;
    let mode = if fix { "--write" } else { "--check" };
    let prettier = folder.join("node_modules/prettier/bin/prettier.cjs");
    cmd!(shell, "node {prettier} --log-level warn {mode} {SCRIPTS...}").run()?;
    let (stylua, files) = (root().join("xtask/npm/lint/stylua.cjs"), lua(&root().join("editors/neovim"))?);
    shell.change_dir(folder);
    Ok(cmd!(shell, "node {stylua} {mode} {files...}").run()?)
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
