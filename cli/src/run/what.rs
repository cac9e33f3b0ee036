//! What is recorded: options that all commands share that record.

use std::path::Path;

use connie_wire::config::Config;
use connie_wire::paths;
use connie_wire::secrets;

use crate::project;

/// What is recorded, and of which interpreter.
#[derive(clap::Args)]
pub struct What {
    /// The interpreter [default: that of an installed script, $VIRTUAL_ENV, .venv of the project, python3 on the PATH]
    #[arg(long, value_name = "PYTHON")]
    pub python: Option<String>,
    /// Also record files that match (glob, folder, or package:NAME)
    #[arg(long, value_name = "PATTERN")]
    include: Vec<String>,
    /// Do not record files that match
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// Also record the standard library
    #[arg(long)]
    include_stdlib: bool,
    /// Also record installed packages
    #[arg(long)]
    include_site_packages: bool,
    /// Record all Python code
    #[arg(long)]
    all: bool,
    /// Do not record the processes that the program starts
    #[arg(long)]
    no_children: bool,
    /// Characters kept of a string [default: 4096]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=1 << 20))]
    max_string: Option<u64>,
    /// Items kept of a container [default: 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=1 << 24))]
    max_items: Option<u64>,
    /// Containers within containers kept, counted from a variable [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100))]
    max_depth: Option<u64>,
    /// How much of what libraries may have changed is looked at again: as much as time allows (what is not sure is
    /// shown with a ?), or everything, however long it takes [default: auto]
    #[arg(long, value_name = "auto|full", value_parser = recheck)]
    recheck: Option<Recheck>,
    /// Also hide values under names with this word, or that match this pattern with * (may be repeated)
    #[arg(long, value_name = "PATTERN")]
    redact: Vec<String>,
    /// Hide no values: record passwords and keys as they are
    #[arg(long, conflicts_with = "redact")]
    no_redact: bool,
}

/// How many looks at what code that is not recorded may have changed; none: as time allows.
#[derive(Clone, Copy, Debug, Default, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct Recheck(Option<i64>, Fault);

/// What fails, for tests.
#[derive(Clone, Copy, Debug, Default)]
enum Fault {
    #[default]
    Nothing,
    Identity,
    Walk,
    Layout,
}

fn recheck(text: &str) -> Result<Recheck, String> {
    match text {
        "auto" => Ok(Recheck(None, Fault::Nothing)),
        "full" => Ok(Recheck(Some(i64::MAX / 4), Fault::Nothing)),
        // For tests: what fails then, or so many and no more.
        "full:layout" => Ok(Recheck(Some(i64::MAX / 4), Fault::Layout)),
        "full:identity" => Ok(Recheck(Some(i64::MAX / 4), Fault::Identity)),
        "full:walk" => Ok(Recheck(Some(i64::MAX / 4), Fault::Walk)),
        number => number
            .parse()
            .map(|n: u32| Recheck(Some(n.into()), Fault::Nothing))
            .map_err(|_| "it is auto or full".into()),
    }
}

impl TryFrom<String> for Recheck {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        recheck(&text)
    }
}

impl What {
    /// Whose values are secrets: the built-in words, those of the project and those of the command line. `--no-redact`
    /// of the project is undone by `--redact` of the command line.
    fn redact(&self, settings: &project::Settings) -> Vec<String> {
        if self.no_redact || settings.no_redact && self.redact.is_empty() {
            return Vec::new();
        }
        let built_in = [secrets::BUILT_IN.to_owned()];
        built_in.into_iter().chain(settings.redact.iter().chain(&self.redact).cloned()).collect()
    }

    /// The settings of a process, those of the project included; the ring is not known yet.
    pub fn config(&self, settings: &project::Settings, root: &Path, cwd: &Path) -> Config {
        let redact = self.redact(settings);
        let recheck = self.recheck.or(settings.recheck).unwrap_or_default();
        Config {
            root: root.to_string_lossy().into_owned(),
            cwd: cwd.to_string_lossy().into_owned(),
            include: [settings.include.clone(), patterns(&self.include, cwd)].concat(),
            exclude: [settings.exclude.clone(), patterns(&self.exclude, cwd)].concat(),
            include_stdlib: self.include_stdlib || settings.include_stdlib,
            include_site_packages: self.include_site_packages || settings.include_site_packages,
            all: self.all || settings.all,
            children: !(self.no_children || settings.no_children),
            redact,
            max_string: self.max_string.or(settings.max_string).unwrap_or(4096),
            max_items: self.max_items.or(settings.max_items).unwrap_or(1000),
            max_depth: self.max_depth.or(settings.max_depth).unwrap_or(5),
            memory: 128 << 20,
            recheck: recheck.0,
            fault: match recheck.1 {
                Fault::Nothing => String::new(),
                Fault::Identity => "identity".into(),
                Fault::Walk => "walk".into(),
                Fault::Layout => "layout".into(),
            },
            ..Config::default()
        }
    }
}

/// Patterns of the command line: `./x` and `../x` start from the working folder, as shells complete them.
fn patterns(given: &[String], cwd: &Path) -> Vec<String> {
    let from_here = |pattern: &String| match pattern.starts_with("./") || pattern.starts_with("../") {
        true => paths::lexical(&cwd.join(pattern).to_string_lossy()),
        false => pattern.clone(),
    };
    given.iter().map(from_here).collect()
}

/// The settings, as a recording tells them: JSON.
pub fn settings_text(config: &Config) -> String {
    serde_json::json!({
        "include": config.include, "exclude": config.exclude, "include_stdlib": config.include_stdlib,
        "include_site_packages": config.include_site_packages, "all": config.all, "max_string": config.max_string,
        "max_items": config.max_items, "max_depth": config.max_depth, "redact": config.redact,
    })
    .to_string()
}
