//! Tests what changed within objects, and which changes are found from a step.

use connie_recording::render::World;
use connie_wire::{Blob, Kind, Op, Value};

use super::contents::{Edit, Version as Within, near};
use super::difference::{self, Difference, Part};
use super::*;
use crate::testing::{Made, line, made, text, thread};

fn ints(all: &[i64]) -> Vec<Value> {
    all.iter().map(|n| Value::Int(*n)).collect()
}

fn edit(start: usize, removed: Vec<Value>, added: Vec<Value>, lengths: (u64, u64)) -> Edit {
    Edit { start, removed, added, key: None, lengths, is_whole: true }
}

fn of(edit: Edit, kind: Kind) -> Vec<Difference> {
    difference::of(&Within { seen: 1, ty: None, edits: vec![edit], tables: None }, Some(kind))
}

use Difference::{Added, Length, Removed, Reordered, Replaced, Whole};

fn int(n: i64) -> Value {
    Value::Int(n)
}

#[test]
fn items_are_told_by_their_index() {
    let at = Part::Index;
    let list = |edit| of(edit, Kind::List);
    assert_eq!(list(edit(3, ints(&[1, 2]), ints(&[1, 5]), (9, 9))), [Replaced(at(4), int(2), int(5))]);
    assert_eq!(list(edit(2, vec![], ints(&[7]), (2, 3))), [Added(at(2), int(7))]);
    assert_eq!(list(edit(1, ints(&[8, 9]), vec![], (3, 1))), [Removed(at(1), int(8)), Removed(at(2), int(9))]);
    // Items that stay are left out.
    let moved = edit(0, ints(&[1, 2, 3]), ints(&[2, 3, 4, 5]), (3, 4));
    assert_eq!(list(moved), [Removed(at(0), int(1)), Added(at(2), int(4)), Added(at(3), int(5))]);
    let mixed = edit(1, ints(&[1, 2, 3]), ints(&[9, 2, 3, 4]), (4, 5));
    assert_eq!(list(mixed), [Replaced(at(1), int(1), int(9)), Added(at(4), int(4))]);
    assert_eq!(list(edit(0, ints(&[1, 2]), ints(&[1, 2]), (2, 2))), [Reordered]);
    // Of a deque, the first item is its greatest length.
    assert_eq!(of(edit(3, ints(&[1]), ints(&[2]), (4, 4)), Kind::Deque), [Replaced(at(2), int(1), int(2))]);
    assert_eq!(of(edit(0, ints(&[1]), ints(&[2]), (4, 4)), Kind::Deque), [Whole]);
    let cut = Edit { is_whole: false, ..edit(3, ints(&[1]), vec![], (100, 99)) };
    assert_eq!((list(cut.clone()), of(cut, Kind::Deque)), (vec![Length(100, 99)], vec![Length(99, 98)]));
    let other = Edit { is_whole: false, ..edit(3, ints(&[1]), ints(&[2]), (100, 101)) };
    assert_eq!(list(other), [Length(100, 101)], "the item may come from the part that is not recorded");
    let array = |start| of(edit(start, ints(&[1]), ints(&[2]), (4, 4)), Kind::Array);
    assert_eq!((array(0), array(2)), (vec![Whole], vec![Replaced(at(1), int(1), int(2))]));
}

#[test]
fn too_many_items_are_not_listed() {
    let many = |n: usize| edit(0, vec![], ints(&vec![1; n]), (0, n as u64));
    assert_eq!(of(many(1000), Kind::List).len(), 1000);
    assert_eq!(of(many(1001), Kind::List), [Whole]);
    let gone = edit(0, ints(&[1; 1001]), vec![], (1001, 0));
    assert_eq!((of(gone, Kind::List), of(many(1), Kind::Opaque)), (vec![Whole], vec![Whole]));
    let none = Within { seen: 1, ty: None, edits: vec![], tables: None };
    assert_eq!((difference::of(&none, None), difference::of(&none, Some(Kind::List))), (vec![Whole], vec![Reordered]));
}

#[test]
fn members_are_told_without_order() {
    let set = |old: &[i64], new: &[i64]| of(edit(0, ints(old), ints(new), (3, 3)), Kind::Set);
    assert_eq!(set(&[1, 2, 3], &[3, 4, 1]), [Removed(Part::Member, int(2)), Added(Part::Member, int(4))]);
    assert_eq!((set(&[1, 2], &[2, 1]), set(&[], &[5])), (vec![Reordered], vec![Added(Part::Member, int(5))]));
}

