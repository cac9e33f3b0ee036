//! Determines whether the repr of a value is known.

use connie_recording::ints;
use connie_wire::{Kind, Value};

use super::cut;
use super::got::Got;
use super::problem::Problem;
use super::values::Values;

/// The maximum depth to which containers are searched.
pub(super) const DEEP: usize = 20;

impl Values<'_> {
    /// Whether Python's repr of a value is known: no code of the program contributes to it.
    ///
    /// # Errors
    /// If deciding this would take too long.
    pub(super) fn is_plain(&self, value: &Got, depth: usize) -> Result<bool, Problem> {
        self.count_one()?;
        let value = match value {
            Got::List(items) | Got::Tuple(items) | Got::View(_, items) => return self.are_plain(items, depth),
            Got::Set(items) => return Ok(items.len() < 2 && self.are_plain(items, depth)?),
            Got::Dict(pairs) => {
                for (key, value) in pairs {
                    if !(self.is_plain(key, depth + 1)? && self.is_plain(value, depth + 1)?) {
                        return Ok(false);
                    }
                }
                return Ok(depth < DEEP);
            }
            Got::Range(..) => return Ok(true),
            Got::Class(..) | Got::Scalar(..) => return Ok(false),
            Got::Value(value) => value,
        };
        match value {
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Complex(..)
            | Value::Ellipsis
            | Value::NotImplemented => Ok(true),
            Value::BigInt(_, magnitude) => Ok(!ints::is_huge(magnitude)),
            Value::Str(text) | Value::Bytes(text) => {
                self.charge(text.bytes.len())?;
                Ok(text.cut.is_none())
            }
            Value::Tuple(items) => self.are_plain(&items.iter().cloned().map(Got::Value).collect::<Vec<_>>(), depth),
            Value::Object(object) => {
                let world = self.scope.world();
                let Some(entity) = world.entity(*object) else { return Ok(false) };
                let Some(ty) = entity.ty.and_then(|ty| world.type_name(ty)) else { return Ok(false) };
                Ok(ty.module == "builtins"
                    && matches!(ty.kind, Kind::List | Kind::Tuple | Kind::Dict | Kind::Set | Kind::Frozenset)
                    && entity.items.len() as u64 == entity.length
                    && self.are_plain(&entity.items.iter().cloned().map(Got::Value).collect::<Vec<_>>(), depth)?)
            }
            _ => Ok(false),
        }
    }

    fn are_plain(&self, items: &[Got], depth: usize) -> Result<bool, Problem> {
        if depth >= DEEP {
            return Ok(false);
        }
        for item in items {
            if !self.is_plain(item, depth + 1)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Like [`Self::is_plain`]; false if deciding this would take too long.
    fn is_surely_plain(&self, value: &Got) -> bool {
        self.is_plain(value, 1).unwrap_or(false)
    }

    /// The reason why the repr of a value is unknown, for the first such part of it.
    pub(super) fn why_not_plain(&self, value: &Got, depth: usize) -> Problem {
        if depth > DEEP {
            return Problem::NotEvaluated("the containers in this are nested too deep".into());
        }
        let not_recorded = || Problem::NotEvaluated("a part of this was not recorded".into());
        match value {
            Got::List(items) | Got::Tuple(items) | Got::Set(items) | Got::View(_, items) => {
                match items.iter().find(|item| !self.is_surely_plain(item)) {
                    Some(item) => self.why_not_plain(item, depth + 1),
                    None => Problem::NotEvaluated("the order in which a new set shows its values is not known".into()),
                }
            }
            Got::Dict(pairs) => {
                match pairs.iter().flat_map(|(key, value)| [key, value]).find(|v| !self.is_surely_plain(v)) {
                    Some(item) => self.why_not_plain(item, depth + 1),
                    None => not_recorded(),
                }
            }
            Got::Class(_, name) => Problem::NotEvaluated(format!("showing the class {name} may run code of its own")),
            Got::Value(Value::Str(text)) if text.cut.is_some() => cut::problem(text),
            Got::Value(Value::Bytes(bytes)) if bytes.cut.is_some() => cut::problem_of_bytes(bytes),
            Got::Value(Value::Redacted(_)) => Problem::NotEvaluated("this is a secret that was not recorded".into()),
            Got::Value(Value::Object(object)) => {
                let world = self.scope.world();
                let Some(entity) = world.entity(*object) else { return not_recorded() };
                if self.builtin_kind(value).is_some() && (entity.items.len() as u64) < entity.length {
                    return Problem::NotEvaluated("not all items were recorded".into());
                }
                if matches!(
                    self.builtin_kind(value),
                    Some(Kind::List | Kind::Tuple | Kind::Dict | Kind::Set | Kind::Frozenset)
                ) {
                    let part = entity.items.iter().cloned().map(Got::Value).find(|item| !self.is_surely_plain(item));
                    return part.map_or_else(not_recorded, |part| self.why_not_plain(&part, depth + 1));
                }
                let class = entity.ty.and_then(|ty| world.type_name(ty)).map_or("this", |ty| ty.short());
                Problem::NotEvaluated(format!("showing a {class} may run code of its own"))
            }
            Got::Value(Value::Function(_) | Value::Class(_) | Value::Module(_) | Value::Method(_)) => {
                Problem::NotEvaluated("the repr of this has an address or a path that was not recorded".into())
            }
            _ => not_recorded(),
        }
    }
}
