//! Maps each test to the lines that it ran last: a small file beside the recordings, which may be deleted at any time.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use connie_recording::files;
use connie_source::mapping::Mapping;
use serde::{Deserialize, Serialize};

use super::changes::{Touched, touched};
use crate::run::lines::{TestLines, ranges};

/// The map's file in the folder of recordings.
const NAME: &str = "lines-by-test.json";
/// Increased when the file format changes. A map of another version is ignored.
const VERSION: u32 = 1;
/// The maximum size in bytes of a map that is stored.
const MAX_FILE_SIZE: u64 = 32 << 20;

/// The data of one test.
#[derive(Default, Serialize, Deserialize)]
struct Test {
    /// Whether it failed when it ran last.
    failed: bool,
    /// Whether a change touched it and it has not run since.
    due: bool,
    /// Ranges of lines, by the number of the file.
    lines: BTreeMap<u32, Vec<(u32, u32)>>,
}

/// The map.
#[derive(Default, Serialize, Deserialize)]
pub struct LinesByTest {
    version: u32,
    /// The working folder; tests may have other names in another one.
    cwd: PathBuf,
    /// Paths, with hashes of the sources that the lines refer to.
    files: Vec<(String, u64)>,
    tests: BTreeMap<String, Test>,
    /// The text of those sources.
    #[serde(skip)]
    texts: BTreeMap<u32, String>,
}

/// The tests to run first.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Tests that ran touched lines, or failed last.
    pub tests: BTreeSet<String>,
    /// Files that may have new tests.
    pub files: BTreeSet<String>,
    /// Whether, as far as the map knows, no other test ran the touched lines.
    pub is_complete: bool,
}

impl LinesByTest {
    /// Reads the map of a folder. Lines of files that were edited since are dropped.
    pub fn load(store: &Path, cwd: &Path) -> Self {
        let empty = || Self { version: VERSION, cwd: cwd.into(), ..Self::default() };
        let Ok(bytes) = files::read_unlinked(&store.join(NAME), MAX_FILE_SIZE) else { return empty() };
        let Ok(mut map) = serde_json::from_slice::<Self>(&bytes) else { return empty() };
        if map.version != VERSION || map.cwd != cwd {
            return empty();
        }
        for n in 0..map.files.len() as u32 {
            let (path, hash) = map.files[n as usize].clone();
            match text_of(Path::new(&path)).filter(|text| hash_of(text) == hash) {
                Some(text) => drop(map.texts.insert(n, text)),
                None => map.forget(n),
            }
        }
        map
    }

    /// Stores the map, if it is not too large.
    pub fn save(&self, store: &Path) {
        let path = store.join(NAME);
        match serde_json::to_vec(self) {
            Ok(bytes) if bytes.len() as u64 <= MAX_FILE_SIZE => drop(files::replace(&path, &bytes)),
            _ => drop(std::fs::remove_file(path)),
        }
    }

    /// Drops the lines of a file.
    fn forget(&mut self, file: u32) {
        self.texts.remove(&file);
        for test in self.tests.values_mut() {
            test.due |= test.lines.remove(&file).is_some();
        }
    }

    /// Whether the map is empty.
    pub fn is_empty(&self) -> bool {
        self.tests.is_empty()
    }

    /// The tests in the map.
    pub fn known(&self) -> impl Iterator<Item = &str> {
        self.tests.keys().map(String::as_str)
    }

    /// Records the lines that a test ran. `text` returns the source of a path as of that time, if it is known.
    pub fn note(&mut self, ran: &TestLines, mut text: impl FnMut(&Path) -> Option<String>) {
        let mut test = Test { failed: ran.failed, ..Test::default() };
        for (path, lines) in &ran.lines {
            let known = self.files.iter().position(|(known, _)| known == path);
            let file = known.unwrap_or_else(|| {
                self.files.push((path.clone(), 0));
                self.files.len() - 1
            });
            if !self.texts.contains_key(&(file as u32)) {
                let Some(text) = text(Path::new(path)) else {
                    test.due = true;
                    continue;
                };
                self.files[file].1 = hash_of(&text);
                self.texts.insert(file as u32, text);
            }
            test.lines.insert(file as u32, lines.clone());
        }
        self.tests.insert(ran.test.clone(), test);
    }

    /// Drops tests that do not exist any more.
    pub fn retain(&mut self, is_there: impl Fn(&str) -> bool) {
        self.tests.retain(|test, _| is_there(test));
    }

    /// Adds the tests that ran touched lines of an edited file to `choice`. `new` is its text, if it can be read.
    pub fn edit(&mut self, path: &Path, new: Option<String>, choice: &mut Choice) {
        if is_test_file(path) && new.is_some() {
            choice.files.insert(path.to_string_lossy().into_owned());
        }
        let name = path.to_string_lossy();
        let file = self.files.iter().position(|(known, _)| *known == name).map(|n| n as u32);
        let known = file.and_then(|file| Some((file, self.texts.get(&file)?.clone())));
        let (Some((file, old)), Some(new)) = (known, new) else {
            choice.is_complete = false;
            if let Some(file) = file {
                self.forget(file);
            }
            return;
        };
        let touched = touched(&old, &new);
        self.touch(file, &touched, choice);
        choice.is_complete &= touched.has_new_tests || !touched.places.is_empty();
        let mapping = Mapping::between(&old, &new);
        for lines in self.tests.values_mut().filter_map(|test| test.lines.get_mut(&file)) {
            let moved = lines.iter().flat_map(|(first, last)| *first..=*last).filter_map(|line| mapping.file(line));
            *lines = ranges(&moved.collect());
        }
        self.files[file as usize].1 = hash_of(&new);
        self.texts.insert(file, new);
    }

