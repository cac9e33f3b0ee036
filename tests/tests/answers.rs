//! Tests which write made a value, its versions, and its origin, with programs that have the answers in comments.
//!
//! A comment `#@ NAME` names a line of a program. A question is a comment after the program, about the frame in which
//! the exception ended it (`@1`: about its caller, `@-1`: about the innermost frame that raised): `#? why EXPR: NAME
//! FUNCTION, …`, `#? history EXPR: NAME FUNCTION CHANGED, …`, `#? origin EXPR: NAME FUNCTION ~ END`.

#[path = "answers/generated.rs"]
mod generated;
#[path = "answers/moves.rs"]
mod moves;

use connie_history::answers::{Answer, Asked, Question, Version};
use connie_history::moment::{Modules, Moment};
use connie_history::timeline::{Direction, Timeline};
use connie_history::{History, origin};
use connie_recording::Recording;
use connie_tests::console::Console;
use connie_tests::{Project, pythons, text};
use moves::Moving;

/// Versions with different events, with inlined comprehensions, and with tagged references.
const MINORS: [u32; 3] = [10, 12, 14];

fn some_pythons() -> Vec<(u32, std::path::PathBuf)> {
    let all = pythons();
    let some: Vec<_> = all.iter().filter(|(minor, _)| MINORS.contains(minor)).cloned().collect();
    if some.is_empty() || connie_tests::asks_for_all() { all } else { some }
}

fn recorded(python: &std::path::Path, program: &str) -> (Project, Recording) {
    let project = Project::new(program);
    let output = project.record(python, &["--output", "r.connie", "main.py"]);
    assert!(project.path("r.connie").exists(), "{}", text(&output.stderr));
    let recording = Recording::open(&project.path("r.connie")).expect("a recording");
    (project, recording)
}

/// The line that a comment names.
fn line_of(program: &str, name: &str) -> u32 {
    let mark = format!("#@ {name}");
    let n = program.lines().position(|line| line.ends_with(&mark));
    n.unwrap_or_else(|| panic!("no line is called {name}")) as u32 + 1
}

/// The step of the exception that ended the program, and the frames at that step, the innermost first.
fn end(recording: &Recording) -> (u64, Vec<u64>) {
    let step = recording.ended_by().expect("it reads").expect("the program raised").step;
    let moment = Moment::at(recording, step).expect("a step");
    (step, moment.player.stack().iter().rev().map(|frame| frame.frame).collect())
}

fn spots(versions: &[Version]) -> Vec<(u32, String, String)> {
    let one = |version: &Version| (version.at.line, version.at.function.clone(), version.changed.join("; "));
    versions.iter().map(one).collect()
}

/// Splits `a, b` at commas that are followed by a line's name.
fn wanted(program: &str, answer: &str) -> Vec<(u32, String, Option<String>)> {
    let entries = answer.split(", ").filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            let mut words = entry.trim().splitn(3, ' ');
            let (name, function) = (words.next().expect("a name"), words.next().expect("a function"));
            (line_of(program, name), function.to_owned(), words.next().map(str::to_owned))
        })
        .collect()
}

fn is_as_wanted(found: &[(u32, String, String)], wanted: &[(u32, String, Option<String>)]) -> bool {
    found.len() == wanted.len()
        && found.iter().zip(wanted).all(|(found, wanted)| {
            found.0 == wanted.0 && found.1 == wanted.1 && wanted.2.as_ref().is_none_or(|changed| *changed == found.2)
        })
}

