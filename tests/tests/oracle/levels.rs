//! Compares recordings whose files are recorded at other levels than lines. What is shown without a mark must be true.

use std::path::PathBuf;

use connie_tests::pythons;
use serde_json::Value;

use super::{KNOWN, Program, SHARE, benchmarks, is_in_doubt, last, oracle, own_programs, packages, recorded, spread};

/// The differences at a step of code without lines. Everything that is shown must be true or have a mark, and
/// everything that is to be seen must be shown.
fn differences(program: &str, truth: &Value, ours: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for key in ["event", "file", "line", "depth", "value"] {
        if truth[key] != ours[key] && !(key == "value" && is_in_doubt(Some(&truth[key]), Some(&ours[key]))) {
            found.push(format!("{key}: truth {}, ours {}", truth[key], ours[key]));
        }
    }
    if last(&truth["function"]) != last(&ours["function"]) {
        found.push(format!("function: truth {}, ours {}", truth["function"], ours["function"]));
    }
    if truth["untold"] == true {
        return found;
    }
    let none = serde_json::Map::new();
    let texts = |row: &Value, key: &str| row[key].as_object().unwrap_or(&none).clone();
    let known = |name: &str| KNOWN.iter().any(|(p, variable, _)| *p == program && *variable == name);
    for key in ["locals", "attributes"] {
        let (right, mine) = (texts(truth, key), texts(ours, key));
        for (name, text) in mine.iter().filter(|(name, _)| !known(name)) {
            let marked = text.as_str().is_some_and(|text| text.ends_with('?'));
            // An attribute that the oracle does not read may be shown.
            let untold = key == "attributes" && !right.contains_key(name);
            if !marked && !untold && right.get(name) != Some(text) && !is_in_doubt(right.get(name), Some(text)) {
                found.push(format!("{key}, {name}: truth {:?}, ours {text}", right.get(name)));
            }
        }
        // Variables of modules and classes are not recorded without lines. These programs' classes have large letters.
        let is_function = last(&truth["function"]).starts_with(|c: char| c.is_lowercase() || c == '_');
        if key == "locals" && is_function && matches!(ours["event"].as_str(), Some("call" | "raise")) {
            let missing = right.iter().filter(|(name, _)| !mine.contains_key(*name) && !known(name));
            found.extend(missing.map(|(name, text)| format!("{name}: truth {text}, ours is missing")));
        }
    }
    found
}

/// The truth without the attributes of modules of which nothing is shown: those of code without lines are not recorded.
fn without_thin_modules(truth: &Value, ours: &Value) -> Value {
    let mut truth = truth.clone();
    let shown = |module: &str| {
        let begin = format!("{module}.");
        ours["attributes"].as_object().is_some_and(|all| all.keys().any(|name| name.starts_with(&begin)))
    };
    if let Some(all) = truth["attributes"].as_object_mut() {
        all.retain(|name, _| !name.starts_with("shop.") || shown("shop"));
    }
    truth
}

/// Whether a row is of a file whose lines are not recorded.
type IsThin = fn(&Value) -> bool;

fn compare(programs: &[Program], recheck: &str, pythons: Vec<(u32, PathBuf)>, is_thin: IsThin) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut failures, mut steps) = (Vec::new(), 0);
    for (minor, python) in pythons {
        for program in programs {
            let recording = folder.path().join(format!("{}-{minor}.connie", program.name));
            let mut truth = oracle(&python, program, &folder.path().join("oracle"), 0);
            truth.retain(|row| row["event"] != "line" || !is_thin(row));
            let ours = recorded(&python, program, &recording, recheck);
            let place = format!("{} on 3.{minor}", program.name);
            if program.steps == usize::MAX && truth.len() != ours.len() {
                failures.push(format!("{place}: truth has {} steps, ours {}", truth.len(), ours.len()));
            }
            for (truth, ours) in truth.iter().zip(&ours) {
                let found = match is_thin(truth) {
                    true => differences(&program.name, truth, ours),
                    false => super::differences(minor, &program.name, &without_thin_modules(truth, ours), ours),
                };
                if !found.is_empty() {
                    let at = format!("step {} ({} line {})", truth["step"], truth["event"], truth["line"]);
                    failures.push(format!("{place}, {at}, ours {}:\n    {}", ours["step"], found.join("\n    ")));
                    break;
                }
            }
            steps += truth.len().min(ours.len());
            let _ = std::fs::remove_file(recording);
        }
    }
    println!("{steps} steps compared");
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
    assert!(programs.is_empty() || steps > 30);
}

fn at(programs: Vec<Program>, options: &[&str]) -> Vec<Program> {
    let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
    programs.into_iter().map(|program| Program { options: options.clone(), ..program }).collect()
}

#[test]
fn calls_are_recorded_as_they_were() {
    let programs = at(own_programs("programs"), &["--level", "calls"]);
    for (programs, python) in spread(&programs, pythons(), SHARE) {
        compare(&programs, "full", vec![python.clone()], |_| true);
        compare(&programs, "0", vec![python], |_| true);
    }
}

#[test]
fn calls_of_real_programs_are_recorded_as_they_were() {
    for programs in [benchmarks(), packages()] {
        for (programs, python) in spread(&at(programs, &["--level", "calls"]), pythons(), 1) {
            compare(&programs, "full", vec![python], |_| true);
        }
    }
}

/// Code without lines changes what recorded lines see, calls them, yields to them and raises through them.
#[test]
fn lines_beside_calls_are_recorded_as_they_were() {
    let is_thin: IsThin = |row| row["file"].as_str().is_some_and(|file| file.contains("inner/"));
    for options in [["--level", "calls:**/inner/*"], ["--level=calls", "--level=lines:mixed.py"]] {
        let programs = at(own_programs("levels"), &options);
        compare(&programs, "full", pythons(), is_thin);
        compare(&programs, "0", pythons(), is_thin);
    }
}
