//! What differs between two versions of an array, a series or a frame, as far as its cells are recorded.

use connie_recording::tabular::{Column, Form, Tabular};
use connie_wire::Value;

use super::difference::{Difference, Part};

/// The cells and columns that differ.
pub(super) fn differences(before: &Tabular, after: &Tabular) -> Vec<Difference> {
    let mut found = Vec::new();
    if before.shape != after.shape {
        found.push(Difference::Shape(before.shape.clone(), after.shape.clone()));
    }
    if before.form == Form::Frame {
        columns(before, after, &mut found);
    } else if let ([old], [new]) = (&*before.columns, &*after.columns) {
        if before.shape == after.shape {
            let part = |n: usize| match after.form {
                Form::Array => Part::Cell(after.indexes(n as u64)),
                Form::Series | Form::Frame => Part::Row(n as u64, None),
            };
            cells(old, new, part, &mut found);
        }
        types(old, new, None, &mut found);
    }
    found
}

fn columns(before: &Tabular, after: &Tabular, found: &mut Vec<Difference>) {
    let named = |table: &Tabular, name: &str| table.columns.iter().filter(|column| column.name == name).count();
    // Which of several columns with one name is which, is not known.
    let is_clear = |table: &Tabular| table.columns.iter().all(|column| named(table, &column.name) == 1);
    if !is_clear(before) || !is_clear(after) {
        found.push(Difference::Whole);
        return;
    }
    let one = |table: &Tabular, name: &str| table.columns.iter().find(|column| column.name == name).cloned();
    for old in &before.columns {
        let Some(new) = one(after, &old.name) else {
            found.push(Difference::Removed(Part::Column(old.name.clone()), Value::Unbound));
            continue;
        };
        types(old, &new, Some(&old.name), found);
        // Where rows came or went, which one a cell belongs to is not known.
        if before.shape.first() == after.shape.first() {
            cells(old, &new, |row| Part::Row(row as u64, Some(old.name.clone())), found);
        }
    }
    let added = after.columns.iter().filter(|column| named(before, &column.name) == 0);
    found.extend(added.map(|column| Difference::Added(Part::Column(column.name.clone()), values(column))));
}

/// The cells of a column, as one value.
fn values(column: &Column) -> Value {
    let more = (!column.is_whole).then_some(Value::Cut);
    Value::Tuple(column.cells.iter().cloned().chain(more).collect())
}

fn cells(old: &Column, new: &Column, part: impl Fn(usize) -> Part, found: &mut Vec<Difference>) {
    let both = old.cells.iter().zip(&new.cells).enumerate().filter(|(_, (old, new))| old != new);
    found.extend(both.map(|(n, (old, new))| Difference::Replaced(part(n), old.clone(), new.clone())));
}

fn types(old: &Column, new: &Column, name: Option<&str>, found: &mut Vec<Difference>) {
    if old.dtype != new.dtype {
        found.push(Difference::Type(name.map(str::to_owned), old.dtype.clone(), new.dtype.clone()));
    }
}
