//! Says in words how an execution differs from the passing run.

use connie_recording::error::Error;
use connie_recording::plain::around;

use super::super::code::Code;
use super::super::slice::{How, Node, Slicer};
use super::Compared;
use super::watch::{Execution, Other};
use crate::compare::What;

/// The maximum number of characters shown of a value or a line.
const SHOWN: usize = 60;

impl Compared<'_> {
    /// The notes on an execution.
    ///
    /// # Errors
    /// If the question is cancelled.
    pub(super) fn notes(
        &self,
        slicer: &Slicer<'_, '_>,
        node: &Node,
        is_changed: bool,
        is_new_ground: bool,
    ) -> Result<Vec<String>, Error> {
        let mut notes = Vec::new();
        if node.how != How::Set
            && let Some(execution) = self.watched.execution(node.at.step)
        {
            notes.extend(value_note(node, &execution.others));
            notes.extend(self.way_note(slicer, node, execution)?);
        }
        if is_changed {
            notes.push("changed since the passing run".to_owned());
        }
        if is_new_ground {
            notes.push("did not run in the passing run".to_owned());
        }
        Ok(notes)
    }

    /// Where the passing run went on.
    fn way_note(&self, slicer: &Slicer<'_, '_>, node: &Node, execution: &Execution) -> Result<Option<String>, Error> {
        let is_condition = matches!(node.how, How::Decided | How::Skipped);
        if let Some(went) = slicer.went(node)? {
            let is_other = self.went_before(execution).is_some_and(|before| before != went);
            let told = is_other && is_condition;
            return Ok(told.then(|| format!("{} in the passing run", if went { "false" } else { "true" })));
        }
        let Some(next) = execution.way.and_then(|way| way.before) else { return Ok(None) };
        // A line that is still there is seen elsewhere.
        let text = self.edits.text_before(execution.before.0, next);
        let text = text.filter(|_| self.edits.is_gone(node.source, next));
        Ok(text.map(|text| format!("the passing run went on with `{}`", around(text, 0, SHOWN))))
    }

    /// Which way a condition went in the passing run, if it went on at a line of the same frame.
    pub(super) fn went_before(&self, execution: &Execution) -> Option<bool> {
        let next = execution.way?.before?;
        let (source, line) = execution.before;
        let code = Code::of(self.edits.source_before(source)?)?;
        let (test, body) = code.branch(line)?;
        let (first, last) = code.lines(test);
        // A condition may go on over several lines.
        (!(first..=last).contains(&next)).then(|| (body.0..=body.1).contains(&next))
    }
}

/// The value that the passing run had.
fn value_note(node: &Node, others: &[Other]) -> Option<String> {
    let is_given = matches!(node.how, How::Returned | How::Yielded);
    let fits = |other: &&Other| match other.what {
        What::Variable => !is_given && is_within(&other.name, &node.name),
        What::Returned => node.how == How::Returned,
        What::Yielded => node.how == How::Yielded,
        What::Raised => false,
    };
    // Ints whose digits are not shown may have the same text.
    let tells = |other: &&Other| fits(other) && !other.in_doubt && other.texts[0] != other.texts[1];
    let other = others.iter().find(tells)?;
    let is_whole = if is_given { other.path.is_empty() } else { other.name == node.name };
    let name = if is_given { format!("its {}", other.path) } else { other.name.clone() };
    let [before, now] = &other.texts;
    Some(match (before, is_whole) {
        (Some(before), true) => format!("{} in the passing run", shown(before, now.as_deref())),
        (Some(before), false) => format!("{name} was {} in the passing run", shown(before, now.as_deref())),
        (None, true) => "it had no value in the passing run".to_owned(),
        (None, false) => format!("{name} did not exist in the passing run"),
    })
}

/// Whether a place is a name, or within its value.
fn is_within(place: &str, name: &str) -> bool {
    place.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// A value, around its first difference from another one.
fn shown(text: &str, other: Option<&str>) -> String {
    let same = other.map_or(0, |other| text.chars().zip(other.chars()).take_while(|(a, b)| a == b).count());
    around(text, same, SHOWN).into_owned()
}
