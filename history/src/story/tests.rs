//! Tests that pages of the story are parts of the whole one, wherever they begin, and that folded calls have no inside.

use std::collections::BTreeMap;

use connie_recording::player::Player;
use connie_recording::render::Bounds;
use connie_wire::{Op, Value};
use proptest::prelude::*;
use rustc_hash::FxHashSet;

use super::*;
use crate::flame::Ending;
use crate::testing::{Made, call, line, made, returns, thread};
use crate::timeline::Direction;

const SOURCE: &str = "# the start\nmain = 1\nx = 2\n\ndef f():\n    # inside\n    a = 1\n    b = 2\n    c = 3\n";
const FUNCTIONS: [(&str, u32, &[&str]); 3] = [("main", 1, &["x", "y"]), ("f", 5, &["x", "y"]), ("g", 5, &["x", "y"])];

/// A program of two threads, as choices of what happens next: thread, action, code, number.
fn program(choices: &[(u32, u8, u32, i64)]) -> Made {
    let mut stacks: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    let mut suspended: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    let mut frame = 1;
    let mut ops = vec![thread(1), call(1, 0, 1), line(2)];
    let mut now = 1;
    let mut cuts = Vec::new();
    for (n, (other, action, code, value)) in choices.iter().enumerate() {
        if n % (choices.len() / 3 + 1) == choices.len() / 3 {
            cuts.push((ops.len(), now));
        }
        if *other != now {
            now = *other;
            ops.push(thread(now));
        }
        let stack = stacks.entry(now).or_default();
        match action {
            0..4 => {
                frame += 1;
                stack.push(frame);
                ops.push(call(frame, *code, 5));
            }
            4..6 if stack.pop().is_some() => ops.push(Op::Return { time: 10, value: Value::Int(*value) }),
            6 if stack.pop().is_some() => {
                let raised = Op::Raise { line: 7, value: Value::Int(*value) };
                ops.extend([raised, Op::Unwind { time: 10 }]);
            }
            7 => {
                if let Some(frame) = stack.pop() {
                    suspended.entry(now).or_default().push(frame);
                    ops.push(Op::Yield { time: 10, value: Value::None });
                }
            }
            8 => {
                if let Some(frame) = suspended.entry(now).or_default().pop() {
                    stack.push(frame);
                    ops.push(Op::Resume { frame, time: 10, line: 7 });
                }
            }
            9..12 if now == 1 || !stack.is_empty() => {
                let slot = u32::from(*action == 9);
                ops.push(Op::Slot { slot, value: Value::Int(*value) });
            }
            _ if now == 1 || !stack.is_empty() => ops.push(line(7 + (*value as u32 % 3))),
            _ => {}
        }
    }
    let mut pieces: Vec<Vec<Op>> = Vec::new();
    for (at, now) in cuts.into_iter().rev() {
        let rest = ops.split_off(at);
        pieces.insert(0, [vec![thread(1), line(3), thread(now)], rest].concat());
    }
    pieces.insert(0, ops);
    // Frames of `f` may be suspended.
    made(&SOURCE.replace("c = 3", "c = yield 3"), &FUNCTIONS, &pieces)
}

fn asked(step: u64, direction: Direction, most: usize) -> Asked {
    let (filter, folds) = (Filter::default(), Folds::default());
    Asked { step, direction, most, filter, folds, text: String::new(), only_changes: false }
}

fn tell(made: &Made, asked: &Asked) -> Page {
    page(&made.history(), &Known::default(), asked, &|| false).unwrap()
}

/// Lines for people, to be compared.
fn texts(lines: &[Line]) -> Vec<String> {
    lines.iter().map(|line| format!("{} {}{:?}", line.step, "  ".repeat(line.depth), line.what)).collect()
}

