//! Opening a recording and asking it for its tables and chunks.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use connie_wire::ring::BLOCK;
use connie_wire::{Decoder, Kind, Op};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, params};
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::chunk::{self, Chunk, Context, Entity, Entry};
use crate::error::Error;
use crate::render::TypeName;
use crate::reserve;
use crate::schema;

/// The `recording` row.
#[derive(Clone, Debug, Serialize)]
pub struct Info {
    /// Id: start time and a few random letters.
    pub id: String,
    /// The program, for people.
    pub program: String,
    /// Command line of the program, interpreter first.
    pub argv: Vec<String>,
    /// Working folder.
    pub cwd: String,
    /// Root of the project.
    pub root: String,
    /// Nanoseconds since 1970.
    pub started: i64,
    /// Nanoseconds since 1970; `None` while it runs, or where the recorder died.
    pub ended: Option<i64>,
    /// Number of the last step.
    pub steps: u64,
    /// `ok`, `failed`, `exception`, `signal` or `recording`.
    pub result: String,
    /// Exit code, unless a signal ended the program.
    pub exit_code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Whether the interpreter shut down in an orderly way.
    pub complete: bool,
    /// Step of the uncaught exception.
    pub exception: Option<u64>,
    /// What went wrong inside connie, if anything.
    pub trouble: Option<String>,
    /// Python's version.
    pub python: Option<String>,
    /// Nanoseconds the program waited for the recorder.
    pub waited: Option<i64>,
    /// Ticks of the times in the chunks.
    #[serde(skip)]
    pub ticks_per_second: Option<f64>,
}

/// A `threads` row.
#[derive(Clone, Debug, Serialize)]
pub struct ThreadInfo {
    /// Number in order of appearance.
    pub id: u32,
    /// Its process: 1 is the program, others it started.
    pub process: u32,
    /// `threading.get_ident()`
    pub ident: i64,
    /// Name at its first step.
    pub name: String,
    /// Its first step.
    pub first_step: u64,
    /// Its last step.
    pub last_step: u64,
    /// How many steps it has.
    pub steps: u64,
}

/// A `processes` row.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ProcessInfo {
    /// Number in order of appearance; 1 is the program.
    pub id: u32,
    /// Process id; 0 where it is not known yet.
    pub pid: u32,
    /// Process id of the one that started it; `None` for the program.
    pub parent: Option<u32>,
    /// Its interpreter.
    pub executable: String,
    /// Its version of Python, where known.
    pub version: Option<String>,
    /// Its command line; empty for the program, whose own is in [`Info`].
    pub argv: Vec<String>,
    /// Nanoseconds since 1970.
    pub started: Option<i64>,
    /// The same; `None` where it went on after the program.
    pub ended: Option<i64>,
}

/// A `tasks` row.
#[derive(Clone, Debug, serde::Serialize)]
pub struct TaskInfo {
    /// Number in order of appearance.
    pub id: u32,
    /// The thread whose loop runs it.
    pub thread: u32,
    /// Its name when it first ran.
    pub name: String,
    /// The step at which its first recorded frame begins.
    pub first_step: u64,
}

/// A `functions` row.
#[derive(Clone, Debug)]
pub struct Function {
    /// Which source.
    pub source: u32,
    /// Qualified name.
    pub name: String,
    /// First line.
    pub line: u32,
    /// How many of the slots are parameters.
    pub arguments: u32,
    /// Names of the slots.
    pub slots: Vec<String>,
}

/// A `sources` row.
#[derive(Clone, Debug)]
pub struct Source {
    /// Absolute path, or `<string>`.
    pub path: String,
    /// Exactly as run; `None` where it could not be read.
    pub text: Option<String>,
}

/// An `exceptions` row.
#[derive(Clone, Debug, Serialize)]
pub struct Raised {
    /// The step at which it appeared.
    pub step: u64,
    /// In which thread.
    pub thread: u32,
    /// Qualified name of its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// What `str` of it would be.
    pub text: String,
    /// (function, line), outermost frame first.
    pub traceback: Vec<(u32, u32)>,
    /// Whether it left the outermost frame.
    pub uncaught: bool,
    /// Whether it left the recorded code of its thread or task, caught by other code or not.
    pub left_code: bool,
    /// What it comes from.
    pub chain: Option<Link>,
}

