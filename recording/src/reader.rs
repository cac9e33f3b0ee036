//! Opens a recording and reads its tables and chunks.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use connie_wire::Kind;
use connie_wire::level::Level;
use rusqlite::Connection;
use rusqlite::limits::Limit;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::chunk::{Chunk, STEPS};
use crate::error::Error;
use crate::guard::{Meter, rows};
use crate::late::LateChanges;
use crate::recount::Recount;
use crate::render::TypeName;
pub use crate::rows::*;
use crate::schema;
use connie_source::comprehensions::{Comprehensions, Lines};

mod ahead;
mod changes;
mod chunks;
mod closings;
mod ends;
mod idle;
mod known;
mod scan;
mod sketches;
mod stored;
mod summary;
mod tables;

use ahead::{Ahead, Packed};
pub use changes::change;
pub use stored::{FLAMES, STORIES, StoredKind, forget_stored};
use summary::read_info;
pub use summary::{NEVER_BEGAN, has_code, info, is_being_made, recorder_of, stop_recorder, uncaught};

/// Maps a path into a moved folder, if it is below one; the first match counts.
fn moved(path: String, folders: &[(String, String)]) -> String {
    let below = |(then, now): &(String, String)| {
        let rest = path.strip_prefix(then.trim_end_matches('/'))?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("{}{rest}", now.trim_end_matches('/')))
    };
    folders.iter().find_map(below).unwrap_or(path)
}

/// An open recording.
pub struct Recording {
    path: PathBuf,
    /// The format of the file.
    pub(crate) version: i32,
    /// The current locations of recorded folders: (then, now).
    moved: Vec<(String, String)>,
    connection: Connection,
    meter: Meter,
    /// The `recording` row.
    pub info: Info,
    /// Chunks in order.
    pub chunks: Vec<ChunkInfo>,
    /// The first numbers of frames and objects in each chunk, with the index of that chunk.
    births: Vec<(u64, usize)>,
    /// The process of each block of numbers, except for blocks of the main program.
    blocks: FxHashMap<u64, u32>,
    /// By process and source: the globals of modules imported before recording began there.
    namespaces: FxHashMap<(u32, u32), u64>,
    /// Functions by code number.
    pub functions: Vec<Function>,
    /// Whether there are functions whose lines are not recorded.
    thinned: bool,
    /// Sources by number.
    pub sources: Vec<Source>,
    strings: Vec<String>,
    pub(crate) types: Vec<TypeName>,
    /// Classes whose name changed during the run.
    renamed: FxHashSet<u64>,
    minor: u32,
    cache: RefCell<Vec<(i64, Rc<Chunk>)>>,
    /// Chunks that cannot be decoded, with the reason: each is tried only once.
    undecodable: RefCell<FxHashMap<i64, String>>,
    ahead: Ahead,
    /// The number of chunks that were decoded.
    decoded: Cell<u64>,
    /// The time that other threads computed for this one.
    elsewhere: Cell<Duration>,
    sketches: known::Sketches,
    ends: ends::Ends,
    /// For an interrupted recording: the recounted data, computed on first use.
    recount: std::cell::OnceCell<Rc<Recount>>,
    /// Late changes, read on first use.
    late: std::cell::OnceCell<LateChanges>,
    /// By chunk: the steps at which exceptions were thrown into frames.
    thrown: RefCell<FxHashMap<i64, Rc<rustc_hash::FxHashSet<u64>>>>,
    /// By source, computed on first use.
    comprehensions: RefCell<FxHashMap<u32, Comprehensions>>,
}

const CACHED_CHUNKS: usize = 8;
/// The maximum number of steps in a chunk: those of a full one, plus a call for each running frame in the first chunk
/// of a tail.
const MAX_STEPS: u64 = STEPS + (1 << 20);
/// The largest valid step.
const MAX_STEP: u64 = 1 << 56;

