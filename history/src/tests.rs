//! Questions about two recordings, `tests/left.connie.zst` of `tests/program.py` and `tests/right.connie.zst` of the same
//! with a few lines changed (Python 3.12, format 8). Answers are compared with a plain reading of all steps.

use std::path::Path;
use std::time::Duration;

use connie_expression::Expression;
use connie_recording::Recording;
use connie_recording::error::Error;
use connie_recording::player::{Event, Player};
use connie_recording::render::{Bounds, Renderer, World};
use connie_wire::Value;

use crate::History;
use crate::answers::{contents, difference};
use crate::breakpoint::{Breakpoint, Failures, HitCount, Location};
use crate::compare::{Comparison, Options, compare};
use crate::moment::{Modules, Moment};
use crate::places;
use crate::timeline::{At, Direction, Position, Reach, Timeline};

const LEFT: &[u8] = include_bytes!("tests/left.connie.zst");
const RIGHT: &[u8] = include_bytes!("tests/right.connie.zst");
const PROGRAM: &str = include_str!("tests/program.py");

const BOTH: [Direction; 2] = [Direction::Forward, Direction::Backward];

fn opened(packed: &[u8]) -> (tempfile::TempDir, Recording) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r.connie");
    std::fs::write(&path, zstd::decode_all(packed).expect("a recording")).expect("it is written");
    let recording = Recording::open(Path::new(&path)).expect("a recording");
    (folder, recording)
}

/// The number of the line of the program that has this text.
fn line(text: &str) -> u32 {
    PROGRAM.lines().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}")) as u32 + 1
}

/// All positions, as the player tells them.
fn positions(recording: &Recording) -> Vec<Position> {
    let mut player = Player::new(recording);
    let mut found = Vec::new();
    while let Some(step) = player.next_step() {
        let at = match step.event {
            Event::Call => At::Call,
            Event::Line => At::Line,
            Event::Return(_) => At::Return,
            Event::Raise(_) => At::Raise,
            Event::Yield(_) => At::Yield,
            Event::Resume => At::Resume,
            Event::Output(_) => At::Output,
        };
        let (frame, code, line, task) =
            step.frame.map_or((0, u32::MAX, 0, 0), |frame| (frame.frame, frame.code, frame.line, frame.task));
        found.push(Position {
            step: step.number,
            at,
            thread: step.thread,
            depth: step.depth as u32,
            frame,
            code,
            line,
            task,
        });
    }
    found
}

/// The steps that are interesting: around the ends of chunks, and all outside of the long loop.
fn samples(recording: &Recording, all: &[Position]) -> Vec<Position> {
    let total = line("total += i");
    let in_loop = |p: &Position| p.line == total || p.line == total - 1;
    let is_end = |p: &Position| recording.chunks.iter().any(|chunk| chunk.first_step.abs_diff(p.step) < 3);
    all.iter().filter(|p| !in_loop(p) || p.step % 1_009 == 0 || is_end(p)).copied().collect()
}

#[test]
fn positions_are_those_of_the_steps() {
    let (_folder, recording) = opened(LEFT);
    let timeline = Timeline::default();
    let all = positions(&recording);
    assert_eq!((all.len() as u64, recording.chunks.len()), (recording.info.steps, 3));
    for position in all.iter().step_by(97).chain(&samples(&recording, &all)) {
        assert_eq!(timeline.position(&recording, position.step).expect("a step"), *position);
    }
    let past = recording.info.steps + 1;
    for step in [0, past] {
        assert!(matches!(timeline.position(&recording, step), Err(Error::NoStep { .. })), "{step}");
    }
    let of_kind = |at: At| all.iter().filter(|position| position.at == at).count();
    assert!([At::Raise, At::Yield, At::Resume, At::Output].iter().all(|at| of_kind(*at) > 1));
}

