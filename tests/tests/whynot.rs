//! Why a line or function did not run: programs whose answers stand in their comments.
//!
//! A line of a program is named by a comment `#@ NAME`. A question is a comment after the program: `#? QUESTION: TEXT ~ TEXT`.
//! `{NAME}` is that line's number, and alone a line of `main.py`. The texts are in the answer, in this order.

#[path = "whynot/generated.rs"]
mod generated;

use connie_history::History;
use connie_history::moment::Modules;
use connie_history::timeline::Timeline;
use connie_history::whynot::Wanted;
use connie_recording::Recording;
use connie_tests::console::Console;
use connie_tests::{Project, pythons, text, usual_python};

/// The oldest events, comprehensions that are inlined, tagged references.
const MINORS: [u32; 3] = [10, 12, 14];

fn some_pythons() -> Vec<(u32, std::path::PathBuf)> {
    let all = pythons();
    let some: Vec<_> = all.iter().filter(|(minor, _)| MINORS.contains(minor)).cloned().collect();
    if some.is_empty() { all } else { some }
}

fn recorded(python: &std::path::Path, program: &str) -> (Project, Recording) {
    let project = Project::new(program);
    let output = project.record(python, &["--output", "r.connie", "main.py"]);
    assert!(project.path("r.connie").exists(), "{}", text(&output.stderr));
    let recording = Recording::open(&project.path("r.connie")).expect("a recording");
    (project, recording)
}

/// A text with the numbers of lines in place of their names.
fn numbered(program: &str, wanted: &str) -> String {
    let mut found = wanted.to_owned();
    for (n, line) in (1..).zip(program.lines()) {
        if let Some((_, name)) = line.split_once("#@ ") {
            found = found.replace(&format!("{{{name}}}"), &format!("{n}"));
        }
    }
    found
}

/// What is missing in the answer to a question.
fn judge(history: &History<'_>, program: &str, question: &str) -> Option<String> {
    let (asked, wanted) = question.split_once(": ").expect("a question and its answer");
    let asked = numbered(program, asked);
    let asked = if asked.parse::<u32>().is_ok() { format!("main.py:{asked}") } else { asked };
    let found = match history.why_not(&Wanted { text: asked.clone(), ..Wanted::default() }) {
        Ok(found) => found.to_string(),
        Err(none) => none.to_string(),
    };
    let mut rest = found.as_str();
    for wanted in numbered(program, wanted).split(" ~ ") {
        match rest.find(wanted.trim()) {
            Some(at) => rest = &rest[at + wanted.trim().len()..],
            None => return Some(format!("{asked}: no `{}` in its place in:\n{found}\n", wanted.trim())),
        }
    }
    None
}

fn check(program: &str) {
    let mut wrong = Vec::new();
    for (minor, python) in some_pythons() {
        let (_project, recording) = recorded(&python, program);
        let (timeline, modules) = (Timeline::default(), Modules::default());
        let history = History { recording: &recording, timeline: &timeline, modules: &modules };
        let questions = program.lines().filter_map(|line| line.strip_prefix("#? "));
        wrong.extend(questions.filter_map(|q| judge(&history, program, q)).map(|why| format!("3.{minor}: {why}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn branches_are_told_with_their_values() {
    check(include_str!("whynot/branches.py"));
}

#[test]
fn other_ways_out_are_told() {
    check(include_str!("whynot/ways.py"));
}

#[test]
fn functions_that_were_not_called_are_followed_to_their_calls() {
    check(include_str!("whynot/functions.py"));
}
