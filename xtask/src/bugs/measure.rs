//! One bug: its test is recorded as a user would, and `connie explain` is asked.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use connie_source::outline::Outline;
use serde::Deserialize;

use super::case::Bug;
use super::prepare;
use crate::shell::{Result, quietly};

/// What came of a bug.
pub struct Row {
    /// Steps of the recording.
    pub steps: u64,
    /// Steps from the last time that a faulty line ran to the failure; `None` where none ran in the recording.
    pub away: Option<u64>,
    /// The place of the faulty line among those named, from 1.
    pub named: Option<usize>,
    /// The place of the first line of a function with a faulty line, among the lines named.
    pub function: Option<usize>,
    /// Its place in the slice, in which lines stand by their distance from the failure.
    pub sliced: Option<usize>,
    /// Lines of the slice.
    pub slice: usize,
    /// How long the first answer took, the start of the program included.
    pub took: Duration,
    /// The lines named, in order: file, line, reason.
    pub lines: Vec<Named>,
    /// Why there is no answer.
    pub trouble: Option<String>,
}

/// What `connie explain --format json` prints, as far as it matters here.
#[derive(Deserialize)]
struct Answer {
    lines: Vec<Named>,
    slice: Vec<Named>,
}

/// A line that is named.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Named {
    /// The path, as recorded.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// Why it is named.
    #[serde(default)]
    pub why: String,
}

/// What `connie show --json` prints, as far as it matters here.
#[derive(Deserialize)]
struct Shown {
    steps: u64,
    result: String,
    exception: Option<u64>,
}

/// What [`last_run`] asks for.
#[derive(Deserialize)]
struct LastRun {
    last: Option<u64>,
}

/// Records the test of a prepared bug and asks.
///
/// # Errors
/// Where there is no recording of a failed test.
pub fn measure(bug: &Bug, source: &Path, python: &Path, connie: &Path) -> Result<Row> {
    let _ = std::fs::remove_dir_all(source.join(".connie"));
    let mut record = prepare::command(connie, bug, source);
    record.args(["pytest", "--python"]).arg(python).args(["-q", "-p", "no:cacheprovider", &bug.test]);
    let output = record.output()?;
    let shown = quietly(Command::new(connie).args(["show", "--json", "latest"]).current_dir(source))
        .map_err(|error| format!("{}: {error}\n{}", bug.name, String::from_utf8_lossy(&output.stdout)))?;
    let shown: Shown = serde_json::from_str(&shown)?;
    let Some(failed) = shown.exception else {
        return Err(format!("{}: the recording of the test ends with {}", bug.name, shown.result).into());
    };
    let away = last_run(bug, source, connie, failed)?.map(|last| failed - last);
    let start = Instant::now();
    let answer = quietly(Command::new(connie).args(["explain", "latest", "--format", "json"]).current_dir(source));
    let took = start.elapsed();
    let answer = answer.and_then(|text| Ok(serde_json::from_str::<Answer>(&text)?));
    let (answer, trouble) = match answer {
        Ok(answer) => (answer, None),
        Err(error) => (Answer { lines: Vec::new(), slice: Vec::new() }, Some(format!("{}: {error}", bug.name))),
    };
    let (lines, slice) = (distinct(answer.lines), distinct(answer.slice));
    let (named, sliced) = (rank(&lines, bug, source), rank(&slice, bug, source));
    let function = function_rank(&lines, bug, source);
    Ok(Row { steps: shown.steps, away, named, function, sliced, slice: slice.len(), took, lines, trouble })
}

/// The last step before a failure at which a faulty line ran.
fn last_run(bug: &Bug, source: &Path, connie: &Path, failed: u64) -> Result<Option<u64>> {
    let places: Vec<String> =
        bug.faulty.iter().map(|faulty| format!("file = '{}' AND line = {}", faulty.file, faulty.line)).collect();
    let query = format!(
        "SELECT max(step) AS last FROM steps WHERE event = 'line' AND step <= {failed} AND ({})",
        places.join(" OR ")
    );
    let mut ask = Command::new(connie);
    ask.args(["sql", "--format", "json", "latest", &query]).current_dir(source);
    let rows: Vec<LastRun> = serde_json::from_str(&quietly(&mut ask)?)?;
    Ok(rows.first().and_then(|row| row.last))
}

/// Each line once, where it stands first: a line may be named at several steps.
fn distinct(lines: Vec<Named>) -> Vec<Named> {
    let mut seen = std::collections::HashSet::new();
    lines.into_iter().filter(|named| seen.insert((named.file.clone(), named.line))).collect()
}

/// The place of the first faulty line, from 1.
fn rank(lines: &[Named], bug: &Bug, source: &Path) -> Option<usize> {
    let is_faulty = |named: &Named| {
        let mut faulty = bug.faulty.iter();
        faulty.any(|faulty| faulty.line == named.line && source.join(&faulty.file) == Path::new(&named.file))
    };
    lines.iter().position(is_faulty).map(|place| place + 1)
}

/// The place of the first line that belongs to the function of a faulty line, from 1.
fn function_rank(lines: &[Named], bug: &Bug, source: &Path) -> Option<usize> {
    let mut outlines: HashMap<PathBuf, Outline> = HashMap::new();
    let mut function = |file: &Path, line: u32| {
        let read = || Outline::of(&std::fs::read_to_string(file).unwrap_or_default());
        (file.to_owned(), outlines.entry(file.to_owned()).or_insert_with(read).function_at(line))
    };
    let faulty: Vec<_> = bug.faulty.iter().map(|faulty| function(&source.join(&faulty.file), faulty.line)).collect();
    let is_its = |named: &Named| faulty.contains(&function(Path::new(&named.file), named.line));
    lines.iter().position(is_its).map(|place| place + 1)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Named, distinct, function_rank, rank};
    use crate::bugs::case::all;

    fn named(file: &str, line: u32) -> Named {
        Named { file: file.to_owned(), line, why: String::new() }
    }

    #[test]
    fn a_line_counts_once_and_by_its_first_place() {
        let bug = all().unwrap().into_iter().find(|bug| bug.name == "boltons-lru").unwrap();
        let faulty = &bug.faulty[1];
        let here = format!("/source/{}", faulty.file);
        let lines = vec![named("/source/a.py", 1), named("/source/a.py", 1), named(&here, faulty.line)];
        let lines = distinct(lines);
        assert_eq!(rank(&lines, &bug, Path::new("/source")), Some(2));
        assert_eq!(rank(&lines, &bug, Path::new("/elsewhere")), None);
        assert_eq!(rank(&lines[..1], &bug, Path::new("/source")), None);
    }

    #[test]
    fn any_line_of_the_function_counts_for_the_function() {
        let folder = tempfile::tempdir().unwrap();
        let mut bug = all().unwrap().into_iter().find(|bug| bug.name == "boltons-lru").unwrap();
        bug.faulty.truncate(1);
        (bug.faulty[0].file, bug.faulty[0].line) = ("a.py".to_owned(), 3);
        let file = folder.path().join("a.py");
        std::fs::write(&file, "def f():\n    x = 1\n    return x\n\ndef g():\n    return 2\n").unwrap();
        let path = file.to_string_lossy();
        let lines = [named(&path, 6), named(&path, 2), named(&path, 3)];
        assert_eq!(function_rank(&lines, &bug, folder.path()), Some(2));
        assert_eq!(function_rank(&lines[..1], &bug, folder.path()), None);
    }
}
