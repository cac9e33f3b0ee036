//! Objects that share memory: views of arrays and buffers, frames made of arrays.
//!
//! What is stored through one of them changes the others, which nothing in the bytecode tells.

use std::ops::Range;

use super::Capture;
use super::state::Views;
use super::track::has_exact_look;
use crate::layout::common as at;
use crate::library;
use crate::raw::{self, Obj, field, flag};
use crate::types::Class;

/// How many items of a container are searched for views.
const SEARCHED: usize = 64;
/// Fewest objects that are known before any is taken out.
const ROOM: usize = 1024;

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

impl Capture {
    /// The contents of an object were read.
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

    /// A line may have stored something into an object: what shares its memory has changed with it.
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
                // What is read of it lies in it alone: it is a scalar, a date ….
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

    /// Whether memory was written that more objects show.
    #[inline(always)]
    pub fn has_stale_views(&self) -> bool {
        !self.views.stale.is_empty()
    }

    /// Looks at an object, and at what it holds itself, if their memory was written through another one.
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

    /// Everything visible was looked at again: of what shares the memory that was written, the rest is dead, or is
    /// looked at when it is visible again.
    pub fn forget_views(&mut self) {
        for address in std::mem::take(&mut self.views.stale) {
            if self.objects.get(&address).is_none_or(|entry| entry.epoch != self.late.epoch) {
                self.views.known.remove(&address);
            }
        }
    }
}
