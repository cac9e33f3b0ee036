//! The options that all recording commands share.

use std::ffi::OsString;
use std::path::Path;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command};
use connie_recording::options::{
    Attach, Given, Known, MAX_DEPTH, MAX_ITEMS, MAX_STRING, OPTIONS, OptionError, RecordOptions, Takes,
};
use connie_wire::config::Config;
use connie_wire::paths;
use connie_wire::secrets;
use serde::Serialize;

/// A command that does not limit recordings.
pub const UNLIMITED: u8 = 0;
/// The limits of `connie attach`.
pub const ATTACH: u8 = 1;
/// A command with all limits.
pub const LIMITED: u8 = 2;

/// The options of recording: `--python`, and those of [`OPTIONS`] that the command has.
pub struct What<const LIMITS: u8> {
    /// The interpreter.
    pub python: Option<String>,
    /// The options.
    pub options: RecordOptions,
}

const PYTHON: &str = "The interpreter [default: that of an installed script, else of $VIRTUAL_ENV, else of the \
    project's .venv, else python3 on the PATH]";

/// The options of a command with these limits.
fn options(limits: u8) -> impl Iterator<Item = &'static Known> {
    OPTIONS.iter().filter(move |known| match limits {
        UNLIMITED => !matches!(known.name, "max-steps" | "max-time" | "max-size" | "last"),
        ATTACH => known.attach != Attach::Refused,
        _ => true,
    })
}

/// Parses and checks the value of an option.
fn check(known: &'static Known, word: &str) -> Result<Given, String> {
    let given = known.given(word);
    match known.set(&mut RecordOptions::default(), &given) {
        Ok(()) => Ok(given),
        // clap's message contains the given value.
        Err(OptionError::Wrong { expected, .. }) => Err(format!("it must be {expected}")),
        Err(error) => Err(error.to_string()),
    }
}

/// An option as an argument of clap.
fn argument(known: &'static Known) -> Arg {
    let argument = Arg::new(known.name).long(known.name);
    let argument = match &known.takes {
        Takes::Switch(_) => argument.action(ArgAction::SetTrue),
        takes => {
            let argument = argument.value_name(known.value_name).allow_negative_numbers(true);
            let argument = argument.value_parser(move |word: &str| check(known, word));
            match takes {
                Takes::Patterns(_) | Takes::Levels(_) => argument.action(ArgAction::Append),
                _ => argument.action(ArgAction::Set),
            }
        }
    };
    let argument = match known.name {
        "no-redact" => argument.conflicts_with("redact"),
        _ => argument,
    };
    match &known.takes {
        Takes::Number { default: Some(n), .. } => argument.help(format!("{} [default: {n}]", known.about)),
        Takes::Recheck(_) => argument.help(format!("{} [default: auto]", known.about)),
        _ => argument.help(known.about),
    }
}

