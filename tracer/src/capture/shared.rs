//! Dicts that are attributes and a value of the program's own, or attributes of two objects: `vars(x)`, `x.__dict__`,
//! `b.__dict__ = a.__dict__`, `vars(Class)`.

use connie_wire::Kind;
use rustc_hash::FxHashSet;

use super::Capture;
use crate::raw::{self, Attributes, Obj};

/// Addresses of such dicts. One may have died since: that costs a look, nothing else.
#[derive(Default)]
pub(super) struct Shared {
    dicts: FxHashSet<usize>,
    /// One of them has changed: its instance has, wherever that is.
    pub(super) changed: bool,
    /// Everything visible is being looked at because of one.
    looking: bool,
}

impl Shared {
    /// Looks whether somebody else holds the dict of an instance, a class or a function.
    ///
    /// # Safety
    /// `object` is live and of this kind.
    #[inline]
    pub(super) unsafe fn note(&mut self, object: Obj, kind: Kind) {
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
fn has_attributes(kind: Kind) -> bool {
    matches!(kind, Kind::Instance | Kind::Class | Kind::Function)
}

/// The dict with an object's attributes; null where there is none.
#[inline(always)]
unsafe fn dict_of(object: Obj, kind: Kind) -> Obj {
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

impl Capture {
    /// An object was found changed: whatever shares its attributes has changed with it.
    ///
    /// # Safety
    /// `object` is live.
    #[inline(always)]
    pub(super) unsafe fn changed(&mut self, object: Obj, kind: Kind) {
        if !self.shared.dicts.is_empty() {
            // SAFETY: the caller's promise.
            unsafe { self.change_shared(object, kind) };
        }
    }

    #[cold]
    unsafe fn change_shared(&mut self, object: Obj, kind: Kind) {
        // SAFETY: the dict of a live object is live.
        unsafe {
            match kind {
                Kind::Dict => self.shared.changed |= self.shared.dicts.remove(&(object as usize)),
                kind if has_attributes(kind) => {
                    let dict = dict_of(object, kind);
                    if dict.is_null() || !self.shared.dicts.contains(&(dict as usize)) {
                        return;
                    }
                    let before = self.shared.changed;
                    self.touch(dict);
                    self.shared.note(object, kind);
                    // Where another object has it too, it has changed with this one: it is looked for.
                    let others = raw::refcount(dict) - 1 - isize::from(self.knows(dict));
                    self.shared.changed = before || kind == Kind::Instance && others > 0 && !self.shared.looking;
                }
                _ => {}
            }
        }
    }

    /// Whether the attributes of an instance were changed through its dict since this was last asked.
    #[inline(always)]
    pub fn take_shared_change(&mut self) -> bool {
        self.shared.looking = std::mem::take(&mut self.shared.changed);
        self.shared.looking
    }

    /// Everything visible was looked at.
    #[inline(always)]
    pub fn shared_is_seen(&mut self) {
        self.shared.looking = false;
    }

    /// Whether something was met that a look at a frame has to go after, or tell of.
    #[inline(always)]
    pub fn has_news(&self) -> bool {
        self.shared.changed || self.has_stale_views() || self.recheck.has_news()
    }
}
