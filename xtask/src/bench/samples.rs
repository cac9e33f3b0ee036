//! Runs workloads and measures them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::shell::{Result, cache, root};

/// Times of one run in seconds, and its memory in MiB.
#[derive(Clone, Copy, Default)]
pub struct Sample {
    pub cpu: f64,
    pub wall: f64,
    pub peak: f64,
}

/// The results of one recorded run.
pub struct Recorded {
    pub steps: f64,
    pub size: f64,
    pub waited: f64,
}

/// The medians of a workload.
pub struct Row {
    pub name: String,
    pub base: Sample,
    pub empty: Sample,
    pub recorded: Sample,
    pub left: Recorded,
}

/// Measures a workload of `xtask/bench` or of another folder. `include` says whether its code is recorded.
pub fn measure(python: &Path, folder: &Path, include: bool, name: &str, runs: usize) -> Result<Row> {
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

/// CPU time of a recorded workload in seconds; the median of three.
pub fn recorded_cpu(python: &Path, name: &str) -> Result<f64> {
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

/// Reads the results of a recorded run.
pub fn left_behind(connie: &Path, recording: &PathBuf) -> Result<Recorded> {
    let output = Command::new(connie).arg("show").arg(recording).arg("--json").output()?;
    let json: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    Ok(Recorded {
        steps: json["steps"].as_f64().unwrap_or(f64::NAN),
        waited: json["waited"].as_f64().unwrap_or(0.0) / 1e9,
        size: std::fs::metadata(recording)?.len() as f64,
    })
}
