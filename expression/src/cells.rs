//! Cells of arrays, series and frames: `a[0, 1]`, `s.iloc[2]`, `frame.iloc[0, 1]`, `frame["price"].iloc[0]`.

use connie_recording::tabular::{Form, Tabular};
use connie_wire::Value;
use ruff_python_ast::{Expr, ExprSubscript};

use super::Assignable;
use super::evaluator::Evaluator;
use super::got::{Got, Outcome, known};
use super::problem::{Problem, raised, unknown};

/// A place in a table: the object, the table and the key of [`Tabular::get`].
pub(super) struct Cell {
    /// The object.
    pub object: u64,
    /// Its key.
    pub key: Value,
    module: String,
    table: Tabular,
}

/// The part of a table that a subscript is taken of.
struct Base {
    object: u64,
    module: String,
    table: Tabular,
    /// One column of a frame.
    column: Option<usize>,
    /// Indexes along the first dimensions of an array.
    indexes: Vec<i64>,
    /// `iloc` or `iat`: rows go by their number, not by their label.
    by_position: bool,
}

impl Evaluator<'_> {
    /// A cell of a table, or a column of a frame; `None` if the subscript is of something else.
    pub(super) fn cell(&self, subscript: &ExprSubscript) -> Option<Result<Cell, Problem>> {
        if subscript.slice.is_slice_expr() {
            return None;
        }
        let base = match self.base(&subscript.value)? {
            Ok(base) => base,
            Err(problem) => return Some(Err(problem)),
        };
        let key = self.eval(&subscript.slice).and_then(|key| base.key(&key, |key| self.text(key)));
        let Base { object, module, table, .. } = base;
        Some(key.map(|key| Cell { object, key, module, table }))
    }

    fn base(&self, expr: &Expr) -> Option<Result<Base, Problem>> {
        let (expr, by_position) = match expr {
            Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "iloc" | "iat") => {
                (&*attribute.value, true)
            }
            expr => (expr, false),
        };
        if let Expr::Subscript(inner) = expr
            && let Some(base) = self.part(inner, by_position)
        {
            return Some(base);
        }
        // What cannot be evaluated is told as usual.
        let Ok(Got::Value(Value::Object(object))) = self.eval(expr) else { return None };
        let world = self.scope.world();
        let entity = world.entity(object)?;
        let ty = world.type_name(entity.ty?)?;
        let table = Tabular::of(&entity, ty)?;
        if by_position && table.form == Form::Array {
            return None;
        }
        self.look(object);
        let module = ty.module.split('.').next().unwrap_or_default().to_owned();
        Some(Ok(Base { object, module, table, column: None, indexes: Vec::new(), by_position }))
    }

    /// A column of a frame, or a part of an array; `None` of what is neither.
    fn part(&self, subscript: &ExprSubscript, by_position: bool) -> Option<Result<Base, Problem>> {
        let mut base = match self.base(&subscript.value)? {
            Ok(base) if base.column.is_none() => base,
            Ok(_) => return None,
            Err(problem) => return Some(Err(problem)),
        };
        let key = match self.eval(&subscript.slice) {
            Ok(key) => key,
            Err(problem) => return Some(Err(problem)),
        };
        if base.table.form == Form::Array {
            base.indexes.extend(indexes(&key)?);
            return (base.indexes.len() < base.table.shape.len()).then_some(Ok(base));
        }
        let Ok(Value::Str(name)) = base.key(&key, |key| self.text(key)) else { return None };
        base.column = base.table.columns.iter().position(|column| column.name.as_bytes() == &*name.bytes);
        Some(Ok(Base { by_position, ..base }))
    }

    /// Where a cell is, or a column.
    ///
    /// # Errors
    /// If it was not recorded.
    pub(super) fn place_of_cell(&self, cell: Cell) -> Result<Assignable, Problem> {
        if !matches!(cell.key, Value::Str(_)) {
            self.value_of_cell(&cell)?;
        }
        Ok(Assignable::Key(cell.object, cell.key))
    }

    /// The value of a cell.
    pub(super) fn value_of_cell(&self, cell: &Cell) -> Outcome {
        let table = &cell.table;
        let column = match &cell.key {
            Value::Str(_) => {
                return unknown("a column is not a single value: evaluate its cells, with .iloc[ROW]");
            }
            Value::Tuple(place) => match &**place {
                [_, Value::Int(column)] => table.columns.get(*column as usize),
                _ => None,
            },
            _ => table.columns.first(),
        };
        let (Some(column), Some(value)) = (column, table.get(&cell.key)) else {
            let cells = column.map_or(0, |column| column.cells.len());
            return unknown(format!("only the first {cells} cells were recorded"));
        };
        known(&value)?;
        Ok(match (cell.module.as_str(), column.dtype.as_str()) {
            (_, "object") | ("polars", _) => Got::Value(value),
            ("numpy" | "pandas", dtype) => Got::Scalar(value, dtype.to_owned()),
            (module, dtype) => Got::Scalar(value, format!("{module}.{dtype}")),
        })
    }
}

