//! The state that tool calls share: recordings, and unanswered calls.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::open_recordings::OpenRecordings;
use crate::stop::Stop;
use crate::store::Store;

/// The state that tool calls share.
pub struct Shared {
    /// The recordings.
    pub store: Store,
    /// The open recordings.
    pub open_recordings: OpenRecordings,
    /// The unanswered calls.
    pub calls: Calls,
}

/// The unanswered calls.
#[derive(Default)]
pub struct Calls {
    stops: Mutex<Vec<Stop>>,
    /// The number of running actions, even if no client waits for them.
    pub(crate) running: AtomicUsize,
}

impl Calls {
    /// Runs an action whose end the server awaits when the client leaves.
    pub fn while_running<T>(&self, act: impl FnOnce() -> T) -> T {
        self.running.fetch_add(1, Ordering::Relaxed);
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(act));
        self.running.fetch_sub(1, Ordering::Relaxed);
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    pub(crate) fn stops(&self) -> std::sync::MutexGuard<'_, Vec<Stop>> {
        self.stops.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An unanswered call. It is stopped when it is dropped because no client waits for it.
pub(crate) struct Call {
    shared: Arc<Shared>,
    pub(crate) stop: Stop,
}

impl Call {
    /// Begins a call.
    pub(crate) fn begin(shared: &Arc<Shared>) -> Self {
        let stop = Stop::default();
        shared.calls.stops().push(stop.clone());
        Self { shared: Arc::clone(shared), stop }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.stop.stop();
        self.shared.calls.stops().retain(|stop| !stop.is_stopped());
    }
}