#[test]
fn pairs_are_told_by_their_key() {
    let key = |name: &str| Part::Key(text(name));
    let pairs = |all: &[(&str, i64)]| all.iter().flat_map(|(key, n)| [text(key), int(*n)]).collect::<Vec<_>>();
    let dict = |edit| of(edit, Kind::Dict);
    let changed = edit(0, pairs(&[("a", 1), ("b", 2), ("c", 3)]), pairs(&[("b", 5), ("a", 1), ("d", 4)]), (6, 6));
    let expected = [Replaced(key("b"), int(2), int(5)), Removed(key("c"), int(3)), Added(key("d"), int(4))];
    assert_eq!(dict(changed), expected);
    assert_eq!(dict(edit(0, pairs(&[("a", 1), ("b", 2)]), pairs(&[("b", 2), ("a", 1)]), (4, 4))), [Reordered]);
    // An edit that begins at a value.
    let value = Edit { key: Some(text("k")), ..edit(3, ints(&[1]), ints(&[2]), (4, 4)) };
    assert_eq!(dict(value.clone()), [Replaced(key("k"), int(1), int(2))]);
    assert_eq!(dict(Edit { key: None, ..value.clone() }), [Whole]);
    let attribute = of(value, Kind::Instance);
    assert_eq!(attribute, [Replaced(Part::Attribute(text("k")), int(1), int(2))]);
    let more = [vec![int(2)], pairs(&[("z", 9)])].concat();
    let longer = Edit { key: Some(text("k")), ..edit(1, ints(&[1]), more, (2, 4)) };
    assert_eq!(dict(longer), [Replaced(key("k"), int(1), int(2)), Added(key("z"), int(9))]);
    // An edit that ends before a value, which is the same on both sides.
    let renamed = edit(2, vec![text("a")], vec![text("b")], (4, 4));
    assert_eq!(dict(renamed), [Removed(key("a"), Value::Unbound), Added(key("b"), Value::Unbound)]);
    let two = edit(0, [pairs(&[("x", 1)]), vec![text("a")]].concat(), vec![text("a")], (4, 2));
    assert_eq!(dict(two), [Removed(key("x"), int(1))]);
    assert_eq!(dict(edit(0, vec![text("a")], vec![], (4, 3))), [Whole]);
    assert_eq!(dict(edit(0, vec![text("a")], pairs(&[("b", 1)]), (4, 4))), [Whole]);
}

#[test]
fn bytes_are_told_one_by_one() {
    let value = |bytes: &[u8]| vec![Value::Bytes(Blob::new(bytes))];
    let array = |old: Vec<Value>, new: Vec<Value>| of(edit(0, old, new, (1, 1)), Kind::ByteArray);
    let at = Part::Index;
    assert_eq!(array(value(b"abcd"), value(b"abXd")), [Replaced(at(2), int(99), int(88))]);
    assert_eq!(array(value(b"abd"), value(b"abcd")), [Added(at(2), int(99))]);
    assert_eq!(array(value(b"aabb"), value(b"abb")), [Removed(at(1), int(97))]);
    let cut = vec![Value::Bytes(Blob { cut: Some(9), ..Blob::new(b"abc") })];
    assert_eq!((array(cut.clone(), value(b"a")), array(value(b"a"), cut)), (vec![Whole], vec![Whole]));
    assert_eq!(array(vec![int(1)], value(b"a")), [Whole]);
    let long = |n: usize| value(&vec![b'x'; n]);
    assert_eq!((array(long(1 << 16), long(65_535)).len(), array(long(65_537), long(65_535))), (1, vec![Whole]));
    assert_eq!((array(long(2000), value(b"y")), array(long(1000), value(b"y")).len()), (vec![Whole], 1001));
}