/// What an exception comes from.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct Link {
    /// `cause` (it was raised from that) or `context` (it was raised while that was handled).
    pub how: String,
    /// The step at which the other one appeared; `None` where recorded code did not see it.
    pub step: Option<u64>,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// What `str` of it would be.
    pub text: String,
}

impl std::fmt::Display for Raised {
    /// As Python ends a traceback.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.text.is_empty() { f.write_str(&self.ty) } else { write!(f, "{}: {}", self.ty, self.text) }
    }
}

/// Which exceptions are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All that were raised or passed on in recorded code.
    Any,
    /// Those that left the recorded code of their thread or task.
    LeftCode,
    /// Those that nothing caught.
    Uncaught,
}

/// One or several writes to a standard stream.
#[derive(Clone, Debug)]
pub struct Written {
    /// The (first) step.
    pub step: u64,
    /// The last one.
    pub last_step: u64,
    /// 1 stdout, 2 stderr.
    pub stream: u8,
    /// What was written; what is no text is shown as U+FFFD.
    pub text: String,
}

/// Where a chunk is, and what it has.
#[derive(Clone, Debug)]
pub struct ChunkInfo {
    /// Its number.
    pub id: i64,
    /// Its first step.
    pub first_step: u64,
    /// How many steps it has.
    pub steps: u64,
    /// Where the numbers of frames and objects begin that were given out in it: each process has its own.
    pub births: Vec<u64>,
    /// Lines that ran in it: source in the upper half, line in the lower; ascending.
    pub lines: Vec<u64>,
    /// The least depth at which each thread ran a line in it; `None` where that is not known.
    pub depths: Option<Vec<(u32, u32)>>,
}

impl ChunkInfo {
    fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let (lines, depths): (Vec<u8>, Option<Vec<u8>>) = (row.get(4)?, row.get(5)?);
        let mut last = 0u64;
        let lines = varints(&lines).into_iter().map(|delta| {
            last = last.wrapping_add(delta);
            last
        });
        let lines = lines.collect();
        let births = match row.get_ref(3)? {
            // Up to version 2 there was one process.
            ValueRef::Integer(first) => vec![first as u64],
            ValueRef::Blob(starts) => {
                let mut last = 0u64;
                let starts = varints(starts).into_iter().map(|delta| {
                    last = last.wrapping_add(delta);
                    last
                });
                starts.collect()
            }
            _ => Vec::new(),
        };
        let depths = depths
            .map(|depths| varints(&depths).chunks_exact(2).map(|pair| (pair[0] as u32, pair[1] as u32)).collect());
        Ok(Self { id: row.get(0)?, first_step: row.get(1)?, steps: row.get(2)?, births, lines, depths })
    }

    /// Whether a line of a source ran in it.
    pub fn has_line(&self, source: u32, line: u32) -> bool {
        self.lines.binary_search(&(u64::from(source) << 32 | u64::from(line))).is_ok()
    }

    /// Whether a thread may have run a line at this depth or above it.
    pub fn may_reach(&self, thread: u32, depth: u32) -> bool {
        self.depths.as_ref().is_none_or(|depths| depths.iter().any(|(t, least)| *t == thread && *least <= depth))
    }
}

/// A path, below the folder that was moved if it is below one; the first that fits counts.
fn moved(path: String, folders: &[(String, String)]) -> String {
    let below = |(then, now): &(String, String)| {
        let rest = path.strip_prefix(then.trim_end_matches('/'))?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("{}{rest}", now.trim_end_matches('/')))
    };
    folders.iter().find_map(below).unwrap_or(path)
}

fn varints(bytes: &[u8]) -> Vec<u64> {
    let mut decoder = Decoder::new(bytes);
    std::iter::from_fn(|| if decoder.is_empty() { None } else { decoder.varint().ok() }).collect()
}

/// An open recording.
pub struct Recording {
    path: PathBuf,
    /// Of the file's format.
    version: i32,
    /// Where folders of the recording are now: (then, now).
    moved: Vec<(String, String)>,
    connection: Connection,
    /// The `recording` row.
    pub info: Info,
    /// Chunks in order.
    pub chunks: Vec<ChunkInfo>,
    /// Where numbers of frames and objects begin, and the index of the chunk in which they were given out.
    births: Vec<(u64, usize)>,
    /// The process of each block of numbers that is not the program's.
    blocks: FxHashMap<u64, u32>,
    /// By process and source, the globals of modules imported before recording began there.
    namespaces: FxHashMap<(u32, u32), u64>,
    /// Functions by code number.
    pub functions: Vec<Function>,
    /// Sources by number.
    pub sources: Vec<Source>,
    strings: Vec<String>,
    types: Vec<TypeName>,
    minor: u32,
    cache: RefCell<Vec<(i64, Rc<Chunk>)>>,
}

