//! Turns a recorded call into a pytest test, which calls the function with the recorded arguments and expects the
//! recorded result.
//!
//! A value that is not known for sure never becomes part of a test; the test is then skipped with a reason.

mod make;
mod parts;
mod play;
mod target;
mod text;

use std::path::Path;

use connie_recording::error::Error;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::History;
use crate::calls::may_call;
use crate::literal::{Imports, Program};
use crate::signature::{Signature, signatures};
use crate::timeline::{At, Position};

/// The maximum number of calls examined until one can become a test.
const MAX_CALLS: usize = 200;
/// Names that a test uses itself.
const TAKEN: &[&str] = &["pytest", "result", "expected", "caught", "same", "rebuilt", "load", "test"];

/// The calls that become tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The first call that can become one.
    First,
    /// The call with this number, from 1.
    Number(u64),
    /// This many calls that ran different lines.
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
    /// The number of calls that were examined.
    pub calls: u64,
}

/// Writes tests of calls of the given functions, for a file in a folder; `None` if there is no such call.
///
/// # Errors
/// If the recording is damaged, or the answer is not wanted any more.
pub fn tests(history: &History<'_>, codes: &[u32], which: Which, folder: &Path) -> Result<Option<TestFile>, Error> {
    let program = Program::new(*history);
    let mut chosen = Chosen::new(&program, which);
    'all: for index in 0..history.recording.chunks.len() {
        if !may_call(history.recording, index, codes) {
            continue;
        }
        let positions = history.timeline.chunk(history.recording, index)?;
        for position in positions.iter().filter(|p| p.at == At::Call && codes.contains(&p.code)) {
            if !chosen.look(position)? {
                break 'all;
            }
        }
    }
    let Chosen { imports, mut made, first_skipped, calls, .. } = chosen;
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

/// The calls chosen so far.
struct Chosen<'p> {
    program: &'p Program<'p>,
    which: Which,
    imports: Imports,
    made: Vec<parts::Made>,
    first_skipped: Option<parts::Made>,
    /// The paths that the chosen calls took.
    ways: FxHashSet<String>,
    /// The signatures of each source.
    signatures: FxHashMap<u32, Vec<Signature>>,
    calls: u64,
    looked: usize,
}

impl<'p> Chosen<'p> {
    fn new(program: &'p Program<'p>, which: Which) -> Self {
        Self {
            program,
            which,
            imports: Imports::new(TAKEN, &program.main_name()),
            made: Vec::new(),
            first_skipped: None,
            ways: FxHashSet::default(),
            signatures: FxHashMap::default(),
            calls: 0,
            looked: 0,
        }
    }

    /// Examines the next call. Returns whether more calls are wanted.
    fn look(&mut self, position: &Position) -> Result<bool, Error> {
        self.calls += 1;
        if matches!(self.which, Which::Number(number) if number != self.calls) {
            return Ok(true);
        }
        self.looked += 1;
        let recording = self.program.recording();
        let source = recording.function(position.code).map_or(u32::MAX, |function| function.source);
        let signatures = self.signatures.entry(source).or_insert_with(|| {
            let text = recording.sources.get(source as usize).and_then(|source| source.text.as_deref());
            text.map_or_else(Vec::new, signatures)
        });
        let mut imports = self.imports.clone();
        let test = make::test(self.program, &mut imports, signatures, position, self.calls)?;
        let is_skipped = test.skipped.is_some();
        let is_wanted = match self.which {
            Which::Number(_) => true,
            Which::First => !is_skipped,
            Which::Telling(_) => !is_skipped && self.ways.insert(test.way.clone()),
        };
        if is_wanted {
            // Names used only in a skipped test are not imported.
            if !is_skipped {
                self.imports = imports;
            }
            self.made.push(test);
        } else if is_skipped {
            self.first_skipped.get_or_insert(test);
        }
        let most = if let Which::Telling(most) = self.which { most } else { 1 };
        Ok(self.made.len() < most && self.looked < MAX_CALLS)
    }
}
