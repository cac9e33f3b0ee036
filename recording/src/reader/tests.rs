//! Tests the reader on tables with known rows, and on damaged files.

use std::time::Duration;

use connie_wire::{Op, Value};
use proptest::prelude::*;

use super::ahead::Ahead;
use super::*;
use crate::player::Player;
use crate::recorder::tests::in_chunks;
use crate::reserve::Reserve;

/// Two threads; an object that is changed in the first and the third of four chunks.
fn pieces() -> Vec<Vec<Op>> {
    let thread = |thread: u32| Op::Thread { thread, ident: 5, name: Box::default() };
    let call = |frame| Op::Call { frame, code: 0, namespace: 0, time: 1, line: 1, slots: vec![(0, Value::Int(1))] };
    vec![
        vec![
            thread(1),
            call(1),
            Op::New { object: 2, ty: 0, length: 1, items: vec![Value::Int(1)] },
            Op::Line { line: 2 },
            Op::Output { stream: 1, text: b"one\n".as_slice().into() },
        ],
        vec![Op::Line { line: 3 }, thread(2), call(3), Op::Line { line: 2 }],
        vec![
            Op::Set { object: 2, index: 0, value: Value::Int(7) },
            Op::SlotOf { frame: 1, slot: 0, value: Value::Int(8) },
            Op::Slot { slot: 2, value: Value::Int(9) },
            Op::Line { line: 4 },
            Op::Output { stream: 2, text: b"two\xff".as_slice().into() },
        ],
        vec![
            Op::Splice { object: 2, start: 1, removed: 0, length: 2, items: vec![Value::None] },
            Op::Line { line: 4 },
            Op::Return { time: 1, value: Value::None },
        ],
    ]
}

/// `connie delete --force` waits for the recorder, and says so if it does not stop.
#[test]
fn recorders_are_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r.connie");
    assert!(stop_recorder(&path, Duration::ZERO), "nobody records");
    let goes_on = Reserve::create(&path).expect("a reserve file");
    assert!(!stop_recorder(&path, Duration::from_millis(1)), "its lock is held");
    assert!(goes_on.is_gone());
    let stops = Reserve::create(&path).expect("a reserve file");
    let recorder = std::thread::spawn(move || {
        while !stops.is_gone() {
            std::thread::yield_now();
        }
    });
    assert!(stop_recorder(&path, Duration::from_secs(100)), "it releases its lock");
    recorder.join().expect("it ends");
}

struct Made {
    folder: tempfile::TempDir,
}

impl Made {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        drop(in_chunks(&folder.path().join("a"), &pieces()));
        Self { folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("a")
    }

    /// Changes the tables, and opens the recording.
    fn with(&self, sql: &str) -> Result<Recording, Error> {
        Connection::open(self.path()).unwrap().execute_batch(sql).unwrap();
        Recording::open(&self.path())
    }
}

/// Reads all that a recording has.
fn read_all(recording: &Recording) {
    let mut player = Player::new(recording);
    while let Some(step) = player.next_step() {
        if let Some(frame) = step.frame {
            let _ = player.locals(&frame);
        }
    }
    for index in 0..recording.chunks.len() {
        for id in 0..6 {
            let _ = recording.entity_before(id, index);
        }
    }
    let _ = (recording.threads(), recording.tasks(), recording.thread_names(), recording.counts());
    let _ = (recording.exceptions(9), recording.ended_by(), recording.output_after(0, 9), recording.line_hits(0));
    let _ = (uncaught(recording.path()), info(recording.path()), has_code(recording.path()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Any damage is an error or wrong values, never a panic.
    #[test]
    fn damaged_files_are_refused_or_read(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        end in prop::option::weighted(0.3, any::<prop::sample::Index>()),
    ) {
        static WHOLE: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
            let made = Made::new();
            std::fs::read(made.path()).unwrap()
        });
        let mut bytes = WHOLE.clone();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(end) = end {
            bytes.truncate(end.index(bytes.len()));
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, bytes).unwrap();
        if let Ok(recording) = Recording::open(&path) {
            read_all(&recording);
        }
    }
}