const CACHED_CHUNKS: usize = 8;

/// Reads only the `recording` row; for lists.
///
/// # Errors
/// Where the file is no recording of a known version.
pub fn info(path: &Path) -> Result<Info, Error> {
    let connection = schema::open(path)?;
    read_info(path, &connection).map_err(|source| Error::Sqlite { path: path.into(), source })
}

fn read_info(path: &Path, connection: &Connection) -> rusqlite::Result<Info> {
    let mut info = read_row(connection)?;
    if info.ended.is_none() && !reserve::is_held(path) {
        // It may have ended between the two looks.
        info = read_row(connection)?;
        if info.ended.is_none() {
            info.result = "cut".into();
            info.trouble = Some("connie ended before the program did".into());
        }
    }
    if info.ended.is_none() {
        // Still running, or its recorder died: what is there counts.
        let last = "SELECT coalesce(max(first_step + steps - 1), 0) FROM chunks";
        info.steps = connection.query_row(last, [], |row| row.get(0))?;
    }
    Ok(info)
}

fn read_row(connection: &Connection) -> rusqlite::Result<Info> {
    connection.query_row(
        "SELECT id, name, argv, cwd, root, started, ended, steps, result, exit_code, signal, complete, exception, trouble,
            ticks_per_second, waited, (SELECT version FROM processes WHERE id = 1) FROM recording",
        [],
        |row| {
            Ok(Info {
                id: row.get(0)?,
                program: row.get(1)?,
                argv: serde_json::from_str(&row.get::<_, String>(2)?).unwrap_or_default(),
                cwd: row.get(3)?,
                root: row.get(4)?,
                started: row.get(5)?,
                ended: row.get(6)?,
                steps: row.get(7)?,
                result: row.get(8)?,
                exit_code: row.get(9)?,
                signal: row.get(10)?,
                complete: row.get(11)?,
                exception: row.get(12)?,
                trouble: row.get(13)?,
                ticks_per_second: row.get(14)?,
                waited: row.get(15)?,
                python: row.get(16)?,
            })
        },
    )
}

/// The process that is making a recording, while it lives.
pub fn recorder_of(path: &Path) -> Option<u32> {
    reserve::holder(path)
}

/// Leaves a finished recording as the one file that it is: while it is read, the recorder cannot fold
/// SQLite's side files into it.
pub fn settle(path: &Path) {
    if reserve::is_held(path) {
        return;
    }
    if let Ok(connection) = Connection::open(path) {
        // Somebody else may be reading: then the last one does it.
        let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE;");
    }
}

