//! Sketches of chunks, with which searches skip chunks: they change how long an answer takes, never the answer. Stored
//! ones may be absent, damaged, or those of another recording.

use std::collections::BTreeSet;
use std::path::Path;

use connie_history::flame::Window;
use connie_history::loaded::Loaded;
use connie_history::occurrences;
use connie_recording::Recording;
use connie_recording::reader::FLAMES;
use connie_recording::sketch::each_value;
use connie_tests::{Project, pythons, text, usual_python};
use connie_wire::Value;

/// Several chunks, with values of all kinds that are common, rare, within tuples, and in other chunks only.
const PROGRAM: &str = r#"import random


class Box:
    def __init__(self, value):
        self.value = value


def put(boxes, n):
    box = Box(n)
    boxes[n % 7] = box
    pair = (n, ("x", n * 0.5))
    text = f"text {n}"
    return box.value


def parts(n):
    for k in range(3):
        yield k + n


def main():
    random.seed(3)
    boxes = {}
    found = []
    for n in range(ROUNDS):
        got = put(boxes, random.randrange(1000))
        if n == 2000:
            kiwi = ("a", ("kiwi", -12345))
            found.append(kiwi)
        if n % 1000 == 0:
            found.append(sum(parts(n)))
    return found


main()
"#;

fn values() -> Vec<Value> {
    let written = [
        "kiwi",
        "-12345",
        "7",
        "999",
        "3.5",
        "'text 12'",
        "True",
        "None",
        "('x', 0.5)",
        "nowhere",
        "1e300",
        "0",
        "''",
        "10**30",
        "b'x'",
        "-1",
        "6003",
        "(1, 2)",
    ];
    written.iter().map(|text| occurrences::scalar(text)).collect()
}

/// The steps at which an op has a value, found by reading everything.
fn slowly(recording: &Recording, wanted: &Value) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    for (index, info) in recording.chunks.iter().enumerate() {
        let chunk = recording.chunk(index).expect("a chunk");
        let mut walk = chunk.walk(info.first_step);
        while let Some(op) = walk.next_op() {
            let mut has = false;
            each_value(op, &mut |value| has |= value == wanted);
            if has {
                found.insert(walk.step());
            }
        }
    }
    found
}

fn asked(recording: &Recording, wanted: &Value, after: u64, most: usize) -> Vec<(u64, String)> {
    let page = occurrences::of_scalar(recording, wanted, after, most, &|| false).expect("an answer");
    page.found.into_iter().map(|one| (one.step, one.what)).collect()
}

#[test]
fn a_search_finds_what_reading_everything_finds() {
    for (minor, python) in pythons() {
        let project = Project::new(&PROGRAM.replace("ROUNDS", "4000"));
        project.record(&python, &["--output", "run.connie", "main.py"]);
        let open = || Recording::open(&project.path("run.connie")).expect("a recording");
        let (warm, slow) = (open(), open());
        assert!(warm.chunks.len() > 2, "3.{minor}");
        for value in values() {
            let expected = slowly(&slow, &value);
            // A recording that knows no sketch yet, and one that knows all after the first question.
            for recording in [&open(), &warm] {
                let found = asked(recording, &value, 0, usize::MAX);
                let steps: BTreeSet<u64> = found.iter().map(|(step, _)| *step).collect();
                assert_eq!(steps, expected, "3.{minor} {value:?}");
                for (after, most) in [(0, 3), (20_000, 5), (40_000, usize::MAX)] {
                    let rest: Vec<_> = found.iter().filter(|(step, _)| *step > after).cloned().collect();
                    // A page has all of its last step.
                    let last = rest.get(most - 1).map_or(u64::MAX, |(step, _)| *step);
                    let page: Vec<_> = rest.into_iter().take_while(|(step, _)| *step <= last).collect();
                    assert_eq!(asked(recording, &value, after, most), page, "3.{minor} {value:?} after {after}");
                }
            }
        }
        assert!((0..warm.chunks.len()).all(|index| warm.sketch(index).is_some()), "3.{minor}");
        let skipped = (0..warm.chunks.len()).filter(|index| !warm.may_have(*index, &occurrences::scalar("kiwi")));
        assert!(skipped.count() > 0, "3.{minor}");
    }
}

