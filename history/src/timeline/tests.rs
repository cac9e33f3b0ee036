//! Compares travel with its definition, on random programs and on those that are easy to get wrong.

use connie_wire::Value;
use proptest::prelude::*;

use super::*;
use crate::testing::{Made, call, line, made, returns, thread};

/// Calls, by the lines that make them. Each frame begins and ends with a line that calls nothing.
#[derive(Clone, Debug)]
struct Tree(Vec<Vec<Tree>>);

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop::collection::vec(Just(Vec::new()), 0..2).prop_map(Tree);
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop::collection::vec(prop::collection::vec(inner, 0..3), 0..3).prop_map(Tree)
    })
}

/// The ops of a program, and the stack at each step.
#[derive(Default)]
struct Program {
    ops: Vec<Op>,
    steps: Vec<(At, u32, Vec<u64>)>,
    stack: Vec<u64>,
    frames: u64,
}

impl Program {
    fn step(&mut self, at: At, line: u32, op: Op) {
        self.ops.push(op);
        self.steps.push((at, line, self.stack.clone()));
    }

    fn run(&mut self, tree: &Tree) {
        self.frames += 1;
        let (frame, code) = (self.frames, self.stack.len().min(1) as u32);
        self.stack.push(frame);
        self.step(At::Call, 1, call(frame, code, 1));
        let last = tree.0.len() as u32 + 2;
        for (number, calls) in (1..).zip([Vec::new()].iter().chain(&tree.0)) {
            self.step(At::Line, number, line(number));
            calls.iter().for_each(|tree| self.run(tree));
        }
        self.step(At::Line, last, line(last));
        self.step(At::Return, last, returns());
        self.stack.pop();
    }

    /// Where a step leads to, by definition.
    fn expected(&self, from: usize, reach: Reach, direction: Direction) -> Option<u64> {
        let stack = &self.steps[from].2;
        let (top, callers) = stack.split_last().unwrap();
        let wanted = |n: &usize| {
            let (at, _, other) = &self.steps[*n];
            let frame = other.last().unwrap();
            let fits = match reach {
                Reach::In => true,
                Reach::Over => frame == top || callers.contains(frame),
                Reach::Out => callers.contains(frame),
            };
            *at == At::Line && fits
        };
        let found = match direction {
            Direction::Forward => (from + 1..self.steps.len()).find(wanted),
            Direction::Backward => (0..from).rev().find(wanted),
        };
        found.map(|n| n as u64 + 1)
    }
}

const FUNCTIONS: [(&str, u32, &[&str]); 3] = [("<module>", 1, &[]), ("f", 1, &[]), ("g", 20, &[])];

fn goes(made: &Made, from: u64, reach: Reach, direction: Direction) -> Option<u64> {
    let at = made.timeline.position(&made.recording, from).unwrap();
    let found = made.timeline.step(&made.recording, &at, reach, direction).unwrap();
    found.map(|position| position.step)
}

const REACHES: [Reach; 3] = [Reach::In, Reach::Over, Reach::Out];
const DIRECTIONS: [Direction; 2] = [Direction::Forward, Direction::Backward];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn travel_is_what_it_says(tree in tree(), pieces in 1usize..4) {
        let mut program = Program::default();
        program.run(&tree);
        let size = program.ops.len().div_ceil(pieces);
        let mut pieces: Vec<Vec<Op>> = program.ops.chunks(size).map(<[Op]>::to_vec).collect();
        pieces[0].insert(0, thread(1));
        let made = made("", &FUNCTIONS, &pieces);
        for (n, (at, line, stack)) in program.steps.iter().enumerate() {
            let found = made.timeline.position(&made.recording, n as u64 + 1).unwrap();
            let (depth, frame) = (stack.len() as u32, *stack.last().unwrap());
            let code = (depth - 1).min(1);
            let expected =
                Position { step: n as u64 + 1, at: *at, thread: 1, depth, frame, code, line: *line, task: 0 };
            prop_assert_eq!(found, expected);
            for reach in REACHES {
                for direction in DIRECTIONS {
                    let expected = program.expected(n, reach, direction);
                    prop_assert_eq!(goes(&made, n as u64 + 1, reach, direction), expected, "{:?} {:?} from {}", reach, direction, n + 1);
                }
            }
        }
    }
}

