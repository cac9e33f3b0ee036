//! Objects whose `__class__` was assigned, or whose class was renamed.
//!
//! Such an object keeps its number; containers that hold it show it as it is now.

use connie_wire::Kind;
use pyo3_ffi as ffi;

use super::Capture;
use super::held::release;
use super::state::Tracked;
use super::track::put_unread;
use crate::raw::{self, Obj};
use crate::types::Class;

impl Capture {
    /// Writes a known object, whose type is another one than when it was read, again under its number. False if that is
    /// not possible, because its attributes need a number of their own only for one of the types.
    #[cold]
    pub(super) unsafe fn reclass(
        &mut self,
        tracked: *mut Tracked,
        object: Obj,
        ty: *mut ffi::PyTypeObject,
        depth: u8,
    ) -> bool {
        let is_like = |class: Class| matches!(class, Class::Pointers | Class::Encoded(_) | Class::Type | Class::Module);
        // SAFETY: entries are boxed; `object` is live and of type `ty`; what is known of types is never freed.
        let (info, type_id) = unsafe {
            let info = self.types.get(ty);
            let type_id = self.type_id(ty, info);
            if (*tracked).writing || (*(*tracked).info).apart != (*info).apart || !is_like((*info).class) {
                return false;
            }
            if !matches!((*(*tracked).info).class, Class::Encoded(_)) {
                for item in std::mem::take(&mut (*tracked).items) {
                    release(item, &mut self.bytes);
                }
            }
            (info, type_id)
        };
        // SAFETY: as above.
        unsafe {
            let depth = depth.max((*tracked).depth);
            let attributes = self.leave_apart(object as usize, &*tracked);
            let mut entry = self.new_entry((*tracked).id, object as usize, ty, info);
            (entry.namespace, entry.parent) = ((*tracked).namespace, (*tracked).parent);
            entry.open = (*info).kind.is_named() && ((*tracked).open || self.is_open(object, (*info).kind));
            *tracked = *entry;
            self.ring.reserve(32);
            put_unread(&mut self.ring, (*tracked).id, type_id, (*info).kind != Kind::Opaque && depth == 0);
            if attributes.is_some() {
                self.tell_apart((*tracked).id, info);
            }
            if depth > 0 {
                self.refresh(tracked, object, depth);
            }
        }
        true
    }

    /// Writes a known object that now has another type again.
    pub(super) unsafe fn retype(&mut self, tracked: *mut Tracked, object: Obj) {
        // SAFETY: as in `reclass`.
        unsafe {
            let depth = (*tracked).depth;
            self.see(object, raw::type_of(object), depth, false);
        }
    }

    /// Writes the type of a class that was renamed again, so that readers know the new name.
    #[cold]
    pub(super) unsafe fn rename(&mut self, class: Obj) {
        // SAFETY: `class` is a live class.
        unsafe {
            let info = self.types.get(class.cast());
            self.type_id(class.cast(), info);
        }
    }
}
