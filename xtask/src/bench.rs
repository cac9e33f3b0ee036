//! Measures the cost of recording: untraced, empty-hook and recorded runs, side by side.

use std::fmt::Write;

use crate::shell::{self, Result, root};
use crate::{packages, pythons};

mod apps;
mod questions;
mod rivals;
mod samples;
mod travel;
mod values;

use samples::{Row, measure};

const WORKLOADS: [&str; 12] = [
    "int_loop",
    "recursion",
    "attributes",
    "big_list",
    "long_functions",
    "lists",
    "dict_count",
    "strings",
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
    shell::build()?;
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
    let mut text = String::from(HEADER);
    for (minor, python) in &found {
        if arguments.minor.is_some_and(|only| only != *minor) {
            continue;
        }
        let mut rows = Vec::new();
        for name in WORKLOADS {
            if !arguments.workloads.is_empty() && !arguments.workloads.iter().any(|wanted| wanted == name) {
                continue;
            }
            let row = measure(python, &benchmarks, true, name, arguments.runs)?;
            eprintln!("3.{minor} {name}: {:.2}x", row.recorded.cpu / row.base.cpu);
            rows.push(row);
        }
        table(*minor, &rows, &mut text)?;
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

const HEADER: &str = "# What recording costs

Recorded code takes five to seven times as long as unrecorded code, depending on the version of Python. `cargo xtask bench` makes the measurements on this page.

Every row is one workload of `xtask/bench`. It is run untraced, with a C callback that does nothing on every event
(*empty*), and recorded with every line and every change of every variable. Runs of the three kinds alternate; the table
shows medians. CPU time is that of the program alone, measured inside it around its main function; the recorder runs
on another core. *Waited* is the share of wall time in which the program waited because the ring was full.

Absolute times differ from machine to machine, so compare the ratios. On some machines recorded runs are slower by half for
a while, even in the median. In that case, measure again.
";

fn table(minor: u32, rows: &[Row], out: &mut String) -> Result<()> {
    writeln!(out, "\n## Python 3.{minor}\n")?;
    writeln!(
        out,
        "| workload | untraced ms | empty × | recorded × | wall × | ÷ empty | ns a step | steps | bytes a step | waited | MiB above |"
    )?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
    let (mut slowdown, mut over_empty) = (0.0, 0.0);
    for row in rows {
        let (recorded, empty) = (row.recorded.cpu / row.base.cpu, row.empty.cpu / row.base.cpu);
        slowdown += recorded.ln();
        over_empty += (recorded / empty).ln();
        writeln!(
            out,
            "| {} | {:.1} | {empty:.2} | {recorded:.2} | {:.2} | {:.2} | {:.0} | {} | {:.2} | {:.1} % | {:.0} |",
            row.name,
            row.base.cpu * 1e3,
            row.recorded.wall / row.base.wall,
            recorded / empty,
            (row.recorded.cpu - row.base.cpu) / row.left.steps * 1e9,
            row.left.steps,
            row.left.size / row.left.steps,
            100.0 * row.left.waited / row.recorded.wall,
            (row.recorded.peak - row.base.peak) / 1024.0,
        )?;
    }
    let n = rows.len().max(1) as f64;
    writeln!(
        out,
        "| **geometric mean** | | | **{:.2}** | | **{:.2}** | | | | | |",
        (slowdown / n).exp(),
        (over_empty / n).exp()
    )?;
    Ok(())
}
