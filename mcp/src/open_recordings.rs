//! Open recordings. Each has a thread, which answers questions one after another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use connie_history::loaded::Loaded;
use connie_history::timeline::Timeline;
use connie_recording::Error;
use connie_source::parse::STACK;
use tokio::sync::oneshot;

use crate::refusal::Refusal;
use crate::stop::Stop;

/// The maximum number of open recordings.
const MAX_RECORDINGS: usize = 4;

type Question = Box<dyn FnOnce(&mut Loaded) + Send>;

/// The thread of a recording.
#[derive(Clone)]
struct OpenRecording {
    questions: mpsc::Sender<(Stop, Question)>,
}

/// The open recordings, the most recently used last.
#[derive(Default)]
pub struct OpenRecordings {
    open: Mutex<Vec<(PathBuf, OpenRecording)>>,
}

impl OpenRecordings {
    /// Sends a question to the thread of a recording. The question ends early when `stop` is stopped.
    ///
    /// # Errors
    /// If the recording cannot be read, or the question has no answer.
    pub async fn ask<T: Send + 'static>(
        &self,
        path: &Path,
        stop: &Stop,
        question: impl FnOnce(&mut Loaded) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let (answer, answered) = oneshot::channel();
        let stopped = stop.clone();
        let question: Question = Box::new(move |loaded| {
            let found = match stopped.is_stopped() {
                true => Err(Refusal::Cancelled),
                false => catch_unwind(AssertUnwindSafe(|| question(loaded))).unwrap_or(Err(Refusal::Fault)),
            };
            let _ = answer.send(found);
        });
        // If the thread has ended, the question is returned.
        let question = match self.known(path) {
            Some(recording) => match recording.questions.send((stop.clone(), question)) {
                Ok(()) => return answered.await.unwrap_or(Err(Refusal::Fault)),
                Err(mpsc::SendError((_, question))) => question,
            },
            None => question,
        };
        let recording = open(path).await?;
        let _ = recording.questions.send((stop.clone(), question));
        self.keep(path, recording);
        answered.await.unwrap_or(Err(Refusal::Fault))
    }

    fn known(&self, path: &Path) -> Option<OpenRecording> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let at = open.iter().position(|(known, _)| known == path)?;
        let found = open.remove(at);
        let recording = found.1.clone();
        open.push(found);
        Some(recording)
    }

    fn keep(&self, path: &Path, recording: OpenRecording) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(known, _)| known != path);
        if open.len() >= MAX_RECORDINGS {
            open.remove(0);
        }
        open.push((path.into(), recording));
    }
}

/// Opens a recording in a thread, which ends when its sender is dropped.
async fn open(path: &Path) -> Result<OpenRecording, Refusal> {
    let (questions, queue) = mpsc::channel::<(Stop, Question)>();
    let (opened, is_open) = oneshot::channel();
    let path = path.to_path_buf();
    let begun = std::thread::Builder::new().name("connie-recording".into()).stack_size(STACK).spawn(move || {
        let interrupt = Arc::new(AtomicBool::new(false));
        let mut loaded = match Loaded::open(&path) {
            Ok(loaded) => loaded,
            Err(error) => {
                let _ = opened.send(Err::<(), Error>(error));
                return;
            }
        };
        loaded.timeline = Timeline::interrupted_by(Arc::clone(&interrupt));
        let _ = opened.send(Ok(()));
        for (stop, question) in queue {
            interrupt.store(false, Ordering::Relaxed);
            let own = Arc::clone(&interrupt);
            stop.on_stop(move || own.store(true, Ordering::Relaxed));
            if loaded.is_live() {
                loaded.refresh();
            }
            loaded.recording.sketch_when_idle();
            question(&mut loaded);
            stop.done();
        }
    });
    begun.map_err(|_| Refusal::Fault)?;
    match is_open.await {
        Ok(opened) => opened.map(|()| OpenRecording { questions }).map_err(Refusal::from),
        Err(_) => Err(Refusal::Fault),
    }
}
