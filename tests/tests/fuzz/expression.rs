//! Expressions evaluated at a moment.

use std::time::{Duration, Instant};

use connie_expression::{Expression, text};
use connie_history::moment::Moment;
use connie_recording::Recording;
use connie_recording::render::Bounds;
use connie_tests::{Project, pythons};

use crate::edits::fuzz;
use crate::program::PROGRAM;

#[test]
fn expressions_have_values_or_problems() {
    let (_, python) = pythons().pop().expect("a python");
    let project = Project::new(PROGRAM);
    assert!(project.record(&python, &["-o", "whole.connie", "main.py"]).status.code() == Some(1));
    let recording = Recording::open(&project.path("whole.connie")).expect("a recording");
    let moment = (1..=recording.last_step())
        .rev()
        .filter_map(|step| Moment::at(&recording, step).ok())
        .find(|moment| moment.step.frame.is_some_and(|frame| frame.line > 20))
        .expect("a moment");
    let frame = moment.step.frame.expect("a frame");
    let scope = moment.scope(frame, None);
    fuzz("expression", 600, Vec::new(), |bytes| {
        let start = Instant::now();
        let written = String::from_utf8_lossy(bytes);
        if let Ok(expression) = Expression::parse(&written) {
            if let Ok(got) = expression.eval(&scope) {
                std::hint::black_box(text(&moment.player, &got, Bounds::default()));
            }
            let _ = expression.place(&scope);
        }
        assert!(start.elapsed() < Duration::from_secs(10), "{written}: {:?}", start.elapsed());
    });
}