/// Why the answer to a question is wrong; `None` if it is right.
fn judge(history: &History<'_>, program: &str, at: &(u64, Vec<u64>), question: &str) -> Option<String> {
    let (asked, answer) = question.split_once(": ").expect("a question and its answer");
    let (kind, asked) = asked.split_once(' ').expect("a kind");
    let (text, nth) = match asked.split_once(" @") {
        Some((text, "-1")) => (text, 0),
        Some((text, nth)) => (text, nth.parse().expect("a number")),
        None => (asked, 0),
    };
    let of = Asked { text: text.to_owned(), step: at.0, frame: at.1[nth] };
    let question = match kind {
        "why" => Question::Why(of),
        "history" => Question::History { of, direction: Direction::Backward, most: 100 },
        _ => Question::Origin(of),
    };
    let found = match history.ask(&question) {
        Ok(found) => found,
        Err(error) => return Some(format!("{kind} {text}: {error}")),
    };
    let is_right = match &found {
        Answer::Why { writes: versions } | Answer::History { versions, .. } => {
            is_as_wanted(&spots(versions), &wanted(program, answer))
        }
        Answer::Origin(trail) => {
            let (last, end) = answer.split_once('~').unwrap_or((answer, ""));
            let wanted = wanted(program, last.trim());
            let hop = |hop: &origin::Hop| (hop.spot.line, hop.spot.function.clone());
            let is_there = wanted
                .first()
                .is_none_or(|(line, function, _)| trail.hops.last().map(hop) == Some((*line, function.clone())));
            is_there && trail.end.contains(end.trim())
        }
    };
    (!is_right).then(|| {
        let shown = match &found {
            Answer::Why { writes: versions } | Answer::History { versions, .. } => format!("{:?}", spots(versions)),
            Answer::Origin(trail) => {
                let hop = |hop: &origin::Hop| format!("{} {} {}", hop.how.word(), hop.text, hop.spot);
                format!("{:?}, {}", trail.hops.iter().map(hop).collect::<Vec<_>>(), trail.end)
            }
        };
        format!("{kind} {text}: wanted {answer}, got {shown}")
    })
}