#[test]
fn differences_are_written_in_words() {
    let made = made("", &[("main", 1, &[])], &[vec![thread(1), crate::testing::call(1, 0, 1)]]);
    let moment = Moment::at(&made.recording, 1).unwrap();
    let mut renderer = Renderer::new(&moment.player, CHANGED);
    for (difference, expected) in [
        (Added(Part::Index(3), int(5)), "+5 at [3]"),
        (Removed(Part::Cell(vec![1, 2]), int(5)), "-5 at [1, 2]"),
        (Added(Part::Row(4, None), int(5)), "+5 at row 4"),
        (Removed(Part::Member, text("a")), "-'a'"),
        (Added(Part::Key(text("k")), int(1)), "+'k': 1"),
        (Removed(Part::Key(text("k")), Value::Unbound), "-'k'"),
        (Added(Part::Attribute(text("name")), int(1)), "+.name = 1"),
        (Added(Part::Attribute(int(4)), Value::Unbound), "+4"),
        (Added(Part::Column("c".into()), int(1)), "+column 'c': 1"),
        (Replaced(Part::Key(text("k")), int(1), int(2)), "'k': 1 → 2"),
        (Replaced(Part::Row(4, Some("c".into())), int(1), int(2)), "row 4 of 'c': 1 → 2"),
        (Reordered, "another order"),
        (Length(3, 4), "length: 3 → 4 (these items are not recorded)"),
        (Difference::Shape(vec![3], vec![3, 4]), "shape: (3,) → (3, 4)"),
        (Difference::Type(None, "a".into(), "b".into()), "dtype: a → b"),
        (Difference::Type(Some("c".into()), "a".into(), "b".into()), "dtype of 'c': a → b"),
        (Whole, "other contents"),
    ] {
        assert_eq!(difference.text(&mut renderer), expected);
    }
}

/// Three chunks: a list `x` (object 2) that changes at the steps 3, 4 and 7, is bound to `x` at step 3, and is replaced
/// by 5 at step 8. It is seen for the first time at step 2.
fn changes() -> Made {
    let begins = Op::Call { frame: 1, code: 0, namespace: 0, time: 1, line: 1, slots: vec![(0, Value::Int(0))] };
    let append = |start, length, items| Op::Splice { object: 2, start, removed: 0, length, items };
    let first = vec![
        thread(1),
        begins, // 1
        Op::New { object: 2, ty: 0, length: 1, items: ints(&[1]) },
        line(2), // 2
        append(1, 2, ints(&[4])),
        Op::Set { object: 2, index: 0, value: int(9) },
        Op::Slot { slot: 0, value: Value::Object(2) },
        line(3), // 3
    ];
    let second = vec![Op::Set { object: 2, index: 1, value: int(6) }, line(4), line(5), line(6)];
    let third = vec![
        Op::New { object: 2, ty: 0, length: 3, items: ints(&[9, 7, 6]) },
        Op::Set { object: 2, index: 0, value: int(9) },
        line(7), // 7
        Op::Slot { slot: 0, value: int(5) },
        line(8), // 8
    ];
    made("x = []\n", &[("main", 1, &["x"])], &[first, second, third])
}

#[test]
fn versions_are_found_in_both_directions() {
    let made = changes();
    let seen = |step, direction| near(&made.recording, 2, step, direction).unwrap().map(|version| version.seen);
    let back: Vec<_> = (0..10).map(|step| seen(step, Direction::Backward)).collect();
    let of = |n| Some(n);
    assert_eq!(back, [None, None, None, of(3), of(4), of(4), of(4), of(7), of(7), of(7)]);
    let forward: Vec<_> = (0..9).map(|step| seen(step, Direction::Forward)).collect();
    assert_eq!(forward, [of(3), of(3), of(3), of(4), of(7), of(7), of(7), None, None]);
    let edits = |step| near(&made.recording, 2, step, Direction::Backward).unwrap().unwrap().edits;
    let appended = Edit { key: Some(int(1)), ..edit(1, vec![], ints(&[4]), (1, 2)) };
    assert_eq!(edits(3), [appended, edit(0, ints(&[1]), ints(&[9]), (2, 2))]);
    assert_eq!(edits(4), [Edit { key: Some(int(9)), ..edit(1, ints(&[4]), ints(&[6]), (2, 2)) }]);
    assert_eq!(edits(7), [Edit { key: Some(int(9)), ..edit(1, vec![], ints(&[7]), (2, 3)) }]);
    assert!(near(&made.recording, 77, 5, Direction::Backward).unwrap().is_none());
}