/// The parts of the story that belong to a range of steps.
fn part(lines: &[Line], from: u64, to: u64) -> Vec<Line> {
    lines.iter().filter(|line| (from..=to).contains(&line.step)).cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn pages_are_parts_of_the_story(
        choices in prop::collection::vec((1u32..3, 0u8..16, 1u32..3, 0i64..5), 20..200),
        one_thread in any::<bool>(),
        starts in prop::collection::vec((0f64..1.0, 1usize..20), 12),
        depth in prop::option::of(1u32..4),
        only_changes in any::<bool>(),
        of_thread in prop::option::of(1u32..3),
    ) {
        let choices: Vec<_> = choices.into_iter().map(|(t, a, c, v)| (if one_thread { 1 } else { t }, a, c, v)).collect();
        let made = program(&choices);
        let last = made.recording.last_step();
        let threads = of_thread.map(|thread| vec![thread]);
        let base = Asked {
            filter: Filter { threads, ..Filter::default() },
            folds: Folds { depth, ..Folds::default() },
            only_changes,
            ..asked(1, Direction::Forward, usize::MAX)
        };
        let whole = tell(&made, &base);
        prop_assert!(whole.is_end && whole.reached == last);
        for (share, most) in starts {
            let step = 1 + (share * last as f64) as u64;
            let ahead = tell(&made, &Asked { step, most, ..base.clone() });
            prop_assert!(ahead.reached >= step);
            prop_assert_eq!(texts(&ahead.lines), texts(&part(&whole.lines, step, ahead.reached)), "from {}", step);
            prop_assert!(ahead.is_end == (ahead.reached == last) && (ahead.is_end || ahead.lines.len() >= most));
            let back = tell(&made, &Asked { step, most, direction: Direction::Backward, ..base.clone() });
            prop_assert_eq!(texts(&back.lines), texts(&part(&whole.lines, back.reached, step - 1)), "before {}", step);
            prop_assert!(back.is_end == (back.reached <= 1) && (back.is_end || back.lines.len() >= most));
        }
    }
}

#[test]
fn the_whole_story_is_what_the_teller_tells() {
    let choices: Vec<_> = (0..150).map(|n| (1, (n * 7 % 16) as u8, 1 + n % 2, i64::from(n % 5))).collect();
    let made = program(&choices);
    let mut player = Player::new(&made.recording);
    let bounds = Bounds { string: 80, items: 12, depth: 3 };
    let mut teller = Teller::new(&made.recording, &player, Locals::Changed, bounds).unwrap();
    while let Some(step) = player.next_step() {
        teller.note(&player);
        teller.step(&player, &step).unwrap();
    }
    teller.finish();
    assert_eq!(texts(&tell(&made, &asked(1, Direction::Forward, usize::MAX)).lines), texts(&teller.take()));
}

/// `main` calls `f`, which calls `g` in many chunks, and prints.
fn nested() -> Made {
    let many = |frame: u64| vec![line(8), call(frame, 2, 5), line(9), returns()];
    let mut pieces = vec![vec![thread(1), call(1, 0, 1), line(2), call(2, 1, 5), line(7)]];
    pieces.extend((10..16).map(many));
    let ends = Op::Return { time: 10, value: Value::Int(7) };
    pieces.push(vec![ends, line(3), Op::Slot { slot: 0, value: Value::Int(7) }, line(2), returns()]);
    made(SOURCE, &FUNCTIONS, &pieces)
}

