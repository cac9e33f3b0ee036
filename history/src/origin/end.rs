//! Where a trail ends: what made the value, or that this is not known, with the earliest sight of the object.

use connie_recording::error::Error;
use connie_source::python::slice;
use connie_wire::Value;
use ruff_python_ast::{Expr, Stmt};

use super::Site;
use super::given::{Given, Item};
use super::seen::{Ran, Seen};
use crate::History;
use crate::answers::{Spot, closures};
use crate::occurrences;

/// Letters of an expression that are shown.
const SHOWN: usize = 80;

impl History<'_> {
    /// What is known of how a line came to a value that nothing before it had.
    pub(super) fn made(
        &self,
        (site, ran): (&Site, Ran<'_>),
        seen: &Seen<'_>,
        given: &Given<'_>,
        value: &Value,
    ) -> Result<String, Error> {
        if let Some(older) = self.older(value, site.line.step)? {
            return Ok(older);
        }
        let spot = Spot::of(self, &site.line);
        let place = format!("line {} of {}", spot.line, spot.file);
        let [(expr, item)] = given.values.as_slice() else {
            return Ok(match ran {
                Ran::Statement(statement) if is_on_one_line(statement) => {
                    format!("{place} wrote it: {}", short(slice(seen.text, statement)))
                }
                _ => format!("{place} wrote it"),
            });
        };
        let shown = short(seen.slice(expr));
        if given.is_loop {
            return Ok(format!("{place} took it from {shown}"));
        }
        let is_object = matches!(value, Value::Object(_));
        Ok(match expr {
            Expr::Call(_) | Expr::Await(_) | Expr::Yield(_) => format!("{place} got it from {shown}"),
            _ if *item != Item::Whole => format!("{place} unpacked it from {shown}"),
            expr if expr.is_literal_expr() && seen.has(expr, value) == Some(true) => {
                format!("{place} has it: {shown}")
            }
            Expr::List(_) | Expr::Dict(_) | Expr::Set(_) if is_object => format!("{place} made it: {shown}"),
            Expr::Tuple(_) if is_object || matches!(value, Value::Tuple(_)) => format!("{place} made it: {shown}"),
            Expr::List(_) | Expr::Dict(_) | Expr::Set(_) | Expr::Tuple(_) => format!("{place} wrote it"),
            // What is here is not what was written: a statement's method or a descriptor made another value of it.
            expr if expr.is_literal_expr() || seen.has(expr, value) == Some(false) => format!("{place} wrote it"),
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

/// Whether a statement has no others within it.
fn is_on_one_line(statement: &Stmt) -> bool {
    matches!(
        statement,
        Stmt::Assign(_) | Stmt::AnnAssign(_) | Stmt::AugAssign(_) | Stmt::Expr(_) | Stmt::Return(_) | Stmt::Import(_)
    )
}

fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN {
        return line;
    }
    line.chars().take(SHOWN).chain(['…']).collect()
}
