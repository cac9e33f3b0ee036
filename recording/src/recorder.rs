//! The recorder: ops in, one SQLite file out.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use connie_wire::verdict::Verdict;
use connie_wire::{Decoder, Op, Value, ticks};
use rusqlite::{Connection, params};
use rustc_hash::FxHashMap;

use crate::chunk::{self, Context, Entity};
use crate::error::Error;
use crate::render::TypeName;
use crate::reserve::Reserve;
use crate::schema;
use crate::secrets::Redactor;
use crate::sidefiles;
use connie_source::qualified::QualifiedNames;

mod again;
mod archive;
mod births;
mod closing;
mod define;
mod events;
mod exceptions;
mod finish;
mod library_errors;
mod redact;
mod started;
mod stream;
mod tail;

use births::Births;
pub use started::Silent;
use stream::{Known, Stream};
pub use tail::Tail;

/// Files that are left out and told of, at most.
const MOST_LEFT_OUT: usize = 1000;
/// Characters of what is said to be missing.
const MOST_TROUBLE: usize = 2000;

/// How a run began.
#[derive(Clone, Debug)]
pub struct Run {
    /// Id of the recording.
    pub id: String,
    /// What to call the program in lists.
    pub name: String,
    /// The command line of the program, interpreter first.
    pub argv: Vec<String>,
    /// Working folder.
    pub cwd: String,
    /// Root of the project.
    pub root: String,
    /// Settings, as JSON.
    pub settings: String,
    /// Words of names whose values are secrets; empty: nothing is replaced.
    pub redact: Vec<String>,
    /// Text of `-c` or of stdin, the source of `<string>` or `<stdin>`.
    pub command: Option<String>,
}

/// How a run ended.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Exit code, unless a signal ended it.
    pub exit_code: Option<i32>,
    /// A part of a program failed, which has no exit code.
    pub failed: bool,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// The interpreter that ran.
    pub executable: String,
    /// Process id.
    pub pid: u32,
    /// Nanoseconds the program waited for the recorder.
    pub waited: u64,
}

/// What there is to say about a finished recording.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Steps recorded.
    pub steps: u64,
    /// Result, as in the `recording` table.
    pub result: String,
    /// What went wrong inside, if anything.
    pub trouble: Option<String>,
    /// Whether no code was recorded.
    pub is_empty: bool,
    /// There was no room to fold SQLite's log into the file: see [`sidefiles::log_of`].
    pub no_room: bool,
}

/// A file whose code ran and is not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Why.
    pub verdict: Verdict,
    /// Its path, as the code names it.
    pub path: String,
}

struct Live {
    entity: Entity,
    /// Chunk in which it was last written.
    chunk: i64,
}

#[derive(Default)]
struct CodeStats {
    source: u32,
    is_module: bool,
    first_line: u32,
    hits: Vec<u64>,
    /// Chunk (plus 1) in which each line was last seen.
    chunks: Vec<i64>,
    calls: u64,
    total: i64,
    own: i64,
    active: u32,
}

struct Timing {
    start: i64,
    children: i64,
}

/// An exception, the step at which it appeared, and (function, line) of the frames it passed.
#[derive(Debug)]
struct OnItsWay {
    value: Value,
    step: u64,
    /// Its type and its text at that step.
    ty: String,
    text: String,
    /// What it said in the outermost frame, where that differs.
    last_text: Option<String>,
    places: Vec<(u32, u32)>,
    /// The frames in which it was raised.
    frames: Vec<u64>,
    /// What it comes from: see the column `chain`.
    chain: Option<String>,
    /// It has left the outermost frame of its thread or task.
    left: bool,
}
/// How deep the frame lay that it passed last.
type Depth = usize;

struct ThreadStats {
    first: u64,
    last: u64,
    steps: u64,
    timing: Vec<Timing>,
    /// The exception on its way: (object, first step, function and line of each frame).
    raised: Option<OnItsWay>,
    raised_at: Depth,
    /// A frame ended by the exception on its way; the next event tells whether the one below sees it.
    unwound: bool,
    /// The exception that left the outermost frame.
    escaped: Option<u64>,
    /// The exception that ended the module the thread began with. Exceptions raised later do not replace it.
    ended_by: Option<OnItsWay>,
    /// The code of the first call.
    first_code: Option<u32>,
    /// Its last event was a frame that begins or goes on.
    went_on: bool,
    /// The current frame ran a line and has called and raised nothing since.
    on_line: bool,
    /// The GeneratorExit of the generator that was closed last.
    closing: Option<closing::Closing>,
}

