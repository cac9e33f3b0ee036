//! Where a trail ends: what made the value, or that this is not known, with the earliest sight of the object.

use connie_recording::error::Error;
use connie_source::python::slice;
use connie_wire::Value;
use ruff_python_ast::Expr;

use super::Site;
use super::given::Given;
use crate::History;
use crate::answers::{Spot, closures};
use crate::occurrences;

/// Letters of an expression that are shown.
const SHOWN: usize = 80;

impl History<'_> {
    /// What is known of how a line came to a value that nothing before it had.
    pub(super) fn made(&self, site: &Site, text: &str, given: &Given<'_>, value: &Value) -> Result<String, Error> {
        if let Some(older) = self.older(value, site.line.step)? {
            return Ok(older);
        }
        let spot = Spot::of(self, &site.line);
        let place = format!("line {} of {}", spot.line, spot.file);
        let exprs: Vec<&Expr> = given.values.iter().map(|(expr, _)| *expr).collect();
        let [expr] = exprs.as_slice() else { return Ok(format!("{place} wrote it")) };
        let shown = short(slice(text, *expr));
        Ok(match expr {
            Expr::Call(_) | Expr::Await(_) => format!("{place} got it from {shown}"),
            expr if expr.is_literal_expr() => format!("{place} has it: {shown}"),
            Expr::List(_) | Expr::Dict(_) | Expr::Set(_) | Expr::Tuple(_) => format!("{place} made it: {shown}"),
            _ => format!("{place} computed it: {shown}"),
        })
    }

    /// That an object is older than a line, and where it was first seen; nothing of one that was first seen after it
    /// began, and of values that have no identity.
    pub(super) fn older(&self, value: &Value, step: u64) -> Result<Option<String>, Error> {
        let Value::Object(object) = value else { return Ok(None) };
        let Some(seen) = closures::first_sight(self, *object)?.filter(|seen| *seen <= step) else { return Ok(None) };
        let page =
            occurrences::of(self.recording, *object, seen.saturating_sub(1), 1, &|| self.timeline.is_interrupted())?;
        let what = page.found.first().map_or_else(String::new, |first| {
            format!(" as {}", first.what.strip_prefix("variable ").unwrap_or(&first.what))
        });
        Ok(Some(format!("it is older than this line; first seen at step {seen}{what}")))
    }
}

fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN {
        return line;
    }
    line.chars().take(SHOWN).chain(['…']).collect()
}
