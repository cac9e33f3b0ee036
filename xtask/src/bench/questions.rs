//! Measures questions about a recording of ten million steps: why, why not, where from, history, and searches; and the
//! comparison of two runs of a million steps.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{Result, cache, root};

/// The heading of the section, which ends docs/benchmarks.md.
const HEADING: &str = "\n## Questions\n";

/// Measures and appends the section.
pub fn table(python: &Path, out: &mut String) -> Result<()> {
    let connie = root().join("target/release/connie");
    let script = root().join("xtask/bench/questions_run.py");
    let record = |name: &str, arguments: &[&str]| -> Result<PathBuf> {
        let recording = cache()?.join(name);
        let _ = std::fs::remove_file(&recording);
        let mut run = Command::new(&connie);
        run.args(["run", "--quiet", "--python"]).arg(python).arg("--output").arg(&recording).arg(&script);
        match run.args(arguments).status()?.success() {
            true => Ok(recording),
            false => Err("the run that is asked about failed".into()),
        }
    };
    let recording = record("questions.connie", &[])?;
    // They differ in a word of one round.
    let (left, right) = (record("left.connie", &["545", "100"])?, record("right.connie", &["545", "300"])?);
    let steps = super::samples::left_behind(&connie, &recording)?.steps;
    // Sketches that an earlier measurement stored would make the first search warm.
    let sketches = cache()?.join("questions-cache");
    let _ = std::fs::remove_dir_all(&sketches);
    let mut ask = Command::new(python);
    ask.arg(root().join("xtask/bench/questions.py")).arg(&connie).arg(&recording).arg(&script).arg(steps.to_string());
    ask.arg(&left).arg(&right);
    let output = ask.env("XDG_CACHE_HOME", sketches).output()?;
    if !output.status.success() {
        return Err(format!("questions.py failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    writeln!(out, "{HEADING}")?;
    writeln!(
        out,
        "In a recording of {steps} steps: random questions at random moments, to one `connie dap`. Milliseconds of wall\n\
         time; *CPU* is the time of the processors at the 99th percentile. The first question comes when the recording was just\n\
         opened and its sketches are being made, the others when they are there. Commands start a new process each.\n"
    )?;
    writeln!(out, "| question | asked | median | p99 | most | CPU p99 |\n|---|--:|--:|--:|--:|--:|")?;
    out.push_str(&String::from_utf8_lossy(&output.stdout));
    Ok(())
}

/// Replaces the section in a page that ends with it.
pub fn replaced(page: &str, section: &str) -> String {
    let before = page.find(HEADING).map_or(page, |at| &page[..at]);
    format!("{before}{section}")
}