/// Names that ops refer to by number.
#[derive(Default)]
struct Tables {
    strings: Vec<String>,
    types: Vec<TypeName>,
    sources: u32,
    minor: u32,
    micro: u32,
}

/// Writes one recording.
pub struct Recorder {
    path: PathBuf,
    reserve: Reserve,
    connection: Connection,
    command: Option<String>,
    /// Replaces secrets, unless nothing is one.
    redactor: Option<Box<Redactor>>,
    context: Context,
    live: FxHashMap<u64, Live>,
    tables: Tables,
    codes: Vec<CodeStats>,
    threads: FxHashMap<u32, ThreadStats>,
    writer: chunk::Writer,
    chunk: i64,
    chunk_lines: Vec<(u32, u32)>,
    /// The least depth at which each thread ran a line in this chunk.
    chunk_depths: std::collections::BTreeMap<u32, u32>,
    /// That of the current thread.
    least: (u32, u32),
    /// Objects of earlier chunks that this one changes.
    touched: Vec<u64>,
    /// Rows of the table that says what was changed in which chunk.
    listed: u64,
    chunk_first_step: u64,
    births: Births,
    /// One for each process; the first is the program's.
    streams: Vec<Stream>,
    /// The one whose op is taken in.
    stream: usize,
    /// The process whose thread was announced last.
    process: u32,
    known: Known,
    /// Names by source, where code does not know its own.
    qualified: FxHashMap<u32, QualifiedNames>,
    /// By source: which lines go on with an exception that they have caught; `None` where that is not known.
    handling: FxHashMap<u32, Option<again::Handling>>,
    /// The step at which each exception that is known appeared.
    raised_at: FxHashMap<u64, u64>,
    /// What the texts of exceptions are made of.
    texts: FxHashMap<u64, exceptions::Told>,
    /// Where exceptions come from: (how, other).
    chains: FxHashMap<u64, (&'static str, u64)>,
    /// How many tasks there are.
    tasks: u32,
    /// The last time that an op was given: ticks after the first process began.
    last: i64,
    now: i64,
    steps: u64,
    clock: (u64, Instant),
    committed: Instant,
    /// When the last chunk was ended.
    chunked: Instant,
    in_transaction: bool,
    trouble: Option<String>,
    left_out: Vec<LeftOut>,
    started: started::Started,
    most_steps: u64,
    /// What is kept, where that is not everything.
    kept: Option<tail::Kept>,
    /// Chunks are ended after this long, full or not.
    patience: Duration,
}

impl Recorder {
    /// Makes the file.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn create(path: &Path, run: &Run) -> Result<Self, Error> {
        if path.symlink_metadata().is_ok() {
            let why = "there is a file of this name already: name another one, or remove it (connie delete)";
            let source = std::io::Error::new(std::io::ErrorKind::AlreadyExists, why);
            return Err(Error::Io { path: path.into(), source });
        }
        sidefiles::remove_left_over(path)?;
        let (redactor, run) = redact::of_run(run);
        // Before it can be read: one without a recorder counts as cut.
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
        Ok(Self {
            path: path.into(),
            reserve,
            connection,
            command: run.command,
            redactor,
            context,
            live: FxHashMap::default(),
            tables: Tables::default(),
            codes: Vec::new(),
            threads: FxHashMap::default(),
            writer,
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
            started: started::Started::default(),
            most_steps: u64::MAX,
            kept: None,
            patience: Duration::from_secs(2),
        })
    }

    /// Ends chunks early: somebody looks at the recording while it is made.
    pub fn write_at_once(&mut self) {
        self.patience = Duration::from_millis(50);
    }

    /// The program has begun: its process id and its Python, (minor, micro).
    ///
    /// # Errors
    /// Where the disk refuses it.
    pub fn set_python(&mut self, pid: u32, minor: u32, micro: u32) -> Result<(), Error> {
        self.tables.minor = minor;
        self.tables.micro = micro;
        let version = format!("3.{minor}.{micro}");
        self.insert("INSERT INTO processes (id, pid, version, started) VALUES (1,?,?,?)", params![pid, version, now()])
    }

    /// The segment that is recorded has ended in an orderly way.
    pub fn end_of_segment(&mut self) {
        self.streams[0].ended = true;
    }

    /// Whether somebody wants the recording to end, and removes it then.
    pub fn is_unwanted(&self) -> bool {
        self.reserve.is_gone()
    }

    /// Says that nothing is recorded any more: who waits for that may remove the file.
    pub fn let_go(&mut self) {
        self.reserve.unlock();
    }

