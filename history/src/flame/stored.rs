//! All calls of a finished recording in the user's cache, so that the next process need not read the recording for them.

use connie_recording::reader::{FLAMES, Recording};
use connie_wire::codec::{Decoder, Sink};

use super::bar::Bar;
use super::index::{Active, Index, Rows};

/// The number of chunks from which on an index is stored. Fewer are read at once.
const MANY: usize = 8;

impl Index {
    /// The stored index of a recording; otherwise one that begins before the first chunk.
    #[must_use]
    pub fn stored_or_new(recording: &Recording) -> Self {
        let stored = (recording.chunks.len() >= MANY).then(|| recording.stored(&FLAMES)).flatten();
        let mut index = Self::new(recording);
        if let Some(read) = stored.and_then(|bytes| decode(&bytes)) {
            index.take(read, recording);
        }
        index
    }

    /// Stores an index that has the whole recording.
    pub fn keep(&self, recording: &Recording) {
        if self.is_whole(recording) && recording.chunks.len() >= MANY {
            recording.store(&FLAMES, &self.encode());
        }
    }

    /// The calls as bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.varint(self.base);
        bytes.varint(self.lanes.len() as u64);
        for rows in &self.lanes {
            bytes.varint(rows.thread.into());
            bytes.varint(rows.task.into());
            bytes.varint(rows.active as u64);
            bytes.varint(rows.ended.len() as u64);
            for row in &rows.ended {
                encode_row(row, &mut bytes);
            }
        }
        bytes.varint(self.active.len() as u64);
        for (thread, calls) in &self.active {
            bytes.varint((*thread).into());
            bytes.varint(calls.len() as u64);
            for call in calls {
                let numbers = [call.lane as u64, call.depth as u64, call.first, call.code.into()];
                numbers.into_iter().for_each(|n| bytes.varint(n));
            }
        }
        bytes
    }

    /// Takes what was read, as if the whole recording had been read.
    pub(super) fn take(&mut self, read: Read, recording: &Recording) {
        let Read { base, lanes, active } = read;
        self.base = base;
        self.bars = lanes.iter().flat_map(|rows| &rows.ended).map(Vec::len).sum();
        self.known = lanes.iter().enumerate().map(|(n, rows)| ((rows.thread, rows.task), n)).collect();
        self.lanes = lanes;
        self.active = active.into_iter().collect();
        self.next = recording.chunks.len();
        self.read = recording.last_step();
    }
}

/// The bars of a row. They are in order of time.
fn encode_row(row: &[Bar], bytes: &mut Vec<u8>) {
    bytes.varint(row.len() as u64);
    let mut before = 0;
    for bar in row {
        bytes.varint(bar.first - before);
        bytes.varint(bar.last - bar.first);
        bytes.varint(bar.code.into());
        bytes.varint(u64::from(bar.calls) << 1 | u64::from(bar.is_mixed));
        before = bar.first;
    }
}

fn decode_row(input: &mut Decoder<'_>) -> Option<Vec<Bar>> {
    let count = input.count().ok()?;
    let mut before = 0u64;
    let mut bar = |_| {
        let first = before.checked_add(input.varint().ok()?)?;
        let last = first.checked_add(input.varint().ok()?)?;
        let code = input.varint32().ok()?;
        let calls = input.varint().ok()?;
        before = first;
        Some(Bar { first, last, code, calls: u32::try_from(calls >> 1).ok()?, is_mixed: calls & 1 == 1 })
    };
    (0..count).map(&mut bar).collect()
}

/// What a stored index has.
pub(super) struct Read {
    base: u64,
    lanes: Vec<Rows>,
    active: Vec<(u32, Vec<Active>)>,
}

/// The stored calls; `None` if they are damaged.
pub(super) fn decode(bytes: &[u8]) -> Option<Read> {
    let mut input = Decoder::new(bytes);
    let base = input.varint().ok().filter(|base| base.is_power_of_two())?;
    let count = input.count().ok()?;
    let mut lanes = Vec::with_capacity(count.min(1024));
    for _ in 0..count {
        let (thread, task) = (input.varint32().ok()?, input.varint32().ok()?);
        let active = usize::try_from(input.varint().ok()?).ok()?;
        let rows = input.count().ok()?;
        let ended = (0..rows).map(|_| decode_row(&mut input)).collect::<Option<Vec<_>>>()?;
        lanes.push(Rows { thread, task, ended, active });
    }
    let threads = input.count().ok()?;
    let mut active = Vec::new();
    for _ in 0..threads {
        let thread = input.varint32().ok()?;
        let calls = input.count().ok()?;
        let mut call = |_| {
            let lane = usize::try_from(input.varint().ok()?).ok().filter(|lane| *lane < lanes.len())?;
            let depth = usize::try_from(input.varint().ok()?).ok()?;
            Some(Active { lane, depth, first: input.varint().ok()?, code: input.varint32().ok()? })
        };
        active.push((thread, (0..calls).map(&mut call).collect::<Option<Vec<_>>>()?));
    }
    input.is_empty().then_some(Read { base, lanes, active })
}
