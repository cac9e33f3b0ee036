//! Frames and series of pandas and polars: shape, types, first rows.
//!
//! pandas stores its arrays in Cython objects, whose C getters are called. polars stores everything in Rust; a few of
//! its native methods that make plain values are called. Neither runs Python code. Anything unexpected is left out.

use pyo3_ffi as ffi;

use super::arrays::NdArray;
use super::contents::{Contents, attribute};
use super::native::{Owned, called, got, int};
use super::values::Values;
use crate::raw::{self, Obj, field};

/// Number of columns of a frame that are shown, and of rows of each.
const COLUMNS: usize = 20;
const ROWS: usize = 5;
/// Number of items of a series that are shown.
const ITEMS: usize = 20;

/// A class of one of the libraries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum FrameKind {
    PandasFrame,
    PandasSeries,
    PolarsFrame,
    PolarsSeries,
}

/// The class with this name in this module.
pub(super) fn of(name: &[u8], module: &[u8]) -> Option<FrameKind> {
    match (name, module) {
        (b"DataFrame", b"pandas.core.frame" | b"pandas") => Some(FrameKind::PandasFrame),
        (b"Series", b"pandas.core.series" | b"pandas") => Some(FrameKind::PandasSeries),
        (b"DataFrame", b"polars.dataframe.frame") => Some(FrameKind::PolarsFrame),
        (b"Series", b"polars.series.series") => Some(FrameKind::PolarsSeries),
        _ => None,
    }
}

unsafe fn items<'a>(sequence: Obj) -> &'a [Obj] {
    // SAFETY: exact lists and tuples only.
    unsafe {
        match raw::type_of(sequence) {
            ty if raw::is_list(ty) => raw::list_items(sequence),
            ty if raw::is_tuple(ty) => raw::tuple_items(sequence),
            _ => &[],
        }
    }
}

/// Number of labels in an index of pandas.
unsafe fn index_length(index: Obj) -> Option<usize> {
    // SAFETY: `index` is live.
    unsafe {
        let range = attribute(index, "_range");
        if !range.is_null() && raw::builtin_name(raw::type_of(range)) == b"range" {
            return int(field(range, crate::layout::private::range::LENGTH));
        }
        // A MultiIndex has codes for each level, in a list of a class of its own.
        let codes = attribute(index, "_codes");
        if !codes.is_null() && raw::has_flag(raw::type_of(codes), raw::flag::LIST) {
            return Some(NdArray::of(*raw::list_items(codes).first()?)?.total());
        }
        Some(NdArray::of(values_of(attribute(index, "_data"))?.get())?.total())
    }
}

/// The numpy array of a block or index of pandas.
unsafe fn values_of(values: Obj) -> Option<Owned> {
    // SAFETY: `values` is live or null.
    unsafe {
        if NdArray::of(values).is_some() {
            ffi::Py_IncRef(values);
            return Owned::take(values);
        }
        got(values, c"_ndarray")
    }
}

/// The columns of a frame that a block has, in the block's order.
unsafe fn places(block: Obj) -> Option<Vec<usize>> {
    // SAFETY: the getters give a BlockPlacement, then a slice or an array of int64.
    unsafe {
        let placement = got(block, c"_mgr_locs")?;
        let indexer = got(placement.get(), c"indexer")?;
        let ty = raw::type_of(indexer.get());
        if raw::builtin_name(ty) == b"slice" {
            let parts: [Obj; 3] = [field(indexer.get(), 16), field(indexer.get(), 24), field(indexer.get(), 32)];
            let [start, stop, step] = parts.map(|part| int(part));
            return Some((start.unwrap_or(0)..stop?).step_by(step.unwrap_or(1).max(1)).collect());
        }
        let array = NdArray::of(indexer.get())?;
        array.integers()
    }
}

/// One column: its values are row `row` of the array, or the whole array if it has one dimension.
struct Column {
    dtype: String,
    values: Option<Owned>,
    row: usize,
}

/// Name of the type of values that are not in a numpy array, or in one with another meaning.
unsafe fn extension_dtype(values: Obj) -> String {
    // SAFETY: `values` is live.
    let name = unsafe { String::from_utf8_lossy(raw::type_name(raw::type_of(values))).into_owned() };
    let short = name.rsplit('.').next().unwrap_or(&name);
    short.trim_start_matches("Arrow").trim_end_matches("Array").to_lowercase()
}

