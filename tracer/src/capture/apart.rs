//! Attributes of objects that are shown by their contents: instances of subclasses of list, exceptions, members of an
//! Enum.
//!
//! The items of such an object are its contents. Its attributes are a separate object in the recording: an instance of
//! the same class, with the next number. This object has an entry of its own once there are any attributes. It exists
//! only for instances of classes made by recorded code, and for function wrappers of C code. The attributes of other
//! objects are not read.

use connie_wire::Kind;
use connie_wire::op::descriptor;
use pyo3_ffi as ffi;

use super::Capture;
use super::state::Tracked;
use super::track::put_unread;
use crate::raw::{self, Attributes, Obj, field};
use crate::types::TypeInfo;

/// Marks the key of an entry for an object's attributes. Addresses of objects are never odd.
const APART: usize = 1;

/// Whether the entry at an address is one for attributes.
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
    /// Decides whether the attributes of a type's instances are recorded. Returns the flag for the recording.
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

    /// Assigns a number to a new object of a type. If its attributes are recorded, they get the next number.
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

    /// Writes that a new object has no attributes yet.
    pub(super) unsafe fn tell_apart(&mut self, id: u64, info: *mut TypeInfo) {
        // SAFETY: `info` is what is known of its type.
        let known = unsafe { &*info };
        let Some(ty) = known.attributes.as_ref().and_then(|info| info.id) else { return };
        self.ring.reserve(32);
        put_unread(&mut self.ring, id + 1, ty, false);
    }

    /// The entry for an object's attributes; null if it has none.
    unsafe fn entry_apart(&mut self, main: *mut Tracked, object: Obj) -> *mut Tracked {
        // SAFETY: entries are boxed; `object` is live and `main` its entry.
        unsafe {
            let nothing = std::ptr::null_mut();
            let key = object as usize | APART;
            if let Some(entry) = self.objects.find(key) {
                return entry;
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

    /// Reads the attributes of an object that is being read. `known` is the epoch and step at which it was up to date.
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
                // It had no attributes at that time.
                self.tell_late(entry, epoch, seen_at);
            }
            self.refresh_now(entry, object, depth);
        }
    }

    /// Handles attributes that may have been changed by code with known effects.
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

    /// Removes the entry for an object's attributes when the object's entry is removed. Returns their number if they
    /// are recorded.
    pub(super) fn leave_apart(&mut self, address: usize, entry: &Tracked) -> Option<u64> {
        // SAFETY: what is known of types is never freed.
        if is_apart(address) || !unsafe { (*entry.info).apart } {
            return None;
        }
        if let Some(attributes) = self.objects.remove(address | APART) {
            self.let_go(address | APART, &attributes);
        }
        Some(entry.id + 1)
    }

    /// Notes that the attributes of an object may have been changed without being read.
    pub(super) fn suspect_apart(&mut self, address: usize) {
        if let Some(entry) = self.objects.get_mut(address | APART) {
            entry.suspect = true;
        }
    }
}
