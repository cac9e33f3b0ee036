//! Open recordings. Each has a thread, which answers questions one after another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use connie_history::loaded::Loaded;
use connie_recording::Error;
use connie_source::parse::STACK;
use tokio::sync::oneshot;

use crate::failure::Failure;

/// The maximum number of open recordings.
const MAX_RECORDINGS: usize = 4;

type Job = Box<dyn FnOnce(&mut Loaded) + Send>;

/// The open recordings, the most recently used last.
#[derive(Default)]
pub struct RecordingThreads {
    open: Mutex<Vec<(PathBuf, mpsc::Sender<Job>)>>,
}

impl RecordingThreads {
    /// Sends a question to the thread of a recording.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn ask<T: Send + 'static>(
        &self,
        path: &Path,
        question: impl FnOnce(&mut Loaded) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        // What is computed is cached, so the question is answered to its end.
        self.send(path, question).await
    }

    /// Sends a question that may take long. It ends early when the returned future is dropped, which happens when the
    /// client leaves.
    ///
    /// # Errors
    /// As for [`Self::ask`].
    pub async fn ask_long<T: Send + 'static>(
        &self,
        path: &Path,
        question: impl FnOnce(&mut Loaded) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let unwanted = Unwanted::default();
        let is_unwanted = Arc::clone(&unwanted.0);
        let interruptible = move |loaded: &mut Loaded| {
            if is_unwanted.load(Ordering::Relaxed) {
                return Err(Failure::Closed);
            }
            loaded.timeline.interrupt_by(is_unwanted);
            question(loaded)
        };
        self.send(path, interruptible).await
    }

    async fn send<T: Send + 'static>(
        &self,
        path: &Path,
        question: impl FnOnce(&mut Loaded) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |loaded| {
            let answered = catch_unwind(AssertUnwindSafe(|| question(loaded)));
            let _ = answer.send(answered.unwrap_or(Err(Failure::Panicked)));
        });
        // If the thread has ended, the job is returned.
        let job = match self.known(path) {
            Some(desk) => match desk.send(job) {
                Ok(()) => return done(answered).await,
                Err(mpsc::SendError(job)) => job,
            },
            None => job,
        };
        let desk = open(path).await?;
        let _ = desk.send(job);
        self.keep(path, desk);
        done(answered).await
    }

    fn known(&self, path: &Path) -> Option<mpsc::Sender<Job>> {
        let mut open = self.open.lock().unwrap_or_else(|e| e.into_inner());
        let at = open.iter().position(|(known, _)| known == path)?;
        let found = open.remove(at);
        let desk = found.1.clone();
        open.push(found);
        Some(desk)
    }

    fn keep(&self, path: &Path, desk: mpsc::Sender<Job>) {
        let mut open = self.open.lock().unwrap_or_else(|e| e.into_inner());
        open.retain(|(known, _)| known != path);
        if open.len() >= MAX_RECORDINGS {
            open.remove(0);
        }
        open.push((path.into(), desk));
    }

    /// Closes a recording.
    pub fn close(&self, path: &Path) {
        self.open.lock().unwrap_or_else(|e| e.into_inner()).retain(|(known, _)| known != path);
    }
}

/// Tells the thread that answers that nobody waits for the answer any more, once it is dropped.
#[derive(Default)]
pub struct Unwanted(Arc<AtomicBool>);

impl Unwanted {
    /// Tells whether somebody still waits.
    pub fn is_wanted(&self) -> impl Fn() -> bool + Send + 'static {
        let unwanted = Arc::clone(&self.0);
        move || !unwanted.load(Ordering::Relaxed)
    }
}

impl Drop for Unwanted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn done<T>(answered: oneshot::Receiver<Result<T, Failure>>) -> Result<T, Failure> {
    answered.await.unwrap_or(Err(Failure::Closed))
}

/// Opens a recording in a thread, which ends when its sender is dropped.
async fn open(path: &Path) -> Result<mpsc::Sender<Job>, Failure> {
    let (jobs, queue) = mpsc::channel::<Job>();
    let (opened, is_open) = oneshot::channel();
    let path = path.to_path_buf();
    let begun = std::thread::Builder::new().name("connie-desk".into()).stack_size(STACK).spawn(move || {
        let mut loaded = match Loaded::open(&path) {
            Ok(loaded) => loaded,
            Err(error) => {
                let _ = opened.send(Err::<(), Error>(error));
                return;
            }
        };
        let _ = opened.send(Ok(()));
        for job in queue {
            if loaded.is_live() {
                loaded.refresh();
            }
            loaded.recording.sketch_when_idle();
            // What interrupted the question before does not interrupt this one.
            loaded.timeline.interrupt_by(Arc::default());
            job(&mut loaded);
        }
    });
    begun?;
    match is_open.await {
        Ok(opened) => opened.map(|()| jobs).map_err(Failure::from),
        Err(_) => Err(Failure::PanickedOpening),
    }
}
