//! Arrays of C values, read from memory: `array.array`, and those of numpy.

use std::ops::Range;

use connie_wire::codec::Sink;
use connie_wire::value::tag;

use super::contents::Contents;
use super::elements::{BRAIN, Unit, put_element, put_item};
use super::native::{called, got, int};
use super::values::Values;
use crate::check::private::First;
use crate::layout::common as at;
use crate::layout::private::{array, numpy_array, numpy_dtype};
use crate::raw::{self, Obj, field};

/// Number of items of an array that are shown.
pub(super) const SHOWN: usize = 20;

/// The struct of a numpy array, which numpy 1 and 2 share.
pub(super) struct NdArray {
    data: *const u8,
    /// Sizes of the dimensions.
    pub(super) shape: Vec<isize>,
    strides: Vec<isize>,
    /// Name of the type.
    pub(super) dtype: String,
    code: u8,
    /// Size of an item in bytes; 0 if items are not read.
    size: usize,
    /// The unit of dates.
    unit: Unit,
}

impl NdArray {
    /// Reads the struct; `None` if `object` is not an array.
    ///
    /// # Safety
    /// `object` is live or null.
    pub(super) unsafe fn of(object: Obj) -> Option<Self> {
        // SAFETY: the caller's promise.
        unsafe {
            let is_one = !object.is_null() && raw::builtin_name(raw::type_of(object)) == b"numpy.ndarray";
            is_one.then(|| Self::read(object))
        }
    }

    /// Reads the struct of an array.
    ///
    /// # Safety
    /// `object` is a live array, or of a subclass.
    pub(super) unsafe fn read(object: Obj) -> Self {
        // SAFETY: the caller's promise: it has as many lengths and strides as dimensions, and a dtype.
        let (shape, strides, data, description) = unsafe {
            let dimensions = field::<i32>(object, numpy_array::DIMENSIONS).clamp(0, 64) as usize;
            let list = |at: usize| -> Vec<isize> {
                let first: *const isize = field(object, at);
                (0..dimensions).map(|n| *first.add(n)).collect()
            };
            let data: *const u8 = field(object, numpy_array::DATA);
            let description: *const u8 = field(object, numpy_array::DTYPE);
            (list(numpy_array::SHAPE), list(numpy_array::STRIDES), data, description)
        };
        // SAFETY: an array holds its dtype.
        let [kind, code, order]: [u8; 3] =
            unsafe { [numpy_dtype::KIND, numpy_dtype::CODE, numpy_dtype::ORDER].map(|at| field(description, at)) };
        let (dtype, size) = (String::new(), item_of(kind, code));
        let mut array = Self { data, shape, strides, dtype, code, size, unit: Unit::default() };
        // SAFETY: as above.
        unsafe { array.measure(object, description.cast_mut().cast()) };
        array.dtype = dtype_name(kind, code, array.size);
        if array.size > 0 && matches!(code, b'M' | b'm') {
            array.dtype = format!("{}[{}]", array.dtype, array.unit.name());
        }
        if order == b'>' || data.is_null() {
            array.size = 0;
        }
        array
    }

    /// Asks how long texts are, and in which unit times are counted.
    ///
    /// # Safety
    /// `object` is a live array, `description` its dtype.
    unsafe fn measure(&mut self, object: Obj, description: Obj) {
        if matches!(self.code, b'U' | b'S') {
            // SAFETY: the caller's promise; what the getter gives is held.
            self.size = unsafe { got(object, c"itemsize").and_then(|size| int(size.get())) }.unwrap_or(0);
        }
        if matches!(self.code, b'M' | b'm') {
            // SAFETY: as above.
            let text = unsafe { got(description, c"str").map(|text| raw::str_bytes(text.get())) };
            let unit = text.and_then(|text| Unit::parse(&String::from_utf8_lossy(&text)));
            self.unit = unit.filter(|unit| unit.is_known()).unwrap_or_default();
            self.size = if unit.is_some_and(Unit::is_known) { 8 } else { 0 };
        }
    }

