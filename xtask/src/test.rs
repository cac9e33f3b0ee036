//! Runs the tests, in parts. Each part prepares only what it needs.

mod dap;
mod lsp;

use std::path::Path;
use std::time::Instant;

use clap::ValueEnum;
use xshell::Cmd;

use crate::packages::{self, pytest};
use crate::shell::{self, Result, build, cache, cargo, root, shell};
use crate::{dist, harmless, lint, neovim, pythons, slow, vscode, web, wheel};

/// What is to be tested.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these parts, in this order [default: all but `packages` and `slow`]
    #[arg(value_enum)]
    parts: Vec<Part>,
}

/// A part of the tests.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Formats, lints, types, licences, and whether generated files are current
    Lint,
    /// The tests of each crate
    Unit,
    /// Real programs on real interpreters (the crate `connie-tests`)
    Oracle,
    /// The wheel, built, installed and used
    Wheel,
    /// A part of CPython's own tests, with and without connie
    Harmless,
    /// `connie dap` with Microsoft's test client
    Dap,
    /// `connie lsp` with the capabilities of three editors, and editors in terminals
    Lsp,
    /// The plugin, in a real Neovim
    Neovim,
    /// The viewer, in a real browser
    Web,
    /// The extension, in a real VS Code
    Vscode,
    /// The packages that are published, made and installed as people do
    Packages,
    /// The checks that take too long for every run, `packages` among them
    Slow,
}

/// All parts but `packages` and `slow`; those that fail soonest come first.
const USUAL: [Part; 10] = [
    Part::Lint,
    Part::Unit,
    Part::Oracle,
    Part::Wheel,
    Part::Harmless,
    Part::Dap,
    Part::Lsp,
    Part::Neovim,
    Part::Web,
    Part::Vscode,
];

impl Part {
    /// Its name on the command line.
    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Whether the part runs `target/release/connie`.
    fn uses_connie(self) -> bool {
        !matches!(self, Self::Lint | Self::Unit | Self::Wheel | Self::Packages | Self::Slow)
    }
}

/// Runs the tests.
pub fn run(arguments: &Arguments) -> Result<()> {
    heed_signals()?;
    let parts = if arguments.parts.is_empty() { &USUAL[..] } else { &arguments.parts };
    let mut setup = Setup::default();
    let mut is_built = false;
    let shell = shell(root())?;
    for (index, part) in parts.iter().enumerate() {
        let began = Instant::now();
        if part.uses_connie() && !is_built {
            build()?;
            is_built = true;
            println!("built in {} s", began.elapsed().as_secs());
        }
        match part {
            Part::Lint => lint::run(lint::Arguments::default())?,
            // Both parts are compiled once if run together, as the features of dependencies depend on the selected
            // crates.
            Part::Unit if parts.get(index + 1) == Some(&Part::Oracle) => continue,
            Part::Unit => {
                let what = ["test", "--workspace", "--exclude", "connie-tests", "--locked", "--no-fail-fast"];
                setup.all()?.name(cargo(&shell, &what)).run()?;
            }
            Part::Oracle => {
                let is_alone = index == 0 || parts[index - 1] != Part::Unit;
                let what: &[&str] = if is_alone { &["--package", "connie-tests"] } else { &["--workspace"] };
                let tests = cargo(&shell, &[&["test"], what, &["--locked", "--no-fail-fast"]].concat());
                prepare(setup.all()?, tests)?.run()?;
            }
            Part::Wheel => {
                let python = setup.usual()?;
                wheel::test(python, &pytest(python)?)?;
            }
            Part::Harmless => harmless::fast(setup.usual()?)?,
            Part::Dap => dap::test(setup.usual()?)?,
            Part::Lsp => lsp::test(setup.all()?)?,
            Part::Neovim => {
                let python = setup.newest()?;
                neovim::test(&lsp::clients(setup.usual()?)?.join("bin/nvim"), &python)?;
            }
            Part::Web => web::test(setup.usual()?, None)?,
            Part::Vscode => vscode::test(setup.usual()?, None)?,
            Part::Packages => dist::test()?,
            Part::Slow => slow::run()?,
        }
        println!("{} passed in {} s", part.name(), began.elapsed().as_secs());
    }
    Ok(())
}

/// What parts share. It is found or fetched when the first part needs it.
#[derive(Default)]
struct Setup {
    interpreters: Option<pythons::Interpreters>,
}

impl Setup {
    /// The interpreters. They are listed when found.
    fn all(&mut self) -> Result<&pythons::Interpreters> {
        if self.interpreters.is_none() {
            let all = pythons::all()?;
            list(&all);
            self.interpreters = Some(all);
        }
        self.interpreters.as_ref().ok_or_else(|| "no interpreters".into())
    }

    fn usual(&mut self) -> Result<&Path> {
        self.all()?.usual.as_deref().ok_or_else(|| NO_PYTHON.into())
    }

    fn newest(&mut self) -> Result<std::path::PathBuf> {
        Ok(self.all()?.newest.values().next_back().cloned().ok_or(NO_PYTHON)?)
    }
}

const NO_PYTHON: &str = "no Python 3.10 to 3.15 was found: install one";

fn list(all: &pythons::Interpreters) {
    for minor in 10..=15 {
        match all.newest.get(&minor) {
            Some(path) => println!("Python 3.{minor}: {}", path.display()),
            None => println!("skipped: Python 3.{minor} was not found on this machine"),
        }
    }
    for (minor, path) in &all.older {
        println!("Python 3.{minor}, an older release: {}", path.display());
    }
}

/// Makes sure that tests can send signals. A shell ignores some in background jobs, and child processes inherit this
/// unless a handler is installed.
fn heed_signals() -> Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT};
    let always = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    for signal in [SIGHUP, SIGINT, SIGQUIT] {
        signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, always.clone())?;
    }
    Ok(())
}

/// Fetches what the crate `connie-tests` needs, and sets the environment variables that name it.
pub fn prepare<'a>(all: &pythons::Interpreters, tests: Cmd<'a>) -> Result<Cmd<'a>> {
    let python = all.usual.as_ref().ok_or(NO_PYTHON)?;
    let tests = all.name(tests).env("CONNIE_BIN", root().join("target/release/connie"));
    let mut tests = tests.env("CONNIE_TEST_BENCHMARKS", packages::pyperformance(python)?);
    for name in ["packages", "libraries", "frames", "jax", "pytest", "mcp", "profilers", "flask20", "flask21"] {
        let folder = packages::packages(python, name, name)?;
        tests = tests.env(format!("CONNIE_TEST_{}", name.to_uppercase()), folder);
    }
    for name in ["notebooks", "cython"] {
        tests = tests.env(format!("CONNIE_TEST_{}", name.to_uppercase()), packages::venv(python, name, name)?);
    }
    for (minor, python) in &all.newest {
        // Its tracer is compiled for one version.
        packages::packages(python, "coverage", &format!("coverage/3.{minor}"))?;
    }
    for name in ["zsh", "fish"] {
        if shell::program(&[name], &[name]).is_none() {
            shell::skipped(&format!("{name} does not check its completions: it is not on the PATH"))?;
        }
    }
    Ok(tests.env("CONNIE_TEST_COVERAGE", cache()?.join("coverage")))
}
