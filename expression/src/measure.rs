//! Operations on any value: truth, length, repr.

use connie_recording::ints;
use connie_recording::render::Bounds;
use connie_wire::{Kind, Value};

use super::blob::LONGEST;
use super::got::Got;
use super::plain::DEEP;
use super::problem::{Problem, unknown};
use super::values::Values;
use super::{cut, iterables, numbers, refuse};

impl Values<'_> {
    /// Whether a value is true.
    pub(super) fn truth(&self, value: &Got) -> Result<bool, Problem> {
        let scalar = self.scalar_of(value);
        Ok(match scalar.as_ref().unwrap_or(value) {
            Got::List(items) | Got::Tuple(items) | Got::Set(items) => !items.is_empty(),
            Got::Dict(pairs) => !pairs.is_empty(),
            Got::Class(..) => true,
            Got::View(_, items) => !items.is_empty(),
            Got::Range(..) => self.length(value)? > 0,
            Got::Scalar(..) => return unknown("whether a cell of this type is true is not known"),
            Got::Value(value) => match value {
                Value::None => false,
                Value::Bool(truth) => *truth,
                Value::Int(n) => *n != 0,
                Value::BigInt(..) | Value::Ellipsis => true,
                Value::Float(bits) => f64::from_bits(*bits) != 0.0,
                Value::Str(text) | Value::Bytes(text) => !text.bytes.is_empty() || text.cut.is_some_and(|n| n > 0),
                Value::Tuple(items) => !items.is_empty(),
                Value::Function(_) | Value::Class(_) | Value::Module(_) | Value::Method(_) => true,
                Value::Object(_) if self.is_plainly_named(&Got::Value(value.clone())) => true,
                Value::Object(_)
                    if ["__bool__", "__len__"].iter().any(|own| self.overrides(&Got::Value(value.clone()), own)) =>
                {
                    return unknown("whether this is true is computed by its class");
                }
                Value::Object(_) if self.recorded_range(&Got::Value(value.clone())).is_some() => {
                    self.length(&Got::Value(value.clone()))? > 0
                }
                Value::Object(_) => match self.object(&Got::Value(value.clone())) {
                    Some((entity, kind, _)) if kind.is_container() => kind.shape().count(entity.length) > 0,
                    _ => return unknown("whether this is true may be computed"),
                },
                _ => return unknown("whether this is true is not known"),
            },
        })
    }

    /// The `repr`, if it is known to be what Python prints.
    pub(super) fn shown(&self, value: &Got) -> Result<String, Problem> {
        if let Got::Value(Value::BigInt(_, magnitude)) = value
            && ints::is_huge(magnitude)
        {
            return numbers::too_many_digits();
        }
        if !self.is_plain(value, 0)? {
            return Err(self.why_not_plain(value, 0));
        }
        // Nothing is left out, unlike in displayed values.
        let all = Bounds { string: usize::MAX, items: usize::MAX, depth: DEEP + 1 };
        let text = super::text(self.scope.world(), value, all);
        if text.len() > LONGEST { unknown("the result is too long") } else { Ok(text) }
    }

    /// `len(value)`
    pub(super) fn length(&self, value: &Got) -> Result<i64, Problem> {
        Ok(match value {
            Got::List(items) | Got::Tuple(items) | Got::Set(items) => items.len() as i64,
            Got::Dict(pairs) => pairs.len() as i64,
            Got::View(_, items) => items.len() as i64,
            Got::Range(start, stop, step) => iterables::range_length(*start, *stop, *step)?,
            Got::Class(..) => return refuse::no_length(self, value),
            Got::Value(Value::Tuple(items)) => items.len() as i64,
            Got::Value(Value::Str(text)) => cut::length(text, true) as i64,
            Got::Value(Value::Bytes(bytes)) => cut::length(bytes, false) as i64,
            value if self.recorded_range(value).is_some() => {
                return self.recorded_range(value).map_or(Ok(0), |range| self.length(&range));
            }
            value if self.overrides(value, "__len__") => return unknown("the length of this is computed by its class"),
            _ => match self.object(value) {
                Some((_, Kind::Template, _)) if self.shape(value).is_some_and(|shape| !shape.is_empty()) => {
                    self.shape(value).and_then(|shape| shape.first().copied()).unwrap_or_default()
                }
                Some((entity, kind, _)) if kind.is_container() || kind == Kind::NamedTuple => {
                    kind.shape().count(entity.length) as i64
                }
                Some((_, Kind::Instance, class)) => {
                    return unknown(format!("the length of {class} is computed by its own code"));
                }
                _ => return refuse::no_length(self, value),
            },
        })
    }
}
