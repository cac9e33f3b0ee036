//! Replaces secrets before anything is stored: see [`crate::secrets`].

use connie_wire::Value;
use rusqlite::params;

use super::state::Recorder;
use super::types::{Live, Run};
use crate::chunk::Entity;
use crate::error::Error;
use crate::fronted::Fronted;
use crate::secrets::clean::Cleaner;
use crate::secrets::{Objects, Redactor, Surroundings, code_of, visit};

impl Objects for Fronted<u64, Live> {
    fn get(&self, id: u64) -> Option<&Entity> {
        Fronted::get(self, id).map(|live| &live.entity)
    }
}

/// The redactor of a run, and the run without the secrets of its command line.
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
    /// Replaces a secret that is assigned to a slot of a frame of this code.
    #[inline(always)]
    pub(super) fn redact_slot(&mut self, code: u32, slot: u32, value: &mut Value) -> Result<(), Error> {
        if self.redactor.is_some() && visit::has_text(value) {
            return self.redact_with(std::slice::from_mut(value), |redactor, value, around| {
                redactor.slot(code, slot, &mut value[0], around.chunk);
            });
        }
        Ok(())
    }

    pub(super) fn redact_slot_of(&mut self, frame: u64, slot: u32, value: &mut Value) -> Result<(), Error> {
        self.redact_slot(code_of(&self.context, frame), slot, value)
    }

    /// Replaces secrets among the slots of a new frame of this code.
    #[inline(always)]
    pub(super) fn redact_slots(&mut self, code: u32, slots: &mut [(u32, Value)]) -> Result<(), Error> {
        slots.iter_mut().try_for_each(|(slot, value)| self.redact_slot(code, *slot, value))
    }

    /// Replaces a secret that the current frame returns or yields.
    #[inline(always)]
    pub(super) fn redact_result(&mut self, value: &mut Value) -> Result<(), Error> {
        if self.redactor.is_some() && visit::has_text(value) {
            return self.redact_with(std::slice::from_mut(value), |redactor, value, around| {
                redactor.result(&mut value[0], around);
            });
        }
        Ok(())
    }

    /// Replaces secrets among the items of a new object.
    #[inline(always)]
    pub(super) fn redact_new(&mut self, ty: u32, items: &mut [Value]) -> Result<(), Error> {
        if self.redactor.is_some() && items.iter().any(visit::has_text) {
            return self.redact_with(items, |redactor, items, around| redactor.new_items(ty, items, around));
        }
        Ok(())
    }

    /// Replaces secrets among the items that an object gets from index `start` on.
    #[inline(always)]
    pub(super) fn redact_items(
        &mut self,
        object: u64,
        start: u32,
        length: u64,
        items: &mut [Value],
    ) -> Result<(), Error> {
        if self.redactor.is_some() && items.iter().any(visit::has_text) {
            return self.redact_with(items, |redactor, items, around| {
                redactor.some_items(object, start, Some(length), items, around);
            });
        }
        Ok(())
    }

    /// Replaces a secret that is assigned to an item of an object.
    #[inline(always)]
    pub(super) fn redact_item(&mut self, object: u64, index: u32, value: &mut Value) -> Result<(), Error> {
        if self.redactor.is_some() && visit::has_text(value) {
            return self.redact_with(std::slice::from_mut(value), |redactor, value, around| {
                redactor.some_items(object, index, None, value, around);
            });
        }
        Ok(())
    }

    /// Replaces a secret that has no name.
    pub(super) fn redact_free(&mut self, value: &mut Value) -> Result<(), Error> {
        if self.redactor.is_some() {
            return self.redact_with(std::slice::from_mut(value), |redactor, value, around| {
                redactor.free(&mut value[0], around.chunk);
            });
        }
        Ok(())
    }

    #[inline(never)]
    fn redact_with(
        &mut self,
        values: &mut [Value],
        replace: impl FnOnce(&mut Redactor, &mut [Value], &Surroundings<'_, Fronted<u64, Live>>),
    ) -> Result<(), Error> {
        let Some(redactor) = &mut self.redactor else { return Ok(()) };
        let (context, objects, types) = (&self.context, &self.live, self.tables.types.as_slice());
        let around = Surroundings { context, objects, types, chunk: self.chunk };
        let before = redactor.replaced;
        replace(redactor, values, &around);
        if redactor.replaced > before { self.name_texts(values) } else { Ok(()) }
    }

    /// Numbers the type names `str` and `bytes` in values.
    #[cold]
    fn name_texts(&mut self, values: &mut [Value]) -> Result<(), Error> {
        let (str, bytes) = (self.name_of_text(b"str")?, self.name_of_text(b"bytes")?);
        values.iter_mut().for_each(|value| visit::number(value, str, bytes));
        Ok(())
    }

    fn name_of_text(&mut self, name: &[u8]) -> Result<u32, Error> {
        if let Some(id) = self.known.strings.get(name) {
            return Ok(*id);
        }
        // From here on the process's own numbers differ from the recording's.
        self.translate_first();
        self.define_string(name)
    }

    /// A text with its secrets replaced.
    pub(super) fn without_secrets(&mut self, text: &str) -> String {
        self.redactor.as_mut().and_then(|redactor| redactor.str(text)).unwrap_or_else(|| text.to_owned())
    }

    /// A command line with its secrets replaced. Its words are separated by zero bytes.
    pub(super) fn line_without_secrets(&mut self, line: &[u8]) -> Vec<u8> {
        let Some(redactor) = &mut self.redactor else { return line.to_vec() };
        let mut words: Vec<_> =
            line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect();
        if redactor.arguments(&mut words) { words.join("\0").into_bytes() } else { line.to_vec() }
    }

    /// Stores text that was printed, with its secrets replaced.
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

    /// Replaces secrets in texts that were stored before they were known to be secrets.
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