impl<const LIMITS: u8> clap::Args for What<LIMITS> {
    fn augment_args(command: Command) -> Command {
        let python = Arg::new("python").long("python").value_name("PYTHON").help(PYTHON);
        command.arg(python).args(options(LIMITS).map(argument))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<const LIMITS: u8> clap::FromArgMatches for What<LIMITS> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut found = RecordOptions::default();
        for known in options(LIMITS) {
            let given: Vec<Given> = match &known.takes {
                Takes::Switch(_) => vec![Given::Switch(matches.get_flag(known.name))],
                _ => matches.get_many(known.name).into_iter().flatten().cloned().collect(),
            };
            for given in &given {
                known.set(&mut found, given).map_err(|error| clap::Error::raw(ErrorKind::InvalidValue, error))?;
            }
        }
        Ok(Self { python: matches.get_one::<String>("python").cloned(), options: found })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<const LIMITS: u8> What<LIMITS> {
    /// The options of the command line, completed by those of the project.
    pub fn within(&self, project: &RecordOptions, cwd: &Path) -> RecordOptions {
        let mut own = self.options.clone();
        own.include = patterns(&own.include, cwd);
        own.exclude = patterns(&own.exclude, cwd);
        own.levels = levels(&own.levels, cwd);
        own.within(project)
    }
}

/// The configuration of a process's tracer, without the ring.
pub fn config(options: &RecordOptions, root: &Path, cwd: &Path) -> Config {
    let recheck = options.recheck.unwrap_or_default();
    // The names whose values are secrets: built-in words, those of the project and those of the command line.
    let redact = match options.no_redact {
        true => Vec::new(),
        false => [&[secrets::BUILT_IN.to_owned()], options.redact.as_slice()].concat(),
    };
    Config {
        root: root.to_string_lossy().into_owned(),
        cwd: cwd.to_string_lossy().into_owned(),
        include: options.include.clone(),
        exclude: options.exclude.clone(),
        levels: options.levels.clone(),
        include_stdlib: options.include_stdlib,
        include_site_packages: options.include_site_packages,
        all: options.all,
        children: !options.no_children,
        redact,
        max_string: options.max_string.unwrap_or(MAX_STRING),
        max_items: options.max_items.unwrap_or(MAX_ITEMS),
        max_depth: options.max_depth.unwrap_or(MAX_DEPTH),
        memory: 128 << 20,
        recheck: recheck.looks(),
        fault: recheck.fault().into(),
        ..Config::default()
    }
}

/// Patterns of the command line: `./x` and `../x` are relative to the working folder, as shells complete them.
pub(super) fn patterns(given: &[String], cwd: &Path) -> Vec<String> {
    given.iter().map(|pattern| from_here(pattern, cwd)).collect()
}

/// The same for the patterns of levels.
fn levels(given: &[String], cwd: &Path) -> Vec<String> {
    let rule = |text: &String| match text.split_once(':') {
        Some((level, pattern)) => format!("{level}:{}", from_here(pattern, cwd)),
        None => text.clone(),
    };
    given.iter().map(rule).collect()
}

fn from_here(pattern: &str, cwd: &Path) -> String {
    match pattern.starts_with("./") || pattern.starts_with("../") {
        true => paths::lexical(&cwd.join(pattern).to_string_lossy()),
        false => pattern.to_owned(),
    }
}

/// The settings that a recording stores.
#[derive(Serialize)]
struct StoredSettings<'a> {
    include: &'a [String],
    exclude: &'a [String],
    levels: &'a [String],
    include_stdlib: bool,
    include_site_packages: bool,
    all: bool,
    max_string: u64,
    max_items: u64,
    max_depth: u64,
    redact: &'a [String],
}

/// The settings as JSON, as stored in a recording.
pub fn settings_text(config: &Config) -> String {
    let stored = StoredSettings {
        include: &config.include,
        exclude: &config.exclude,
        levels: &config.levels,
        include_stdlib: config.include_stdlib,
        include_site_packages: config.include_site_packages,
        all: config.all,
        max_string: config.max_string,
        max_items: config.max_items,
        max_depth: config.max_depth,
        redact: &config.redact,
    };
    serde_json::to_string(&stored).unwrap_or_default()
}

/// The options of [`What`] as given, to pass them on to another connie command.
pub struct Passed {
    /// The arguments of a command line.
    pub words: Vec<OsString>,
    python: Option<String>,
}

impl Passed {
    /// The requested interpreter.
    pub fn python(&self) -> Option<&str> {
        self.python.as_deref()
    }
}

impl clap::Args for Passed {
    fn augment_args(command: Command) -> Command {
        What::<LIMITED>::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Passed {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        // Contradicting options are rejected here, rather than at each run.
        let what = What::<LIMITED>::from_arg_matches(matches)?;
        let mut words = Vec::new();
        let switches = options(LIMITED).filter(|known| matches!(known.takes, Takes::Switch(_)));
        words.extend(
            switches.filter(|known| matches.get_flag(known.name)).map(|known| format!("--{}", known.name).into()),
        );
        let valued = options(LIMITED).filter(|known| !matches!(known.takes, Takes::Switch(_))).map(|known| known.name);
        for name in valued.chain(["python"]) {
            for value in matches.get_raw(name).into_iter().flatten() {
                let mut word = OsString::from(format!("--{name}="));
                word.push(value);
                words.push(word);
            }
        }
        Ok(Self { words, python: what.python })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