#[test]
fn searches_for_a_frame_and_for_calls_find_what_reading_everything_finds() {
    use connie_history::timeline::{At, Direction, Position, Timeline};
    let project = Project::new(&PROGRAM.replace("ROUNDS", "4000"));
    project.record(&usual_python().1, &["--output", "run.connie", "main.py"]);
    let recording = Recording::open(&project.path("run.connie")).expect("a recording");
    let timeline = Timeline::default();
    let positions: Vec<Position> = (0..recording.chunks.len())
        .flat_map(|index| timeline.chunk(&recording, index).expect("a chunk").to_vec())
        .collect();
    let some: Vec<&Position> = positions.iter().step_by(997).collect();
    let codes = 0..recording.functions.len() as u32;
    // The second round has all sketches.
    for _ in 0..2 {
        for from in &some {
            for direction in [Direction::Forward, Direction::Backward] {
                let is_beyond = |p: &&Position| match direction {
                    Direction::Forward => p.step > from.step,
                    Direction::Backward => p.step < from.step,
                };
                let nearest = |wanted: &dyn Fn(&Position) -> bool| {
                    let mut all = positions.iter().filter(|p| is_beyond(p) && wanted(p)).copied();
                    if direction == Direction::Forward { all.next() } else { all.next_back() }
                };
                let wanted = |p: &Position| p.at == from.at;
                let found = timeline.find_frame(&recording, from.frame, (from.step, direction), |_| true, wanted);
                let expected = nearest(&|p| p.frame == from.frame && wanted(p));
                assert_eq!(found.expect("an answer"), expected, "{from:?} {direction:?}");
                for code in codes.clone() {
                    let found = timeline.find_call(&recording, &[code], (from.step, direction), |_| true, |_| true);
                    let expected = nearest(&|p| p.at == At::Call && p.code == code);
                    assert_eq!(found.expect("an answer"), expected, "{code} {from:?} {direction:?}");
                }
            }
        }
    }
}

fn stored(cache: &Path) -> Vec<std::path::PathBuf> {
    let folder = std::fs::read_dir(cache.join("connie/sketches")).into_iter().flatten().flatten();
    folder.map(|entry| entry.path()).collect()
}

#[test]
fn stored_sketches_may_be_absent_damaged_or_stale() {
    let (_, python) = usual_python();
    let project = Project::new(&PROGRAM.replace("ROUNDS", "4000"));
    project.record(&python, &["--output", "run.connie", "main.py"]);
    let cache = tempfile::tempdir().expect("a folder");
    let search = |cache: &Path, value: &str| {
        let mut command = project.command(&connie_tests::connie(), &["search", "--value", value, "run.connie"]);
        let output = command.env("XDG_CACHE_HOME", cache).output().expect("connie runs");
        (text(&output.stdout), text(&output.stderr), output.status.code())
    };
    let kiwi = search(cache.path(), "kiwi");
    assert_eq!((kiwi.0.lines().count(), kiwi.1.as_str(), kiwi.2), (1, "", Some(0)), "{}", kiwi.0);
    let file = stored(cache.path()).pop().expect("stored sketches");
    let whole = std::fs::read(&file).expect("a file");
    assert!(whole.len() < 1 << 20, "{}", whole.len());
    assert_eq!(search(cache.path(), "kiwi"), kiwi);
    assert_eq!(search(cache.path(), "nowhere").2, Some(1));
    // Damaged anywhere, cut off, or empty: made again.
    for cut in [whole.len() / 2, 1, 0] {
        std::fs::write(&file, &whole[..cut]).expect("written");
        assert_eq!(search(cache.path(), "kiwi"), kiwi);
        assert_eq!(std::fs::read(&file).expect("a file"), whole);
    }
    for at in [3, 40, whole.len() / 2, whole.len() - 2] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        std::fs::write(&file, &damaged).expect("written");
        assert_eq!(search(cache.path(), "kiwi"), kiwi);
    }
    // No cache folder, or one that cannot be written.
    assert_eq!(search(Path::new("/nonexistent/cache"), "kiwi"), kiwi);
    // Another recording under the same name.
    std::fs::remove_file(project.path("run.connie")).expect("removed");
    project.write("main.py", &PROGRAM.replace("ROUNDS", "4000").replace("n == 2000", "n == 3000"));
    project.record(&python, &["--output", "run.connie", "main.py"]);
    let other = search(cache.path(), "kiwi");
    assert_eq!(other.0.lines().count(), 1);
    assert_ne!(other, kiwi);
    assert_eq!(stored(cache.path()).len(), 1);
}