/// Values that come into the recorded depth, or leave it, are no changes of the program.
#[test]
fn what_was_cut_is_no_change() {
    let list = |items| Op::New { object: 2, ty: 0, length: 2, items };
    let ops = vec![
        thread(1),
        crate::testing::call(1, 0, 1),
        list(vec![int(1), Value::Cut]),
        line(2),
        list(vec![int(1), int(2)]),
        line(3),
        list(vec![int(1), Value::Cut]),
        line(4),
        list(vec![int(7), Value::Cut]),
        line(5),
        // A class is assigned: its contents are other ones.
        Op::New { object: 2, ty: 1, length: 2, items: vec![int(3), Value::Cut] },
        line(6),
        Op::New { object: 3, ty: 5, length: 0, items: vec![] },
        line(7),
        Op::Splice { object: 3, start: 0, removed: 0, length: 2, items: vec![text("a"), int(1)] },
        line(8),
        Op::Splice { object: 3, start: 2, removed: 0, length: 4, items: vec![text("b"), int(1)] },
        line(9),
    ];
    let made = made("", &[("main", 1, &[])], &[ops]);
    let seen = |object, step| near(&made.recording, object, step, Direction::Forward).unwrap().map(|one| one.seen);
    assert_eq!((seen(2, 0), seen(2, 5)), (Some(5), None));
    assert_eq!((seen(3, 0), seen(3, 9)), (Some(9), None), "filling a new class is no change");
}

#[test]
fn the_history_of_a_variable_has_its_changes() {
    let made = changes();
    let asked = |step| Asked { text: "x".into(), step, frame: 1 };
    let versions = |direction, most| {
        let from = if direction == Direction::Forward { 0 } else { 8 };
        let found = made.history().versions(&asked(8), from, direction, most).unwrap();
        let line = |one: &Version| (one.seen, one.at.line, one.value.clone().unwrap_or_default(), one.changed.clone());
        found.iter().map(line).collect::<Vec<_>>()
    };
    let change = |text: &str| vec![text.to_owned()];
    let all = [
        (8, 7, "5".to_owned(), vec![]),
        (7, 6, "[9, 7, 6]".to_owned(), change("+7 at [1]")),
        (4, 3, "[9, 6]".to_owned(), change("[1]: 4 → 6")),
        (3, 2, "[9, 4]".to_owned(), vec![]),
    ];
    assert_eq!(versions(Direction::Backward, 4), all);
    assert_eq!(versions(Direction::Backward, 2), all[..2]);
    let forward: Vec<u64> = versions(Direction::Forward, 9).iter().map(|one| one.0).collect();
    assert_eq!(forward.iter().rev().take(4).copied().collect::<Vec<_>>(), [8, 7, 4, 3]);
    let ask =
        |of: Asked, most| made.history().ask(&Question::History { of, direction: Direction::Backward, most }).unwrap();
    let next = |most| match ask(asked(8), most) {
        Answer::History { versions, next } => (versions.len(), next),
        other => panic!("{other:?}"),
    };
    assert_eq!((next(2), next(3)), ((2, Some(6)), (3, Some(3))));
    assert_eq!(next(50).1, None);
}

