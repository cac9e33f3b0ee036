//! Attributes of objects that are shown by what they contain: of an instance of a list's subclass, an exception, a member
//! of an Enum.
//!
//! What such an object contains are its items; its attributes are an object of their own in the recording, an instance of
//! the same class, with the number that follows. It has an entry like others, beside that of the object, once there are any.
//! Only instances of classes that recorded code made have this, and what
//! wraps functions in C: attributes of others are not looked up.

use connie_wire::Kind;
use connie_wire::op::descriptor;
use pyo3_ffi as ffi;

use super::Capture;
use super::state::Tracked;
use super::track::put_unread;
use crate::raw::{self, Attributes, Obj, field};
use crate::types::TypeInfo;

/// Where the entry of an object's attributes lies: no object has an odd address.
const APART: usize = 1;

/// Whether an entry is that of attributes, by its address.
#[inline(always)]
pub(super) fn is_apart(address: usize) -> bool {
    address & APART != 0
}

/// Whether an object has attributes of its own.
unsafe fn has_any(object: Obj, info: &TypeInfo) -> bool {
    // SAFETY: `object` is live, and slots lie at the offsets their descriptors gave.
    unsafe {
        info.slots.iter().any(|(_, offset)| field::<usize>(object, *offset) != 0)
            || match raw::attributes(object) {
                Attributes::Absent => false,
                Attributes::Dict(dict) => raw::dict_len(dict) > 0,
                Attributes::Inline(.., size) => size > 0,
            }
    }
}

impl Capture {
    /// Decides whether attributes of a type's instances are told; what the recording says of that.
    pub(super) unsafe fn set_apart(&mut self, ty: *mut ffi::PyTypeObject, info: *mut TypeInfo) -> u8 {
        // SAFETY: `ty` is a live type and `info` what is known of it.
        unsafe {
            let is_open = |own: &mut Self| own.is_open(ty.cast(), Kind::Class);
            (*info).apart = (*info).attributes.is_some() && (!(*info).python || is_open(self));
            if (*info).apart {
                return descriptor::APART;
            }
            let has_none = (*info).python && (*info).kind.has_contents() && (*info).attributes.is_none();
            if has_none && is_open(self) { descriptor::BARE } else { 0 }
        }
    }

    /// A number for a new object of a type; where its attributes are told, the next one is theirs.
    pub(super) unsafe fn number_of_new(&mut self, ty: *mut ffi::PyTypeObject, info: *mut TypeInfo) -> (u64, u32) {
        // SAFETY: `ty` is a live type and `info` what is known of it, which is never freed.
        unsafe {
            let type_id = self.type_id(ty, info);
            if !(*info).apart {
                return (self.new_id(), type_id);
            }
            let known = &mut *info;
            if let Some(attributes) = known.attributes.as_deref_mut() {
                self.type_id(ty, attributes);
            }
            (self.new_pair(), type_id)
        }
    }

    /// Writes that a new object has no attributes of its own yet.
    pub(super) unsafe fn tell_apart(&mut self, id: u64, info: *mut TypeInfo) {
        // SAFETY: `info` is what is known of its type.
        let known = unsafe { &*info };
        let Some(ty) = known.attributes.as_ref().and_then(|info| info.id) else { return };
        self.ring.reserve(32);
        put_unread(&mut self.ring, id + 1, ty, false);
    }

    /// The entry of an object's attributes; null where it has none.
    unsafe fn entry_apart(&mut self, main: *mut Tracked, object: Obj) -> *mut Tracked {
        // SAFETY: entries are boxed; `object` is live and `main` its entry.
        unsafe {
            let nothing = std::ptr::null_mut();
            let key = object as usize | APART;
            if let Some(entry) = self.objects.get_mut(&key) {
                return &raw mut **entry;
            }
            let known = &mut *(*main).info;
            let Some(info) = known.attributes.as_deref_mut().map(|info| &raw mut *info) else { return nothing };
            if !has_any(object, &*info) {
                return nothing;
            }
            let mut entry = self.new_entry((*main).id + 1, key, (*main).ty, info);
            let tracked = &raw mut *entry;
            self.objects.insert(key, entry);
            self.bytes += std::mem::size_of::<Tracked>() + 48;
            tracked
        }
    }

    /// An object is looked at: so are its attributes. What it was known to be was true in this epoch.
    #[cold]
    pub(super) unsafe fn look_apart(&mut self, main: *mut Tracked, object: Obj, depth: u8, known: Option<(u32, u64)>) {
        // SAFETY: as in `entry_apart`.
        unsafe {
            let entry = self.entry_apart(main, object);
            if entry.is_null() {
                return;
            }
            if (*entry).depth == 0
                && let Some((epoch, seen_at)) = known
            {
                // It had none then.
                self.tell_late(entry, epoch, seen_at);
            }
            self.refresh_now(entry, object, depth);
        }
    }

    /// The attributes of an object may have been changed by code we understand.
    #[cold]
    pub(super) unsafe fn touch_apart(&mut self, main: *mut Tracked, object: Obj) {
        // SAFETY: as in `entry_apart`.
        unsafe {
            let entry = self.entry_apart(main, object);
            if entry.is_null() || (*entry).depth > 0 && self.same(&*entry, object) && !self.is_stale(&*entry) {
                return;
            }
            if self.nesting == 0 {
                self.recheck.begin(&*main);
            }
            self.nesting += 1;
            self.refresh_now(entry, object, (*main).depth);
            self.done();
        }
    }

    /// The entry of an object leaves the table: so does that of its attributes. The number of these, if they are told.
    pub(super) fn leave_apart(&mut self, address: usize, entry: &Tracked) -> Option<u64> {
        // SAFETY: what is known of types is never freed.
        if is_apart(address) || !unsafe { (*entry.info).apart } {
            return None;
        }
        if let Some(attributes) = self.objects.remove(&(address | APART)) {
            self.let_go(address | APART, &attributes);
        }
        Some(entry.id + 1)
    }

    /// The attributes of an object may have been in flux without a look.
    pub(super) fn suspect_apart(&mut self, address: usize) {
        if let Some(entry) = self.objects.get_mut(&(address | APART)) {
            entry.suspect = true;
        }
    }
}