#[test]
fn steps_are_in_their_chunks() {
    let made = Made::new();
    let recording = made.with("").unwrap();
    let firsts: Vec<(u64, u64)> = recording.chunks.iter().map(|chunk| (chunk.first_step, chunk.steps)).collect();
    assert_eq!(firsts, [(1, 3), (4, 3), (7, 2), (9, 2)]);
    let found: Vec<Option<usize>> = (0..13).map(|step| recording.chunk_of(step).ok()).collect();
    let of = |n| Some(n);
    assert_eq!(found[..7], [None, of(0), of(0), of(0), of(1), of(1), of(1)]);
    assert_eq!(found[7..], [of(2), of(2), of(3), of(3), None, None]);
    assert_eq!((recording.last_step(), recording.longest_text()), (10, None));
    // A step whose chunk is missing.
    let gap = made.with("DELETE FROM chunks WHERE id = 1").unwrap();
    assert_eq!((gap.chunk_of(4).ok(), gap.chunk_of(6).ok(), gap.chunk_of(7).ok()), (None, None, Some(1)));
}

#[test]
fn contents_at_the_beginning_of_a_chunk() {
    let made = Made::new();
    let recording = made.with("").unwrap();
    let items = |id: u64, chunk: usize| {
        let entity = recording.entity_before(id, chunk).unwrap();
        entity.map(|entity| (entity.length, entity.items.clone()))
    };
    let object: Vec<_> = (0..5).map(|chunk| items(2, chunk)).collect();
    let ints = |all: &[i64]| all.iter().map(|n| Value::Int(*n)).collect::<Vec<_>>();
    let first = Some((1, ints(&[1])));
    let last = Some((2, vec![Value::Int(7), Value::None]));
    assert_eq!(object, [None, first.clone(), first, Some((1, ints(&[7]))), last]);
    let frame: Vec<_> = (0..4).map(|chunk| items(1, chunk).map(|(_, items)| items)).collect();
    assert_eq!(frame, [None, Some(ints(&[1])), Some(ints(&[1])), Some(ints(&[8]))]);
    let frame = items(3, 3).map(|(_, items)| items);
    assert_eq!(frame, Some(vec![Value::Int(1), Value::Unbound, Value::Int(9)]));
    assert_eq!(recording.chunks_of(2).unwrap(), [0, 2, 3]);
    assert_eq!(recording.chunks_of(1).unwrap(), [0, 2]);
    let births: Vec<_> = (0..5).map(|id| recording.birth_of(id)).collect();
    assert_eq!(births, [Some(0), Some(0), Some(0), Some(1), Some(1)]);
    assert_eq!((recording.process_of(1), recording.process_of(1 << 40)), (1, 1));
    assert_eq!(recording.inherited_globals(1, 0), None);
}

/// Numbers of frames and objects belong to the process that got their block, and namespaces to process and source.
#[test]
fn numbers_have_their_process() {
    let made = Made::new();
    let recording = made.with("INSERT INTO blocks VALUES (2, 5); INSERT INTO namespaces VALUES (5, 0, 77)").unwrap();
    let processes = [0, 4095, 2 * 4096 - 1, 2 * 4096, 3 * 4096 - 1, 3 * 4096].map(|id| recording.process_of(id));
    assert_eq!(processes, [1, 1, 1, 5, 5, 1]);
    assert_eq!((recording.inherited_globals(5, 0), recording.inherited_globals(5, 1)), (Some(77), None));
}

