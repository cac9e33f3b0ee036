//! Generates the tracer's opcode tables from the `opcode` modules of the interpreters found.

use xshell::cmd;

use crate::pythons;
use crate::shell::{Result, cargo, root, shell};

const SCRIPT: &str = include_str!("../python/opcodes.py");

/// Writes tracer/src/opcodes.rs.
pub fn run() -> Result<()> {
    let found = pythons::found();
    if found.len() != 6 {
        return Err("all of Python 3.10 to 3.15 are needed".into());
    }
    let target = root().join("tracer/src/opcodes.rs");
    let python = found.values().last().ok_or("no interpreter")?;
    let named = found.iter().map(|(minor, path)| format!("{minor}={}", path.display()));
    let shell = shell(root())?;
    cmd!(shell, "{python} -c {SCRIPT} {target} {named...}").run()?;
    Ok(cargo(&shell, &["fmt", "--package", "connie-tracer"]).run()?)
}
