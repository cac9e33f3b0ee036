//! What werkzeug's `LocalProxy` stands for, found without calling it.
//!
//! A proxy refers to a `ContextVar`, or to a `Local` or `LocalStack` that wraps one, and may stand for an attribute of
//! what that holds. A proxy of a function stands for what the function returns, which only a call would tell.
//!
//! Read from the sources of werkzeug 2.0 to 3.1. From 2.2 on, `_LocalProxy__wrapped` is what the proxy was made with,
//! and the attribute lies in a cell of the function `_get_current_object`, as an `attrgetter`. Before, the slots
//! `_LocalProxy__local` and `_LocalProxy__name` have both. Flask's own proxies are then made with functions of Flask that
//! look an attribute of the last context up (`old_flask`).

use pyo3_ffi as ffi;

use super::contents::attribute;
use super::contexts::{Held, held, is_variable};
use super::native::called;
use crate::check::private::is_as_expected;
use crate::layout::common as at;
use crate::layout::private::partial;
use crate::raw::{self, Obj, field, type_attribute};

/// Names of attributes, each of the object that the one before gives.
type Names = Box<[Box<[u8]>]>;

/// What a proxy refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// The value of a context variable.
    Variable,
    /// A name of a `Local`, whose variable holds a dict.
    Local,
    /// The last item of a `LocalStack`, whose variable holds a list.
    Stack,
    /// The same up to 2.1, where a `Local` holds the list under the name `stack`.
    NamedStack,
}

/// How a proxy finds the object that it stands for.
#[derive(Clone, Debug)]
pub struct Way {
    source: Source,
    /// A live `ContextVar` while the proxy is.
    variable: usize,
    /// The attributes that lead from there to the object.
    names: Names,
}

/// Whether instances of a class are such proxies. Classes derived from it may find objects in another way.
///
/// # Safety
/// `ty` is a live type.
pub unsafe fn is_proxy(ty: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: the caller's promise.
    unsafe { is_werkzeug(ty, b"LocalProxy") }
}

unsafe fn is_werkzeug(ty: *mut ffi::PyTypeObject, name: &[u8]) -> bool {
    // SAFETY: the caller gives a live type; its dict has str keys.
    unsafe {
        raw::has_flag(ty, raw::flag::HEAP)
            && raw::type_name(ty) == name
            && raw::str_bytes(type_attribute(ty, c"__module__")) == b"werkzeug.local"
    }
}

/// How a proxy finds its object; `None` if only a call would tell.
///
/// # Safety
/// `proxy` is a live `LocalProxy`; the collector is held off.
pub unsafe fn way_of(proxy: Obj) -> Option<Way> {
    // SAFETY: the caller's promise; slots are read where they lie.
    unsafe {
        let function = attribute(proxy, "_get_current_object");
        let (wrapped, names) = if function.is_null() {
            let wrapped = attribute(proxy, "_LocalProxy__local");
            if let Some(way) = old_flask(wrapped) {
                return Some(way);
            }
            let name = attribute(proxy, "_LocalProxy__name");
            let names = if name.is_null() || raw::is_none(name) { Box::default() } else { [text(name)?].into() };
            (wrapped, names)
        } else {
            (attribute(proxy, "_LocalProxy__wrapped"), names_of(function)?)
        };
        let (source, variable) = source_of(wrapped)?;
        if source == Source::Local && names.is_empty() {
            return None;
        }
        Some(Way { source, variable: variable as usize, names })
    }
}

/// The way of one of Flask's own proxies, from Flask 2.0 and 2.1: `partial(_lookup_app_object, "g")` reads an attribute
/// of the top of a stack that is a global of `flask.globals`, and `_find_app` reads `app`.
///
/// # Safety
/// `wrapped` is live or null.
unsafe fn old_flask(wrapped: Obj) -> Option<Way> {
    // SAFETY: the caller's promise; a function's globals are a dict, and its name a str.
    unsafe {
        let (function, argument) = looked_up_by(wrapped)?;
        let globals: Obj = field(function, at::FUNCTION_GLOBALS);
        let Held::Is(module) = named(globals, b"__name__") else { return None };
        if raw::str_bytes(module) != b"flask.globals" {
            return None;
        }
        let (stack, name) = top_attribute(&raw::str_bytes(field(function, at::FUNCTION_QUALNAME)), argument)?;
        let Held::Is(stack) = named(globals, stack) else { return None };
        let (source, variable) = source_of(stack)?;
        let is_stack = matches!(source, Source::Stack | Source::NamedStack);
        is_stack.then(|| Way { source, variable: variable as usize, names: [name].into() })
    }
}

