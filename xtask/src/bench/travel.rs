//! Measures travel in a recording of ten million steps, with the requests of an editor.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use crate::shell::{Result, cache, root};

/// Measures and appends a table.
pub fn table(python: &Path, out: &mut String) -> Result<()> {
    let connie = root().join("target/release/connie");
    let script = root().join("xtask/bench/long_run.py");
    let recording = cache()?.join("travel.connie");
    let _ = std::fs::remove_file(&recording);
    let mut run = Command::new(&connie);
    run.args(["run", "--quiet", "--python"]).arg(python).arg("--output").arg(&recording).arg(&script);
    if !run.status()?.success() {
        return Err("the long run failed".into());
    }
    let steps = super::samples::left_behind(&connie, &recording)?.steps;
    let mut ask = Command::new(python);
    ask.arg(root().join("xtask/bench/travel.py")).arg(&connie).arg(&recording).arg(&script).arg(steps.to_string());
    let output = ask.output()?;
    if !output.status.success() {
        return Err(format!("travel.py failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    writeln!(out, "\n## Travel\n")?;
    writeln!(out, "Milliseconds from a client's request to the stop or answer, in a recording of {steps} steps.\n")?;
    writeln!(out, "| what | median | p99 |\n|---|--:|--:|")?;
    out.push_str(&String::from_utf8_lossy(&output.stdout));
    Ok(())
}
