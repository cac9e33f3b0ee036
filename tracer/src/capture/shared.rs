//! Dicts that are an instance's attributes and a value of the program's own: `vars(x)`, `x.__dict__`.

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
}

impl Shared {
    /// Looks whether somebody else holds the dict of an instance.
    ///
    /// # Safety
    /// `object` is live.
    #[inline]
    pub(super) unsafe fn note(&mut self, object: Obj) {
        // SAFETY: the dict of a live object is live.
        unsafe {
            if let Attributes::Dict(dict) = raw::attributes(object)
                && raw::refcount(dict) > 1
            {
                self.dicts.insert(dict as usize);
            }
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
                Kind::Instance => {
                    if let Attributes::Dict(dict) = raw::attributes(object)
                        && self.shared.dicts.contains(&(dict as usize))
                    {
                        self.touch(dict);
                        self.shared.note(object);
                        self.shared.changed = false;
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether the attributes of an instance were changed through its dict since this was last asked.
    #[inline(always)]
    pub fn take_shared_change(&mut self) -> bool {
        std::mem::take(&mut self.shared.changed)
    }

    /// Whether something was met that a look at a frame has to go after, or tell of.
    #[inline(always)]
    pub fn has_news(&self) -> bool {
        self.shared.changed || self.has_stale_views() || self.recheck.has_news()
    }
}
