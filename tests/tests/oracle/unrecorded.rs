//! Lines that run code of libraries without an explicit call, and callees that rebind a name that a line has loaded.

use std::path::Path;
use std::process::Command;

use connie_tests::{oracle_folder, pythons};

use super::{compare, programs_of};

/// Writes the programs. With a turn, each statement is written in one shape only.
fn generate(python: &Path, folder: &Path, turn: Option<u32>) {
    let mut command = Command::new(python);
    command.arg(oracle_folder().join("unrecorded.py")).arg(folder);
    let made = command.args(turn.map(|turn| turn.to_string())).status().expect("the generator runs");
    assert!(made.success());
}

/// The program's values are recorded correctly, whatever a library does to them when an operator, a conversion, an
/// attribute, a loop, a match or a death runs its methods. Each interpreter tests other shapes; with `CONNIE_TEST_ALL`,
/// it tests all of them.
#[test]
fn what_libraries_do_behind_a_line_is_recorded() {
    let whole = connie_tests::asks_for_all();
    for (minor, python) in pythons() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("the folder");
        generate(&python, &root, (!whole).then_some(minor));
        let programs = programs_of(&root.join("project"));
        compare(&programs, "full", vec![(minor, python)]);
    }
}

/// If almost nothing is read again, wrong values have a mark.
#[test]
fn what_libraries_do_behind_a_line_is_marked() {
    let (minor, python) = pythons().pop().expect("an interpreter");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().canonicalize().expect("the folder");
    generate(&python, &root, Some(minor));
    compare(&programs_of(&root.join("project")), "0", vec![(minor, python)]);
}

/// A class of a library that only its subscript runs, without an instance.
#[test]
fn subscripts_of_classes_are_seen_without_an_instance() {
    const LIBRARY: &str = "def subscripted(log):\n    class Subscripted:\n        def __class_getitem__(cls, key):\n            \
                           log.append(key)\n            return 1\n    return Subscripted\n";
    const SCRIPT: &str = "import outside\n\ndef work():\n    log = []\n    box = outside.subscripted(log)\n    \
                          x = box[1]\n    y = box[2], x\n    return log\n\nfor n in range(12):\n    work()\n";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().canonicalize().expect("the folder");
    let (project, library) = (root.join("project"), root.join("library"));
    for (folder, name, text) in [(&library, "outside.py", LIBRARY), (&project, "subscripts.py", SCRIPT)] {
        std::fs::create_dir(folder).expect("a folder");
        std::fs::write(folder.join(name), text).expect("a file");
    }
    let programs = programs_of(&project).into_iter();
    let programs: Vec<_> = programs.map(|program| Program { libraries: library.clone(), ..program }).collect();
    compare(&programs, "full", pythons());
}