/// Whether values are stored directly in a numpy array. True also for dates without time zone, and for durations.
unsafe fn is_plain_array(values: Obj) -> bool {
    // SAFETY: `values` is live.
    unsafe {
        let ty = raw::type_of(values);
        if NdArray::of(values).is_some() || raw::type_name(ty) == b"StringArray" {
            return true;
        }
        let is_numpy = |base: &Obj| raw::builtin_name(base.cast()) == b"numpy.dtype";
        matches!(raw::type_name(ty), b"DatetimeArray" | b"TimedeltaArray")
            && got(values, c"_dtype").is_some_and(|dtype| raw::mro(raw::type_of(dtype.get())).iter().any(is_numpy))
    }
}

/// Name of the type of any values.
unsafe fn dtype_of(values: Obj) -> String {
    // SAFETY: `values` is live.
    unsafe {
        let is_str = raw::type_name(raw::type_of(values)) == b"StringArray";
        let under = if is_plain_array(values) && !is_str { values_of(values) } else { None };
        match under.and_then(|under| NdArray::of(under.get())) {
            Some(array) => array.dtype,
            None => extension_dtype(values),
        }
    }
}

/// The columns of a block, with their places in the frame.
unsafe fn columns_of(block: Obj) -> Option<Vec<(usize, Column)>> {
    // SAFETY: `block` is live.
    unsafe {
        let places = places(block)?;
        let values = got(block, c"values")?;
        let dtype = dtype_of(values.get());
        let column = |row| Column {
            dtype: dtype.clone(),
            values: if is_plain_array(values.get()) { values_of(values.get()) } else { None },
            row,
        };
        Some(places.iter().enumerate().map(|(row, &place)| (place, column(row))).collect())
    }
}

impl dyn Values {
    /// Writes a frame or a series.
    ///
    /// # Safety
    /// `object` is an instance of the class that [`of`] recognised, or of one that derives from it.
    pub(super) unsafe fn frame(&mut self, object: Obj, kind: FrameKind, name: &str, depth: u8, out: &mut Contents) {
        out.text("<").text(name);
        // SAFETY: the caller's promise.
        unsafe {
            // Anything unexpected ends this early, and what was read before stays.
            let _ = match kind {
                FrameKind::PandasFrame => self.pandas_frame(attribute(object, "_mgr"), depth, out),
                FrameKind::PandasSeries => self.pandas_series(object, depth, out),
                FrameKind::PolarsFrame => self.polars_frame(attribute(object, "_df"), out),
                FrameKind::PolarsSeries => self.polars_series(attribute(object, "_s"), out),
            };
        }
        out.text(">");
    }

    unsafe fn pandas_frame(&mut self, manager: Obj, depth: u8, out: &mut Contents) -> Option<()> {
        // SAFETY: `manager` is live or null; the getters say when it is something else. What they give is held.
        let (labels, columns, height, width) = unsafe {
            let axes = got(manager, c"axes")?;
            let [labels, rows] = items(axes.get()) else { return None };
            let (width, height) = (index_length(*labels)?, index_length(*rows)?);
            out.number(format_args!(" shape=({height}, {width})"));
            (values_of(attribute(*labels, "_data")), columns_in(manager, width)?, height, width)
        };
        // SAFETY: the array of labels is held.
        let names = unsafe { labels.as_ref().and_then(|labels| NdArray::of(labels.get())) }.filter(NdArray::is_read);
        for (n, column) in columns.iter().enumerate() {
            out.text(" ");
            let secret = match &names {
                // SAFETY: `n` is below the number of columns, which is the array's length.
                Some(names) => unsafe { self.label(names, n, depth, out) },
                None => {
                    out.number(n);
                    false
                }
            };
            if let Some(column) = column {
                out.text(": ").text(&column.dtype);
                // SAFETY: its values are held; each column has `height` of them.
                unsafe { self.put_column(column, height, secret, depth, out) };
            }
        }
        if width > COLUMNS {
            out.text(" …");
        }
        Some(())
    }

