//! Objects that share memory: views of arrays and buffers, frames made of arrays.
//!
//! A change through one of them changes the others, which the bytecode does not show.

use std::ops::Range;

use super::Capture;
use super::state::Views;
use super::track::has_exact_look;
use crate::layout::common as at;
use crate::library;
use crate::raw::{self, Obj, field, flag};
use crate::types::Class;

/// The number of items of a container that are searched for views.
const SEARCHED: usize = 64;
/// The number of known objects up to which none is removed.
const ROOM: usize = 1024;

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

impl Capture {
    /// Notes that the contents of an object were read.
    ///
    /// # Safety
    /// `object` is live, `reader` that of its type.
    #[inline]
    pub(super) unsafe fn note_view(&mut self, object: Obj, reader: library::Reader) {
        // SAFETY: the caller's promise.
        if let Some(range) = unsafe { library::memory(object, reader) } {
            let views = &mut self.views;
            let before = views.known.insert(object as usize, range.clone());
            if before != Some(range) {
                views.alone.clear();
                if views.known.len() > views.room {
                    views.known.retain(|address, _| self.objects.contains_key(address));
                    views.room = (2 * views.known.len()).max(ROOM);
                }
            }
        }
    }

    /// Handles an object that a line may have changed: objects that share its memory have changed with it.
    ///
    /// # Safety
    /// `object` is live.
    #[inline(always)]
    pub(super) unsafe fn touch_view(&mut self, object: Obj) {
        if !self.views.known.is_empty() {
            // SAFETY: the caller's promise.
            unsafe { self.write_view(object) };
        }
    }

    #[inline(never)]
    unsafe fn write_view(&mut self, object: Obj) {
        // SAFETY: reads fields of a live type; the class says how an object is read.
        unsafe {
            let ty = raw::type_of(object);
            let procedures: *const usize = field(ty, at::TYPE_AS_BUFFER);
            let shares = !procedures.is_null() && *procedures != 0 && !raw::is_bytes(ty);
            if !shares && !raw::has_flag(ty, flag::HEAP) {
                return;
            }
            let range = match (*self.types.get(ty)).class {
                // Its contents are within itself: it is a scalar, a date ….
                Class::Encoded(reader) => library::memory(object, reader),
                _ if shares => Some(library::viewed(object).unwrap_or(library::ANYWHERE)),
                _ => None,
            };
            if let Some(range) = range {
                self.wrote(object, range);
            }
        }
    }

    fn wrote(&mut self, object: Obj, range: Range<usize>) {
        if self.views.alone.get(&(object as usize)) == Some(&range) {
            return;
        }
        let Views { known, alone, stale, .. } = &mut self.views;
        let others = known.iter().filter(|(other, known)| **other != object as usize && overlap(known, &range));
        let found: Vec<usize> = others.map(|(other, _)| *other).collect();
        if found.is_empty() && known.get(&(object as usize)) == Some(&range) {
            alone.insert(object as usize, range);
        }
        stale.extend(found);
        stale.sort_unstable();
        stale.dedup();
    }

    /// Whether memory was written that other objects show.
    #[inline(always)]
    pub fn has_stale_views(&self) -> bool {
        !self.views.stale.is_empty()
    }

    /// Reads an object, and the objects that it contains, if their memory was written through another object.
    ///
    /// # Safety
    /// `object` is live.
    pub unsafe fn freshen(&mut self, object: Obj) {
        // SAFETY: the caller's promise; what an entry holds is live where the object holds it still.
        unsafe {
            self.freshen_view(object);
            let Some(entry) = self.entry(object) else { return };
            let entry = &*entry;
            let is_true = entry.is(raw::type_of(object)) && entry.depth > 0 && has_exact_look((*entry.info).kind);
            if !is_true || entry.leaf || !self.same(entry, object) {
                return;
            }
            let held = entry.items.iter().take(SEARCHED).filter(|item| **item & 1 == 0);
            let held: Vec<usize> = held.filter(|item| self.views.stale.contains(item)).copied().collect();
            for item in held {
                self.freshen_view(item as Obj);
            }
        }
    }

    unsafe fn freshen_view(&mut self, object: Obj) {
        let Some(at) = self.views.stale.iter().position(|stale| *stale == object as usize) else { return };
        // SAFETY: entries are boxed; the object is live.
        unsafe {
            let entry = self.entry(object);
            if let Some(entry) = entry.filter(|entry| (**entry).is(raw::type_of(object))) {
                self.views.stale.swap_remove(at);
                self.refresh(entry, object, (*entry).depth);
            }
        }
    }

    /// Called after everything visible was read again. Other objects that share the written memory are dead, or are
    /// read when they are next visible.
    pub fn forget_views(&mut self) {
        for address in std::mem::take(&mut self.views.stale) {
            if self.objects.get(&address).is_none_or(|entry| entry.epoch != self.late.epoch) {
                self.views.known.remove(&address);
            }
        }
    }
}
