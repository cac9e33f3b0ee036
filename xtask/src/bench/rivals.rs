//! Compares connie with the recorders on PyPI, on the same workloads.

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::packages;
use crate::shell::{self, Result, cache, root};

const RECORDERS: [(&str, &str); 5] = [
    ("kolo", "calls and returns"),
    ("viztracer", "calls with arguments, returns"),
    ("PySnooper", "lines, repr of changed variables"),
    ("codetracer-python-recorder", "lines, variables"),
    ("retracesoftware", "only inputs; values by running the program again"),
];
/// Started as a program of its own; the others are started by `rivals.py`.
const BY_MODULE: &str = "retracesoftware";
const WORKLOADS: [&str; 5] = ["recursion", "attributes", "big_list", "strings", "dict_count"];
/// A longer run is stopped and written as "more than".
const LIMIT: Duration = Duration::from_secs(60);

/// Measures on one interpreter (3.12 or later: what codetracer supports) and appends a table.
pub fn table(minor: u32, python: &Path, out: &mut String) -> Result<()> {
    let inside = packages::venv(python, "rivals", &format!("rivals-3.{minor}"))?.join("bin/python");
    writeln!(out, "\n## Beside other recorders, Python 3.{minor}\n")?;
    writeln!(
        out,
        "CPU time of the workload, as a multiple of the untraced run; one run each, ended after {} s.",
        LIMIT.as_secs()
    )?;
    writeln!(out, "What each records is not the same.\n")?;
    write!(out, "| workload | connie |")?;
    for (name, _) in RECORDERS {
        write!(out, " {name} |")?;
    }
    writeln!(out, "\n|---|--:{}|", "|--:".repeat(RECORDERS.len()))?;
    write!(out, "| *records* | *lines, every change of every variable* |")?;
    for (_, what) in RECORDERS {
        write!(out, " *{what}* |")?;
    }
    writeln!(out)?;
    for workload in WORKLOADS {
        let untraced = (0..3).filter_map(|_| run(&inside, "none", workload).ok().flatten()).fold(f64::MAX, f64::min);
        let ours = super::samples::recorded_cpu(&inside, workload)?;
        write!(out, "| {workload} | {:.1} × |", ours / untraced)?;
        for (name, _) in RECORDERS {
            match run(&inside, name, workload)? {
                Some(cpu) => write!(out, " {:.0} × |", cpu / untraced)?,
                None => write!(out, " > {:.0} × |", LIMIT.as_secs_f64() / untraced)?,
            }
            eprintln!("3.{minor} {workload}: {name} done");
        }
        writeln!(out)?;
    }
    let replayed = if replays_random(&inside)? { "the same number as" } else { "another number than" };
    writeln!(
        out,
        "\nA program that prints `random.random()`, recorded by {BY_MODULE} and replayed, printed {replayed} the run."
    )?;
    Ok(())
}

/// Whether a replay of retracesoftware prints the random number that the run printed.
fn replays_random(python: &Path) -> Result<bool> {
    let scratch = tempfile::tempdir_in(cache()?)?;
    let script = scratch.path().join("number.py");
    std::fs::write(&script, "import random\nprint(random.random())\n")?;
    let recording = scratch.path().join("number.retrace");
    let command = || {
        let mut command = Command::new(python);
        command.args(["-m", BY_MODULE, "--format", "unframed_binary", "--recording"]).arg(&recording);
        command.current_dir(scratch.path());
        command
    };
    let run = shell::quietly(command().arg("--").arg(&script))?;
    Ok(run == shell::quietly(&mut command())?)
}

/// CPU time in seconds; `None` if the time limit was reached.
fn run(python: &Path, recorder: &str, workload: &str) -> Result<Option<f64>> {
    let scratch = tempfile::tempdir_in(cache()?)?;
    let out = scratch.path().join("out.json");
    let mut command = Command::new(python);
    let mut inside = recorder;
    if recorder == BY_MODULE {
        command.args(["-m", BY_MODULE, "--recording"]).arg(scratch.path().join("run.retrace")).arg("--");
        inside = "none";
    }
    command.arg(root().join("xtask/bench/rivals.py")).arg(&out).args([inside, workload]).arg(scratch.path());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if start.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    if !status.success() {
        return Err(format!("{recorder} failed on {workload}").into());
    }
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&out)?)?;
    Ok(json["cpu"].as_f64())
}
