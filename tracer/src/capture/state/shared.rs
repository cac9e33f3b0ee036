//! The state about dicts that hold attributes and are also a value of the program.

use connie_wire::Kind;
use rustc_hash::FxHashSet;

use crate::raw::{self, Attributes, Obj};

/// Addresses of such dicts. If one has died since, an object is read in vain; nothing else happens.
#[derive(Default)]
pub struct Shared {
    pub dicts: FxHashSet<usize>,
    /// Whether one of them has changed, and so the instance that it belongs to.
    pub changed: bool,
    /// Whether everything visible is being read because of this.
    pub looking: bool,
}

impl Shared {
    /// Checks whether other objects hold the dict of an instance, a class or a function.
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

/// Whether the items of objects of a kind are attributes in a dict.
#[inline(always)]
pub fn has_attributes(kind: Kind) -> bool {
    matches!(kind, Kind::Instance | Kind::Class | Kind::Function)
}

/// The dict with an object's attributes; null if there is none.
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