#[test]
fn a_folded_call_is_one_line_with_its_end() {
    let made = nested();
    let last = made.recording.last_step();
    let folds = Folds { depth: Some(1), ..Folds::default() };
    let base = Asked { folds, ..asked(1, Direction::Forward, 100) };
    let before = made.recording.decoded();
    let page = tell(&made, &base);
    let said: Vec<String> = page.lines.iter().map(Line::text).collect();
    assert_eq!(said, ["main()", "# the start", "main = 1 ", "f()", "x = 2 x=7", "main = 1 ", "None"]);
    let What::Call { fold: Some(fold), .. } = &page.lines[3].what else { panic!("{:?}", page.lines[3]) };
    assert_eq!((fold.last, &fold.ending), (last - 3, &Ending::Returned("7".into())));
    assert!(made.recording.decoded() - before <= made.recording.chunks.len() as u64 + 2);
    // From within the call, forward and backward.
    let within = tell(&made, &Asked { step: 12, ..base.clone() });
    assert_eq!(within.lines[0].step, last - 2);
    let back = tell(&made, &Asked { step: 12, direction: Direction::Backward, most: 1, ..base.clone() });
    assert_eq!((back.lines.len(), back.lines[0].step, back.reached), (1, 3, 3));
    // One call that is open has the calls below it folded, and the other way round.
    let open = Folds { open: FxHashSet::from_iter([2]), ..base.folds.clone() };
    let page = tell(&made, &Asked { folds: open, ..base.clone() });
    assert_eq!(page.lines.iter().filter(|line| line.text() == "g()").count(), 6);
    assert_eq!(page.lines.iter().filter(|line| line.text() == "c = 3 ").count(), 0);
    let closed = Folds { closed: FxHashSet::from_iter([12]), ..Folds::default() };
    let page = tell(&made, &Asked { folds: closed, ..base.clone() });
    assert_eq!(page.lines.iter().filter(|line| line.text() == "c = 3 ").count(), 5);
    // A text is found wherever it is.
    let page = tell(&made, &Asked { text: "c =".into(), ..base });
    assert_eq!(page.lines.len(), 6);
}

#[test]
fn a_folded_generator_that_goes_on_at_once_is_told_from_its_resume_on() {
    let (gives, goes_on) = (Op::Yield { time: 10, value: Value::None }, Op::Resume { frame: 2, time: 10, line: 7 });
    let ops =
        vec![thread(1), call(1, 0, 1), line(2), call(2, 1, 5), line(7), gives, goes_on, line(8), returns(), line(3)];
    let made = made(&SOURCE.replace("c = 3", "c = yield 3"), &FUNCTIONS, &[ops]);
    let folds = Folds { depth: Some(1), ..Folds::default() };
    let base = Asked { folds, ..asked(1, Direction::Forward, 100) };
    let whole = tell(&made, &base);
    let page = tell(&made, &Asked { step: 6, ..base });
    assert_eq!(texts(&page.lines), texts(&part(&whole.lines, 6, page.reached)));
    assert!(matches!(page.lines[0].what, What::Resume { fold: Some(_), .. }), "{:?}", page.lines);
}

#[test]
fn a_page_says_how_far_it_was_read() {
    let made = nested();
    let base = Asked { text: "nowhere".into(), ..asked(1, Direction::Forward, 10) };
    let known = Known::default();
    let (mut step, mut pages) = (1, 0);
    loop {
        let page = page(&made.history(), &known, &Asked { step, ..base.clone() }, &|| true).unwrap();
        assert!(page.lines.is_empty() && page.reached >= step);
        (step, pages) = (page.reached + 1, pages + 1);
        if page.is_end {
            break;
        }
    }
    assert!(pages > 1);
    assert_eq!(step - 1, made.recording.last_step());
    assert!(tell(&made, &Asked { step: u64::MAX, ..base.clone() }).is_end);
    assert!(tell(&made, &Asked { step: 0, direction: Direction::Backward, ..base }).is_end);
}

/// The lines with a text. A block begins anew after a line without it.
fn with_text(lines: &[Line], text: &str) -> Vec<Line> {
    let mut found = Vec::new();
    let mut is_apart = false;
    for line in lines {
        let mut line = line.clone();
        if let What::Code { goes_on, .. } = &mut line.what {
            *goes_on &= !is_apart;
        }
        is_apart = !line.text().to_lowercase().contains(text);
        found.extend((!is_apart).then_some(line));
    }
    found
}

