//! One recording ends and another begins in the same process: everything with a number is written again.

use connie_wire::op::put;

use super::Engine;
use super::frame::drop_held;
use crate::code;

impl Engine {
    /// Forgets what was written to the recording. What is known of code and types stays.
    ///
    /// # Safety
    /// Under the GIL, outside of all events.
    pub unsafe fn restart(&mut self) {
        let threads = std::mem::take(&mut self.threads);
        let stacks = threads.into_values().flat_map(|thread| thread.stack);
        for mut frame in stacks.chain(self.suspended.take()) {
            for seen in frame.seen.drain(..) {
                // SAFETY: the reference is ours, to a scalar.
                unsafe { drop_held(seen) };
            }
            // SAFETY: the references are ours.
            unsafe { self.drop_results(&raw mut *frame) };
        }
        (self.thread_count, self.state, self.thread) = (0, std::ptr::null_mut(), std::ptr::null_mut());
        (self.known_state, self.known_pointer, self.key) = (std::ptr::null_mut(), 0, 0);
        // SAFETY: the references are ours, to names.
        unsafe { self.files.forget() };
        self.bodies.clear();
        self.homes.clear();
        self.generated.restart();
        for info in self.codes.values_mut().chain(self.passing.values_mut()) {
            info.id = code::UNKNOWN;
            info.globals = code::Globals::default();
        }
        self.tasks.forget();
        self.capture.restart();
        self.time = connie_wire::ticks();
    }

    /// Begins a segment with a recording of its own. `kept` says whether it is kept in any case.
    ///
    /// # Safety
    /// As for [`Self::restart`].
    pub unsafe fn begin_segment(&mut self, id: &[u8], name: &[u8], kept: bool) {
        // SAFETY: the caller's promise.
        unsafe { self.restart() };
        self.midway = self.settings.config.switched;
        let name = &name[..name.len().min(1 << 14)];
        let ring = &mut self.capture.ring;
        ring.reserve(id.len() + name.len() + 32);
        put::segment(ring, id, name, kept);
        ring.publish();
    }

    /// Ends the segment. `keep` is a value of the wire's `keep`.
    pub fn end_segment(&mut self, keep: u8) {
        let ring = &mut self.capture.ring;
        ring.reserve(8);
        put::segment_end(ring, keep);
        ring.publish();
    }
}
