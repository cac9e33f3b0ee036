//! Runs workloads and measures them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::shell::{Result, cache, root};

/// CPU time that the calls of an untraced run take together, at least, in seconds.
const LONG_ENOUGH: f64 = 0.12;
const MAX_CALLS: f64 = 200.0;

/// What one run took: times in seconds, memory in KiB.
#[derive(Clone, Copy, Default)]
pub struct Sample {
    /// CPU time of the program in the workload's main function.
    pub cpu: f64,
    /// Wall time of the same.
    pub wall: f64,
    /// The most memory that the program had.
    pub peak: f64,
    /// CPU time of all processes outside of the main function: starting, and the recorder.
    pub around: f64,
}

/// What a recorded run left.
pub struct Recorded {
    pub steps: f64,
    /// Bytes of the recording.
    pub size: f64,
    /// Seconds that the program waited because the ring was full.
    pub waited: f64,
}

/// The medians of a workload.
pub struct Row {
    pub name: String,
    pub base: Sample,
    pub empty: Sample,
    pub recorded: Sample,
    /// The recorded run, with one core for the program and the recorder.
    pub one_core: Sample,
    /// The difference between the slowest and the fastest untraced run, divided by the median.
    pub spread: f64,
    /// CPU time of the recorder: what the recorded run needed besides the program and besides starting.
    pub recorder: f64,
    pub left: Recorded,
}

impl Row {
    /// CPU time of the program, divided by that of the untraced program.
    pub fn program_ratio(&self) -> f64 {
        self.recorded.cpu / self.base.cpu
    }

    /// CPU time of the program and the recorder, divided by that of the untraced program.
    pub fn total_ratio(&self) -> f64 {
        (self.recorded.cpu + self.recorder) / self.base.cpu
    }
}

/// How a workload is run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Untraced,
    EmptyHooks,
    Recorded,
    RecordedOnOneCore,
}

const WAYS: [Way; 4] = [Way::Untraced, Way::EmptyHooks, Way::Recorded, Way::RecordedOnOneCore];

/// The workloads of a folder, for one interpreter.
pub struct Bench<'a> {
    pub python: &'a Path,
    pub folder: &'a Path,
    /// Whether code of the folder is recorded in any case.
    pub include: bool,
    /// Options of `connie run`.
    pub options: &'a [String],
    pub runs: usize,
    /// Medians of a workload that does nothing, in the order of [`WAYS`].
    nothing: [Sample; 4],
}

impl<'a> Bench<'a> {
    /// Measures what starting costs.
    ///
    /// # Errors
    /// If a program cannot be run.
    pub fn new(python: &'a Path, folder: &'a Path, include: bool, options: &'a [String], runs: usize) -> Result<Self> {
        let mut bench = Self { python, folder, include, options, runs, nothing: Default::default() };
        bench.nothing = bench.samples("nothing", 1)?.map(|list| median(&list));
        Ok(bench)
    }

    /// Measures a workload; runs of the different kinds alternate.
    ///
    /// # Errors
    /// If the workload fails.
    pub fn measure(&self, name: &str) -> Result<Row> {
        let first = self.run(name, 1, Way::Untraced)?;
        let calls = (LONG_ENOUGH / first.cpu.max(first.wall)).ceil().clamp(1.0, MAX_CALLS) as usize;
        let samples = self.samples(name, calls)?;
        let left = left_behind(&connie(), &recording()?)?;
        let mut untraced: Vec<f64> = samples[0].iter().map(|sample| sample.cpu).collect();
        untraced.sort_by(f64::total_cmp);
        let [base, empty, recorded, one_core] = samples.map(|list| median(&list));
        let starting = self.nothing[2].around - self.nothing[0].around;
        Ok(Row {
            name: name.into(),
            spread: (untraced[untraced.len() - 1] - untraced[0]) / base.cpu,
            recorder: (recorded.around - base.around - starting).max(0.0),
            base,
            empty,
            recorded,
            one_core,
            left,
        })
    }

    fn samples(&self, name: &str, calls: usize) -> Result<[Vec<Sample>; 4]> {
        let mut samples: [Vec<Sample>; 4] = Default::default();
        for _ in 0..self.runs {
            for (way, list) in WAYS.iter().zip(&mut samples) {
                list.push(self.run(name, calls, *way)?);
            }
        }
        Ok(samples)
    }

    fn run(&self, name: &str, calls: usize, way: Way) -> Result<Sample> {
        let (out, all) = (cache()?.join("bench.json"), cache()?.join("bench-all.txt"));
        let mut command = Command::new(self.python);
        command.arg(root().join("xtask/bench/processor.py")).arg(&all);
        command.arg(if way == Way::RecordedOnOneCore { "1" } else { "0" });
        if way == Way::Untraced {
            command.arg(self.python);
        } else {
            self.recorded(&mut command, way)?;
        }
        command.arg(root().join("xtask/bench/harness.py")).arg(&out).arg(name).arg(calls.to_string()).arg(self.folder);
        if !command.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
            return Err(format!("{name} failed").into());
        }
        let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&out)?)?;
        let field = |key: &str| json[key].as_f64().unwrap_or(f64::NAN);
        let all: f64 = std::fs::read_to_string(&all)?.trim().parse()?;
        Ok(Sample { cpu: field("cpu"), wall: field("wall"), peak: field("peak"), around: all - field("cpu") })
    }

    fn recorded(&self, command: &mut Command, way: Way) -> Result<()> {
        let recording = recording()?;
        let _ = std::fs::remove_file(&recording);
        command.arg(connie()).args(["run", "--quiet", "--output"]).arg(recording);
        if self.include {
            command.arg("--include").arg(self.folder);
        }
        if way == Way::EmptyHooks {
            command.arg("--empty-hooks");
        } else {
            command.args(self.options);
        }
        command.arg("--python").arg(self.python);
        Ok(())
    }
}

fn connie() -> PathBuf {
    root().join("target/release/connie")
}

fn recording() -> Result<PathBuf> {
    Ok(cache()?.join("bench.connie"))
}

/// CPU time of a recorded workload in seconds; the median of three.
///
/// # Errors
/// If the workload fails.
pub fn recorded_cpu(python: &Path, name: &str) -> Result<f64> {
    let folder = root().join("xtask/bench");
    let bench = Bench { python, folder: &folder, include: false, options: &[], runs: 1, nothing: Default::default() };
    let mut times = Vec::new();
    for _ in 0..3 {
        times.push(bench.run(name, 1, Way::Recorded)?.cpu);
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
    Sample { cpu: middle(|s| s.cpu), wall: middle(|s| s.wall), peak: middle(|s| s.peak), around: middle(|s| s.around) }
}

/// Reads what a recorded run left.
///
/// # Errors
/// If the recording cannot be read.
pub fn left_behind(connie: &Path, recording: &Path) -> Result<Recorded> {
    let output = Command::new(connie).arg("show").arg(recording).arg("--json").output()?;
    let json: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    Ok(Recorded {
        steps: json["steps"].as_f64().unwrap_or(f64::NAN),
        waited: json["waited"].as_f64().unwrap_or(0.0) / 1e9,
        size: std::fs::metadata(recording)?.len() as f64,
    })
}
