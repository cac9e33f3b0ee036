//! Reads arrays, series and data frames of libraries: their shape, columns and cells, from the recorded pieces of text
//! and values (see [`Kind::Template`]).
//!
//! Only the first cells of each are recorded. If names and types of columns cannot be separated with certainty, nothing
//! is read.

use connie_wire::{Kind, Value};

use crate::chunk::Entity;
use crate::render::TypeName;

/// The supported classes, by module and name.
const CLASSES: [(&str, &str, Form); 11] = [
    ("numpy", "ndarray", Form::Array),
    ("torch", "Tensor", Form::Array),
    ("torch.nn.parameter", "Parameter", Form::Array),
    ("jaxlib._jax", "ArrayImpl", Form::Array),
    ("jaxlib.xla_extension", "ArrayImpl", Form::Array),
    ("pandas.core.series", "Series", Form::Series),
    ("pandas", "Series", Form::Series),
    ("polars.series.series", "Series", Form::Series),
    ("pandas.core.frame", "DataFrame", Form::Frame),
    ("pandas", "DataFrame", Form::Frame),
    ("polars.dataframe.frame", "DataFrame", Form::Frame),
];

/// The form of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Cells in any number of dimensions, recorded in C order.
    Array,
    /// One column, whose labels are not recorded.
    Series,
    /// Named columns; row labels are not recorded.
    Frame,
}

/// An array, a series or a data frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Tabular {
    /// Its form.
    pub form: Form,
    /// The name of its class as written.
    pub class: String,
    /// The number of cells along each dimension: rows first, then columns.
    pub shape: Vec<u64>,
    /// Its columns; one without a name unless it is a data frame.
    pub columns: Vec<Column>,
}

/// A column, or all cells of an array.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name, if it belongs to a data frame.
    pub name: String,
    /// The type of its cells, as the library names it.
    pub dtype: String,
    /// Its first cells.
    pub cells: Vec<Value>,
    /// Whether these are all cells.
    pub is_whole: bool,
}

impl Tabular {
    /// Reads the recorded data of an object; `None` if it is not a table, or none of its cells are recorded.
    #[must_use]
    pub fn of(entity: &Entity, ty: &TypeName) -> Option<Self> {
        if ty.kind != Kind::Template {
            return None;
        }
        let (.., form) = CLASSES.iter().find(|(module, name, _)| (*module, *name) == (&*ty.module, &*ty.name))?;
        let (head, lists) = lists(&entity.items)?;
        let (before, rest) = head.strip_prefix('<')?.split_once(" shape=(")?;
        let (sizes, rest) = rest.split_once(')')?;
        let sizes = sizes.split(',').map(str::trim).filter(|size| !size.is_empty());
        let shape: Vec<u64> = sizes.map(|size| size.parse().ok()).collect::<Option<_>>()?;
        let mut columns = Vec::with_capacity(lists.len());
        for (n, list) in lists.into_iter().enumerate() {
            let head = if n == 0 { rest } else { &list.head };
            let (name, dtype) = match form {
                Form::Frame => head.trim_start().rsplit_once(": ")?,
                Form::Array | Form::Series => ("", head.split_once(" dtype=")?.1.split(' ').next()?),
            };
            let (name, dtype) = (name.to_owned(), dtype.to_owned());
            columns.push(Column { name, dtype, cells: list.cells, is_whole: list.is_whole });
        }
        let expected = match form {
            // If a column has no cells, the headers of several columns are one text, which cannot be split with
            // certainty.
            Form::Frame => *shape.get(1)? as usize,
            Form::Array | Form::Series => 1,
        };
        (columns.len() == expected).then_some(Self { form: *form, class: before.to_owned(), shape, columns })
    }

    /// The index of a cell of an array among all its cells, from its index in each dimension (negative ones count from
    /// the end). `None` if an index is out of range, or the number of indexes is not the number of dimensions.
    #[must_use]
    pub fn flat(&self, indexes: &[i64]) -> Option<u64> {
        if indexes.len() != self.shape.len() {
            return None;
        }
        let mut place = 0u64;
        for (index, size) in indexes.iter().zip(&self.shape) {
            let index = if *index < 0 { size.checked_sub(index.unsigned_abs())? } else { index.unsigned_abs() };
            if index >= *size {
                return None;
            }
            place = place.checked_mul(*size)?.checked_add(index)?;
        }
        Some(place)
    }

    /// The index of a cell in each dimension, from its index among all cells.
    #[must_use]
    pub fn indexes(&self, mut place: u64) -> Vec<u64> {
        let mut found: Vec<u64> = Vec::with_capacity(self.shape.len());
        for size in self.shape.iter().rev() {
            found.push(place % (*size).max(1));
            place /= (*size).max(1);
        }
        found.reverse();
        found
    }

