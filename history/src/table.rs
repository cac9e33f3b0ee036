//! Values as tables: arrays and data frames, containers whose items are alike (dicts, lists, tuples or objects), and dicts
//! of columns.

use std::ops::Range;
use std::rc::Rc;

use connie_recording::chunk::Entity;
use connie_recording::player::Player;
use connie_recording::render::{Bounds, Renderer, World};
use connie_recording::tabular::{Form, Tabular};
use connie_wire::{Kind, Value};

/// The number of rows of a page.
pub const ROWS: usize = 100;
/// The number of columns of a page.
pub const COLUMNS: usize = 20;
/// How much of a cell is shown.
const CELL: Bounds = Bounds { string: 80, items: 6, depth: 2 };
/// The number of first items that are asked whether they are alike, and for their columns.
const ALIKE: usize = 100;
/// The text of a cell that was not recorded.
const UNKNOWN: &str = "…";

/// A part of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The number of cells along each dimension: rows and columns, unless it is an array.
    pub shape: Vec<u64>,
    /// The number of rows, and the first one of this part.
    pub rows: u64,
    /// The first row of this part.
    pub first_row: u64,
    /// The number of columns.
    pub columns: u64,
    /// The first column of this part.
    pub first_column: u64,
    /// The columns of this part.
    pub heads: Vec<Head>,
    /// The rows of this part.
    pub body: Vec<Row>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its name: a key, an attribute, or an index.
    pub name: String,
    /// The type of its cells, as a library names it; empty if it is not known.
    pub dtype: String,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its index, or its key.
    pub label: String,
    /// The texts of its cells; `None` where it has none.
    pub cells: Vec<Option<String>>,
}

/// The part of an object's table that begins at a row and a column; `None` if the object is no table.
#[must_use]
pub fn of(player: &Player<'_>, object: u64, (row, column): (u64, u64)) -> Option<Table> {
    let entity = player.entity(object)?;
    if let Some(table) = Tabular::of(&entity, player.type_name(entity.ty?)?) {
        return Some(tabular(player, &table, (row, column)));
    }
    let items = Items::of(player, &entity)?;
    columns(player, &items, (row, column)).or_else(|| rows(player, &items, (row, column)))
}

fn text(player: &Player<'_>, value: &Value) -> String {
    match value {
        // Within a table, a text needs no quotes to be told from a name.
        Value::Cut => UNKNOWN.into(),
        value => Renderer::new(player, CELL).text(value),
    }
}

/// The indexes from a first one on that are on a page.
fn page(first: u64, length: u64, most: usize) -> Range<usize> {
    let first = first.min(length);
    first as usize..length.min(first + most as u64) as usize
}

/// An array, a series or a data frame.
fn tabular(player: &Player<'_>, table: &Tabular, (row, column): (u64, u64)) -> Table {
    let is_frame = table.form == Form::Frame;
    let (rows, width) = match &table.shape[..] {
        [] => (1, 1),
        [rows] => (*rows, 1),
        [rows, width] => (*rows, *width),
        // Rows of an array with more dimensions are those of all its matrices.
        [outer @ .., width] => (outer.iter().product(), *width),
    };
    let (in_rows, in_columns) = (page(row, rows, ROWS), page(column, width, COLUMNS));
    let head = |n: usize| match table.columns.get(n).filter(|_| is_frame) {
        Some(column) => Head { name: column.name.clone(), dtype: column.dtype.clone() },
        None => {
            let dtype = table.columns.first().map_or_else(String::new, |column| column.dtype.clone());
            Head { name: if table.shape.len() > 1 { n.to_string() } else { String::new() }, dtype }
        }
    };
    let cell = |row: usize, n: usize| {
        let (column, at) =
            if is_frame { (n, Some(row)) } else { (0, row.checked_mul(width as usize).map(|at| at + n)) };
        let value = table.columns.get(column).zip(at).and_then(|(column, at)| column.cells.get(at));
        Some(value.map_or_else(|| UNKNOWN.into(), |value| text(player, value)))
    };
    let label = |row: usize| match &table.shape[..] {
        [outer @ .., width] if outer.len() > 1 => {
            let indexes = table.indexes(row as u64 * (*width).max(1));
            indexes[..outer.len()].iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
        }
        _ => row.to_string(),
    };
    let body =
        in_rows.clone().map(|row| Row { label: label(row), cells: in_columns.clone().map(|n| cell(row, n)).collect() });
    Table {
        shape: table.shape.clone(),
        rows,
        first_row: in_rows.start as u64,
        columns: width,
        first_column: in_columns.start as u64,
        heads: in_columns.clone().map(head).collect(),
        body: body.collect(),
    }
}

/// The items of a container, in pairs with their keys if it has keys.
struct Items {
    entity: Rc<Entity>,
    /// Items before the first one.
    skipped: usize,
    has_keys: bool,
}

