//! Evaluates attributes, items and slices of recorded values.

use connie_recording::attributes::{self, Found};
use connie_wire::value::text_value;
use connie_wire::{Contents, Kind, Value};

use super::got::{Got, Outcome, is_scalar, known};
use super::problem::{Problem, raised, unknown};
use super::values::Values;
use super::{blob, cut, numbers, operators, refuse};

impl Values<'_> {
    pub(super) fn attribute(&self, value: &Got, name: &str) -> Outcome {
        if let Some(problem) = self.no_object_behind(value) {
            return Err(problem);
        }
        if let Some(found) = self.of_variable(value, name) {
            return found;
        }
        if name == "__class__" && !self.overrides(value, "__class__") && !self.overrides(value, "__getattribute__") {
            let is_known = match value {
                Got::Value(Value::Object(object)) => {
                    self.builtin_kind(value).is_some() || attributes::class_of(self.scope.world(), *object) != 0
                }
                _ => true,
            };
            if is_known {
                return self.class_of(value);
            }
        }
        if let Some(found) = self.called(value, name) {
            return found;
        }
        if name == "__dict__"
            && let Some(found) = self.own_attributes(value)?
        {
            return Ok(found);
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
                (Got::Value(Value::Bool(truth)), "real" | "numerator") => Ok(Got::Value(Value::Int(i64::from(*truth)))),
                (Got::Value(Value::Bool(_)), "imag") => Ok(Got::Value(Value::Int(0))),
                (Got::Value(Value::Bool(_)), "denominator") => Ok(Got::Value(Value::Int(1))),
                (Got::Value(Value::Float(_)), "imag") => Ok(Got::Value(Value::Float(0f64.to_bits()))),
                (Got::Value(Value::Int(_) | Value::BigInt(..) | Value::Float(_)), "real") => Ok(value.clone()),
                (Got::Value(Value::Int(_) | Value::BigInt(..)), "numerator") => Ok(value.clone()),
                (Got::Value(Value::Int(_) | Value::BigInt(..)), "imag") => Ok(Got::Value(Value::Int(0))),
                (Got::Value(Value::Int(_) | Value::BigInt(..)), "denominator") => Ok(Got::Value(Value::Int(1))),
                _ if self.lacks(value, name) => {
                    let class = refuse::class_name(self, value).unwrap_or_default();
                    raised(format!("AttributeError: '{class}' object has no attribute '{name}'"))
                }
                _ if self.builtin_kind(value).is_some() || refuse::class_name(self, value).is_some() => {
                    let class = refuse::class_name(self, value).unwrap_or_default();
                    unknown(format!("{class}.{name} is evaluated only where it is called"))
                }
                (Got::Value(Value::Module(_)), _) => unknown(format!(
                    "attributes of a module are evaluated where its own code runs; {name} is among the Globals there"
                )),
                _ => unknown(format!("the attribute {name} was not recorded")),
            };
        };
        match kind {
            _ if self.lacks(value, name) => {
                raised(format!("AttributeError: '{class}' object has no attribute '{name}'"))
            }
            Kind::Exception if name == "args" => Ok(Got::Tuple(entity.items.iter().cloned().map(Got::Value).collect())),
            _ => unknown(format!("the attribute {name} of {class} was not recorded")),
        }
    }

    /// Whether a value of a builtin class has no attribute with a name, in any version of Python.
    fn lacks(&self, value: &Got, name: &str) -> bool {
        let is_one = match value {
            // A bool has the attributes of int.
            Got::Value(Value::Bool(_)) => false,
            // An exception has the attributes of its bases, such as `args`.
            Got::Value(Value::Object(_)) => self.builtin_kind(value).is_some_and(|kind| kind != Kind::Exception),
            _ => true,
        };
        is_one
            && !attributes::is_dunder(name)
            && refuse::class_name(self, value)
                .is_some_and(|class| attributes::builtin_defines(&class, name) == Some(false))
    }

    /// The items of a list, tuple or similar; an error if some were not recorded.
    pub(super) fn items(&self, value: &Got) -> Result<Vec<Got>, Problem> {
        match value {
            Got::List(items) | Got::Tuple(items) | Got::View(_, items) => return Ok(items.clone()),
            Got::Range(start, stop, step) => return self.range_values(*start, *stop, *step),
            value if self.recorded_range(value).is_some() => {
                return self.recorded_range(value).map_or_else(|| Ok(Vec::new()), |range| self.items(&range));
            }
            value if self.overrides(value, "__iter__") => {
                return unknown("iterating over this runs code of its class");
            }
            Got::Set(items) if items.len() > 1 => return unknown("the order of a new set's values"),
            Got::Set(items) => return Ok(items.clone()),
            Got::Dict(pairs) => return Ok(pairs.iter().map(|(key, _)| key.clone()).collect()),
            Got::Value(Value::Tuple(items)) => return Ok(items.iter().cloned().map(Got::Value).collect()),
            _ => {}
        }
        if let Got::Value(Value::Bytes(bytes)) = value {
            return Ok(blob::all_bytes(bytes)?.iter().map(|byte| Got::Value(Value::Int((*byte).into()))).collect());
        }
        let Some((entity, kind, class)) = self.object(value) else { return refuse::not_iterable(self, value) };
        if (entity.items.len() as u64) < entity.length {
            return match kind {
                Kind::List | Kind::Tuple => {
                    unknown(format!("only the first {} of {} items were recorded", entity.items.len(), entity.length))
                }
                _ => unknown("not all items were recorded"),
            };
        }
        let contents = kind.shape().of(&entity.items);
        let items: Vec<Value> = match kind.shape().contents {
            Contents::Positions | Contents::Members => contents.to_vec(),
            Contents::Pairs => contents.iter().step_by(2).cloned().collect(),
            Contents::Names if kind == Kind::NamedTuple => contents.iter().skip(1).step_by(2).cloned().collect(),
            _ => return unknown(format!("the items of {class} were not recorded")),
        };
        Ok(items.into_iter().map(Got::Value).collect())
    }

    /// `value[key]`
    pub(super) fn item(&self, value: &Got, key: &Got) -> Outcome {
        if let Some(problem) = self.no_object_behind(value) {
            return Err(problem);
        }
        if self.overrides(value, "__getitem__") {
            return unknown("the value under a key is computed by the class of this");
        }
        if let Some(found) = self.of_row(value, key).or_else(|| self.member_named(value, key)) {
            return found;
        }
        let found = self.stored(value, key);
        if !matches!(&found, Err(Problem::Raised(what)) if what.starts_with("KeyError")) {
            return found;
        }
        // A dict may compute a value for a missing key.
        match self.library_kind(value) {
            Some(Kind::Counter) => Ok(Got::Value(Value::Int(0))),
            Some(Kind::DefaultDict) => {
                match self.object(value).and_then(|(entity, ..)| entity.items.first().cloned()) {
                    Some(Value::None) => found,
                    _ => unknown("this key is missing, and looking for it would add its default"),
                }
            }
            _ if self.builtin_kind(value).is_some() || self.library_kind(value).is_some() => found,
            _ if matches!(value, Got::Dict(_)) => found,
            _ => unknown("this key is missing, and its class may make up a value"),
        }
    }

    /// The recorded value under a key or index of a container.
    pub(super) fn stored(&self, value: &Got, key: &Got) -> Outcome {
        if let Some(range) = self.recorded_range(value) {
            return self.stored(&range, key);
        }
        if let (Got::Value(Value::Str(text)), Got::Value(Value::Int(index))) = (value, key)
            && let Some(found) = cut::item(text, *index)
        {
            return found;
        }
        if let (Got::Value(Value::Bytes(bytes)), Some(index)) = (value, numbers::int(key))
            && let Some(found) = cut::byte(bytes, index)
        {
            return found;
        }
        if let (Got::Value(Value::Bytes(_)) | Got::Range(..), Some(index)) = (value, numbers::int(key)) {
            let items = self.items(value)?;
            return match operators::position(index, items.len()) {
                Some(at) => Ok(items[at].clone()),
                None => raised("IndexError: index out of range"),
            };
        }
        if let Got::Value(Value::Str(text)) = value
            && let Some(index) = numbers::int(key)
        {
            let text = blob::whole(text)?;
            let points: Vec<char> = text.chars().collect();
            return match operators::position(index, points.len()) {
                Some(at) => Ok(Got::Value(text_value(&points[at].to_string()))),
                None => raised("IndexError: string index out of range"),
            };
        }
        if let Got::Dict(pairs) = value {
            if !is_scalar(key) {
                self.hashable(key)?;
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
            if kind.shape().contents == Contents::Pairs {
                let pairs = kind.shape().of(&entity.items);
                if !self.is_key(key) {
                    self.hashable(key)?;
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
            // The first items of a truncated list are known.
            if let (Kind::List | Kind::Tuple, Got::Value(Value::Int(index))) = (kind, key)
                && let Some(at) = operators::position(*index, entity.length as usize)
            {
                return match entity.items.get(at) {
                    Some(item) => known(item),
                    None => unknown("this item was not recorded"),
                };
            }
        }
        let kind = self.builtin_kind(value).or_else(|| self.object(value).map(|(_, kind, _)| kind));
        let is_sequence =
            kind.is_some_and(|kind| kind.shape().contents == Contents::Positions || kind == Kind::NamedTuple);
        if is_scalar(key) && numbers::big(key).is_none() && (is_sequence || matches!(value, Got::Value(Value::Str(_))))
        {
            return raised("TypeError: indices must be integers or slices");
        }
        if !is_sequence {
            return self.no_items(value);
        }
        let Some(index) = numbers::int(key) else { return unknown("this kind of key") };
        let items = self.items(value)?;
        match operators::position(index, items.len()) {
            Some(at) => Ok(items[at].clone()),
            None => raised("IndexError: index out of range"),
        }
    }

    /// A subscript of a value without recorded items.
    fn no_items(&self, value: &Got) -> Outcome {
        let is_plain = matches!(
            value,
            Got::Set(_)
                | Got::View(..)
                | Got::Value(Value::None | Value::Bool(_) | Value::Int(_) | Value::BigInt(..) | Value::Float(_))
        ) || matches!(self.builtin_kind(value), Some(Kind::Set | Kind::Frozenset));
        match refuse::class_name(self, value) {
            Some(class) if is_plain => raised(format!("TypeError: '{class}' object is not subscriptable")),
            _ => unknown("the value under this key was not recorded"),
        }
    }

    /// A slice of a list or tuple of which only the first items were recorded, if the slice lies within these.
    fn known_slice(&self, value: &Got, lower: Option<i64>, upper: Option<i64>, step: i64) -> Option<Vec<Got>> {
        let (entity, kind, _) = self.object(value)?;
        let known = entity.items.len();
        if !matches!(kind, Kind::List | Kind::Tuple) || known as u64 >= entity.length {
            return None;
        }
        let places = cut::known_places(known, entity.length, lower, upper, step)?;
        Some(places.into_iter().map(|at| Got::Value(entity.items[at].clone())).collect())
    }

    pub(super) fn slice(&self, value: &Got, lower: Option<Got>, upper: Option<Got>, step: Option<Got>) -> Outcome {
        if self.overrides(value, "__getitem__") {
            return unknown("slices of this are made by its class");
        }
        let is_text = matches!(value, Got::Value(Value::Str(_) | Value::Bytes(_)) | Got::Range(..));
        let is_sequence = is_text
            || matches!(value, Got::List(_) | Got::Tuple(_) | Got::Value(Value::Tuple(_)))
            || self
                .object(value)
                .is_some_and(|(_, kind, _)| matches!(kind, Kind::List | Kind::Tuple | Kind::NamedTuple));
        if !is_sequence {
            return self.no_items(value);
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
        if let Got::Value(Value::Bytes(bytes)) = value {
            if let Some(found) = cut::slice_of_bytes(bytes, lower, upper, step) {
                return found;
            }
            let bytes = blob::all_bytes(bytes)?;
            let places = operators::slice_positions(bytes.len(), lower, upper, step);
            let chosen: Vec<u8> = places.into_iter().map(|at| bytes[at]).collect();
            return Ok(Got::Value(blob::bytes_value(&chosen)));
        }
        if let Got::Range(..) = value {
            return unknown("slices of a range: list(range(…)) has them");
        }
        if let Got::Value(Value::Str(text)) = value {
            if let Some(found) = cut::slice(text, lower, upper, step) {
                return found;
            }
            let points: Vec<char> = blob::whole(text)?.chars().collect();
            let chosen: String =
                operators::slice_positions(points.len(), lower, upper, step).into_iter().map(|at| points[at]).collect();
            return Ok(Got::Value(text_value(&chosen)));
        }
        let chosen = match self.known_slice(value, lower, upper, step) {
            Some(known) => known,
            None => {
                let items = self.items(value)?;
                let places = operators::slice_positions(items.len(), lower, upper, step);
                places.into_iter().map(|at| items[at].clone()).collect()
            }
        };
        let is_tuple = matches!(value, Got::Tuple(_) | Got::Value(Value::Tuple(_)))
            || self.object(value).is_some_and(|(_, kind, _)| matches!(kind, Kind::Tuple | Kind::NamedTuple));
        Ok(if is_tuple { Got::Tuple(chosen) } else { Got::List(chosen) })
    }
}