    /// Steps so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Bytes on disk so far.
    pub fn size(&self) -> u64 {
        let size = |suffix: &str| {
            let mut path = self.path.clone().into_os_string();
            path.push(suffix);
            std::fs::metadata(path).map_or(0, |metadata| metadata.len())
        };
        size("") + size("-wal")
    }

    /// Stores whole ops of a stream, about a megabyte at most, up to the step that was written after `until`
    /// (ticks after the first process began); how many bytes those were.
    ///
    /// # Errors
    /// Where the bytes are no ops, or the disk refuses them.
    pub fn feed(&mut self, stream: usize, bytes: &[u8], until: i64) -> Result<usize, Error> {
        let mut decoder = Decoder::new(bytes);
        while !decoder.is_empty() && decoder.position() < 1 << 20 && self.steps < self.most_steps {
            let own = &self.streams[stream];
            if own.clock > until && !own.open {
                break;
            }
            let op = Op::decode(&mut decoder)?;
            self.take(stream, op)?;
        }
        Ok(decoder.position())
    }

    /// Takes no more than so many steps; what comes after them is left where it is.
    pub fn limit_steps(&mut self, most: u64) {
        self.most_steps = most;
    }

    /// Notes why the recording is not all of the run. Each reason is told once.
    pub fn note(&mut self, why: &str) {
        match &mut self.trouble {
            None => self.trouble = Some(why.to_owned()),
            Some(known) if known.split("; ").any(|known| known == why) => {}
            // A program may start thousands of processes.
            Some(known) if known.len() > MOST_TROUBLE => {}
            Some(known) => known.extend(["; ", why]),
        }
    }

    /// The last line that the program wrote to stderr, if any.
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

    /// The processes that were started and did not tell of themselves.
    pub fn silent(&self) -> &[Silent] {
        self.started.silent()
    }

    /// Notes a file whose code ran and is not recorded.
    fn leave_out(&mut self, verdict: Verdict, path: String) {
        let left_out = LeftOut { verdict, path };
        if self.left_out.len() < MOST_LEFT_OUT && !self.left_out.contains(&left_out) {
            self.left_out.push(left_out);
        }
    }

    /// The files whose code ran and is not recorded; `None` where code of the project was.
    pub fn nothing_recorded(&self) -> Option<&[LeftOut]> {
        self.codes.is_empty().then_some(&self.left_out)
    }

    /// Writes to disk what has waited for long enough; call it now and then.
    ///
    /// # Errors
    /// Where the disk refuses it.
    pub fn tick(&mut self) -> Result<(), Error> {
        if self.committed.elapsed() > self.patience.min(Duration::from_millis(500)) {
            if self.writer.steps > 0 && self.chunked.elapsed() > self.patience {
                self.end_chunk()?;
            }
            self.commit()?;
        }
        Ok(())
    }

    fn op(&mut self, op: Op) -> Result<(), Error> {
        match &op {
            Op::String { .. } | Op::File { .. } | Op::Source { .. } | Op::Type { .. } | Op::Code { .. } => {
                let command = self.command.clone().map(String::into_bytes);
                return self.define(op, command).map(|_| ());
            }
            Op::Trouble { text } => {
                self.note(&String::from_utf8_lossy(text));
                return Ok(());
            }
            _ => {}
        }
        self.change(&op);
        let step = op.is_step();
        if step {
            self.steps += 1;
        }
        self.event(&op)?;
        self.writer.push(&op, &self.context);
        if let Op::Return { .. } | Op::Unwind { .. } = op
            && let Some(frame) = self.context.top()
        {
            self.live.remove(&frame.frame);
        }
        self.context.apply(&op);
        if step && self.writer.is_full() {
            self.end_chunk()?;
        }
        Ok(())
    }

    /// Follows changes of contents; what is changed for the first time in this chunk is written
    /// out whole before.
    #[inline]
    fn change(&mut self, op: &Op) {
        match op {
            Op::Slot { slot, value } => {
                if let Some(frame) = self.context.top()
                    && let Some(live) = self.touch(frame.frame)
                {
                    live.set(*slot as usize, value.clone());
                }
            }
            Op::SlotOf { frame, slot, value } => {
                if let Some(live) = self.touch(*frame) {
                    live.set(*slot as usize, value.clone());
                }
            }
            Op::Set { object, index, value } => {
                if let Some(live) = self.touch(*object) {
                    live.set(*index as usize, value.clone());
                }
            }
            Op::Splice { object, start, removed, length, items } => {
                if let Some(live) = self.touch(*object) {
                    live.splice(*start as usize, *removed as usize, *length, items);
                }
            }
            Op::New { object, ty, length, items } => {
                let entity = Entity { ty: Some(*ty), length: *length, items: items.clone() };
                // Known already: its class was assigned.
                self.touch(*object);
                self.live.insert(*object, Live { entity, chunk: self.chunk });
                self.births.add(*object, self.stream);
            }
            Op::Call { frame, slots, .. } => {
                self.live.insert(*frame, Live { entity: Entity::frame(slots), chunk: self.chunk });
                self.births.add(*frame, self.stream);
            }
            Op::Evict { object } | Op::Gone { frame: object } => {
                self.forget_exception(*object);
                self.live.remove(object);
            }
            _ => {}
        }
    }

