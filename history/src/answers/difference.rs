//! Describes the difference between two versions of an object's contents in terms of items, keys, members and
//! attributes.

use connie_wire::value::text_value;
use connie_wire::{Contents, Kind, Value};
use rustc_hash::FxHashMap;

use connie_recording::render::{Renderer, World};

use super::cells;
use super::contents::{Edit, Version};

/// A single difference that a change made to the contents of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// A value was added at an index, under a key or name, or as a member.
    Added(Part, Value),
    /// A value was removed.
    Removed(Part, Value),
    /// A value was replaced by another.
    Replaced(Part, Value, Value),
    /// The same items are in another order.
    Reordered,
    /// The length changed, before and after; the items themselves are not recorded.
    Length(u64, u64),
    /// The number of cells of an array or a frame changed: its shape before and after.
    Shape(Vec<u64>, Vec<u64>),
    /// The type of the cells of an array, or of a column with this name, changed: before and after.
    Type(Option<String>, String, String),
    /// The contents changed; the details are unknown.
    Whole,
}

/// A part of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// `[3]`
    Index(usize),
    /// `['k']`
    Key(Value),
    /// `.name`
    Attribute(Value),
    /// A member of a set.
    Member,
    /// A cell of an array, by its index in each dimension.
    Cell(Vec<u64>),
    /// A cell of a series, or of a column of a frame, by its row number.
    Row(u64, Option<String>),
    /// A column of a frame.
    Column(String),
}

/// The maximum number of items of a change that are listed.
const MAX_ITEMS: usize = 1000;

/// The differences that a version made to its object.
#[must_use]
pub fn of(version: &Version, kind: Option<Kind>) -> Vec<Difference> {
    if let Some(tables) = &version.tables {
        let found = cells::differences(&tables.0, &tables.1);
        return if found.is_empty() { vec![Difference::Whole] } else { found };
    }
    let Some(kind) = kind else { return vec![Difference::Whole] };
    let mut found = Vec::new();
    for edit in &version.edits {
        by_contents(edit, kind, &mut found);
    }
    // One step may add the items that it removed.
    if found.is_empty() { vec![Difference::Reordered] } else { found }
}

fn by_contents(edit: &Edit, kind: Kind, found: &mut Vec<Difference>) {
    let shape = kind.shape();
    if edit.start < shape.before && shape.contents != Contents::Whole
        || edit.removed.len().max(edit.added.len()) > MAX_ITEMS
    {
        found.push(Difference::Whole);
        return;
    }
    match shape.contents {
        Contents::Positions => positions(edit, shape.before, found),
        Contents::Members => members(&edit.removed, &edit.added, found),
        Contents::Pairs => pairs(edit, shape.before, Part::Key, found),
        Contents::Names => pairs(edit, shape.before, Part::Attribute, found),
        Contents::Whole if kind == Kind::ByteArray => bytes(edit, found),
        Contents::Whole if kind == Kind::Array && edit.start >= shape.before => positions(edit, shape.before, found),
        _ => found.push(Difference::Whole),
    }
}

fn positions(edit: &Edit, before: usize, found: &mut Vec<Difference>) {
    let first = edit.start - before;
    if edit.removed.len() == edit.added.len() && edit.lengths.0 == edit.lengths.1 {
        let both = edit.removed.iter().zip(&edit.added).enumerate();
        let differ = both.filter(|(_, (old, new))| old != new);
        found.extend(
            differ.map(|(n, (old, new))| Difference::Replaced(Part::Index(first + n), old.clone(), new.clone())),
        );
        return;
    }
    if !edit.is_whole {
        // An item that moved from or to the unrecorded part is neither new nor gone.
        found.push(Difference::Length(edit.lengths.0 - before as u64, edit.lengths.1.saturating_sub(before as u64)));
        return;
    }
    for (old, new, n) in aligned(&edit.removed, &edit.added) {
        let place = Part::Index(first + n);
        found.extend(match (old, new) {
            (Some(old), Some(new)) if old == new => None,
            (Some(old), Some(new)) => Some(Difference::Replaced(place, old.clone(), new.clone())),
            (Some(old), None) => Some(Difference::Removed(place, old.clone())),
            (None, Some(new)) => Some(Difference::Added(place, new.clone())),
            (None, None) => None,
        });
    }
}

