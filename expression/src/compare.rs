//! Compares recorded values with the results of Python's own classes. Comparisons of other classes are unknown.

use std::cmp::Ordering;

use connie_wire::{Contents, Kind, Value};
use ruff_python_ast::CmpOp;

use super::got::{Got, is_scalar};
use super::problem::{Problem, raised, unknown};
use super::values::Values;
use super::{blob, classes, cut, numbers, operators};

/// Whether an ordering satisfies an operator; values without an order satisfy none.
fn ordered(op: CmpOp, ordering: Option<Ordering>) -> bool {
    ordering.is_some_and(|ordering| match op {
        CmpOp::Lt => ordering.is_lt(),
        CmpOp::LtE => ordering.is_le(),
        CmpOp::Gt => ordering.is_gt(),
        _ => ordering.is_ge(),
    })
}

impl Values<'_> {
    /// Compares items as containers do: an object is equal to itself, whatever its `==` returns.
    fn same_or_equal(&self, left: &Got, right: &Got) -> Result<bool, Problem> {
        let is_nan = |value: &Got| matches!(value, Got::Value(Value::Float(bits)) if f64::from_bits(*bits).is_nan());
        match (left, right) {
            (Got::Value(Value::Object(a)), Got::Value(Value::Object(b))) if a == b => Ok(true),
            _ if is_nan(left) && is_nan(right) => unknown("whether two NaNs are one object was not recorded"),
            _ => self.equal(left, right),
        }
    }

    /// `left is right`
    fn identical(&self, left: &Got, right: &Got) -> Result<bool, Problem> {
        Ok(match (left, right) {
            (Got::Class(..), _) | (_, Got::Class(..)) => classes::same(self.scope.world(), left, right)?,
            (Got::Value(Value::Object(a)), Got::Value(Value::Object(b))) => a == b,
            // A name within the expression may denote the same object.
            (left, right)
                if std::mem::discriminant(left) == std::mem::discriminant(right) && !matches!(left, Got::Value(_)) =>
            {
                return unknown("whether these are one object: the expression made them");
            }
            (Got::Value(a), Got::Value(b)) => {
                let single = |value: &Value| matches!(value, Value::None | Value::Bool(_) | Value::Ellipsis);
                if !single(a) && !single(b) {
                    return unknown("the identity of values that were recorded by value");
                }
                a == b
            }
            _ => false,
        })
    }

    /// Whether an object is equal to itself: this holds for builtin containers, and for objects with the comparison of
    /// `object`.
    fn is_itself(&self, value: &Got) -> bool {
        let kind = self.object(value).map(|(_, kind, _)| kind);
        kind.is_some_and(|kind| {
            kind.is_container() || matches!(kind, Kind::Instance | Kind::NamedTuple | Kind::Exception)
        })
    }

    pub(super) fn equal(&self, left: &Got, right: &Got) -> Result<bool, Problem> {
        self.charge_comparison(left, right)?;
        if let Some((left, right)) = self.scalars_of(left, right) {
            return self.equal(&left, &right);
        }
        if matches!(left, Got::Scalar(..)) || matches!(right, Got::Scalar(..)) {
            return match (left, right) {
                (Got::Value(Value::None), _) | (_, Got::Value(Value::None)) => Ok(false),
                _ => unknown("comparing a cell of this type runs code of its library"),
            };
        }
        if let (Got::Value(a), Got::Value(b)) = (left, right)
            && let Some(equal) = operators::scalars_equal(a, b)?
        {
            return Ok(equal);
        }
        if let Some(equal) = self.equal_members(left, right) {
            return equal;
        }
        if matches!(left, Got::Class(..)) || matches!(right, Got::Class(..)) {
            return classes::same(self.scope.world(), left, right);
        }
        if self.is_plainly_named(left) && (self.is_plainly_named(right) || self.is_plain(right, 0)?)
            || self.is_plainly_named(right) && self.is_plain(left, 0)?
        {
            return Ok(left == right);
        }
        let kind = |value: &Got| match value {
            Got::List(_) => Some(Kind::List),
            Got::Tuple(_) | Got::Value(Value::Tuple(_)) => Some(Kind::Tuple),
            Got::Set(_) => Some(Kind::Set),
            Got::Dict(_) => Some(Kind::Dict),
            Got::Value(Value::Object(_)) => self.object(value).map(|(_, kind, _)| kind),
            Got::Value(_) | Got::Scalar(..) | Got::Class(..) | Got::View(..) | Got::Range(..) => None,
        };
        if let (Got::View(name, own), Got::View(other_name, other)) = (left, right) {
            return self.same_views(name, own, other_name, other);
        }
        if let (Got::Range(..), Got::Range(..)) = (left, right) {
            return Ok(self.iterated(left)? == self.iterated(right)?);
        }
        if self.overrides(left, "__eq__") || self.overrides(right, "__eq__") {
            return unknown("comparing these runs code of their class");
        }
        if let (Got::Value(Value::Object(a)), Got::Value(Value::Object(b))) = (left, right)
            && a == b
            && self.is_itself(left)
        {
            return Ok(true);
        }
        if let Some(found) = self.equal_contents(left, right) {
            return found;
        }
        match (kind(left), kind(right)) {
            (Some(a @ (Kind::List | Kind::Tuple)), Some(b)) if a == b => {
                let (left, right) = (self.items(left)?, self.items(right)?);
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (left, right) in left.iter().zip(&right) {
                    if !self.same_or_equal(left, right)? {
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
            _ => unknown("comparing these may run code of their class"),
        }
    }

    /// Whether two ranges, named tuples, dicts of `collections` or containers of classes that inherit `__eq__` are
    /// equal; `None` for others.
    fn equal_contents(&self, left: &Got, right: &Got) -> Option<Result<bool, Problem>> {
        let range = |value: &Got| match value {
            Got::Range(..) => Some(value.clone()),
            value => self.recorded_range(value),
        };
        if let (Some(left), Some(right)) = (range(left), range(right)) {
            let both = self.items(&left).and_then(|left| Ok((left, self.items(&right)?)));
            return Some(both.map(|(left, right)| left == right));
        }
        let kind = |value: &Got| {
            self.builtin_kind(value).or_else(|| self.library_kind(value)).or_else(|| self.inherited(value, "__eq__"))
        };
        let all = |make: fn(Vec<Got>) -> Got| {
            let both = self.items(left).and_then(|left| Ok((make(left), make(self.items(right)?))));
            Some(both.and_then(|(left, right)| self.equal(&left, &right)))
        };
        let is_plain = self.builtin_kind(left).is_some() && self.builtin_kind(right).is_some();
        let is_dict = |kind: Kind| kind.shape().contents == Contents::Pairs;
        match (kind(left)?, kind(right)?) {
            _ if is_plain => None,
            (Kind::Tuple | Kind::NamedTuple, Kind::Tuple | Kind::NamedTuple) => all(Got::Tuple),
            (Kind::List, Kind::List) => all(Got::List),
            (Kind::Counter, Kind::Counter) => None,
            (a, b) if is_dict(a) && is_dict(b) => {
                let (own, other) = (self.pairs(left)?, self.pairs(right)?);
                let found = own.and_then(|own| {
                    let other = other?;
                    let is_ordered = a == Kind::OrderedDict && b == Kind::OrderedDict;
                    if is_ordered && own.len() == other.len() {
                        for ((key, _), (other, _)) in own.iter().zip(&other) {
                            if !self.equal(key, other)? {
                                return Ok(false);
                            }
                        }
                    }
                    self.same_dicts(&Got::Dict(own), &Got::Dict(other))
                });
                Some(found)
            }
            _ => None,
        }
    }

    /// Whether two views of dicts are equal: keys compare like sets, values by identity.
    fn same_views(&self, name: &str, own: &[Got], other_name: &str, other: &[Got]) -> Result<bool, Problem> {
        if !name.ends_with("keys") || !other_name.ends_with("keys") || !own.iter().chain(other).all(is_scalar) {
            return unknown("comparing views of these");
        }
        Ok(own.len() == other.len() && self.combined("issubset", own, other)? == Got::Value(Value::Bool(true)))
    }

    fn in_range(&self, value: &Got, start: i64, stop: i64, step: i64) -> Result<bool, Problem> {
        let Got::Value(Value::Int(n)) = value else {
            let mut found = false;
            for item in self.range_values(start, stop, step)? {
                found = found || self.equal(&item, value)?;
            }
            return Ok(found);
        };
        let (n, start, stop, step) = (i128::from(*n), i128::from(start), i128::from(stop), i128::from(step));
        let within = if step > 0 { start <= n && n < stop } else { stop < n && n <= start };
        Ok(within && (n - start) % step == 0)
    }

    pub(super) fn compare(&self, op: CmpOp, left: &Got, right: &Got) -> Result<bool, Problem> {
        match op {
            CmpOp::Eq => self.equal(left, right),
            CmpOp::NotEq => Ok(!self.equal(left, right)?),
            CmpOp::Is | CmpOp::IsNot => Ok(self.identical(left, right)? == (op == CmpOp::Is)),
            CmpOp::In | CmpOp::NotIn => {
                let found = match (left, right) {
                    (part, Got::Value(Value::Str(_)))
                        if !matches!(part, Got::Value(Value::Str(_) | Value::Object(_) | Value::Redacted(_))) =>
                    {
                        return raised("TypeError: 'in <string>' requires string as left operand");
                    }
                    (_, container) if self.overrides(container, "__contains__") => {
                        return unknown("whether this is in it is computed by code of its class");
                    }
                    (part, Got::Value(Value::Bytes(whole))) => {
                        let whole = blob::all_bytes(whole)?;
                        match (part, numbers::int(part)) {
                            (_, Some(byte)) => match u8::try_from(byte) {
                                Ok(byte) => whole.contains(&byte),
                                Err(_) => return raised("ValueError: byte must be in range(0, 256)"),
                            },
                            (Got::Value(Value::Bytes(part)), _) => {
                                let part = blob::all_bytes(part)?;
                                part.is_empty() || whole.windows(part.len()).any(|window| window == part)
                            }
                            _ => return unknown("whether this is in bytes"),
                        }
                    }
                    (Got::Value(Value::Str(part)), Got::Value(Value::Str(whole))) => {
                        let part = blob::whole(part)?;
                        match cut::contains(whole, &part) {
                            Some(found) => found,
                            None => blob::whole(whole)?.contains(&*part),
                        }
                    }
                    _ => {
                        let is_list = matches!(right, Got::List(_) | Got::Tuple(_) | Got::Value(Value::Tuple(_)))
                            || matches!(right, Got::View("dict_values" | "odict_values", _))
                            || self.object(right).is_some_and(|(_, kind, _)| matches!(kind, Kind::List | Kind::Tuple));
                        if !is_list && !is_scalar(left) {
                            // To test whether a set is in a set, Python uses a frozenset of its values.
                            if !matches!(self.builtin_kind(left), Some(Kind::Set)) {
                                self.hashable(left)?;
                            }
                            return unknown("this kind of key");
                        }
                        let range = self.recorded_range(right);
                        let items = match range.as_ref().unwrap_or(right) {
                            Got::Set(items) => items.clone(),
                            Got::Range(start, stop, step) => {
                                return Ok(self.in_range(left, *start, *stop, *step)? == (op == CmpOp::In));
                            }
                            right => self.items(right)?,
                        };
                        let mut found = false;
                        for item in items {
                            found = found || self.same_or_equal(left, &item)?;
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
                if let Some(ordering) = self.order_of_members(left, right) {
                    return Ok(ordered(op, ordering?));
                }
                let numbers = self.scalars_of(left, right);
                let (left, right) = numbers.as_ref().map_or((left, right), |(left, right)| (left, right));
                Ok(ordered(op, self.order(left, right)?))
            }
        }
    }
}
