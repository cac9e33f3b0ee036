//! Makes the sketches of a recording in a thread of its own, while nobody asks anything, so that questions need not wait
//! for them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::setpriority_process;
use rustix::thread::gettid;

use super::{Again, Recording};
use crate::sketch::Sketch;

/// How much the thread yields to others: as much as possible (0 to 19).
const NICENESS: i32 = 19;

/// The thread that makes sketches. It ends when this is dropped.
pub(super) struct Idle {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Sketches by chunk id that were made and not taken yet.
    made: Mutex<Vec<(i64, Sketch)>>,
    has_any: AtomicBool,
    is_unwanted: AtomicBool,
}

impl Shared {
    fn give(&self, chunk: i64, sketch: Sketch) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push((chunk, sketch));
        self.has_any.store(true, Ordering::Release);
    }
}

impl Idle {
    /// Starts the thread. `None` if that is not possible: questions then make the sketches themselves.
    pub fn start(recording: Again) -> Option<Self> {
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        let work = move || make(&recording, &own);
        std::thread::Builder::new().name("sketches".into()).spawn(work).ok()?;
        Some(Self { shared })
    }

    /// The sketches that were made since the last time, by chunk id.
    pub fn take(&self) -> Vec<(i64, Sketch)> {
        if !self.shared.has_any.swap(false, Ordering::Acquire) {
            return Vec::new();
        }
        std::mem::take(&mut *self.shared.made.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        self.shared.is_unwanted.store(true, Ordering::Relaxed);
    }
}

/// Makes all sketches that are not stored, and stores them. Problems are left to the question that meets them again.
fn make(recording: &Again, shared: &Shared) {
    // In Linux this is the priority of the thread alone.
    let _ = setpriority_process(Some(gettid()), NICENESS);
    let Ok(recording) = recording.open() else { return };
    for index in 0..recording.chunks.len() {
        if shared.is_unwanted.load(Ordering::Relaxed) {
            return;
        }
        if recording.sketch(index).is_some() {
            continue;
        }
        let Some(chunk) = recording.packed(index).ok().and_then(|packed| packed.unpack().ok()) else { continue };
        recording.learn(index, &chunk);
        if let Some(sketch) = recording.sketch(index) {
            shared.give(recording.chunks[index].id, Sketch::clone(&sketch));
        }
    }
    recording.keep_sketches();
}

impl Recording {
    /// Makes the sketches of a finished recording while nobody asks anything, in a thread that ends with this recording.
    /// Does nothing if it was called before.
    pub fn sketch_when_idle(&self) {
        let idle = &self.sketches.idle;
        if !self.info.is_going_on() && idle.borrow().is_none() {
            *idle.borrow_mut() = Idle::start(self.again());
        }
    }
}
