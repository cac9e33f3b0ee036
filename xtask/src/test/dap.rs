//! Tests `connie dap` with Microsoft's own test client. Every message is checked against the protocol's schema.

use std::path::Path;
use std::process::Command;

use crate::packages;
use crate::shell::{self, Result, root};

/// Runs its tests.
pub fn test(python: &Path) -> Result<()> {
    if !shell::has_npm("the tests of connie dap")? {
        return Ok(());
    }
    // Needed for the list of its configuration keys.
    let debugpy = packages::packages(python, "debugpy", "debugpy")?;
    let source = root().join("tests/dap");
    let folder = packages::npm("tests/dap", "dap")?;
    let mut lint = Command::new("node");
    lint.arg(folder.join("node_modules/eslint/bin/eslint.js")).args(["--max-warnings", "0", "."]);
    shell::run(lint.current_dir(&source).env("NODE_PATH", folder.join("node_modules")))?;
    // Recordings go below the folder of the programs, not into the repository.
    let programs = folder.join("programs");
    let _ = std::fs::remove_dir_all(&programs);
    std::fs::create_dir_all(&programs)?;
    for entry in std::fs::read_dir(source.join("programs"))?.flatten() {
        std::fs::copy(entry.path(), programs.join(entry.file_name()))?;
    }
    // Makes the folder a project.
    std::fs::write(programs.join("setup.py"), "")?;
    let mut mocha = Command::new("node");
    mocha.arg(folder.join("node_modules/mocha/bin/mocha.js")).arg("--exit");
    mocha.args(
        ["travel", "values", "launch", "debugpy", "outcome", "session", "tasks", "transcript"]
            .map(|name| source.join(format!("{name}.test.js"))),
    );
    mocha.env("NODE_PATH", folder.join("node_modules"));
    mocha.env("CONNIE_BIN", root().join("target/release/connie")).env("CONNIE_TEST_PYTHON", python);
    mocha.env("CONNIE_TEST_DEBUGPY", debugpy).env("CONNIE_TEST_DAP_PROGRAMS", &programs);
    shell::run(&mut mocha)
}
