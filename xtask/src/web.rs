//! Checks the scripts of the browser viewer, and tests the viewer in a real browser.

use std::path::Path;
use std::process::Command;

use crate::shell::{self, Result, root};
use crate::{packages, vscode};

/// Tests the viewer. Writes pictures into a folder if one is given. Scripts are checked by the packages that the tests
/// of `connie dap` use.
pub fn test(python: &Path, pictures: Option<&Path>) -> Result<()> {
    if !shell::has_npm("the tests of the browser viewer")? {
        return Ok(());
    }
    let modules = packages::npm("tests/dap", "dap")?.join("node_modules");
    let checked: &[&str] = if pictures.is_some() { &[] } else { &["server/web", "tests/web"] };
    for folder in checked {
        let mut lint = Command::new("node");
        lint.arg(modules.join("eslint/bin/eslint.js")).args(["--max-warnings", "0", "."]);
        shell::run(lint.current_dir(root().join(folder)).env("NODE_PATH", &modules))?;
    }
    let Some(chromium) = vscode::chromium()? else { return Ok(()) };
    let drivers = vscode::code()?.join("node_modules");
    let speedscope = packages::npm("tests/web", "web")?.join("node_modules/speedscope");
    let mut mocha = Command::new("node");
    mocha.arg(drivers.join("mocha/bin/mocha.js")).arg("--exit").arg(root().join("tests/web/*.test.js"));
    mocha.env("NODE_PATH", drivers).env("CONNIE_TEST_CHROMIUM", chromium);
    mocha.env("CONNIE_TEST_SPEEDSCOPE", speedscope);
    mocha.env("CONNIE_BIN", root().join("target/release/connie")).env("CONNIE_TEST_PYTHON", python);
    if let Some(folder) = pictures {
        mocha.env("CONNIE_PICTURES", folder);
    }
    shell::run(&mut mocha)
}