#[test]
fn sketches_are_made_while_nobody_asks() {
    let project = Project::new(&PROGRAM.replace("ROUNDS", "4000"));
    project.record(&usual_python().1, &["--output", "run.connie", "main.py"]);
    let open = || Recording::open(&project.path("run.connie")).expect("a recording");
    let knows_all = |recording: &Recording| (0..recording.chunks.len()).all(|index| recording.sketch(index).is_some());
    let (idle, searched) = (open(), open());
    assert!(!knows_all(&idle));
    searched.learn_all(0..searched.chunks.len(), || false);
    idle.sketch_when_idle();
    connie_tests::until("all sketches are made", || knows_all(&idle));
    connie_tests::until("the sketches are stored", || knows_all(&open()));
    for index in 0..idle.chunks.len() {
        assert_eq!(idle.sketch(index), searched.sketch(index));
    }
}

#[test]
fn the_calls_of_a_flame_chart_are_stored() {
    let project = Project::new(&PROGRAM.replace("ROUNDS", "40000"));
    project.record(&usual_python().1, &["--output", "run.connie", "main.py"]);
    let open = || Loaded::open(&project.path("run.connie")).expect("a recording");
    let window = Window { from: 1, to: open().recording.last_step(), width: 1000, rows: 0..100 };
    let mut first = open();
    assert!(first.recording.chunks.len() > 8, "{}", first.recording.chunks.len());
    assert!(!first.flame(&window, || true).expect("an answer").is_whole);
    let whole = first.flame(&window, || false).expect("an answer");
    assert!(whole.is_whole);
    // The next process reads no chunk.
    let again = open().flame(&window, || true).expect("an answer");
    assert_eq!((again.is_whole, again.read), (true, whole.read));
    assert_eq!((again.lanes, again.rows), (whole.lanes, whole.rows));
    // Damaged, they are read again.
    open().recording.store(&FLAMES, b"x");
    assert!(!open().flame(&window, || true).expect("an answer").is_whole);
}

#[test]
fn the_sketches_of_a_part_are_stored() {
    let project = Project::new("total = 0\nfor n in range(600_000):\n    total += n\n");
    project.record(&usual_python().1, &["--output", "run.connie", "main.py"]);
    let open = || Recording::open(&project.path("run.connie")).expect("a recording");
    let first = open();
    assert!(first.chunks.len() > 36, "{}", first.chunks.len());
    first.learn_all(0..2, || false);
    first.keep_sketches();
    assert!(open().sketch(0).is_none(), "a few are made again in less time than a file is written");
    first.learn_all(2..35, || false);
    first.keep_sketches();
    let second = open();
    let known: Vec<usize> = (0..second.chunks.len()).filter(|index| second.sketch(*index).is_some()).collect();
    assert_eq!(known, (0..35).collect::<Vec<_>>());
    for index in known {
        assert_eq!(first.sketch(index), second.sketch(index));
    }
}