    /// The values of a column, if they are plain and no secret.
    unsafe fn put_column(&mut self, column: &Column, height: usize, secret: bool, depth: u8, out: &mut Contents) {
        // SAFETY: the column holds its array; what is beyond that is not read.
        unsafe {
            let array = column.values.as_ref().and_then(|values| NdArray::of(values.get()));
            let Some(array) = array.filter(|array| array.is_read() && !secret) else { return };
            let start = if array.shape.len() == 2 { column.row * height } else { 0 };
            if start + height <= array.total() {
                out.text(" ");
                self.put_items(&array, start..start + height, ROWS, depth, out);
            }
        }
    }

    /// Writes a column's label; strs without quotes. Returns whether the column's values are secret.
    unsafe fn label(&mut self, names: &NdArray, n: usize, depth: u8, out: &mut Contents) -> bool {
        // SAFETY: `n` is below the number of columns, which is the array's length.
        unsafe {
            match names.object(n).filter(|label| raw::is_str(raw::type_of(*label))) {
                Some(label) => {
                    let text = raw::str_bytes(label);
                    out.text(&String::from_utf8_lossy(&text));
                    self.hides_name(&text)
                }
                None => {
                    out.flush();
                    self.put_item(names, n, depth, out);
                    false
                }
            }
        }
    }

    unsafe fn pandas_series(&mut self, series: Obj, depth: u8, out: &mut Contents) -> Option<()> {
        // SAFETY: `series` is live; the arrays are held.
        let (values, under) = unsafe {
            let values = series_values(series)?;

            let under = values_of(values.get());
            (values, under)
        };
        // SAFETY: as above.
        let array = unsafe { under.as_ref().and_then(|values| NdArray::of(values.get())) };
        if let Some(array) = &array {
            out.number(format_args!(" shape=({},)", array.total()));
        }
        // SAFETY: as above.
        unsafe {
            out.text(" dtype=").text(&dtype_of(values.get()));
            let name = attribute(series, "_name");
            if !name.is_null() && raw::is_str(raw::type_of(name)) {
                let text = raw::str_bytes(name);
                out.text(" name=").text(&String::from_utf8_lossy(&text));
                if self.hides_name(&text) {
                    return None;
                }
            }
            let array = array.filter(|array| array.is_read() && is_plain_array(values.get()))?;
            out.text(" ");
            self.put_items(&array, 0..array.total(), ITEMS, depth, out);
        }
        Some(())
    }

    unsafe fn polars_frame(&mut self, frame: Obj, out: &mut Contents) -> Option<()> {
        // SAFETY: `frame` is live or null; what its methods give is held.
        let (height, width, names, dtypes) = unsafe {
            let shape = called(frame, c"shape", None)?;
            let [height, width] = items(shape.get()) else { return None };
            let (height, width) = (int(*height)?, int(*width)?);
            out.number(format_args!(" shape=({height}, {width})"));
            (height, width, called(frame, c"columns", None)?, called(frame, c"dtype_strings", None)?)
        };
        // SAFETY: as above.
        let columns: Vec<(Obj, Vec<u8>)> = unsafe {
            let dtypes = items(dtypes.get()).iter().map(|dtype| raw::str_bytes(*dtype));
            items(names.get()).iter().copied().zip(dtypes).collect()
        };
        // Rows of other types are made by Python code of polars.
        let plain = columns.iter().all(|(_, dtype)| is_plain(dtype));
        let read = if plain { height.min(ROWS) } else { 0 };
        // SAFETY: as above.
        let rows: Option<Vec<Owned>> = (0..read).map(|n| unsafe { called(frame, c"row_tuple", Some(n)) }).collect();
        for (n, (name, dtype)) in columns.iter().take(COLUMNS).enumerate() {
            // SAFETY: the list holds its names.
            let name = unsafe { raw::str_bytes(*name) };
            out.text(" ").text(&String::from_utf8_lossy(&name));
            out.text(": ").text(&String::from_utf8_lossy(dtype));
            let Some(rows) = rows.as_ref().filter(|_| plain && !self.hides_name(&name)) else { continue };
            // SAFETY: the rows are held, and hold their cells.
            unsafe {
                let cells = rows.iter().filter_map(|row| items(row.get()).get(n).copied());
                self.plain_list(cells, height > ROWS, out);
            }
        }
        if width > COLUMNS {
            out.text(" …");
        }
        Some(())
    }

