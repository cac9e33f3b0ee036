//! Lines that run code of libraries without saying so, and callees that rebind what a line has loaded.

use std::path::Path;
use std::process::Command;

use connie_tests::{oracle_folder, pythons};

use super::{compare, programs_of};

/// Writes the programs; with a turn, each statement in one shape.
fn generate(python: &Path, folder: &Path, turn: Option<u32>) {
    let mut command = Command::new(python);
    command.arg(oracle_folder().join("unrecorded.py")).arg(folder);
    let made = command.args(turn.map(|turn| turn.to_string())).status().expect("the generator runs");
    assert!(made.success());
}

/// What the program holds is shown as it is, whatever a library does to it where an operator, a conversion, an
/// attribute, a loop, a match or a death runs its methods. Each interpreter has its own turn of the shapes, and all of
/// them where `CONNIE_TEST_ALL` is set.
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

/// Where next to nothing is looked at again, what is wrong bears a mark.
#[test]
fn what_libraries_do_behind_a_line_is_marked() {
    let (minor, python) = pythons().pop().expect("an interpreter");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().canonicalize().expect("the folder");
    generate(&python, &root, Some(minor));
    compare(&programs_of(&root.join("project")), "0", vec![(minor, python)]);
}
