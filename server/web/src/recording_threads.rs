//! Open recordings. Each has a thread, which answers questions one after another; so have two that are compared.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use connie_history::loaded::Loaded;
use connie_recording::Error;
use connie_source::parse::STACK;
use tokio::sync::oneshot;

use crate::failure::Failure;

/// The maximum number of open recordings.
const MAX_RECORDINGS: usize = 4;

/// What a thread reads to answer questions.
pub trait Desk: Sized + 'static {
    /// What it is found by.
    type Key: Clone + PartialEq + Send + 'static;
    /// The maximum number that are open.
    const MAX: usize;

    /// Opens it.
    ///
    /// # Errors
    /// If it cannot be read.
    fn open(key: &Self::Key) -> Result<Self, Error>;

    /// Called before each question.
    fn prepare(&mut self);

    /// Ends the question once `unwanted` is set.
    fn interrupt_by(&mut self, unwanted: Arc<AtomicBool>);
}

impl Desk for Loaded {
    type Key = PathBuf;
    const MAX: usize = MAX_RECORDINGS;

    fn open(path: &PathBuf) -> Result<Self, Error> {
        Loaded::open(path)
    }

    fn prepare(&mut self) {
        if self.is_live() {
            self.refresh();
        }
        self.recording.sketch_when_idle();
    }

    fn interrupt_by(&mut self, unwanted: Arc<AtomicBool>) {
        self.timeline.interrupt_by(unwanted);
    }
}

type Job<D> = Box<dyn FnOnce(&mut D) + Send>;

/// The key of what is open, and its thread.
type Open<D> = (<D as Desk>::Key, mpsc::Sender<Job<D>>);

/// What is open, the most recently used last.
pub struct Threads<D: Desk> {
    open: Mutex<Vec<Open<D>>>,
}

/// The open recordings.
pub type RecordingThreads = Threads<Loaded>;

impl<D: Desk> Default for Threads<D> {
    fn default() -> Self {
        Self { open: Mutex::default() }
    }
}

impl<D: Desk> Threads<D> {
    /// Sends a question to the thread of a recording.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn ask<T: Send + 'static>(
        &self,
        key: &D::Key,
        question: impl FnOnce(&mut D) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        // What is computed is cached, so the question is answered to its end.
        self.send(key, question).await
    }

    /// Sends a question that may take long. It ends early when the returned future is dropped, which happens when the
    /// client leaves.
    ///
    /// # Errors
    /// As for [`Self::ask`].
    pub async fn ask_long<T: Send + 'static>(
        &self,
        key: &D::Key,
        question: impl FnOnce(&mut D) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let unwanted = Unwanted::default();
        let is_unwanted = Arc::clone(&unwanted.0);
        let interruptible = move |desk: &mut D| {
            if is_unwanted.load(Ordering::Relaxed) {
                return Err(Failure::Closed);
            }
            desk.interrupt_by(is_unwanted);
            question(desk)
        };
        self.send(key, interruptible).await
    }

    async fn send<T: Send + 'static>(
        &self,
        key: &D::Key,
        question: impl FnOnce(&mut D) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (answer, answered) = oneshot::channel();
        let job: Job<D> = Box::new(move |desk| {
            let answered = catch_unwind(AssertUnwindSafe(|| question(desk)));
            let _ = answer.send(answered.unwrap_or(Err(Failure::Panicked)));
        });
        // If the thread has ended, the job is returned.
        let job = match self.known(key) {
            Some(desk) => match desk.send(job) {
                Ok(()) => return done(answered).await,
                Err(mpsc::SendError(job)) => job,
            },
            None => job,
        };
        let desk = open::<D>(key).await?;
        let _ = desk.send(job);
        self.keep(key, desk);
        done(answered).await
    }

    fn known(&self, key: &D::Key) -> Option<mpsc::Sender<Job<D>>> {
        let mut open = self.open.lock().unwrap_or_else(|e| e.into_inner());
        let at = open.iter().position(|(known, _)| known == key)?;
        let found = open.remove(at);
        let desk = found.1.clone();
        open.push(found);
        Some(desk)
    }

    fn keep(&self, key: &D::Key, desk: mpsc::Sender<Job<D>>) {
        let mut open = self.open.lock().unwrap_or_else(|e| e.into_inner());
        open.retain(|(known, _)| known != key);
        if open.len() >= D::MAX {
            open.remove(0);
        }
        open.push((key.clone(), desk));
    }

    /// Closes what has a key for which `is_it` is true.
    pub fn close(&self, is_it: impl Fn(&D::Key) -> bool) {
        self.open.lock().unwrap_or_else(|e| e.into_inner()).retain(|(known, _)| !is_it(known));
    }
}

/// Tells the thread that answers that nobody waits for the answer any more, once it is dropped.
#[derive(Default)]
struct Unwanted(Arc<AtomicBool>);

impl Drop for Unwanted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

async fn done<T>(answered: oneshot::Receiver<Result<T, Failure>>) -> Result<T, Failure> {
    answered.await.unwrap_or(Err(Failure::Closed))
}

/// Opens something in a thread, which ends when its sender is dropped.
async fn open<D: Desk>(key: &D::Key) -> Result<mpsc::Sender<Job<D>>, Failure> {
    let (jobs, queue) = mpsc::channel::<Job<D>>();
    let (opened, is_open) = oneshot::channel();
    let key = key.clone();
    let begun = std::thread::Builder::new().name("connie-desk".into()).stack_size(STACK).spawn(move || {
        let mut desk = match D::open(&key) {
            Ok(desk) => desk,
            Err(error) => {
                let _ = opened.send(Err::<(), Error>(error));
                return;
            }
        };
        let _ = opened.send(Ok(()));
        for job in queue {
            desk.prepare();
            // What interrupted the question before does not interrupt this one.
            desk.interrupt_by(Arc::default());
            job(&mut desk);
        }
    });
    begun?;
    match is_open.await {
        Ok(opened) => opened.map(|()| jobs).map_err(Failure::from),
        Err(_) => Err(Failure::PanickedOpening),
    }
}
