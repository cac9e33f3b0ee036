//! Checks the scripts of the browser viewer, and tests the viewer in a real browser.

use std::path::Path;

use xshell::cmd;

use crate::shell::{Result, has_npm, root, shell};
use crate::{packages, vscode};

/// Tests the viewer. Writes pictures into a folder if one is given. Scripts are checked by the packages that the tests
/// of `connie dap` use.
pub fn test(python: &Path, pictures: Option<&Path>) -> Result<()> {
    if !has_npm("the tests of the browser viewer")? {
        return Ok(());
    }
    let modules = packages::npm("tests/dap", "dap")?.join("node_modules");
    let checked: &[&str] = if pictures.is_some() { &[] } else { &["server/web", "tests/web"] };
    for folder in checked {
        let (shell, eslint) = (shell(root().join(folder))?, modules.join("eslint/bin/eslint.js"));
        cmd!(shell, "node {eslint} --max-warnings 0 .").env("NODE_PATH", &modules).run()?;
    }
    let Some(chromium) = vscode::chromium()? else { return Ok(()) };
    let drivers = vscode::code()?.join("node_modules");
    let readers = packages::npm("tests/web", "web")?.join("node_modules");
    let (mocha, tests) = (drivers.join("mocha/bin/mocha.js"), root().join("tests/web/*.test.js"));
    let shell = shell(root())?;
    let mocha = cmd!(shell, "node {mocha} --exit {tests}").env("NODE_PATH", drivers);
    let mocha = mocha.env("CONNIE_TEST_CHROMIUM", chromium).env("CONNIE_TEST_PYTHON", python);
    let mocha = mocha.env("CONNIE_TEST_SPEEDSCOPE", readers.join("speedscope"));
    let mocha = mocha.env("CONNIE_TEST_AXE", readers.join("axe-core/axe.js"));
    let mocha = mocha.env("CONNIE_BIN", root().join("target/release/connie"));
    Ok(mocha.envs(pictures.map(|folder| ("CONNIE_PICTURES", folder))).run()?)
}