/// The whole numbers between brackets.
fn indexes(given: &Got) -> Option<Vec<i64>> {
    // A truth value is no index, but a mask.
    let one = |value: &Got| match value {
        Got::Value(Value::Int(index)) => Some(*index),
        Got::Scalar(Value::Int(index), dtype) if dtype.contains("int") => Some(*index),
        _ => None,
    };
    match given {
        Got::Tuple(items) => items.iter().map(one).collect(),
        given => one(given).map(|index| vec![index]),
    }
}

impl Base {
    /// The key that is meant by what stands between the brackets.
    fn key(&self, given: &Got, text: impl Fn(&Got) -> String) -> Result<Value, Problem> {
        match (self.table.form, self.column, indexes(given)) {
            (Form::Array, _, Some(indexes)) => {
                let all: Vec<i64> = self.indexes.iter().copied().chain(indexes).collect();
                self.place(&all).map(Value::Int)
            }
            (Form::Series, _, Some(indexes)) | (Form::Frame, Some(_), Some(indexes)) => {
                if !self.by_position && self.module != "polars" {
                    return unknown("the labels of rows were not recorded: use positions, .iloc[ROW]");
                }
                let [row] = indexes[..] else { return unknown("this kind of key") };
                let row = Value::Int(self.at(row, 0)?);
                Ok(self.column.map_or(row.clone(), |column| Value::Tuple([row, Value::Int(column as i64)].into())))
            }
            (Form::Frame, None, Some(indexes)) if self.by_position => {
                let [row, column] = indexes[..] else { return unknown("a row is not a single value: evaluate cells") };
                Ok(Value::Tuple([Value::Int(self.at(row, 0)?), Value::Int(self.at(column, 1)?)].into()))
            }
            (Form::Frame, None, _) if !self.by_position => match given {
                Got::Value(Value::Str(name)) => {
                    let named = |column: &&connie_recording::tabular::Column| column.name.as_bytes() == &*name.bytes;
                    match self.table.columns.iter().filter(named).count() {
                        0 => raised(format!("KeyError: {}", text(given))),
                        1 => Ok(Value::Str(name.clone())),
                        _ => unknown("several columns have this name"),
                    }
                }
                _ => unknown("this kind of key"),
            },
            _ => unknown("this kind of key"),
        }
    }

    /// The place of a cell of an array.
    fn place(&self, indexes: &[i64]) -> Result<i64, Problem> {
        let dimensions = self.table.shape.len();
        if indexes.len() < dimensions {
            return unknown(format!(
                "a part of an array is not a single value: evaluate a cell, with {dimensions} indexes"
            ));
        }
        if indexes.len() > dimensions {
            let given = indexes.len();
            return raised(format!(
                "IndexError: too many indices for array: array is {dimensions}-dimensional, but {given} were indexed"
            ));
        }
        for (axis, index) in indexes.iter().enumerate() {
            self.at(*index, axis)?;
        }
        Ok(self.table.flat(indexes).unwrap_or_default() as i64)
    }

    /// An index along an axis, from the start.
    fn at(&self, index: i64, axis: usize) -> Result<i64, Problem> {
        let size = self.table.shape.get(axis).copied().unwrap_or_default() as i64;
        let place = if index < 0 { index + size } else { index };
        if (0..size).contains(&place) {
            return Ok(place);
        }
        match self.table.form {
            Form::Array => {
                raised(format!("IndexError: index {index} is out of bounds for axis {axis} with size {size}"))
            }
            Form::Series | Form::Frame => raised("IndexError: single positional indexer is out-of-bounds"),
        }
    }
}
