//! Wrappers of other objects, shown with the current contents of these.

use connie_wire::value::{self, tag};

use super::contents::Contents;
use super::values::Values;
use crate::layout::common as at;
use crate::layout::private::{mapping_proxy, partial, row};
use crate::raw::{self, Obj, field};

/// Flag of a memoryview that was released.
const RELEASED: i32 = 1;

/// A class of wrappers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum WrapperKind {
    Partial,
    MappingProxy,
    DictView,
    MemoryView,
    Row,
}

/// The class with this name.
pub(super) fn of(name: &[u8]) -> Option<WrapperKind> {
    Some(match name {
        b"functools.partial" => WrapperKind::Partial,
        b"mappingproxy" => WrapperKind::MappingProxy,
        b"dict_keys" | b"dict_values" | b"dict_items" => WrapperKind::DictView,
        b"memoryview" => WrapperKind::MemoryView,
        b"sqlite3.Row" => WrapperKind::Row,
        _ => return None,
    })
}

impl dyn Values {
    /// Writes the object that a wrapper refers to.
    ///
    /// # Safety
    /// `object` is a live one of this kind, or of a subclass.
    pub(super) unsafe fn wrapper(&mut self, object: Obj, kind: WrapperKind, name: &str, depth: u8, out: &mut Contents) {
        let short = name.rsplit('.').next().unwrap_or(name);
        // SAFETY: the kind says which struct the object has; the types of what it refers to are checked.
        unsafe {
            match kind {
                WrapperKind::Partial => {
                    out.text(name).text("(");
                    self.partial(object, depth, out);
                    out.text(")");
                }
                WrapperKind::MappingProxy => {
                    out.text("mappingproxy(");
                    self.value_piece(field(object, mapping_proxy::MAPPING), depth, out);
                    out.text(")");
                }
                WrapperKind::DictView => {
                    out.text("<").text(short).text(" of ");
                    self.value_piece(field(object, at::VIEW_DICT), depth, out);
                    out.text(">");
                }
                WrapperKind::MemoryView => self.memory_view(object, depth, out),
                WrapperKind::Row => self.row(object, short, depth, out),
            }
        }
    }

    /// Writes the function and the arguments of a partial.
    unsafe fn partial(&mut self, object: Obj, depth: u8, out: &mut Contents) {
        // SAFETY: the caller gives a live partial; what it holds is live, and its type is looked at.
        unsafe {
            self.value_piece(field(object, partial::FUNCTION), depth, out);
            let (arguments, keywords): (Obj, Obj) =
                (field(object, partial::ARGUMENTS), field(object, partial::KEYWORDS));
            if !arguments.is_null() && raw::is_tuple(raw::type_of(arguments)) {
                for &argument in raw::tuple_items(arguments).iter().take(self.most_items()) {
                    out.text(", ");
                    self.value_piece(argument, depth, out);
                }
            }
            if !keywords.is_null() && raw::is_dict(raw::type_of(keywords)) {
                self.named(keywords, ", ", depth, out);
            }
        }
    }

    /// Writes the object that a memoryview shows.
    unsafe fn memory_view(&mut self, object: Obj, depth: u8, out: &mut Contents) {
        // SAFETY: the caller gives a live memoryview; its owner lives until it is released.
        unsafe {
            let (flags, owner, length): (i32, Obj, isize) =
                (field(object, at::VIEW_FLAGS), field(object, at::VIEW_OWNER), field(object, at::VIEW_LENGTH));
            if flags & RELEASED != 0 || owner.is_null() {
                out.text("<memoryview>");
            } else {
                out.number(format_args!("<memoryview nbytes={length} of "));
                self.value_piece(owner, depth, out);
                out.text(">");
            }
        }
    }

    /// Writes the values of a dict whose keys are names.
    unsafe fn named(&mut self, dict: Obj, separator: &str, depth: u8, out: &mut Contents) {
        let mut pairs = Vec::new();
        // SAFETY: a live dict; its values stay alive while nothing of the program runs.
        unsafe {
            raw::dict_pairs(dict, |key, value| {
                pairs.push((key, value));
                pairs.len() < self.most_items()
            });
            for (key, value) in pairs {
                out.text(separator).text(&String::from_utf8_lossy(&raw::str_bytes(key))).text("=");
                self.piece_unless_secret(key, value, depth, out);
            }
        }
    }

    /// Writes a row of a result of sqlite3, with the names of its columns.
    unsafe fn row(&mut self, object: Obj, name: &str, depth: u8, out: &mut Contents) {
        // SAFETY: a live row; what it refers to is checked to be tuples.
        unsafe {
            let (values, columns): (Obj, Obj) = (field(object, row::VALUES), field(object, row::COLUMNS));
            out.text("<").text(name);
            let is_tuple = |object: Obj| !object.is_null() && raw::is_tuple(raw::type_of(object));
            if is_tuple(values) && is_tuple(columns) {
                let pairs = raw::tuple_items(columns).iter().zip(raw::tuple_items(values));
                for (&column, &value) in pairs.take(self.most_items()) {
                    let Some(&key) = is_tuple(column).then(|| raw::tuple_items(column).first()).flatten() else {
                        break;
                    };
                    out.text(" ").text(&String::from_utf8_lossy(&raw::str_bytes(key))).text("=");
                    self.piece_unless_secret(key, value, depth, out);
                }
            }
            out.text(">");
        }
    }

    unsafe fn piece_unless_secret(&mut self, key: Obj, value: Obj, depth: u8, out: &mut Contents) {
        // SAFETY: both are live.
        unsafe {
            if !self.hides(key, value) {
                return self.value_piece(value, depth, out);
            }
            self.redacted_piece(value, out);
        }
    }

    /// Ends the literal text and appends that a value is not recorded because it is a secret.
    pub(super) unsafe fn redacted_piece(&mut self, value: Obj, out: &mut Contents) {
        out.flush();
        // SAFETY: `value` is live.
        let name = unsafe { self.type_name_string(raw::type_of(value)) };
        value::put_named(&mut out.bytes, tag::REDACTED, name);
        out.count += 1;
    }
}
