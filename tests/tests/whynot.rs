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

/// Every line of made-up programs that did not run: what is named ran, as `sys.settrace` has it, and controls the line.
#[test]
fn generated_programs_are_explained() {
    for (n, (minor, python)) in some_pythons().into_iter().enumerate() {
        let program = generated::program(40 + n as u64, 2);
        let (project, recording) = recorded(&python, &program);
        let truth = generated::truth(&project, &python);
        let (asked, unknown, wrong) = generated::judge(&recording, &program, &truth);
        assert!(asked > 30, "3.{minor}: {asked} questions");
        let shown: Vec<&str> = wrong.iter().take(8).map(String::as_str).collect();
        assert!(
            wrong.is_empty(),
            "3.{minor}: {} of {asked}:\n{}\n{}",
            wrong.len(),
            shown.join("\n"),
            numbered_lines(&program)
        );
        assert!(unknown * 25 < asked, "3.{minor}: {unknown} of {asked} unknown");
    }
}

fn numbered_lines(program: &str) -> String {
    program.lines().zip(1..).map(|(line, n)| format!("{n:4} {line}\n")).collect()
}

const RUNS: &str = "\
def pick(items, wanted):
    for item in items:
        if item == wanted:
            return item
    return None


pick([1, 2], 2)
pick([3], 9)
raise ValueError(pick([4, 5], 9))
";

/// Asked at a moment, the call on the stack is meant.
#[test]
fn one_call_is_asked_about() {
    let (minor, python) = usual_python();
    let (project, recording) = recorded(&python, RUNS);
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = History { recording: &recording, timeline: &timeline, modules: &modules };
    let at = |line: u32, nth: usize| {
        let mut step = 0;
        for _ in 0..nth {
            let is_it =
                |p: &connie_history::timeline::Position| p.line == line && p.at == connie_history::timeline::At::Line;
            let forward = connie_history::timeline::Direction::Forward;
            step = timeline.find(&recording, step, forward, |_| true, is_it).expect("it reads").expect("a hit").step;
        }
        timeline.position(&recording, step).expect("a step")
    };
    let ask = |text: &str, at: connie_history::timeline::Position| {
        let wanted = Wanted { text: text.into(), at: Some((at.step, at.frame)), ..Wanted::default() };
        history.why_not(&wanted).expect("an answer").to_string()
    };
    // The second call: line 4 ran in the first one only.
    let found = ask("main.py:4", at(5, 1));
    assert!(
        found.starts_with("line 4 of main.py, in pick did not run in the call that began at step"),
        "3.{minor}: {found}"
    );
    assert!(found.contains("; it ran once in other calls"), "{found}");
    assert!(found.contains("main.py:3 in pick") && found.contains("`item == wanted` was False"), "{found}");
    assert!(found.contains("item = 3") && found.contains("wanted = 9"), "{found}");
    // The first call came to line 4, and so not to line 5.
    let found = ask("main.py:5", at(4, 1));
    assert!(found.contains("main.py:4 in pick") && found.contains("returned 2"), "{found}");
    assert!(ask("main.py:3", at(3, 4)).contains("ran 2 times in this call"), "{}", ask("main.py:3", at(3, 4)));
    // In the console, at the exception that ended the run: no call of `pick` is on the stack.
    let mut console = Console::open(&project, "r.connie");
    console.start();
    let said = console.say(":whynot 4");
    assert!(said.starts_with("line 4 of main.py, in pick ran once, at step"), "{said}");
    let said = console.say(":whynot 4 if item > 7");
    assert!(said.contains("the condition never held") && said.contains("item = 2"), "{said}");
    assert!(
        console.say(":whynot nothing").contains("no function nothing was called"),
        "{}",
        console.say(":whynot nothing")
    );
}

fn said(project: &Project, arguments: &[&str], code: i32) -> String {
    let output = project.connie(&[&["whynot"], arguments].concat());
    let found = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {found}");
    found
}

/// Conditions, lines without code, files that are not recorded, and formats.
#[test]
fn the_command_answers() {
    let project = Project::new(concat!(
        "import sys\n\n\ndef add(n):\n    '''Adds.'''\n    total = n + 1  # one more\n    return total\n\n\n",
        "if len(sys.argv) > 1:\n    import extra\n\nfor n in range(5):\n    add(n)\nx = (\n    len(sys.argv) > 5\n    and len(sys.argv[0]) > 1000\n)\n"
    ));
    project.write("extra.py", "y = 1\n");
    project.write("other.py", "y = 1\n");
    project.record(&usual_python().1, &["main.py"]);
    let found = said(&project, &["main.py:7", "--where", "total > 9"], 0);
    assert!(found.contains("ran 5 times; the condition never held"), "{found}");
    assert!(found.contains("`total > 9` was False (the last of 5 times)") && found.contains("total = 5"), "{found}");
    let found = said(&project, &["main.py:7", "--where", "total > missing"], 0);
    assert!(found.contains("could not be evaluated at 5 hits: missing is not known here"), "{found}");
    let found = said(&project, &["main.py:5"], 0);
    assert!(found.contains("has no code: the nearest line with code is 6"), "{found}");
    let found = said(&project, &["extra.py:1"], 0);
    assert!(found.contains("`import extra` did not run") && found.contains("`len(sys.argv) > 1` was False"), "{found}");
    let found = said(&project, &["other.py:1"], 0);
    assert!(found.contains("no recorded code imports it") && found.contains("--include other.py"), "{found}");
    let found = said(&project, &["nothing.py:1"], 66);
    assert!(found.contains("nothing.py did not run in this recording; these files did: main.py"), "{found}");
    let found = said(&project, &["main.py:17"], 0);
    assert!(found.contains("line 17 of main.py, in <module> never ran"), "{found}");
    assert!(found.contains("`len(sys.argv) > 5` was False"), "{found}");
    assert!(said(&project, &["main.py:7", "--step", "99999"], 66).contains("99999"));
    let output = project.connie(&["whynot", "main.py:11", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["verdict"]["is"], "never", "{found}");
    assert_eq!(found["reasons"][0]["kind"], "condition", "{found}");
    assert_eq!((&found["reasons"][0]["at"]["line"], &found["place"]), (&10.into(), &"main.py:11".into()), "{found}");
}
