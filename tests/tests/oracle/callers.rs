//! Compares frames that are not running, but below the running one. Changes of their variables by other code may be
//! found only when they resume. Until then such a value must have a mark.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use connie_history::variables::is_module;
use connie_recording::chunk::StackFrame;
use connie_recording::player::{Event, Player};
use connie_recording::reader::Recording;
use connie_recording::render::{Bounds, Renderer};
use connie_tests::pythons;
use serde_json::Value;

use super::{KNOWN, Program, SHARE, benchmarks, is_in_doubt, last, oracle, own_programs, packages, recorded, spread};

/// The number of frames below the running one that are compared.
const CALLERS: usize = 3;

/// The variables of a frame at a step, as `replay` would show them. Variables with a mark have no text.
fn variables(player: &Player<'_>, frame: &StackFrame) -> BTreeMap<String, Option<String>> {
    let machinery = |name: &str| name.len() > 4 && name.starts_with("__") && name.ends_with("__");
    let locals = player.locals(frame).into_iter();
    let shown = locals.filter(|(name, value)| !is_module(player, value) && !machinery(name));
    shown
        .map(|(name, value)| {
            let sure = !player.is_variable_in_doubt(frame, &name);
            let text = sure.then(|| Renderer::new(player, Bounds::default()).text(&value));
            (name, text)
        })
        .collect()
}

/// The differences in one frame, and the number of marked variables.
fn differences(program: &str, truth: &Value, ours: &BTreeMap<String, Option<String>>) -> (Vec<String>, usize) {
    let none = serde_json::Map::new();
    let right = truth["locals"].as_object().unwrap_or(&none);
    let (mut found, mut doubtful) = (Vec::new(), 0);
    for name in
        right.keys().map(String::as_str).chain(ours.keys().map(String::as_str).filter(|n| !right.contains_key(*n)))
    {
        if KNOWN.iter().any(|(p, variable, _)| *p == program && *variable == name) {
            continue;
        }
        let mine = match ours.get(name) {
            Some(None) => {
                doubtful += 1;
                continue;
            }
            Some(Some(text)) => Some(Value::from(text.as_str())),
            None => None,
        };
        if is_in_doubt(right.get(name), mine.as_ref()) {
            doubtful += 1;
        } else if right.get(name) != mine.as_ref() {
            found.push(format!("{name}: truth {:?}, ours {mine:?}", right.get(name)));
        }
    }
    (found, doubtful)
}

/// The first step at which a caller's variables differ, and the numbers of compared and of marked variables.
fn follow(program: &Program, truth: &[Value], recording: &Path) -> (Option<String>, usize, usize) {
    let recording = Recording::open(recording).expect("the recording");
    let mut player = Player::new(&recording);
    let (mut compared, mut doubtful) = (0, 0);
    for truth in truth {
        let step = loop {
            match player.next_step() {
                Some(step) if matches!(step.event, Event::Output(_)) => {}
                other => break other,
            }
        };
        let Some(step) = step else { break };
        let below: Vec<StackFrame> = player.stack().iter().rev().skip(1).take(CALLERS).copied().collect();
        let callers = truth["callers"].as_array().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(callers.len(), below.len(), "{}: callers at step {}", program.name, step.number);
        for (n, (truth, frame)) in callers.iter().zip(&below).enumerate() {
            let name = &recording.functions[frame.code as usize].name;
            assert_eq!(
                last(&truth["function"]),
                last(&Value::from(name.as_str())),
                "{}: caller {} at step {}",
                program.name,
                n + 1,
                step.number
            );
            let ours = variables(&player, frame);
            let (found, more) = differences(&program.name, truth, &ours);
            compared += ours.len();
            doubtful += more;
            if !found.is_empty() {
                let at = format!("step {}, caller {} ({})", step.number, n + 1, truth["function"]);
                return (Some(format!("{at}:\n    {}", found.join("\n    "))), compared, doubtful);
            }
        }
    }
    (None, compared, doubtful)
}

/// Compares programs. Returns the share of variables that are marked.
fn compare(programs: &[Program], recheck: &str, pythons: Vec<(u32, PathBuf)>) -> f64 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut failures = Vec::new();
    let (mut all, mut marked) = (0, 0);
    for (minor, python) in pythons {
        for program in programs {
            let recording = folder.path().join(format!("{}-{minor}.connie", program.name));
            let truth = oracle(&python, program, &folder.path().join("oracle"), CALLERS);
            recorded(&python, program, &recording, recheck);
            let (found, compared, doubtful) = follow(program, &truth, &recording);
            failures.extend(found.map(|found| format!("{} on 3.{minor}, {found}", program.name)));
            if doubtful > 0 {
                println!("{} on 3.{minor}: {doubtful} of {compared} in doubt", program.name);
            }
            all += compared;
            marked += doubtful;
            let _ = std::fs::remove_file(recording);
        }
    }
    println!("{all} variables of callers compared, {marked} in doubt");
    assert!(failures.is_empty(), "{} differences:\n{}", failures.len(), failures.join("\n"));
    assert!(programs.is_empty() || all > 1000);
    marked as f64 / all.max(1) as f64
}

#[test]
fn callers_are_recorded_as_they_were() {
    // One version for each kind of hooks, as rendering all frames takes long.
    let mut pythons = pythons();
    pythons.retain(|(minor, _)| matches!(minor, 11 | 13..));
    for (programs, python) in spread(&own_programs("programs"), pythons, SHARE) {
        compare(&programs, "full", vec![python]);
    }
    // Without reading again, all stale values must have a mark.
    let newest = connie_tests::pythons().pop().into_iter().collect();
    compare(&own_programs("programs"), "0", newest);
}

#[test]
fn what_changes_behind_callers_is_told_or_marked() {
    assert!(compare(&own_programs("callers"), "full", pythons()) < 0.05);
    compare(&own_programs("callers"), "0", pythons());
}

#[test]
fn callers_of_real_programs_are_recorded_as_they_were() {
    let newest = || pythons().pop().into_iter().collect();
    let shorter = |programs: Vec<Program>| -> Vec<Program> {
        programs.into_iter().map(|program| Program { steps: 1200, ..program }).collect()
    };
    assert!(compare(&shorter(benchmarks()), "full", newest()) < 0.001);
    assert!(compare(&shorter(packages()), "full", newest()) < 0.01);
}
