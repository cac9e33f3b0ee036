//! The state of threads. The current thread is kept at hand, as nearly every step needs it.

use super::types::ThreadStats;

/// The threads, ascending by number.
#[derive(Default)]
pub(super) struct Threads {
    all: Vec<(u32, ThreadStats)>,
    /// Index of the current thread; past the end if there is none.
    current: usize,
}

impl Threads {
    fn place(&self, thread: u32) -> Result<usize, usize> {
        self.all.binary_search_by_key(&thread, |(known, _)| *known)
    }

    /// The current thread.
    #[inline(always)]
    pub(super) fn current(&mut self) -> Option<&mut ThreadStats> {
        self.all.get_mut(self.current).map(|(_, thread)| thread)
    }

    /// Makes a thread the current one.
    pub(super) fn switch(&mut self, thread: u32) {
        self.current = self.place(thread).unwrap_or(usize::MAX);
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn contains(&self, thread: u32) -> bool {
        self.place(thread).is_ok()
    }

    pub(super) fn get(&self, thread: u32) -> Option<&ThreadStats> {
        self.place(thread).ok().map(|at| &self.all[at].1)
    }

    pub(super) fn get_mut(&mut self, thread: u32) -> Option<&mut ThreadStats> {
        self.place(thread).ok().map(|at| &mut self.all[at].1)
    }

    /// Adds a thread that is not known yet. Call [`Self::switch`] next, as indexes have changed.
    pub(super) fn add(&mut self, thread: u32, stats: ThreadStats) {
        if let Err(place) = self.place(thread) {
            self.all.insert(place, (thread, stats));
        }
        self.current = usize::MAX;
    }

    /// Removes a thread. No thread is the current one afterwards.
    pub(super) fn remove(&mut self, thread: u32) {
        if let Ok(place) = self.place(thread) {
            self.all.remove(place);
        }
        self.current = usize::MAX;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &ThreadStats)> {
        self.all.iter().map(|(thread, stats)| (*thread, stats))
    }

    /// The numbers of all threads.
    pub(super) fn numbers(&self) -> Vec<u32> {
        self.all.iter().map(|(thread, _)| *thread).collect()
    }
}
