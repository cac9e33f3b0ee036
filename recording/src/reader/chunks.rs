//! The chunks of a recording, and the contents of objects in them.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use connie_wire::ring::BLOCK;
use rusqlite::params;

use super::{CACHED_CHUNKS, Packed, Recording};
use crate::chunk::{Chunk, Entity};
use crate::error::Error;
use crate::guard::rows;

impl Recording {
    /// Index of the chunk that holds a step.
    ///
    /// # Errors
    /// If there is no such step.
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
    /// If it is damaged.
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
        if let Some(why) = self.undecodable.borrow().get(&info.id) {
            return Err(damaged(why.clone()));
        }
        self.decoded.update(|count| count + 1);
        let was_read = self.ahead.take(info.id).map(|(chunk, computed)| {
            self.elsewhere.update(|all| all + computed);
            chunk
        });
        let next = self
            .ahead
            .next(index)
            .filter(|next| self.chunks.get(*next).is_some_and(|next| !cache.iter().any(|(id, _)| *id == next.id)));
        if let Some((next, packed)) = next.and_then(|next| Some((next, self.packed(next).ok()?))) {
            self.ahead.ask(self.chunks[next].id, packed);
        }
        let read = || self.packed(index).map_err(|error| error.to_string())?.unpack();
        let chunk = match was_read.unwrap_or_else(read) {
            Ok(chunk) => Rc::new(chunk),
            Err(why) => {
                self.undecodable.borrow_mut().insert(info.id, why.clone());
                return Err(damaged(why));
            }
        };
        if cache.len() >= CACHED_CHUNKS {
            cache.remove(0);
        }
        cache.push((info.id, Rc::clone(&chunk)));
        Ok(chunk)
    }

    /// The number of chunks decoded since the recording was opened: what a question costs, whatever the machine does.
    #[must_use]
    pub fn decoded(&self) -> u64 {
        self.decoded.get()
    }

    /// The time that other threads computed for this one, as if it had waited for nothing else.
    #[must_use]
    pub fn computed_elsewhere(&self) -> Duration {
        self.elsewhere.get()
    }

    pub(super) fn packed(&self, index: usize) -> rusqlite::Result<Packed> {
        let sql = "SELECT checksum, data FROM chunks JOIN chunk_data USING (id) WHERE id=?";
        self.meter.reset();
        self.connection.prepare_cached(sql)?.query_row([self.chunks[index].id], |row| {
            Ok(Packed { checksum: row.get(0)?, data: row.get(1)?, version: self.version })
        })
    }

    /// The process that a frame or object belongs to, by its number.
    #[must_use]
    pub fn process_of(&self, id: u64) -> u32 {
        self.blocks.get(&(id / BLOCK)).copied().unwrap_or(1)
    }

    /// Whether no other process than the main program is recorded.
    #[must_use]
    pub fn has_one_process(&self) -> bool {
        self.blocks.is_empty()
    }

    /// The globals of a module that was imported before recording began in a process.
    #[must_use]
    pub fn inherited_globals(&self, process: u32, source: u32) -> Option<u64> {
        self.namespaces.get(&(process, source)).copied()
    }

    /// Index of the chunk in which the number of a frame or object was assigned; index 0 if that chunk was not kept.
    pub fn birth_of(&self, id: u64) -> Option<usize> {
        let after = self.births.partition_point(|(birth, _)| *birth <= id);
        let birth = after.checked_sub(1).map(|n| self.births[n]);
        if self.is_tail() { self.birth_in_tail(id, birth) } else { birth.map(|(_, index)| index) }
    }

    #[cold]
    fn birth_in_tail(&self, id: u64, before: Option<(u64, usize)>) -> Option<usize> {
        let known = before.filter(|(birth, _)| birth / BLOCK == id / BLOCK);
        Some(known.map_or(0, |(_, index)| index))
    }

    /// Whether earlier chunks were not kept. The first chunk then begins with the contents of all entities.
    #[must_use]
    pub fn is_tail(&self) -> bool {
        self.chunks.first().is_some_and(|first| first.id > 0)
    }

    /// Indexes of the chunks that create or change a frame or object, ascending.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn chunks_of(&self, id: u64) -> Result<Vec<usize>, Error> {
        let sql = format!("SELECT chunk FROM object_chunks WHERE object={id} ORDER BY chunk");
        let touched: Vec<i64> = self.sqlite(rows(&self.connection, &sql, |row| row.get(0)))?;
        let created = self.birth_of(id);
        let touched = touched.iter().filter_map(|id| self.chunks.binary_search_by_key(id, |chunk| chunk.id).ok());
        let mut found: Vec<usize> = created.into_iter().chain(touched).collect();
        found.dedup();
        Ok(found)
    }

    /// The contents of a frame or object at the beginning of a chunk.
    ///
    /// # Errors
    /// If an earlier chunk is damaged.
    pub fn entity_before(&self, object: u64, chunk: usize) -> Result<Option<Rc<Entity>>, Error> {
        let Some(index) = self.latest_before(object, chunk)? else { return Ok(None) };
        let id = self.chunks[index].id;
        if let Some(known) = self.ends.known(id, object) {
            return Ok(Some(known));
        }
        let chunk = self.chunk(index)?;
        Ok(self.ends.find(id, &chunk, object))
    }

    /// The contents of many frames or objects at the beginning of a chunk, each with its number; without those that are
    /// not known then. Each earlier chunk is read once at most; damaged ones are skipped.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn entities_before(&self, objects: &[u64], chunk: usize) -> Result<Vec<(u64, Rc<Entity>)>, Error> {
        let mut found = Vec::new();
        let mut unknown: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for object in objects {
            let Some(index) = self.latest_before(*object, chunk)? else { continue };
            match self.ends.known(self.chunks[index].id, *object) {
                Some(known) => found.push((*object, known)),
                None => unknown.entry(index).or_default().push(*object),
            }
        }
        for (index, objects) in unknown {
            let Ok(chunk) = self.chunk(index) else { continue };
            found.extend(self.ends.find_all(self.chunks[index].id, &chunk, &objects));
        }
        Ok(found)
    }

    /// The last chunk before another one that has the contents of a frame or object.
    fn latest_before(&self, object: u64, chunk: usize) -> Result<Option<usize>, Error> {
        let id = self.chunks.get(chunk).map_or(i64::MAX, |chunk| chunk.id);
        let sql = "SELECT max(chunk) FROM object_chunks WHERE object=? AND chunk<?";
        let touched: Option<i64> = self.sqlite(
            self.connection
                .prepare_cached(sql)
                .and_then(|mut statement| statement.query_row(params![object, id], |row| row.get(0))),
        )?;
        Ok(match touched {
            Some(touched) if self.chunks.first().is_some_and(|first| touched < first.id) => Some(0),
            Some(touched) => self.chunks.binary_search_by_key(&touched, |chunk| chunk.id).ok(),
            None => self.birth_of(object).filter(|index| *index < chunk),
        })
    }
}
