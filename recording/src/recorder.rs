//! The recorder: it takes ops and writes one SQLite file.

use std::path::Path;
use std::time::{Duration, Instant};

use connie_wire::op::visit;
use connie_wire::verdict::Verdict;
use connie_wire::{Decoder, ticks};
use rusqlite::params;
use rustc_hash::FxHashMap;

use crate::chunk::{self, Context};
use crate::error::Error;
use crate::fronted::Fronted;
use crate::reserve::Reserve;
use crate::schema;
use crate::sidefiles;

mod again;
mod archive;
mod births;
mod closing;
mod contents;
mod define;
mod definition;
mod events;
mod exceptions;
mod finish;
mod frequent;
mod handling;
mod intake;
mod kept;
mod library_errors;
mod redact;
mod started;
mod state;
mod stream;
mod tail;
mod take;
mod threads;
mod types;
mod write;

use births::Births;
use intake::Intake;
pub use kept::Tail;
pub use started::Silent;
use started::Started;
pub use state::Recorder;
use stream::{Known, Stream};
use threads::Threads;
pub use types::{LeftOut, Outcome, Run, Summary};
use types::{Tables, now};

/// The largest number of left-out files that are listed.
const MAX_LEFT_OUT: usize = 1000;
/// The longest text of what is missing from the recording, in bytes.
const MAX_TROUBLE: usize = 2000;

