//! The table, printed and as a page of the documentation.

use std::fmt::Write;
use std::path::Path;

use connie_recording::amounts::{duration, grouped};

use super::FIRST;
use super::case::Bug;
use super::measure::Row;
use crate::shell::Result;

const HEADER: &str = "# How often `connie explain` names the faulty line

This page measures [`connie explain`](how-to/explain.md) with real bugs. `cargo xtask bugs --write` generates it.

Each bug was once fixed in a package on PyPI. The measurement reverts that fix in the current source distribution of
the package. A test of the package then fails. The test is recorded with `connie pytest`, and `connie explain` is run
on the recording. Only this one test is recorded, and there is no recording of a run that passed.

The expected lines are those that the fix changed. If the fix only added lines, they are the lines beside them. They were
chosen before the first measurement. The bugs were chosen by kind and field, not by how hard they are to find.

- *steps before*: how many steps lie between the last time that a faulty line ran and the failure. A dash means that it ran
  while modules were imported, before the test.
- *named*: the rank of the faulty line among the lines that `connie explain` names.
- *function*: the rank of the first named line that is in the function of the faulty line.
- *in the slice*: its rank among all lines that the failure depends on, ordered by their distance from the failure. This is the result of
  a plain dynamic slice. The number of lines follows in brackets.
- *time*: how long the first answer took. It includes the start of the program and the building of indexes.
";

/// The number of rows whose place is among the first.
pub fn within(rows: &[Row], place: impl Fn(&Row) -> Option<usize>) -> usize {
    rows.iter().filter(|row| is_first(place(row))).count()
}

fn is_first(place: Option<usize>) -> bool {
    place.is_some_and(|place| place <= FIRST)
}

/// The result in a few words.
pub fn summary(rows: &[Row]) -> String {
    let (named, sliced) = (within(rows, |row| row.named), within(rows, |row| row.sliced));
    let function = within(rows, |row| row.function);
    format!(
        "The faulty line is among the first five named in {named} of {all} bugs, and its function in {function}. By distance in the slice the line is among the first five in {sliced} of {all}.",
        all = rows.len()
    )
}

/// The same for the bugs that were held back.
fn held_back(bugs: &[Bug], rows: &[Row]) -> String {
    let held: Vec<&Row> = bugs.iter().zip(rows).filter(|(bug, _)| bug.held_back).map(|(_, row)| row).collect();
    let count = |place: fn(&Row) -> Option<usize>| held.iter().filter(|row| is_first(place(row))).count();
    format!(
        "{} bugs (marked with a star) were held back while `connie explain` was written. For these, the numbers are {}, {} and {}.",
        held.len(),
        count(|row| row.named),
        count(|row| row.function),
        count(|row| row.sliced)
    )
}

/// A place, or a dash.
fn place(place: Option<usize>) -> String {
    place.map_or_else(none, |place| place.to_string())
}

/// The name, with a star where the bug was held back.
fn starred(bug: &Bug) -> String {
    format!("{}{}", bug.name, if bug.held_back { "\\*" } else { "" })
}

fn none() -> String {
    "–".to_owned()
}

/// One row for each bug.
pub fn table(bugs: &[Bug], rows: &[Row]) -> Result<String> {
    let mut text =
        "| bug | kind | steps | steps before | named | function | in the slice | time |\n|---|---|--:|--:|--:|--:|--:|--:|\n"
            .to_owned();
    for (bug, row) in bugs.iter().zip(rows) {
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} ({}) | {} |",
            starred(bug),
            bug.kind,
            grouped(row.steps),
            row.away.map_or_else(none, grouped),
            place(row.named),
            place(row.function),
            place(row.sliced),
            row.slice,
            duration(row.took.as_nanos() as u64)
        )?;
    }
    Ok(text)
}

/// The page of the documentation.
pub fn page(bugs: &[Bug], rows: &[Row]) -> Result<String> {
    let mut text = format!("{HEADER}\n{} {}\n\n{}", summary(rows), held_back(bugs, rows), table(bugs, rows)?);
    text.push_str("\n## The bugs\n\nThe patches and expected lines are in `tests/bugs`; the lines in them are the packages' own, under their licences.\n\n");
    text.push_str("| bug | package | licence | what was wrong | where the failure shows |\n|---|---|---|---|---|\n");
    for bug in bugs {
        let Bug { name, package, version, license, what, shows, .. } = bug;
        writeln!(text, "| {name} | {package} {version} | {license} | {what} | {shows} |")?;
    }
    Ok(text)
}

/// The places of the faulty line; where `verbose`, also the lines that are named first, and the faulty ones.
pub fn details(bug: &Bug, row: &Row, source: &Path, verbose: bool) -> String {
    let mut text = format!("{}: named {}, in the slice {}\n", bug.name, place(row.named), place(row.sliced));
    text.extend(row.trouble.iter().map(|trouble| format!("  {trouble}\n")));
    if !verbose {
        return text;
    }
    for faulty in &bug.faulty {
        text.push_str(&format!("  faulty {}:{}\n", faulty.file, faulty.line));
    }
    for (index, named) in row.lines.iter().take(FIRST + 3).enumerate() {
        let file = Path::new(&named.file).strip_prefix(source);
        let file = file.map_or(named.file.clone(), |path| path.display().to_string());
        text.push_str(&format!("  {}. {file}:{} {}\n", index + 1, named.line, named.why));
    }
    text
}
