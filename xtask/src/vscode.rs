//! Checks, builds and packages the extension for VS Code, and tests it in a real VS Code.

use std::path::{Path, PathBuf};

use xshell::cmd;

use crate::packages;
use crate::shell::{self, Result, cache, root, shell};

/// Parts of VS Code in C++ without which it does not start.
const NATIVE: [&str; 2] = ["@parcel/watcher", "node-pty"];

/// Pictures of the docs that the walkthrough shows.
const WALKTHROUGH: [&str; 3] = ["vscode.png", "vscode-timeline.png", "viewer.png"];

fn node(folder: &Path, script: &str, arguments: &[&str]) -> Result<()> {
    let (shell, script) = (shell(folder)?, folder.join("node_modules").join(script));
    Ok(cmd!(shell, "node {script} {arguments...}").run()?)
}

/// Checks and builds the extension in a folder of its own, with this program.
fn build(connie: &Path) -> Result<PathBuf> {
    let folder = cache()?.join("vscode");
    for part in ["src", "media", "test"] {
        let _ = std::fs::remove_dir_all(folder.join(part));
    }
    for entry in std::fs::read_dir(root().join("editors/vscode"))?.flatten() {
        let name = entry.file_name();
        let (from, to) = (entry.path(), folder.join(&name));
        match name.to_str() {
            Some("node_modules" | "dist" | "bin") => {}
            _ if from.is_dir() => shell::copy(&from, &to)?,
            _ => {
                std::fs::create_dir_all(&folder)?;
                std::fs::copy(from, to)?;
            }
        }
    }
    packages::npm_install(&folder)?;
    node(&folder, "typescript/bin/tsc", &["--noEmit"])?;
    node(&folder, "eslint/bin/eslint.js", &["--max-warnings", "0", "."])?;
    let shell = shell(&folder)?;
    cmd!(shell, "npm run --silent build").run()?;
    let program = folder.join("bin/connie");
    std::fs::create_dir_all(folder.join("bin"))?;
    std::fs::copy(connie, program)?;
    std::fs::copy(root().join("LICENSE"), folder.join("LICENSE"))?;
    let pictures = folder.join("media/walkthrough");
    std::fs::create_dir_all(&pictures)?;
    for name in WALKTHROUGH {
        std::fs::copy(root().join("docs").join(name), pictures.join(name))?;
    }
    Ok(folder)
}

/// Packages the extension with a program, for one of VS Code's targets: `target/dist/connie-….vsix`.
pub fn dist(target: &str, connie: &Path) -> Result<PathBuf> {
    let folder = build(connie)?;
    let out = root().join("target/dist");
    std::fs::create_dir_all(&out)?;
    let file = out.join(format!("connie-{}-{target}.vsix", env!("CARGO_PKG_VERSION")));
    let file_text = file.to_string_lossy().into_owned();
    let arguments =
        ["package", "--no-dependencies", "--allow-missing-repository", "--target", target, "--out", &file_text];
    node(&folder, "@vscode/vsce/vsce", &arguments)?;
    Ok(file)
}

/// Finds a browser; if there is none, says so. In CI that is an error.
pub fn chromium() -> Result<Option<PathBuf>> {
    let named = std::env::var_os("CONNIE_TEST_CHROMIUM").map(PathBuf::from);
    let names = ["chromium", "chromium-browser", "google-chrome"];
    match named.or_else(|| shell::program(&names, &["chromium", "fonts-dejavu-core"])) {
        None => shell::skipped("the tests in a browser need Chromium, which is not on the PATH").map(|_| None),
        found => Ok(found),
    }
}

/// Adds the program with which VS Code searches files, for example for the patterns that activate an extension. VS
/// Code's own package would fetch it from elsewhere.
fn add_search(folder: &Path) -> Result<()> {
    let target = folder.join("node_modules/code-server/lib/vscode/node_modules/@vscode/ripgrep/bin/rg");
    if !target.exists() {
        let found = shell::program(&["rg"], &["ripgrep"]).ok_or("ripgrep is not on the PATH: install it")?;
        std::fs::create_dir_all(target.parent().ok_or("a folder")?)?;
        std::fs::copy(found, &target)?;
    }
    Ok(())
}

/// Installs VS Code, and the package that drives browsers, once.
pub fn code() -> Result<PathBuf> {
    let folder = cache()?.join("code");
    install(&folder)?;
    add_search(&folder)?;
    Ok(folder)
}

fn install(folder: &Path) -> Result<()> {
    let source = root().join("xtask/npm/code");
    let (done, wanted) = (folder.join("installed"), std::fs::read(source.join("package-lock.json"))?);
    if std::fs::read(&done).is_ok_and(|had| had == wanted) {
        return Ok(());
    }
    let _ = std::fs::remove_dir_all(folder);
    shell::copy(&source, folder)?;
    let npm = |arguments: &[&str], more: &[&str], folder: &Path| -> Result<()> {
        let shell = shell(folder)?;
        let npm = cmd!(shell, "npm {arguments...} {more...} --no-audit --no-fund --loglevel=error");
        // The tool that compiles native parts is fetched without a question.
        Ok(npm.env("npm_config_yes", "true").run()?)
    };
    npm(&["ci", "--ignore-scripts"], &[], folder)?;
    npm(&["rebuild", "argon2", "--build-from-source"], &[], folder)?;
    let inner = folder.join("node_modules/code-server/lib/vscode");
    npm(&["install", "--omit=dev", "--ignore-scripts"], &[], &inner)?;
    npm(&["rebuild"], &NATIVE, &inner)?;
    std::fs::write(done, wanted)?;
    Ok(())
}

/// Tests the extension in a real VS Code. Writes pictures into a folder if one is given.
pub fn test(python: &Path, pictures: Option<&Path>) -> Result<()> {
    if !shell::has_npm("the tests of the extension for VS Code")? {
        return Ok(());
    }
    let extension = build(&root().join("target/release/connie"))?;
    let Some(chromium) = chromium()? else { return Ok(()) };
    let code = code()?;
    let (mocha, tests) = (code.join("node_modules/mocha/bin/mocha.js"), extension.join("test/*.test.js"));
    let shell = shell(root())?;
    let mocha = cmd!(shell, "node {mocha} --exit {tests}").env("NODE_PATH", code.join("node_modules"));
    let mocha = mocha.env("CONNIE_TEST_EXTENSION", &extension).env("CONNIE_TEST_CHROMIUM", chromium);
    let mocha = mocha.env("CONNIE_TEST_CODE", code.join("node_modules/code-server"));
    let mocha = mocha.env("CONNIE_BIN", root().join("target/release/connie")).env("CONNIE_TEST_PYTHON", python);
    let mocha = mocha.env("CONNIE_TEST_PYTEST", packages::pytest(python)?);
    Ok(mocha.envs(pictures.map(|folder| ("CONNIE_PICTURES", folder))).run()?)
}