    fn touch(&mut self, file: u32, touched: &Touched, choice: &mut Choice) {
        for place in &touched.places {
            let mut any = false;
            for test in self.tests.values_mut() {
                let Some(lines) = test.lines.get(&file) else { continue };
                let runs = place.lines.iter().any(|line| has(lines, *line, *line));
                (any, test.due) = (any | runs, test.due | runs);
            }
            let Some((first, last)) = place.function.filter(|_| !any) else {
                choice.is_complete &= any;
                continue;
            };
            for test in self.tests.values_mut() {
                let runs = test.lines.get(&file).is_some_and(|lines| has(lines, first, last));
                (any, test.due) = (any | runs, test.due | runs);
            }
            choice.is_complete &= any;
        }
    }

    /// Adds the tests that are due, and those that failed last.
    pub fn choose(&self, choice: &mut Choice) {
        let chosen = self.tests.iter().filter(|(_, test)| test.due || test.failed);
        choice.tests.extend(chosen.map(|(name, _)| name.clone()));
    }
}

/// Whether ranges contain a line between two others.
fn has(ranges: &[(u32, u32)], first: u32, last: u32) -> bool {
    ranges.iter().any(|(from, to)| *from <= last && first <= *to)
}

/// Whether pytest searches a file for tests by default.
fn is_test_file(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".py") && (name.starts_with("test_") || name.ends_with("_test.py"))
}

fn text_of(path: &Path) -> Option<String> {
    files::read(path, files::SOURCE).ok().map(|bytes| connie_source::source_text::decode(&bytes))
}

/// The first bytes of the text's SHA-256, which is the same in every build.
fn hash_of(text: &str) -> u64 {
    use sha2::Digest;
    let bytes = sha2::Sha256::digest(text.as_bytes());
    bytes.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "def f():\n    return 1\n\n\ndef g():\n    return 2\n";

    fn map(folder: &Path) -> (LinesByTest, PathBuf) {
        let path = folder.join("shop.py");
        std::fs::write(&path, TEXT).unwrap();
        let mut map = LinesByTest::load(folder, folder);
        for (test, lines) in [("t::f", (1, 2)), ("t::g", (5, 6))] {
            let lines = [(path.to_string_lossy().into_owned(), vec![lines])].into();
            map.note(&TestLines { test: test.into(), failed: false, lines }, text_of);
        }
        (map, path)
    }

    fn edited(map: &mut LinesByTest, path: &Path, text: &str) -> Choice {
        let mut choice = Choice { is_complete: true, ..Choice::default() };
        std::fs::write(path, text).unwrap();
        map.edit(path, Some(text.into()), &mut choice);
        map.choose(&mut choice);
        choice
    }

    fn of(tests: &[&str], is_complete: bool) -> Choice {
        Choice { tests: tests.iter().map(|test| (*test).to_owned()).collect(), is_complete, ..Choice::default() }
    }

    #[test]
    fn tests_that_ran_changed_lines_are_chosen_until_they_run() {
        let folder = tempfile::tempdir().unwrap();
        let (mut map, path) = map(folder.path());
        let text = TEXT.replace("    return 2", "    # two\n    return 3");
        assert_eq!(edited(&mut map, &path, &text), of(&["t::g"], true));
        // The tests stay due, and lines have moved.
        let text = text.replace("return 1", "return 0");
        assert_eq!(edited(&mut map, &path, &text), of(&["t::f", "t::g"], true));
        let lines = [(path.to_string_lossy().into_owned(), vec![(5, 7)])].into();
        map.note(&TestLines { test: "t::g".into(), failed: true, lines }, text_of);
        map.save(folder.path());
        let mut map = LinesByTest::load(folder.path(), folder.path());
        let mut choice = Choice::default();
        map.choose(&mut choice);
        assert_eq!(choice, of(&["t::f", "t::g"], false));
        map.retain(|test| test != "t::f");
        assert_eq!(edited(&mut map, &path, &text.replace("return 3", "return 4")), of(&["t::g"], true));
    }

    #[test]
    fn what_no_test_ran_leaves_the_choice_incomplete() {
        let folder = tempfile::tempdir().unwrap();
        let (mut map, path) = map(folder.path());
        assert_eq!(edited(&mut map, &path, &format!("A = 1\n{TEXT}")), of(&[], false));
        assert_eq!(edited(&mut map, &path, &format!("# A\nA = 1\n{TEXT}")), of(&[], false));
    }

    #[test]
    fn a_map_of_another_text_knows_nothing_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let (map, path) = map(folder.path());
        map.save(folder.path());
        std::fs::write(path, "x = 1\n").unwrap();
        let map = LinesByTest::load(folder.path(), folder.path());
        let mut choice = Choice::default();
        map.choose(&mut choice);
        assert_eq!(choice, of(&["t::f", "t::g"], false));
        assert!(LinesByTest::load(folder.path(), Path::new("/elsewhere")).is_empty());
    }
}