/// The function that a proxy calls, and the only argument if it is a `partial` with one.
///
/// # Safety
/// `wrapped` is live or null.
unsafe fn looked_up_by(wrapped: Obj) -> Option<(Obj, Option<Box<[u8]>>)> {
    // SAFETY: the caller's promise; exact types say what is read, and the struct of a partial is checked before.
    unsafe {
        if wrapped.is_null() {
            return None;
        }
        let ty = raw::type_of(wrapped);
        let (mut function, mut argument) = (wrapped, None);
        if raw::type_name(ty) == PARTIAL && is_as_expected(PARTIAL, ty) {
            function = field(wrapped, partial::FUNCTION);
            let arguments: Obj = field(wrapped, partial::ARGUMENTS);
            let [name] = *raw::is_tuple(raw::type_of(arguments)).then(|| raw::tuple_items(arguments))? else {
                return None;
            };
            argument = Some(text(name)?);
        }
        (raw::kind_name(function) == b"function").then_some((function, argument))
    }
}

/// The stack whose top a function of `flask.globals` uses, and the attribute that it reads of it.
fn top_attribute(function: &[u8], argument: Option<Box<[u8]>>) -> Option<(&'static [u8], Box<[u8]>)> {
    match (function, argument) {
        (b"_lookup_req_object", Some(name)) => Some((b"_request_ctx_stack", name)),
        (b"_lookup_app_object", Some(name)) => Some((b"_app_ctx_stack", name)),
        (b"_find_app", None) => Some((b"_app_ctx_stack", b"app".as_slice().into())),
        _ => None,
    }
}

/// The name of the type of a `functools.partial`.
const PARTIAL: &[u8] = b"functools.partial";

unsafe fn source_of(wrapped: Obj) -> Option<(Source, Obj)> {
    // SAFETY: `wrapped` is live or null.
    unsafe {
        if wrapped.is_null() {
            return None;
        }
        if is_variable(wrapped) {
            return Some((Source::Variable, wrapped));
        }
        let ty = raw::type_of(wrapped);
        let (source, variable) = if is_werkzeug(ty, b"Local") {
            (Source::Local, storage(wrapped))
        } else if is_werkzeug(ty, b"LocalStack") {
            let local = attribute(wrapped, "_local");
            if local.is_null() { (Source::Stack, storage(wrapped)) } else { (Source::NamedStack, storage(local)) }
        } else {
            return None;
        };
        is_variable(variable).then_some((source, variable))
    }
}

/// The context variable of a `Local` or `LocalStack`; null if there is none.
///
/// # Safety
/// `of` is live.
unsafe fn storage(of: Obj) -> Obj {
    // SAFETY: the caller's promise.
    unsafe {
        let first = attribute(of, "_storage");
        if first.is_null() { attribute(of, "_Local__storage") } else { first }
    }
}

unsafe fn text(object: Obj) -> Option<Box<[u8]>> {
    // SAFETY: `object` is live.
    unsafe { raw::is_str(raw::type_of(object)).then(|| raw::str_bytes(object).into()) }
}

/// The attributes that the function of a proxy reads, from its cells; none if it returns what it finds.
unsafe fn names_of(function: Obj) -> Option<Names> {
    // SAFETY: `function` is live; a closure is a tuple of cells.
    unsafe {
        if raw::kind_name(function) != b"function" {
            return None;
        }
        let closure = raw::contexts::PyFunction_GetClosure(function);
        if closure.is_null() {
            return None;
        }
        let held = raw::tuple_items(closure).iter().map(|cell| raw::cell_contents(*cell));
        held.filter(|held| !held.is_null()).find_map(|held| names_by(held)).flatten()
    }
}

/// The attributes that a cell's object has the function read; `None` if it is none of those that tell.
///
/// # Safety
/// `held` is live.
unsafe fn names_by(held: Obj) -> Option<Option<Names>> {
    // SAFETY: the caller's promise; the exact type says what is read.
    unsafe {
        if raw::kind_name(held) == b"function" && raw::str_bytes(field(held, at::FUNCTION_QUALNAME)) == b"_identity" {
            return Some(Some(Box::default()));
        }
        (raw::type_name(raw::type_of(held)) == b"operator.attrgetter").then(|| names_of_getter(held))
    }
}

/// The attributes that an `attrgetter` of one dotted name reads one after the other.
unsafe fn names_of_getter(getter: Obj) -> Option<Names> {
    // SAFETY: `__reduce__` of an attrgetter is written in C; it returns a tuple with the names in its second place.
    unsafe {
        let reduced = called(getter, c"__reduce__", None)?;
        let is_tuple = |object: Obj| raw::is_tuple(raw::type_of(object));
        let arguments = is_tuple(reduced.get()).then(|| raw::tuple_items(reduced.get()).get(1).copied()).flatten()?;
        let [name] = *is_tuple(arguments).then(|| raw::tuple_items(arguments))? else { return None };
        let name = text(name)?;
        Some(name.split(|byte| *byte == b'.').map(Into::into).collect())
    }
}

impl Way {
    /// The attributes as they are written, for rules about secrets.
    pub fn name(&self) -> &[u8] {
        self.names.last().map_or(b"", |name| name)
    }

