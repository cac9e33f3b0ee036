//! numpy's scalars and types, read from their structs and shown as numpy 2 prints them.

use connie_wire::codec::Sink;
use connie_wire::value::tag;

use super::arrays::{dtype_name, item_of};
use super::contents::Contents;
use super::elements::{Unit, put_item};
use super::native::got;
use crate::layout::private::{numpy_dtype, numpy_scalar};
use crate::raw::{self, Obj, field};

/// numpy's type code for the class of scalars with this name; `None` for other classes.
pub(super) fn code_of(name: &[u8]) -> Option<u8> {
    Some(match name.strip_prefix(b"numpy.")? {
        b"bool" | b"bool_" => b'?',
        b"int8" => b'b',
        b"uint8" => b'B',
        b"int16" => b'h',
        b"uint16" => b'H',
        b"int32" | b"intc" => b'i',
        b"uint32" | b"uintc" => b'I',
        b"int64" | b"longlong" => b'l',
        b"uint64" | b"ulonglong" => b'L',
        b"float16" => b'e',
        b"float32" => b'f',
        b"float64" => b'd',
        b"complex64" => b'F',
        b"complex128" => b'D',
        b"datetime64" => b'M',
        b"timedelta64" => b'm',
        _ => return None,
    })
}

/// Whether the value of a scalar is written as a number.
pub(super) fn is_number(code: u8) -> bool {
    !matches!(code, b'?' | b'M' | b'm')
}

/// Writes a number with the text before and after it. This is a fast path, as programs make many numbers.
///
/// # Safety
/// `object` is live and of the class that has this code, or of a subclass.
pub(super) unsafe fn number(object: Obj, code: u8, out: &mut Contents) {
    // SAFETY: the class says what its value is.
    unsafe {
        let name = raw::type_name(raw::type_of(object));
        let name = &name[name.iter().rposition(|byte| *byte == b'.').map_or(0, |dot| dot + 1)..];
        out.bytes.reserve(64);
        out.bytes.put(tag::STR);
        out.bytes.varint(name.len() as u64 + 4);
        for piece in [b"np.".as_slice(), name, b"("] {
            out.bytes.put_all(piece);
        }
        put_item(code, 0, Unit::default(), object.cast::<u8>().add(numpy_scalar::VALUE), &mut out.bytes);
        out.bytes.put(tag::STR);
        out.bytes.sized(b")");
        (out.count, out.length) = (3, 3);
    }
}

/// Writes a boolean or a date.
///
/// # Safety
/// As for [`number`].
pub(super) unsafe fn other(object: Obj, code: u8, name: &str, out: &mut Contents) {
    let name = name.rsplit('.').next().unwrap_or(name);
    // SAFETY: the class says what its value is; dates have what it is counted in.
    unsafe {
        if code == b'?' {
            let truth: u8 = field(object, numpy_scalar::VALUE);
            out.text(if truth != 0 { "np.True_" } else { "np.False_" });
            return;
        }
        let unit = Unit::new(field(object, numpy_scalar::DATE_UNIT), field(object, numpy_scalar::DATE_COUNT));
        let n: i64 = field(object, numpy_scalar::VALUE);
        out.text("np.").text(name).text("(");
        if code == b'M' && unit.is_known() || n == i64::MIN {
            out.text("'").text(&unit.date(n)).text("')");
        } else {
            out.number(n).text(",'").text(&unit.name()).text("')");
        }
    }
}

/// Writes a dtype by its name.
///
/// # Safety
/// `object` is a live dtype.
pub(super) unsafe fn data_type(object: Obj, out: &mut Contents) {
    // SAFETY: the caller's promise.
    unsafe {
        let (kind, code, order): (u8, u8, u8) =
            [numpy_dtype::KIND, numpy_dtype::CODE, numpy_dtype::ORDER].map(|at| field(object, at)).into();
        let item = item_of(kind, code);
        out.text("dtype('");
        if order == b'>' || matches!(kind, b'U' | b'S' | b'M' | b'm' | b'V') {
            match got(object, c"str") {
                Some(text) => out.text(&String::from_utf8_lossy(&raw::str_bytes(text.get()))),
                None => out.text("?"),
            };
        } else if kind == b'O' {
            out.text("O");
        } else {
            out.text(&dtype_name(kind, code, item));
        }
        out.text("')");
    }
}
