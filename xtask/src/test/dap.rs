//! Tests `connie dap` with Microsoft's own test client. Every message is checked against the protocol's schema.

use std::path::Path;

use xshell::cmd;

use crate::packages;
use crate::shell::{Result, has_npm, root, shell};

/// Runs its tests.
pub fn test(python: &Path) -> Result<()> {
    if !has_npm("the tests of connie dap")? {
        return Ok(());
    }
    // Needed for the list of its configuration keys.
    let debugpy = packages::packages(python, "debugpy", "debugpy")?;
    let source = root().join("tests/dap");
    let folder = packages::npm("tests/dap", "dap")?;
    let modules = folder.join("node_modules");
    let (shell, eslint) = (shell(&source)?, modules.join("eslint/bin/eslint.js"));
    cmd!(shell, "node {eslint} --max-warnings 0 .").env("NODE_PATH", &modules).run()?;
    // Recordings go below the folder of the programs, not into the repository.
    let programs = folder.join("programs");
    let _ = std::fs::remove_dir_all(&programs);
    std::fs::create_dir_all(&programs)?;
    for entry in std::fs::read_dir(source.join("programs"))?.flatten() {
        std::fs::copy(entry.path(), programs.join(entry.file_name()))?;
    }
    // Makes the folder a project.
    std::fs::write(programs.join("setup.py"), "")?;
    let mocha = modules.join("mocha/bin/mocha.js");
    let tests =
        ["travel", "answers", "clients", "values", "launch", "debugpy", "outcome", "session", "tasks", "transcript"]
            .map(|name| source.join(format!("{name}.test.js")));
    shell.change_dir(root());
    let mocha = cmd!(shell, "node {mocha} --exit {tests...}").env("NODE_PATH", modules);
    let mocha = mocha.env("CONNIE_BIN", root().join("target/release/connie")).env("CONNIE_TEST_PYTHON", python);
    Ok(mocha.env("CONNIE_TEST_DEBUGPY", debugpy).env("CONNIE_TEST_DAP_PROGRAMS", &programs).run()?)
}