#[test]
fn the_nearest_position_is_found_in_both_directions() {
    let (_folder, recording) = opened(LEFT);
    let timeline = Timeline::default();
    let all = positions(&recording);
    let wanted: [fn(&Position) -> bool; 4] =
        [|p| p.at == At::Output, |p| p.depth == 2, |p| p.thread == 2 && p.at == At::Line, |_| true];
    for from in samples(&recording, &all).iter().map(|p| p.step).chain([0, u64::MAX]) {
        for wanted in wanted {
            let ahead = all.iter().find(|p| p.step > from && wanted(p)).copied();
            let behind = all.iter().rev().find(|p| p.step < from && wanted(p)).copied();
            let find = |direction| timeline.find(&recording, from, direction, |_| true, wanted).expect("an answer");
            assert_eq!((find(Direction::Forward), find(Direction::Backward)), (ahead, behind), "from {from}");
        }
        let none = timeline.find(&recording, from, Direction::Forward, |_| false, |_| true);
        assert!(matches!(none, Ok(None)), "no chunk is wanted");
    }
    let ends = BOTH.map(|direction| timeline.end(&recording, direction).expect("an answer"));
    let first = all.iter().find(|p| p.at == At::Line).copied();
    assert_eq!(ends, [all.iter().rev().find(|p| p.frame != 0).copied(), first]);
}

/// Steps of threads without tasks, as their definition says.
#[test]
fn a_step_leads_to_the_nearest_line_in_its_reach() {
    let (_folder, recording) = opened(LEFT);
    let timeline = Timeline::default();
    let all = positions(&recording);
    for from in samples(&recording, &all).into_iter().filter(|p| p.task == 0 && p.frame != 0).step_by(3) {
        for reach in [Reach::In, Reach::Over, Reach::Out] {
            let is_in_reach = |p: &&Position| {
                let is_line = p.at == At::Line && p.thread == from.thread;
                is_line
                    && match reach {
                        Reach::In => true,
                        Reach::Over => p.depth < from.depth || p.depth == from.depth && p.frame == from.frame,
                        Reach::Out => p.depth < from.depth,
                    }
            };
            let ahead = all.iter().find(|p| p.step > from.step && is_in_reach(p)).copied();
            let behind = all.iter().rev().find(|p| p.step < from.step && is_in_reach(p)).copied();
            let found = BOTH.map(|direction| timeline.step(&recording, &from, reach, direction).expect("an answer"));
            assert_eq!(found, [ahead, behind], "{reach:?} from {from:?}");
        }
    }
}

/// In a task, the frames that belong to it and those that wait for it are reached.
#[test]
fn steps_in_a_task_stay_in_it() {
    let (_folder, recording) = opened(LEFT);
    let timeline = Timeline::default();
    let all = positions(&recording);
    let inner: Vec<_> = all.iter().filter(|p| p.at == At::Line && p.line == line("asyncio.sleep(0)")).collect();
    assert_eq!(inner.len(), 2);
    assert!(inner[0].task != 0 && inner[1].task != 0 && inner[0].task != inner[1].task);
    for from in inner {
        let step = |reach, direction| timeline.step(&recording, from, reach, direction).expect("an answer");
        for reach in [Reach::In, Reach::Over] {
            let next = step(reach, Direction::Forward).expect("a line");
            assert_eq!((next.line, next.frame), (line("return n * 2"), from.frame), "{reach:?}");
            let back = timeline.step(&recording, &next, reach, Direction::Backward).expect("an answer");
            assert_eq!(back.as_ref(), Some(from), "{reach:?}");
        }
    }
}

#[test]
fn a_question_that_is_cancelled_has_no_answer() {
    let (_folder, recording) = opened(LEFT);
    let cancelled = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let timeline = Timeline::interrupted_by(cancelled.clone());
    assert!(timeline.is_interrupted());
    assert!(matches!(timeline.chunk(&recording, 0), Err(Error::Interrupted)));
    let found = timeline.find(&recording, 0, Direction::Forward, |_| true, |_| true);
    assert!(matches!(found, Err(Error::Interrupted)));
    cancelled.store(false, std::sync::atomic::Ordering::Relaxed);
    assert!(matches!(timeline.find(&recording, 0, Direction::Forward, |_| true, |_| true), Ok(Some(_))));
    assert!(!timeline.is_interrupted());
}

