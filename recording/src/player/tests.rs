//! Compares what the player shows at each step with a plain replay of the same ops, whatever the way to the step.

use std::collections::BTreeMap;

use connie_wire::{Op, Value};
use proptest::prelude::*;

use super::*;
use crate::recorder::tests::in_chunks;

/// What holds at a step.
#[derive(Clone, Debug, Default)]
struct State {
    event: &'static str,
    thread: u32,
    /// The stack of the thread: frame and line.
    stack: Vec<(u64, u32)>,
    /// Slots of frames and items of objects, by number.
    items: BTreeMap<u64, Vec<Value>>,
    /// What changed at the step.
    changed: Vec<u64>,
}

/// A random program: its ops, and the state at each step.
#[derive(Default)]
struct Program {
    ops: Vec<Op>,
    steps: Vec<State>,
    now: State,
    stacks: BTreeMap<u32, Vec<(u64, u32)>>,
    suspended: Vec<(u64, u32)>,
    objects: Vec<u64>,
    newest: u64,
}

fn set(items: &mut Vec<Value>, at: usize, value: Value) {
    if items.len() <= at {
        items.resize(at + 1, Value::Unbound);
    }
    items[at] = value;
}

impl Program {
    fn of(choices: &[(u8, u8)]) -> Self {
        let mut program = Self::default();
        for thread in [2, 1] {
            program.switch(thread);
            program.call(0);
        }
        for (action, number) in choices {
            program.act(action % 16, *number);
        }
        program
    }

    fn stack(&mut self) -> &mut Vec<(u64, u32)> {
        self.stacks.entry(self.now.thread).or_default()
    }

    fn switch(&mut self, thread: u32) {
        self.now.thread = thread;
        self.ops.push(Op::Thread { thread, ident: u64::from(thread), name: Box::default() });
    }

    fn step(&mut self, event: &'static str, op: Op) {
        self.ops.push(op);
        let stack = self.stack().clone();
        let mut state = State { event, stack, ..self.now.clone() };
        state.changed.sort_unstable();
        state.changed.dedup();
        self.steps.push(state);
        self.now.changed.clear();
    }

    fn call(&mut self, number: u8) {
        self.newest += 1;
        let (frame, line) = (self.newest, 1 + u32::from(number));
        self.now.items.insert(frame, vec![Value::Int(i64::from(number))]);
        self.stack().push((frame, line));
        let slots = vec![(0, Value::Int(i64::from(number)))];
        self.step("call", Op::Call { frame, code: 0, namespace: 0, time: 1, line, slots });
    }

    fn value(&self, number: u8) -> Value {
        match self.objects.get(usize::from(number) % 5) {
            Some(object) => Value::Object(*object),
            None => Value::Int(i64::from(number) * 3),
        }
    }

