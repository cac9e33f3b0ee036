//! A recorded call as a test of pytest: the function is called with the recorded arguments, and has to give the recorded
//! result.
//!
//! What is not known for sure never becomes part of a test: such a test is skipped, and says why.

mod make;
mod play;
mod target;
mod text;

use std::path::Path;

use connie_recording::error::Error;
use rustc_hash::FxHashSet;

use crate::History;
use crate::literal::{Imports, Program};
use crate::signature::{Signature, signatures};
use crate::timeline::At;

/// Calls that are looked at until one can become a test.
const MOST_CALLS: usize = 200;
/// Names that a test has for itself.
const TAKEN: &[&str] = &["pytest", "result", "expected", "caught", "same", "rebuilt", "load", "test"];

/// Which calls become tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The first that can.
    First,
    /// The call of this number, from 1.
    Number(u64),
    /// So many that ran different lines.
    Telling(usize),
}

/// One test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// The number of the call, from 1.
    pub call: u64,
    /// The step at which it begins.
    pub step: u64,
    /// Why the test is skipped, if it is.
    pub skipped: Option<String>,
}

/// A file of tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestFile {
    /// The text.
    pub text: String,
    /// Its tests.
    pub tests: Vec<Test>,
    /// How many calls there are, of those that were looked at.
    pub calls: u64,
}

/// Writes calls of functions as tests for a file in a folder; `None` if there is no such call.
///
/// # Errors
/// If the recording is damaged, or the answer is not wanted any more.
pub fn tests(history: &History<'_>, codes: &[u32], which: Which, folder: &Path) -> Result<Option<TestFile>, Error> {
    let program = Program::new(*history);
    let mut imports = Imports::new(TAKEN, &program.main_name());
    let (mut made, mut first_skipped) = (Vec::new(), None);
    let mut seen = FxHashSet::default();
    let (mut calls, mut looked) = (0, 0);
    let mut signatures_of: rustc_hash::FxHashMap<u32, Vec<Signature>> = rustc_hash::FxHashMap::default();
    'all: for index in 0..history.recording.chunks.len() {
        if !may_have(history, index, codes) {
            continue;
        }
        let positions = history.timeline.chunk(history.recording, index)?;
        for position in positions.iter().filter(|p| p.at == At::Call && codes.contains(&p.code)) {
            calls += 1;
            if matches!(which, Which::Number(number) if number != calls) {
                continue;
            }
            looked += 1;
            let source = history.recording.function(position.code).map_or(u32::MAX, |function| function.source);
            let all = signatures_of.entry(source).or_insert_with(|| {
                let text = history.recording.sources.get(source as usize).and_then(|source| source.text.as_deref());
                text.map_or_else(Vec::new, signatures)
            });
            let mut own = imports.clone();
            let test = make::test(&program, &mut own, all, position, calls)?;
            let is_skipped = test.skipped.is_some();
            match which {
                Which::Number(_) => {
                    imports = if is_skipped { imports } else { own };
                    made.push(test);
                    break 'all;
                }
                _ if is_skipped => drop(first_skipped.get_or_insert(test)),
                Which::First => {
                    imports = own;
                    made.push(test);
                    break 'all;
                }
                Which::Telling(most) => {
                    if seen.insert(test.way.clone()) {
                        imports = own;
                        made.push(test);
                    }
                    if made.len() >= most {
                        break 'all;
                    }
                }
            }
            if looked >= MOST_CALLS {
                break 'all;
            }
        }
    }
    if made.is_empty() {
        made.extend(first_skipped);
    }
    if made.is_empty() {
        return Ok(None);
    }
    let tests = made.iter().map(|test| Test { call: test.call, step: test.step, skipped: test.skipped.clone() });
    let tests = tests.collect();
    Ok(Some(TestFile { text: text::file(&program, &imports, &made, folder), tests, calls }))
}

/// Whether a chunk may have calls of some functions: it has a line of their sources.
fn may_have(history: &History<'_>, index: usize, codes: &[u32]) -> bool {
    let lines = &history.recording.chunks[index].lines;
    let has = |source: u32| {
        let first = u64::from(source) << 32;
        lines.get(lines.partition_point(|key| *key < first)).is_some_and(|key| key >> 32 == u64::from(source))
    };
    codes.iter().filter_map(|code| history.recording.function(*code)).any(|function| has(function.source))
}
