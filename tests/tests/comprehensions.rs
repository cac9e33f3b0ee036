//! The variable of a comprehension is separate from a variable of the same name around it, although CPython 3.12 and
//! later store both in one slot. Tests who wrote it, its versions, and its origin.

use std::path::Path;

use connie_expression::Expression;
use connie_history::History;
use connie_history::moment::{Modules, Moment};
use connie_history::timeline::{At, Direction, Timeline};
use connie_history::writes::{self, Target, Write};
use connie_recording::Recording;
use connie_recording::render::{Bounds, Renderer};
use connie_tests::{Project, every_python};

struct Recorded {
    _project: Project,
    recording: Recording,
    timeline: Timeline,
}

impl Recorded {
    fn new(python: &Path, text: &str) -> Self {
        let project = Project::new(text);
        project.record(python, &["--output", "run.connie", "main.py"]);
        let recording = Recording::open(&project.path("run.connie")).expect("a recording");
        Self { _project: project, recording, timeline: Timeline::default() }
    }

    /// The step and frame at which a line ran last.
    fn last(&self, line: u32) -> (u64, u64) {
        let all = (0..self.recording.chunks.len())
            .flat_map(|index| self.timeline.chunk(&self.recording, index).expect("a chunk").as_ref().clone());
        let found = all.filter(|position| position.at == At::Line && position.line == line).last();
        found.map(|position| (position.step, position.frame)).expect("the line ran")
    }

    /// The next write of a variable after the step at which a line ran last.
    fn next(&self, line: u32, name: &str) -> Option<(u32, String)> {
        let (step, target) = self.target(line, name);
        let write = writes::near(&self.recording, &self.timeline, &target, step, Direction::Forward);
        write.expect("the writes").map(|write| self.shown(&write))
    }

    fn shown(&self, write: &Write) -> (u32, String) {
        let moment = Moment::at(&self.recording, write.seen.min(self.recording.info.steps)).expect("a moment");
        let text = |value| Renderer::new(&moment.player, Bounds::default()).text(value);
        (write.line.line, write.value.as_ref().map_or("deleted".into(), text))
    }

    /// The step at which a line ran last, and what a name refers to there.
    fn target(&self, line: u32, name: &str) -> (u64, Target) {
        let (step, frame) = self.last(line);
        let moment = Moment::at(&self.recording, step).expect("a moment");
        let stack = moment.player.stack();
        let frame = *stack.iter().find(|each| each.frame == frame).expect("the frame");
        let source = self.recording.functions[frame.code as usize].source;
        let globals = Modules::default().namespace(&self.recording, &self.timeline, source, frame.frame);
        let expression = Expression::parse(name).expect("a name");
        let place = expression.place(&moment.scope(frame, globals)).expect("a place");
        let target = Target::of(&moment.player, place, frame, globals, frame.namespace != 0);
        (step, target.expect("a variable"))
    }

    /// (line, value) of the known writes of a variable where a line ran last, the latest first.
    fn history(&self, line: u32, name: &str) -> Vec<(u32, String)> {
        let (mut at, target) = self.target(line, name);
        let before = |at| writes::near(&self.recording, &self.timeline, &target, at, Direction::Backward);
        let mut found = Vec::new();
        while let Some(write) = before(at).expect("the writes") {
            found.push(self.shown(&write));
            at = write.seen - 1;
        }
        found
    }
}

fn expected(pairs: &[(u32, &str)]) -> Vec<(u32, String)> {
    pairs.iter().map(|(line, value)| (*line, (*value).to_owned())).collect()
}

const MODULE: &str = "\
v = 'keep'
l = [v for v in (1, 2)]
seen = v
v = 'changed'
w = {
    w: [v for v in (w, w)]
    for w in (3, 4)
}
class C:
    v = 'class'
    l = [v for v in (5, 6)]
    v = 'other'
    end = v
end = v
";