    fn act(&mut self, action: u8, number: u8) {
        let (top, depth) = (self.stack().last().map_or(0, |top| top.0), self.stack().len());
        let value = self.value(number);
        let object = self.objects.get(usize::from(number) % self.objects.len().max(1)).copied();
        match (action, object) {
            (0 | 1, _) => {
                let line = 1 + u32::from(number);
                self.stack().last_mut().unwrap().1 = line;
                self.step("line", Op::Line { line });
            }
            (2, _) => self.call(number),
            (3, _) if depth > 1 => {
                self.step("return", Op::Return { time: 1, value });
                self.stack().pop();
                self.now.items.remove(&top);
            }
            (4, _) => {
                self.newest += 1;
                let items = vec![value; usize::from(number % 4)];
                self.objects.push(self.newest);
                self.now.items.insert(self.newest, items.clone());
                self.now.changed.push(self.newest);
                self.ops.push(Op::New { object: self.newest, ty: 0, length: items.len() as u64, items });
            }
            (5, Some(object)) => {
                let items = self.now.items.get_mut(&object).unwrap();
                if !items.is_empty() {
                    let index = usize::from(number) % items.len();
                    items[index] = value.clone();
                    self.now.changed.push(object);
                    self.ops.push(Op::Set { object, index: index as u32, value });
                }
            }
            (6, Some(object)) => {
                let items = self.now.items.get_mut(&object).unwrap();
                let start = usize::from(number) % (items.len() + 1);
                let removed = usize::from(number % 3).min(items.len() - start);
                items.splice(start..start + removed, [value.clone(), Value::None]);
                let length = items.len() as u64;
                self.now.changed.push(object);
                let (start, removed) = (start as u32, removed as u32);
                self.ops.push(Op::Splice { object, start, removed, length, items: vec![value, Value::None] });
            }
            (7, _) if depth > 1 => {
                self.step("yield", Op::Yield { time: 1, value });
                let frame = self.stack().pop().unwrap();
                self.suspended.push(frame);
            }
            (8, _) if !self.suspended.is_empty() => {
                let (frame, line) = self.suspended.remove(usize::from(number) % self.suspended.len());
                self.stack().push((frame, line));
                self.step("resume", Op::Resume { frame, time: 1, line });
            }
            (9, _) if !self.suspended.is_empty() => {
                let frame = self.suspended[usize::from(number) % self.suspended.len()].0;
                let slot = u32::from(number % 3);
                set(self.now.items.get_mut(&frame).unwrap(), slot as usize, value.clone());
                self.now.changed.push(frame);
                self.ops.push(Op::SlotOf { frame, slot, value });
            }
            (10, _) => {
                let other = 3 - self.now.thread;
                self.switch(other);
            }
            (11, _) => self.step("output", Op::Output { stream: 1, text: Box::default() }),
            (12, _) => {
                let line = self.stack().last().unwrap().1;
                self.step("raise", Op::Raise { line, value });
            }
            (13, _) => {
                self.stack().last_mut().unwrap().1 = u32::from(number);
                self.ops.push(Op::Moved { line: u32::from(number) });
            }
            (14, _) if depth > 1 => {
                self.ops.push(Op::Unwind { time: 1 });
                self.stack().pop();
                self.now.items.remove(&top);
            }
            _ => {
                let slot = u32::from(number % 4);
                set(self.now.items.get_mut(&top).unwrap(), slot as usize, value.clone());
                self.now.changed.push(top);
                self.ops.push(Op::Slot { slot, value });
            }
        }
    }

    /// The ops in at most `count` pieces, each of whole steps.
    fn pieces(&self, count: usize) -> Vec<Vec<Op>> {
        let steps: Vec<&[Op]> = self.ops.split_inclusive(Op::is_step).collect();
        steps.chunks(steps.len().div_ceil(count)).map(<[&[Op]]>::concat).collect()
    }
}

/// Checks everything that the player shows at a step.
fn check(player: &Player<'_>, step: &Step, expected: &State) -> Result<(), TestCaseError> {
    prop_assert_eq!(
        (step.event.name(), step.thread, step.depth),
        (expected.event, expected.thread, expected.stack.len())
    );
    prop_assert_eq!(step.number, player.step());
    let stack: Vec<(u64, u32)> = player.stack().iter().map(|frame| (frame.frame, frame.line)).collect();
    prop_assert_eq!(&stack, &expected.stack);
    prop_assert_eq!(step.frame.map(|frame| frame.frame), stack.last().map(|frame| frame.0));
    for (id, items) in &expected.items {
        let entity = player.entity(*id);
        prop_assert_eq!(entity.as_ref().map(|entity| &entity.items), Some(items), "{} at step {}", id, step.number);
    }
    let mut changed = player.changed().to_vec();
    changed.sort_unstable();
    changed.dedup();
    prop_assert_eq!(&changed, &expected.changed);
    prop_assert!(!player.is_doubtful() && player.damaged.is_empty());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_step_is_the_same_whatever_the_way_to_it(
        choices in prop::collection::vec(any::<(u8, u8)>(), 1..120),
        count in 1usize..12,
        jumps in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let program = Program::of(&choices);
        let recording = in_chunks(&folder.path().join("a"), &program.pieces(count));
        let last = program.steps.len();
        prop_assert_eq!((recording.last_step(), recording.info.steps), (last as u64, last as u64));
        let mut player = Player::new(&recording);
        let mut versions: BTreeMap<u64, (u64, Vec<Value>)> = BTreeMap::new();
        for (n, state) in program.steps.iter().enumerate() {
            let step = player.next_step().expect("a step");
            prop_assert_eq!(step.number, n as u64 + 1);
            check(&player, &step, state)?;
            // Contents of the same version are equal.
            for (id, items) in &state.items {
                let known = versions.insert(*id, (player.version(*id), items.clone()));
                let same = known.is_none_or(|(version, before)| version != player.version(*id) || before == *items);
                prop_assert!(same, "{} at step {}", id, step.number);
            }
        }
        prop_assert!(player.next_step().is_none());
        for jump in &jumps {
            let number = jump.index(last) + 1;
            let (mut player, step) = Player::at(&recording, number as u64).unwrap();
            check(&player, &step, &program.steps[number - 1])?;
            if let Some(step) = player.next_step() {
                check(&player, &step, &program.steps[number])?;
            }
            let mut player = Player::before(&recording, number as u64).unwrap();
            prop_assert_eq!(player.step(), number as u64 - 1);
            let step = player.next_step().expect("a step");
            check(&player, &step, &program.steps[number - 1])?;
        }
        for number in (1..=last).rev() {
            let (player, step) = Player::at(&recording, number as u64).unwrap();
            check(&player, &step, &program.steps[number - 1])?;
        }
        prop_assert!(Player::at(&recording, last as u64 + 1).is_err() && Player::at(&recording, 0).is_err());
    }
}