/// All lines with a text, page by page, of some lines each.
fn found(made: &Made, known: &Known, text: &str, most: usize, direction: Direction) -> Vec<Line> {
    let mut all = Vec::new();
    let mut step = if direction == Direction::Forward { 1 } else { made.recording.last_step() + 1 };
    loop {
        let base = Asked { text: text.into(), ..asked(step, direction, most) };
        let page = page(&made.history(), known, &base, &|| true).unwrap();
        if direction == Direction::Forward {
            all.extend(page.lines);
            step = page.reached + 1;
        } else {
            all.splice(0..0, page.lines);
            step = page.reached;
        }
        if page.is_end {
            return all;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn later_searches_find_the_same(
        choices in prop::collection::vec((1u32..3, 0u8..16, 1u32..3, 0i64..5), 20..200),
        most in 1usize..30,
        order in prop::collection::vec(0usize..6, 1..8),
    ) {
        let made = program(&choices);
        let whole = tell(&made, &asked(1, Direction::Forward, usize::MAX)).lines;
        let known = Known::default();
        for which in order {
            let text = ["nowhere", "x=3", "b = 2 y=", "g(x=", "a = 1", "t2"][which];
            for direction in [Direction::Forward, Direction::Backward, Direction::Forward] {
                let expected = with_text(&whole, text);
                let lines = found(&made, &known, text, most, direction);
                prop_assert_eq!(texts(&lines), texts(&expected), "{} {:?}", text, direction);
            }
        }
    }
}

#[test]
fn a_later_search_reads_only_chunks_that_may_have_the_text() {
    let made = nested();
    let known = Known::default();
    assert_eq!(found(&made, &known, "nowhere", 10, Direction::Forward), []);
    let before = made.recording.decoded();
    for text in ["somewhere", "elsewhere"] {
        assert_eq!(found(&made, &known, text, 10, Direction::Forward), []);
        assert_eq!(found(&made, &known, text, 10, Direction::Backward), []);
    }
    assert_eq!(made.recording.decoded(), before);
    assert_eq!(found(&made, &known, "x=7", 10, Direction::Forward).len(), 1);
    assert!(made.recording.decoded() - before <= 3, "{}", made.recording.decoded() - before);
}

#[test]
fn names_are_resolved() {
    let made = nested();
    let names = |thread: &str, function: &str| Names {
        thread: thread.into(),
        function: function.into(),
        file: "A.PY".into(),
        ..Names::default()
    };
    let filter = Filter::resolve(&made.recording, &names("T1", "G")).unwrap();
    assert_eq!(
        (filter.threads.as_deref(), filter.has_function(2), filter.has_function(1)),
        (Some(&[1][..]), true, false)
    );
    assert!(matches!(Filter::resolve(&made.recording, &names("T9", "")), Err(Unknown::Thread(name)) if name == "T9"));
    let only = Asked { filter, ..asked(1, Direction::Forward, 100) };
    assert_eq!(tell(&made, &only).lines.iter().filter(|line| line.text() == "g()").count(), 6);
    assert!(tell(&made, &only).lines.iter().all(|line| line.text() != "f()"));
}

fn prints(text: &str) -> Op {
    Op::Output { stream: 1, text: text.as_bytes().into() }
}

#[test]
fn a_line_of_output_is_one_even_if_other_threads_run_meanwhile() {
    let pieces = [
        vec![thread(1), call(1, 0, 1), line(2), prints("a"), thread(2), call(2, 1, 5), line(7), prints("x ")],
        vec![
            thread(1),
            prints(" b\nnext"),
            thread(2),
            line(8),
            thread(1),
            prints("\n"),
            line(3),
            thread(2),
            prints("y\n"),
        ],
    ];
    let made = made(SOURCE, &FUNCTIONS, &pieces);
    let whole = tell(&made, &asked(1, Direction::Forward, usize::MAX)).lines;
    let said: Vec<String> = whole.iter().map(Line::text).collect();
    let expected = [
        "main()",
        "# the start",
        "main = 1 ",
        "a b",
        "T2",
        "f()",
        "# inside",
        "a = 1 ",
        "x",
        "T1",
        "next",
        "T2",
        "b = 2 ",
        "T1",
        "x = 2 ",
        "T2",
        "y",
    ];
    assert_eq!(said, expected);
    assert!(whole.is_sorted_by_key(|line| line.step));
    for step in 1..=made.recording.last_step() {
        for most in [1, 3, 100] {
            let ahead = tell(&made, &asked(step, Direction::Forward, most));
            assert_eq!(texts(&ahead.lines), texts(&part(&whole, step, ahead.reached)), "from {step}");
            let back = tell(&made, &asked(step, Direction::Backward, most));
            assert_eq!(texts(&back.lines), texts(&part(&whole, back.reached, step - 1)), "before {step}");
        }
    }
}
