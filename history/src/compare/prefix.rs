//! Finds how far two recordings are the same, op by op, without rendering values.

use connie_wire::{Op, Value};

use super::pairs::Pairs;
use connie_recording::chunk::Entry;
use connie_recording::reader::Recording;

/// The number of identical steps at the beginning; 0 if that cannot be determined cheaply. `goes_on` is asked for each
/// chunk whether to search further.
pub fn same_steps(left: &Recording, right: &Recording, pairs: &Pairs, goes_on: &dyn Fn() -> bool) -> u64 {
    if !pairs.are_same() {
        return 0;
    }
    let mut same = 0;
    for index in 0..left.chunks.len().min(right.chunks.len()) {
        if !goes_on() {
            return same;
        }
        let (Ok(one), Ok(other)) = (left.chunk(index), right.chunk(index)) else { return same };
        if left.chunks[index].first_step != right.chunks[index].first_step {
            return same;
        }
        let mut others = other.entries.iter().filter(|entry| is_told(entry));
        for entry in one.entries.iter().filter(|entry| is_told(entry)) {
            if !others.next().is_some_and(|other| is_same(left, right, entry, other)) {
                return same;
            }
            same += u64::from(matches!(entry, Entry::Op(op) if op.is_step()));
        }
        if others.next().is_some() {
            return same;
        }
    }
    same
}

/// Whether an entry counts: how often visible values were read again depends on the clock.
fn is_told(entry: &Entry) -> bool {
    !matches!(entry, Entry::Op(Op::Sure { .. } | Op::SureOf { .. }))
}

fn is_same(left: &Recording, right: &Recording, one: &Entry, other: &Entry) -> bool {
    let type_of = |recording: &Recording, ty: u32| {
        recording.type_name(ty).map(|ty| (ty.kind, ty.module.clone(), ty.name.clone()))
    };
    let values = |a: &[Value], b: &[Value]| a == b && a.iter().all(|value| is_same_name(left, right, value));
    match (one, other) {
        (Entry::Snapshot(a, id), Entry::Snapshot(b, other)) => {
            let types = a.ty.is_none_or(|ty| type_of(left, ty) == type_of(right, ty));
            id == other && a.ty == b.ty && a.length == b.length && types && values(&a.items, &b.items)
        }
        (Entry::Op(a), Entry::Op(b)) => match (a, b) {
            (
                Op::Call { frame, code, namespace, line, slots, .. },
                Op::Call { frame: f, code: c, namespace: n, line: l, slots: s, .. },
            ) => {
                (frame, code, namespace, line) == (f, c, n, l)
                    && slots == s
                    && slots.iter().all(|(_, value)| is_same_name(left, right, value))
            }
            (Op::Return { value, .. }, Op::Return { value: other, .. })
            | (Op::Yield { value, .. }, Op::Yield { value: other, .. }) => {
                value == other && is_same_name(left, right, value)
            }
            (Op::Resume { frame, line, .. }, Op::Resume { frame: other, line: other_line, .. }) => {
                (frame, line) == (other, other_line)
            }
            (Op::Unwind { .. }, Op::Unwind { .. }) => true,
            (Op::New { ty, items, .. }, Op::New { .. }) => {
                a == b && type_of(left, *ty) == type_of(right, *ty) && values(items, items)
            }
            (Op::Splice { items, .. }, Op::Splice { .. }) => a == b && values(items, items),
            (
                Op::Set { value, .. } | Op::Slot { value, .. } | Op::SlotOf { value, .. } | Op::Raise { value, .. },
                _,
            ) => a == b && is_same_name(left, right, value),
            _ => a == b,
        },
        _ => false,
    }
}

/// Whether the string that a value refers to is the same in both.
fn is_same_name(left: &Recording, right: &Recording, value: &Value) -> bool {
    match value {
        Value::Function(name)
        | Value::Class(name)
        | Value::Module(name)
        | Value::Method(name)
        | Value::Redacted(name)
        | Value::Unknown(name) => left.string(*name) == right.string(*name),
        Value::Tuple(items) => items.iter().all(|item| is_same_name(left, right, item)),
        _ => true,
    }
}