    #[inline]
    fn touch(&mut self, id: u64) -> Option<&mut Entity> {
        let live = self.live.get_mut(&id)?;
        if live.chunk != self.chunk {
            if live.chunk != tail::known_in(self.chunk) {
                self.writer.snapshot(id, &live.entity);
            }
            live.chunk = self.chunk;
            self.touched.push(id);
        }
        Some(&mut live.entity)
    }

    fn insert(&mut self, sql: &str, values: impl rusqlite::Params) -> Result<(), Error> {
        let path = &self.path;
        let sqlite = |source| Error::Sqlite { path: path.clone(), source };
        if !self.in_transaction {
            self.connection.execute_batch("BEGIN").map_err(sqlite)?;
            self.in_transaction = true;
        }
        self.connection.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).map_err(sqlite)?;
        Ok(())
    }

    /// Says of what was changed in the chunk that has ended that it was.
    fn list_touched(&mut self) -> Result<(), Error> {
        // In the order of the table, so that its pages are visited once.
        self.touched.sort_unstable();
        self.touched.dedup();
        let path = &self.path;
        let sqlite = |source| Error::Sqlite { path: path.clone(), source };
        let mut statement =
            self.connection.prepare_cached("INSERT OR IGNORE INTO object_chunks VALUES (?,?)").map_err(sqlite)?;
        for object in &self.touched {
            statement.execute(params![object, self.chunk]).map_err(sqlite)?;
        }
        self.listed += self.touched.len() as u64;
        self.touched.clear();
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Error> {
        self.committed = Instant::now();
        if self.in_transaction {
            self.in_transaction = false;
            let path = &self.path;
            self.connection.execute_batch("COMMIT").map_err(|source| Error::Sqlite { path: path.clone(), source })?;
        }
        Ok(())
    }

    fn end_chunk(&mut self) -> Result<(), Error> {
        let writer = std::mem::replace(&mut self.writer, chunk::Writer::new(&self.context));
        let path = self.path.clone();
        let data = writer.finish().map_err(|source| Error::Io { path, source })?;
        let steps = self.steps + 1 - self.chunk_first_step;
        let mut lines = Vec::new();
        self.chunk_lines.sort_unstable();
        let mut last = 0u64;
        for (source, line) in self.chunk_lines.drain(..) {
            use connie_wire::codec::Sink;
            let key = u64::from(source) << 32 | u64::from(line);
            lines.varint(key - last);
            last = key;
        }
        let mut depths = Vec::new();
        for (thread, depth) in std::mem::take(&mut self.chunk_depths) {
            use connie_wire::codec::Sink;
            depths.varint(u64::from(thread));
            depths.varint(u64::from(depth));
        }
        self.least = (0, 0);
        let checksum = crc32fast::hash(&data);
        let mut births = Vec::new();
        let mut last = 0;
        for birth in self.births.take() {
            use connie_wire::codec::Sink;
            births.varint(birth - last);
            last = birth;
        }
        for (block, stream) in std::mem::take(&mut self.births.of_children) {
            self.insert("INSERT INTO blocks VALUES (?,?)", params![block, stream as i64 + 1])?;
        }
        let (chunk, first) = (self.chunk, self.chunk_first_step);
        self.insert(
            "INSERT INTO chunks VALUES (?,?,?,?,?,?,?)",
            params![chunk, first, steps, births, checksum, lines, depths],
        )?;
        self.insert("INSERT INTO chunk_data VALUES (?,?)", params![chunk, data])?;
        self.list_touched()?;
        self.chunk += 1;
        self.chunked = Instant::now();
        self.chunk_first_step = self.steps + 1;
        self.shorten()?;
        // Small transactions: what is committed is safe from a full disk and from our own death.
        if self.chunk % 4 == 0 || self.committed.elapsed() > Duration::from_millis(500) {
            self.commit()?;
        }
        Ok(())
    }
}

/// Nanoseconds since 1970.
fn now() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_nanos() as i64)
}
