//! A sketch has everything that its chunk has.

use proptest::prelude::*;

use super::*;
use crate::chunk::Stacks;

fn value() -> impl Strategy<Value = Value> {
    let flat = prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        (-3i64..3).prop_map(Value::Int),
        any::<i64>().prop_map(Value::Int),
        any::<u64>().prop_map(Value::Float),
        "[a-c]{0,20}".prop_map(|text| connie_wire::value::text_value(&text)),
        (0u64..9).prop_map(Value::Object),
    ];
    flat.prop_recursive(2, 6, 3, |inner| {
        prop::collection::vec(inner, 0..3).prop_map(|items| Value::Tuple(items.into()))
    })
}

fn op() -> impl Strategy<Value = Op> {
    let slots = || prop::collection::vec((0u32..3, value()), 0..3);
    prop_oneof![
        (1u64..9, 0u32..4, slots()).prop_map(|(frame, code, slots)| Op::Call {
            frame,
            code,
            namespace: 0,
            time: 0,
            line: 1,
            slots
        }),
        (1u32..9).prop_map(|line| Op::Line { line }),
        (0u32..3, value()).prop_map(|(slot, value)| Op::Slot { slot, value }),
        (1u64..9, 0u32..3, value()).prop_map(|(frame, slot, value)| Op::SlotOf { frame, slot, value }),
        value().prop_map(|value| Op::Return { time: 0, value }),
        value().prop_map(|value| Op::Yield { time: 0, value }),
        (1u64..9).prop_map(|frame| Op::Resume { frame, time: 0, line: 2 }),
        value().prop_map(|value| Op::Raise { line: 2, value }),
        Just(Op::Unwind { time: 0 }),
        (0u32..3).prop_map(|thread| Op::Thread { thread, ident: 0, name: Box::default() }),
        (1u64..9, 0u32..3, value()).prop_map(|(object, index, value)| Op::Set { object, index, value }),
        (1u64..9, prop::collection::vec(value(), 0..4)).prop_map(|(object, items)| Op::New {
            object,
            ty: 0,
            length: 1,
            items
        }),
    ]
}

/// Checks a sketch with the ops of its chunk, one by one. Frames below 4 were born near the chunk.
fn check(chunk: &Chunk, sketch: &Sketch) -> Result<(), TestCaseError> {
    let mut walk = chunk.walk(1);
    while let Some(op) = walk.next_op() {
        let mut values = Vec::new();
        each_value(op, &mut |value| values.push(value));
        prop_assert!(values.iter().all(|value| sketch.may_have(hash(value))));
        let put = match op {
            Op::Slot { slot, .. } => walk.context().top().map(|top| (top.frame, *slot)),
            Op::SlotOf { frame, slot, .. } => Some((*frame, *slot)),
            Op::Set { object, index, .. } => Some((*object, *index)),
            Op::New { object, .. } => Some((*object, SHIFTED)),
            _ => None,
        };
        prop_assert!(put.is_none_or(|(id, index)| id < 4 || sketch.may_change(id, index)), "{op:?}");
        if let (Op::Slot { slot, .. }, Some(top)) = (op, walk.context().top()) {
            prop_assert!(sketch.may_set(top.code, *slot));
        }
        if let Op::Call { code, .. } = op {
            prop_assert!(sketch.may_call(*code));
        }
        if !matches!(op, Op::Return { .. } | Op::Yield { .. } | Op::Unwind { .. }) {
            walk.apply();
        }
        if let Some(top) = walk.context().top().filter(|_| op.is_step()) {
            prop_assert!(top.frame < 4 || sketch.may_run(top.frame), "{op:?}");
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn nothing_is_missing(before in prop::collection::vec(op(), 0..9), ops in prop::collection::vec(op(), 0..60)) {
        let mut context = Context::default();
        before.iter().for_each(|op| context.apply(op));
        let chunk = Chunk { context, entries: ops.into_iter().map(Entry::Op).collect() };
        let sketch = Sketch::of(&chunk).finish(|frame| frame < 4);
        check(&chunk, &sketch)?;
        let mut bytes = Vec::new();
        sketch.encode(&mut bytes);
        prop_assert_eq!(&Sketch::decode(&mut Decoder::new(&bytes)).unwrap(), &sketch);
    }

    #[test]
    fn damage_is_an_error_or_another_sketch(bytes in prop::collection::vec(any::<u8>(), 0..99)) {
        let _ = Sketch::decode(&mut Decoder::new(&bytes));
    }
}

#[test]
fn it_tells_what_is_not_there() {
    let slot = |n| Entry::Op(Op::Slot { slot: 0, value: Value::Int(n) });
    let call = Op::Call { frame: 7, code: 3, namespace: 0, time: 0, line: 1, slots: Vec::new() };
    let entries = [Entry::Op(call)].into_iter().chain((0..1000).map(slot)).collect();
    let sketch = Sketch::of(&Chunk { context: Context { stacks: Stacks::default(), ..Context::default() }, entries });
    let sketch = sketch.finish(|_| true);
    assert!(!sketch.may_call(2) && !sketch.may_set(3, 1) && !sketch.may_run(8) && !sketch.may_run(7));
    assert!((2000..2100).filter(|n| sketch.may_have(hash(&Value::Int(*n)))).count() < 20);
    assert!(sketch.size() < 1700, "{}", sketch.size());
}

#[test]
fn it_tells_which_item_of_an_object_did_not_change() {
    let set = |index| Entry::Op(Op::Set { object: 5, index, value: Value::None });
    for (count, most) in [(1000, 0), (2 * MAX_MEMBERS as u32, 900)] {
        let chunk = Chunk { context: Context::default(), entries: (0..count).map(|n| set(2 * n)).collect() };
        let sketch = Sketch::of(&chunk).finish(|_| false);
        assert!((0..count).all(|n| sketch.may_change(5, 2 * n)));
        let wrong = (0..count).filter(|n| sketch.may_change(5, 2 * n + 1)).count();
        assert!(wrong <= most, "{wrong} of {count}");
    }
}

/// A stored sketch was made by another version: hashes must not change unless [`FORMAT`] does.
#[test]
fn hashes_stay_as_they_are() {
    let values = [Value::Int(7), connie_wire::value::text_value("kiwi"), Value::Tuple([Value::None].into())];
    let hashes: Vec<u64> = values.iter().map(hash).collect();
    let known = vec![15_646_695_994_065_542_487, 5_845_806_176_158_236_009, 12_742_338_685_138_719_951];
    assert_eq!((hashes, FORMAT), (known, 5));
}
