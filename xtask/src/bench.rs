//! What recording costs: pairs of untraced, empty-hook and recorded runs, side by side.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::pythons;
use crate::shell::{self, Result, cache, cargo, root};

mod apps;
mod rivals;
mod travel;
mod values;

const WORKLOADS: [&str; 11] = [
    "int_loop",
    "recursion",
    "attributes",
    "big_list",
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
    /// Print only, leave docs/benchmarks.md
    #[arg(long)]
    dry: bool,
}

#[derive(Clone, Copy, Default)]
struct Sample {
    cpu: f64,
    wall: f64,
    peak: f64,
}

/// What one recorded run left behind.
struct Recorded {
    steps: f64,
    size: f64,
    waited: f64,
}

struct Row {
    name: String,
    base: Sample,
    empty: Sample,
    recorded: Sample,
    left: Recorded,
}

/// Measures and writes docs/benchmarks.md.
pub fn run(arguments: &Arguments) -> Result<()> {
    shell::run(&mut cargo(&["build", "--release", "--locked"]))?;
    let all = pythons::all()?;
    let found = all.newest;
    let usual = all.usual.ok_or("no Python 3.10 to 3.15 was found")?;
    let benchmarks = shell::pyperformance(&usual)?;
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
    // The applications live in a virtual environment, which needs an interpreter that was installed.
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
    }
    println!("{text}");
    if !arguments.dry {
        std::fs::write(root().join("docs/benchmarks.md"), text)?;
    }
    Ok(())
}

const HEADER: &str = "# What recording costs

Made by `cargo xtask bench`. Every row is one workload of `xtask/bench`, run untraced, with a C callback that does
nothing on every event (*empty*), and recorded with every line and every change of every variable. Runs of the three
kinds alternate; medians are shown. CPU time is the program's own, measured inside it around its main function; the
recorder works beside it on another core. *Waited* is the share of wall time that the program stood still because the
ring was full. Absolute times differ from machine to machine: look at the ratios. Medians of some
runs can still meet stretches in which recorded runs alone take half as long again: measure a version anew that did.
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

/// Measures a workload of `xtask/bench` or of a folder, which is recorded too or not.
fn measure(python: &Path, folder: &Path, include: bool, name: &str, runs: usize) -> Result<Row> {
    let connie = root().join("target/release/connie");
    let harness = root().join("xtask/bench/harness.py");
    let out = cache()?.join("bench.json");
    let recording = cache()?.join("bench.connie");
    let one = |mut command: Command| -> Result<Sample> {
        command.arg(&harness).arg(&out).arg(name).arg(folder).stdout(Stdio::null()).stderr(Stdio::null());
        let _ = std::fs::remove_file(&recording);
        if !command.status()?.success() {
            return Err(format!("{name} failed").into());
        }
        let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&out)?)?;
        let field = |key: &str| json[key].as_f64().unwrap_or(f64::NAN);
        Ok(Sample { cpu: field("cpu"), wall: field("wall"), peak: field("peak") })
    };
    let connie_run = |empty: bool| {
        let mut command = Command::new(&connie);
        command.args(["run", "--quiet", "--output"]).arg(&recording);
        if include {
            command.arg("--include").arg(folder);
        }
        if empty {
            command.arg("--empty-hooks");
        }
        command.arg("--python").arg(python);
        command
    };
    let mut samples: [Vec<Sample>; 3] = Default::default();
    for _ in 0..runs {
        samples[0].push(one(Command::new(python))?);
        samples[1].push(one(connie_run(true))?);
        samples[2].push(one(connie_run(false))?);
    }
    let left = left_behind(&connie, &recording)?;
    let [base, empty, recorded] = samples.map(|list| median(&list));
    Ok(Row { name: name.into(), base, empty, recorded, left })
}

/// CPU seconds of a workload that is recorded; the middle of three.
fn recorded_cpu(python: &Path, name: &str) -> Result<f64> {
    let recording = cache()?.join("bench.connie");
    let out = cache()?.join("bench.json");
    let mut times = Vec::new();
    for _ in 0..3 {
        let _ = std::fs::remove_file(&recording);
        let mut command = Command::new(root().join("target/release/connie"));
        command.args(["run", "--quiet", "--output"]).arg(&recording).arg("--python").arg(python);
        command.arg(root().join("xtask/bench/harness.py")).arg(&out).arg(name).stdout(Stdio::null());
        if !command.status()?.success() {
            return Err(format!("{name} failed").into());
        }
        let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&out)?)?;
        times.push(json["cpu"].as_f64().unwrap_or(f64::NAN));
    }
    times.sort_by(f64::total_cmp);
    Ok(times[1])
}

fn median(samples: &[Sample]) -> Sample {
    let middle = |value: fn(&Sample) -> f64| {
        let mut values: Vec<f64> = samples.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    Sample { cpu: middle(|s| s.cpu), wall: middle(|s| s.wall), peak: middle(|s| s.peak) }
}

fn left_behind(connie: &Path, recording: &PathBuf) -> Result<Recorded> {
    let output = Command::new(connie).arg("show").arg(recording).arg("--json").output()?;
    let json: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    Ok(Recorded {
        steps: json["steps"].as_f64().unwrap_or(f64::NAN),
        waited: json["waited"].as_f64().unwrap_or(0.0) / 1e9,
        size: std::fs::metadata(recording)?.len() as f64,
    })
}
