//! Limits the work of one evaluation: people type expressions by hand and expect the answer at once.

use ruff_python_ast::Expr;

use super::got::Got;
use super::problem::{Problem, unknown};
use super::size;
use super::values::Values;

/// The maximum number of bytes of values that one evaluation creates.
const MAX_BYTES: usize = 64 << 20;
/// The cost of comparing two values, in bytes.
const COMPARISON: usize = 16;

impl Values<'_> {
    /// Counts created bytes.
    pub(super) fn charge(&self, bytes: usize) -> Result<(), Problem> {
        let made = self.made.get().saturating_add(bytes);
        self.made.set(made);
        if made > MAX_BYTES {
            return unknown(format!("it needs more than {} MiB of memory or as much time", MAX_BYTES >> 20));
        }
        Ok(())
    }

    /// Counts a comparison of two values.
    pub(super) fn charge_comparison(&self, left: &Got, right: &Got) -> Result<(), Problem> {
        self.charge(COMPARISON + (size::length(left) + size::length(right)) / 4)
    }

    /// Counts the operands of an operator.
    pub(super) fn charge_operands(&self, left: &Got, right: &Got) -> Result<(), Problem> {
        self.charge((size::length(left) + size::length(right)) / 4)
    }

    /// Counts the result of an expression.
    pub(super) fn charge_result(&self, expr: &Expr, got: &Got) -> Result<(), Problem> {
        let makes = matches!(expr, Expr::BinOp(_) | Expr::UnaryOp(_) | Expr::Call(_) | Expr::FString(_));
        match got {
            Got::Value(_) if !makes => Ok(()),
            got => self.charge(size::size_of(got)),
        }
    }
}
