//! The program or tests that a watch records.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::arguments::Arguments;
use crate::commands::pytest::Keep;
use crate::failure::Failure;
use crate::python_options::WrittenIn;
use crate::script::Script;
use crate::{folder, project, python_options};

/// The kind of a target.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TargetKind {
    /// A script.
    Script,
    /// A module.
    Module,
    /// pytest: each test has a separate recording.
    Tests,
}

/// The target with its options.
pub struct Target {
    /// Its kind.
    pub kind: TargetKind,
    /// Its display name.
    pub name: String,
    /// The folder of its recordings.
    pub store: PathBuf,
    /// The working folder.
    pub cwd: PathBuf,
    /// The script.
    pub script: Option<PathBuf>,
    keep_all: bool,
    options: Vec<OsString>,
    arguments: Vec<OsString>,
    input: Option<PathBuf>,
}

/// The parameters of one test run.
pub struct TestRun<'a> {
    /// The prefix of its recordings' ids.
    pub prefix: &'a str,
    /// The file to which it writes the lines that the tests ran.
    pub lines: &'a Path,
    /// The file with the tests to run.
    pub chosen: Option<&'a Path>,
    /// Whether recordings of passing tests are kept.
    pub keep_all: bool,
}

impl Target {
    /// Determines the target from the command line.
    ///
    /// # Errors
    /// If it is known beforehand that it cannot be run.
    pub fn new(arguments: &Arguments) -> Result<Self, Failure> {
        let cwd = std::env::current_dir()?;
        let (kind, script, rest) = what(arguments, &cwd)?;
        python_options::check(&arguments.python_arg, WrittenIn::CommandLine).map_err(Failure::Usage)?;
        if kind == TargetKind::Tests {
            refuse_for_tests(arguments)?;
        } else if arguments.connie.is_some() || arguments.first_only {
            let text = "--connie and --first-only are for tests: connie watch pytest";
            return Err(Failure::Usage(text.into()));
        }
        let found = script.as_deref().map(|script| Script::find(script, &cwd)).transpose()?;
        let root = project::root(found.as_ref().map_or(&cwd, |found| &found.start));
        project::settings(&root)?;
        match &found {
            Some(found) => found.interpreter(arguments.passed.python(), &root)?,
            None => project::interpreter(arguments.passed.python(), &root)?,
        };
        let name = match (kind, &arguments.module) {
            (_, Some(module)) => format!("-m {module}"),
            (TargetKind::Tests, _) => "pytest".into(),
            _ => script.as_deref().unwrap_or(Path::new("")).to_string_lossy().into_owned(),
        };
        if let Some(input) = &arguments.input {
            File::open(input).map_err(|source| connie_recording::Error::Io { path: input.clone(), source })?;
        }
        Ok(Self {
            kind,
            name,
            store: folder::create(&root)?,
            script: script.map(|script| cwd.join(script)),
            cwd,
            keep_all: arguments.connie == Some(Keep::All),
            options: options(arguments),
            arguments: rest,
            input: arguments.input.clone(),
        })
    }

    /// The command that records the program.
    ///
    /// # Errors
    /// If the file for its stdin cannot be opened.
    pub fn record(&self, output: &Path) -> std::io::Result<Command> {
        let mut command = self.command("run")?;
        command.arg("--quiet").arg("--output").arg(output).args(&self.options).arg("--").args(&self.arguments);
        Ok(command)
    }

    /// The command that records tests.
    ///
    /// # Errors
    /// As for [`Target::record`].
    pub fn test(&self, run: &TestRun<'_>) -> std::io::Result<Command> {
        let mut command = self.command("pytest")?;
        command.args(&self.options).args(["--prefix", run.prefix]).arg("--lines").arg(run.lines);
        if let Some(chosen) = run.chosen {
            command.arg("--chosen").arg(chosen);
        }
        if run.keep_all || self.keep_all {
            command.args(["--connie", "all"]);
        }
        command.arg("--").args(&self.arguments);
        Ok(command)
    }

    fn command(&self, subcommand: &str) -> std::io::Result<Command> {
        // Run the current executable, even if its file was replaced.
        let mut command = Command::new("/proc/self/exe");
        command.arg0("connie").arg(subcommand);
        command.stdin(match &self.input {
            Some(path) => File::open(path)?.into(),
            None => Stdio::null(),
        });
        Ok(command)
    }
}

/// The target: its kind, the script, the arguments.
fn what(arguments: &Arguments, cwd: &Path) -> Result<(TargetKind, Option<PathBuf>, Vec<OsString>), Failure> {
    let rest = &arguments.program;
    if arguments.module.is_some() {
        return Ok((TargetKind::Module, None, rest.clone()));
    }
    match rest.first() {
        None => Err(Failure::Usage("say what to run: connie watch SCRIPT, -m MODULE or pytest".into())),
        Some(first) if first == OsStr::new("pytest") && !cwd.join("pytest").is_file() => {
            Ok((TargetKind::Tests, None, rest[1..].to_vec()))
        }
        Some(first) if first == OsStr::new("-") => {
            Err(Failure::Usage("a script on stdin cannot be watched: name a file".into()))
        }
        Some(first) => Ok((TargetKind::Script, Some(first.into()), rest.clone())),
    }
}

/// Rejects options that `connie pytest` does not have.
fn refuse_for_tests(arguments: &Arguments) -> Result<(), Failure> {
    let refused = ["max-steps", "max-time", "max-size", "last"].map(|name| format!("--{name}"));
    let given = |name: &String| arguments.passed.words.iter().any(|word| word.to_string_lossy().starts_with(name));
    if let Some(name) = refused.iter().find(|name| given(name)) {
        return Err(Failure::Usage(format!("{name} limits a whole program, not tests")));
    }
    if !arguments.python_arg.is_empty() || arguments.memory.is_some() {
        return Err(Failure::Usage("--python-arg and --memory are not for tests".into()));
    }
    Ok(())
}

/// The options that are passed to the recording command.
fn options(arguments: &Arguments) -> Vec<OsString> {
    let mut words = arguments.passed.words.clone();
    words.extend(arguments.python_arg.iter().map(|option| format!("--python-arg={option}").into()));
    words.extend(arguments.memory.iter().map(|memory| format!("--memory={memory}").into()));
    words.extend(arguments.module.iter().flat_map(|module| ["-m".into(), OsString::from(module)]));
    words
}
