//! Arrays of C values: `array.array` and numpy's, read from memory.

use std::ops::Range;

use connie_wire::codec::Sink;
use connie_wire::value::{self, tag};

use super::Contents;
use crate::capture::Capture;
use crate::layout::common as at;
use crate::raw::{self, Obj, field};

/// Items of a numpy array that are shown.
const SHOWN: usize = 20;

/// What a numpy array's struct says; numpy 1 and 2 share it.
pub(super) struct NdArray {
    data: *const u8,
    /// Sizes of the dimensions.
    pub(super) shape: Vec<isize>,
    strides: Vec<isize>,
    /// Name of the type.
    pub(super) dtype: String,
    code: u8,
    /// Bytes of an item; 0 where items are not read.
    size: usize,
}

impl NdArray {
    /// Reads the struct; none where `object` is no array.
    ///
    /// # Safety
    /// `object` is live or null.
    pub(super) unsafe fn of(object: Obj) -> Option<Self> {
        // SAFETY: the caller's promise.
        unsafe {
            let is_one = !object.is_null() && raw::type_name(raw::type_of(object)) == b"numpy.ndarray";
            is_one.then(|| Self::read(object))
        }
    }

    /// Reads the struct of an array.
    ///
    /// # Safety
    /// `object` is a live array, or of a subclass.
    pub(super) unsafe fn read(object: Obj) -> Self {
        // SAFETY: PyArrayObject_fields; PyArray_Descr starts with kind, type, byte order.
        unsafe {
            let dimensions = field::<i32>(object, 24).clamp(0, 64) as usize;
            let (shape, strides): (*const isize, *const isize) = (field(object, 32), field(object, 40));
            let description: *const u8 = field(object, 56);
            let (kind, code, order): (u8, u8, u8) =
                (field(description, 24), field(description, 25), field(description, 26));
            let (dtype, size) = dtype(kind, code);
            let data: *const u8 = field(object, 16);
            Self {
                data,
                shape: (0..dimensions).map(|n| *shape.add(n)).collect(),
                strides: (0..dimensions).map(|n| *strides.add(n)).collect(),
                dtype,
                code,
                size: if order == b'>' || data.is_null() { 0 } else { size },
            }
        }
    }

