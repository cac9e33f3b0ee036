//! How a recording ends: completed, interrupted, given up or discarded.

use connie_wire::ticks;
use rusqlite::params;

use super::state::Recorder;
use super::types::{Outcome, Summary, now};
use crate::error::Error;
use crate::outcome::RunResult;

impl Recorder {
    /// Completes the recording.
    ///
    /// # Errors
    /// If the file cannot be written. What was committed before stays readable.
    pub fn finish(mut self, outcome: &Outcome) -> Result<Summary, Error> {
        self.reserve.give_room();
        if self.writer.steps > 0 || self.steps == 0 {
            self.end_chunk()?;
        }
        self.close_tail()?;
        let ids = self.threads.numbers();
        let mut uncaught = None;
        for id in ids {
            let Some(thread) = self.threads.get_mut(id) else { continue };
            thread.escapes_at_end(&self.codes);
            let mut raised = thread.raised.take();
            let mut escaped = thread.escaped;
            let mut later = None;
            if let Some(ended_by) = thread.ended_by.take() {
                escaped = Some(ended_by.step);
                later = raised.replace(ended_by);
            }
            let (first, last, steps) = (thread.first, thread.last, thread.steps);
            let left = raised.as_ref().is_some_and(|raised| escaped == Some(raised.step));
            let failed = left && outcome.exit_code != Some(0);
            if failed && self.streams.iter().any(|stream| stream.is_program(outcome.pid) && stream.begins_with(id)) {
                uncaught = raised.as_ref().map(|raised| raised.step);
            }
            let closing = self.threads.get_mut(id).and_then(|thread| thread.closing.take());
            self.closed(id, closing)?;
            self.exception(id, later, false)?;
            self.exception(id, raised, left)?;
            self.insert(
                "UPDATE threads SET first_step=?, last_step=?, steps=? WHERE id=?",
                params![first, last, steps, id],
            )?;
        }
        let is_exit = uncaught.is_some_and(|step| {
            let name = self
                .connection
                .query_row("SELECT type FROM exceptions WHERE step=?", [step], |row| row.get::<_, String>(0));
            name.is_ok_and(|name| name == "SystemExit")
        });
        if is_exit {
            uncaught = None;
        }
        let is_empty = self.codes.is_empty();
        let (ticks_then, then) = self.clock;
        let per_second = ticks().wrapping_sub(ticks_then) as f64 / then.elapsed().as_secs_f64().max(1e-9);
        self.store_statistics(per_second)?;
        let result = match (outcome.exit_code, outcome.signal, uncaught) {
            (_, Some(_), _) => RunResult::Signal,
            (Some(0), ..) => RunResult::Ok,
            (_, _, Some(_)) => RunResult::Exception,
            // The user ended the recording, not the program.
            (None, None, None) if !outcome.failed => RunResult::Stopped,
            _ => RunResult::Failed,
        };
        let result = result.name();
        // After `os._exit`, or a signal, the tracer reports no end.
        let ended = self.streams.iter().any(|stream| stream.ended && stream.is_program(outcome.pid));
        let complete = ended && self.trouble.is_none();
        let (trouble, steps) = (self.trouble.clone(), self.steps);
        self.insert(
            "INSERT OR REPLACE INTO processes (id, pid, executable, version, started, ended)
                VALUES (1,?,?,?,(SELECT started FROM recording),?)",
            params![outcome.pid, outcome.executable, format!("3.{}.{}", self.tables.minor, self.tables.micro), now()],
        )?;
        self.insert(
            "UPDATE recording SET ended=?, steps=?, result=?, exit_code=?, signal=?, complete=?, exception=?, trouble=?, ticks_per_second=?, waited=?",
            params![now(), steps, result, outcome.exit_code, outcome.signal, complete, uncaught, trouble, per_second, outcome.waited],
        )?;
        self.commit()?;
        self.redact_stored()?;
        self.commit()?;
        // If there is no room to fold the log into the file, the recording consists of both files.
        let folded = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=MEMORY;");
        // A reader of the file may block the checkpoint too: the last one that closes it will fold the log.
        let no_room = folded.is_err_and(|source| Error::Sqlite { path: self.path.clone(), source }.is_limit());
        Ok(Summary { steps: self.steps, result: result.into(), trouble: self.trouble.clone(), is_empty, no_room })
    }

    /// Closes a recording that could not be completed. What was committed stays, and the file says what happened if
    /// that can still be written.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn abandon(self, outcome: &Outcome, why: &str) -> Result<(), Error> {
        let path = self.path.clone();
        let sqlite = |source| Error::Sqlite { path, source };
        self.reserve.give_room();
        if !self.connection.is_autocommit() && self.connection.execute_batch("COMMIT").is_err() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        let last = "(SELECT coalesce(max(first_step + steps - 1), 0) FROM chunks)";
        let cut = RunResult::Cut.name();
        let result = self.connection.execute(
            &format!(
                "UPDATE recording SET ended=?, steps={last}, result='{cut}', exit_code=?, signal=?, complete=0, trouble=?"
            ),
            params![now(), outcome.exit_code, outcome.signal, why],
        );
        let _ = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=MEMORY;");
        result.map_err(sqlite)?;
        Ok(())
    }

    /// Ends a recording that nobody wants any more, without writing anything.
    #[must_use]
    pub fn give_up(self) -> Summary {
        let result = RunResult::Stopped.name().into();
        Summary { steps: self.steps, result, trouble: self.trouble, is_empty: false, no_room: false }
    }

    /// Removes the recording, because it has no steps.
    pub fn discard(self) {
        drop(self.connection);
        for suffix in ["", "-wal", "-shm"] {
            let mut path = self.path.clone().into_os_string();
            path.push(suffix);
            let _ = std::fs::remove_file(path);
        }
    }

    pub(super) fn store_statistics(&mut self, per_second: f64) -> Result<(), Error> {
        let nanoseconds = |ticks: i64| (ticks as f64 / per_second * 1e9) as i64;
        let codes = std::mem::take(&mut self.codes);
        for (id, code) in codes.iter().enumerate() {
            self.insert(
                "UPDATE functions SET calls=?, total_time=?, self_time=? WHERE id=?",
                params![code.calls, nanoseconds(code.total), nanoseconds(code.own), id as i64],
            )?;
            for (index, hits) in code.lines.iter().map(|line| line.hits).enumerate().filter(|(_, hits)| *hits > 0) {
                self.insert(
                    "INSERT INTO lines VALUES (?,?,?) ON CONFLICT DO UPDATE SET hits = hits + excluded.hits",
                    params![code.source, code.first_line as usize + index, hits],
                )?;
            }
        }
        Ok(())
    }
}
