//! Bounds on what one evaluation makes and compares: an expression is typed by hand, and its answer comes at once.

use connie_wire::Value;
use ruff_python_ast::Expr;

use super::{Evaluator, Got, Problem, unknown};

/// Bytes of values that one evaluation makes.
const MOST_BYTES: usize = 64 << 20;
/// Bytes that a value takes, its text or digits apart.
const VALUE: usize = 64;
/// What comparing two values counts as, in bytes that are made.
const COMPARISON: usize = 16;

impl Evaluator<'_> {
    /// Counts bytes that are made.
    pub(super) fn charge(&self, bytes: usize) -> Result<(), Problem> {
        let made = self.made.get().saturating_add(bytes);
        self.made.set(made);
        if made > MOST_BYTES {
            return unknown(format!("it needs more than {} MiB of memory or as much time", MOST_BYTES >> 20));
        }
        Ok(())
    }

    /// Counts a comparison of two values.
    pub(super) fn charge_comparison(&self, left: &Got, right: &Got) -> Result<(), Problem> {
        self.charge(COMPARISON + (length(left) + length(right)) / 4)
    }

    /// Counts what an operator reads.
    pub(super) fn charge_operands(&self, left: &Got, right: &Got) -> Result<(), Problem> {
        self.charge((length(left) + length(right)) / 4)
    }

    /// Counts what an expression made.
    pub(super) fn charge_result(&self, expr: &Expr, got: &Got) -> Result<(), Problem> {
        let makes = matches!(expr, Expr::BinOp(_) | Expr::UnaryOp(_) | Expr::Call(_) | Expr::FString(_));
        match got {
            Got::Value(_) if !makes => Ok(()),
            got => self.charge(size_of(got)),
        }
    }
}

/// Bytes of a text, bytes object or int.
fn length(value: &Got) -> usize {
    match value {
        Got::Value(Value::Str(text) | Value::Bytes(text)) => text.bytes.len(),
        Got::Value(Value::BigInt(_, magnitude)) => magnitude.len(),
        _ => 0,
    }
}

/// Bytes that a copy of a value takes: texts within containers are shared.
pub(super) fn size_of(value: &Got) -> usize {
    let all = |items: &[Got]| items.iter().map(within).fold(VALUE, usize::saturating_add);
    match value {
        Got::List(items) | Got::Tuple(items) | Got::Set(items) => all(items),
        Got::Dict(pairs) => pairs
            .iter()
            .map(|(key, value)| within(key).saturating_add(within(value)))
            .fold(VALUE, usize::saturating_add),
        value => VALUE + length(value),
    }
}

fn within(value: &Got) -> usize {
    match value {
        Got::Value(_) | Got::Class(..) => VALUE,
        value => size_of(value),
    }
}