    /// Where its items lie.
    pub(super) fn memory(&self) -> Range<usize> {
        /// Bytes of an item whose size is not known.
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

    /// How many items it has.
    pub(super) fn total(&self) -> usize {
        self.shape.iter().product::<isize>().max(0) as usize
    }

    /// Whether [`Capture::put_item`] knows its items.
    pub(super) fn is_read(&self) -> bool {
        self.size > 0
    }

    /// The object at an item of an array of objects.
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

    /// Its items as indices, where they are 64-bit integers.
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

    /// Address of an item, counted in the order of the rows.
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

impl Capture {
    /// Type code and first items of an `array.array`.
    pub(super) unsafe fn array(&mut self, object: Obj, out: &mut Contents) {
        // SAFETY: arrayobject: ob_item at 24, ob_descr at 40, which starts with the type code.
        unsafe {
            let length: usize = field(object, at::VAR_SIZE);
            let items: *const u8 = field(object, 24);
            let code: u8 = field(field::<*const u8>(object, 40), 0);
            out.bytes.put(tag::STR);
            out.bytes.sized(&[code]);
            (out.count, out.length) = (1, length + 1);
            for n in 0..length.min(self.limits.items) {
                if !put_element(code, items, n, &mut out.bytes) {
                    break;
                }
                out.count += 1;
            }
        }
    }

    /// Shape, type and first items.
    pub(super) unsafe fn ndarray(&mut self, object: Obj, name: &str, depth: u8, out: &mut Contents) {
        // SAFETY: the caller's promise.
        let array = unsafe { NdArray::read(object) };
        let name = name.rsplit('.').next().unwrap_or(name);
        let sizes: Vec<String> = array.shape.iter().map(ToString::to_string).collect();
        let comma = if sizes.len() == 1 { "," } else { "" };
        out.number(format_args!("<{name} shape=({}{comma}) dtype={}", sizes.join(", "), array.dtype));
        // Which items of a masked array there are stands elsewhere.
        if array.is_read() && array.total() > 0 && !name.ends_with("MaskedArray") {
            out.text(" ");
            // SAFETY: the items are within the array.
            unsafe { self.put_items(&array, 0..array.total(), SHOWN, depth, out) };
        }
        out.text(">");
    }

    /// The first items of a range of an array, in brackets.
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
        let shown = length.min(self.limits.items).min(most);
        out.text("[");
        for n in range.take(shown) {
            out.flush();
            // SAFETY: the caller's promise.
            unsafe { self.put_item(array, n, depth, out) };
            out.text(", ");
        }
        out.end_list(length > shown);
    }

    /// One item of an array whose items are read.
    pub(super) unsafe fn put_item(&mut self, array: &NdArray, n: usize, depth: u8, out: &mut Contents) {
        let address = array.address(n);
        // SAFETY: the address is an item's.
        unsafe {
            if array.code == b'O' {
                self.encode(address.cast::<Obj>().read_unaligned(), depth.saturating_sub(1), &mut out.bytes);
            } else {
                put_element(array.code, address, 0, &mut out.bytes);
            }
        }
        out.count += 1;
    }
}

/// Name and item size of a numpy type; size 0 where items are not read.
fn dtype(kind: u8, code: u8) -> (String, usize) {
    let size = match code {
        b'b' | b'B' | b'?' => 1,
        b'h' | b'H' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' | b'q' | b'Q' | b'd' => 8,
        _ => 0,
    };
    match (kind, size) {
        (b'b', _) => ("bool".into(), 1),
        (b'i', 1..) => (format!("int{}", size * 8), size),
        (b'u', 1..) => (format!("uint{}", size * 8), size),
        (b'f', 1..) => (format!("float{}", size * 8), size),
        (b'O', _) => ("object".into(), 8),
        (b'U', _) => ("str".into(), 0),
        (b'S', _) => ("bytes".into(), 0),
        (b'M', _) => ("datetime64".into(), 0),
        (b'm', _) => ("timedelta64".into(), 0),
        (b'c', _) => ("complex".into(), 0),
        _ => (format!("{}", char::from(code)), 0),
    }
}

/// Writes item `n` of a C array whose type code is `code`; false where it is not known.
pub(super) unsafe fn put_element(code: u8, items: *const u8, n: usize, out: &mut Vec<u8>) -> bool {
    macro_rules! int {
        ($ty:ty) => {
            // SAFETY: `n` is below the length; the code says the width.
            value::put_int(out, unsafe { items.cast::<$ty>().add(n).read_unaligned() } as i64)
        };
    }
    macro_rules! float {
        ($ty:ty) => {
            // SAFETY: as above.
            value::put_float(out, f64::from(unsafe { items.cast::<$ty>().add(n).read_unaligned() }).to_bits())
        };
    }
    match code {
        b'b' => int!(i8),
        b'B' => int!(u8),
        // SAFETY: as above.
        b'?' => out.put(if unsafe { *items.add(n) } != 0 { tag::TRUE } else { tag::FALSE }),
        b'h' => int!(i16),
        b'H' => int!(u16),
        b'i' => int!(i32),
        b'I' => int!(u32),
        b'l' | b'q' => int!(i64),
        b'L' | b'Q' => {
            // SAFETY: as above.
            let value = unsafe { items.cast::<u64>().add(n).read_unaligned() };
            match i64::try_from(value) {
                Ok(n) => value::put_int(out, n),
                Err(_) => {
                    out.put(tag::BIG_INT);
                    out.put(0);
                    out.sized(&value.to_le_bytes());
                }
            }
        }
        b'f' => float!(f32),
        b'd' => float!(f64),
        b'u' | b'w' => {
            // SAFETY: wchar_t is 32 bits wide on the supported platforms.
            let point = unsafe { items.cast::<u32>().add(n).read_unaligned() };
            let mut buffer = [0; 4];
            out.put(tag::STR);
            out.sized(char::from_u32(point).unwrap_or('\u{fffd}').encode_utf8(&mut buffer).as_bytes());
        }
        _ => return false,
    }
    true
}