fn check(program: &str) {
    let mut wrong = Vec::new();
    for (minor, python) in some_pythons() {
        let (_project, recording) = recorded(&python, program);
        let (timeline, modules) = (Timeline::default(), Modules::default());
        let history = History { recording: &recording, timeline: &timeline, modules: &modules };
        let at = end(&recording);
        let questions = program.lines().filter_map(|line| line.strip_prefix("#? "));
        wrong.extend(questions.filter_map(|q| judge(&history, program, &at, q)).map(|why| format!("3.{minor}: {why}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn contents_change_where_the_line_says() {
    check(include_str!("answers/within.py"));
}

#[test]
fn writes_belong_to_the_statement_and_the_frame_that_stored() {
    check(include_str!("answers/statements.py"));
}

#[test]
fn closure_variables_are_looked_for_where_they_are_bound() {
    check(include_str!("answers/closures.py"));
}

#[test]
fn each_call_has_its_own_variables() {
    check(include_str!("answers/counters.py"));
}

#[test]
fn stores_of_generated_programs_are_found() {
    for (n, (minor, python)) in some_pythons().into_iter().enumerate() {
        let program = generated::program(27 + n as u64, 40, 12);
        let (_project, recording) = recorded(&python, &program);
        let (asked, unknown, wrong) = generated::judge(&recording);
        assert!(asked > 200, "3.{minor}: {asked} questions");
        assert!(wrong.is_empty(), "3.{minor}: {} of {asked}:\n{}\n{program}", wrong.len(), wrong.join("\n"));
        assert!(unknown * 50 < asked, "3.{minor}: {unknown} of {asked} unknown");
    }
}

/// Each page goes on where the one before has ended.
#[test]
fn pages_neither_repeat_nor_lose_anything() {
    let program = "xs = []\nfor n in range(9):\n    xs.append(7)\npair = [7, 7, 7]\nraise ValueError\n";
    let (_, python) = some_pythons().remove(0);
    let (_project, recording) = recorded(&python, program);
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = History { recording: &recording, timeline: &timeline, modules: &modules };
    let (step, frames) = end(&recording);
    for direction in [Direction::Backward, Direction::Forward] {
        let page = |step: u64, most: usize| {
            let of = Asked { text: "xs".into(), step, frame: frames[0] };
            match history.ask(&Question::History { of, direction, most }) {
                Ok(Answer::History { versions, next }) => (spots(&versions), next),
                other => panic!("{other:?}"),
            }
        };
        let first = if direction == Direction::Backward { step } else { 3 };
        let (whole, _) = page(first, 100);
        let (mut found, mut from) = (Vec::new(), Some(first));
        while let Some(step) = from {
            let (versions, next) = page(step, 2);
            found.extend(versions);
            from = next;
        }
        assert!(whole.len() >= 9, "{whole:?}");
        assert_eq!(found, whole, "{direction:?}");
    }
    let page = |after: u64, most: usize| {
        let found =
            connie_history::occurrences::of_scalar(&recording, &connie_wire::Value::Int(7), after, most, &|| false);
        found.expect("it reads")
    };
    let whole = page(0, 1000).found;
    let (mut found, mut after) = (Vec::new(), Some(0));
    while let Some(step) = after {
        let next = page(step, 1);
        found.extend(next.found);
        after = next.next;
    }
    assert!(whole.len() > 10, "{whole:?}");
    assert_eq!(found, whole);
}

/// The seed of the first generated program, and the number of programs for each interpreter.
fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("CONNIE_TEST_SEED").unwrap_or(5);
    first..first + number("CONNIE_TEST_SEEDS").unwrap_or(1)
}

/// Asserts that no trail of a program is wrong. Returns the number of hops and of those that are missing.
fn trails_are_true(minor: u32, python: &std::path::Path, program: &moves::Program) -> (usize, usize) {
    let (_project, recording) = recorded(python, &program.text);
    let judged = moves::judge(&recording, program);
    for end in &judged.ends {
        println!("3.{minor}: ends after {end}");
    }
    let (asked, wrong) = (judged.asked, &judged.wrong);
    assert!(wrong.is_empty(), "3.{minor}: {} of {asked}:\n{}\n{}", wrong.len(), wrong.join("\n"), program.text);
    (asked, judged.missing)
}

#[test]
fn trails_of_generated_programs_are_true() {
    for (n, (minor, python)) in some_pythons().into_iter().enumerate() {
        let all =
            seeds().map(|seed| trails_are_true(minor, &python, &moves::program(seed + n as u64, 30, 8, Moving::Lists)));
        let (asked, missing) = all.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
        println!("3.{minor}: {missing} of {asked} hops are missing");
        assert!(asked > 200, "3.{minor}: {asked} hops");
        assert!(missing * 50 < asked, "3.{minor}: {missing} of {asked} hops are missing");
    }
}

#[test]
fn trails_of_numbers_in_generated_programs_are_true() {
    for (n, (minor, python)) in some_pythons().into_iter().enumerate() {
        let moving = Moving::Numbers;
        let all = seeds().map(|seed| trails_are_true(minor, &python, &moves::program(seed + n as u64, 30, 8, moving)));
        let (asked, missing) = all.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
        println!("3.{minor}: {missing} of {asked} hops of numbers are missing");
        assert!(missing * 3 < asked, "3.{minor}: {missing} of {asked} hops are missing");
        trails_are_true(minor, &python, &moves::each(moving));
    }
}

#[test]
fn each_kind_of_move_is_followed() {
    for (minor, python) in some_pythons() {
        let (_, missing) = trails_are_true(minor, &python, &moves::each(Moving::Lists));
        assert_eq!(missing, 0, "3.{minor}");
    }
}

#[test]
fn trails_of_numbers_go_through_wrappers_constructors_managers_and_coroutines() {
    check(include_str!("answers/scalars.py"));
}

#[test]
fn equal_numbers_of_other_calls_are_not_taken_for_the_value() {
    check(include_str!("answers/decoys.py"));
}

#[test]
fn trails_follow_the_object() {
    check(include_str!("answers/trails.py"));
}

#[test]
fn the_order_of_calls_tells_which_one_gave_a_value() {
    check(include_str!("answers/order.py"));
}

#[test]
fn results_of_tasks_and_threads_are_followed() {
    check(include_str!("answers/tasks.py"));
}

#[test]
fn trails_end_where_nothing_proves_one_of_several() {
    check(include_str!("answers/choices.py"));
}

#[test]
fn the_console_names_file_function_line_and_step() {
    for (minor, python) in some_pythons() {
        let project = Project::new(include_str!("answers/within.py"));
        project.record(&python, &["--output", "r.connie", "main.py"]);
        let mut console = Console::open(&project, "r.connie");
        console.start();
        let line = line_of(include_str!("answers/within.py"), "removed");
        let said = console.say(":why numbers");
        let (first, second) = said.split_once('\n').unwrap_or_default();
        assert!(first.starts_with(&format!("line {line}, step ")), "3.{minor}: {said}");
        assert!(first.contains(&format!("changed it: -6 at [2], to [1, 4, 7]   main.py:{line} in prune")), "{said}");
        assert!(second.contains("wrote [1, 2, 4, 6, 7]"), "{said}");
        let said = console.say(":history numbers");
        assert!(said.contains("[1, 4, 7]   (-6 at [2])"), "{said}");
        // In both directions, it stops at changes of the contents and of the binding.
        assert!(console.say(":watch numbers").starts_with("the view stops at writes to numbers"));
        let stopped = |console: &mut Console| console.request("stackTrace", serde_json::json!({"threadId": 1}));
        for wanted in [line, line, line_of(include_str!("answers/within.py"), "numbers")] {
            console.go("reverseContinue");
            assert_eq!(stopped(&mut console)["stackFrames"][0]["line"], wanted, "3.{minor}");
        }
    }
}
