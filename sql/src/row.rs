//! Rows in the form that SQLite takes.

use rusqlite::types::Value;

/// The cells of a row, in the order of the table's columns.
pub type Row = Vec<Value>;

/// A type that can be converted to a cell.
pub trait Cell {
    /// The cell.
    fn cell(self) -> Value;
}

impl Cell for &str {
    fn cell(self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl Cell for String {
    fn cell(self) -> Value {
        Value::Text(self)
    }
}

impl Cell for u64 {
    fn cell(self) -> Value {
        Value::Integer(i64::try_from(self).unwrap_or(i64::MAX))
    }
}

impl Cell for u32 {
    fn cell(self) -> Value {
        Value::Integer(i64::from(self))
    }
}

impl Cell for i32 {
    fn cell(self) -> Value {
        Value::Integer(i64::from(self))
    }
}

impl Cell for bool {
    fn cell(self) -> Value {
        Value::Integer(i64::from(self))
    }
}

impl Cell for f64 {
    fn cell(self) -> Value {
        Value::Real(self)
    }
}

impl<T: Cell> Cell for Option<T> {
    fn cell(self) -> Value {
        self.map_or(Value::Null, Cell::cell)
    }
}

/// A row of cells of any kind.
macro_rules! row {
    ($($cell:expr),* $(,)?) => { vec![$($crate::row::Cell::cell($cell)),*] };
}
pub(crate) use row;
