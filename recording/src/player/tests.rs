//! Reading a recording from anywhere gives what reading it from its beginning gives. `recording.connie.zst` is one of three
//! chunks, with threads, tasks, generators and exceptions (Python 3.12, format 8).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::render::{Bounds, Renderer};

const PACKED: &[u8] = include_bytes!("recording.connie.zst");

struct Opened {
    folder: tempfile::TempDir,
    recording: Recording,
}

fn opened() -> Opened {
    let folder = tempfile::tempdir().expect("a folder");
    let path = unpacked(folder.path(), PACKED);
    Opened { recording: Recording::open(&path).expect("a recording"), folder }
}

fn unpacked(folder: &Path, packed: &[u8]) -> PathBuf {
    let path = folder.join("r.connie");
    std::fs::write(&path, zstd::decode_all(packed).expect("a recording")).expect("it is written");
    path
}

/// What a moment shows: its event, its thread, the frames of its stack and their variables.
fn shown(player: &Player<'_>, step: &Step) -> String {
    let mut out = format!("{} {} {:?} {} {:?}", step.number, step.event.name(), step.event, step.thread, step.depth);
    assert_eq!(step.frame, player.stack().last().copied());
    for frame in player.stack() {
        let (line, task) = (frame.line, frame.task);
        out += &format!("\n{} line {line} task {task}", player.recording().function(frame.code).expect("code").name);
        for (name, value) in player.locals(frame) {
            out += &format!(" {name}={}", Renderer::new(player, Bounds::default()).text(&value));
        }
    }
    out
}

/// Steps around the ends of chunks, those before and behind the long loop, and some of it.
fn is_sample(recording: &Recording, step: u64) -> bool {
    let is_near = recording.chunks.iter().any(|chunk| chunk.first_step.abs_diff(step) < 3);
    is_near || step % 61 == 0 && (step < 500 || step + 200 > recording.info.steps) || step % 1_993 == 0
}

#[test]
fn every_way_to_a_step_shows_the_same() {
    let Opened { recording, .. } = &opened();
    let mut player = Player::new(recording);
    assert_eq!((player.step(), recording.last_step()), (0, recording.info.steps));
    let mut last = 0;
    while let Some(step) = player.next_step() {
        assert_eq!((step.number, player.step()), (last + 1, last + 1));
        last = step.number;
        if is_sample(recording, last) {
            let (other, found) = Player::at(recording, last).expect("a step");
            assert_eq!(shown(&other, &found), shown(&player, &step));
            assert_eq!(other.context(), player.context());
            let mut before = Player::before(recording, last).expect("a step");
            assert_eq!(before.next_step().map(|step| shown(&before, &step)), Some(shown(&player, &step)));
        }
    }
    assert_eq!((last, player.damaged.len()), (recording.info.steps, 0));
    assert!(player.next_step().is_none());
    for step in [0, last + 1, u64::MAX] {
        assert!(matches!(Player::at(recording, step), Err(Error::NoStep { .. })), "{step}");
    }
}

/// What a step is said to have changed is what looks otherwise after it.
#[test]
fn changes_are_told_with_their_step() {
    let Opened { recording, .. } = &opened();
    let mut player = Player::new(recording);
    let mut known: BTreeMap<u64, (Rc<Entity>, u64)> = BTreeMap::new();
    let mut differences = 0;
    while let Some(step) = player.next_step() {
        if step.number > 700 {
            break;
        }
        for object in player.changed().to_vec() {
            // Frames are forgotten when they end.
            if let Some(entity) = player.entity(object).filter(|entity| entity.ty.is_some()) {
                known.entry(object).or_insert((entity, player.version(object)));
            }
        }
        for (object, (entity, version)) in &mut known {
            let Some(now) = player.entity(*object) else { continue };
            if now != *entity {
                assert!(player.changed().contains(object), "{object} at {}", step.number);
                assert_ne!(player.version(*object), *version, "{object} at {}", step.number);
                differences += 1;
            } else if !player.changed().contains(object) {
                assert_eq!(player.version(*object), *version, "{object} at {}", step.number);
            }
            (*entity, *version) = (now, player.version(*object));
        }
    }
    assert!(differences > 100, "{differences}");
}

