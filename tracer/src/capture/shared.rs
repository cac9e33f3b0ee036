//! Dicts that hold attributes and are also a value of the program, or hold the attributes of two objects: `vars(x)`,
//! `x.__dict__`, `b.__dict__ = a.__dict__`, `vars(Class)`.

use connie_wire::Kind;

use super::Capture;
use super::state::{dict_of, has_attributes};
use crate::raw::{self, Obj};

impl Capture {
    /// Handles a change of an object: objects that share its attributes have changed too.
    ///
    /// # Safety
    /// `object` is live.
    #[inline(always)]
    pub(super) unsafe fn changed(&mut self, object: Obj, kind: Kind) {
        self.change_owner(object);
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
                    // Another object may hold the dict too, and has then changed as well: it is searched for.
                    let others = raw::refcount(dict) - 1 - isize::from(self.knows(dict));
                    self.shared.changed = before || kind == Kind::Instance && others > 0 && !self.shared.looking;
                }
                _ => {}
            }
        }
    }

    /// Whether the attributes of an instance were changed through its dict since the last call.
    #[inline(always)]
    pub fn take_shared_change(&mut self) -> bool {
        self.shared.looking = std::mem::take(&mut self.shared.changed);
        self.shared.looking
    }

    /// Notes that everything visible was read.
    #[inline(always)]
    pub fn shared_is_seen(&mut self) {
        self.shared.looking = false;
    }

    /// Whether something was found that must be handled after a frame is read.
    #[inline(always)]
    pub fn has_news(&self) -> bool {
        self.shared.changed || self.standings.added || self.has_stale_views() || self.recheck.has_news()
    }
}