    unsafe fn polars_series(&mut self, series: Obj, out: &mut Contents) -> Option<()> {
        // SAFETY: `series` is live or null; what its methods give is held.
        let (length, name, text) = unsafe {
            let length = int(called(series, c"len", None)?.get())?;
            out.number(format_args!(" shape=({length},)"));
            let name = raw::str_bytes(called(series, c"name", None)?.get());
            if !name.is_empty() {
                out.text(" name=").text(&String::from_utf8_lossy(&name));
            }
            // The type itself is made by Python code; its name is on the second line of the text, which is not.
            (length, name, raw::str_bytes(called(series, c"as_str", None)?.get()))
        };
        let line = text.split(|byte| *byte == b'\n').nth(1)?;
        let dtype = line.strip_suffix(b"]")?.rsplit(|byte| *byte == b'[').next()?;
        out.text(" dtype=").text(&String::from_utf8_lossy(dtype));
        let shown = if is_plain(dtype) { length.min(ITEMS) } else { return None };
        // SAFETY: as above.
        unsafe {
            let cells: Option<Vec<Owned>> = (0..shown).map(|n| called(series, c"get_index", Some(n))).collect();
            let cells = cells.filter(|_| !self.hides_name(&name))?;
            self.plain_list(cells.iter().map(Owned::get), length > shown, out);
        }
        Some(())
    }

    /// Writes values that nothing else holds. Only plain values are read.
    unsafe fn plain_list(&mut self, cells: impl Iterator<Item = Obj>, more: bool, out: &mut Contents) {
        out.text(" [");
        for cell in cells {
            // SAFETY: the cells are live.
            unsafe {
                let ty = raw::type_of(cell);
                let plain = raw::is_int(ty) || raw::is_float(ty) || raw::is_str(ty) || raw::is_bool(ty);
                if plain || std::ptr::eq(cell, ffi::Py_None()) {
                    out.flush();
                    self.encode(cell, 0, &mut out.bytes);
                    out.count += 1;
                } else {
                    out.text("?");
                }
            }
            out.text(", ");
        }
        out.end_list(more);
    }
}

/// Whether polars makes values of this type without Python code.
fn is_plain(dtype: &[u8]) -> bool {
    matches!(
        dtype,
        b"i8"
            | b"i16"
            | b"i32"
            | b"i64"
            | b"u8"
            | b"u16"
            | b"u32"
            | b"u64"
            | b"f32"
            | b"f64"
            | b"bool"
            | b"str"
            | b"null"
    )
}

/// The columns that the blocks of a pandas frame hold, by their place; the first [`COLUMNS`] of them.
///
/// # Safety
/// `manager` is live.
unsafe fn columns_in(manager: Obj, width: usize) -> Option<Vec<Option<Column>>> {
    let mut columns: Vec<Option<Column>> = (0..width.min(COLUMNS)).map(|_| None).collect();
    // SAFETY: the caller's promise; the blocks are held while they are read.
    unsafe {
        let blocks = got(manager, c"blocks")?;
        for &block in items(blocks.get()) {
            for (place, column) in columns_of(block)? {
                if let Some(slot) = columns.get_mut(place) {
                    *slot = Some(column);
                }
            }
        }
    }
    Some(columns)
}

/// What a pandas series keeps its values in.
///
/// # Safety
/// `series` is live.
unsafe fn series_values(series: Obj) -> Option<Owned> {
    // SAFETY: the caller's promise; what getters give is held while it is read.
    unsafe {
        // A SingleBlockManager is a Python class: its attributes are its own.
        let manager = attribute(series, "_mgr");
        let blocks = attribute(manager, "blocks");
        let own = if blocks.is_null() { got(manager, c"blocks") } else { None };
        let blocks = own.as_ref().map_or(blocks, Owned::get);
        let [block] = (if blocks.is_null() { &[] } else { items(blocks) }) else { return None };
        got(*block, c"values")
    }
}
