//! Generates the tracer's opcode tables from the `opcode` modules of the interpreters found.

use std::process::Command;

use crate::pythons;
use crate::shell::{self, Result, root};

const SCRIPT: &str = include_str!("../python/opcodes.py");

/// Writes tracer/src/opcodes.rs.
pub fn run() -> Result<()> {
    let found = pythons::found();
    if found.len() != 6 {
        return Err("all of Python 3.10 to 3.15 are needed".into());
    }
    let target = root().join("tracer/src/opcodes.rs");
    let python = found.values().last().ok_or("no interpreter")?;
    let mut command = Command::new(python);
    command.args(["-c", SCRIPT]).arg(&target);
    for (minor, path) in &found {
        command.arg(format!("{minor}={}", path.display()));
    }
    shell::run(&mut command)?;
    shell::run(&mut shell::cargo(&["fmt", "--package", "connie-tracer"]))
}
