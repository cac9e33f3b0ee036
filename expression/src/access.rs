//! Attributes, items and slices of recorded values.

use connie_wire::{Kind, Value};
use ruff_python_ast::{Expr, ExprAttribute};

use super::{Evaluator, Got, Outcome, Problem, is_scalar, known, operators, raised, text_value, unknown};
use connie_recording::attributes::{self, Found};

impl Evaluator<'_> {
    /// What has the attribute that an expression names, and whether that is the function of a bound method.
    pub(super) fn holder(&self, attribute: &ExprAttribute) -> Result<(Got, bool), Problem> {
        let Expr::Attribute(inner) = &*attribute.value else { return Ok((self.eval(&attribute.value)?, false)) };
        let (base, of_method) = self.holder(inner)?;
        let name = inner.attr.as_str();
        if let (Got::Value(Value::Object(object)), false) = (&base, of_method) {
            let mut looked = Vec::new();
            let found = attributes::find(self.scope.world(), *object, name, &mut looked);
            if let Some(Found::Method { function: Some(function), .. }) = found {
                looked.into_iter().for_each(|object| self.look(object));
                return Ok((Got::Value(Value::Object(function)), true));
            }
        }
        Ok((self.held(base, of_method, name)?, false))
    }

    /// An attribute of what [`Self::holder`] gave.
    pub(super) fn held(&self, holder: Got, of_method: bool, name: &str) -> Outcome {
        if of_method && name == "__func__" { Ok(holder) } else { self.attribute(&holder, name) }
    }

    pub(super) fn attribute(&self, value: &Got, name: &str) -> Outcome {
        if name == "__class__" && self.builtin_kind(value).is_some() {
            return self.class_of(value);
        }
        if let Some(found) = self.called(value, name) {
            return found;
        }
        if let Some(found) = self.of_shape(value, name) {
            return Ok(found);
        }
        if let Got::Value(Value::Object(object)) = value {
            let mut looked = Vec::new();
            if let Some(found) = attributes::find(self.scope.world(), *object, name, &mut looked) {
                looked.into_iter().for_each(|object| self.look(object));
                return match found {
                    Found::Is { value, .. } => known(&value),
                    Found::Method { name, .. } => {
                        unknown(format!("{name} is a method, which is bound when it is read"))
                    }
                    Found::Missing(_) if self.doubtful.get() => {
                        unknown("code that was not recorded may have given it this attribute since it was last seen")
                    }
                    Found::Missing(error) => raised(error),
                    Found::Unknown(why) => unknown(why),
                };
            }
        }
        let Some((entity, kind, class)) = self.object(value) else {
            return match (value, name) {
                (Got::Value(Value::Complex(real, imaginary)), "real" | "imag") => {
                    Ok(Got::Value(Value::Float(if name == "real" { *real } else { *imaginary })))
                }
                (Got::Value(Value::Int(_) | Value::BigInt(..) | Value::Float(_)), "real") => Ok(value.clone()),
                (Got::Value(Value::Int(_) | Value::BigInt(..)), "numerator") => Ok(value.clone()),
                (Got::Value(Value::Int(_) | Value::BigInt(..)), "imag") => Ok(Got::Value(Value::Int(0))),
                (Got::Value(Value::Int(_) | Value::BigInt(..)), "denominator") => Ok(Got::Value(Value::Int(1))),
                (Got::Value(Value::Module(_)), _) => unknown(format!(
                    "what a module holds is looked at where its own code runs; {name} is among the Globals there"
                )),
                _ => unknown(format!("the attribute {name} was not recorded")),
            };
        };
        match kind {
            Kind::Exception if name == "args" => Ok(Got::Tuple(entity.items.iter().cloned().map(Got::Value).collect())),
            _ => unknown(format!("the attribute {name} of {class} was not recorded")),
        }
    }

    /// The items of a list, tuple or the like; an error where some were not recorded.
    pub(super) fn items(&self, value: &Got) -> Result<Vec<Got>, Problem> {
        match value {
            Got::List(items) | Got::Tuple(items) => return Ok(items.clone()),
            Got::Set(items) if items.len() > 1 => return unknown("the order of a new set's values"),
            Got::Set(items) => return Ok(items.clone()),
            Got::Dict(pairs) => return Ok(pairs.iter().map(|(key, _)| key.clone()).collect()),
            Got::Value(Value::Tuple(items)) => return Ok(items.iter().cloned().map(Got::Value).collect()),
            _ => {}
        }
        let Some((entity, kind, class)) = self.object(value) else { return unknown("this has no recorded items") };
        if (entity.items.len() as u64) < entity.length {
            return unknown("not all items were recorded");
        }
        let items = match kind {
            Kind::List | Kind::Tuple | Kind::Set | Kind::Frozenset => entity.items.clone(),
            Kind::Deque => entity.items.get(1..).unwrap_or_default().to_vec(),
            Kind::Dict | Kind::FrozenDict | Kind::OrderedDict | Kind::Counter => {
                entity.items.iter().step_by(2).cloned().collect()
            }
            Kind::DefaultDict => entity.items.iter().skip(1).step_by(2).cloned().collect(),
            Kind::NamedTuple => entity.items.iter().skip(1).step_by(2).cloned().collect(),
            _ => return unknown(format!("the items of {class} were not recorded")),
        };
        Ok(items.into_iter().map(Got::Value).collect())
    }

    pub(super) fn item(&self, value: &Got, key: &Got) -> Outcome {
        if let Got::Value(Value::Str(text)) = value
            && let Got::Value(Value::Int(index)) = key
        {
            let text = operators::whole(text)?;
            let points: Vec<char> = text.chars().collect();
            return match operators::position(*index, points.len()) {
                Some(at) => Ok(Got::Value(text_value(&points[at].to_string()))),
                None => raised("IndexError: string index out of range"),
            };
        }
        if let Got::Dict(pairs) = value {
            if !is_scalar(key) {
                return unknown("this kind of key");
            }
            for (known, found) in pairs {
                if self.equal(known, key)? {
                    return Ok(found.clone());
                }
            }
            return raised(format!("KeyError: {}", self.text(key)));
        }
        if let Some((entity, kind, _)) = self.object(value) {
            let pairs = match kind {
                Kind::Dict | Kind::FrozenDict | Kind::OrderedDict | Kind::Counter => Some(entity.items.as_slice()),
                Kind::DefaultDict => entity.items.get(1..),
                _ => None,
            };
            if let Some(pairs) = pairs {
                if !is_scalar(key) {
                    return unknown("this kind of key");
                }
                for pair in pairs.chunks_exact(2) {
                    if self.equal(&Got::Value(pair[0].clone()), key)? {
                        return known(&pair[1]);
                    }
                }
                if (entity.items.len() as u64) < entity.length {
                    return unknown("not all items were recorded");
                }
                return raised(format!("KeyError: {}", self.text(key)));
            }
            // A list that is cut still has its first items.
            if let (Kind::List | Kind::Tuple, Got::Value(Value::Int(index))) = (kind, key)
                && let Some(at) = operators::position(*index, entity.length as usize)
            {
                return match entity.items.get(at) {
                    Some(item) => known(item),
                    None => unknown("this item was not recorded"),
                };
            }
        }
        let Got::Value(Value::Int(index)) = key else { return unknown("this kind of key") };
        let kind = self.builtin_kind(value).or_else(|| self.object(value).map(|(_, kind, _)| kind));
        if !matches!(kind, Some(Kind::List | Kind::Tuple | Kind::NamedTuple | Kind::Deque)) {
            return unknown("items of this");
        }
        let items = self.items(value)?;
        match operators::position(*index, items.len()) {
            Some(at) => Ok(items[at].clone()),
            None => raised("IndexError: index out of range"),
        }
    }

    pub(super) fn slice(&self, value: &Got, lower: Option<Got>, upper: Option<Got>, step: Option<Got>) -> Outcome {
        let is_sequence = matches!(value, Got::List(_) | Got::Tuple(_) | Got::Value(Value::Str(_) | Value::Tuple(_)))
            || self
                .object(value)
                .is_some_and(|(_, kind, _)| matches!(kind, Kind::List | Kind::Tuple | Kind::NamedTuple));
        if !is_sequence {
            return unknown("slices of this");
        }
        let number = |bound: Option<Got>| match bound {
            None | Some(Got::Value(Value::None)) => Ok(None),
            Some(Got::Value(Value::Int(n))) => Ok(Some(n)),
            Some(Got::Value(Value::Bool(truth))) => Ok(Some(i64::from(truth))),
            Some(Got::Value(Value::BigInt(negative, _))) => Ok(Some(if negative { i64::MIN } else { i64::MAX })),
            _ => raised("TypeError: slice indices must be integers or None"),
        };
        let (lower, upper, step) = (number(lower)?, number(upper)?, number(step)?.unwrap_or(1));
        if step == 0 {
            return raised("ValueError: slice step cannot be zero");
        }
        if let Got::Value(Value::Str(text)) = value {
            let points: Vec<char> = operators::whole(text)?.chars().collect();
            let chosen: String =
                operators::slice_positions(points.len(), lower, upper, step).into_iter().map(|at| points[at]).collect();
            return Ok(Got::Value(text_value(&chosen)));
        }
        let items = self.items(value)?;
        let chosen = operators::slice_positions(items.len(), lower, upper, step)
            .into_iter()
            .map(|at| items[at].clone())
            .collect();
        let is_tuple = matches!(value, Got::Tuple(_) | Got::Value(Value::Tuple(_)))
            || self.object(value).is_some_and(|(_, kind, _)| matches!(kind, Kind::Tuple | Kind::NamedTuple));
        Ok(if is_tuple { Got::Tuple(chosen) } else { Got::List(chosen) })
    }
}
