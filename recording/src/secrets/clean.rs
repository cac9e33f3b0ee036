//! Removes secrets from a stored recording.

use std::path::Path;

use connie_wire::{Op, Value};
use rusqlite::{Connection, params};
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::redactor::{Redactor, Surroundings, code_of};
use super::visit;
use crate::chunk::{self, Entity, Entry, Writer};
use crate::error::Error;
use crate::reader::Recording;
use crate::render::TypeName;
use crate::schema::VERSION;

/// The number of a row, with its texts.
type Row = (i64, Vec<Option<String>>);

/// The maximum number of passes. A secret may be found after a text that contains it, which requires another pass.
const PASSES: usize = 3;

/// Removes secrets from a recording that no other process has open, for example a copy. `words` are those of the
/// settings, `texts` are secrets given literally.
///
/// # Errors
/// If it cannot be read or written, or has an earlier format.
pub fn clean(path: &Path, words: &[String], texts: &[String]) -> Result<(), Error> {
    let (types, functions, version) = {
        let recording = Recording::open(path)?;
        let functions: Vec<_> =
            recording.functions.iter().map(|function| (function.name.clone(), function.slots.to_vec())).collect();
        (recording.types.clone(), functions, recording.version)
    };
    if version != VERSION {
        return Err(Error::NotCleaned { path: path.into(), found: version, needed: VERSION });
    }
    let sqlite = |source| Error::Sqlite { path: path.into(), source };
    let connection = Connection::open(path).map_err(sqlite)?;
    // Neither freed pages nor a journal may keep the old data.
    connection
        .execute_batch("PRAGMA journal_mode=MEMORY; PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;")
        .map_err(sqlite)?;
    let Some(mut redactor) = Redactor::new(words) else { return Ok(()) };
    texts.iter().for_each(|text| redactor.add(text.as_bytes()));
    functions.iter().for_each(|(name, slots)| redactor.code(name, slots));
    let names = (name(&connection, "str").map_err(sqlite)?, name(&connection, "bytes").map_err(sqlite)?);
    let mut cleaner = Cleaner::new(&connection, path, &mut redactor, &types, names);
    cleaner.learn()?;
    cleaner.since(0)?;
    cleaner.sources()?;
    cleaner.names()?;
    connection.execute_batch("VACUUM").map_err(sqlite)
}

/// The number of a string; stores the string if it is new.
fn name(connection: &Connection, text: &str) -> rusqlite::Result<u32> {
    let found = connection.query_row("SELECT id FROM strings WHERE text=?", [text.as_bytes()], |row| row.get(0));
    match found {
        Err(rusqlite::Error::QueryReturnedNoRows) => {
            let id: u32 = connection.query_row("SELECT coalesce(max(id) + 1, 0) FROM strings", [], |row| row.get(0))?;
            connection.execute("INSERT INTO strings VALUES (?,?)", params![id, text.as_bytes()])?;
            Ok(id)
        }
        found => found,
    }
}

/// Replaces secrets in a file.
pub(crate) struct Cleaner<'a> {
    connection: &'a Connection,
    path: &'a Path,
    redactor: &'a mut Redactor,
    types: &'a [TypeName],
    /// The string numbers of the names `str` and `bytes`.
    names: (u32, u32),
}

impl<'a> Cleaner<'a> {
    pub(crate) fn new(
        connection: &'a Connection,
        path: &'a Path,
        redactor: &'a mut Redactor,
        types: &'a [TypeName],
        names: (u32, u32),
    ) -> Self {
        Self { connection, path, redactor, types, names }
    }

    fn sqlite<T>(&self, result: rusqlite::Result<T>) -> Result<T, Error> {
        result.map_err(|source| Error::Sqlite { path: self.path.into(), source })
    }

    /// Collects all secrets first, so that each is found wherever it occurs.
    fn learn(&mut self) -> Result<(), Error> {
        let last = self.last_chunk()?;
        for _ in 0..PASSES {
            let known = self.redactor.known();
            for id in 0..=last {
                self.chunk(id, false)?;
            }
            if self.redactor.known() == known {
                break;
            }
        }
        Ok(())
    }