/// The contents of objects when a chunk begins are those at the end of the one before.
#[test]
fn contents_before_a_chunk_are_those_of_the_step_before_it() {
    let Opened { recording, .. } = &opened();
    let highest = 400;
    for (index, chunk) in recording.chunks.iter().enumerate().skip(1) {
        let (player, _) = Player::at(recording, chunk.first_step - 1).expect("a step");
        let mut walked = Player::new(recording);
        while walked.step() + 1 < chunk.first_step {
            walked.next_step();
        }
        let mut found = 0;
        for object in 1..highest {
            let before = recording.entity_before(object, index).expect("an answer");
            // Frames that have ended are forgotten by what was walked.
            if let Some(entity) = walked.entities.borrow().get(&object) {
                assert_eq!(before.as_ref(), Some(entity), "{object} before chunk {index}");
                assert_eq!(player.entity(object).as_ref(), Some(entity), "{object} at {}", player.step());
                found += 1;
            }
        }
        assert!(index == 1 || found > 5, "{found} before chunk {index}");
    }
    assert_eq!(recording.entity_before(1 << 40, 2).expect("an answer"), None);
}

#[test]
fn chunks_of_an_object_are_those_that_change_it() {
    let Opened { recording, .. } = &opened();
    let mut expected: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for index in 0..recording.chunks.len() {
        let chunk = recording.chunk(index).expect("a chunk");
        let mut walk = chunk.walk(recording.chunks[index].first_step);
        while let Some(op) = walk.next_op() {
            let object = match op {
                Op::New { object, .. } | Op::Set { object, .. } | Op::Splice { object, .. } => *object,
                _ => continue,
            };
            let known = expected.entry(object).or_default();
            if known.last() != Some(&index) {
                known.push(index);
            }
        }
    }
    assert!(expected.values().any(|chunks| chunks.len() == 2));
    for (object, chunks) in expected {
        assert_eq!(recording.chunks_of(object).expect("an answer"), chunks, "{object}");
        assert_eq!(recording.birth_of(object), chunks.first().copied(), "{object}");
    }
}

#[test]
fn a_step_belongs_to_one_chunk() {
    let Opened { recording, .. } = &opened();
    for (index, chunk) in recording.chunks.iter().enumerate() {
        let last = chunk.first_step + chunk.steps - 1;
        assert_eq!(recording.chunk_of(chunk.first_step).expect("a chunk"), index);
        assert_eq!(recording.chunk_of(last).expect("a chunk"), index);
    }
    assert!(recording.chunk_of(0).is_err() && recording.chunk_of(recording.info.steps + 1).is_err());
    assert!(recording.chunk_of(recording.info.steps).is_ok());
}

/// What cannot be read is skipped and named; nothing that it may have changed is taken for known.
#[test]
fn a_damaged_chunk_is_skipped() {
    let Opened { recording, folder } = opened();
    let first = recording.chunks[1].first_step;
    drop(recording);
    let path = folder.path().join("r.connie");
    let connection = rusqlite::Connection::open(&path).expect("a database");
    let sql = "UPDATE chunk_data SET data = zeroblob(length(data)) WHERE id = 1";
    assert_eq!(connection.execute(sql, []).expect("it is written"), 1);
    drop(connection);
    let recording = Recording::open(&path).expect("a recording");
    for _ in 0..2 {
        let Err(Error::Damaged { first: from, last, why, .. }) = recording.chunk(1) else { panic!("it is read") };
        assert_eq!((from, last), (first, first + recording.chunks[1].steps - 1));
        assert_eq!(why, "the checksum is wrong");
    }
    let mut player = Player::new(&recording);
    let mut steps = Vec::new();
    while let Some(step) = player.next_step() {
        steps.push(step.number);
    }
    let end = recording.chunks[2].first_step;
    assert_eq!(steps, (1..first).chain(end..=recording.info.steps).collect::<Vec<_>>());
    assert_eq!(player.damaged.len(), 1);
    assert!(matches!(Player::at(&recording, first), Err(Error::Damaged { .. })));
    assert!(Player::at(&recording, end).is_ok());
    let player = Player::before(&recording, first).expect("a step");
    assert_eq!(player.step(), first - 1);
}

