//! Stops questions that take long.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

type Hook = Box<dyn Fn() + Send>;

/// Signals to a question that its answer is not wanted any more. Clones share the signal.
#[derive(Clone, Default)]
pub struct Stop(Arc<State>);

#[derive(Default)]
struct State {
    stopped: AtomicBool,
    hooks: Mutex<Vec<Hook>>,
}

impl Stop {
    /// Whether the answer is not wanted any more.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::Relaxed)
    }

    /// Stops the question.
    pub fn stop(&self) {
        let hooks = self.hooks();
        self.0.stopped.store(true, Ordering::Relaxed);
        hooks.iter().for_each(|hook| hook());
    }

    /// Calls `hook` when the question is stopped; at once if it already was.
    pub(crate) fn on_stop(&self, hook: impl Fn() + Send + 'static) {
        let mut hooks = self.hooks();
        if self.is_stopped() {
            hook();
        }
        hooks.push(Box::new(hook));
    }

    /// Removes all hooks after the question was answered.
    pub(crate) fn done(&self) {
        self.hooks().clear();
    }

    fn hooks(&self) -> std::sync::MutexGuard<'_, Vec<Hook>> {
        self.0.hooks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