    /// An array of a library whose arrays have no known struct. It has plain numbers, or is not read (no data).
    pub(super) fn new(data: *const u8, shape: Vec<isize>, strides: Vec<isize>, dtype: &str) -> Self {
        let code = match dtype {
            "bool" => b'?',
            "int8" => b'b',
            "uint8" => b'B',
            "int16" => b'h',
            "uint16" => b'H',
            "int32" => b'i',
            "uint32" => b'I',
            "int64" => b'l',
            "uint64" => b'L',
            "float16" => b'e',
            "bfloat16" => BRAIN,
            "float32" => b'f',
            "float64" => b'd',
            "complex64" => b'F',
            "complex128" => b'D',
            _ => 0,
        };
        let size = match code {
            _ if data.is_null() => 0,
            BRAIN => 2,
            b'?' => 1,
            _ => item_of(0, code),
        };
        Self { data, shape, strides, dtype: dtype.into(), code, size, unit: Unit::default() }
    }

    /// Converts its strides from items to bytes.
    pub(super) fn count_in_bytes(&mut self) {
        self.strides.iter_mut().for_each(|stride| *stride *= self.size as isize);
    }

    /// The address range of its items.
    pub(super) fn memory(&self) -> Range<usize> {
        /// Size of an item whose size is not known, in bytes.
        const LARGE: usize = 16;
        let mut range = self.data as usize..self.data as usize;
        if self.total() > 0 {
            for (size, stride) in self.shape.iter().zip(&self.strides) {
                let reach = (size - 1) * stride;
                range.start = range.start.wrapping_add_signed(reach.min(0));
                range.end = range.end.wrapping_add_signed(reach.max(0));
            }
            let steps = self.strides.iter().map(|stride| stride.unsigned_abs()).filter(|step| *step > 0);
            range.end += if self.size > 0 { self.size } else { steps.min().unwrap_or(0).max(LARGE) };
        }
        range
    }

    /// Text with its shape and type.
    pub(super) fn head(&self) -> String {
        let sizes: Vec<String> = self.shape.iter().map(ToString::to_string).collect();
        let comma = if sizes.len() == 1 { "," } else { "" };
        format!(" shape=({}{comma}) dtype={}", sizes.join(", "), self.dtype)
    }

    /// Number of items.
    pub(super) fn total(&self) -> usize {
        self.shape.iter().product::<isize>().max(0) as usize
    }

    /// Whether `put_item` can write its items.
    pub(super) fn is_read(&self) -> bool {
        self.size > 0
    }

    /// The object that is an item of an array of objects.
    ///
    /// # Safety
    /// The array is live, `n` is below its total.
    pub(super) unsafe fn object(&self, n: usize) -> Option<Obj> {
        if self.code != b'O' {
            return None;
        }
        // SAFETY: the caller's promise.
        let object = unsafe { self.address(n).cast::<Obj>().read_unaligned() };
        (!object.is_null()).then_some(object)
    }

    /// Its items as indices, if they are 64-bit integers.
    ///
    /// # Safety
    /// The array is live.
    pub(super) unsafe fn integers(&self) -> Option<Vec<usize>> {
        if !matches!(self.code, b'l' | b'q') {
            return None;
        }
        // SAFETY: the caller's promise.
        let item = |n| unsafe { self.address(n).cast::<i64>().read_unaligned() };
        (0..self.total()).map(|n| usize::try_from(item(n)).ok()).collect()
    }

    /// Address of an item, counted in row order.
    fn address(&self, mut n: usize) -> *const u8 {
        let mut offset = 0;
        for (size, stride) in self.shape.iter().zip(&self.strides).rev() {
            let size = (*size).max(1) as usize;
            offset += (n % size) as isize * stride;
            n /= size;
        }
        self.data.wrapping_offset(offset)
    }
}

/// Whether `array.array` has the expected struct, checked with its C methods for the first array that is read.
///
/// # Safety
/// `object` is a live array of the module `array`, or of a subclass.
pub(super) unsafe fn has_expected_struct(object: Obj) -> bool {
    static FIRST: First = First::new();
    // SAFETY: the caller's promise; only getters and a method in C are asked.
    FIRST.holds(|| unsafe {
        let info = called(object, c"buffer_info", None)?;
        let size = got(object, c"itemsize").and_then(|size| int(size.get()))?;
        let code = got(object, c"typecode")?;
        let &[address, length] = raw::is_tuple(raw::type_of(info.get())).then(|| raw::tuple_items(info.get()))? else {
            return None;
        };
        if int(address)? != field::<usize>(object, array::ITEMS) || int(length)? != field::<usize>(object, at::VAR_SIZE)
        {
            return Some(false);
        }
        let description: *const u8 = field(object, array::DESCRIPTION);
        let same = !description.is_null()
            && raw::str_bytes(code.get()) == [field::<u8>(description, array::CODE)]
            && usize::try_from(field::<i32>(description, array::ITEM_SIZE)) == Ok(size);
        Some(same)
    })
}

