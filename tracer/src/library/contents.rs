//! The contents that are read of an object, as encoded values.

use connie_wire::codec::Sink;
use connie_wire::value::tag;
use pyo3_ffi as ffi;

use crate::layout::common as at;
use crate::raw::{self, Obj, field, type_attribute};

/// The encoded contents of one object: its values, their number, its true length.
#[derive(Default)]
pub struct Contents {
    /// Encoded values.
    pub bytes: Vec<u8>,
    /// Number of values.
    pub count: usize,
    /// True number of items of the object.
    pub length: usize,
    /// The literal text that is being built, for templates.
    pub(super) literal: String,
}

impl Contents {
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.literal.push_str(text);
        self
    }

    pub(super) fn number(&mut self, n: impl std::fmt::Display) -> &mut Self {
        use std::fmt::Write;
        let _ = write!(self.literal, "{n}");
        self
    }

    /// Ends a list whose items each have a comma after them.
    pub(super) fn end_list(&mut self, more: bool) {
        if self.literal.ends_with(", ") {
            self.literal.truncate(self.literal.len() - 2);
            self.text(if more { ", …]" } else { "]" });
        } else {
            self.text(if more { "…]" } else { "]" });
        }
    }

    /// Ends the literal piece of a template.
    pub(super) fn flush(&mut self) {
        self.bytes.put(tag::STR);
        self.bytes.sized(self.literal.as_bytes());
        self.literal.clear();
        self.count += 1;
    }
}

/// An attribute of an instance, from its slots or its dict; null if it has none.
pub(super) unsafe fn attribute(object: Obj, name: &str) -> Obj {
    let mut found: Obj = std::ptr::null_mut();
    if object.is_null() {
        return found;
    }
    // SAFETY: reads the instance's own storage; a member descriptor holds a PyMemberDef.
    unsafe {
        raw::instance_attributes(object, |key, value| {
            if raw::is_str(raw::type_of(key)) && raw::str_bytes(key) == name.as_bytes() {
                found = value;
            }
            found.is_null()
        });
        if found.is_null() {
            let name = std::ffi::CString::new(name).unwrap_or_default();
            let descriptor = type_attribute(raw::type_of(object), &name);
            if !descriptor.is_null() && raw::builtin_name(raw::type_of(descriptor)) == b"member_descriptor" {
                let member: *const u8 = field(descriptor, at::DESCRIPTOR_METHOD);
                if field::<i32>(member, at::MEMBER_TYPE) == ffi::Py_T_OBJECT_EX {
                    found = field(object, field(member, at::MEMBER_OFFSET));
                }
            }
        }
    }
    found
}