fn with_history<T>(packed: &[u8], ask: impl FnOnce(History<'_>) -> T) -> T {
    let (_folder, recording) = opened(packed);
    let (timeline, modules) = (Timeline::default(), Modules::default());
    ask(History { recording: &recording, timeline: &timeline, modules: &modules })
}

/// All hits of a breakpoint, found in a direction.
fn hits(history: &History<'_>, breakpoint: &Breakpoint, direction: Direction) -> Vec<u64> {
    let start = if direction == Direction::Forward { 0 } else { u64::MAX };
    let mut found: Vec<u64> = std::iter::successors(breakpoint.near(history, start, direction), |hit| {
        breakpoint.near(history, *hit, direction)
    })
    .collect();
    if direction == Direction::Backward {
        found.reverse();
    }
    found
}

#[test]
fn breakpoints_are_hit_at_the_same_steps_in_both_directions() {
    with_history(LEFT, |history| {
        let all = positions(history.recording);
        let fib = history.recording.functions.iter().position(|f| f.name == "fib").expect("a function") as u32;
        let at_line = |text: &str| Location::Lines(vec![(0, line(text))]);
        let steps = |is: &dyn Fn(&&Position) -> bool| all.iter().filter(is).map(|p| p.step).collect::<Vec<_>>();
        let fibs = steps(&|p| p.at == At::Call && p.code == fib);
        assert_eq!(fibs.len(), 25);
        let totals = steps(&|p| p.at == At::Line && p.line == line("total += i"));
        assert_eq!(totals.len(), 9_050);
        let place = |text: &str| Expression::parse(text).ok();
        let every = |n| Some(HitCount::Every(n));
        for (location, condition, count, expected) in [
            (Location::Function(vec![fib]), None, None, fibs.clone()),
            (Location::Function(vec![]), None, None, vec![]),
            (Location::Function(vec![fib]), place("n == 6"), None, fibs[..1].to_vec()),
            (Location::Function(vec![fib]), place("n == 0"), None, {
                let zero = |step: &&u64| {
                    let moment = Moment::at(history.recording, **step).expect("a step");
                    moment.player.locals(&moment.step.frame.expect("a frame")) == [("n".to_owned(), Value::Int(0))]
                };
                fibs.iter().filter(zero).copied().collect()
            }),
            (Location::Function(vec![fib]), None, Some(HitCount::Exactly(3)), vec![fibs[2]]),
            (Location::Function(vec![fib]), None, Some(HitCount::AtLeast(24)), fibs[23..].to_vec()),
            (Location::Function(vec![fib]), None, Some(HitCount::AtMost(2)), fibs[..2].to_vec()),
            (Location::Function(vec![fib]), None, every(10), vec![fibs[9], fibs[19]]),
            (at_line("total += i"), None, every(1_000), totals.iter().skip(999).step_by(1_000).copied().collect()),
            (at_line("total += i"), place("i % 3000 == 7 and total > 9"), None, {
                // The first loop is that of the helper.
                [7, 3_007, 6_007]
                    .iter()
                    .flat_map(|n| (*n == 7).then(|| totals[7]).into_iter().chain([totals[50 + n]]))
                    .collect()
            }),
            (at_line("shop = Shop"), None, None, steps(&|p| p.at == At::Line && p.line == line("shop = Shop"))),
            (Location::Lines(vec![(1, line("shop = Shop"))]), None, None, vec![]),
            (at_line("import sys"), place("zzz"), None, vec![]),
        ] {
            let breakpoint = Breakpoint::new(location, condition, count);
            let what = format!("{breakpoint:?}");
            assert_eq!(hits(&history, &breakpoint, Direction::Forward), expected, "{what}");
            assert_eq!(hits(&history, &breakpoint, Direction::Backward), expected, "backward {what}");
        }
    });
}

#[test]
fn conditions_that_fail_are_told() {
    with_history(LEFT, |history| {
        let fib = history.recording.functions.iter().position(|f| f.name == "fib").expect("a function") as u32;
        let condition = Expression::parse("n / (n - 1) > zzz if n < 2 else True").ok();
        let breakpoint = Breakpoint::new(Location::Function(vec![fib]), condition, None);
        assert!(!breakpoint.has_failed());
        let failures = breakpoint.failures(&history, Duration::from_secs(60));
        assert!(breakpoint.has_failed());
        assert_eq!((failures.hits, failures.more), (13, false));
        assert_eq!(
            failures.reasons,
            [("ZeroDivisionError: division by zero".into(), 8), ("zzz is not known here".into(), 5)]
        );
        assert!(breakpoint.failures(&history, Duration::ZERO).more);
    });
}

#[test]
fn failures_are_counted_by_reason() {
    let mut failures = Failures::default();
    failures.add("a");
    assert_eq!(failures.to_string(), "could not be evaluated at 1 hit: a");
    for why in ["a", "b", "c", "d", "e", "f", "a"] {
        failures.add(why);
    }
    assert_eq!(failures.to_string(), "could not be evaluated at 8 hits: a (3); b (1); c (1); d (1); e (1)");
    failures.more = true;
    assert!(failures.to_string().starts_with("could not be evaluated at 8 or more hits: "));
}

#[test]
fn hit_counts_are_parsed() {
    let accepted =
        |text: &str| HitCount::parse(text).map(|count| (1..=6).filter(|n| count.accepts(*n)).collect::<Vec<u64>>());
    for (text, expected) in [
        ("3", vec![3]),
        (" == 3 ", vec![3]),
        (">= 3", vec![3, 4, 5, 6]),
        ("> 3", vec![4, 5, 6]),
        ("<= 3", vec![1, 2, 3]),
        ("<3", vec![1, 2]),
        ("% 2", vec![2, 4, 6]),
        ("<0", vec![]),
    ] {
        assert_eq!(accepted(text), Some(expected), "{text}");
    }
    assert_eq!(HitCount::parse("> 18446744073709551615"), Some(HitCount::AtLeast(u64::MAX)));
    for text in ["", "x", "% 0", "= 3", "3 4", "-1", ">"] {
        assert_eq!(HitCount::parse(text), None, "{text}");
    }
}

#[test]
fn places_are_found_by_names() {
    let (_folder, recording) = opened(LEFT);
    let place = |text: &str| match places::place(&recording, text) {
        Ok(Location::Lines(lines)) => format!("{lines:?}"),
        Ok(Location::Function(codes)) => {
            codes.iter().map(|code| recording.functions[*code as usize].name.clone()).collect::<Vec<_>>().join(", ")
        }
        Err(error) => error.to_string(),
    };
    for (text, expected) in [
        ("program.py:3", "[(0, 3)]"),
        ("./program.py:3", "[(0, 3)]"),
        ("gram.py:3", "gram.py did not run in this recording; these files did: program.py"),
        ("fib", "fib"),
        ("fib()", "fib"),
        ("sell", "Shop.sell"),
        ("Shop.sell", "Shop.sell"),
        ("hop.sell", "no function hop.sell was called in this recording; did you mean: Shop.sell"),
        ("FI", "no function FI was called in this recording; did you mean: fib"),
        ("zzz", "no function zzz was called in this recording"),
        ("", "no function  was called in this recording"),
    ] {
        assert_eq!(place(text), expected, "{text}");
    }
}

/// The objects that the variables of the module hold at the end, by name.
fn object(recording: &Recording, name: &str) -> u64 {
    let moment = Moment::at(recording, recording.info.steps).expect("the last step");
    let locals = moment.player.locals(&moment.step.frame.expect("a frame"));
    match locals.iter().find(|(known, _)| known == name) {
        Some((_, Value::Object(object))) => *object,
        other => panic!("{name} is {other:?}"),
    }
}

/// What changed an attribute of the shop, version by version, in words.
fn changes(recording: &Recording, attribute: &str, direction: Direction) -> Vec<String> {
    let shop = object(recording, "shop");
    let (player, _) = Player::at(recording, recording.info.steps).expect("the last step");
    let entity = player.entity(shop).expect("the shop");
    let pair = entity.items.chunks_exact(2).find(|pair| pair[0] == connie_expression::text_value(attribute));
    let Some([_, Value::Object(object)]) = pair else { panic!("{attribute}") };
    let mut step = if direction == Direction::Forward { 0 } else { recording.info.steps };
    let mut found = Vec::new();
    while let Some(version) = contents::near(recording, *object, step, direction).expect("an answer") {
        let (player, _) = Player::at(recording, version.seen).expect("a step");
        let mut renderer = Renderer::new(&player, Bounds::default());
        let differences = difference::of(&version, difference::kind_of(&player, &version));
        let texts: Vec<_> = differences.iter().map(|one| one.text(&mut renderer)).collect();
        found.push(texts.join("; "));
        step = if direction == Direction::Forward { version.seen } else { version.seen - 1 };
    }
    if direction == Direction::Backward {
        found.reverse();
    }
    found
}

#[test]
fn contents_have_versions() {
    let (_folder, recording) = opened(LEFT);
    for direction in BOTH {
        let of = |attribute| changes(&recording, attribute, direction);
        assert_eq!(
            of("items"),
            [
                "+'tea' at [0]",
                "+'tea' at [1]",
                "+'tea' at [2]",
                "[0]: 'tea' → 'coffee'",
                "+'milk' at [1]",
                "+'tea' at [4]"
            ],
            "{direction:?}"
        );
        assert_eq!(of("prices"), ["'tea': 2 → 3", "'tea': 3 → 5", "-'jam': 5", "'tea': 5 → 10"], "{direction:?}");
        assert_eq!(of("kinds"), ["+0", "+2", "-1", "+5"], "{direction:?}");
    }
}

fn compared(left: &Recording, right: &Recording) -> Comparison {
    let options =
        Options { most: 100, ignored: &|name| name == "ignored", bounds: Bounds::default(), progress: &|_| true };
    compare(left, right, &options).expect("a comparison")
}

#[test]
fn a_recording_is_the_same_as_itself() {
    for packed in [LEFT, RIGHT] {
        let ((_one, left), (_other, right)) = (opened(packed), opened(packed));
        let found = compared(&left, &right);
        assert!(found.identical && found.is_same(), "{found:?}");
        assert_eq!(found.compared, left.info.steps);
    }
}

#[test]
fn what_differs_between_two_runs_is_found() {
    let ((_one, left), (_other, right)) = (opened(LEFT), opened(RIGHT));
    let found = compared(&left, &right);
    assert!(!found.identical && !found.is_same() && !found.more);
    assert_eq!(found.results, ["ok", "ok"]);
    assert_eq!(found.steps, [left.info.steps, right.info.steps]);
    assert!(found.threads.iter().all(Vec::is_empty));
    let files: Vec<_> = found.files.iter().map(|file| (file.path.as_str(), file.ran)).collect();
    assert_eq!(files, [("program.py", [true, true])]);
    let calls: Vec<_> = found.calls.iter().map(|one| (one.function.as_str(), one.calls, one.line)).collect();
    assert_eq!(calls, [("fib", [25, 15], [Some(line("def fib")), Some(line("def fib"))])]);
    let lines: Vec<_> = found.lines.iter().map(|one| (one.ran_in, one.line, one.code.as_str(), one.hits)).collect();
    let output: Vec<_> = found.output.iter().map(|one| (one.stream, one.line, one.texts.clone())).collect();
    let texts = |one: &str, other: &str| [Some(one.to_owned()), Some(other.to_owned())];
    assert_eq!(output, [("stdout", 3, texts("end 40495500", "end 31996000")), ("stderr", 1, texts("fib 8", "fib 5"))]);
    let values: Vec<_> = found
        .values
        .iter()
        .map(|one| {
            let text = |n: usize| one.texts[n].clone().unwrap_or("nothing".into());
            let at = format!("{}:{}", one.at[0].function, one.at[0].line);
            format!("{:?} {}{} {} | {} at {at} x{}", one.what, one.name, one.path, text(0), text(1), one.times)
        })
        .collect();
    let ways: Vec<_> = found
        .ways
        .iter()
        .map(|one| {
            let next = |n: usize| {
                one.next[n].as_ref().map_or("the end".into(), |p| format!("{} {}:{}", p.event, p.function, p.line))
            };
            let after = one.after.as_ref().map(|p| p[0].line);
            let met = one.met.as_ref().map(|p| p.clone().map(|p| p.line));
            format!("after {after:?}: {} | {}, met {met:?} x{}", next(0), next(1), one.times)
        })
        .collect();
    let shown = format!("{}\n\n{}\n\n{:?}\n", values.join("\n"), ways.join("\n"), lines);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/comparison.txt");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &shown).expect("it is written");
    }
    assert_eq!(shown, std::fs::read_to_string(&path).expect("UPDATE_SNAPSHOTS=1 writes it"));
}