    /// The recorded value under a key. For an array or series: the cell at an index among all cells (an int). For a
    /// data frame: the cells of a column (its name), or one cell (a tuple of row and column numbers).
    #[must_use]
    pub fn get(&self, key: &Value) -> Option<Value> {
        let cell = |column: &Column, row: i64| column.cells.get(usize::try_from(row).ok()?).cloned();
        match (self.form, key) {
            (Form::Array | Form::Series, Value::Int(place)) => cell(self.columns.first()?, *place),
            (Form::Frame, Value::Str(name)) => {
                let column = self.columns.iter().find(|column| column.name.as_bytes() == &*name.bytes)?;
                let more = (!column.is_whole).then_some(Value::Cut);
                Some(Value::Tuple(column.cells.iter().cloned().chain(more).collect()))
            }
            (Form::Frame, Value::Tuple(place)) => match &**place {
                [Value::Int(row), Value::Int(column)] => cell(self.columns.get(usize::try_from(*column).ok()?)?, *row),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The cells of one list, with the text before it.
struct List {
    head: String,
    cells: Vec<Value>,
    is_whole: bool,
}

/// Splits pieces, alternating between text and values, into lists, and the text before the first list.
fn lists(items: &[Value]) -> Option<(String, Vec<List>)> {
    let text = |item: &Value| match item {
        Value::Str(text) if text.cut.is_none() => String::from_utf8(text.bytes.to_vec()).ok(),
        _ => None,
    };
    let mut found: Vec<List> = Vec::new();
    let mut first = None;
    let mut is_within = false;
    for pair in items.chunks(2) {
        let before = text(&pair[0])?;
        let is_next = is_within && before == ", ";
        if !is_next {
            let mut head = before.as_str();
            if is_within {
                let list = found.last_mut()?;
                let (is_whole, rest) = match head.strip_prefix(", …]") {
                    Some(rest) => (false, rest),
                    None => (true, head.strip_prefix(']')?),
                };
                (list.is_whole, head) = (is_whole, rest);
            }
            if pair.len() == 1 {
                return (head == ">").then_some((first?, found));
            }
            let head = head.strip_suffix(" [")?;
            first.get_or_insert_with(|| head.to_owned());
            found.push(List { head: head.to_owned(), cells: Vec::new(), is_whole: false });
            is_within = true;
        }
        found.last_mut()?.cells.push(pair.get(1)?.clone());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use connie_wire::value::text_value;

    fn table(class: (&str, &str), pieces: &[&str]) -> Option<Tabular> {
        // Numbers stand for values.
        let item = |(n, piece): (usize, &&str)| {
            if n % 2 == 1 { Value::Int(piece.parse().unwrap()) } else { text_value(piece) }
        };
        let items = pieces.iter().enumerate().map(item).collect::<Vec<_>>();
        let length = items.len() as u64;
        let ty =
            TypeName { kind: Kind::Template, module: class.0.into(), name: class.1.into(), class: 0, descriptor: 0 };
        Tabular::of(&Entity { ty: Some(0), length, items }, &ty)
    }

    #[test]
    fn arrays_have_cells_in_the_order_of_c() {
        let pieces = ["<ndarray shape=(2, 3) dtype=int64 [", "0", ", ", "1", ", ", "2", ", ", "3", ", …]>"];
        let found = table(("numpy", "ndarray"), &pieces).expect("an array");
        assert_eq!((found.shape.as_slice(), found.columns[0].dtype.as_str()), (&[2, 3][..], "int64"));
        assert_eq!(
            (found.flat(&[1, 0]), found.flat(&[-1, -1]), found.flat(&[2, 0]), found.flat(&[1])),
            (Some(3), Some(5), None, None)
        );
        assert_eq!((found.get(&Value::Int(3)), found.get(&Value::Int(5))), (Some(Value::Int(3)), None));
        assert!(!found.columns[0].is_whole);
        assert_eq!(found.indexes(5), [1, 2]);
    }

    #[test]
    fn frames_have_columns() {
        let pieces = ["<DataFrame shape=(2, 2) a: int64 [", "1", ", ", "2", "] ] b: [: c: i8 [", "3", ", ", "4", "]>"];
        let found = table(("pandas", "DataFrame"), &pieces).expect("a frame");
        let names: Vec<&str> = found.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["a", "] b: [: c"]);
        let cell = Value::Tuple([Value::Int(1), Value::Int(1)].into());
        assert_eq!(found.get(&cell), Some(Value::Int(4)));
        assert_eq!(found.get(&text_value("a")), Some(Value::Tuple([Value::Int(1), Value::Int(2)].into())));
        assert_eq!(found.get(&text_value("z")), None);
    }

    #[test]
    fn what_cannot_be_told_apart_is_not_read() {
        // A column without cells: it is unknown where its name ends.
        let pieces = ["<DataFrame shape=(1, 2) t: datetime a: int64 [", "1", "]>"];
        assert_eq!(table(("pandas", "DataFrame"), &pieces), None);
        assert_eq!(table(("numpy", "ndarray"), &["<ndarray shape=(2,) dtype=void>"]), None);
        assert_eq!(table(("numpy", "ndarray"), &["<ndarray shape=(2,) dtype=int8 [", "1", ", "]), None);
        assert_eq!(table(("own", "ndarray"), &["<ndarray shape=(1,) dtype=int8 [", "1", "]>"]), None);
    }
}
