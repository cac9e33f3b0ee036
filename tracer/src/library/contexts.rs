//! Context variables, their tokens, and contexts. They are read by fields and functions of CPython that run C code
//! alone.

use std::ffi::CStr;

use pyo3_ffi as ffi;

use super::contents::Contents;
use super::native::quietly;
use super::values::Values;
use crate::check;
use crate::layout::private::context_variable as at;
use crate::raw::{self, Obj, Owned, contexts as of_c, field};

/// A type of the module `contextvars`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ContextKind {
    Variable,
    Token,
    Context,
}

/// What a context has under a key.
pub enum Held {
    /// This object, borrowed from the context.
    Is(Obj),
    /// Nothing: to read it raises an exception.
    Unset,
    /// Only code of the program could tell.
    Unknown,
}

/// Which of these types this is. None of them can be derived from.
pub(super) unsafe fn of(ty: *mut ffi::PyTypeObject) -> Option<ContextKind> {
    let known = [
        (&raw mut of_c::PyContextVar_Type, ContextKind::Variable),
        (&raw mut of_c::PyContextToken_Type, ContextKind::Token),
        (&raw mut of_c::PyContext_Type, ContextKind::Context),
    ];
    let (_, kind) = known.into_iter().find(|(known, _)| std::ptr::eq(*known, ty))?;
    // SAFETY: a live type written in C.
    unsafe { check::private::is_as_expected(check::private::CONTEXT_VARIABLE, &raw mut of_c::PyContextVar_Type) }
        .then_some(kind)
}

/// Whether this is a `ContextVar`.
///
/// # Safety
/// `object` is live or null.
pub unsafe fn is_variable(object: Obj) -> bool {
    // SAFETY: the caller's promise.
    !object.is_null() && unsafe { std::ptr::eq(raw::type_of(object), &raw mut of_c::PyContextVar_Type) }
}

/// The name of a context variable.
///
/// # Safety
/// `variable` is a live `ContextVar`, whose struct was checked.
pub unsafe fn name(variable: Obj) -> Vec<u8> {
    // SAFETY: the caller's promise: the name is a str.
    unsafe { raw::str_bytes(field(variable, at::NAME)) }
}

/// What a context variable has in a context: its value, or its default. A context that is null is empty.
///
/// # Safety
/// `context` is a live `Context` or null, `variable` a live `ContextVar`, whose struct was checked.
pub unsafe fn held(context: Obj, variable: Obj) -> Held {
    // SAFETY: the caller's promise. A context finds its variables by hashes that they store, and by their addresses. It
    // holds the value that is found, so that this is live after our reference to it is dropped.
    unsafe {
        if !context.is_null() {
            match ffi::PySequence_Contains(context, variable) {
                1 => {
                    let value = Owned::take(ffi::PyObject_GetItem(context, variable));
                    return value.map_or(Held::Unknown, |value| Held::Is(value.get()));
                }
                0 => {}
                _ => {
                    ffi::PyErr_Clear();
                    return Held::Unknown;
                }
            }
        }
        let default: Obj = field(variable, at::DEFAULT);
        if default.is_null() { Held::Unset } else { Held::Is(default) }
    }
}

impl dyn Values {
    /// Writes an object of one of these types.
    ///
    /// # Safety
    /// `object` is a live one of this kind.
    pub(super) unsafe fn of_contexts(&mut self, object: Obj, kind: ContextKind, depth: u8, out: &mut Contents) {
        // SAFETY: the caller's promise.
        unsafe {
            match kind {
                ContextKind::Variable => self.context_variable(object, depth, out),
                ContextKind::Token => self.token(object, depth, out),
                ContextKind::Context => self.context(object, depth, out),
            }
        }
    }

    /// `<ContextVar name='x' default=0>`
    unsafe fn context_variable(&mut self, variable: Obj, depth: u8, out: &mut Contents) {
        // SAFETY: the struct was checked.
        unsafe {
            let (name, default): (Vec<u8>, Obj) = (name(variable), field(variable, at::DEFAULT));
            out.text("<ContextVar name='").text(&String::from_utf8_lossy(&name)).text("'");
            if !default.is_null() {
                out.text(" default=");
                self.piece_unless_named(&name, default, depth, out);
            }
            out.text(">");
        }
    }

    /// `<Token var=<ContextVar name='x'> old=1>`
    unsafe fn token(&mut self, token: Obj, depth: u8, out: &mut Contents) {
        // SAFETY: getters of a class in C; what they return is live while it is held.
        unsafe {
            out.text("<Token");
            let attribute = |name: &CStr| quietly(|| ffi::PyObject_GetAttrString(token, name.as_ptr()));
            let variable = attribute(c"var");
            if let Some(variable) = variable.filter(|variable| is_variable(variable.get())) {
                out.text(" var=");
                self.value_piece(variable.get(), depth, out);
                let old = attribute(c"old_value");
                if let Some(old) = old.filter(|old| raw::type_name(raw::type_of(old.get())) != b"Token.MISSING") {
                    out.text(" old=");
                    self.piece_unless_named(&name(variable.get()), old.get(), depth, out);
                }
            }
            out.text(">");
        }
    }

    /// `<Context VARIABLE: VALUE, …>` with the variables and proxies that recorded code has met. A variable that is not
    /// set has an unbound value.
    unsafe fn context(&mut self, context: Obj, depth: u8, out: &mut Contents) {
        out.text("<Context");
        let mut separator = " ";
        // SAFETY: a live context; what it holds is live while nothing of the program runs.
        unsafe {
            for (key, name, held) in self.of_context(context) {
                let value = match held {
                    Held::Is(value) => value,
                    Held::Unset => std::ptr::null_mut(),
                    Held::Unknown => continue,
                };
                out.text(separator);
                self.value_piece(key, 2, out);
                out.text(": ");
                self.piece_unless_named(&name, value, depth, out);
                separator = ", ";
            }
        }
        out.text(">");
    }

    /// Writes a value, unless what has this name is a secret.
    unsafe fn piece_unless_named(&mut self, name: &[u8], value: Obj, depth: u8, out: &mut Contents) {
        // SAFETY: `value` is live or null.
        unsafe {
            if value.is_null() || raw::is_none(value) || !self.hides_name(name) {
                return self.value_piece(value, depth, out);
            }
            self.redacted_piece(value, out);
        }
    }
}
