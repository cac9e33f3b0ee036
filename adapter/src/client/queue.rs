//! Bytes that wait for the client to read them. A separate thread writes them, so that a client that does not read
//! blocks nobody else. The number of waiting bytes is limited, and so is the time.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The number of bytes that may wait before the session blocks.
const MAX_QUEUED_BYTES: usize = 32 << 20;
/// How long the client may read nothing while that many bytes wait.
const PATIENCE: Duration = Duration::from_secs(20);
/// The same for the last messages of a session.
const FAREWELL: Duration = Duration::from_secs(5);
/// The number of bytes that are written at once. Each piece that is written shows that the client reads.
const PIECE: usize = 64 << 10;

/// Why nothing can be sent any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The client has closed its end.
    Gone,
    /// The client does not read.
    Unread,
}

/// The queue, and the thread that writes its messages.
pub struct Queue(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    waiting: VecDeque<Vec<u8>>,
    /// Number of bytes not written yet, including those that are being written.
    bytes: usize,
    /// When the client read something last.
    progress: Instant,
    lost: Option<Lost>,
    /// Whether no more messages will come.
    closed: bool,
}

impl Queue {
    /// A queue that writes to this stream.
    pub fn to(out: Box<dyn Write + Send>) -> Self {
        let state = State { waiting: VecDeque::new(), bytes: 0, progress: Instant::now(), lost: None, closed: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let ours = Arc::clone(&shared);
        std::thread::spawn(move || ours.write_all(out));
        Self(shared)
    }

    /// Sends a message. Blocks while too many bytes wait.
    ///
    /// # Errors
    /// If the client does not read any more.
    pub fn push(&self, message: Vec<u8>) -> Result<(), Lost> {
        let mut state = self.0.lock();
        if state.bytes == 0 {
            state.progress = Instant::now();
        }
        state.bytes += message.len();
        state.waiting.push_back(message);
        self.0.changed.notify_all();
        self.0.wait_for_less(state, MAX_QUEUED_BYTES, PATIENCE)
    }

    /// Waits until everything was sent, as long as the client reads.
    pub fn flush(&self) {
        let _ = self.0.wait_for_less(self.0.lock(), 0, FAREWELL);
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until at most `most` bytes wait.
    fn wait_for_less(&self, mut state: MutexGuard<'_, State>, most: usize, patience: Duration) -> Result<(), Lost> {
        loop {
            if let Some(lost) = state.lost {
                return Err(lost);
            }
            if state.bytes <= most {
                return Ok(());
            }
            let Some(left) = patience.checked_sub(state.progress.elapsed()) else {
                state.lost = Some(Lost::Unread);
                state.waiting.clear();
                self.changed.notify_all();
                return Err(Lost::Unread);
            };
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Writes messages until no more will come.
    fn write_all(&self, mut out: Box<dyn Write + Send>) {
        loop {
            let mut state = self.lock();
            let message = loop {
                if state.lost.is_some() {
                    return;
                }
                if let Some(message) = state.waiting.pop_front() {
                    break message;
                }
                if state.closed {
                    return;
                }
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            };
            let is_last = state.waiting.is_empty();
            drop(state);
            for piece in message.chunks(PIECE) {
                let mut sent = out.write_all(piece);
                if sent.is_ok() && is_last {
                    sent = out.flush();
                }
                let mut state = self.lock();
                state.bytes -= piece.len();
                state.progress = Instant::now();
                if sent.is_err() {
                    state.lost.get_or_insert(Lost::Gone);
                }
                self.changed.notify_all();
                if state.lost.is_some() {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn all_is_sent_in_order_to_who_reads() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let queue = Queue::to(Box::new(ours));
        let reading = std::thread::spawn(move || {
            let mut found = Vec::new();
            theirs.read_to_end(&mut found).map(|_| found)
        });
        for n in 0..100u8 {
            queue.push(vec![n; 1 << 20]).unwrap();
        }
        queue.flush();
        drop(queue);
        let found = reading.join().unwrap().unwrap();
        assert!(
            found.len() == 100 << 20
                && found.chunks(1 << 20).enumerate().all(|(n, part)| part == vec![n as u8; 1 << 20])
        );
    }

    #[test]
    fn who_reads_nothing_is_lost_in_bounds() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let queue = Queue::to(Box::new(ours));
        for _ in 0..30 {
            queue.push(vec![0; 1 << 20]).unwrap();
        }
        let short = Duration::from_millis(50);
        assert_eq!(queue.0.wait_for_less(queue.0.lock(), 1 << 20, short), Err(Lost::Unread));
        assert_eq!(queue.push(vec![0]), Err(Lost::Unread));
        assert!(queue.0.lock().waiting.len() < 2);
        drop(theirs);
    }

    #[test]
    fn who_has_gone_is_noticed() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        drop(theirs);
        let queue = Queue::to(Box::new(ours));
        let _ = queue.push(vec![0]);
        queue.flush();
        assert_eq!(queue.push(vec![0]), Err(Lost::Gone));
    }
}
