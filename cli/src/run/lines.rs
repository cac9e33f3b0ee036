//! Reports the lines that each test ran while the tests run: one JSON object per line, for `connie watch`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::path::Path;

use connie_recording::chunk::Context;
use connie_wire::Op;
use serde::{Deserialize, Serialize};

/// The report of one test.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct TestLines {
    /// Its node id.
    pub test: String,
    /// Whether it failed.
    pub failed: bool,
    /// For each file: first and last lines of ranges that ran, ascending.
    pub lines: BTreeMap<String, Vec<(u32, u32)>>,
}

/// The lines that a test has run so far.
#[derive(Default)]
pub(super) struct Collected {
    context: Context,
    /// Paths by number.
    files: Vec<String>,
    /// Files by number of the code.
    codes: Vec<u32>,
    /// Lines by file.
    lines: BTreeMap<u32, BTreeSet<u32>>,
}

impl Collected {
    /// Processes one op.
    pub(super) fn see(&mut self, op: &Op) {
        match op {
            Op::File { path } | Op::Source { path, .. } => {
                self.files.push(String::from_utf8_lossy(path).into_owned());
            }
            Op::Code { file, .. } => self.codes.push(*file),
            _ => {}
        }
        self.context.apply(op);
        if matches!(op, Op::Line { .. } | Op::Call { .. } | Op::Resume { .. })
            && let Some(top) = self.context.top()
            && let Some(file) = self.codes.get(top.code as usize)
        {
            self.lines.entry(*file).or_default().insert(top.line);
        }
    }

    /// The report of the test.
    fn report(&self, test: &str, failed: bool, cwd: &Path) -> TestLines {
        let mut lines: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
        for (file, of_file) in &self.lines {
            let Some(path) = self.files.get(*file as usize).filter(|path| !path.starts_with('<')) else { continue };
            lines.entry(cwd.join(path).to_string_lossy().into_owned()).or_default().extend(of_file);
        }
        let lines = lines.into_iter().map(|(path, lines)| (path, ranges(&lines))).collect();
        TestLines { test: test.into(), failed, lines }
    }
}

/// Groups lines into ranges.
pub fn ranges(lines: &BTreeSet<u32>) -> Vec<(u32, u32)> {
    let mut found: Vec<(u32, u32)> = Vec::new();
    for line in lines {
        match found.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*line) => *last = *line,
            _ => found.push((*line, *line)),
        }
    }
    found
}

/// The file to which reports are written.
pub struct Teller {
    file: File,
    cwd: std::path::PathBuf,
}

impl Teller {
    /// Opens an existing file; relative paths of the program start at `cwd`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new(path: &Path, cwd: &Path) -> std::io::Result<Self> {
        Ok(Self { file: File::options().append(true).open(path)?, cwd: cwd.into() })
    }

    /// Writes the report of a test that has ended. If the disk is full, the only effect is that the next run chooses
    /// more tests.
    pub(super) fn tell(&mut self, collected: &Collected, test: &str, failed: bool) {
        let Ok(mut text) = serde_json::to_string(&collected.report(test, failed, &self.cwd)) else { return };
        text.push('\n');
        let _ = self.file.write_all(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use connie_wire::Value;

    use connie_wire::level::Level;

    use super::*;

    #[test]
    fn lines_belong_to_the_frame_that_runs_them() {
        let mut collected = Collected::default();
        let call = |frame, code, line| Op::Call { frame, code, namespace: 0, time: 1, line, slots: Vec::new() };
        let code = |file| Op::Code {
            file,
            name: 0,
            line: 1,
            flags: 0,
            arguments: 0,
            free: 0,
            level: Level::Lines,
            slots: Vec::new(),
        };
        let back = || Op::Return { time: 1, value: Value::None };
        let ops = [
            Op::Thread { thread: 1, ident: 7, name: Box::default() },
            Op::File { path: (*b"a.py").into() },
            Op::File { path: (*b"/b.py").into() },
            code(0),
            code(1),
            call(1, 0, 3),
            Op::Line { line: 4 },
            call(2, 1, 9),
            Op::Line { line: 11 },
            back(),
            Op::Line { line: 5 },
            back(),
            Op::Line { line: 99 },
        ];
        ops.iter().for_each(|op| collected.see(op));
        let report = collected.report("t", true, Path::new("/project"));
        let expected = [("/b.py".to_owned(), vec![(9, 9), (11, 11)]), ("/project/a.py".to_owned(), vec![(3, 5)])];
        assert_eq!(report.lines, expected.into());
    }
}