/// Aligns old and new items by their longest common subsequence, so that unchanged items are left out. Each item has
/// its index in the object.
fn aligned<'v>(old: &'v [Value], new: &'v [Value]) -> Vec<(Option<&'v Value>, Option<&'v Value>, usize)> {
    // The comparison needs ordered values, so that each value gets a number.
    let mut numbers: FxHashMap<&Value, usize> = FxHashMap::default();
    let mut numbered = |values: &'v [Value]| -> Vec<usize> {
        let mut number = |value| {
            let next = numbers.len();
            *numbers.entry(value).or_insert(next)
        };
        values.iter().map(&mut number).collect()
    };
    let (old_numbers, new_numbers) = (numbered(old), numbered(new));
    let mut found = Vec::new();
    for op in similar::capture_diff_slices(similar::Algorithm::Myers, &old_numbers, &new_numbers) {
        let (tag, removed, added) = op.as_tag_tuple();
        if tag == similar::DiffTag::Equal {
            continue;
        }
        if removed.len() == added.len() {
            found.extend(removed.zip(added).map(|(o, n)| (Some(&old[o]), Some(&new[n]), n)));
        } else {
            found.extend(removed.map(|o| (Some(&old[o]), None, o)));
            found.extend(added.map(|n| (None, Some(&new[n]), n)));
        }
    }
    found
}

fn members(removed: &[Value], added: &[Value], found: &mut Vec<Difference>) {
    let mut left: Vec<&Value> = removed.iter().collect();
    let mut new = Vec::new();
    for value in added {
        match left.iter().position(|old| *old == value) {
            Some(n) => drop(left.swap_remove(n)),
            None => new.push(value),
        }
    }
    found.extend(left.into_iter().map(|old| Difference::Removed(Part::Member, old.clone())));
    found.extend(new.into_iter().map(|new| Difference::Added(Part::Member, new.clone())));
}

/// Differences of items that are key-value pairs.
fn pairs(edit: &Edit, before: usize, place: fn(Value) -> Part, found: &mut Vec<Difference>) {
    let (mut old, mut new) = (edit.removed.clone(), edit.added.clone());
    if (edit.start - before) % 2 == 1 {
        // The edit begins at a value, whose key did not change.
        let Some(key) = &edit.key else { return found.push(Difference::Whole) };
        old.insert(0, key.clone());
        new.insert(0, key.clone());
    }
    if old.len() % 2 == 1 || new.len() % 2 == 1 {
        // The edit ends between a key and its value: both sides have the same value there.
        return match (old.len() % 2, new.len() % 2, edit.lengths.0 == edit.lengths.1) {
            (1, 1, _) => renamed(&old, &new, place, found),
            _ => found.push(Difference::Whole),
        };
    }
    paired(&old, &new, place, found);
}

/// Pairs whose last value is the same on both sides, and is left out.
fn renamed(old: &[Value], new: &[Value], place: fn(Value) -> Part, found: &mut Vec<Difference>) {
    let (Some((old_key, old)), Some((new_key, new))) = (old.split_last(), new.split_last()) else { return };
    paired(old, new, place, found);
    if old_key != new_key {
        found.push(Difference::Removed(place(old_key.clone()), Value::Unbound));
        found.push(Difference::Added(place(new_key.clone()), Value::Unbound));
    }
}

fn paired(old: &[Value], new: &[Value], place: fn(Value) -> Part, found: &mut Vec<Difference>) {
    let value_in =
        |items: &[Value], key: &Value| items.chunks_exact(2).find(|pair| pair[0] == *key).map(|pair| pair[1].clone());
    for pair in old.chunks_exact(2) {
        match value_in(new, &pair[0]) {
            None => found.push(Difference::Removed(place(pair[0].clone()), pair[1].clone())),
            Some(now) if now != pair[1] => {
                found.push(Difference::Replaced(place(pair[0].clone()), pair[1].clone(), now));
            }
            Some(_) => {}
        }
    }
    let is_new = |pair: &&[Value]| value_in(old, &pair[0]).is_none();
    let added = new.chunks_exact(2).filter(is_new);
    found.extend(added.map(|pair| Difference::Added(place(pair[0].clone()), pair[1].clone())));
}