impl Items {
    fn of(player: &Player<'_>, entity: &Rc<Entity>) -> Option<Self> {
        let (skipped, has_keys) = match player.type_name(entity.ty?)?.kind {
            Kind::List | Kind::Tuple => (0, false),
            Kind::Deque => (1, false),
            Kind::Dict | Kind::FrozenDict | Kind::OrderedDict => (0, true),
            Kind::DefaultDict => (1, true),
            _ => return None,
        };
        Some(Self { entity: Rc::clone(entity), skipped, has_keys })
    }

    /// The number of recorded items.
    fn known(&self) -> usize {
        self.entity.items.len().saturating_sub(self.skipped) / (1 + usize::from(self.has_keys))
    }

    /// The number of items.
    fn length(&self) -> u64 {
        self.entity.length.saturating_sub(self.skipped as u64) / (1 + u64::from(self.has_keys))
    }

    fn value(&self, n: usize) -> Option<&Value> {
        let at = if self.has_keys { 2 * n + 1 } else { n };
        self.entity.items.get(self.skipped + at)
    }

    fn label(&self, player: &Player<'_>, n: usize) -> String {
        let key = self.entity.items.get(self.skipped + 2 * n).filter(|_| self.has_keys);
        key.map_or_else(|| n.to_string(), |key| name(player, key))
    }
}

/// A key as the name of a column or a row.
fn name(player: &Player<'_>, key: &Value) -> String {
    match key {
        Value::Str(key) if key.cut.is_none() => String::from_utf8_lossy(&key.bytes).into_owned(),
        key => text(player, key),
    }
}

/// What an item of a container consists of: names and values. `None` if it is no row of a table.
fn parts(player: &Player<'_>, value: &Value) -> Option<Vec<(String, Value)>> {
    let numbered = |items: &[Value]| items.iter().enumerate().map(|(n, item)| (n.to_string(), item.clone())).collect();
    let object = match value {
        Value::Tuple(items) => return Some(numbered(items)),
        Value::Object(object) => player.entity(*object)?,
        _ => return None,
    };
    let named = |items: &[Value]| {
        items.chunks_exact(2).map(|pair| (name(player, &pair[0]), pair[1].clone())).collect::<Vec<_>>()
    };
    match player.type_name(object.ty?)?.kind {
        Kind::List | Kind::Tuple => Some(numbered(&object.items)),
        Kind::Instance | Kind::NamedTuple | Kind::Dict | Kind::FrozenDict | Kind::OrderedDict => {
            Some(named(&object.items))
        }
        Kind::DefaultDict => Some(named(object.items.get(1..)?)),
        _ => None,
    }
}

/// The class of an item: rows of a table have the same.
fn class_of(player: &Player<'_>, value: &Value) -> Option<u32> {
    match value {
        Value::Object(object) => player.entity(*object)?.ty,
        _ => None,
    }
}