impl dyn Values {
    /// Type code and first items of an `array.array`.
    pub(super) unsafe fn array(&mut self, object: Obj, out: &mut Contents) {
        // SAFETY: as many items as it is long are there, of the kind that the description says.
        unsafe {
            if !has_expected_struct(object) {
                return;
            }
            let length: usize = field(object, at::VAR_SIZE);
            let items: *const u8 = field(object, array::ITEMS);
            let code: u8 = field(field::<*const u8>(object, array::DESCRIPTION), array::CODE);
            out.bytes.put(tag::STR);
            out.bytes.sized(&[code]);
            (out.count, out.length) = (1, length + 1);
            for n in 0..length.min(self.most_items()) {
                if !put_element(code, items, n, &mut out.bytes) {
                    break;
                }
                out.count += 1;
            }
        }
    }

    /// Writes shape, type and first items.
    pub(super) unsafe fn ndarray(&mut self, object: Obj, name: &str, depth: u8, out: &mut Contents) {
        // SAFETY: the caller's promise.
        let array = unsafe { NdArray::read(object) };
        let name = name.rsplit('.').next().unwrap_or(name);
        out.text("<").text(name).text(&array.head());
        // The mask of a masked array is stored elsewhere.
        if array.is_read() && array.total() > 0 && !name.ends_with("MaskedArray") {
            out.text(" ");
            // SAFETY: the items are within the array.
            unsafe { self.put_items(&array, 0..array.total(), SHOWN, depth, out) };
        }
        out.text(">");
    }

    /// Writes the first items of a range of an array, in brackets.
    ///
    /// # Safety
    /// The array is live, its items are read, the range lies within it.
    pub(super) unsafe fn put_items(
        &mut self,
        array: &NdArray,
        range: Range<usize>,
        most: usize,
        depth: u8,
        out: &mut Contents,
    ) {
        let length = range.len();
        let shown = length.min(self.most_items()).min(most);
        out.text("[");
        for n in range.take(shown) {
            out.flush();
            // SAFETY: the caller's promise.
            unsafe { self.put_item(array, n, depth, out) };
            out.text(", ");
        }
        out.end_list(length > shown);
    }

    /// Writes one item of an array whose items are read.
    pub(super) unsafe fn put_item(&mut self, array: &NdArray, n: usize, depth: u8, out: &mut Contents) {
        let address = array.address(n);
        // SAFETY: the address is an item's.
        unsafe {
            if array.code == b'O' {
                self.encode(address.cast::<Obj>().read_unaligned(), depth.saturating_sub(1), &mut out.bytes);
            } else {
                put_item(array.code, array.size, array.unit, address, &mut out.bytes);
            }
        }
        out.count += 1;
    }
}

/// Size of an item of a numpy type in bytes; 0 if it has none, or items are not read.
pub(super) fn item_of(kind: u8, code: u8) -> usize {
    match (kind, code) {
        (b'V', _) => 0,
        (b'O', _) => 8,
        (b'b', _) | (_, b'b' | b'B' | b'?') => 1,
        (_, b'h' | b'H' | b'e') => 2,
        (_, b'i' | b'I' | b'f') => 4,
        (_, b'l' | b'L' | b'q' | b'Q' | b'd' | b'F') => 8,
        (_, b'D') => 16,
        _ => 0,
    }
}

/// Name of a numpy type whose items have this size.
pub(super) fn dtype_name(kind: u8, code: u8, size: usize) -> String {
    match (kind, size) {
        (b'b', _) => "bool".into(),
        (b'i', 1..) => format!("int{}", size * 8),
        (b'u', 1..) => format!("uint{}", size * 8),
        (b'f', 1..) => format!("float{}", size * 8),
        (b'c', 1..) => format!("complex{}", size * 8),
        (b'O', _) => "object".into(),
        (b'U', _) => "str".into(),
        (b'S', _) => "bytes".into(),
        (b'M', _) => "datetime64".into(),
        (b'm', _) => "timedelta64".into(),
        (b'V', _) => "void".into(),
        _ => format!("{}", char::from(code)),
    }
}