impl Recording {
    /// Opens a recording.
    ///
    /// # Errors
    /// Where the file is no recording of a known version, or its tables cannot be read.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let connection = schema::open(path)?;
        let sqlite = |source| Error::Sqlite { path: path.into(), source };
        let info = read_info(path, &connection).map_err(sqlite)?;
        let python = info.python.clone().unwrap_or_default();
        let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(sqlite)?;
        let minor = python.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(13);
        let mut recording = Self {
            path: path.into(),
            version,
            moved: Vec::new(),
            connection,
            info,
            chunks: Vec::new(),
            births: Vec::new(),
            blocks: FxHashMap::default(),
            namespaces: FxHashMap::default(),
            functions: Vec::new(),
            sources: Vec::new(),
            strings: Vec::new(),
            types: Vec::new(),
            minor,
            cache: RefCell::default(),
        };
        recording.read_tables().map_err(sqlite)?;
        Ok(recording)
    }

    fn read_tables(&mut self) -> rusqlite::Result<()> {
        let connection = &self.connection;
        // Version 1 had no depths.
        let version = self.version;
        let depths = if version < 2 { "NULL" } else { "depths" };
        let births = if version < 3 { "first_object" } else { "births" };
        let known = self.chunks.last().map_or(-1, |chunk| chunk.id);
        let sql = format!(
            "SELECT id, first_step, steps, {births}, lines, {depths} FROM chunks WHERE id > {known} ORDER BY id"
        );
        let before = self.chunks.len();
        self.chunks.extend(rows(connection, &sql, ChunkInfo::from_row)?);
        for (index, chunk) in self.chunks.iter().enumerate().skip(before) {
            self.births.extend(chunk.births.iter().map(|birth| (*birth, index)));
        }
        // Stable: where nothing was given out in a chunk, the next one says the same.
        self.births.sort_by_key(|(birth, _)| *birth);
        if version >= 3 {
            let pair = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
            self.blocks = rows(connection, "SELECT block, process FROM blocks", pair)?.into_iter().collect();
            self.namespaces = rows(connection, "SELECT process, source, object FROM namespaces", |row| {
                Ok(((row.get(0)?, row.get(1)?), row.get(2)?))
            })?
            .into_iter()
            .collect();
        }
        self.strings = rows(connection, "SELECT text FROM strings ORDER BY id", |row| {
            Ok(String::from_utf8_lossy(&row.get::<_, Vec<u8>>(0)?).into_owned())
        })?;
        let strings = &self.strings;
        self.types = rows(connection, "SELECT kind, module, name FROM types ORDER BY id", |row| {
            let string = |n: usize| strings.get(n).cloned().unwrap_or_default();
            let kind = Kind::from_byte(row.get(0)?).unwrap_or(Kind::Opaque);
            Ok(TypeName { kind, module: string(row.get(1)?), name: string(row.get(2)?) })
        })?;
        self.functions =
            rows(connection, "SELECT source, name, line, arguments, slots FROM functions ORDER BY id", |row| {
                Ok(Function {
                    source: row.get(0)?,
                    name: row.get(1)?,
                    line: row.get(2)?,
                    arguments: row.get(3)?,
                    slots: serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default(),
                })
            })?;
        self.sources = rows(connection, "SELECT path, text FROM sources ORDER BY id", |row| {
            let text: Option<Vec<u8>> = row.get(1)?;
            Ok(Source {
                path: moved(row.get(0)?, &self.moved),
                text: text.map(|text| String::from_utf8_lossy(&text).into_owned()),
            })
        })?;
        Ok(())
    }

    /// Says where folders are that the recording names: (as recorded, now). Sources below them have the new path
    /// from then on.
    ///
    /// # Errors
    /// Where the tables cannot be read.
    pub fn move_folders(&mut self, moved: Vec<(String, String)>) -> Result<(), Error> {
        self.moved = moved;
        let read = self.read_tables();
        self.sqlite(read)
    }

    /// Reads what was recorded since this was opened; whether there was anything.
    ///
    /// # Errors
    /// Where the tables cannot be read.
    pub fn refresh(&mut self) -> Result<bool, Error> {
        let info = read_info(&self.path, &self.connection);
        let info = self.sqlite(info)?;
        let news = info.steps != self.info.steps || info.ended != self.info.ended || info.result != self.info.result;
        if news {
            let read = self.read_tables();
            self.sqlite(read)?;
        }
        // Only now: what could not be read is asked for again.
        self.info = info;
        Ok(news)
    }

    /// The last step that can be read now: tables may already tell of later ones, whose chunk was not read yet
    /// or not written.
    #[must_use]
    pub fn last_step(&self) -> u64 {
        self.chunks.last().map_or(0, |chunk| chunk.first_step + chunk.steps - 1)
    }

    /// The columns of an exception, as [`raised`] reads them.
    fn exception_columns(&self) -> &'static str {
        match self.version {
            ..3 => "step, thread, type, text, traceback, uncaught, uncaught, NULL",
            _ => "step, thread, type, text, traceback, uncaught, uncaught OR left_code AS left_code, chain",
        }
    }

    /// The nearest exception after or before a step, of those asked for.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub fn exception_near(&self, step: u64, forward: bool, which: Which) -> Result<Option<Raised>, Error> {
        let (sign, order) = if forward { (">", "ASC") } else { ("<", "DESC") };
        let only = match which {
            Which::Any => "",
            Which::LeftCode => "AND left_code",
            Which::Uncaught => "AND uncaught",
        };
        let columns = self.exception_columns();
        let sql = format!(
            "SELECT {columns} FROM exceptions
                WHERE step {sign} ? AND step <= {} {only} ORDER BY step {order} LIMIT 1",
            self.last_step()
        );
        self.sqlite(self.connection.query_row(&sql, [step], raised).optional())
    }

    /// What was written after a step, in order; at most `limit` pieces.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub fn output_after(&self, step: u64, limit: usize) -> Result<Vec<Written>, Error> {
        let last = self.last_step();
        let sql = format!(
            "SELECT step, stream, text FROM output WHERE step > {step} AND step <= {last} ORDER BY step LIMIT {limit}"
        );
        self.sqlite(rows(&self.connection, &sql, |row| {
            let (step, text): (u64, Vec<u8>) = (row.get(0)?, row.get(2)?);
            let text = String::from_utf8_lossy(&text).into_owned();
            Ok(Written { step, last_step: step, stream: row.get(1)?, text })
        }))
    }

    /// How often each line of a source ran; complete once the run has ended.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub fn line_hits(&self, source: u32) -> Result<Vec<(u32, u64)>, Error> {
        let sql = format!("SELECT line, hits FROM lines WHERE source = {source} ORDER BY line");
        self.sqlite(rows(&self.connection, &sql, |row| Ok((row.get(0)?, row.get(1)?))))
    }

    /// Calls of a function, and the nanoseconds spent in it with and without what it called; complete once
    /// the run has ended.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub fn times(&self, code: u32) -> Result<(u64, u64, u64), Error> {
        let sql = "SELECT calls, total_time, self_time FROM functions WHERE id = ?";
        self.sqlite(self.connection.query_row(sql, [code], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))))
    }

    /// How many exceptions a function raised or passed on first.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub fn raised_in(&self, code: u32) -> Result<Vec<u64>, Error> {
        let sql = format!("SELECT step FROM exceptions WHERE function = {code} ORDER BY step LIMIT 10000");
        self.sqlite(rows(&self.connection, &sql, |row| row.get(0)))
    }

    /// Path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Minor version of the recorded Python.
    pub fn minor(&self) -> u32 {
        self.minor
    }

    fn sqlite<T>(&self, result: rusqlite::Result<T>) -> Result<T, Error> {
        result.map_err(|source| Error::Sqlite { path: self.path.clone(), source })
    }

    /// All threads, in order of appearance.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub fn threads(&self) -> Result<Vec<ThreadInfo>, Error> {
        let sql = "SELECT id, process, ident, name, first_step, last_step, steps FROM threads ORDER BY id";
        self.sqlite(rows(&self.connection, sql, |row| {
            Ok(ThreadInfo {
                id: row.get(0)?,
                process: row.get(1)?,
                ident: row.get(2)?,
                name: row.get(3)?,
                first_step: row.get(4)?,
                last_step: row.get(5)?,
                steps: row.get(6)?,
            })
        }))
    }

    /// The processes of the recording that ran recorded code, the program first.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub fn processes(&self) -> Result<Vec<ProcessInfo>, Error> {
        // Up to version 2 there was one.
        let (parent, argv) = if self.version < 3 { ("NULL", "NULL") } else { ("parent", "argv") };
        let sql = format!(
            "SELECT id, pid, {parent}, executable, version, {argv}, started, ended FROM processes
                WHERE id = 1 OR id IN (SELECT process FROM threads) ORDER BY id"
        );
        self.sqlite(rows(&self.connection, &sql, |row| {
            let argv: Option<String> = row.get(5)?;
            Ok(ProcessInfo {
                id: row.get(0)?,
                pid: row.get::<_, Option<u32>>(1)?.unwrap_or(0),
                parent: row.get(2)?,
                executable: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
                version: row.get(4)?,
                argv: argv.and_then(|argv| serde_json::from_str(&argv).ok()).unwrap_or_default(),
                started: row.get(6)?,
                ended: row.get(7)?,
            })
        }))
    }

    /// The process id of each thread that is not the program's.
    ///
    /// # Errors
    /// Where the tables cannot be read.
    pub fn process_ids(&self) -> Result<Vec<(u32, u32)>, Error> {
        let processes = self.processes()?;
        let pid = |id: u32| processes.iter().find(|process| process.id == id).map_or(0, |process| process.pid);
        let others = self.threads()?.into_iter().filter(|thread| thread.process != 1);
        Ok(others.map(|thread| (thread.id, pid(thread.process))).collect())
    }

    /// The asyncio tasks of the recording, by number.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub fn tasks(&self) -> Result<Vec<TaskInfo>, Error> {
        if self.version < 3 {
            return Ok(Vec::new());
        }
        let sql = "SELECT id, thread, name, first_step FROM tasks ORDER BY id";
        self.sqlite(rows(&self.connection, sql, |row| {
            Ok(TaskInfo { id: row.get(0)?, thread: row.get(1)?, name: row.get(2)?, first_step: row.get(3)? })
        }))
    }

    /// What to call each thread: its name, with the process id where it is not the program's.
    ///
    /// # Errors
    /// Where the tables cannot be read.
    pub fn thread_names(&self) -> Result<Vec<(u32, String)>, Error> {
        let pids = self.process_ids()?;
        let named = self.threads()?.into_iter().map(|thread| {
            let name = if thread.name.is_empty() { format!("Thread {}", thread.id) } else { thread.name };
            let pid = pids.iter().find(|(id, _)| *id == thread.id);
            (thread.id, pid.map_or(name.clone(), |(_, pid)| format!("{name} (process {pid})")))
        });
        Ok(named.collect())
    }

    /// Exceptions, in order; at most `limit`.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub fn exceptions(&self, limit: usize) -> Result<Vec<Raised>, Error> {
        let sql = format!("SELECT {} FROM exceptions ORDER BY step LIMIT {limit}", self.exception_columns());
        self.sqlite(rows(&self.connection, &sql, raised))
    }

    /// The exception that appeared at a step.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub fn exception_at(&self, step: u64) -> Result<Option<Raised>, Error> {
        let sql = format!("SELECT {} FROM exceptions WHERE step=?", self.exception_columns());
        self.sqlite(self.connection.query_row(&sql, [step], raised).optional())
    }

    /// The text written at an output step.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub fn output_at(&self, step: u64) -> Result<Vec<u8>, Error> {
        let mut statement = self.sqlite(self.connection.prepare_cached("SELECT text FROM output WHERE step=?"))?;
        let text = statement.query_row([step], |row| row.get(0)).optional();
        Ok(self.sqlite(text)?.unwrap_or_default())
    }

    /// Counts: functions, lines, exceptions, output events.
    ///
    /// # Errors
    /// Where the tables cannot be read.
    pub fn counts(&self) -> Result<[u64; 4], Error> {
        let sql = "SELECT (SELECT count(*) FROM functions), (SELECT count(*) FROM lines),
            (SELECT count(*) FROM exceptions), (SELECT count(*) FROM output)";
        self.sqlite(self.connection.query_row(sql, [], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])))
    }

    /// A string of the recording.
    pub fn string(&self, id: u32) -> &str {
        self.strings.get(id as usize).map_or("?", String::as_str)
    }

    /// A type of the recording.
    pub fn type_name(&self, id: u32) -> Option<&TypeName> {
        self.types.get(id as usize)
    }

    /// Index of the chunk that holds a step.
    ///
    /// # Errors
    /// Where there is no such step.
    pub fn chunk_of(&self, step: u64) -> Result<usize, Error> {
        let index = self.chunks.partition_point(|chunk| chunk.first_step <= step);
        match index.checked_sub(1).map(|index| (index, &self.chunks[index])) {
            Some((index, chunk)) if step < chunk.first_step + chunk.steps => Ok(index),
            _ => Err(Error::NoStep { step, last: self.info.steps }),
        }
    }

    /// Reads a chunk (by index into [`Self::chunks`]).
    ///
    /// # Errors
    /// Where it is damaged.
    pub fn chunk(&self, index: usize) -> Result<Rc<Chunk>, Error> {
        let info = &self.chunks[index];
        let mut cache = self.cache.borrow_mut();
        if let Some(at) = cache.iter().position(|(id, _)| *id == info.id) {
            let found = cache.remove(at);
            cache.push(found.clone());
            return Ok(found.1);
        }
        let damaged = |why: String| Error::Damaged {
            path: self.path.clone(),
            first: info.first_step,
            last: info.first_step + info.steps.saturating_sub(1),
            why,
        };
        let sql = "SELECT checksum, data FROM chunks JOIN chunk_data USING (id) WHERE id=?";
        let row = self.connection.prepare_cached(sql).and_then(|mut statement| {
            statement.query_row([info.id], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?)))
        });
        let (checksum, data) = row.map_err(|error| damaged(error.to_string()))?;
        if crc32fast::hash(&data) != checksum {
            return Err(damaged("the checksum is wrong".into()));
        }
        let chunk = Rc::new(chunk::decode(&data, self.version).map_err(damaged)?);
        if cache.len() >= CACHED_CHUNKS {
            cache.remove(0);
        }
        cache.push((info.id, Rc::clone(&chunk)));
        Ok(chunk)
    }

    /// The process that a frame or object belongs to, by its number.
    #[must_use]
    pub fn process_of(&self, id: u64) -> u32 {
        self.blocks.get(&(id / BLOCK)).copied().unwrap_or(1)
    }

    /// The globals of a module that was imported before recording began in a process.
    #[must_use]
    pub fn inherited_globals(&self, process: u32, source: u32) -> Option<u64> {
        self.namespaces.get(&(process, source)).copied()
    }

    /// Index of the chunk in which the number of a frame or object was given out.
    pub fn birth_of(&self, id: u64) -> Option<usize> {
        let after = self.births.partition_point(|(birth, _)| *birth <= id);
        after.checked_sub(1).map(|n| self.births[n].1)
    }

    /// Indexes of the chunks that make or change a frame or object, ascending.
    ///
    /// # Errors
    /// Where the table cannot be read.
    pub fn chunks_of(&self, id: u64) -> Result<Vec<usize>, Error> {
        let sql = format!("SELECT chunk FROM object_chunks WHERE object={id} ORDER BY chunk");
        let touched: Vec<i64> = self.sqlite(rows(&self.connection, &sql, |row| row.get(0)))?;
        let created = self.birth_of(id);
        let touched = touched.iter().filter_map(|id| self.chunks.binary_search_by_key(id, |chunk| chunk.id).ok());
        let mut found: Vec<usize> = created.into_iter().chain(touched).collect();
        found.dedup();
        Ok(found)
    }

    /// The contents of a frame or object as they were when a chunk began.
    ///
    /// # Errors
    /// Where an earlier chunk is damaged.
    pub fn entity_before(&self, object: u64, chunk: usize) -> Result<Option<Rc<Entity>>, Error> {
        let id = self.chunks.get(chunk).map_or(i64::MAX, |chunk| chunk.id);
        let sql = "SELECT max(chunk) FROM object_chunks WHERE object=? AND chunk<?";
        let touched: Option<i64> = self.sqlite(
            self.connection
                .prepare_cached(sql)
                .and_then(|mut statement| statement.query_row(params![object, id], |row| row.get(0))),
        )?;
        let created = self.birth_of(object);
        let index = match touched {
            Some(touched) => self.chunks.iter().position(|chunk| chunk.id == touched),
            None => created.filter(|index| *index < chunk),
        };
        let Some(index) = index else { return Ok(None) };
        let chunk = self.chunk(index)?;
        let mut context = chunk.context.clone();
        let mut found: Option<Entity> = None;
        for entry in &chunk.entries {
            match entry {
                Entry::Snapshot(entity, id) if *id == object => found = Some(entity.clone()),
                Entry::Snapshot(..) => {}
                Entry::Op(op) => {
                    change(op, object, &context, &mut found);
                    context.apply(op);
                }
            }
        }
        Ok(found.map(Rc::new))
    }
}