/// A step over the end of the first of two calls on a line does not stop in the second one, and back.
#[test]
fn two_calls_on_a_line_are_not_mixed_up() {
    // Steps: 1 call, 2 line 1, 3-5 f, 6-8 f again, 9 line 2, 10 return.
    let f = |frame| [call(frame, 1, 1), line(11), returns()];
    let ops = [vec![thread(1), call(1, 0, 1), line(1)], f(2).into(), f(3).into(), vec![line(2), returns()]].concat();
    let made = made("", &FUNCTIONS, &[ops]);
    let over = |from| goes(&made, from, Reach::Over, Direction::Forward);
    assert_eq!([2, 4, 5, 7].map(over), [Some(9); 4]);
    let back = |from| goes(&made, from, Reach::Over, Direction::Backward);
    assert_eq!([9, 7, 6, 4].map(back), [Some(2); 4]);
    let step_in = |from| goes(&made, from, Reach::In, Direction::Forward);
    assert_eq!([2, 4, 7].map(step_in), [Some(4), Some(7), Some(9)]);
    let out = |from, direction| goes(&made, from, Reach::Out, direction);
    assert_eq!((out(4, Direction::Forward), out(7, Direction::Backward)), (Some(9), Some(2)));
    assert_eq!((out(2, Direction::Forward), out(9, Direction::Backward)), (None, None));
}

/// `g() + h()`: the frame of `h` is as deep as that of `g`, which called the function where a step begins.
#[test]
fn a_call_beside_a_caller_is_no_stop() {
    // Steps: 1 call, 2 line 1, 3 g, 4 line, 5 f, 6 line, 7 and 8 return, 9 h, 10 line, 11 return, 12 line 2, 13 return.
    let ops = [
        vec![thread(1), call(1, 0, 1), line(1), call(2, 1, 1), line(11), call(3, 1, 1), line(12), returns(), returns()],
        vec![call(4, 1, 1), line(13), returns(), line(2), returns()],
    ];
    let made = made("", &FUNCTIONS, &[ops.concat()]);
    let forward = |from, reach| goes(&made, from, reach, Direction::Forward);
    assert_eq!([6, 7, 8].map(|from| forward(from, Reach::Over)), [Some(12); 3]);
    assert_eq!([6, 7].map(|from| forward(from, Reach::Out)), [Some(12); 2]);
    let back = |from, reach| goes(&made, from, reach, Direction::Backward);
    assert_eq!([10, 11].map(|from| back(from, Reach::Out)), [Some(2); 2]);
    assert_eq!((back(10, Reach::Over), back(12, Reach::Over)), (Some(2), Some(2)));
}

/// Other threads, and output outside of recorded code, are no stops of a thread.
#[test]
fn a_thread_travels_alone() {
    let first = vec![thread(1), call(1, 0, 1), line(1), thread(2), call(2, 0, 1), line(5), line(6)];
    let raised = vec![thread(1), call(1, 0, 1), line(1), Op::Raise { line: 1, value: Value::Int(1) }];
    let made_one = made("", &FUNCTIONS, &[raised]);
    assert_eq!(made_one.timeline.position(&made_one.recording, 3).unwrap().at, At::Raise);
    let printed = Op::Output { stream: 1, text: b"x".as_slice().into() };
    let second = vec![thread(1), line(2), thread(2), returns(), printed, thread(1), line(3)];
    let made = made("", &FUNCTIONS, &[first, second]);
    for reach in [Reach::In, Reach::Over] {
        let forward = [1, 2, 6, 8].map(|from| goes(&made, from, reach, Direction::Forward));
        assert_eq!(forward, [Some(2), Some(6), Some(9), None], "{reach:?}");
        let back = [9, 6, 5, 4].map(|from| goes(&made, from, reach, Direction::Backward));
        assert_eq!(back, [Some(6), Some(2), Some(4), None], "{reach:?}");
    }
    let at = |step| made.timeline.position(&made.recording, step).unwrap();
    assert_eq!((at(7).at, at(8).at), (At::Return, At::Output));
    let outside = Position { step: 8, at: At::Output, thread: 2, depth: 0, frame: 0, code: u32::MAX, line: 0, task: 0 };
    assert_eq!(at(8), outside);
    assert!(made.timeline.position(&made.recording, 10).is_err());
    let end = |direction| made.timeline.end(&made.recording, direction).unwrap().map(|position| position.step);
    assert_eq!((end(Direction::Backward), end(Direction::Forward)), (Some(2), Some(9)));
}