/// A container whose items are alike: each is a row.
fn rows(player: &Player<'_>, items: &Items, (row, column): (u64, u64)) -> Option<Table> {
    let known = items.known();
    let class = class_of(player, items.value(0)?);
    let mut names: Vec<String> = Vec::new();
    for n in 0..known.min(ALIKE) {
        let value = items.value(n)?;
        if class_of(player, value) != class {
            return None;
        }
        for (name, _) in parts(player, value)? {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    // One item, or items of one part, say no more as a table.
    if known < 2 || names.is_empty() {
        return None;
    }
    let (in_rows, in_columns) = (page(row, items.length(), ROWS), page(column, names.len() as u64, COLUMNS));
    let shown = &names[in_columns.clone()];
    let cells = |n: usize| match items.value(n) {
        None => vec![Some(UNKNOWN.into()); shown.len()],
        Some(value) => {
            let parts = parts(player, value).unwrap_or_default();
            let cell = |name: &String| parts.iter().find(|(own, _)| own == name).map(|(_, part)| text(player, part));
            shown.iter().map(cell).collect()
        }
    };
    let label = |n: usize| if n < known { items.label(player, n) } else { n.to_string() };
    Some(Table {
        shape: vec![items.length(), names.len() as u64],
        rows: items.length(),
        first_row: in_rows.start as u64,
        columns: names.len() as u64,
        first_column: in_columns.start as u64,
        heads: shown.iter().map(|name| Head { name: name.clone(), dtype: String::new() }).collect(),
        body: in_rows.map(|n| Row { label: label(n), cells: cells(n) }).collect(),
    })
}

/// A dict whose values are lists of one length: each is a column.
fn columns(player: &Player<'_>, items: &Items, (row, column): (u64, u64)) -> Option<Table> {
    if !items.has_keys || items.known() == 0 {
        return None;
    }
    let list = |n: usize| match items.value(n)? {
        Value::Object(object) => {
            let entity = player.entity(*object)?;
            Items::of(player, &entity).filter(|list| !list.has_keys)
        }
        _ => None,
    };
    let length = list(0)?.length();
    let all: Option<Vec<Items>> = (0..items.known()).map(list).collect();
    let all = all.filter(|all| length > 1 && all.iter().all(|list| list.length() == length))?;
    let (in_rows, in_columns) = (page(row, length, ROWS), page(column, all.len() as u64, COLUMNS));
    let cell = |list: &Items, n: usize| Some(list.value(n).map_or_else(|| UNKNOWN.into(), |value| text(player, value)));
    let body = in_rows.clone().map(|n| Row {
        label: n.to_string(),
        cells: all[in_columns.clone()].iter().map(|list| cell(list, n)).collect(),
    });
    Some(Table {
        shape: vec![length, all.len() as u64],
        rows: length,
        first_row: in_rows.start as u64,
        columns: items.length(),
        first_column: in_columns.start as u64,
        heads: in_columns.clone().map(|n| Head { name: items.label(player, n), dtype: String::new() }).collect(),
        body: body.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, line, made, text as str, thread};
    use connie_wire::Op;

    const LIST: u32 = 0;
    const DICT: u32 = 1;

    /// A program that makes these objects (number, type, items); the player is at its last step.
    fn with<T>(objects: &[(u64, u32, Vec<Value>)], look: impl FnOnce(&Player<'_>) -> T) -> T {
        let mut ops = vec![thread(1), call(1, 0, 1), line(2)];
        for (object, ty, items) in objects {
            let (length, items) = (items.len() as u64, items.clone());
            ops.push(Op::New { object: *object, ty: *ty, length, items });
        }
        let last = objects.last().map_or(0, |(object, ..)| *object);
        ops.extend([Op::Slot { slot: 0, value: Value::Object(last) }, line(3)]);
        let made = made("x = 1\n", &[("main", 1, &["x"])], &[ops]);
        let (player, _) = Player::at(&made.recording, made.recording.last_step()).unwrap();
        look(&player)
    }

    fn dict(pairs: &[(&str, Value)]) -> Vec<Value> {
        pairs.iter().flat_map(|(key, value)| [str(key), value.clone()]).collect()
    }

    fn cells(table: &Table) -> Vec<String> {
        let cell = |cell: &Option<String>| cell.clone().unwrap_or_default();
        table
            .body
            .iter()
            .map(|row| format!("{}: {}", row.label, row.cells.iter().map(cell).collect::<Vec<_>>().join("|")))
            .collect()
    }

    fn names(table: &Table) -> Vec<&str> {
        table.heads.iter().map(|head| head.name.as_str()).collect()
    }

    #[test]
    fn dicts_in_a_list_are_rows() {
        let objects = [
            (10, DICT, dict(&[("name", str("tea")), ("price", Value::Int(3))])),
            (11, DICT, dict(&[("price", Value::Int(5)), ("left", Value::None)])),
            (12, LIST, vec![Value::Object(10), Value::Object(11)]),
        ];
        let table = with(&objects, |player| of(player, 12, (0, 0))).expect("a table");
        assert_eq!((names(&table), table.rows, table.columns), (vec!["name", "price", "left"], 2, 3));
        assert_eq!(cells(&table), ["0: 'tea'|3|", "1: |5|None"]);
        let part = with(&objects, |player| of(player, 12, (1, 2))).expect("a table");
        assert_eq!((names(&part), cells(&part), part.first_row), (vec!["left"], vec!["1: None".to_owned()], 1));
        let beyond = with(&objects, |player| of(player, 12, (u64::MAX, u64::MAX))).expect("a table");
        assert!(beyond.body.is_empty() && beyond.heads.is_empty());
    }

    #[test]
    fn a_dict_of_lists_has_columns() {
        let objects = [
            (10, LIST, vec![Value::Int(1), Value::Int(2), Value::Int(3)]),
            (11, LIST, vec![str("a"), str("b"), str("c")]),
            (12, DICT, dict(&[("n", Value::Object(10)), ("word", Value::Object(11))])),
        ];
        let table = with(&objects, |player| of(player, 12, (1, 0))).expect("a table");
        assert_eq!((names(&table), table.shape.clone()), (vec!["n", "word"], vec![3, 2]));
        assert_eq!(cells(&table), ["1: 2|'b'", "2: 3|'c'"]);
    }

    #[test]
    fn tuples_are_rows_and_other_items_are_none() {
        let pair = |n: i64| Value::Tuple([Value::Int(n), Value::Bool(n > 1)].into());
        let table = with(&[(10, LIST, vec![pair(1), pair(2)])], |player| of(player, 10, (0, 0))).expect("a table");
        assert_eq!(
            (names(&table), cells(&table)),
            (vec!["0", "1"], vec!["0: 1|False".to_owned(), "1: 2|True".to_owned()])
        );
        for items in [vec![], vec![Value::Int(1), Value::Int(2)], vec![pair(1)], vec![pair(1), Value::Int(2)]] {
            assert_eq!(with(&[(10, LIST, items)], |player| of(player, 10, (0, 0))), None);
        }
    }
}
