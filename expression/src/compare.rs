//! Comparisons of recorded values: what python's own classes answer, of others nothing.

use connie_wire::{Kind, Value};
use ruff_python_ast::CmpOp;

use super::{Evaluator, Got, Problem, classes, is_scalar, operators, unknown};

impl Evaluator<'_> {
    pub(super) fn equal(&self, left: &Got, right: &Got) -> Result<bool, Problem> {
        self.charge_comparison(left, right)?;
        if let Some((left, right)) = self.scalars_of(left, right) {
            return self.equal(&left, &right);
        }
        if let (Got::Value(a), Got::Value(b)) = (left, right) {
            if let Some(equal) = operators::scalars_equal(a, b)? {
                return Ok(equal);
            }
            if let (Value::Object(a), Value::Object(b)) = (a, b)
                && a == b
            {
                return Ok(true);
            }
        }
        if matches!(left, Got::Class(..)) || matches!(right, Got::Class(..)) {
            return classes::same(self.scope.world(), left, right);
        }
        if self.is_plainly_named(left) && (self.is_plainly_named(right) || self.is_plain(right, 0))
            || self.is_plainly_named(right) && self.is_plain(left, 0)
        {
            return Ok(false);
        }
        let kind = |value: &Got| match value {
            Got::List(_) => Some(Kind::List),
            Got::Tuple(_) | Got::Value(Value::Tuple(_)) => Some(Kind::Tuple),
            Got::Set(_) => Some(Kind::Set),
            Got::Dict(_) => Some(Kind::Dict),
            Got::Value(Value::Object(_)) => self.object(value).map(|(_, kind, _)| kind),
            Got::Value(_) | Got::Class(..) => None,
        };
        match (kind(left), kind(right)) {
            (Some(a @ (Kind::List | Kind::Tuple)), Some(b)) if a == b => {
                let (left, right) = (self.items(left)?, self.items(right)?);
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (left, right) in left.iter().zip(&right) {
                    if !self.equal(left, right)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Some(Kind::Set | Kind::Frozenset), Some(Kind::Set | Kind::Frozenset)) => {
                let (left, right) = (self.set_items(left)?, self.set_items(right)?);
                Ok(left.len() == right.len()
                    && self.combined("issubset", &left, &right)? == Got::Value(Value::Bool(true)))
            }
            (Some(Kind::Dict | Kind::FrozenDict), Some(Kind::Dict | Kind::FrozenDict))
                if self.builtin_kind(left).is_some() && self.builtin_kind(right).is_some() =>
            {
                self.same_dicts(left, right)
            }
            (Some(Kind::List | Kind::Tuple), None) | (None, Some(Kind::List | Kind::Tuple)) => Ok(false),
            (Some(Kind::List), Some(Kind::Tuple)) | (Some(Kind::Tuple), Some(Kind::List)) => Ok(false),
            _ => unknown("comparing these may be code of their own"),
        }
    }

    pub(super) fn compare(&self, op: CmpOp, left: &Got, right: &Got) -> Result<bool, Problem> {
        match op {
            CmpOp::Eq => self.equal(left, right),
            CmpOp::NotEq => Ok(!self.equal(left, right)?),
            CmpOp::Is | CmpOp::IsNot => {
                let same = match (left, right) {
                    (Got::Class(..), _) | (_, Got::Class(..)) => classes::same(self.scope.world(), left, right)?,
                    (Got::Value(Value::Object(a)), Got::Value(Value::Object(b))) => a == b,
                    (Got::Value(a), Got::Value(b)) => {
                        let single = |value: &Value| matches!(value, Value::None | Value::Bool(_) | Value::Ellipsis);
                        if !single(a) && !single(b) {
                            return unknown("the identity of values that were recorded by value");
                        }
                        a == b
                    }
                    _ => false,
                };
                Ok(same == (op == CmpOp::Is))
            }
            CmpOp::In | CmpOp::NotIn => {
                let found = match (left, right) {
                    (Got::Value(Value::Str(part)), Got::Value(Value::Str(whole))) => {
                        operators::whole(whole)?.contains(&*operators::whole(part)?)
                    }
                    _ => {
                        let is_list = matches!(right, Got::List(_) | Got::Tuple(_) | Got::Value(Value::Tuple(_)))
                            || self.object(right).is_some_and(|(_, kind, _)| matches!(kind, Kind::List | Kind::Tuple));
                        if !is_list && !is_scalar(left) {
                            // A set is looked for in a set as the frozenset of its values.
                            if !matches!(self.builtin_kind(left), Some(Kind::Set)) {
                                self.hashable(left)?;
                            }
                            return unknown("this kind of key");
                        }
                        let items = match right {
                            Got::Set(items) => items.clone(),
                            right => self.items(right)?,
                        };
                        let mut found = false;
                        for item in items {
                            found = found || self.equal(left, &item)?;
                        }
                        found
                    }
                };
                Ok(found == (op == CmpOp::In))
            }
            CmpOp::Lt | CmpOp::LtE | CmpOp::Gt | CmpOp::GtE => {
                if let (Some(Kind::Set | Kind::Frozenset), Some(Kind::Set | Kind::Frozenset)) =
                    (self.builtin_kind(left), self.builtin_kind(right))
                {
                    return self.compare_sets(op, left, right);
                }
                let numbers = self.scalars_of(left, right);
                let (left, right) = numbers.as_ref().map_or((left, right), |(left, right)| (left, right));
                let ordering = self.order(left, right)?;
                Ok(ordering.is_some_and(|ordering| match op {
                    CmpOp::Lt => ordering.is_lt(),
                    CmpOp::LtE => ordering.is_le(),
                    CmpOp::Gt => ordering.is_gt(),
                    _ => ordering.is_ge(),
                }))
            }
        }
    }
}