/// While a task is suspended, other tasks run in its thread.
#[test]
fn a_task_travels_alone() {
    let task = |task: u32| Op::Task { task, name: Box::default() };
    let resume = |frame, line| Op::Resume { frame, time: 1, line };
    let yields = || Op::Yield { time: 1, value: Value::None };
    let ops = vec![
        thread(1),
        call(1, 0, 1), // 1
        line(1),       // 2: asyncio.run
        task(1),
        call(2, 1, 1), // 3
        line(2),       // 4: await g()
        call(3, 2, 20),
        line(21), // 6
        yields(),
        yields(), // 8
        task(2),
        call(4, 1, 1), // 9
        line(2),       // 10
        yields(),      // 11
        resume(2, 2),  // 12
        resume(3, 21),
        line(22),  // 14
        returns(), // 15
        line(3),   // 16
        yields(),
        resume(4, 2), // 18
        line(3),      // 19
        returns(),
        line(9), // 21
        returns(),
    ];
    let made = made("", &FUNCTIONS, &[ops]);
    let forward = |from, reach| goes(&made, from, reach, Direction::Forward);
    let back = |from, reach| goes(&made, from, reach, Direction::Backward);
    assert_eq!(made.timeline.position(&made.recording, 14).unwrap().task, 1);
    assert_eq!([4, 6, 14, 16].map(|from| forward(from, Reach::Over)), [Some(16), Some(14), Some(16), Some(21)]);
    assert_eq!([4, 6, 14, 10].map(|from| forward(from, Reach::In)), [Some(6), Some(14), Some(16), Some(19)]);
    assert_eq!([6, 14, 4, 19].map(|from| forward(from, Reach::Out)), [Some(16), Some(16), Some(21), Some(21)]);
    assert_eq!([16, 14, 6, 19].map(|from| back(from, Reach::Over)), [Some(4), Some(6), Some(4), Some(10)]);
    assert_eq!([16, 14, 6, 19].map(|from| back(from, Reach::In)), [Some(14), Some(6), Some(4), Some(10)]);
    assert_eq!([14, 6, 4, 10].map(|from| back(from, Reach::Out)), [Some(4), Some(4), Some(2), Some(2)]);
}

#[test]
fn only_the_wanted_chunks_are_searched() {
    let pieces = [vec![thread(1), call(1, 0, 1), line(1)], vec![line(2), line(3)], vec![line(4)]];
    let mut made = made("", &FUNCTIONS, &pieces);
    let find = |made: &Made, step, direction, chunk: u64| {
        let chunks = |info: &ChunkInfo| info.first_step >= chunk;
        let found = made.timeline.find(&made.recording, step, direction, chunks, |position| position.line != 3);
        found.map(|position| position.map(|position| position.step))
    };
    assert_eq!(find(&made, 0, Direction::Forward, 0).unwrap(), Some(1));
    assert_eq!(find(&made, 0, Direction::Forward, 2).unwrap(), Some(3));
    assert_eq!(find(&made, 3, Direction::Forward, 0).unwrap(), Some(5));
    assert_eq!(find(&made, 5, Direction::Backward, 0).unwrap(), Some(3));
    assert_eq!(find(&made, 3, Direction::Backward, 0).unwrap(), Some(2));
    assert_eq!(find(&made, 3, Direction::Backward, 3).unwrap(), None);
    assert_eq!(find(&made, 5, Direction::Forward, 0).unwrap(), None);
    let one = made.timeline.chunk(&made.recording, 1).unwrap();
    assert!(Rc::ptr_eq(&one, &made.timeline.chunk(&made.recording, 1).unwrap()));
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    made.timeline = Timeline::interrupted_by(std::sync::Arc::clone(&stop));
    assert_eq!(find(&made, 0, Direction::Forward, 0).unwrap(), Some(1));
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(made.timeline.is_interrupted());
    assert!(matches!(find(&made, 0, Direction::Forward, 0), Err(Error::Interrupted)));
    assert!(matches!(made.timeline.chunk(&made.recording, 0), Err(Error::Interrupted)));
}
