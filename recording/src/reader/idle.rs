//! A thread of the lowest priority that makes the sketches of a recording before the first question needs them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::setpriority_process;
use rustix::thread::gettid;

use crate::sketch::Sketch;

/// How much the thread yields to others: as much as possible (0 to 19).
const NICENESS: i32 = 19;

/// The thread that makes sketches. It ends when this is dropped.
pub(super) struct Idle {
    shared: Arc<Shared>,
}

/// What the thread and the recording share.
#[derive(Default)]
pub(super) struct Shared {
    /// Sketches by chunk id that were made and not taken yet.
    made: Mutex<Vec<(i64, Sketch)>>,
    has_any: AtomicBool,
    is_unwanted: AtomicBool,
}

impl Shared {
    /// Gives a sketch of a chunk (by id) to the recording.
    pub fn give(&self, chunk: i64, sketch: Sketch) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push((chunk, sketch));
        self.has_any.store(true, Ordering::Release);
    }

    /// Whether the recording is closed.
    pub fn is_unwanted(&self) -> bool {
        self.is_unwanted.load(Ordering::Relaxed)
    }
}

impl Idle {
    /// Starts the thread, which does `make`. `None` if that is not possible: questions then make the sketches themselves.
    pub fn start(make: impl FnOnce(&Shared) + Send + 'static) -> Option<Self> {
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        let work = move || {
            // In Linux this is the priority of the thread alone.
            let _ = setpriority_process(Some(gettid()), NICENESS);
            make(&own);
        };
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