/// A flight recorder keeps the last chunks: the first of them has the contents of all that lives.
#[test]
fn a_tail_begins_with_its_first_chunk() {
    let made = Made::new();
    let call = |frame| Op::Call { frame, code: 0, namespace: 0, time: 1, line: 1, slots: Vec::new() };
    let pieces: Vec<Vec<Op>> = (1..5).map(|frame| vec![call(frame)]).collect();
    let path = made.folder.path().join("b");
    drop(in_chunks(&path, &pieces));
    Connection::open(&path).unwrap().execute("DELETE FROM chunks WHERE id < 1", []).unwrap();
    let recording = Recording::open(&path).unwrap();
    let births: Vec<_> = [1, 2, 3, 4, 5, 4096].into_iter().map(|id| recording.birth_of(id)).collect();
    assert_eq!(births, [Some(0), Some(0), Some(1), Some(2), Some(2), Some(0)]);
    let recording = made.with("DELETE FROM chunks WHERE id < 2").unwrap();
    let births: Vec<_> = [0, 1, 3, 4096, 5000].into_iter().map(|id| recording.birth_of(id)).collect();
    assert_eq!(births[3..], [Some(0), Some(0)], "of another block");
    assert_eq!(births[..2], [Some(0), Some(0)]);
    assert_eq!(recording.chunks_of(2).unwrap(), [0, 1]);
    assert!(recording.entity_before(2, 0).unwrap().is_none() || recording.chunks.len() == 2);
}

#[test]
fn a_wrong_table_of_chunks_is_refused() {
    for sql in [
        "UPDATE chunks SET first_step = 3 WHERE id = 1",
        "UPDATE chunks SET first_step = 0 WHERE id = 0",
        "UPDATE chunks SET steps = 4 WHERE id = 0",
        "UPDATE chunks SET first_step = 72057594037927937 WHERE id = 3",
        "UPDATE chunks SET steps = 1064961 WHERE id = 3",
    ] {
        assert!(matches!(Made::new().with(sql), Err(Error::Refused { .. })), "{sql}");
    }
    for sql in [
        "UPDATE chunks SET first_step = 72057594037927936 WHERE id = 3",
        "UPDATE chunks SET steps = 1064960 WHERE id = 3",
    ] {
        assert!(Made::new().with(sql).is_ok(), "{sql}");
    }
}

#[test]
fn a_wrong_checksum_is_damage() {
    let recording = Made::new().with("UPDATE chunks SET checksum = checksum + 1 WHERE id = 2").unwrap();
    let damaged: Vec<bool> = (0..4).map(|index| recording.chunk(index).is_err()).collect();
    assert_eq!(damaged, [false, false, true, false]);
    for _ in 0..2 {
        let Err(Error::Damaged { first, last, why, .. }) = recording.chunk(2) else { panic!("it is damaged") };
        assert_eq!((first, last, why.as_str()), (7, 8, "the checksum is wrong"));
    }
    assert!(recording.entity_before(2, 3).is_err());
    // Chunks that were read are kept.
    let (one, again) = (recording.chunk(0).unwrap(), recording.chunk(0).unwrap());
    assert!(Rc::ptr_eq(&one, &again));
}

#[test]
fn the_next_chunk_is_known_in_both_directions() {
    let ahead = Ahead::default();
    let next: Vec<Option<usize>> = [3, 4, 5, 7, 6, 6, 1, 0, 1].into_iter().map(|index| ahead.next(index)).collect();
    assert_eq!(next, [None, Some(5), Some(6), None, Some(5), None, None, None, Some(2)]);
    assert!(ahead.take(1).is_none());
    let data = vec![1, 2, 3];
    ahead.ask(1, Packed { checksum: 0, data: data.clone(), version: 8 });
    assert!(ahead.take(2).is_none());
    assert_eq!(ahead.take(1).map(|(found, _)| found.map(|_| ())), Some(Err("the checksum is wrong".into())));
    let packed = Packed { checksum: crc32fast::hash(&data), data, version: 8 };
    assert!(packed.unpack().is_err_and(|why| why != "the checksum is wrong"));
}

#[test]
fn folders_are_moved_as_a_whole() {
    let folders = [("/a/".into(), "/b".into()), ("/c".into(), "/d/".into()), ("/".into(), "/e".into())];
    for (path, expected) in
        [("/a/x.py", "/b/x.py"), ("/ab/x.py", "/e/ab/x.py"), ("/c", "/d"), ("/c/y/z", "/d/y/z"), ("x", "x")]
    {
        assert_eq!(moved(path.into(), &folders), expected);
    }
    let mut recording = Made::new().with("UPDATE recording SET root = '/no'").unwrap();
    assert_eq!((recording.short(0), recording.short(9)), ("such.py", "?"));
    recording.move_folders(vec![("/no".into(), "/yes".into())]).unwrap();
    assert_eq!((recording.sources[0].path.as_str(), recording.short(0)), ("/yes/such.py", "/yes/such.py"));
    assert_eq!(recording.chunks.len(), 4);
}

