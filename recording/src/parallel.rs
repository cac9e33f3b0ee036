//! Works on many jobs with all processors, and gives the results in the order of the jobs.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

/// The maximum number of threads: each holds a few decoded chunks.
const MAX_THREADS: usize = 8;

/// Bytes of stack of a thread, as much as where expressions are parsed and evaluated otherwise.
const STACK: usize = 16 << 20;

/// The number of threads that a search may use.
#[must_use]
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(MAX_THREADS)
}

/// Applies `work` to each job in other threads. Each thread has a state of its own, made by `state`. `each` gets the
/// results in the order of the jobs, and returns whether to continue. Only a few jobs are taken in advance.
///
/// # Panics
/// If `state` or `work` panics: no later result is waited for.
pub fn in_order<J: Send, S, T: Send>(
    jobs: impl IntoIterator<Item = J>,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, J) -> T + Sync,
    mut each: impl FnMut(T) -> bool,
) {
    let (give, todo) = channel::<(usize, J)>();
    let (finished, results) = channel::<Option<(usize, T)>>();
    let todo = Mutex::new(todo);
    std::thread::scope(|scope| {
        let start = |_: &usize| {
            let (finished, todo, state, work) = (finished.clone(), &todo, &state, &work);
            let builder = std::thread::Builder::new().name("search".into()).stack_size(STACK);
            let run = move || {
                // Others go on with their jobs, but nobody would give the result of this one.
                let panicked = Panicked(&finished);
                run(todo, &finished, state(), work);
                std::mem::forget(panicked);
            };
            builder.spawn_scoped(scope, run).is_ok()
        };
        let workers = (0..threads()).filter(start).count();
        if workers == 0 {
            // Without threads it only takes longer.
            let mut own = state();
            let _ = jobs.into_iter().all(|job| each(work(&mut own, job)));
            return;
        }
        drop(finished);
        let mut jobs = jobs.into_iter();
        let mut early: BTreeMap<usize, T> = BTreeMap::new();
        let (mut given, mut next) = (0, 0);
        loop {
            while given <= next + 2 * workers
                && let Some(job) = jobs.next()
                && give.send((given, job)).is_ok()
            {
                given += 1;
            }
            if next == given {
                break;
            }
            let result = loop {
                if let Some(result) = early.remove(&next) {
                    break result;
                }
                // The scope passes the panic of a thread on.
                let Ok(Some((n, result))) = results.recv() else { return };
                early.insert(n, result);
            };
            next += 1;
            if !each(result) {
                break;
            }
        }
        // The threads end when there are no more jobs; those that were given are not worth finishing.
        drop(give);
        drop(results);
    });
}

/// Tells the receiver of results, when it is dropped, that a thread ends by a panic.
struct Panicked<'s, T>(&'s Sender<Option<(usize, T)>>);

impl<T> Drop for Panicked<'_, T> {
    fn drop(&mut self) {
        let _ = self.0.send(None);
    }
}

fn run<J, S, T>(
    todo: &Mutex<Receiver<(usize, J)>>,
    finished: &Sender<Option<(usize, T)>>,
    mut state: S,
    work: impl Fn(&mut S, J) -> T,
) {
    loop {
        let job = todo.lock().ok().and_then(|todo| todo.recv().ok());
        let Some((n, job)) = job else { return };
        if finished.send(Some((n, work(&mut state, job)))).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn results_come_in_order_and_stop_when_asked() {
        let mut got = Vec::new();
        let slow = |(): &mut (), n: u64| {
            std::thread::sleep(std::time::Duration::from_micros(n * 37 % 100));
            n * n
        };
        in_order(
            0..500,
            || (),
            slow,
            |n| {
                got.push(n);
                true
            },
        );
        assert_eq!(got, (0..500).map(|n| n * n).collect::<Vec<_>>());
        let (mut taken, mut seen) = (0, 0);
        in_order(
            (0..500).inspect(|_| taken += 1),
            || (),
            slow,
            |n| {
                seen += 1;
                n < 100
            },
        );
        assert_eq!(seen, 11);
        assert!(taken < 50, "{taken}");
        in_order(std::iter::empty(), || (), slow, |_| panic!("there is no job"));
    }

    #[test]
    fn a_panic_of_a_worker_is_passed_on() {
        let mut last = None;
        let run = || {
            let work = |(): &mut (), n: u64| {
                assert!(n != 20, "the job is at fault");
                n
            };
            in_order(
                0..500,
                || (),
                work,
                |n| {
                    last = Some(n);
                    true
                },
            );
        };
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
        assert!(panicked.is_err());
        assert!(last.is_none_or(|last| last < 20), "{last:?}");
        let state = || panic!("no thread can begin");
        let none = || in_order(0..500, state, |(), n| n, |n| n < 1);
        assert!(std::panic::catch_unwind(none).is_err());
    }
}
