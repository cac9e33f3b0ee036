//! Writes rows, and chunks that have ended, to the file.

use std::time::{Duration, Instant};

use rusqlite::params;

use super::state::Recorder;
use crate::error::Error;

impl Recorder {
    pub(super) fn insert(&mut self, sql: &str, values: impl rusqlite::Params) -> Result<(), Error> {
        let path = &self.path;
        let sqlite = |source| Error::Sqlite { path: path.clone(), source };
        if !self.in_transaction {
            self.connection.execute_batch("BEGIN").map_err(sqlite)?;
            self.in_transaction = true;
        }
        self.connection.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).map_err(sqlite)?;
        Ok(())
    }

    /// Stores which objects the ended chunk has changed.
    fn list_touched(&mut self) -> Result<(), Error> {
        // In the order of the table, so that each of its pages is visited once.
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

    pub(super) fn commit(&mut self) -> Result<(), Error> {
        self.committed = Instant::now();
        if self.in_transaction {
            self.in_transaction = false;
            let path = &self.path;
            self.connection.execute_batch("COMMIT").map_err(|source| Error::Sqlite { path: path.clone(), source })?;
        }
        Ok(())
    }

    pub(super) fn end_chunk(&mut self) -> Result<(), Error> {
        let path = &self.path;
        let ended = self.writer.restart(&self.context, &mut self.compressor);
        let data = ended.map_err(|source| Error::Io { path: path.clone(), source })?;
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
        // Transactions are small: what is committed survives a full disk and a crash of the recorder.
        if self.chunk % 4 == 0 || self.committed.elapsed() > Duration::from_millis(500) {
            self.commit()?;
        }
        Ok(())
    }
}
