//! Reads the next chunk in another thread, for readers that go from chunk to chunk.

use std::cell::{Cell, RefCell};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crate::chunk::{self, Chunk};
use crate::computing::timed;

/// A chunk as stored in the file.
pub(super) struct Packed {
    pub checksum: u32,
    pub data: Vec<u8>,
    /// The format of the file.
    pub version: i32,
}

impl Packed {
    /// # Errors
    /// If it is damaged, with the reason.
    pub fn unpack(&self) -> Result<Chunk, String> {
        if crc32fast::hash(&self.data) != self.checksum {
            return Err("the checksum is wrong".into());
        }
        chunk::decode(&self.data, self.version)
    }
}

/// A chunk, and the time that was computed for it.
type Unpacked = (Result<Chunk, String>, Duration);
type Job = (Packed, Sender<Unpacked>);

/// The chunk that is read ahead.
#[derive(Default)]
pub(super) struct Ahead {
    worker: RefCell<Option<Sender<Job>>>,
    /// By chunk id: indexes change if the file of a flight recorder is read while it is written.
    asked: RefCell<Option<(i64, Receiver<Unpacked>)>>,
    last: Cell<Option<usize>>,
}

impl Ahead {
    /// Takes a chunk (by its id) if it was read ahead.
    pub fn take(&self, id: i64) -> Option<Unpacked> {
        let (_, answer) = self.asked.borrow_mut().take_if(|(asked, _)| *asked == id)?;
        answer.recv().ok()
    }

    /// The index of the chunk needed after this one, if chunks are read one after another in either direction.
    pub fn next(&self, index: usize) -> Option<usize> {
        let last = self.last.replace(Some(index))?;
        match index.abs_diff(last) {
            1 => (index + index).checked_sub(last),
            _ => None,
        }
    }

    /// Reads a chunk ahead.
    pub fn ask(&self, id: i64, packed: Packed) {
        let mut worker = self.worker.borrow_mut();
        let worker = worker.get_or_insert_with(|| {
            let (jobs, todo) = channel::<Job>();
            let work = move || todo.iter().for_each(|(packed, answer)| drop(answer.send(timed(|| packed.unpack()))));
            // Without a thread nothing is read ahead, which only costs time.
            let _ = std::thread::Builder::new().name("read ahead".into()).spawn(work);
            jobs
        });
        let (answer, unpacked) = channel();
        if worker.send((packed, answer)).is_ok() {
            self.asked.replace(Some((id, unpacked)));
        }
    }
}
