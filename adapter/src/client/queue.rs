//! Bytes that wait for the client to read them. A thread of its own writes, so that a client that does not read
//! holds up nothing but itself: there is a bound on what waits, and on how long.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes that may wait before the session waits for the client.
const MAX_QUEUED_BYTES: usize = 32 << 20;
/// How long the client may read nothing at all when that many wait.
const PATIENCE: Duration = Duration::from_secs(20);
/// The same for the last messages of a session.
const FAREWELL: Duration = Duration::from_secs(5);
/// Bytes that are written at a time: each piece shows that the client reads.
const PIECE: usize = 64 << 10;

/// Why nothing can be sent any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The client has closed its end.
    Gone,
    /// The client reads nothing.
    Unread,
}

/// What waits, and the thread that writes it.
pub struct Queue(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    waiting: VecDeque<Vec<u8>>,
    /// Bytes that were not written yet, those that are being written among them.
    bytes: usize,
    /// When the client read something last.
    progress: Instant,
    lost: Option<Lost>,
    /// Nothing more will come.
    closed: bool,
}

impl Queue {
    /// To this stream.
    pub fn to(out: Box<dyn Write + Send>) -> Self {
        let state = State { waiting: VecDeque::new(), bytes: 0, progress: Instant::now(), lost: None, closed: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let ours = Arc::clone(&shared);
        std::thread::spawn(move || ours.write_all(out));
        Self(shared)
    }

    /// Sends a message. Waits where too much was not read yet.
    ///
    /// # Errors
    /// If nobody reads any more.
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

    /// Waits until all was sent, as long as the client reads.
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

    /// Waits until no more than so many bytes wait.
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

    /// Writes what comes, until nothing more will.
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
