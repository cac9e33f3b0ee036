//! Writes by statements that run for many steps: they begin in one part of the file and finish in another.

use connie_history::History;
use connie_history::answers::{Change, Every};
use connie_history::moment::Modules;
use connie_history::stores::Stores;
use connie_history::timeline::{At, Direction, Timeline};
use connie_recording::Recording;
use connie_tests::{Project, pythons, usual_python};

const PROGRAM: &str = "\
def busy(n):
    total = 0
    for i in range(n):
        total += i
    return 7


def parts(n):
    for k in range(3):
        busy(n)
        yield 7


def main():
    value = 7
    for k in range(3):
        value = busy(9000)
        value = (busy(10)
                 - busy(6000)
                 + busy(6000))
        for value in parts(3000): busy(10)
        value = k
        value = busy(10)
    return value


main()
";

/// A write: the step at which it was seen, its line, and whether the value is equal to the one before.
type Told = (u64, u32, bool);

fn told(change: &Change) -> Told {
    (change.write.seen, change.write.line.line, change.write.is_equal())
}

#[test]
fn writes_of_statements_that_run_long_are_found_from_everywhere() {
    for (minor, python) in pythons() {
        let project = Project::new(PROGRAM);
        project.record(&python, &["--output", "run.connie", "main.py"]);
        let recording = Recording::open(&project.path("run.connie")).expect("a recording");
        assert!(recording.chunks.len() > 8, "3.{minor}: {}", recording.chunks.len());
        let (timeline, modules) = (Timeline::default(), Modules::default());
        let history = History { recording: &recording, timeline: &timeline, modules: &modules };
        let returns = |p: &connie_history::timeline::Position| p.at == At::Line && p.line == 24;
        let last = recording.last_step();
        let end = timeline.find(&recording, last, Direction::Backward, |_| true, returns).expect("read");
        let end = end.expect("main returns");
        let place = history.place("value", end.step, end.frame).expect("a place");
        let stores = Stores::of(&recording, &place.target);
        let from = |step, direction, most| -> Vec<Told> {
            let every = Every::new(history, &place, &stores, step, direction);
            every.take(most).map(|change| told(&change.expect("a change"))).collect()
        };
        let all = from(0, Direction::Forward, usize::MAX);
        let round: Vec<(u32, bool)> =
            all.iter().map(|(_, line, is_equal)| (*line, *is_equal)).skip(1).take(7).collect();
        let wanted = [(17, true), (18, true), (21, true), (21, true), (21, true), (22, false), (23, false)];
        assert_eq!(round, wanted, "3.{minor}: {all:?}");
        assert_eq!(all.len(), 22, "3.{minor}: {all:?}");
        // Another search, which has seen nothing, from each place.
        for step in (1..last).step_by(4999).chain(all.iter().flat_map(|(seen, ..)| [seen - 1, *seen])) {
            let stores = Stores::of(&recording, &place.target);
            let near = |direction| {
                let mut every = Every::new(history, &place, &stores, step, direction);
                every.next().map(|change| told(&change.expect("a change")))
            };
            let before = all.iter().rev().find(|(seen, ..)| *seen <= step);
            assert_eq!(near(Direction::Backward).as_ref(), before, "3.{minor} back from {step}");
            let after = all.iter().find(|(seen, ..)| *seen > step);
            assert_eq!(near(Direction::Forward).as_ref(), after, "3.{minor} on from {step}");
        }
    }
}

/// One attribute is set once, and a variable by calls that run for several parts; items are stored all the time.
const STORES: &str = "\
class Count:
    pass


def busy(table):
    for n in range(9000):
        table[n % 7] = n
    return 7


def main():
    count = Count()
    count.same = 0
    value = 0
    for k in range(16):
        count.number = k
        value = busy({})
    return count


main()
";

#[test]
fn equal_writes_are_searched_only_where_they_may_be() {
    let project = Project::new(STORES);
    project.record(&usual_python().1, &["--output", "run.connie", "main.py"]);
    let recording = Recording::open(&project.path("run.connie")).expect("a recording");
    let chunks = recording.chunks.len();
    assert!(chunks >= 12, "{chunks}");
    recording.learn_all(0..chunks, || false);
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = History { recording: &recording, timeline: &timeline, modules: &modules };
    let returns = |p: &connie_history::timeline::Position| p.at == At::Line && p.line == 18;
    let end = timeline.find(&recording, recording.last_step(), Direction::Backward, |_| true, returns).expect("read");
    let end = end.expect("main returns");
    for (name, most, wanted) in
        [("count.same", 9, vec![(13, false)]), ("value", 3, vec![(17, true), (17, true), (17, true)])]
    {
        let place = history.place(name, end.step, end.frame).expect("a place");
        let before = recording.decoded();
        let stores = Stores::of(&recording, &place.target);
        let every = Every::new(history, &place, &stores, end.step, Direction::Backward);
        let found: Vec<Told> = every.take(most).map(|change| told(&change.expect("a change"))).collect();
        let lines: Vec<(u32, bool)> = found.iter().map(|(_, line, is_equal)| (*line, *is_equal)).collect();
        assert_eq!(lines, wanted, "{name}");
        let decoded = recording.decoded() - before;
        assert!(decoded <= 8, "{name}: {decoded} of {chunks}");
    }
}