impl Recording {
    /// The maximum number of recorded characters of a text, according to the settings.
    #[must_use]
    pub fn longest_text(&self) -> Option<u64> {
        let query = "SELECT settings ->> '$.max_string' FROM recording";
        self.connection.query_row(query, [], |row| row.get(0)).ok().flatten()
    }

    /// Opens a recording.
    ///
    /// # Errors
    /// If the file is not a recording of a known version, or its tables cannot be read.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let (connection, meter) = schema::open_metered(path)?;
        let sqlite = |source| Error::sqlite(path, source);
        let info = read_info(path, &connection).map_err(sqlite)?;
        let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(sqlite)?;
        let minor = info.minor();
        let mut recording = Self {
            path: path.into(),
            version,
            moved: Vec::new(),
            connection,
            meter,
            info,
            chunks: Vec::new(),
            births: Vec::new(),
            blocks: FxHashMap::default(),
            namespaces: FxHashMap::default(),
            functions: Vec::new(),
            thinned: false,
            sources: Vec::new(),
            strings: Vec::new(),
            types: Vec::new(),
            renamed: FxHashSet::default(),
            minor,
            cache: RefCell::default(),
            undecodable: RefCell::default(),
            ahead: Ahead::default(),
            decoded: Cell::new(0),
            elsewhere: Cell::new(Duration::ZERO),
            sketches: known::Sketches::default(),
            ends: ends::Ends::default(),
            recount: std::cell::OnceCell::new(),
            late: std::cell::OnceCell::new(),
            thrown: RefCell::default(),
            comprehensions: RefCell::default(),
        };
        recording.read_tables()?;
        Ok(recording)
    }

    fn read_tables(&mut self) -> Result<(), Error> {
        let read = self.read_rows();
        self.sqlite(read)?;
        self.check_chunks()
    }

    /// Checks that the table of chunks could have been written by a recorder: other code relies on it.
    fn check_chunks(&self) -> Result<(), Error> {
        let mut end = 1;
        for chunk in &self.chunks {
            if chunk.first_step < end || chunk.steps > MAX_STEPS || chunk.first_step > MAX_STEP {
                let why = format!("chunk {} begins at step {} and has {}", chunk.id, chunk.first_step, chunk.steps);
                return Err(Error::Refused { path: self.path.clone(), why });
            }
            end = chunk.first_step + chunk.steps;
        }
        Ok(())
    }

    fn read_rows(&mut self) -> rusqlite::Result<()> {
        self.late = std::cell::OnceCell::new();
        let connection = &self.connection;
        // Version 1 had no depths.
        let version = self.version;
        let depths = if version < 2 { "NULL" } else { "depths" };
        let births = if version < 3 { "first_object" } else { "births" };
        let free = if version < 6 { "0" } else { "free" };
        let level = if version < 9 { "0" } else { "level" };
        let known = self.chunks.last().map_or(-1, |chunk| chunk.id);
        let sql = format!(
            "SELECT id, first_step, steps, {births}, lines, {depths} FROM chunks WHERE id > {known} ORDER BY id"
        );
        let before = self.chunks.len();
        self.chunks.extend(rows(connection, &sql, ChunkInfo::from_row)?);
        for (index, chunk) in self.chunks.iter().enumerate().skip(before) {
            self.births.extend(chunk.births.iter().map(|birth| (*birth, index)));
        }
        // The sort must be stable: if no numbers were assigned in a chunk, the next one begins with the same number.
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
        let class = if version < 8 { "0, 0" } else { "class, descriptor" };
        let sql = format!("SELECT kind, module, name, {class} FROM types ORDER BY id");
        self.types = rows(connection, &sql, |row| {
            let string = |n: usize| strings.get(n).cloned().unwrap_or_default();
            let kind = Kind::from_byte(row.get(0)?).unwrap_or(Kind::Opaque);
            Ok(TypeName {
                kind,
                module: string(row.get(1)?),
                name: string(row.get(2)?),
                class: row.get(3)?,
                descriptor: row.get(4)?,
            })
        })?;
        self.renamed = renamed(&self.types);
        self.functions = rows(
            connection,
            &format!("SELECT source, name, line, arguments, slots, {free}, {level} FROM functions ORDER BY id"),
            |row| {
                Ok(Function {
                    source: row.get(0)?,
                    name: row.get(1)?,
                    line: row.get(2)?,
                    arguments: row.get(3)?,
                    slots: serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default(),
                    free: row.get(5)?,
                    level: Level::from_byte(row.get(6)?).unwrap_or_default(),
                })
            },
        )?;
        self.thinned = self.functions.iter().any(Function::is_thin);
        self.sources = rows(connection, "SELECT path, text FROM sources ORDER BY id", |row| {
            let text: Option<Vec<u8>> = row.get(1)?;
            Ok(Source {
                path: moved(row.get(0)?, &self.moved),
                text: text.map(|text| connie_source::source_text::decode(&text)),
            })
        })?;
        Ok(())
    }

    /// What another thread needs to open the same recording.
    #[must_use]
    pub fn again(&self) -> Again {
        let chunks = self.chunks.last().map(|chunk| (self.chunks.len(), chunk.id, chunk.first_step));
        Again { path: self.path.clone(), moved: self.moved.clone(), id: self.info.id.clone(), chunks }
    }

    /// Maps folders of the recording to folders on this machine: (as recorded, now). Sources below them then have the
    /// new path.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn move_folders(&mut self, moved: Vec<(String, String)>) -> Result<(), Error> {
        self.moved = moved;
        self.read_tables()
    }

    /// Reads data recorded since the last read. Returns whether there was any.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn refresh(&mut self) -> Result<bool, Error> {
        let info = read_info(&self.path, &self.connection);
        let info = self.sqlite(info)?;
        let news = info.steps != self.info.steps || info.ended != self.info.ended || info.result != self.info.result;
        if news {
            // The first chunk of a flight recorder is rewritten at the end.
            self.undecodable.borrow_mut().clear();
            self.sketches.clear();
            self.ends.clear();
            self.read_tables()?;
        }
        // Set only now: if reading failed, the next call tries again.
        self.info = info;
        // A recording can be opened before its program has reported its version.
        self.minor = self.info.minor();
        Ok(news)
    }

    /// The last step that can be read now: tables may already mention later ones, whose chunk was not read or written
    /// yet.
    #[must_use]
    pub fn last_step(&self) -> u64 {
        self.chunks.last().map_or(0, |chunk| chunk.first_step + chunk.steps - 1)
    }

    /// Copies the recording into an existing, empty file. A recording in progress is copied as it is now.
    ///
    /// # Errors
    /// If it cannot be read or written.
    pub fn copy(&self, to: &Path) -> Result<(), Error> {
        let sql = "VACUUM INTO ?";
        // SQLite attaches the new file for the copy.
        self.meter.watch(&self.connection, Some(to));
        let copied = self
            .connection
            .set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1)
            .and_then(|_| self.connection.execute(sql, [to.to_string_lossy()]));
        let _ = self.connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0);
        self.meter.watch(&self.connection, None);
        self.sqlite(copied).map(drop)
    }

    /// The path of a source, relative to the project's root if it is below it.
    #[must_use]
    pub fn short(&self, source: u32) -> &str {
        let path = self.sources.get(source as usize).map_or("?", |source| source.path.as_str());
        path.strip_prefix(self.info.root.as_str()).and_then(|path| path.strip_prefix('/')).unwrap_or(path)
    }

    /// A function, by the number of its code.
    #[must_use]
    pub fn function(&self, code: u32) -> Option<&Function> {
        self.functions.get(code as usize)
    }

    /// Whether the lines of a function are not recorded.
    #[must_use]
    #[inline]
    pub fn is_thin(&self, code: u32) -> bool {
        self.function(code).is_some_and(Function::is_thin)
    }

    /// Whether there are functions whose lines are not recorded.
    #[must_use]
    pub fn is_thinned(&self) -> bool {
        self.thinned
    }

    /// Path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lines of the comprehensions that share the slot of a function's variable.
    pub fn comprehensions(&self, code: u32, variable: &str) -> Box<[Lines]> {
        self.in_comprehensions(code, |found, line, name| found.with(line, name, variable)).unwrap_or_default()
    }

    /// Whether a variable of a function exists only in its comprehensions: outside of them, the name has another
    /// meaning.
    #[must_use]
    pub fn is_of_comprehensions(&self, code: u32, variable: &str) -> bool {
        let is_alone = |found: &Comprehensions, line: u32, name: &str| {
            !found.is_own(line, name, variable) && !found.with(line, name, variable).is_empty()
        };
        self.in_comprehensions(code, is_alone).unwrap_or(false)
    }

    /// Queries the comprehensions of a source about a function; `None` if comprehensions are separate functions.
    fn in_comprehensions<T>(&self, code: u32, ask: impl FnOnce(&Comprehensions, u32, &str) -> T) -> Option<T> {
        let function = self.function(code).filter(|_| self.minor >= 12)?;
        let mut known = self.comprehensions.borrow_mut();
        let text = || self.sources.get(function.source as usize).and_then(|source| source.text.as_deref());
        let found = known.entry(function.source).or_insert_with(|| Comprehensions::of(text().unwrap_or_default()));
        Some(ask(found, function.line, function.name.rsplit('.').next().unwrap_or_default()))
    }

    /// Minor version of the recorded Python.
    pub fn minor(&self) -> u32 {
        self.minor
    }

    pub(super) fn sqlite<T>(&self, result: rusqlite::Result<T>) -> Result<T, Error> {
        // The limit applies to the next statement anew.
        self.meter.reset();
        result.map_err(|source| Error::sqlite(&self.path, source))
    }

    /// The changes that were found late.
    pub fn late(&self) -> &LateChanges {
        self.late.get_or_init(|| match self.version {
            ..6 => LateChanges::default(),
            _ => self.sqlite(LateChanges::read(&self.connection)).unwrap_or_else(|_| LateChanges::unknown()),
        })
    }

    /// A string of the recording.
    pub fn string(&self, id: u32) -> &str {
        self.strings.get(id as usize).map_or("?", String::as_str)
    }

    /// The class objects of the recording's types.
    pub fn classes(&self) -> impl Iterator<Item = u64> + '_ {
        self.types.iter().map(|ty| ty.class).filter(|class| *class != 0)
    }

    /// Whether the name of a class changed during the run.
    #[must_use]
    pub fn is_renamed(&self, class: u64) -> bool {
        self.renamed.contains(&class)
    }

    /// A type of the recording.
    pub fn type_name(&self, id: u32) -> Option<&TypeName> {
        self.types.get(id as usize)
    }
}

/// A recording to be opened again. See [`Recording::again`].
pub struct Again {
    path: PathBuf,
    moved: Vec<(String, String)>,
    id: String,
    /// The number of chunks, and the last one.
    chunks: Option<(usize, i64, u64)>,
}

impl Again {
    /// Opens it.
    ///
    /// # Errors
    /// If it cannot be read, or another recording has its name now.
    pub fn open(&self) -> Result<Recording, Error> {
        let mut recording = Recording::open(&self.path)?;
        if recording.info.id != self.id || recording.again().chunks != self.chunks {
            return Err(Error::NotARecording(self.path.clone()));
        }
        if !self.moved.is_empty() {
            recording.move_folders(self.moved.clone())?;
        }
        Ok(recording)
    }
}

/// The classes of types with several names.
fn renamed(types: &[TypeName]) -> FxHashSet<u64> {
    let mut names = FxHashMap::default();
    let classes = types.iter().filter(|ty| ty.class != 0);
    classes.filter(|ty| names.entry(ty.class).or_insert(&ty.name) != &&ty.name).map(|ty| ty.class).collect()
}

#[cfg(test)]
mod tests;
