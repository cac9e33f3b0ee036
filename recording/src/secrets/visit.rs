//! Visits the texts in values, objects and ops.

use connie_wire::{Contents, Kind, Op, Value};

/// Placeholders for the string numbers of the names `str` and `bytes` until these have numbers.
pub(super) const STR: u32 = u32::MAX - 1;
pub(super) const BYTES: u32 = u32::MAX - 2;

/// Whether a value is or contains a text.
#[inline]
pub(crate) fn has_text(value: &Value) -> bool {
    match value {
        Value::Str(_) | Value::Bytes(_) => true,
        Value::Tuple(items) => in_tuple(items),
        _ => false,
    }
}

fn in_tuple(items: &[Value]) -> bool {
    items.iter().any(has_text)
}

/// The text of a str or of bytes.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Str(blob) | Value::Bytes(blob) => std::str::from_utf8(&blob.bytes).ok(),
        _ => None,
    }
}

/// The role of an item in its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The name of an attribute.
    Name,
    /// A value; its key or name is the item before.
    Value,
    /// A value in a text; the preceding item is the text before it.
    Behind,
    /// An item of a sequence.
    Item,
    /// Anything else.
    Other,
}

/// The role of the item at an index.
pub(super) fn role(kind: Kind, at: usize) -> Role {
    let shape = kind.shape();
    let is_second = at >= shape.before && (at - shape.before) % 2 == 1;
    match shape.contents {
        Contents::Pairs if is_second => Role::Value,
        Contents::Names if is_second => Role::Value,
        Contents::Names => Role::Name,
        Contents::Text if is_second => Role::Behind,
        // Command lines and pairs are only kept in lists and tuples.
        Contents::Positions if shape.before == 0 => Role::Item,
        Contents::Pairs | Contents::Text | Contents::Positions => Role::Other,
        Contents::Members | Contents::Arguments | Contents::Whole | Contents::Nothing => Role::Other,
    }
}

/// Calls a function with each value of an op.
pub(crate) fn values(op: &mut Op, mut each: impl FnMut(&mut Value)) {
    match op {
        Op::Slot { value, .. }
        | Op::SlotOf { value, .. }
        | Op::Set { value, .. }
        | Op::Return { value, .. }
        | Op::Yield { value, .. }
        | Op::Raise { value, .. } => each(value),
        Op::Call { slots, .. } => slots.iter_mut().for_each(|(_, value)| each(value)),
        Op::New { items, .. } | Op::Splice { items, .. } => items.iter_mut().for_each(each),
        Op::Text { fields, notes, .. } => fields.iter_mut().chain(notes).for_each(each),
        _ => {}
    }
}

/// Replaces the placeholders by the string numbers of the names `str` and `bytes`.
pub(crate) fn number(value: &mut Value, str: u32, bytes: u32) {
    match value {
        Value::Redacted(name) if *name == STR => *name = str,
        Value::Redacted(name) if *name == BYTES => *name = bytes,
        Value::Tuple(items) if items.iter().any(|item| matches!(item, Value::Redacted(_) | Value::Tuple(_))) => {
            let mut own = items.to_vec();
            own.iter_mut().for_each(|item| number(item, str, bytes));
            *items = own.into();
        }
        _ => {}
    }
}
