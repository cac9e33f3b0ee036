//! Dicts that are attributes and a value of the program's own.

use connie_wire::Kind;
use rustc_hash::FxHashSet;

use crate::raw::{self, Attributes, Obj};

/// Addresses of such dicts. One may have died since: that costs a look, nothing else.
#[derive(Default)]
pub struct Shared {
    pub dicts: FxHashSet<usize>,
    /// One of them has changed: its instance has, wherever that is.
    pub changed: bool,
    /// Everything visible is being looked at because of one.
    pub looking: bool,
}

impl Shared {
    /// Looks whether somebody else holds the dict of an instance, a class or a function.
    ///
    /// # Safety
    /// `object` is live and of this kind.
    #[inline]
    pub unsafe fn note(&mut self, object: Obj, kind: Kind) {
        if !has_attributes(kind) {
            return;
        }
        // SAFETY: the dict of a live object is live.
        unsafe {
            let dict = dict_of(object, kind);
            if !dict.is_null() && raw::refcount(dict) > 1 {
                self.dicts.insert(dict as usize);
            }
        }
    }
}

/// Whether what is read of objects of a kind are attributes in a dict.
#[inline(always)]
pub fn has_attributes(kind: Kind) -> bool {
    matches!(kind, Kind::Instance | Kind::Class | Kind::Function)
}

/// The dict with an object's attributes; null where there is none.
#[inline(always)]
pub unsafe fn dict_of(object: Obj, kind: Kind) -> Obj {
    // SAFETY: the caller holds a live object of this kind.
    unsafe {
        if kind == Kind::Class {
            return raw::type_dict(object.cast());
        }
        match raw::attributes(object) {
            Attributes::Dict(dict) => dict,
            _ => std::ptr::null_mut(),
        }
    }
}