/// Applies an op to one frame or object, if it is about that one.
pub(crate) fn change(op: &Op, id: u64, context: &Context, entity: &mut Option<Entity>) {
    match op {
        Op::Call { frame, slots, .. } if *frame == id => *entity = Some(Entity::frame(slots)),
        Op::New { object, ty, length, items } if *object == id => {
            *entity = Some(Entity { ty: Some(*ty), length: *length, items: items.clone() });
        }
        Op::Slot { slot, value } if context.top().is_some_and(|frame| frame.frame == id) => {
            if let Some(entity) = entity {
                entity.set(*slot as usize, value.clone());
            }
        }
        Op::Set { object, index, value } if *object == id => {
            if let Some(entity) = entity {
                entity.set(*index as usize, value.clone());
            }
        }
        Op::Splice { object, start, removed, length, items } if *object == id => {
            if let Some(entity) = entity {
                entity.splice(*start as usize, *removed as usize, *length, items);
            }
        }
        _ => {}
    }
}

fn rows<T>(
    connection: &Connection,
    sql: &str,
    each: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map([], each)?.collect()
}

fn raised(row: &rusqlite::Row<'_>) -> rusqlite::Result<Raised> {
    Ok(Raised {
        step: row.get(0)?,
        thread: row.get(1)?,
        ty: row.get(2)?,
        text: row.get(3)?,
        traceback: serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default(),
        uncaught: row.get(5)?,
        left_code: row.get(6)?,
        chain: row.get::<_, Option<String>>(7)?.and_then(|chain| serde_json::from_str(&chain).ok()),
    })
}
