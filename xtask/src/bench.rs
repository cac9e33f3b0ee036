//! Measures the cost of recording: untraced, empty-hook and recorded runs, side by side.

use crate::shell::{self, Result, root};
use crate::{packages, pythons};

mod apps;
mod questions;
mod rivals;
mod samples;
mod tables;
mod travel;
mod values;

use samples::{Bench, Row};
use tables::Version;

/// What is measured.
pub const WORKLOADS: [&str; 22] = [
    "int_loop",
    "recursion",
    "attributes",
    "big_list",
    "long_400",
    "long_1600",
    "late_loop",
    "lists",
    "dict_count",
    "strings",
    "text",
    "comprehensions",
    "exceptions",
    "records",
    "objects",
    "polymorphic",
    "environment",
    "paths",
    "tokenizer",
    "generators",
    "richards",
    "deltablue",
];

/// Options of the bench.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only these workloads
    workloads: Vec<String>,
    /// Runs of each kind; medians are shown
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Only Python 3.MINOR
    #[arg(long)]
    minor: Option<u32>,
    /// Use the target/release/connie that is there, instead of building it
    #[arg(long)]
    built: bool,
    /// Only workloads, nothing else
    #[arg(long)]
    only_workloads: bool,
    /// An option of connie run for the recorded runs, such as --options=--level=calls
    #[arg(long, allow_hyphen_values = true)]
    options: Vec<String>,
    /// Also measure other recorders, fetched from PyPI
    #[arg(long)]
    rivals: bool,
    /// Only questions about a recording
    #[arg(long)]
    questions: bool,
    /// Only print; do not write docs/benchmarks.md
    #[arg(long)]
    dry: bool,
}

/// Measures and writes docs/benchmarks.md.
pub fn run(arguments: &Arguments) -> Result<()> {
    if !arguments.built {
        shell::build()?;
    }
    let all = pythons::all()?;
    let found = all.newest;
    let usual = all.usual.ok_or("no Python 3.10 to 3.15 was found")?;
    if arguments.questions {
        let mut section = String::new();
        questions::table(&usual, &mut section)?;
        println!("{section}");
        if !arguments.dry {
            let page = root().join("docs/benchmarks.md");
            let text = std::fs::read_to_string(&page)?;
            std::fs::write(page, questions::replaced(&text, &section))?;
        }
        return Ok(());
    }
    let benchmarks = packages::pyperformance(&usual)?;
    let mut text = String::new();
    let mut versions = Vec::new();
    for (minor, python) in &found {
        if arguments.minor.is_none_or(|only| only == *minor) {
            let bench = Bench::new(python, &benchmarks, true, &arguments.options, arguments.runs)?;
            versions.push(Version { minor: *minor, rows: rows(&bench, &arguments.workloads, *minor)? });
        }
    }
    tables::workloads(&mut versions, &mut text)?;
    if arguments.only_workloads {
        println!("{text}");
        return Ok(());
    }
    // The applications need a virtual environment, and so an installed interpreter.
    let installed = pythons::found();
    if let Some((minor, python)) = installed.iter().find(|(minor, _)| **minor == 13).or(installed.iter().last())
        && arguments.workloads.is_empty()
    {
        apps::table(*minor, python, arguments.runs, &mut text)?;
    }
    if arguments.rivals
        && let Some((minor, python)) = found.iter().find(|(minor, _)| **minor == 12)
    {
        rivals::table(*minor, python, &mut text)?;
    }
    if let Some(python) = found.values().last() {
        travel::table(python, &mut text)?;
        values::table(python, &mut text)?;
        questions::table(python, &mut text)?;
    }
    println!("{text}");
    if !arguments.dry {
        std::fs::write(root().join("docs/benchmarks.md"), text)?;
    }
    Ok(())
}

/// Measures the wanted workloads, or all.
fn rows(bench: &Bench, wanted: &[String], minor: u32) -> Result<Vec<Row>> {
    let wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let mut rows = Vec::new();
    for name in WORKLOADS.into_iter().filter(|name| wanted(name)) {
        let row = bench.measure(name)?;
        eprintln!("3.{minor} {name}: program {:.2}, both {:.2}", row.program_ratio(), row.total_ratio());
        rows.push(row);
    }
    Ok(rows)
}