#[test]
fn names_of_classes_that_changed() {
    let ty = |class, name: &str| TypeName {
        kind: Kind::Instance,
        module: String::new(),
        name: name.into(),
        class,
        descriptor: 0,
    };
    let types = [ty(0, "a"), ty(0, "b"), ty(5, "a"), ty(5, "a"), ty(6, "a"), ty(7, "a"), ty(6, "b"), ty(7, "a")];
    assert_eq!(renamed(&types).into_iter().collect::<Vec<_>>(), [6]);
    let made = Made::new();
    let sql = "INSERT INTO types VALUES (1, 5, 0, 1, 9, 0), (2, 5, 0, 2, 9, 0)";
    let recording = made.with(sql).unwrap();
    assert_eq!((recording.is_renamed(9), recording.is_renamed(5)), (true, false));
    assert_eq!(recording.classes().collect::<Vec<_>>(), [9, 9]);
    assert_eq!((recording.string(1), recording.string(99)), ("x", "?"));
    assert_eq!(recording.type_name(0).map(|ty| ty.name.as_str()), Some("list"));
    assert!(recording.type_name(3).is_none() && recording.minor() == 14);
}

#[test]
fn news_are_read_when_there_are_any() {
    let made = Made::new();
    let mut recording = made.with("UPDATE recording SET steps = 6; UPDATE chunks SET id = 9 WHERE id = 3").unwrap();
    assert!(!recording.refresh().unwrap());
    let other = Connection::open(made.path()).unwrap();
    for sql in [
        "UPDATE recording SET steps = 10",
        "UPDATE recording SET ended = ended + 1",
        "UPDATE recording SET result = 'failed'",
        "INSERT INTO strings VALUES (99, x'41'); UPDATE recording SET steps = 11",
    ] {
        other.execute_batch(sql).unwrap();
        assert!(recording.refresh().unwrap(), "{sql}");
        assert!(!recording.refresh().unwrap(), "{sql}");
        assert_eq!(recording.chunks.len(), 4);
    }
    assert_eq!((recording.info.steps, recording.info.result.as_str()), (11, "failed"));
    assert_eq!(recording.strings.last().map(String::as_str), Some("A"));
    let copy = made.folder.path().join("copy");
    std::fs::write(&copy, "").unwrap();
    recording.copy(&copy).unwrap();
    assert_eq!(Recording::open(&copy).unwrap().last_step(), recording.last_step());
}

#[test]
fn the_version_of_python_is_read_once_it_is_known() {
    let made = Made::new();
    let mut recording = made.with("UPDATE processes SET version = NULL").unwrap();
    let other = Connection::open(made.path()).unwrap();
    other.execute_batch("UPDATE processes SET version = '3.11.9'; UPDATE recording SET steps = 11").unwrap();
    assert!(recording.refresh().unwrap());
    assert_eq!(recording.minor(), 11);
}

/// Exceptions at steps 3, 5, 7 and 9, of which the first is caught, and the last ends the program.
const EXCEPTIONS: &str = "
    INSERT INTO exceptions VALUES (3, 1, 0, 2, 'KeyError', '''k''', '[[0, 2]]', 0, 0, NULL, NULL);
    INSERT INTO exceptions VALUES (5, 2, 0, 2, 'OSError', '', '[[0, 2]]', 0, 1, NULL, NULL);
    INSERT INTO exceptions VALUES (7, 1, 0, 2, 'ValueError', 'v', '[[0, 2]]', 1, 1, NULL, 'w');
    INSERT INTO exceptions VALUES (9, 1, 1, 2, 'SystemExit', '3', '[]', 0, 1, NULL, NULL);";

