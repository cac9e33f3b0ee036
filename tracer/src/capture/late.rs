//! What is found late: changes that something unknown made, where no look could tell of them at once.
//!
//! Whenever something ran whose effects are not known, the *epoch* counts up. An object is true for the epoch in which
//! it was looked at. Where it is looked at again in a later one and differs, it may have been so at all steps since its
//! own epoch ended: frames that do not run, and other threads', may have shown it as it was before. The recording says
//! so: from which step to which one its contents are not sure.

use connie_wire::op::put;

use super::Capture;
use super::state::Tracked;
use crate::raw::Obj;

impl Capture {
    /// A step was written: makes it visible.
    #[inline(always)]
    pub fn publish_step(&mut self) {
        self.late.steps += 1;
        self.ring.publish();
    }

    /// Code that is not recorded may have an object in flux: looks at it, or, where that would cost too much, says when it
    /// is next looked at that nothing was sure meanwhile.
    ///
    /// # Safety
    /// `object` is live or null.
    pub unsafe fn touch_in_flux(&mut self, object: Obj) {
        if self.left() > 0 {
            // SAFETY: the caller's promise.
            return unsafe { self.touch(object) };
        }
        if let Some(tracked) = self.objects.get_mut(&(object as usize)) {
            // At worst it is a new object at the address of another, which is told when it is looked at.
            tracked.suspect = true;
            // SAFETY: what is known of types is never freed.
            if unsafe { (*tracked.info).apart } {
                self.suspect_apart(object as usize);
            }
        }
    }

    /// An object differs from what it was when it was true last, in this epoch.
    pub(super) fn tell_late(&mut self, tracked: *const Tracked, epoch: u32, seen_at: u64) {
        let steps = self.late.doubtful(epoch, seen_at);
        // SAFETY: entries are boxed.
        let (id, namespace) = unsafe { ((*tracked).id, (*tracked).namespace) };
        if steps > 0 && !namespace {
            self.put_late(id, 0, steps);
        }
    }

    /// The namespace of a module was found changed by who is not known: it was looked at in this epoch.
    pub(super) fn tell_late_namespace(&mut self, tracked: *const Tracked, epoch: u32, seen_at: u64) {
        let steps = self.late.doubtful(epoch, seen_at);
        if steps > 0 {
            // SAFETY: entries are boxed.
            self.put_late(unsafe { (*tracked).id }, 0, steps);
        }
    }

    /// What so many of the latest steps showed of an object may be newer than they.
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

    /// A variable of a frame, which was looked at after step `seen_at`, has been changed by somebody else.
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