    /// What a proxy stands for in a context. The objects on the way whose attributes were read are added to `owners`.
    ///
    /// # Safety
    /// The proxy that this is the way of is alive, and the context is live or null.
    pub unsafe fn target(&self, context: Obj, owners: &mut Vec<Obj>) -> Held {
        // SAFETY: the caller's promise.
        let mut value = match unsafe { self.first(context) } {
            Held::Is(value) => value,
            other => return other,
        };
        // The name of an attribute of a `Local` was used to find the first object.
        let taken = usize::from(self.source == Source::Local);
        for name in self.names.iter().skip(taken) {
            owners.push(value);
            // SAFETY: each object is held by the one before.
            let Some(found) = (unsafe { plain_attribute(value, name) }) else { return Held::Unknown };
            value = found;
        }
        Held::Is(value)
    }

    /// The object whose attributes are read: what the variable, the `Local` or the `LocalStack` has in a context. The
    /// last two begin empty.
    unsafe fn first(&self, context: Obj) -> Held {
        // SAFETY: as in `target`.
        unsafe {
            let value = match held(context, self.variable as Obj) {
                Held::Is(value) => value,
                other => return other,
            };
            match self.source {
                Source::Variable => Held::Is(value),
                Source::Local => self.names.first().map_or(Held::Unknown, |name| named(value, name)),
                Source::Stack => top_of(value),
                Source::NamedStack => match named(value, b"stack") {
                    Held::Is(stack) => top_of(stack),
                    other => other,
                },
            }
        }
    }
}

/// The top of a stack. A None on it is taken for an empty one, as `LocalStack.top` does.
unsafe fn top_of(stack: Obj) -> Held {
    // SAFETY: the caller gives a live object; the exact type says what is read.
    unsafe {
        if !raw::is_list(raw::type_of(stack)) {
            return Held::Unknown;
        }
        match raw::list_items(stack).last() {
            Some(&top) if !raw::is_none(top) => Held::Is(top),
            _ => Held::Unset,
        }
    }
}

/// The value of a dict under a name.
unsafe fn named(dict: Obj, name: &[u8]) -> Held {
    let mut found: Obj = std::ptr::null_mut();
    // SAFETY: `dict` is live, and what it holds while nothing runs.
    unsafe {
        if !raw::is_dict(raw::type_of(dict)) {
            return Held::Unknown;
        }
        raw::dict_pairs(dict, |key, value| {
            if raw::is_str(raw::type_of(key)) && raw::str_bytes(key) == name {
                found = value;
            }
            found.is_null()
        });
    }
    if found.is_null() { Held::Unset } else { Held::Is(found) }
}

/// An attribute that an instance has itself, where no code of its class could give another one.
unsafe fn plain_attribute(object: Obj, name: &[u8]) -> Option<Obj> {
    let name = std::ffi::CString::new(name).ok()?;
    // SAFETY: `object` is live, and its type.
    unsafe {
        let ty = raw::type_of(object);
        let looks_up = type_attribute(ty, c"__getattribute__");
        let is_usual = looks_up.is_null() || raw::is_wrapper_descriptor(raw::type_of(looks_up));
        if !raw::has_flag(ty, raw::flag::HEAP) || !is_usual {
            return None;
        }
        let of_class = type_attribute(ty, &name);
        let name = name.to_str().ok()?;
        if !of_class.is_null()
            && field::<usize>(raw::type_of(of_class), at::TYPE_DESCR_SET) != 0
            && raw::kind_name(of_class) != b"member_descriptor"
        {
            return of_flask(object, name);
        }
        let found = attribute(object, name);
        (!found.is_null()).then_some(found)
    }
}

/// What a property of Flask's contexts returns: from 3.1.3 on, some of them return the attribute with an underscore
/// before its name, and raise an exception if that is None.
unsafe fn of_flask(context: Obj, name: &str) -> Option<Obj> {
    // SAFETY: `context` is a live instance.
    unsafe {
        let ty = raw::type_of(context);
        let is_context = matches!(raw::type_name(ty), b"RequestContext" | b"AppContext")
            && raw::str_bytes(type_attribute(ty, c"__module__")) == b"flask.ctx";
        let found = if is_context && matches!(name, "session" | "request") {
            attribute(context, &format!("_{name}"))
        } else {
            std::ptr::null_mut()
        };
        (!found.is_null() && !raw::is_none(found)).then_some(found)
    }
}

/// Reads with the collector held off.
///
/// # Safety
/// Under the GIL.
pub unsafe fn held_off<T>(read: impl FnOnce() -> T) -> T {
    // SAFETY: the caller's promise.
    let enabled = unsafe { ffi::PyGC_Disable() };
    let result = read();
    if enabled != 0 {
        // SAFETY: as above.
        unsafe { ffi::PyGC_Enable() };
    }
    result
}