#[test]
fn variables_of_modules_and_classes_are_their_own() {
    for (minor, python) in every_python() {
        let recorded = Recorded::new(&python, MODULE);
        let place = format!("3.{minor}");
        assert_eq!(recorded.history(14, "v"), expected(&[(4, "'changed'"), (1, "'keep'")]), "{place}");
        assert_eq!(recorded.history(3, "v"), expected(&[(1, "'keep'")]), "{place}");
        assert_eq!(recorded.history(13, "v"), expected(&[(12, "'other'"), (10, "'class'")]), "{place}");
        let of_w: Vec<_> = recorded.history(14, "w").into_iter().map(|(_, value)| value).collect();
        let (step, frame) = recorded.last(14);
        let modules = Modules::default();
        let tracer = History { recording: &recorded.recording, timeline: &recorded.timeline, modules: &modules };
        let trail = tracer.trail("seen", step, frame).expect("a trail");
        let hops: Vec<_> = trail.hops.iter().map(|hop| (hop.at.line, hop.value.as_str())).collect();
        assert_eq!(hops, [(3, "'keep'"), (1, "'keep'")], "{place}: {}", trail.end);
        assert_eq!(of_w, ["{3: [3, 3], 4: [4, 4]}"], "{place}");
    }
}

const FUNCTIONS: &str = "\
def plain(a):
    v = 'keep'
    l = [v for v in (1, 2)]
    seen = v
    v = 'changed'
    s = {
        one(v)
        for v in (3, 4)
    }
    v = [v for v in [v]]
    for n in range(2):
        d = {v: [v for v in (n, v)] for v in (5, 6)}
    try:
        [1 / v for v in (2, 0)]
    except ZeroDivisionError:
        n = 0
    v = max([v for v in (7, 1)])
    end = v
def one(x):
    return x
def argument(v):
    l = [v for v in (1, 2)]
    end = v
def late():
    l = [v for v in (1, 2)]
    v = 3
    return [v for v in (1, 2)], (
        v
    )
plain(0)
argument('given')
late()
";

#[test]
fn variables_of_functions_are_their_own() {
    for (minor, python) in every_python() {
        let recorded = Recorded::new(&python, FUNCTIONS);
        let place = format!("3.{minor}");
        let all = [(17, "7"), (10, "['changed']"), (5, "'changed'"), (2, "'keep'")];
        assert_eq!(recorded.history(18, "v"), expected(&all), "{place}");
        assert_eq!(recorded.history(16, "v"), expected(&all[1..]), "{place}");
        assert_eq!(recorded.history(4, "v"), expected(&all[3..]), "{place}");
        assert_eq!(recorded.history(23, "v"), expected(&[(21, "'given'")]), "{place}");
        assert_eq!(recorded.history(28, "v"), expected(&[(26, "3")]), "{place}");
        assert_eq!(recorded.next(2, "v"), Some((2, "'keep'".into())), "{place}");
        assert_eq!(recorded.next(4, "v"), Some((5, "'changed'".into())), "{place}");
        assert_eq!(recorded.next(11, "v"), Some((17, "7".into())), "{place}");
    }
}

#[test]
fn the_end_of_a_comprehension_is_no_write() {
    for (minor, python) in every_python() {
        let recorded = Recorded::new(&python, FUNCTIONS);
        let place = format!("3.{minor}");
        // From 3.12 on, the variable uses the function's slot, whose old value is restored.
        let after = (minor >= 12).then(|| (10, "['changed']".to_owned()));
        assert_eq!(recorded.next(7, "v"), after, "{place}");
        let of_both = recorded.history(7, "v");
        assert_eq!(of_both[..2], expected(&[(8, "4"), (8, "3")]), "{place}");
        if minor >= 12 {
            assert_eq!(of_both[2..], expected(&[(5, "'changed'"), (3, "2"), (3, "1"), (2, "'keep'")]), "{place}");
        }
        let after = (minor >= 12).then(|| (26, "3".to_owned()));
        assert_eq!(recorded.next(25, "v"), after, "{place}: where nothing was there before");
    }
}
