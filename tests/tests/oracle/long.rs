//! Programs whose functions are long: 3.12 and 3.13 have other events for them (`plan/positions`). They are compared
//! with the same programs without the empty lines that make them long. `sys.settrace` is no help: in 3.13, CPython
//! repeats lines of long functions after an exception, as it compares a stored line with one that it has searched for.

use std::path::{Path, PathBuf};
use std::process::Command;

use connie_tests::{connie, oracle_folder, pythons};

use serde_json::Value;

use super::lines::{random_programs, told};
use super::{Program, own_programs, recorded, recorded_events};

/// The number of empty lines (`DISTANCE` in lengthen.py).
const DISTANCE: u64 = 300;

/// The interpreters on which long code has events of its own.
fn affected() -> Vec<(u32, PathBuf)> {
    pythons().into_iter().filter(|(minor, _)| (12..=13).contains(minor)).collect()
}

/// A program with long functions, and the lines before which there are empty ones.
struct Long {
    program: Program,
    starts: Vec<u64>,
}

impl Long {
    /// Writes the program into a folder.
    fn of(program: &Program, root: &Path) -> Self {
        let (_, python) = pythons().into_iter().next_back().expect("an interpreter");
        let script = root.join(program.script.file_name().expect("a name"));
        let mut command = Command::new(python);
        command.arg(oracle_folder().join("lengthen.py")).arg(&program.script).arg(&script);
        let output = command.output().expect("Python runs");
        assert!(output.status.success(), "{}: {}", program.name, String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let starts = text.split_whitespace().map(|word| word.parse().expect("a number")).collect();
        Self { program: Program { root: root.to_owned(), script, ..program.clone() }, starts }
    }

    /// The line that a line of the short program has become.
    fn line(&self, short: u64) -> u64 {
        short + DISTANCE * self.starts.iter().filter(|start| **start <= short).count() as u64
    }
}

#[test]
fn lines_of_long_functions_are_those_that_ran() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().canonicalize().expect("the folder");
    let long = root.join("long");
    std::fs::create_dir(&long).expect("a folder");
    let mut steps = 0;
    for program in random_programs(&root, 4) {
        let other = Long::of(&program, &long);
        for (minor, python) in affected() {
            let short = recorded_events(&python, &program, &root.join(format!("{}-{minor}.connie", program.name)));
            let mut short: Vec<_> = short.iter().map(told).collect();
            short.iter_mut().for_each(|step| step.1 = other.line(step.1));
            let ours = recorded_events(&python, &other.program, &long.join(format!("{}-{minor}.connie", program.name)));
            let mut ours = ours.iter().map(told).peekable();
            for (n, step) in short.iter().enumerate() {
                // In 3.12, a line goes on in long functions where it begins again in others.
                let again = || short[..n].iter().rfind(|before| before.3 <= step.3 && before.0 == "line") == Some(step);
                if ours.peek() != Some(step) && minor == 12 && step.0 == "line" && again() {
                    continue;
                }
                let before = &short[n.saturating_sub(6)..n];
                assert_eq!(ours.next().as_ref(), Some(step), "{} on 3.{minor} after {before:?}", program.name);
                steps += 1;
            }
            assert_eq!(ours.next(), None, "{} on 3.{minor}", program.name);
        }
    }
    println!("{steps} steps compared");
    assert!(steps > 1000 || affected().is_empty());
}

/// Variables too, in programs in which no line begins again.
#[test]
fn long_functions_are_recorded_as_they_were() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().canonicalize().expect("the folder");
    let (short, long) = (root.join("short"), root.join("long"));
    for folder in [&short, &long] {
        std::fs::create_dir(folder).expect("a folder");
    }
    for (place, (minor, python)) in affected().into_iter().enumerate() {
        for (n, program) in own_programs("programs").iter().enumerate() {
            let begins_again = minor == 12 && program.name == "unsaid";
            if begins_again || !connie_tests::asks_for_all() && n % 4 != 2 * place {
                continue;
            }
            let other = Long::of(program, &long);
            let script = short.join(program.script.file_name().expect("a name"));
            std::fs::copy(&program.script, &script).expect("a copy");
            let program = Program { root: short.clone(), script, ..program.clone() };
            compare(minor, &python, &program, &other);
        }
    }
}

fn compare(minor: u32, python: &Path, program: &Program, other: &Long) {
    let recording = |folder: &Path| folder.join(format!("{}-{minor}.connie", program.name));
    let short = recorded(python, program, &recording(&program.root), "full");
    let long = recorded(python, &other.program, &recording(&other.program.root), "full");
    for (short, long) in short.iter().zip(&long) {
        let place = format!("{} on 3.{minor}, step {}", program.name, short["step"]);
        assert_eq!(long["line"].as_u64(), short["line"].as_u64().map(|line| other.line(line)), "{place}");
        for key in ["event", "depth", "value", "locals"] {
            assert!(long[key] == short[key] || is_marked(&long[key]) || is_marked(&short[key]), "{place}: {key}");
        }
    }
    assert_eq!(long.len(), short.len(), "{} on 3.{minor}", program.name);
}

/// Whether a value has a mark: where a look ends for want of credit differs.
fn is_marked(value: &Value) -> bool {
    value.to_string().contains('?')
}

/// A program that watches the lines of a long function itself, in two ways.
const WATCHES: &str = r#"
import sys

seen = []
SOURCE = "def work(n):" + "\n" * 400 + "    total = 0\n    for i in range(n):\n        total += i\n    return total\n"
exec(compile(SOURCE, __file__, "exec"))

def trace(frame, event, argument):
    if frame.f_code.co_name != "work":
        return None
    seen.append((event, frame.f_lineno))
    return trace

work(2)
sys.settrace(trace)
work(3)
sys.settrace(None)
monitoring = sys.monitoring
monitoring.use_tool_id(1, "own")
events = monitoring.events
monitoring.register_callback(1, events.LINE, lambda code, line: seen.append(line))
monitoring.register_callback(1, events.INSTRUCTION, lambda code, offset: seen.append(-offset))
monitoring.set_local_events(1, work.__code__, events.LINE)
work(2)
monitoring.set_local_events(1, work.__code__, events.LINE | events.INSTRUCTION)
work(1)
monitoring.set_local_events(1, work.__code__, 0)
work(2)
print(seen)
"#;

#[test]
fn other_tools_see_what_they_would_see_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let script = folder.path().join("watches.py");
    std::fs::write(&script, WATCHES).expect("a program");
    for (minor, python) in affected() {
        let alone = Command::new(&python).arg(&script).output().expect("Python runs");
        let mut command = Command::new(connie());
        command.args(["run", "--quiet", "--output"]).arg(folder.path().join(format!("{minor}.connie")));
        let watched = command.arg("--python").arg(&python).arg(&script).output().expect("connie runs");
        assert!(alone.status.success(), "{}", String::from_utf8_lossy(&alone.stderr));
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert_eq!(text(&watched.stdout), text(&alone.stdout), "3.{minor}: {}", text(&watched.stderr));
    }
}
