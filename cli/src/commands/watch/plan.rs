//! Which tests run, in which order, and what their runs told.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::lines_by_test::{Choice, LinesByTest};
use crate::run::lines::TestLines;

/// Of so many chosen tests at most, recordings are kept also if they pass: values beside the code follow an edit.
const MOST_SHOWN: usize = 20;

/// The runs that a change leads to.
pub enum Plan {
    /// All tests at once.
    Whole,
    /// Those of the choice, then the rest.
    First(Choice),
}

impl Plan {
    /// What to run after files have changed. `text` gives a file's text.
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

/// The file that says which tests run first.
pub fn first(map: &LinesByTest, choice: &Choice) -> String {
    let files = choice.tests.iter().filter_map(|test| test.split("::").next()).map(str::to_owned);
    let files: BTreeSet<String> = files.chain(choice.files.iter().cloned()).collect();
    let files = files.iter().map(|file| ('f', file.as_str()));
    let wanted = choice.tests.iter().map(|test| ('r', test.as_str()));
    lines(files.chain(wanted).chain(map.known().map(|test| ('k', test))))
}

/// The file that says which tests need not run, as they have.
pub fn rest(ran: &BTreeSet<String>) -> String {
    lines(ran.iter().map(|test| ('d', test.as_str())))
}

/// One a line. A name of several lines is left out: that test runs once more.
fn lines<'a>(all: impl Iterator<Item = (char, &'a str)>) -> String {
    all.filter(|(_, name)| !name.contains('\n')).map(|(letter, name)| format!("{letter}{name}\n")).collect()
}

/// Whether recordings of chosen tests that pass are kept.
pub fn shows_all(choice: &Choice) -> bool {
    choice.tests.len() <= MOST_SHOWN
}

/// What the tests of a run told.
pub fn told(path: &Path) -> Vec<TestLines> {
    let text = std::fs::read(path).unwrap_or_default();
    // A run that was killed may leave half a line.
    text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect()
}