    /// Replaces secrets in exceptions, in output, and in the chunks from one on.
    pub(crate) fn since(&mut self, first: i64) -> Result<(), Error> {
        self.sqlite(self.connection.execute_batch("BEGIN"))?;
        for id in first..=self.last_chunk()? {
            if let Some(data) = self.chunk(id, true)? {
                let checksum = crc32fast::hash(&data);
                self.sqlite(self.connection.execute("UPDATE chunk_data SET data=? WHERE id=?", params![data, id]))?;
                let sql = "UPDATE chunks SET checksum=? WHERE id=?";
                self.sqlite(self.connection.execute(sql, params![checksum, id]))?;
            }
        }
        self.exceptions()?;
        self.output()?;
        self.sqlite(self.connection.execute_batch("COMMIT"))
    }

    fn last_chunk(&self) -> Result<i64, Error> {
        self.sqlite(self.connection.query_row("SELECT coalesce(max(id), -1) FROM chunks", [], |row| row.get(0)))
    }

    /// A chunk without its secrets; `None` if it has none, does not exist, or is not to be `written`.
    fn chunk(&mut self, id: i64, written: bool) -> Result<Option<Vec<u8>>, Error> {
        let found = self.connection.query_row("SELECT data FROM chunk_data WHERE id=?", [id], |row| row.get(0));
        let data: Vec<u8> = match found {
            Err(rusqlite::Error::QueryReturnedNoRows) => return Ok(None),
            found => self.sqlite(found)?,
        };
        let io = |source| Error::Io { path: self.path.into(), source };
        let chunk = chunk::decode(&data, VERSION).map_err(|why| io(std::io::Error::other(why)))?;
        let before = self.redactor.replaced;
        let mut context = chunk.context;
        let mut writer = Writer::new(&context);
        let mut objects: FxHashMap<u64, Entity> = FxHashMap::default();
        for entry in chunk.entries {
            match entry {
                Entry::Snapshot(mut entity, id) => {
                    let code = if entity.ty.is_none() { code_of(&context, id) } else { u32::MAX };
                    self.redactor.entity(&mut entity, code, self.types);
                    entity.items.iter_mut().for_each(|value| self.number(value));
                    if written {
                        writer.snapshot(id, &entity);
                    }
                    objects.insert(id, entity);
                }
                Entry::Op(mut op) => {
                    let around = Surroundings { context: &context, objects: &objects, types: self.types, chunk: 0 };
                    if self.redactor.op(&mut op, &around) {
                        visit::values(&mut op, |value| self.number(value));
                    }
                    follow(&mut objects, &op);
                    if written {
                        writer.push(&op, &context);
                    }
                    context.apply(&op);
                }
            }
        }
        let changed = written && self.redactor.replaced > before;
        if changed { writer.finish().map(Some).map_err(io) } else { Ok(None) }
    }

    fn number(&self, value: &mut Value) {
        visit::number(value, self.names.0, self.names.1);
    }

    fn exceptions(&mut self) -> Result<(), Error> {
        for (key, texts) in self.rows("SELECT step, text, last_text FROM exceptions")? {
            self.replace("UPDATE exceptions SET text=?1, last_text=?2 WHERE step=?3", key, texts)?;
        }
        for (key, texts) in self.rows("SELECT step, chain FROM exceptions WHERE chain IS NOT NULL")? {
            let chain = texts[0].as_deref().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
            if let Some(mut chain) = chain
                && self.json(&mut chain)
            {
                let sql = "UPDATE exceptions SET chain=? WHERE step=?";
                self.sqlite(self.connection.execute(sql, params![chain.to_string(), key]))?;
            }
        }
        Ok(())
    }

    /// Replaces secrets in the strings of a JSON value. Returns whether there were any.
    fn json(&mut self, value: &mut serde_json::Value) -> bool {
        match value {
            serde_json::Value::String(text) => match self.redactor.str(text) {
                Some(other) => {
                    *text = other;
                    true
                }
                None => false,
            },
            serde_json::Value::Array(items) => items.iter_mut().fold(false, |any, item| self.json(item) | any),
            serde_json::Value::Object(items) => items.values_mut().fold(false, |any, item| self.json(item) | any),
            _ => false,
        }
    }

    fn output(&mut self) -> Result<(), Error> {
        let sql = "SELECT step, coalesce(process, 1), stream, output.text FROM output \
                   LEFT JOIN threads ON threads.id = output.thread ORDER BY step";
        let mut statement = self.sqlite(self.connection.prepare(sql))?;
        let mut rows = self.sqlite(statement.query([]))?;
        let mut changed = Vec::new();
        // The recorder's own search has reached the end of the last line.
        self.redactor.forget_printed();
        while let Some(row) = self.sqlite(rows.next())? {
            let found = (row.get::<_, u64>(0), row.get::<_, i64>(1), row.get::<_, u8>(2), row.get::<_, Vec<u8>>(3));
            if let (Ok(step), Ok(process), Ok(stream), Ok(text)) = found {
                changed.extend(self.redactor.printed(process as usize, stream, step, &text));
            }
        }
        for (step, text) in changed {
            self.sqlite(self.connection.execute("UPDATE output SET text=? WHERE step=?", params![text, step]))?;
        }
        Ok(())
    }