#[test]
fn the_reason_of_a_value_is_its_change_and_its_binding() {
    let made = changes();
    let why = |step| match made.history().ask(&Question::Why(Asked { text: "x".into(), step, frame: 1 })).unwrap() {
        Answer::Why { writes } => writes.iter().map(|one| one.seen).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!((why(8), why(7), why(6), why(3)), (vec![8], vec![7, 3], vec![4, 3], vec![3]));
    let place = made.history().place("x", 6, 1).unwrap();
    let line = |step, direction| {
        next_line(&made.history(), &place, step, direction, &crate::writes::LastChunk::default()).unwrap()
    };
    assert_eq!([2, 3, 6, 7].map(|step| line(step, Direction::Forward)), [Some(3), Some(6), Some(7), None]);
    assert_eq!([8, 7, 6, 3].map(|step| line(step, Direction::Backward)), [Some(7), Some(6), Some(3), Some(2)]);
    assert!(made.history().ask(&Question::Why(Asked { text: "1 + 1".into(), step: 3, frame: 1 })).is_err());
    let moment = Moment::at(&made.recording, 3).unwrap();
    let ty = moment.player.entity(2).and_then(|entity| entity.ty);
    let version = Within { seen: 3, ty, edits: vec![], tables: None };
    assert_eq!(difference::kind_of(&moment.player, &version), Some(Kind::List));
}

/// `inner` writes to a variable of `outer`, which sees the values afterwards.
#[test]
fn a_shared_variable_has_the_writes_of_all_its_functions() {
    let source = "def outer():\n    n = 0\n    def inner():\n        nonlocal n\n        n = n + 1\n    inner()\n    \
        inner()\n    n = 9\n    return n\n";
    let n = |value| Op::Slot { slot: 0, value: int(value) };
    let begins =
        |frame, value| Op::Call { frame, code: 1, namespace: 0, time: 1, line: 3, slots: vec![(0, int(value))] };
    let first = vec![
        thread(1),
        crate::testing::call(1, 0, 1), // 1
        line(2),
        n(0),
        line(3), // 3
        line(6),
        begins(2, 0), // 5
        line(5),
        n(1),
        crate::testing::returns(), // 7
        n(1),
        line(7), // 8
    ];
    let second = vec![
        begins(3, 1), // 9
        line(5),
        n(2),
        crate::testing::returns(), // 11
        n(2),
        line(8), // 12
        n(9),
        line(9), // 13
    ];
    let functions = [("outer", 1, &["n"][..]), ("outer.<locals>.inner", 3, &["n"])];
    let made = made(source, &functions, &[first, second]);
    let versions = |step, frame, from, direction| {
        let asked = Asked { text: "n".into(), step, frame };
        let found = made.history().versions(&asked, from, direction, 9).unwrap();
        let line = |one: &Version| (one.seen, one.at.line, one.value.clone().unwrap_or_default());
        found.iter().map(line).collect::<Vec<_>>()
    };
    let one = |seen, line, value: &str| (seen, line, value.to_owned());
    let all = [one(13, 8, "9"), one(11, 5, "2"), one(7, 5, "1"), one(3, 2, "0")];
    assert_eq!(versions(13, 1, 13, Direction::Backward), all);
    assert_eq!(versions(10, 3, 10, Direction::Backward), all[2..]);
    let mut forward = versions(13, 1, 1, Direction::Forward);
    forward.reverse();
    assert_eq!(forward, all);
    assert_eq!(versions(13, 1, 7, Direction::Forward).len(), 2);
}

#[test]
fn statements_bind_names() {
    let found = |text: &str, name: &str| {
        let parsed = ruff_python_parser::parse_module(text).unwrap();
        binds(&parsed.syntax().body[0], name)
    };
    for (text, names) in [
        ("x = y = z", "x y"),
        ("x += z", "x"),
        ("x: int = z", "x"),
        ("(a, *b), c[d] = z", "a b"),
        ("del x, y.z", "x"),
        ("for i in z: pass", "i"),
        ("with z as f: y = 1", "f y"),
        ("def f(x): y = 1", "f"),
        ("class C:\n    x = 1", "C"),
        ("import a.b, c as d", "a d"),
        ("from a import b, c as d", "b d"),
        ("try: z\nexcept E as e: z", "e"),
        ("match z:\n    case [a, *b]: z\n    case {'k': c, **d}: z\n    case C() as e: z", "a b c d e"),
        ("z((w := 1))", "w"),
        ("k = lambda: (q := 1)", "k"),
        ("if z: a = 1", "a"),
    ] {
        let bound: Vec<&str> = "a b c d e f i k q w x y z C".split(' ').filter(|name| found(text, name)).collect();
        let mut names: Vec<&str> = names.split(' ').collect();
        names.sort_by_key(|name| (name.to_ascii_lowercase() != *name, *name));
        assert_eq!(bound, names, "{text}");
    }
}

#[test]
fn cells_are_told_by_their_place() {
    use connie_recording::tabular::{Column, Form, Tabular};
    let column = |name: &str, dtype: &str, cells: &[i64]| Column {
        name: name.into(),
        dtype: dtype.into(),
        cells: ints(cells),
        is_whole: true,
    };
    let table =
        |form, shape: &[u64], columns: Vec<Column>| Tabular { form, class: "T".into(), shape: shape.into(), columns };
    let differ = |before: &Tabular, after: &Tabular| {
        let tables = Some(Box::new((before.clone(), after.clone())));
        difference::of(&Within { seen: 1, ty: None, edits: vec![], tables }, None)
    };
    let array = |dtype, shape: &[u64], cells: &[i64]| table(Form::Array, shape, vec![column("", dtype, cells)]);
    let before = array("i8", &[2, 2], &[1, 2, 3, 4]);
    let cell = |at: &[u64], old, new| Replaced(Part::Cell(at.into()), int(old), int(new));
    assert_eq!(differ(&before, &array("i8", &[2, 2], &[1, 5, 3, 6])), [cell(&[0, 1], 2, 5), cell(&[1, 1], 4, 6)]);
    let ty =
        |name: Option<&str>, old: &str, new: &str| Difference::Type(name.map(str::to_owned), old.into(), new.into());
    assert_eq!(differ(&before, &array("f8", &[2, 2], &[1, 2, 3, 4])), [ty(None, "i8", "f8")]);
    assert_eq!(differ(&before, &array("i8", &[4], &[9, 2, 3, 4])), [Difference::Shape(vec![2, 2], vec![4])]);
    assert_eq!(differ(&before, &before), [Whole]);
    let series = |cells: &[i64]| table(Form::Series, &[2], vec![column("", "i8", cells)]);
    assert_eq!(differ(&series(&[1, 2]), &series(&[1, 3])), [Replaced(Part::Row(1, None), int(2), int(3))]);
    let frame = |shape: &[u64], columns| table(Form::Frame, shape, columns);
    let before = frame(&[2, 2], vec![column("a", "i8", &[1, 2]), column("b", "i8", &[3, 4])]);
    let after = frame(&[2, 2], vec![column("a", "f8", &[1, 5]), column("c", "i8", &[6])]);
    let row = Part::Row(1, Some("a".into()));
    let added = Added(Part::Column("c".into()), Value::Tuple(ints(&[6]).into()));
    let gone = Removed(Part::Column("b".into()), Value::Unbound);
    assert_eq!(differ(&before, &after), [ty(Some("a"), "i8", "f8"), Replaced(row, int(2), int(5)), gone, added]);
    let longer = frame(&[3, 2], vec![column("a", "i8", &[9, 9, 9]), column("b", "i8", &[3, 4, 5])]);
    assert_eq!(differ(&before, &longer), [Difference::Shape(vec![2, 2], vec![3, 2])]);
    let twice = frame(&[2, 2], vec![column("a", "i8", &[1, 2]), column("a", "i8", &[3, 5])]);
    assert_eq!((differ(&before, &twice), differ(&twice, &before)), (vec![Whole], vec![Whole]));
}

/// A store of an equal value is a write too: its line ran, although the recording shows no change.
#[test]
fn stores_of_equal_values_are_writes() {
    let source = "def main():\n    x = 0\n    x = 0\n    x = 5\n    x = 5\n    pass\n";
    let x = |value| Op::Slot { slot: 0, value: int(value) };
    let ops = vec![thread(1), crate::testing::call(1, 0, 1), line(2), x(0), line(3), line(4), x(5), line(5), line(6)];
    let made = made(source, &[("main", 1, &["x"])], &[ops]);
    let versions = |from, direction| {
        let asked = Asked { text: "x".into(), step: 6, frame: 1 };
        let found = made.history().versions(&asked, from, direction, 9).unwrap();
        found.iter().map(|one| (one.seen, one.at.line, one.is_equal)).collect::<Vec<_>>()
    };
    let all = [(6, 5, true), (5, 4, false), (4, 3, true), (3, 2, false)];
    assert_eq!(versions(6, Direction::Backward), all);
    assert_eq!(versions(4, Direction::Backward), all[2..]);
    let mut forward = versions(1, Direction::Forward);
    forward.reverse();
    assert_eq!(forward, all);
}

#[test]
fn globals_are_those_of_the_module_that_ran() {
    let ops = vec![
        thread(1),
        Op::New { object: 5, ty: 1, length: 0, items: vec![] },
        Op::Call { frame: 6, code: 0, namespace: 5, time: 1, line: 1, slots: Vec::new() },
        line(1),
        Op::Splice { object: 5, start: 0, removed: 0, length: 2, items: vec![text("g"), int(3)] },
        line(2),
        crate::testing::call(7, 1, 3),
        line(4),
    ];
    let made = made("g = 3\nf()\ndef f():\n    g\n", &[("<module>", 1, &[]), ("f", 3, &["a"])], &[ops]);
    let history = made.history();
    let frame = |step, frame| History::frame_at(&Moment::at(&made.recording, step).unwrap(), frame);
    assert_eq!(history.globals_of(frame(5, 7).unwrap()), Some(5));
    assert_eq!((frame(5, 6).map(|frame| frame.line), frame(3, 7).is_none()), (Some(2), true));
    let versions = history.versions(&Asked { text: "g".into(), step: 5, frame: 7 }, 5, Direction::Backward, 9).unwrap();
    let [one] = versions.as_slice() else { panic!("{versions:?}") };
    assert_eq!((one.seen, one.at.to_string().as_str(), one.value.as_deref()), (3, "a.py:1 in <module>", Some("3")));
    // A variable that never had a value has no place; names that nobody binds have none either.
    assert!(history.place("nothing", 5, 7).is_err());
    let elsewhere = self::made("", &[("f", 1, &[])], &[vec![thread(1), crate::testing::call(1, 0, 1)]]);
    let moment = Moment::at(&elsewhere.recording, 1).unwrap();
    assert_eq!(elsewhere.history().globals_of(moment.step.frame.unwrap()), None);
}
