//! The state of the recorder. Its methods are in the files beside this one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use connie_source::qualified::QualifiedNames;
use rusqlite::Connection;
use rustc_hash::FxHashMap;

use super::births::Births;
use super::frequent::Spare;
use super::handling::Handling;
use super::kept::Kept;
use super::started::Started;
use super::stream::{Known, Stream};
use super::threads::Threads;
use super::types::{CodeStats, LeftOut, Live, Tables, TextParts};
use crate::chunk::{self, Context};
use crate::fronted::Fronted;
use crate::reserve::Reserve;
use crate::secrets::Redactor;

/// Writes one recording.
pub struct Recorder {
    pub(super) path: PathBuf,
    pub(super) reserve: Reserve,
    pub(super) connection: Connection,
    pub(super) command: Option<String>,
    /// Replaces secrets; `None` if nothing is redacted.
    pub(super) redactor: Option<Box<Redactor>>,
    pub(super) context: Context,
    pub(super) live: Fronted<u64, Live>,
    pub(super) tables: Tables,
    pub(super) codes: Vec<CodeStats>,
    pub(super) threads: Threads,
    pub(super) writer: chunk::Writer,
    pub(super) compressor: zstd::bulk::Compressor<'static>,
    pub(super) chunk: i64,
    pub(super) chunk_lines: Vec<(u32, u32)>,
    /// The smallest call depth at which each thread ran a line in this chunk.
    pub(super) chunk_depths: BTreeMap<u32, u32>,
    /// The current thread and its smallest depth.
    pub(super) least: (u32, u32),
    /// Objects of earlier chunks that this chunk changes.
    pub(super) touched: Vec<u64>,
    /// Number of rows of `object_chunks`.
    pub(super) listed: u64,
    pub(super) chunk_first_step: u64,
    pub(super) births: Births,
    /// One stream for each process; the first is the program's.
    pub(super) streams: Vec<Stream>,
    /// The stream whose op is being read.
    pub(super) stream: usize,
    /// The process whose thread was announced last.
    pub(super) process: u32,
    pub(super) known: Known,
    pub(super) spare: Spare,
    /// Qualified names by source, for code that does not know its own.
    pub(super) qualified: FxHashMap<u32, QualifiedNames>,
    /// For each source, the lines that continue a caught exception; `None` if not known.
    pub(super) handling: FxHashMap<u32, Option<Handling>>,
    /// The step at which each known exception appeared.
    pub(super) raised_at: FxHashMap<u64, u64>,
    /// What the texts of exceptions are made of.
    pub(super) texts: FxHashMap<u64, TextParts>,
    /// Where exceptions come from: how, and the other exception.
    pub(super) chains: FxHashMap<u64, (&'static str, u64)>,
    /// Number of tasks.
    pub(super) tasks: u32,
    /// The time of the last op that has one, in ticks since the first process began.
    pub(super) last: i64,
    pub(super) now: i64,
    pub(super) steps: u64,
    pub(super) clock: (u64, Instant),
    pub(super) committed: Instant,
    /// When the last chunk ended.
    pub(super) chunked: Instant,
    pub(super) in_transaction: bool,
    pub(super) trouble: Option<String>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) started: Started,
    pub(super) most_steps: u64,
    /// What is kept, if only the end of the run is kept.
    pub(super) kept: Option<Kept>,
    /// Chunks end after this long, full or not.
    pub(super) patience: Duration,
}