#[test]
fn a_copy_shows_the_same() {
    let Opened { recording, folder } = &opened();
    let path = folder.path().join("copy.connie");
    std::fs::write(&path, "").expect("an empty file");
    recording.copy(&path).expect("a copy");
    let mut copy = Recording::open(&path).expect("a recording");
    let last = recording.info.steps;
    let of = |recording: &Recording| Player::at(recording, last).map(|(player, step)| shown(&player, &step)).ok();
    assert_eq!(of(&copy), of(recording));
    assert_eq!(copy.refresh().ok(), Some(false));
    let root = copy.info.root.clone();
    assert_eq!((copy.short(0), copy.short(9)), ("program.py", "?"));
    copy.move_folders(vec![("/elsewhere".into(), "/x".into()), (root, "/now/".into())]).expect("it is read");
    assert_eq!((copy.sources[0].path.as_str(), copy.short(0)), ("/now/program.py", "/now/program.py"));
    assert_eq!((copy.minor(), copy.string(u32::MAX)), (12, "?"));
}

/// Older formats show what format 8 shows.
#[test]
fn every_format_shows_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/formats");
    let story = |version: i32| {
        let packed = std::fs::read(folder.join(format!("{version}.connie.zst"))).expect("a recording");
        let folder = tempfile::tempdir().expect("a folder");
        let recording = Recording::open(&unpacked(folder.path(), &packed)).expect("a recording");
        assert_eq!(recording.version, version);
        let mut player = Player::new(&recording);
        let mut found = Vec::new();
        while let Some(step) = player.next_step() {
            // Tasks are known since format 3.
            let text = shown(&player, &step);
            let events = text.split_once('\n').map_or("", |(_, frames)| frames).replace(" task 0", "");
            found.push(format!("{} {} {}\n{events}", step.number, step.event.name(), step.depth));
        }
        found
    };
    let expected = story(crate::schema::VERSION);
    for version in 1..crate::schema::VERSION {
        let found = story(version);
        assert_eq!(found.len(), expected.len(), "format {version}");
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "format {version}");
        }
    }
}

fn call(frame: u64) -> Op {
    Op::Call { frame, code: 0, namespace: 0, time: 0, line: 1, slots: Vec::new() }
}

fn task(task: u32) -> Op {
    Op::Task { task, name: Box::default() }
}

fn yields() -> Op {
    Op::Yield { time: 0, value: Value::None }
}

fn resume(frame: u64) -> Op {
    Op::Resume { frame, time: 0, line: 5 }
}

fn after(ops: &[Op]) -> Context {
    let mut context = Context::default();
    ops.iter().for_each(|op| context.apply(op));
    context
}

#[test]
fn tasks_wait_in_chains() {
    let frames = |context: &Context, task: u32| context.awaits(task).iter().map(|f| f.frame).collect::<Vec<_>>();
    // A task whose coroutine 2 waits for 3, which waits for 4; a generator of its own waits for nobody.
    let one = [task(1), call(2), call(9), yields(), call(3), call(4), yields(), yields(), yields()];
    let context = after(&one);
    assert_eq!(frames(&context, 1), [2, 3, 4]);
    assert_eq!((context.waiting_tasks(), context.yielded), (vec![1], 2));
    let two = [&one[..], &[call(5), task(2), call(6), yields(), Op::Return { time: 0, value: Value::None }]].concat();
    let context = after(&two);
    assert_eq!((frames(&context, 1), frames(&context, 2), frames(&context, 3)), (vec![2, 3, 4], vec![6], vec![]));
    assert_eq!(context.waiting_tasks(), [1, 2]);
    // Who goes on waits for nobody, and is not among those that wait.
    let context = after(&[&two[..], &[resume(2), resume(3)]].concat());
    assert_eq!((context.waiting_tasks(), context.stack().len()), (vec![2], 2));
    assert!(context.stack().iter().all(|frame| (frame.awaits, frame.line, frame.task) == (0, 5, 1)));
    let context = after(&[&two[..], &[Op::Gone { frame: 4 }, Op::Gone { frame: 6 }]].concat());
    assert_eq!((frames(&context, 1), context.waiting_tasks()), (vec![2, 3], vec![1]));
    // A line between two waits: the second does not wait for the first.
    let context = after(&[task(1), call(2), call(3), yields(), Op::Line { line: 3 }, yields()]);
    assert!(context.suspended.values().all(|frame| frame.awaits == 0));
    // A frame that is not known may go on.
    let top = after(&[resume(77)]).top().expect("a frame");
    assert_eq!((top.frame, top.code, top.line, top.sure), (77, u32::MAX, 5, crate::chunk::ALL));
}