impl Recorder {
    /// Creates the file of the recording.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn create(path: &Path, run: &Run) -> Result<Self, Error> {
        if path.symlink_metadata().is_ok() {
            let why = "there is a file of this name already: name another one, or remove it (connie delete)";
            let source = std::io::Error::new(std::io::ErrorKind::AlreadyExists, why);
            return Err(Error::Io { path: path.into(), source });
        }
        sidefiles::remove_left_over(path)?;
        let (redactor, run) = redact::of_run(run);
        // Must come before the file can be read: a recording without a recorder counts as interrupted.
        let reserve = Reserve::create(path)?;
        let argv = serde_json::to_string(&run.argv).unwrap_or_default();
        let connection = schema::create(path, |connection| {
            connection.execute(
                "INSERT INTO recording (id, name, argv, cwd, root, started, settings, connie) VALUES (?,?,?,?,?,?,?,?)",
                params![run.id, run.name, argv, run.cwd, run.root, now(), run.settings, env!("CARGO_PKG_VERSION")],
            )
        })?;
        let context = Context::default();
        let writer = chunk::Writer::new(&context);
        let compressor = chunk::compressor().map_err(|source| Error::Io { path: path.into(), source })?;
        Ok(Self {
            path: path.into(),
            reserve,
            connection,
            command: run.command,
            redactor,
            context,
            live: Fronted::default(),
            tables: Tables::default(),
            codes: Vec::new(),
            threads: Threads::default(),
            writer,
            compressor,
            chunk: 0,
            chunk_lines: Vec::new(),
            chunk_depths: std::collections::BTreeMap::new(),
            least: (0, 0),
            touched: Vec::new(),
            listed: 0,
            chunk_first_step: 1,
            births: Births::default(),
            streams: vec![Stream::default()],
            stream: 0,
            process: 1,
            known: Known::default(),
            spare: frequent::Spare::default(),
            qualified: FxHashMap::default(),
            handling: FxHashMap::default(),
            raised_at: FxHashMap::default(),
            texts: FxHashMap::default(),
            chains: FxHashMap::default(),
            tasks: 0,
            last: 0,
            now: 0,
            steps: 0,
            clock: (ticks(), Instant::now()),
            committed: Instant::now(),
            chunked: Instant::now(),
            in_transaction: false,
            trouble: None,
            left_out: Vec::new(),
            started: Started::default(),
            most_steps: u64::MAX,
            kept: None,
            patience: Duration::from_secs(2),
        })
    }

    /// Ends chunks after 50 milliseconds: somebody reads the recording while it is made.
    pub fn write_at_once(&mut self) {
        self.patience = Duration::from_millis(50);
    }

    /// Notes that the program has started, with its process id and its Python version (minor, micro).
    ///
    /// # Errors
    /// If the row cannot be written.
    pub fn set_python(&mut self, pid: u32, minor: u32, micro: u32) -> Result<(), Error> {
        self.tables.minor = minor;
        self.tables.micro = micro;
        let version = format!("3.{minor}.{micro}");
        self.insert("INSERT INTO processes (id, pid, version, started) VALUES (1,?,?,?)", params![pid, version, now()])
    }

    /// Notes that the recorded segment has ended in an orderly way.
    pub fn end_of_segment(&mut self) {
        self.streams[0].ended = true;
    }

    /// Notes why the recording is kept, or what else is to know of it (see [`crate::reader::Info::kept`]).
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn set_kept(&mut self, kept: &str) -> Result<(), Error> {
        self.insert("UPDATE recording SET settings = json_set(settings, '$.kept', ?1)", params![kept])
    }

    /// Whether somebody has asked for the recording to end and be removed.
    pub fn is_unwanted(&self) -> bool {
        self.reserve.is_gone()
    }

    /// Releases the lock of the recording: nothing is recorded any more, and whoever waits may remove the file.
    pub fn let_go(&mut self) {
        self.reserve.unlock();
    }

    /// Number of steps so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Size on disk so far, in bytes.
    pub fn size(&self) -> u64 {
        let size = |suffix: &str| {
            let mut path = self.path.clone().into_os_string();
            path.push(suffix);
            std::fs::metadata(path).map_or(0, |metadata| metadata.len())
        };
        size("") + size("-wal")
    }

    /// Stores whole ops of a stream, up to the first step written after `until` (in ticks since the first process
    /// began). Takes about a megabyte at most. Returns the number of bytes taken.
    ///
    /// # Errors
    /// If the bytes are not valid ops, or the file cannot be written.
    pub fn feed(&mut self, stream: usize, bytes: &[u8], until: i64) -> Result<usize, Error> {
        let mut decoder = Decoder::new(bytes);
        self.stream = stream;
        while !decoder.is_empty() && decoder.position() < 1 << 20 && self.steps < self.most_steps {
            let own = &self.streams[stream];
            if own.clock > until && !own.open {
                break;
            }
            if until == i64::MAX {
                let frequent = self.take_frequent(decoder.rest())?;
                if frequent > 0 {
                    decoder.take(frequent)?;
                    continue;
                }
            }
            visit(&mut decoder, &mut Intake(self))??;
        }
        Ok(decoder.position())
    }

    /// Records at most this many steps. Ops after them are not taken from the stream.
    pub fn limit_steps(&mut self, most: u64) {
        self.most_steps = most;
    }

    /// Notes why the recording is incomplete. Each reason is stored once.
    pub fn note(&mut self, why: &str) {
        match &mut self.trouble {
            None => self.trouble = Some(why.to_owned()),
            Some(known) if known.split("; ").any(|known| known == why) => {}
            // A program may start thousands of processes.
            Some(known) if known.len() > MAX_TROUBLE => {}
            Some(known) => known.extend(["; ", why]),
        }
    }

    /// The last line that the program wrote to stderr, if there is one.
    #[must_use]
    pub fn last_words(&self) -> Option<String> {
        let read = || -> rusqlite::Result<Vec<u8>> {
            let sql = "SELECT text FROM output WHERE stream = 2 ORDER BY step DESC LIMIT 64";
            let mut statement = self.connection.prepare(sql)?;
            let pieces = statement.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
            let mut pieces: Vec<Vec<u8>> = pieces.collect::<rusqlite::Result<_>>()?;
            pieces.reverse();
            Ok(pieces.concat())
        };
        let text = String::from_utf8_lossy(&read().ok()?).into_owned();
        text.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
    }

    /// The processes that were started but never reported to the recorder.
    pub fn silent(&self) -> &[Silent] {
        self.started.silent()
    }

    /// Notes a file whose code ran but is not recorded.
    fn leave_out(&mut self, verdict: Verdict, path: String) {
        let left_out = LeftOut { verdict, path };
        if self.left_out.len() < MAX_LEFT_OUT && !self.left_out.contains(&left_out) {
            self.left_out.push(left_out);
        }
    }

    /// The files whose code ran but is not recorded; `None` if any code was recorded.
    pub fn nothing_recorded(&self) -> Option<&[LeftOut]> {
        self.codes.is_empty().then_some(&self.left_out)
    }

    /// Writes what has waited for long enough to disk. To be called regularly.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn tick(&mut self) -> Result<(), Error> {
        if self.committed.elapsed() > self.patience.min(Duration::from_millis(500)) {
            if self.writer.steps > 0 && self.chunked.elapsed() > self.patience {
                self.end_chunk()?;
            }
            self.commit()?;
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests;
