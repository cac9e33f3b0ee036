//! Finds the expression at a position of a document, and the moment at which it is evaluated.

use connie_history::beside::{Call, Outcome};
use connie_source::outline::Detail;
use connie_source::python::{Statements, place_at};

use super::seen::Seen;
use crate::params::Position;
use crate::view::View;

/// An expression of the document, with the moment of its value.
pub struct ExpressionAt {
    /// The expression.
    pub text: String,
    /// Line of the document (from 0) on which it ends, and its byte range there.
    pub line: usize,
    /// The byte range.
    pub columns: (usize, usize),
    /// The call whose variables are used.
    pub call: Call,
    /// The step at which it is read.
    pub step: u64,
}

impl ExpressionAt {
    /// The expression at its moment.
    pub fn seen(&self) -> Seen<'_> {
        Seen { text: &self.text, frame: self.call.frame, step: self.step }
    }
}

/// The expression at the position of a request; `None` if there is none with a recorded value.
pub fn at(view: &mut View<'_>, position: &Position) -> Option<ExpressionAt> {
    let line = (*position.line)?;
    let column = view.encoding.bytes(view.document.line(line)?, (*position.character)?);
    let recorded = view.recorded_line(line)?;
    let outline = view.outline.clone();
    let text = view.loaded.text(view.source);
    // The line is unchanged since it ran, so that its columns are too.
    let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    let start = starts.into_iter().nth(recorded as usize - 1)?;
    let (from, to) = place_at(text, start + column)?;
    let expression = text.get(from..to)?.to_owned();
    // An expression that spans several lines is underlined on its last line only.
    let columns = (from.saturating_sub(start), to - start);
    let statement = Statements::of(text).and_then(|statements| statements.first_line(recorded)).unwrap_or(recorded);
    let parameter = outline.marks.iter().find(|mark| {
        mark.text == expression
            && matches!(mark.detail, Detail::Parameter { name, .. } if name == (recorded, columns.1))
    });
    if let Some(parameter) = parameter {
        let call = view.loaded.call_within_loops(view.source, &outline, parameter.function)?;
        return Some(ExpressionAt { text: expression, line, columns, call, step: call.first });
    }
    let mut function = outline.function_at(recorded);
    // Decorators, defaults and annotations belong to the enclosing code.
    if let Some(n) = function.filter(|n| recorded <= outline.functions[*n].def_line) {
        function = outline.functions[n].parent;
    }
    let call = view.loaded.call_within_loops(view.source, &outline, function)?;
    let ground = view.loaded.ground(view.source);
    let hit = ground.last_hit(&call, recorded, statement.min(recorded))?;
    let given = outline.marks.iter().find(|mark| {
        mark.text == expression
            && !mark.is_outcome()
            && mark.line <= recorded
            && recorded <= mark.last_line
            && mark.function == function
    });
    let after = given.map(|mark| ground.done(&call, &hit, (mark.line, mark.last_line)));
    let step = match after {
        Some(Outcome::Done(after)) => after.step,
        _ => hit.step,
    };
    Some(ExpressionAt { text: expression, line, columns, call, step })
}