#[test]
fn exceptions_are_found_from_any_step() {
    let recording = Made::new().with(EXCEPTIONS).unwrap();
    let near = |step, forward, which| recording.exception_near(step, forward, which).unwrap().map(|raised| raised.step);
    assert_eq!([0, 3, 5, 9].map(|step| near(step, true, Which::Any)), [Some(3), Some(5), Some(7), None]);
    assert_eq!([10, 9, 5, 3].map(|step| near(step, false, Which::Any)), [Some(9), Some(7), Some(3), None]);
    assert_eq!((near(0, true, Which::LeftCode), near(5, true, Which::LeftCode)), (Some(5), Some(7)));
    assert_eq!((near(0, true, Which::Uncaught), near(10, false, Which::Uncaught)), (Some(7), Some(7)));
    assert_eq!(near(7, true, Which::Uncaught), None);
    let steps = |limit| recording.exceptions(limit).unwrap().iter().map(|raised| raised.step).collect::<Vec<_>>();
    assert_eq!((steps(9), steps(2)), (vec![3, 5, 7, 9], vec![3, 5]));
    assert_eq!((recording.raised_in(0).unwrap(), recording.raised_in(1).unwrap()), (vec![3, 5, 7], vec![9]));
    let at = recording.exception_at(7).unwrap().unwrap();
    assert_eq!((at.to_string(), at.at_the_end()), ("ValueError: v".into(), "ValueError: w".into()));
    assert_eq!(recording.exception_at(5).unwrap().unwrap().to_string(), "OSError");
    assert!(recording.exception_at(4).unwrap().is_none());
    assert_eq!(recording.counts().unwrap(), [1, 3, 4, 2]);
}

#[test]
fn what_ended_the_program() {
    let ended = |sql: &str| {
        let made = Made::new();
        let recording = made.with(&format!("{EXCEPTIONS} {sql}")).unwrap();
        let text = uncaught(&made.path()).unwrap();
        (recording.ended_by().unwrap().map(|raised| raised.step), text)
    };
    assert_eq!(ended(""), (None, None));
    assert_eq!(ended("UPDATE recording SET exception = 7"), (Some(7), Some("ValueError: w".into())));
    assert_eq!(ended("UPDATE recording SET exception = 5"), (Some(5), Some("OSError".into())));
    let exit = "UPDATE recording SET result = 'failed', exit_code = 3";
    assert_eq!(ended(exit), (Some(9), Some("SystemExit: 3".into())));
    let trouble = |why: &str| ended(&format!("UPDATE recording SET trouble = '{why}'")).1;
    assert_eq!(trouble(&format!("{NEVER_BEGAN}: no file")), Some("no file".into()));
    assert_eq!((trouble(NEVER_BEGAN), trouble("else: x")), (None, None));
}

/// The GeneratorExit of a generator that is only closed is no failure.
#[test]
fn closed_generators_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let call = |frame| Op::Call { frame, code: 0, namespace: 0, time: 1, line: 1, slots: Vec::new() };
    let resume = Op::Resume { frame: 2, time: 1, line: 2 };
    let raise = Op::Raise { line: 2, value: Value::Int(1) };
    let thread = |thread: u32| Op::Thread { thread, ident: 5, name: Box::default() };
    let yields = Op::Yield { time: 1, value: Value::None };
    // Steps: 1 call, 2 call, 3 yield, 4 resume, | 5 raise, 6 line, 7 raise.
    let first = vec![thread(1), call(1), call(2), yields, resume];
    let second = vec![raise.clone(), Op::Line { line: 3 }, raise];
    drop(in_chunks(&path, &[first, second]));
    let sql = "DELETE FROM exceptions;
        INSERT INTO exceptions VALUES (5, 1, 0, 2, 'GeneratorExit', '', '[[0, 2], [0, 3]]', 0, 0, NULL, NULL);
        INSERT INTO exceptions VALUES (7, 1, 0, 2, 'GeneratorExit', '', '[[0, 2]]', 0, 0, NULL, NULL);";
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let recording = Recording::open(&path).unwrap();
    let steps: Vec<u64> = recording.exceptions(9).unwrap().iter().map(|raised| raised.step).collect();
    assert_eq!(steps, [7]);
    assert_eq!(recording.raised_in(0).unwrap(), [7]);
    assert_eq!(recording.exception_near(0, true, Which::Any).unwrap().map(|raised| raised.step), Some(7));
    assert_eq!(recording.exception_near(9, false, Which::Any).unwrap().map(|raised| raised.step), Some(7));
    assert_eq!(recording.counts().unwrap()[2], 1);
    // It passed through other code, or is another exception.
    for change in ["traceback = '[[0, 2], [1, 3]]'", "type = 'ValueError'"] {
        let sql = format!("UPDATE exceptions SET {change} WHERE step = 5");
        Connection::open(&path).unwrap().execute_batch(&sql).unwrap();
        assert_eq!(Recording::open(&path).unwrap().exceptions(9).unwrap().len(), 2, "{change}");
    }
}

