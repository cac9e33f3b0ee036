//! Damaged recordings.

use connie_tests::{Project, pythons};

use crate::edits::fuzz;
use crate::program::{PROGRAM, look};

#[test]
fn damaged_files_are_refused_or_read() {
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new(PROGRAM);
    assert!(project.record(&python, &["-o", "whole.connie", "main.py"]).status.code() == Some(1));
    let whole = std::fs::read(project.path("whole.connie")).expect("a recording");
    let path = project.path("damaged.connie");
    let mut read = 0;
    fuzz("recording", 60, vec![whole], |bytes| {
        std::fs::write(&path, bytes).expect("a disk");
        read += u64::from(look(&path) > 0);
    });
    assert!(read > 10, "{read}");
}
