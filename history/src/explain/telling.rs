//! Finds operands that tell of a mistake: texts that differ only in case, a number compared with a text, a value exactly at
//! a limit, a 0 that `or` replaced.

use std::time::Duration;

use connie_expression::Got;
use connie_recording::error::Error;
use connie_source::python::slice;
use connie_wire::Value;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{BoolOp, CmpOp, Expr, Stmt};

use super::budget::Budget;
use super::rank::Ranked;
use super::reads::Reads;
use super::slice::{How, Slicer};
use crate::History;

/// The number of lines whose operands are looked at, and the time limit for it.
const LINES: usize = 100;
const PATIENCE: Duration = Duration::from_millis(200);
/// The factors for operands that are nearly equal, for a value exactly at a limit, and for one that `or` replaced.
const NEARLY: f64 = 2.0;
const LIMIT: f64 = 1.3;
const REPLACED: f64 = 1.8;
/// The maximum number of operands of a line, and of characters of one in a text for people.
const MAX_OPERANDS: usize = 6;
const SHOWN: usize = 40;

/// Raises the scores of lines whose operands tell of a mistake.
///
/// # Errors
/// If the question is cancelled.
pub(super) fn weigh(history: &History<'_>, slicer: &Slicer<'_, '_>, found: &mut [Ranked]) -> Result<(), Error> {
    let budget = Budget::of(history.recording, PATIENCE);
    let mut order: Vec<usize> = (1..found.len()).collect();
    order.sort_by(|a, b| found[*b].score.total_cmp(&found[*a].score).then(a.cmp(b)));
    for index in order.into_iter().take(LINES) {
        if budget.is_spent() {
            break;
        }
        if let Some((text, factor)) = told(slicer, index)? {
            found[index].score *= factor;
            found[index].notes.push(text);
        }
    }
    Ok(())
}

/// What the operands of a line tell, and the factor for it.
fn told(slicer: &Slicer<'_, '_>, index: usize) -> Result<Option<(String, f64)>, Error> {
    let node = &slicer.nodes[index];
    if matches!(node.how, How::Set | How::Called | How::Before | How::Passed | How::Defaulted) {
        return Ok(None);
    }
    let Some(code) = slicer.code(node.source) else { return Ok(None) };
    let Some(stmt) = code.statements.at(node.at.line) else { return Ok(None) };
    let reads = Reads::of(&code, stmt, node.at.line, node.focus, true);
    let mut operands = Operands { found: Vec::new(), is_condition: matches!(stmt, Stmt::If(_) | Stmt::While(_)) };
    reads.exprs.iter().for_each(|expr| operands.visit_expr(expr));
    operands.found.retain(|one| !matches!(stmt, Stmt::While(_)) || !matches!(one, Operand::Limit(..)));
    operands.found.truncate(MAX_OPERANDS);
    let mut best: Option<(String, f64)> = None;
    for operand in operands.found {
        let texts = operand.exprs().map(|expr| slice(code.statements.text, expr));
        let got = slicer.evaluated(&node.at, &texts)?;
        let told = match (&operand, &got[..]) {
            (Operand::Equal(..) | Operand::Limit(..), [Some(left), Some(right)]) => compared(&operand, left, right),
            (Operand::Or(..), [Some(left), right]) => replaced(texts[0], left, right.as_ref()),
            _ => None,
        };
        if told.as_ref().is_some_and(|(_, factor)| best.as_ref().is_none_or(|(_, known)| factor > known)) {
            best = told;
        }
    }
    Ok(best)
}

/// Two expressions whose values may tell of a mistake.
enum Operand<'s> {
    /// They are compared for equality, or the second one contains what the first one may equal.
    Equal(&'s Expr, &'s Expr),
    /// They are compared by their order.
    Limit(&'s Expr, &'s Expr),
    /// The second one is taken if the first one is false.
    Or(&'s Expr, &'s Expr),
}

impl<'s> Operand<'s> {
    fn exprs(&self) -> [&'s Expr; 2] {
        match self {
            Self::Equal(left, right) | Self::Limit(left, right) | Self::Or(left, right) => [left, right],
        }
    }
}

/// A visitor that finds operands.
struct Operands<'s> {
    found: Vec<Operand<'s>>,
    is_condition: bool,
}

impl<'s> Visitor<'s> for Operands<'s> {
    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            // What they read is not known at the beginning of the line.
            Expr::Lambda(_) | Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => return,
            Expr::Compare(compare) => {
                if let ([op], [right]) = (&compare.ops[..], &compare.comparators[..]) {
                    self.found.extend(match op {
                        CmpOp::Eq | CmpOp::NotEq | CmpOp::In | CmpOp::NotIn => {
                            Some(Operand::Equal(&compare.left, right))
                        }
                        CmpOp::Lt | CmpOp::LtE | CmpOp::Gt | CmpOp::GtE => Some(Operand::Limit(&compare.left, right)),
                        CmpOp::Is | CmpOp::IsNot => None,
                    });
                }
            }
            Expr::BoolOp(choice) if choice.op == BoolOp::Or && !self.is_condition => {
                if let [left, right] = &choice.values[..] {
                    self.found.push(Operand::Or(left, right));
                }
            }
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

