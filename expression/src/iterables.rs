//! Iterables: containers, strings, ranges; and builtin functions that read all values at once.

use connie_wire::value::text_value;
use connie_wire::{Contents, Kind, Value};
use ruff_python_ast::CmpOp;

use super::got::{Got, Outcome, is_scalar};
use super::problem::{Problem, raised, unknown};
use super::values::{MAX_VALUES, Values};
use super::{blob, refuse};

/// The number of values in a range.
pub(super) fn range_length(start: i64, stop: i64, step: i64) -> Result<i64, Problem> {
    let (start, stop, step) = (i128::from(start), i128::from(stop), i128::from(step));
    let length =
        if step > 0 { (stop - start + step - 1).div_euclid(step) } else { (start - stop - step - 1).div_euclid(-step) };
    match i64::try_from(length.max(0)) {
        Ok(length) => Ok(length),
        Err(_) => raised("OverflowError: Python int too large to convert to C ssize_t"),
    }
}

impl Values<'_> {
    pub(super) fn iterated(&self, value: &Got) -> Result<Vec<Got>, Problem> {
        if let Got::Value(Value::Str(text)) = value {
            let text = blob::whole(text)?;
            return Ok(text.chars().map(|c| Got::Value(text_value(&c.to_string()))).collect());
        }
        self.items(value)
    }

    /// Keys and values of a dict; `None` if it is not a builtin kind of dict.
    pub(super) fn pairs(&self, value: &Got) -> Option<Result<Vec<(Got, Got)>, Problem>> {
        if let Got::Dict(pairs) = value {
            return Some(Ok(pairs.clone()));
        }
        if self.overrides(value, "keys") || self.overrides(value, "__iter__") || self.overrides(value, "__getitem__") {
            return None;
        }
        let (entity, kind, _) = self.object(value)?;
        if kind.shape().contents != Contents::Pairs {
            return None;
        }
        let items = kind.shape().of(&entity.items);
        if (entity.items.len() as u64) < entity.length {
            return Some(unknown("not all items were recorded"));
        }
        let got = |value: &Value| Got::Value(value.clone());
        Some(Ok(items.chunks_exact(2).map(|pair| (got(&pair[0]), got(&pair[1]))).collect()))
    }

    /// `range(…)`
    pub(super) fn range(&self, arguments: &[Got]) -> Outcome {
        let mut bounds = Vec::new();
        for argument in arguments {
            match argument {
                Got::Value(Value::Int(n)) => bounds.push(*n),
                Got::Value(Value::Bool(truth)) => bounds.push(i64::from(*truth)),
                Got::Value(Value::BigInt(..)) => return unknown("the range is too large"),
                argument => return refuse::wrong_type("range", argument),
            }
        }
        match bounds[..] {
            [stop] => Ok(Got::Range(0, stop, 1)),
            [start, stop] => Ok(Got::Range(start, stop, 1)),
            [_, _, 0] => raised("ValueError: range() arg 3 must not be zero"),
            [start, stop, step] => Ok(Got::Range(start, stop, step)),
            _ => raised("TypeError: range expected 1 to 3 arguments"),
        }
    }

    /// A recorded range, which is recorded by its repr.
    pub(super) fn recorded_range(&self, value: &Got) -> Option<Got> {
        if self.builtin_kind(value)? != Kind::Template {
            return None;
        }
        let (entity, _, class) = self.object(value)?;
        let parts = entity.items.iter().skip(1).step_by(2);
        let numbers: Option<Vec<i64>> =
            parts.map(|part| if let Value::Int(n) = part { Some(*n) } else { None }).collect();
        match numbers?[..] {
            _ if class != "range" => None,
            [start, stop] => Some(Got::Range(start, stop, 1)),
            [start, stop, step] if step != 0 => Some(Got::Range(start, stop, step)),
            _ => None,
        }
    }

    /// The values of a range.
    pub(super) fn range_values(&self, start: i64, stop: i64, step: i64) -> Result<Vec<Got>, Problem> {
        let length = range_length(start, stop, step)?;
        if length > MAX_VALUES as i64 {
            return unknown(format!("it looks at more than {MAX_VALUES} values"));
        }
        let at = |n: i64| Got::Value(Value::Int((i128::from(start) + i128::from(n) * i128::from(step)) as i64));
        Ok((0..length).map(at).collect())
    }

    /// The values of a sequence in reverse.
    pub(super) fn reversed(&self, value: &Got) -> Result<Vec<Got>, Problem> {
        let is_sequence = matches!(
            value,
            Got::List(_)
                | Got::Tuple(_)
                | Got::Dict(_)
                | Got::View(..)
                | Got::Range(..)
                | Got::Value(Value::Str(_) | Value::Tuple(_))
        ) || matches!(self.builtin_kind(value), Some(Kind::List | Kind::Tuple | Kind::Dict))
            || self.library_kind(value).is_some_and(|kind| kind != Kind::NamedTuple);
        match value {
            Got::Set(_) => return raised("TypeError: 'set' object is not reversible"),
            _ if matches!(self.builtin_kind(value), Some(Kind::Set | Kind::Frozenset)) => {
                return raised("TypeError: a set is not reversible");
            }
            _ if !is_sequence => match refuse::not_iterable::<()>(self, value) {
                Err(Problem::Raised(_)) => return raised("TypeError: this object is not reversible"),
                _ => return unknown("what this is in reverse"),
            },
            _ => {}
        }
        self.iterated(value).map(|values| values.into_iter().rev().collect())
    }

    /// `min` and `max`, by the keys that `rank_of` returns.
    pub(super) fn extreme(&self, name: &str, values: Vec<Got>, rank_of: &dyn Fn(&Got) -> Outcome) -> Outcome {
        let op = if name == "min" { CmpOp::Lt } else { CmpOp::Gt };
        let mut values = values.into_iter();
        let Some(mut best) = values.next() else {
            return raised(format!("ValueError: {name}() iterable argument is empty"));
        };
        let mut rank = rank_of(&best)?;
        for value in values {
            let other = rank_of(&value)?;
            if self.compare(op, &other, &rank)? {
                (best, rank) = (value, other);
            }
        }
        Ok(best)
    }

    /// Sorts values by the keys that `rank_of` returns. The sort is stable.
    pub(super) fn sorted(
        &self,
        values: Vec<Got>,
        rank_of: &dyn Fn(&Got) -> Outcome,
        reverse: bool,
    ) -> Result<Vec<Got>, Problem> {
        let ranked = |value: Got| Ok((rank_of(&value)?, value));
        let mut values: Vec<(Got, Got)> = values.into_iter().map(ranked).collect::<Result<_, Problem>>()?;
        if reverse {
            values.reverse();
        }
        // For values without a total order, Python's result depends on its algorithm, so that it is unknown here.
        if values.len() > 1 && values.iter().any(|(rank, _)| has_nan(rank)) {
            return unknown("the order of values that are not numbers");
        }
        if values.len() > 1 && values.iter().any(|(rank, _)| self.has_set(rank)) {
            return unknown("sets have no order of their own");
        }
        let mut values = self.merged(values)?;
        if reverse {
            values.reverse();
        }
        Ok(values.into_iter().map(|(_, value)| value).collect())
    }

    /// Sorts pairs by their first values, by merging: the standard library's sort cannot stop at the first error, and
    /// panics if comparisons contradict each other.
    fn merged(&self, mut values: Vec<(Got, Got)>) -> Result<Vec<(Got, Got)>, Problem> {
        if values.len() < 2 {
            return Ok(values);
        }
        let right = self.merged(values.split_off(values.len() / 2))?;
        let left = self.merged(values)?;
        let mut merged = Vec::with_capacity(left.len() + right.len());
        let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let next = if self.compare(CmpOp::Lt, &b.0, &a.0)? { right.next() } else { left.next() };
            merged.extend(next);
        }
        merged.extend(left);
        merged.extend(right);
        Ok(merged)
    }

    /// Whether a value is or contains a set: sets have no total order.
    fn has_set(&self, value: &Got) -> bool {
        match value {
            Got::Set(_) => true,
            Got::List(items) | Got::Tuple(items) => items.iter().any(|item| self.has_set(item)),
            _ => matches!(self.builtin_kind(value), Some(Kind::Set | Kind::Frozenset)),
        }
    }

    /// A set of values, without duplicates.
    pub(super) fn set_of(&self, values: Vec<Got>) -> Outcome {
        let mut found: Vec<Got> = Vec::new();
        for value in values {
            self.hashable(&value)?;
            let mut known = false;
            for other in &found {
                known = known || self.equal(other, &value)?;
            }
            if !known {
                found.push(value);
            }
        }
        Ok(Got::Set(found))
    }

    /// A dict of pairs; later values replace earlier ones at their positions.
    pub(super) fn dict_of(&self, pairs: Vec<(Got, Got)>) -> Outcome {
        let mut found: Vec<(Got, Got)> = Vec::new();
        'pairs: for (key, value) in pairs {
            self.hashable(&key)?;
            for (known, old) in &mut found {
                if self.equal(known, &key)? {
                    *old = value;
                    continue 'pairs;
                }
            }
            found.push((key, value));
        }
        Ok(Got::Dict(found))
    }

    pub(super) fn hashable(&self, value: &Got) -> Result<(), Problem> {
        match value {
            Got::List(_) => raised("TypeError: unhashable type: 'list'"),
            Got::Set(_) => raised("TypeError: unhashable type: 'set'"),
            Got::View(..) => unknown("the hash of this"),
            Got::Dict(_) => raised("TypeError: unhashable type: 'dict'"),
            value if is_scalar(value) => Ok(()),
            _ => match self.object(value) {
                Some((_, Kind::List | Kind::Dict | Kind::Set, class))
                    if matches!(class.as_str(), "list" | "dict" | "set") =>
                {
                    raised(format!("TypeError: unhashable type: '{class}'"))
                }
                _ => unknown("the hash of this may be computed by code of its class"),
            },
        }
    }
}

/// Whether a value is NaN, or contains NaN.
fn has_nan(value: &Got) -> bool {
    match value {
        Got::Value(Value::Float(x)) => f64::from_bits(*x).is_nan(),
        Got::Value(Value::Tuple(items)) => items.iter().any(|item| has_nan(&Got::Value(item.clone()))),
        Got::List(items) | Got::Tuple(items) => items.iter().any(has_nan),
        _ => false,
    }
}
