//! Estimates the memory that values take.

use connie_wire::Value;

use super::got::Got;

/// The number of bytes of a value, without its text or digits.
const VALUE: usize = 64;

/// The number of bytes of a text, bytes object or int.
pub(super) fn length(value: &Got) -> usize {
    match value {
        Got::Value(Value::Str(text) | Value::Bytes(text)) => text.bytes.len(),
        Got::Value(Value::BigInt(_, magnitude)) => magnitude.len(),
        _ => 0,
    }
}

/// The number of bytes that a copy of a value takes: texts within containers are shared.
pub(super) fn size_of(value: &Got) -> usize {
    let all = |items: &[Got]| items.iter().map(within).fold(VALUE, usize::saturating_add);
    match value {
        Got::List(items) | Got::Tuple(items) | Got::Set(items) | Got::View(_, items) => all(items),
        Got::Dict(pairs) => pairs
            .iter()
            .map(|(key, value)| within(key).saturating_add(within(value)))
            .fold(VALUE, usize::saturating_add),
        value => VALUE + length(value),
    }
}

fn within(value: &Got) -> usize {
    match value {
        Got::Value(_) | Got::Class(..) | Got::Range(..) => VALUE,
        value => size_of(value),
    }
}