#[test]
fn a_damaged_chunk_is_skipped_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let program =
        Program::of(&[(4, 3), (15, 0), (0, 5), (5, 1), (0, 6), (0, 7), (15, 2), (0, 8), (0, 9), (5, 2), (0, 1)]);
    drop(in_chunks(&path, &program.pieces(3)));
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute("UPDATE chunk_data SET data = x'00' WHERE id = 1", []).unwrap();
    let recording = Recording::open(&path).unwrap();
    let [first, second, third] = recording.chunks.as_slice() else { panic!("three chunks") };
    let mut player = Player::new(&recording);
    let mut seen = Vec::new();
    while let Some(step) = player.next_step() {
        seen.push(step.number);
        let stack: Vec<u64> = player.stack().iter().map(|frame| frame.frame).collect();
        let expected = &program.steps[step.number as usize - 1].stack;
        assert_eq!(stack, expected.iter().map(|frame| frame.0).collect::<Vec<_>>());
    }
    let expected: Vec<u64> = (1..second.first_step).chain(third.first_step..=recording.last_step()).collect();
    assert_eq!((seen, first.first_step), (expected, 1));
    let [Error::Damaged { first, last, .. }] = player.damaged.as_slice() else { panic!("{:?}", player.damaged) };
    assert_eq!((*first, *last), (second.first_step, third.first_step - 1));
    assert!(Player::at(&recording, second.first_step).is_err());
    assert!(Player::before(&recording, second.first_step).is_ok());
}

#[test]
fn variables_have_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let name = |text: &[u8]| Value::Str(connie_wire::Blob::new(text));
    let slots = vec![(0, Value::Int(1)), (2, Value::Object(3))];
    let ops = vec![
        Op::Thread { thread: 1, ident: 1, name: Box::default() },
        Op::New { object: 1, ty: 0, length: 4, items: vec![name(b"x"), Value::Int(5), name(b"y"), Value::Int(6)] },
        Op::Call { frame: 2, code: 0, namespace: 1, time: 1, line: 1, slots },
        Op::Line { line: 2 },
        Op::Call { frame: 4, code: 0, namespace: 0, time: 1, line: 1, slots: vec![(1, Value::None)] },
    ];
    let recording = in_chunks(&folder.path().join("a"), &[ops]);
    let (player, step) = Player::at(&recording, 1).unwrap();
    let frame = step.frame.unwrap();
    // A comprehension's variable hides the module's; globals come after all variables.
    assert_eq!(player.locals(&frame), [("x".into(), Value::Int(1)), ("y".into(), Value::Int(6))]);
    assert_eq!(player.other_globals(&frame), Some(3));
    let (player, step) = Player::at(&recording, 3).unwrap();
    let frame = step.frame.unwrap();
    assert_eq!(player.locals(&frame), [("password".into(), Value::None)]);
    assert_eq!((player.other_globals(&frame), player.version(4), player.version(9)), (None, 0, 0));
    assert!(!player.is_variable_in_doubt(&frame, "x"));
}