#[test]
fn tables_are_read_as_they_are() {
    let made = Made::new();
    let recording = made
        .with(
            "INSERT INTO tasks VALUES (1, 2, 'T', 5);
             UPDATE threads SET name = 'Main' WHERE id = 1; UPDATE threads SET process = 2, name = '' WHERE id = 2;
             INSERT INTO processes (id, pid, parent, argv) VALUES (2, 77, 1, '[\"p\"]'), (3, 78, 1, NULL);
             UPDATE functions SET calls = 3, total_time = 4, self_time = 5;",
        )
        .unwrap();
    let threads = recording.threads().unwrap();
    let threads: Vec<_> =
        threads.iter().map(|one| (one.id, one.first_step, one.last_step, one.steps, one.ident)).collect();
    assert_eq!(threads, [(1, 1, Some(4), Some(4), 5), (2, 5, Some(10), Some(6), 5)]);
    let names = recording.thread_names().unwrap();
    assert_eq!(names, [(1, "Main".into()), (2, "Thread 2 (process 77)".into())]);
    assert_eq!(recording.process_ids().unwrap(), [(2, 77)]);
    let processes = recording.processes().unwrap();
    let processes: Vec<_> = processes.iter().map(|one| (one.id, one.pid, one.argv.len())).collect();
    assert_eq!((processes.len(), processes[1]), (2, (2, 77, 1)), "the third one ran no code");
    let tasks = recording.tasks().unwrap();
    assert_eq!(tasks.iter().map(|one| (one.id, one.thread, one.first_step)).collect::<Vec<_>>(), [(1, 2, 5)]);
    assert_eq!(recording.times(0).unwrap(), (3, 4, 5));
    assert_eq!(recording.line_hits(0).unwrap(), [(2, 2), (3, 1), (4, 2)]);
    assert_eq!(recording.line_hits(1).unwrap(), []);
    let output = |step, limit| {
        let found = recording.output_after(step, limit).unwrap();
        found.into_iter().map(|one| (one.step, one.last_step, one.stream, one.text)).collect::<Vec<_>>()
    };
    assert_eq!(output(0, 9), [(3, 3, 1, "one\n".into()), (8, 8, 2, "two\u{fffd}".into())]);
    assert_eq!((output(0, 1).len(), output(3, 9).len(), output(8, 9).len()), (1, 1, 0));
    let at = |step| recording.output_at(step).unwrap();
    assert_eq!((at(3), at(8), at(4)), (b"one\n".to_vec(), b"two\xff".to_vec(), Vec::new()));
    assert!(recording.late().since(2, None, 5).is_none());
    assert!(has_code(&made.path()).unwrap());
    assert!(made.with("DELETE FROM functions").is_ok() && !has_code(&made.path()).unwrap());
}

/// A recorder that was killed leaves no counts and no end: they are counted from the chunks.
#[test]
fn an_interrupted_recording_is_counted_again() {
    let made = Made::new();
    let sql = "UPDATE recording SET ended = NULL, result = 'recording', steps = 0;
        DELETE FROM lines; UPDATE threads SET last_step = 0, steps = 0";
    let recording = made.with(sql).unwrap();
    assert_eq!((recording.info.steps, recording.info.is_cut()), (10, true));
    assert_eq!(recording.info.trouble.as_deref(), Some("connie ended before the program did"));
    assert_eq!(recording.line_hits(0).unwrap(), [(2, 2), (3, 1), (4, 2)]);
    assert_eq!((recording.line_hits(1).unwrap(), recording.counts().unwrap()[1]), (vec![], 3));
    let threads: Vec<_> = recording.threads().unwrap().iter().map(|one| (one.last_step, one.steps)).collect();
    assert_eq!(threads, [(Some(4), Some(4)), (Some(10), Some(6))]);
    assert!(info(&made.path()).is_ok_and(|info| info.steps == 10) && !is_being_made(&made.path()));
    assert!(recorder_of(&made.path()).is_none());
}

