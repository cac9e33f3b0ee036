//! Plans the test runs: which tests run, in which order, and how their reports are read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::lines_by_test::{Choice, LinesByTest};
use crate::run::lines::TestLines;

/// If at most this many tests are chosen, their recordings are kept even if they pass, so that values beside the code
/// follow an edit.
const MAX_SHOWN: usize = 20;

/// The test runs after a change.
pub enum Plan {
    /// All tests at once.
    Whole,
    /// First the chosen tests, then the rest.
    First(Choice),
}

impl Plan {
    /// Plans the runs after files have changed. `text` returns the text of a file.
    pub fn after(map: &mut LinesByTest, changed: &[PathBuf], text: impl Fn(&Path) -> Option<String>) -> Self {
        let was_empty = map.is_empty();
        let mut choice = Choice { is_complete: true, ..Choice::default() };
        for path in changed {
            map.edit(path, text(path), &mut choice);
        }
        map.choose(&mut choice);
        let is_all = map.known().all(|test| choice.tests.contains(test));
        match was_empty || is_all || choice.tests.is_empty() && choice.files.is_empty() {
            true => Plan::Whole,
            false => Plan::First(choice),
        }
    }
}

/// The file with the tests that run first.
pub fn first(map: &LinesByTest, choice: &Choice) -> String {
    let files = choice.tests.iter().filter_map(|test| test.split("::").next()).map(str::to_owned);
    let files: BTreeSet<String> = files.chain(choice.files.iter().cloned()).collect();
    let files = files.iter().map(|file| ('f', file.as_str()));
    let wanted = choice.tests.iter().map(|test| ('r', test.as_str()));
    lines(files.chain(wanted).chain(map.known().map(|test| ('k', test))))
}

/// The file with the tests that need not run again.
pub fn rest(ran: &BTreeSet<String>) -> String {
    lines(ran.iter().map(|test| ('d', test.as_str())))
}

/// One test per line. A name with line breaks is left out, so that its test runs once more.
fn lines<'a>(all: impl Iterator<Item = (char, &'a str)>) -> String {
    all.filter(|(_, name)| !name.contains('\n')).map(|(letter, name)| format!("{letter}{name}\n")).collect()
}

/// Whether recordings of chosen tests that pass are kept.
pub fn shows_all(choice: &Choice) -> bool {
    choice.tests.len() <= MAX_SHOWN
}

/// Reads the reports of the tests in a run.
pub fn reports(path: &Path) -> Vec<TestLines> {
    let text = std::fs::read(path).unwrap_or_default();
    // A killed run may leave an incomplete line.
    text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}
