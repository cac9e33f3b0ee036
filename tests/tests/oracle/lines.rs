//! Compares the recorded lines, returns and exceptions of random programs, whose statements have several lines, with
//! those that sys.settrace reports, on every interpreter.

#[path = "lines/generate.rs"]
mod generate;

use std::path::{Path, PathBuf};

use connie_tests::every_python;
use serde_json::Value;

use super::{Program, oracle_events, recorded_events};
use generate::Generator;

/// The seed of the first program, and the number of programs. Programs that differ are kept in `CONNIE_TEST_KEEP`.
fn bounds(usual: u64) -> (u64, u64) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    (number("CONNIE_TEST_SEED").unwrap_or(1), number("CONNIE_TEST_SEEDS").unwrap_or(usual))
}

/// The compared part of a step.
pub fn told(row: &Value) -> (String, u64, String, u64) {
    let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let name = text("function").rsplit('.').next().unwrap_or_default().to_owned();
    (text("event"), row["line"].as_u64().unwrap_or(0), name, row["depth"].as_u64().unwrap_or(0))
}

fn difference(minor: u32, python: &Path, program: &Program, folder: &Path) -> (usize, Option<String>) {
    let truth = oracle_events(python, program, &folder.join("oracle"));
    let recording = folder.join("lines.connie");
    let ours = recorded_events(python, program, &recording);
    let _ = std::fs::remove_file(&recording);
    let pairs = truth.iter().map(told).zip(ours.iter().map(told));
    let place = format!("{} on 3.{minor}", program.name);
    for (n, (right, mine)) in pairs.enumerate() {
        // An instruction may have no line. The recording then has the line before.
        let ignored = right.1 == 0 && (&right.0, &right.2, right.3) == (&mine.0, &mine.2, mine.3);
        if right != mine && !ignored {
            let before: Vec<_> = truth[n.saturating_sub(6)..n].iter().map(told).collect();
            return (n, Some(format!("{place}, step {}: truth {right:?}, ours {mine:?}\n  after {before:?}", n + 1)));
        }
    }
    let same = truth.len() == ours.len();
    (truth.len(), (!same).then(|| format!("{place}: truth has {} steps, ours {}", truth.len(), ours.len())))
}

/// Writes random programs into a folder.
pub fn random_programs(root: &Path, usual: u64) -> Vec<Program> {
    let (first, seeds) = bounds(usual);
    let program = |seed| {
        let script = root.join(format!("seed{seed}.py"));
        std::fs::write(&script, Generator::program(seed, 40)).expect("a program");
        Program {
            name: format!("seed {seed}"),
            root: root.to_owned(),
            script,
            arguments: Vec::new(),
            options: Vec::new(),
            libraries: PathBuf::new(),
            steps: usize::MAX,
        }
    };
    (first..first + seeds).map(program).collect()
}

/// Fails if the lines of programs differ on any of the interpreters.
pub fn compare_lines(programs: &[Program], pythons: &[(u32, PathBuf)], folder: &Path) {
    let (mut steps, mut failures) = (0, Vec::new());
    for program in programs {
        for (minor, python) in pythons {
            let (count, found) = difference(*minor, python, program, folder);
            steps += count;
            if let (Some(_), Some(kept)) = (&found, std::env::var_os("CONNIE_TEST_KEEP")) {
                let name = program.script.file_name().expect("a name");
                std::fs::copy(&program.script, Path::new(&kept).join(name)).expect("a copy");
            }
            failures.extend(found);
        }
    }
    println!("{steps} steps compared");
    assert!(failures.is_empty(), "{} programs differ:\n{}", failures.len(), failures.join("\n"));
    assert!(pythons.is_empty() || steps > 1000);
}

#[test]
fn lines_of_random_programs_are_those_that_ran() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().canonicalize().expect("the folder");
    compare_lines(&random_programs(&root, 6), &every_python(), &root);
}
