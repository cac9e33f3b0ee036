//! Lines that run code of libraries without an explicit call, and callees that rebind a name that a line has loaded.

use std::path::Path;
use std::process::Command;

use connie_tests::{oracle_folder, pythons};

use super::{Program, compare, programs_of};

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

/// Writes a program and the library that it uses into a folder.
fn with_library(root: &Path, library: &str, script: &str) -> Vec<Program> {
    let (project, libraries) = (root.join("project"), root.join("library"));
    for (folder, name, text) in [(&libraries, "outside.py", library), (&project, "program.py", script)] {
        std::fs::create_dir(folder).expect("a folder");
        std::fs::write(folder.join(name), text).expect("a file");
    }
    programs_of(&project).into_iter().map(|program| Program { libraries: libraries.clone(), ..program }).collect()
}

/// A class of a library that only its subscript runs, without an instance.
#[test]
fn subscripts_of_classes_are_seen_without_an_instance() {
    const LIBRARY: &str = "
def subscripted(log):
    class Subscripted:
        def __class_getitem__(cls, key):
            log.append(key)
            return 1
    return Subscripted
";
    const SCRIPT: &str = "
import outside

def work():
    log = []
    box = outside.subscripted(log)
    x = box[1]
    y = box[2], x
    return log

for n in range(12):
    work()
";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().canonicalize().expect("the folder");
    compare(&with_library(&root, LIBRARY, SCRIPT), "full", pythons());
}

/// A method whose events tell nothing new is left alone (`engine/watched`). What it does is still seen: in later lines,
/// in the line that runs, and in those of callers and of suspended frames.
#[test]
fn methods_that_libraries_call_often_are_seen_all_the_same() {
    const LIBRARY: &str = "
class Thing:
    def __init__(self, log):
        self.log = log
        self.quiet = False
    def __eq__(self, other):
        if not self.quiet:
            self.log.append(other)
        return False
    def __iter__(self):
        for n in range(3):
            if not self.quiet:
                self.log.append(n)
            yield n

def churn(thing, times):
    thing.quiet = True
    for n in range(times):
        thing == n
        list(thing)
    thing.quiet = False
    return 1
";
    const SCRIPT: &str = "
import outside

def inner(thing, times):
    a = outside.churn(thing, times)
    b = 2
    return b

def steps(thing, log):
    c = thing == 'before'
    yield c
    d = thing == 'after'
    yield d

def work(times):
    log = []
    thing = outside.Thing(log)
    x = thing == 1
    x = [x, thing == 2]
    c = 1
    going = steps(thing, log)
    next(going)
    y = inner(thing, times), thing == 3
    c = 2
    next(going)
    z = [n for n in thing]
    c = 3
    for n in thing:
        c = n
    x = thing == 4
    c = 4
    return log

for n in range(3):
    work(1)
work(3000)
for n in range(3):
    work(1)
";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().canonicalize().expect("the folder");
    compare(&with_library(&root, LIBRARY, SCRIPT), "full", pythons());
}