    /// Cleans sources. Lines and columns keep their positions.
    fn sources(&mut self) -> Result<(), Error> {
        let mut statement = self.sqlite(self.connection.prepare("SELECT id, text FROM sources"))?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<Vec<u8>>>(1)?)));
        let rows: Vec<_> = self.sqlite(rows.and_then(Iterator::collect))?;
        for (id, text) in rows {
            let Some(mut text) = text else { continue };
            let found = self.redactor.of_source(&text);
            if found.is_empty() {
                continue;
            }
            for range in found {
                text[range].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b'*');
            }
            let hash: String = Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect();
            let sql = "UPDATE sources SET text=?, sha256=? WHERE id=?";
            self.sqlite(self.connection.execute(sql, params![text, hash, id]))?;
        }
        Ok(())
    }

    /// Cleans all other texts: names, command lines, notes about missing data.
    fn names(&mut self) -> Result<(), Error> {
        for (table, column, id) in [
            ("strings", "CAST(text AS TEXT)", "id"),
            ("threads", "name", "id"),
            ("tasks", "name", "id"),
            ("recording", "name", "rowid"),
            ("recording", "trouble", "rowid"),
        ] {
            let name = column.trim_start_matches("CAST(").split(' ').next().unwrap_or(column);
            for (key, texts) in self.rows(&format!("SELECT {id}, {column} FROM {table}"))? {
                let set = if table == "strings" { "CAST(?1 AS BLOB)" } else { "?1" };
                self.replace(&format!("UPDATE {table} SET {name}={set} WHERE {id}=?2"), key, texts)?;
            }
        }
        for (table, id) in [("recording", "rowid"), ("processes", "id")] {
            for (key, texts) in self.rows(&format!("SELECT {id}, argv FROM {table}"))? {
                let line = texts[0].as_deref().and_then(|text| serde_json::from_str::<Vec<String>>(text).ok());
                let Some(mut line) = line else { continue };
                if self.redactor.arguments(&mut line) {
                    let line = serde_json::to_string(&line).unwrap_or_default();
                    let sql = format!("UPDATE {table} SET argv=? WHERE {id}=?");
                    self.sqlite(self.connection.execute(&sql, params![line, key]))?;
                }
            }
        }
        Ok(())
    }

    /// Reads rows that consist of a number and texts.
    fn rows(&self, sql: &str) -> Result<Vec<Row>, Error> {
        let mut statement = self.sqlite(self.connection.prepare(sql))?;
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| {
            let texts = (1..columns).map(|n| Ok(row.get_ref(n)?.as_str_or_null().ok().flatten().map(str::to_owned)));
            Ok((row.get(0)?, texts.collect::<rusqlite::Result<_>>()?))
        });
        self.sqlite(rows.and_then(Iterator::collect))
    }

    /// Writes the texts of a row back if they contained secrets. The texts are the first parameters, the row's number
    /// is the last.
    fn replace(&mut self, sql: &str, key: i64, mut texts: Vec<Option<String>>) -> Result<(), Error> {
        let mut changed = false;
        for text in texts.iter_mut().flatten() {
            if let Some(other) = self.redactor.str(text) {
                *text = other;
                changed = true;
            }
        }
        if changed {
            let mut values: Vec<&dyn rusqlite::ToSql> = texts.iter().map(|text| text as &dyn rusqlite::ToSql).collect();
            values.push(&key);
            self.sqlite(self.connection.execute(sql, values.as_slice()))?;
        }
        Ok(())
    }
}

/// Applies an op to the contents of objects.
fn follow(objects: &mut FxHashMap<u64, Entity>, op: &Op) {
    match op {
        Op::New { object, ty, length, items } => {
            objects.insert(*object, Entity { ty: Some(*ty), length: *length, items: items.clone() });
        }
        Op::Set { object, index, value } => {
            if let Some(entity) = objects.get_mut(object) {
                entity.set(*index as usize, value.clone());
            }
        }
        Op::Splice { object, start, removed, length, items } => {
            if let Some(entity) = objects.get_mut(object) {
                entity.splice(*start as usize, *removed as usize, *length, items);
            }
        }
        _ => {}
    }
}
