//! Reads what clients send: leniently where clients need it, and with a clear message for anything else.
//!
//! `null` means that a field is missing. So does an empty list instead of an object (Lua's empty table), or an empty
//! object instead of a list (`nil` of Emacs). Unknown fields are skipped. Enumerations of the protocol are strings,
//! known or not. A whole number may be written as a float (`5.0`); a number that is out of range counts as missing.
//! Anything else is an error, which names the field, what it has to be and what it is.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};
use serde_path_to_error::{Path, Segment};

/// The number of characters of a wrong value that an error repeats.
const SHOWN: usize = 60;

/// Reads the arguments of a request. Missing fields get their defaults.
///
/// # Errors
/// A message, if a field has a value of the wrong type.
pub fn arguments<T: DeserializeOwned + Default>(command: &str, arguments: &Value) -> Result<T, String> {
    fields(arguments).map_err(|why| match why {
        Wrong::Whole(given) => format!("the arguments of {command} must be an object, not {given}"),
        Wrong::Field(text) => format!("{command}: {text}"),
    })
}

/// Why something cannot be read.
pub enum Wrong {
    /// It is not an object. Describes what it is.
    Whole(String),
    /// One of its fields is wrong. Explains which and why.
    Field(String),
}

/// Reads an object.
///
/// # Errors
/// If it is not an object, or a field has a value of the wrong type.
pub fn fields<T: DeserializeOwned + Default>(value: &Value) -> Result<T, Wrong> {
    match value {
        Value::Null => Ok(T::default()),
        Value::Array(items) if items.is_empty() => Ok(T::default()),
        Value::Object(_) => serde_path_to_error::deserialize(value).map_err(|error| {
            let expected = error.inner().to_string();
            let expected = expected.rsplit_once("expected ").map_or(expected.as_str(), |(_, expected)| expected);
            let given = at(value, error.path()).map(short).unwrap_or_default();
            Wrong::Field(format!("\"{}\" must be {expected}, not {given}", error.path()))
        }),
        other => Err(Wrong::Whole(short(other))),
    }
}

/// Reads an object. Fields with a value of the wrong type count as missing.
pub fn leniently<T: DeserializeOwned + Default>(value: &Value) -> T {
    let mut value = Cow::Borrowed(value);
    loop {
        if !value.is_object() {
            return T::default();
        }
        let wrong = match serde_path_to_error::deserialize::<_, T>(&*value) {
            Ok(found) => return found,
            Err(error) => match error.path().iter().next() {
                Some(Segment::Map { key }) => key.clone(),
                _ => return T::default(),
            },
        };
        if value.to_mut().as_object_mut().and_then(|fields| fields.remove(&wrong)).is_none() {
            return T::default();
        }
    }
}

/// The value at a path.
fn at<'a>(value: &'a Value, path: &Path) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, segment| match segment {
        Segment::Seq { index } => value.get(index),
        Segment::Map { key } => value.get(key),
        Segment::Enum { .. } | Segment::Unknown => None,
    })
}

/// A value as it is repeated in an error.
fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The error for a field of the wrong type.
pub fn wrong<E: Error>(expected: &str) -> E {
    E::invalid_type(Unexpected::Other("another value"), &expected)
}

/// Reads a whole number.
///
/// # Errors
/// If it is of another type.
pub fn number<'de, D: Deserializer<'de>, N: TryFrom<i128>>(from: D) -> Result<Option<N>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::Number(number) => {
            let whole = whole(&number).ok_or_else(|| wrong("a whole number"))?;
            Ok(N::try_from(whole).ok())
        }
        _ => Err(wrong("a whole number")),
    }
}

/// The number, if it has no fraction.
fn whole(number: &Number) -> Option<i128> {
    let is_whole = |float: &f64| float.fract() == 0.0;
    number.as_i128().or_else(|| number.as_f64().filter(is_whole).map(|float| float as i128))
}

/// Reads a string.
///
/// # Errors
/// If it is of another type.
pub fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err(wrong("a string")),
    }
}

/// Reads a string, or a number as text.
///
/// # Errors
/// If it is of another type.
pub fn text_or_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Number(number) => Ok(Some(whole(&number).map_or_else(|| number.to_string(), |whole| whole.to_string()))),
        _ => Err(wrong("a string or a number")),
    }
}

/// Reads a boolean.
///
/// # Errors
/// If it is of another type.
pub fn truth<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::Bool(truth) => Ok(Some(truth)),
        _ => Err(wrong("true or false")),
    }
}

/// Reads one of a few words.
///
/// # Errors
/// If it is another word, or of another type; `expected` names the words.
pub fn choice<'de, D: Deserializer<'de>, T: Copy>(
    from: D,
    known: &[(&str, T)],
    expected: &str,
) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(from)?;
    if value.is_null() {
        return Ok(None);
    }
    let found = known.iter().find(|(word, _)| value == *word);
    found.map(|(_, meant)| Some(*meant)).ok_or_else(|| wrong(expected))
}

/// Reads a list of strings. A single string stands for a list of one.
///
/// # Errors
/// If it is of another type.
pub fn list_or_one<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    let string = |item| match item {
        Value::String(text) => Ok(text),
        _ => Err(wrong("a string or a list of strings")),
    };
    match Value::deserialize(from)? {
        Value::Null => Ok(None),
        Value::Object(keys) if keys.is_empty() => Ok(None),
        Value::Array(items) => items.into_iter().map(string).collect::<Result<_, _>>().map(Some),
        one => Ok(Some(vec![string(one)?])),
    }
}

/// Reads an object within another.
///
/// # Errors
/// If it is of another type, or one of its fields is wrong.
pub fn object<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<T, D::Error> {
    from.deserialize_any(Object(PhantomData))
}

/// Reads a list of strings.
///
/// # Errors
/// If it is of another type.
pub fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    from.deserialize_any(List("a list of strings", PhantomData))
}

/// Reads a list of objects.
///
/// # Errors
/// If it is of another type, or a field of an object is wrong.
pub fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(from: D) -> Result<Vec<T>, D::Error> {
    let found: Vec<Item<T>> = from.deserialize_any(List("a list of objects", PhantomData))?;
    Ok(found.into_iter().map(|item| item.0).collect())
}

/// An object in a list. Types that derive `Deserialize` would also accept a list of values, which this rejects.
struct Item<T>(T);

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Item<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        object(from).map(Item)
    }
}

struct Object<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<T, A::Error> {
        match items.next_element::<serde::de::IgnoredAny>()? {
            None => Ok(T::default()),
            Some(_) => Err(wrong("an object")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}

struct List<T>(&'static str, PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
    type Value = Vec<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }

    fn visit_unit<E: Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element()? {
            found.push(item);
        }
        Ok(found)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Vec<T>, A::Error> {
        match fields.next_key::<serde::de::IgnoredAny>()? {
            None => Ok(Vec::new()),
            Some(_) => Err(wrong(self.0)),
        }
    }
}