/// Differences of the bytes of a bytearray, which are recorded as one value.
fn bytes(edit: &Edit, found: &mut Vec<Difference>) {
    let (Some(Value::Bytes(old)), Some(Value::Bytes(new))) = (edit.removed.first(), edit.added.first()) else {
        return found.push(Difference::Whole);
    };
    if old.cut.is_some() || new.cut.is_some() || old.bytes.len().max(new.bytes.len()) > 1 << 16 {
        return found.push(Difference::Whole);
    }
    let ints = |bytes: &[u8]| bytes.iter().map(|byte| Value::Int(i64::from(*byte))).collect::<Vec<_>>();
    let (old, new) = (ints(&old.bytes), ints(&new.bytes));
    let head = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(old, new)| old == new).count();
    let (removed, added) = (old[head..old.len() - tail].to_vec(), new[head..new.len() - tail].to_vec());
    if removed.len().max(added.len()) > MAX_ITEMS {
        return found.push(Difference::Whole);
    }
    let lengths = (old.len() as u64, new.len() as u64);
    positions(&Edit { start: head, removed, added, key: None, lengths, is_whole: true }, 0, found);
}

impl Part {
    fn text(&self, renderer: &mut Renderer<'_>) -> String {
        match self {
            Part::Index(n) => format!("[{n}]"),
            Part::Key(key) => renderer.text(key),
            Part::Attribute(Value::Str(name)) => format!(".{}", String::from_utf8_lossy(&name.bytes)),
            Part::Attribute(other) => renderer.text(other),
            Part::Member => String::new(),
            Part::Cell(indexes) => {
                let indexes: Vec<String> = indexes.iter().map(u64::to_string).collect();
                format!("[{}]", indexes.join(", "))
            }
            Part::Row(row, None) => format!("row {row}"),
            Part::Row(row, Some(column)) => format!("row {row} of {}", renderer.text(&text_value(column))),
            Part::Column(name) => format!("column {}", renderer.text(&text_value(name))),
        }
    }
}

impl Difference {
    /// In words: `+5 at [3]`, `'k': 1 → 2`, `-2 at [1]`.
    #[must_use]
    pub fn text(&self, renderer: &mut Renderer<'_>) -> String {
        let one = |sign: char, place: &Part, value: &Value, renderer: &mut Renderer<'_>| {
            let at = place.text(renderer);
            // If only the key was replaced, the value is unchanged.
            let text = if *value == Value::Unbound { String::new() } else { renderer.text(value) };
            match place {
                Part::Index(_) | Part::Cell(_) | Part::Row(..) => format!("{sign}{text} at {at}"),
                Part::Member => format!("{sign}{text}"),
                Part::Key(_) | Part::Attribute(_) | Part::Column(_) if text.is_empty() => format!("{sign}{at}"),
                Part::Key(_) | Part::Column(_) => format!("{sign}{at}: {text}"),
                Part::Attribute(_) => format!("{sign}{at} = {text}"),
            }
        };
        match self {
            Difference::Added(place, value) => one('+', place, value, renderer),
            Difference::Removed(place, value) => one('-', place, value, renderer),
            Difference::Replaced(place, old, new) => {
                let at = place.text(renderer);
                format!("{at}: {} → {}", renderer.text(old), renderer.text(new))
            }
            Difference::Reordered => "another order".into(),
            Difference::Length(old, new) => format!("length: {old} → {new} (these items are not recorded)"),
            Difference::Shape(old, new) => format!("shape: {} → {}", shape(old), shape(new)),
            Difference::Type(None, old, new) => format!("dtype: {old} → {new}"),
            Difference::Type(Some(column), old, new) => {
                format!("dtype of {}: {old} → {new}", renderer.text(&text_value(column)))
            }
            Difference::Whole => "other contents".into(),
        }
    }
}

/// A shape as Python writes it.
fn shape(sizes: &[u64]) -> String {
    let texts: Vec<String> = sizes.iter().map(u64::to_string).collect();
    format!("({}{})", texts.join(", "), if sizes.len() == 1 { "," } else { "" })
}

/// The kind of a version's object.
#[must_use]
pub fn kind_of(world: &dyn World, version: &Version) -> Option<Kind> {
    version.ty.and_then(|ty| world.type_name(ty)).map(|ty| ty.kind)
}
