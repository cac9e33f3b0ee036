//! Secrets are replaced before anything is stored: see [`crate::secrets`].

use connie_wire::Op;
use rusqlite::params;
use rustc_hash::FxHashMap;

use super::state::Recorder;
use super::types::{Live, Run};
use crate::chunk::Entity;
use crate::error::Error;
use crate::secrets::clean::Cleaner;
use crate::secrets::{Objects, Redactor, Surroundings, visit};

impl Objects for FxHashMap<u64, Live> {
    fn get(&self, id: u64) -> Option<&Entity> {
        FxHashMap::get(self, &id).map(|live| &live.entity)
    }
}

/// What replaces secrets in a run, and the run without those of its command line.
pub(super) fn of_run(run: &Run) -> (Option<Box<Redactor>>, Run) {
    let mut run = run.clone();
    let mut redactor = Redactor::new(&run.redact).map(Box::new);
    if let Some(redactor) = &mut redactor {
        redactor.arguments(&mut run.argv);
        run.name = redactor.str(&run.name).unwrap_or(run.name);
    }
    (redactor, run)
}

impl Recorder {
    /// Replaces the secrets of an op.
    #[inline(always)]
    pub(super) fn redact(&mut self, op: &mut Op) -> Result<(), Error> {
        if self.redactor.is_none() || !visit::may_have_text(op) {
            return Ok(());
        }
        self.redact_texts(op)
    }

    #[inline(never)]
    fn redact_texts(&mut self, op: &mut Op) -> Result<(), Error> {
        let Some(redactor) = &mut self.redactor else { return Ok(()) };
        let (context, objects, types) = (&self.context, &self.live, self.tables.types.as_slice());
        let around = Surroundings { context, objects, types, chunk: self.chunk };
        if redactor.op(op, &around) { self.name_texts(op) } else { Ok(()) }
    }

    /// Gives the names of `str` and `bytes` in an op their numbers.
    #[cold]
    fn name_texts(&mut self, op: &mut Op) -> Result<(), Error> {
        let (str, bytes) = (self.name_of_text(b"str")?, self.name_of_text(b"bytes")?);
        visit::values(op, |value| visit::number(value, str, bytes));
        Ok(())
    }

    fn name_of_text(&mut self, name: &[u8]) -> Result<u32, Error> {
        if let Some(id) = self.known.strings.get(name) {
            return Ok(*id);
        }
        // From here on the process's own numbers are others.
        self.translate_first();
        self.define(Op::String { text: name.into() }, None)
    }

    /// A text without secrets.
    pub(super) fn without_secrets(&mut self, text: &str) -> String {
        self.redactor.as_mut().and_then(|redactor| redactor.str(text)).unwrap_or_else(|| text.to_owned())
    }

    /// A command line, its words behind each other, without secrets.
    pub(super) fn line_without_secrets(&mut self, line: &[u8]) -> Vec<u8> {
        let Some(redactor) = &mut self.redactor else { return line.to_vec() };
        let mut words: Vec<_> =
            line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        if redactor.arguments(&mut words) { words.join("\0").into_bytes() } else { line.to_vec() }
    }

    /// Stores what was printed.
    pub(super) fn output(&mut self, step: u64, stream: u8, text: &[u8]) -> Result<(), Error> {
        let (thread, process) = (self.context.thread, self.stream);
        let redactor = self.redactor.as_mut();
        let changed = redactor.map_or_else(Vec::new, |redactor| redactor.printed(process, stream, step, text));
        let own = changed.last().filter(|changed| changed.0 == step).map_or(text, |changed| changed.1.as_slice());
        self.insert("INSERT OR REPLACE INTO output VALUES (?,?,?,?)", params![step, thread, stream, own])?;
        for (earlier, text) in changed.iter().filter(|changed| changed.0 != step) {
            self.insert("UPDATE output SET text=? WHERE step=?", params![text, earlier])?;
        }
        Ok(())
    }

    /// Texts were stored before it was known that they are secrets: replaces them.
    pub(super) fn redact_stored(&mut self) -> Result<(), Error> {
        let Some((mut redactor, first)) = self.redactor.take().and_then(|redactor| {
            let first = redactor.late?;
            Some((redactor, first))
        }) else {
            return Ok(());
        };
        let names = (self.name_of_text(b"str")?, self.name_of_text(b"bytes")?);
        self.commit()?;
        let types = std::mem::take(&mut self.tables.types);
        let mut cleaner = Cleaner::new(&self.connection, &self.path, &mut redactor, &types, names);
        cleaner.since(first)
    }
}
