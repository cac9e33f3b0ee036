//! Changes that are found late: code with unknown effects made them, and the object was not read at once.
//!
//! The *epoch* is incremented whenever code with unknown effects ran. An object is up to date for the epoch in which it
//! was read. If it is read again in a later epoch and differs, it may have been different at all steps since its own
//! epoch ended: frames that were not running, and other threads' frames, may have shown its old contents. The recording
//! stores the range of steps for which the contents are not certain.

use connie_wire::op::put;

use super::Capture;
use super::state::Tracked;
use crate::raw::Obj;

impl Capture {
    /// Makes a step that was written visible to the recorder.
    #[inline(always)]
    pub fn publish_step(&mut self) {
        self.late.steps += 1;
        self.ring.publish();
    }

    /// Handles an object that unrecorded code may be changing. Reads it or, if that would cost too much, notes that its
    /// contents are uncertain until it is next read.
    ///
    /// # Safety
    /// `object` is live or null.
    pub unsafe fn touch_in_flux(&mut self, object: Obj) {
        if self.left() > 0 {
            // SAFETY: the caller's promise.
            return unsafe { self.touch(object) };
        }
        if let Some(tracked) = self.objects.get_mut(object as usize) {
            // It may be a new object at the address of another. That is found when it is read.
            tracked.suspect = true;
            // SAFETY: what is known of types is never freed.
            if unsafe { (*tracked.info).apart } {
                self.suspect_apart(object as usize);
            }
        }
    }

    /// Writes that an object differs from what it was at an epoch and step.
    pub(super) fn tell_late(&mut self, tracked: *const Tracked, epoch: u32, seen_at: u64) {
        let steps = self.late.doubtful(epoch, seen_at);
        // SAFETY: entries are boxed.
        let (id, namespace) = unsafe { ((*tracked).id, (*tracked).namespace) };
        if steps > 0 && !namespace {
            self.put_late(id, 0, steps);
        }
    }

    /// The same for the namespace of a module that unknown code changed, and that was read in this epoch.
    pub(super) fn tell_late_namespace(&mut self, tracked: *const Tracked, epoch: u32, seen_at: u64) {
        let steps = self.late.doubtful(epoch, seen_at);
        if steps > 0 {
            // SAFETY: entries are boxed.
            self.put_late(unsafe { (*tracked).id }, 0, steps);
        }
    }

    /// Writes that the last `steps` steps may show contents of an object that are newer than these steps.
    ///
    /// # Safety
    /// `object` is live or null.
    #[cold]
    pub unsafe fn doubt_latest(&mut self, object: Obj, steps: u64) {
        if let Some(tracked) = self.objects.get(&(object as usize)) {
            // SAFETY: what is known of types is never freed.
            let (id, apart) = (tracked.id, unsafe { (*tracked.info).apart });
            self.put_late(id, 0, steps);
            if apart {
                self.put_late(id + 1, 0, steps);
            }
        }
    }

    /// Writes that a variable of a frame, which was read after step `seen_at`, was changed by other code.
    #[cold]
    pub fn tell_late_slot(&mut self, frame: u64, slot: usize, seen_at: u64) {
        let steps = self.late.steps.saturating_sub(seen_at);
        if steps > 0 {
            self.put_late(frame, slot as u32 + 1, steps);
        }
    }

    #[cold]
    fn put_late(&mut self, id: u64, slot: u32, steps: u64) {
        self.ring.reserve(40);
        put::late(&mut self.ring, id, slot, steps);
    }
}
