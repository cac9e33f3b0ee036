//! Watches that stop at equal writes, and how much of a recording they read.

use connie_tests::console::Console;
use connie_tests::{Project, pythons};

#[test]
fn a_watch_stops_in_bodies_of_classes_and_on_lines_of_heads() {
    let program = "class C:\n    x = 1\n    for x in [1, 1]: pass\nk = 5\nif k: k = 5\n1 / 0\n";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        project.record(&python, &["--output", "run.connie", "main.py"]);
        let mut console = Console::open(&project, "run.connie");
        console.start();
        for (word, wanted) in [
            (":watch --every C.x", [3, 3, 2].as_slice()),
            (":watch C.x", &[2]),
            (":watch --every k", &[5, 4]),
            (":watch k", &[4]),
        ] {
            console.say(":watch");
            console.say(":end");
            console.say(word);
            let mut found = Vec::new();
            while console.go("reverseContinue")["reason"] == "data breakpoint" && found.len() < 9 {
                let place = console.say(":where");
                let line = place.split("line ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
                found.push(line.unwrap_or(0));
            }
            assert_eq!(found, wanted, "3.{minor}: {word}");
        }
    }
}

/// Writes of equal values are looked for only as far as the versions that are asked for go back.
#[test]
fn a_few_versions_need_few_chunks() {
    use connie_history::answers::Asked;
    use connie_history::moment::{Modules, Moment};
    use connie_history::timeline::{Direction, Timeline};
    use connie_recording::Recording;

    let program = "class Count:\n    pass\n\n\ndef work(count):\n    count.same = 0\n    for n in range(90_000):\n        \
                   count.number = n\n        count.same = 0\n    return count\n\n\nwork(Count())\n";
    let (_, python) = connie_tests::usual_python();
    let project = Project::new(program);
    project.record(&python, &["--output", "run.connie", "main.py"]);
    let recording = Recording::open(&project.path("run.connie")).expect("a recording");
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = connie_history::History { recording: &recording, timeline: &timeline, modules: &modules };
    let chunks = recording.chunks.len();
    assert!(chunks >= 12, "{chunks}");
    let step = (1..=recording.last_step()).rev().find(|step| {
        let moment = Moment::at(&recording, *step).expect("a step");
        moment.step.frame.is_some_and(|frame| frame.line == 10)
    });
    let step = step.expect("the last line");
    let frame = Moment::at(&recording, step).expect("a step").step.frame.expect("a frame").frame;
    let before = recording.decoded();
    let of = Asked { text: "count.number".to_owned(), step, frame };
    let found = history.versions(&of, step, Direction::Backward, 3).expect("versions");
    assert_eq!(found.len(), 3);
    let decoded = recording.decoded() - before;
    assert!(decoded <= 6, "{decoded} of {chunks}");
}