/// What two compared values tell.
fn compared(operand: &Operand<'_>, left: &Got, right: &Got) -> Option<(String, f64)> {
    if let Operand::Limit(..) = operand {
        let (Some(left), Some(right)) = (number(left), number(right)) else { return None };
        return (left == right).then(|| (format!("{left} is exactly the limit"), LIMIT));
    }
    let items: Vec<&Got> = match right {
        Got::Tuple(items) | Got::List(items) | Got::Set(items) => items.iter().collect(),
        right => vec![right],
    };
    if items.contains(&left) {
        return None;
    }
    items.into_iter().find_map(|right| nearly(left, right)).map(|text| (text, NEARLY))
}

/// How two different values are nearly equal.
fn nearly(left: &Got, right: &Got) -> Option<String> {
    match (text(left), text(right)) {
        (Some(left), Some(right)) => {
            let is_nearly =
                left != right && !left.trim().is_empty() && left.trim().to_lowercase() == right.trim().to_lowercase();
            let what = if left.to_lowercase() == right.to_lowercase() { "case" } else { "case or white space" };
            is_nearly.then(|| format!("{} and {} differ only in {what}", shown(&left), shown(&right)))
        }
        (Some(text), None) => of_kinds(&text, number(right)?),
        (None, Some(text)) => of_kinds(&text, number(left)?),
        (None, None) => None,
    }
}

/// Whether a text is that of a number.
fn of_kinds(text: &str, number: f64) -> Option<String> {
    let is_it = text.trim().parse::<f64>().is_ok_and(|parsed| parsed == number);
    is_it.then(|| format!("{} is a text and {number} is a number", shown(text)))
}

/// What a value tells that `or` replaced: it is one, although it counts as false.
fn replaced(name: &str, left: &Got, right: Option<&Got>) -> Option<(String, f64)> {
    let is_zero = matches!(left, Got::Value(Value::Int(0))) || number(left) == Some(0.0);
    let is_same = right.is_some_and(|right| right == left);
    (is_zero && !is_same).then(|| (format!("{name} was 0, which `or` replaced"), REPLACED))
}

fn number(got: &Got) -> Option<f64> {
    match got {
        Got::Value(Value::Int(number)) => Some(*number as f64),
        Got::Value(Value::Float(bits)) => Some(f64::from_bits(*bits)),
        _ => None,
    }
}

fn text(got: &Got) -> Option<String> {
    match got {
        Got::Value(Value::Str(text)) => Some(String::from_utf8_lossy(&text.bytes).into_owned()),
        _ => None,
    }
}

/// A text for people.
fn shown(text: &str) -> String {
    let is_long = text.chars().count() > SHOWN;
    let text: String = if is_long { text.chars().take(SHOWN).chain(['…']).collect() } else { text.to_owned() };
    format!("{text:?}").replace('"', "'")
}

#[cfg(test)]
mod tests {
    use connie_expression::Got;
    use connie_wire::{Blob, Value};

    use super::{Operand, compared, nearly, replaced};

    fn text(text: &str) -> Got {
        Got::Value(Value::Str(Blob::new(text.as_bytes())))
    }

    fn int(number: i64) -> Got {
        Got::Value(Value::Int(number))
    }

    #[test]
    fn nearly_equal_values_are_told() {
        assert_eq!(nearly(&text("as"), &text("AS")).as_deref(), Some("'as' and 'AS' differ only in case"));
        assert_eq!(nearly(&text("a "), &text("A")).as_deref(), Some("'a ' and 'A' differ only in case or white space"));
        assert_eq!(nearly(&text("3"), &int(3)).as_deref(), Some("'3' is a text and 3 is a number"));
        assert_eq!(nearly(&text("a"), &text("b")), None);
        assert_eq!(nearly(&text(""), &text(" ")), None);
    }

    #[test]
    fn limits_and_replaced_zeros_are_told() {
        let parsed = ruff_python_parser::parse_expression("a").unwrap();
        let limit = Operand::Limit(parsed.expr(), parsed.expr());
        assert_eq!(compared(&limit, &int(8), &int(8)).map(|told| told.0).as_deref(), Some("8 is exactly the limit"));
        assert!(compared(&limit, &int(7), &int(8)).is_none());
        let equal = Operand::Equal(parsed.expr(), parsed.expr());
        assert!(compared(&equal, &text("as"), &Got::Tuple(vec![text("AS"), text("as")])).is_none());
        assert!(compared(&equal, &text("as"), &Got::Tuple(vec![text("BY"), text("AS")])).is_some());
        let told = replaced("width", &int(0), Some(&int(1))).map(|told| told.0);
        assert_eq!(told.as_deref(), Some("width was 0, which `or` replaced"));
        assert!(replaced("width", &int(2), Some(&int(1))).is_none() && replaced("n", &int(0), Some(&int(0))).is_none());
    }
}
