//! What the calls of tools share: recordings, and which calls are not answered yet.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::desks::Desks;
use crate::stop::Stop;
use crate::store::Store;

/// What the calls of tools share.
pub struct Shared {
    /// The recordings.
    pub store: Store,
    /// Those that are open.
    pub desks: Desks,
    /// The calls that are not answered yet.
    pub calls: Calls,
}

/// The calls that are not answered yet.
#[derive(Default)]
pub struct Calls {
    stops: Mutex<Vec<Stop>>,
    /// Actions that have not ended, whether somebody waits for them or not.
    pub(crate) running: AtomicUsize,
}

impl Calls {
    /// Does something that the server waits for when the client leaves.
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

/// A call that is not answered yet; it is stopped when nobody waits for it.
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