/// From 3.12 on, the variable of a comprehension is a slot of the function around it.
#[test]
fn variables_of_comprehensions_are_known_by_their_lines() {
    let made = Made::new();
    let recording = made
        .with(
            "UPDATE sources SET text = CAST('def f(a):\n    return [x for x in a]\n' AS BLOB);
             UPDATE functions SET name = 'f', line = 1, slots = '[\"a\", \"x\"]'",
        )
        .unwrap();
    assert_eq!((recording.comprehensions(0, "x").len(), recording.comprehensions(0, "a").len()), (1, 0));
    assert!(recording.is_of_comprehensions(0, "x") && !recording.is_of_comprehensions(0, "a"));
    let older = made.with("UPDATE processes SET version = '3.11.0'").unwrap();
    assert!(older.comprehensions(0, "x").is_empty() && !older.is_of_comprehensions(0, "x"));
}

/// What a format did not have is not read, even where the file has a column of that name.
#[test]
fn older_tables_lack_what_came_later() {
    let made_as = |version: i32, sql: &str| {
        let rename =
            "ALTER TABLE chunks RENAME COLUMN births TO first_object; UPDATE chunks SET first_object = id + 5;";
        let rename = if version < 3 { rename } else { "" };
        let rows = "INSERT INTO tasks VALUES (1, 1, 'T', 1); INSERT INTO late VALUES (2, NULL, 1, 2);
            UPDATE types SET class = 9; UPDATE functions SET free = 1; UPDATE recording SET exception = 7;
            UPDATE processes SET parent = 4; INSERT INTO namespaces VALUES (1, 0, 77);";
        let made = Made::new();
        let recording =
            made.with(&format!("{EXCEPTIONS}{rows}{rename}{sql}; PRAGMA user_version = {version}")).unwrap();
        (recording, uncaught(&made.path()).unwrap().unwrap())
    };
    for version in 1..=8 {
        let (recording, text) = made_as(version, "");
        assert_eq!(text, if version < 8 { "ValueError: v" } else { "ValueError: w" }, "{version}");
        assert_eq!(recording.types[0].class, if version < 8 { 0 } else { 9 }, "{version}");
        assert_eq!(recording.functions[0].free, usize::from(version >= 6), "{version}");
        assert_eq!(recording.late().has(2, 1), version >= 6, "{version}");
        assert_eq!(recording.tasks().unwrap().len(), usize::from(version >= 3), "{version}");
        assert_eq!(recording.processes().unwrap()[0].parent, (version >= 3).then_some(4), "{version}");
        assert_eq!(recording.inherited_globals(1, 0), (version >= 3).then_some(77), "{version}");
        assert_eq!(recording.chunks[1].depths.is_some(), version >= 2, "{version}");
        assert_eq!(recording.chunks[1].births, if version < 3 { [6] } else { [3] }, "{version}");
        let left: Vec<bool> = recording.exceptions(9).unwrap().iter().map(|raised| raised.left_code).collect();
        assert_eq!(left, [false, version >= 3, true, version >= 3], "{version}");
        let last = recording.exception_at(7).unwrap().unwrap().last_text;
        assert_eq!(last.is_some(), version >= 8, "{version}");
        let exit = "UPDATE recording SET exception = NULL, result = 'failed', exit_code = 3";
        let made = Made::new();
        let sql = format!("{EXCEPTIONS}{exit}; PRAGMA user_version = {}", version.max(3));
        let ended = made.with(&sql).unwrap();
        assert_eq!(uncaught(&made.path()).unwrap().is_some(), version >= 8, "{version}");
        assert_eq!(ended.ended_by().unwrap().is_some(), version >= 8, "{version}");
    }
}
