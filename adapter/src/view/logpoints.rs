//! Logpoints: they print a message at the hits of a breakpoint instead of stopping there.

use connie_expression::field::{Piece, pieces};
use connie_history::breakpoint::Failures;
use connie_history::moment::Moment;
use connie_history::timeline::{Direction, Position};
use connie_recording::Recording;
use connie_recording::render::Bounds;

use super::View;

/// The largest number of hits that one logpoint prints.
const MAX_HITS: usize = 1000;
/// How much of a value is printed.
const SHOWN: Bounds = Bounds { string: 300, items: 30, depth: 3 };
/// Replaces the value of a field that could not be evaluated, in a line with other fields.
const NOT_EVALUATED: &str = "<?>";

impl View {
    /// The lines of logpoints for hits that were not printed yet, and their positions.
    pub fn new_log_lines(&mut self) -> Vec<(String, Position)> {
        let Some(recording) = self.recording.clone() else { return Vec::new() };
        let mut lines: Vec<(u64, String, Position)> = Vec::new();
        let mut breakpoints = std::mem::take(&mut self.breakpoints.lines);
        for breakpoint in &mut breakpoints {
            let (Some(log), Some(found)) = (&breakpoint.log, &breakpoint.found) else { continue };
            let pieces = pieces(log);
            while let Some(step) = found.near(&self.history_of(&recording), breakpoint.logged, Direction::Forward) {
                breakpoint.logged = step;
                let is_one_more = breakpoint.printed == MAX_HITS;
                let Ok(position) = self.timeline.position(&recording, step) else { continue };
                if is_one_more {
                    let text = format!("… a logpoint prints its first {MAX_HITS} hits only: give it a condition");
                    lines.push((step, text, position));
                    breakpoint.logged = u64::MAX;
                    break;
                }
                if let Some(text) = self.logged(&recording, &pieces, &position, &mut breakpoint.failed) {
                    lines.push((step, text, position));
                }
                breakpoint.printed += 1;
            }
        }
        self.breakpoints.lines = breakpoints;
        lines.sort_by_key(|(step, ..)| *step);
        lines.into_iter().map(|(_, text, position)| (format!("{text}\n"), position)).collect()
    }

    /// A log message with the values of its fields; `None` if none of them could be evaluated.
    fn logged(
        &self,
        recording: &Recording,
        pieces: &[Piece],
        position: &Position,
        failed: &mut Vec<(String, Failures)>,
    ) -> Option<String> {
        let moment = Moment::at(recording, position.step).ok()?;
        let frame = moment.step.frame?;
        let scope = moment.scope(frame, self.globals(recording, frame));
        let (mut out, mut fields, mut known) = (String::new(), 0, 0);
        for piece in pieces {
            let (written, field) = match piece {
                Piece::Text(text) => {
                    out.push_str(text);
                    continue;
                }
                Piece::Field(written, field) => (written, field),
            };
            fields += 1;
            match field.as_ref().map_err(Clone::clone).and_then(|field| field.text(&scope, SHOWN)) {
                Ok(text) => {
                    known += 1;
                    out.push_str(&text);
                }
                Err(problem) => {
                    out.push_str(NOT_EVALUATED);
                    let why = problem.to_string();
                    match failed.iter_mut().find(|(known, _)| known == written) {
                        Some((_, failures)) => failures.add(&why),
                        None => {
                            let mut failures = Failures::default();
                            failures.add(&why);
                            failed.push((written.clone(), failures));
                        }
                    }
                }
            }
        }
        (fields == 0 || known > 0).then_some(out)
    }
}
