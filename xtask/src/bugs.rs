//! Real bugs of packages from PyPI: does `connie explain` name the faulty line?
//!
//! Each folder of `tests/bugs` is one bug: a patch that takes a fix back, the package that it belongs to, and the lines
//! that are faulty with the patch. No other source of the package is kept; it is fetched.

mod case;
mod measure;
mod page;
mod prepare;

use std::path::PathBuf;

use crate::shell::{self, Result, cache, root};
use crate::{packages, pythons};

use case::Bug;
use measure::Row;

/// A faulty line counts as found if it is among this many lines that are named first.
const FIRST: usize = 5;

/// The minimum number of bugs whose faulty line is found. It may only rise.
const LEAST: usize = 33;

/// Options of the measurement.
#[derive(Default, clap::Args)]
pub struct Arguments {
    /// Only these bugs
    names: Vec<String>,
    /// Only check that each test passes without the patch and fails with it
    #[arg(long)]
    check: bool,
    /// Write docs/explain-measured.md
    #[arg(long, conflicts_with_all = ["names", "check"])]
    write: bool,
    /// Also print the lines that are named first
    #[arg(long)]
    verbose: bool,
}

/// Measures with the program of the variable CONNIE_BIN, else with the release build.
///
/// # Errors
/// Where a bug cannot be prepared or recorded, and where fewer bugs are found than before ([`LEAST`]).
pub fn run(arguments: &Arguments) -> Result<()> {
    let bugs = chosen(&arguments.names)?;
    let found = pythons::found();
    let python =
        found.get(&13).or(found.values().next_back()).ok_or("no Python 3.10 to 3.15 was found: install one")?;
    let python = packages::venv(python, "bugs", "bugs/environment")?.join("bin/python");
    let folder = cache()?.join("bugs");
    let mut prepared = Vec::new();
    for bug in &bugs {
        prepared.push(prepare::prepare(bug, &python, &folder)?);
        println!("{}: the test passes without the patch and fails with it", bug.name);
    }
    if arguments.check {
        return Ok(());
    }
    let connie = connie()?;
    let mut rows = Vec::new();
    for (bug, source) in bugs.iter().zip(&prepared) {
        let row = measure::measure(bug, source, &python, &connie)?;
        print!("{}", page::details(bug, &row, source, arguments.verbose));
        rows.push(row);
    }
    let text = page::table(&bugs, &rows)?;
    println!("\n{text}");
    println!("{}", page::summary(&rows));
    if arguments.write {
        std::fs::write(root().join("docs/explain-measured.md"), page::page(&bugs, &rows)?)?;
    }
    enough(&rows, arguments)
}

/// All bugs, or those asked for.
fn chosen(names: &[String]) -> Result<Vec<Bug>> {
    let bugs = case::all()?;
    if let Some(unknown) = names.iter().find(|name| bugs.iter().all(|bug| bug.name != **name)) {
        let known: Vec<&str> = bugs.iter().map(|bug| bug.name.as_str()).collect();
        return Err(format!("no bug is named {unknown}: there are {}", known.join(", ")).into());
    }
    Ok(bugs.into_iter().filter(|bug| names.is_empty() || names.contains(&bug.name)).collect())
}

fn connie() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CONNIE_BIN") {
        return Ok(std::path::absolute(path)?);
    }
    shell::build()?;
    Ok(root().join("target/release/connie"))
}

/// Fails where too few of all bugs are found, or a question about one failed.
fn enough(rows: &[Row], arguments: &Arguments) -> Result<()> {
    let failed: Vec<&str> = rows.iter().filter_map(|row| row.trouble.as_deref()).collect();
    if let Some(first) = failed.first() {
        return Err(format!("{} questions failed; the first: {first}", failed.len()).into());
    }
    let named = page::within(rows, |row| row.named);
    if arguments.names.is_empty() && named < LEAST {
        return Err(format!("only {named} of {} bugs are found: {LEAST} were before", rows.len()).into());
    }
    Ok(())
}