/// A list that the frame's variable holds is sure, and what it holds is not, except where the step returns it.
#[test]
fn what_may_have_changed_is_in_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let new = |object, items| Op::New { object, ty: 0, length: 1, items };
    let ops = vec![
        Op::Thread { thread: 1, ident: 1, name: Box::default() },
        Op::Call { frame: 1, code: 0, namespace: 0, time: 1, line: 1, slots: Vec::new() },
        new(2, vec![Value::Object(3)]),
        new(3, vec![Value::Int(1)]),
        Op::Slot { slot: 0, value: Value::Object(2) },
        Op::Line { line: 2 },
        Op::Sure { levels: 1, all: [].into() },
        Op::Line { line: 3 },
        Op::Raise { line: 3, value: Value::Object(3) },
        Op::Evict { object: 3 },
        Op::Return { time: 1, value: Value::Object(3) },
    ];
    drop(in_chunks(&path, &[ops]));
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch("INSERT INTO late VALUES (1, 0, 1, 2), (2, NULL, 3, 3)").unwrap();
    let recording = Recording::open(&path).unwrap();
    let doubts: Vec<_> = (1..=5)
        .map(|step| {
            let (player, found) = Player::at(&recording, step).unwrap();
            let frame = found.frame.unwrap();
            let variables = ["x", "password"].map(|name| player.is_variable_in_doubt(&frame, name));
            (player.is_doubtful(), player.in_doubt(2), player.in_doubt(3), variables)
        })
        .collect();
    let no = [false, false];
    let expected = [
        (true, false, false, [true, false]),
        (true, false, false, [true, false]),
        (true, true, true, no),
        (true, false, false, no),
        (true, false, false, no),
    ];
    assert_eq!(doubts, expected);
    let (player, _) = Player::at(&recording, 4).unwrap();
    assert!(player.entity(3).is_some());
    let (player, _) = Player::at(&recording, 5).unwrap();
    assert!(player.entity(3).is_none(), "it was evicted");
    assert_eq!(player.type_name(0).map(|ty| ty.name.as_str()), Some("list"));
    assert_eq!((player.string(1), player.minor(), player.is_renamed(1)), ("x", 14, false));
    assert_eq!(recording.late().since(2, None, 3), Some(3));
}

/// Without lines, variables are known when a frame begins and when it raises. At other steps its arguments are in doubt.
#[test]
fn variables_of_frames_without_lines_are_in_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let new = |object| Op::New { object, ty: 0, length: 1, items: vec![Value::Int(1)] };
    let call = |frame, slots| Op::Call { frame, code: 0, namespace: 0, time: 1, line: 1, slots };
    let ops = vec![
        Op::Thread { thread: 1, ident: 1, name: Box::default() },
        new(2),
        call(1, vec![(0, Value::Object(2))]),
        call(3, vec![(0, Value::Int(7))]),
        Op::Slot { slot: 1, value: Value::None },
        Op::Raise { line: 3, value: Value::Int(9) },
        Op::Cut { time: 1 },
        new(4),
        Op::Return { time: 1, value: Value::Object(4) },
    ];
    drop(in_chunks(&path, &[ops]));
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.execute_batch("UPDATE functions SET level = 1, arguments = 1").unwrap();
    let recording = Recording::open(&path).unwrap();
    assert!(recording.is_thinned() && recording.is_thin(0) && !recording.is_thin(9));
    let at = |step: u64, frame: usize| {
        let (player, _) = Player::at(&recording, step).unwrap();
        let frame = player.stack()[frame];
        let doubts = ["x", "password"].map(|name| player.is_variable_in_doubt(&frame, name));
        (player.locals(&frame), doubts, [2, 4].map(|object| player.in_doubt(object)))
    };
    let variable = |name: &str, value| (name.to_owned(), value);
    let x = |value| vec![variable("x", value)];
    assert_eq!(at(1, 0), (x(Value::Object(2)), [false; 2], [false, false]));
    assert_eq!(at(2, 0), (x(Value::Object(2)), [true; 2], [true, true]));
    assert_eq!(at(2, 1), (x(Value::Int(7)), [false; 2], [true, true]));
    let both = vec![variable("x", Value::Int(7)), variable("password", Value::None)];
    assert_eq!(at(3, 1), (both, [false; 2], [true, true]));
    // Only the value that it returns is known when a frame returns.
    assert_eq!(at(4, 0), (x(Value::Object(2)), [true; 2], [true, false]));
}
