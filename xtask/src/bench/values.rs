//! Measures how fast the language server shows the values of a long file, with the requests of an editor.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use crate::shell::{Result, cache, root};

/// Measures and appends a table.
pub fn table(python: &Path, out: &mut String) -> Result<()> {
    let folder = cache()?.join("values");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join(".connie"))?;
    // Makes the folder a project of its own.
    std::fs::write(folder.join("setup.py"), "")?;
    let mut ask = Command::new(python);
    ask.arg(root().join("xtask/bench/values.py")).arg(root().join("target/release/connie")).arg(python).arg(&folder);
    let output = ask.output()?;
    if !output.status.success() {
        return Err(format!("values.py failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let connie = root().join("target/release/connie");
    let newest = std::fs::read_dir(folder.join(".connie"))?.flatten().map(|entry| entry.path());
    let recording = newest.filter(|path| path.extension().is_some_and(|e| e == "connie")).max();
    let steps = super::samples::left_behind(&connie, &recording.ok_or("values.py left no recording")?)?.steps;
    writeln!(out, "\n## Values beside the code\n")?;
    writeln!(out, "Milliseconds from an editor's request to the answer: a file of 5,000 lines, a recording of")?;
    writeln!(out, "{steps} steps, five servers one after the other.\n")?;
    writeln!(out, "| what | median | most |\n|---|--:|--:|")?;
    out.push_str(&String::from_utf8_lossy(&output.stdout));
    Ok(())
}