#[test]
fn frames_are_sure_as_they_are_told() {
    let sure = |levels, all: &[u64]| Op::Sure { levels, all: all.into() };
    let context = after(&[call(1)]);
    assert!(context.is_sure());
    let context = after(&[call(1), sure(2, &[7, 8]), call(2)]);
    assert!(!context.is_sure());
    assert_eq!(context.stack().iter().map(|frame| frame.sure).collect::<Vec<_>>(), [2, 2], "as its caller");
    assert_eq!(context.sure.get(&1).map(|all| all.to_vec()), Some(vec![7, 8]));
    let context = after(&[call(1), sure(2, &[7]), sure(255, &[])]);
    assert!(context.is_sure() && context.sure.is_empty());
    let context = after(&[call(1), sure(2, &[7]), Op::Unwind { time: 0 }]);
    assert!(context.is_sure() && context.sure.is_empty());
    let of = |frame, levels| Op::SureOf { frame, levels, all: [9].into() };
    let context = after(&[call(1), call(2), yields(), of(2, 3), of(1, 4)]);
    assert_eq!(context.suspended[&2].sure, 3);
    assert_eq!(context.sure.keys().copied().collect::<Vec<_>>(), [2], "only of frames that wait");
    assert!(!context.is_sure());
    assert!(after(&[call(1), call(2), yields(), of(2, 3), Op::Gone { frame: 2 }]).sure.is_empty());
}

/// Ops of frames, of tasks and of threads, in any order.
fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (1u64..9).prop_map(call),
        (1u64..9).prop_map(resume),
        (0u32..4).prop_map(task),
        (0u32..3).prop_map(|thread| Op::Thread { thread, ident: 0, name: Box::default() }),
        Just(yields()),
        Just(Op::Return { time: 0, value: Value::None }),
        Just(Op::Unwind { time: 0 }),
        (1u64..9).prop_map(|frame| Op::Gone { frame }),
        (1u32..9).prop_map(|line| Op::Line { line }),
        (1u32..9).prop_map(|line| Op::Moved { line }),
        (1u64..9, any::<u8>(), prop::collection::vec(1u64..9, 0..3)).prop_map(|(frame, levels, all)| Op::SureOf {
            frame,
            levels,
            all: all.into()
        }),
        (any::<u8>(), prop::collection::vec(1u64..9, 0..3))
            .prop_map(|(levels, all)| Op::Sure { levels, all: all.into() }),
    ]
}

proptest! {
    /// A chunk begins with all that holds then.
    #[test]
    fn a_chunk_keeps_the_context_that_it_begins_with(ops in prop::collection::vec(op(), 0..40)) {
        let context = after(&ops);
        let packed = crate::chunk::Writer::new(&context).finish().expect("memory");
        let chunk = crate::chunk::decode(&packed, crate::schema::VERSION).expect("a chunk");
        prop_assert_eq!(&chunk.context, &context);
        for task in 1..4 {
            let chain = context.awaits(task);
            prop_assert!(chain.len() <= context.suspended.len() + 1);
        }
    }
}
