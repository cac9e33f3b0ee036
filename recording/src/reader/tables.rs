//! Reads the ordinary tables of a recording.

use std::rc::Rc;

use rusqlite::OptionalExtension;

use super::Recording;
use crate::error::Error;
use crate::guard::rows;
use crate::recount::{Recount, recount};
use crate::rows::{ProcessInfo, Raised, TaskInfo, ThreadInfo, Which, Written, raised};

/// A row of step, stream and text.
fn written(row: &rusqlite::Row<'_>) -> rusqlite::Result<Written> {
    let (step, text): (u64, Vec<u8>) = (row.get(0)?, row.get(2)?);
    let text = String::from_utf8_lossy(&text).into_owned();
    Ok(Written { step, last_step: step, stream: row.get(1)?, text })
}

impl Recording {
    /// The columns of an exception, as [`raised`] reads them.
    fn exception_columns(&self) -> &'static str {
        match self.version {
            ..3 => "step, thread, type, text, traceback, uncaught, uncaught, NULL, NULL",
            3..8 => "step, thread, type, text, traceback, uncaught, uncaught OR left_code AS left_code, chain, NULL",
            _ => "step, thread, type, text, traceback, uncaught, uncaught OR left_code AS left_code, chain, last_text",
        }
    }

    /// The nearest matching exception after or before a step. GeneratorExits of generators that are only closed are
    /// left out.
    ///
    /// # Errors
    /// If the table cannot be read.
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
        let mut step = step;
        loop {
            let found = self.sqlite(self.connection.query_row(&sql, [step], raised).optional())?;
            match found {
                Some(found) if which != Which::Uncaught && self.is_closing(&found) => step = found.step,
                found => return Ok(found),
            }
        }
    }

    /// The output after a step, in order; at most `limit` pieces.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn output_after(&self, step: u64, limit: usize) -> Result<Vec<Written>, Error> {
        let last = self.last_step();
        let sql = format!(
            "SELECT step, stream, text FROM output WHERE step > {step} AND step <= {last} ORDER BY step LIMIT {limit}"
        );
        self.sqlite(rows(&self.connection, &sql, written))
    }

    /// The step and the thread of the next output after a step.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn output_step_after(&self, step: u64) -> Result<Option<(u64, u32)>, Error> {
        let sql = "SELECT step, thread FROM output WHERE step > ?1 AND step <= ?2 ORDER BY step LIMIT 1";
        let mut statement = self.sqlite(self.connection.prepare_cached(sql))?;
        let found = statement.query_row([step, self.last_step()], |row| Ok((row.get(0)?, row.get(1)?)));
        self.sqlite(found.optional())
    }

    /// The last `limit` pieces of output before a step, in order.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn output_before(&self, step: u64, limit: usize) -> Result<Vec<Written>, Error> {
        let step = step.min(self.last_step().saturating_add(1));
        let sql = format!("SELECT step, stream, text FROM output WHERE step < {step} ORDER BY step DESC LIMIT {limit}");
        let mut found = self.sqlite(rows(&self.connection, &sql, written))?;
        found.reverse();
        Ok(found)
    }

    /// How often each line of a source ran; empty during recording.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn line_hits(&self, source: u32) -> Result<Vec<(u32, u64)>, Error> {
        if self.info.is_cut() {
            let counted = self.recounted();
            let all = counted.lines.iter().filter(|((of, _), _)| *of == source);
            let mut found: Vec<_> = all.map(|((_, line), hits)| (*line, *hits)).collect();
            found.sort_unstable();
            return Ok(found);
        }
        let sql = format!("SELECT line, hits FROM lines WHERE source = {source} ORDER BY line");
        self.sqlite(rows(&self.connection, &sql, |row| Ok((row.get(0)?, row.get(1)?))))
    }

    /// Whether codes are known to have at least this many calls among all steps of the recording, by what was counted
    /// during the run; `false` where that does not tell.
    #[must_use]
    pub fn has_calls(&self, codes: &[u32], least: u64) -> bool {
        // Counts are those of all processes, and of the whole run.
        let is_whole = self.info.is_counted() && self.has_one_process() && !self.is_tail();
        is_whole && codes.iter().map(|code| self.times(*code).map_or(0, |(calls, _, _)| calls)).sum::<u64>() >= least
    }

    /// The number of calls of a function, and the nanoseconds spent in it with and without callees; complete only after
    /// the run has ended.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn times(&self, code: u32) -> Result<(u64, u64, u64), Error> {
        let sql = "SELECT calls, total_time, self_time FROM functions WHERE id = ?";
        self.sqlite(self.connection.query_row(sql, [code], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))))
    }

    /// The steps of the exceptions that a function raised, or was the first recorded one to pass on.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn raised_in(&self, code: u32) -> Result<Vec<u64>, Error> {
        let columns = self.exception_columns();
        let sql = format!("SELECT {columns} FROM exceptions WHERE function = {code} ORDER BY step LIMIT 10000");
        let found = self.sqlite(rows(&self.connection, &sql, raised))?;
        Ok(found.iter().filter(|raised| !self.is_closing(raised)).map(|raised| raised.step).collect())
    }

    /// All threads, in order of appearance.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn threads(&self) -> Result<Vec<ThreadInfo>, Error> {
        let sql = "SELECT id, process, ident, name, first_step, last_step, steps FROM threads ORDER BY id";
        let mut threads = self.sqlite(rows(&self.connection, sql, |row| {
            Ok(ThreadInfo {
                id: row.get(0)?,
                process: row.get(1)?,
                ident: row.get(2)?,
                name: row.get(3)?,
                first_step: row.get(4)?,
                last_step: row.get(5)?,
                steps: row.get(6)?,
            })
        }))?;
        if !self.info.is_counted() {
            let recounted = self.info.is_cut().then(|| self.recounted());
            for thread in &mut threads {
                let steps =
                    recounted.as_ref().map(|counted| counted.threads.get(&thread.id).copied().unwrap_or_default());
                (thread.last_step, thread.steps) = steps.map(|steps| (steps.last, steps.count)).unzip();
            }
        }
        Ok(threads)
    }

    /// The data that an interrupted recorder did not store.
    fn recounted(&self) -> Rc<Recount> {
        Rc::clone(self.recount.get_or_init(|| Rc::new(recount(self))))
    }

    /// The processes of the recording that ran recorded code, the main program first.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn processes(&self) -> Result<Vec<ProcessInfo>, Error> {
        // Up to version 2 there was only one.
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

    /// The asyncio tasks of the recording, by number.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn tasks(&self) -> Result<Vec<TaskInfo>, Error> {
        if self.version < 3 {
            return Ok(Vec::new());
        }
        let sql = "SELECT id, thread, name, first_step FROM tasks ORDER BY id";
        self.sqlite(rows(&self.connection, sql, |row| {
            Ok(TaskInfo { id: row.get(0)?, thread: row.get(1)?, name: row.get(2)?, first_step: row.get(3)? })
        }))
    }

    /// The process id of each thread outside the main program's process.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn process_ids(&self) -> Result<Vec<(u32, u32)>, Error> {
        let processes = self.processes()?;
        let pid = |id: u32| processes.iter().find(|process| process.id == id).map_or(0, |process| process.pid);
        let others = self.threads()?.into_iter().filter(|thread| thread.process != 1);
        Ok(others.map(|thread| (thread.id, pid(thread.process))).collect())
    }

    /// The display name of each thread: its name, with the process id if it belongs to another process.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn thread_names(&self) -> Result<Vec<(u32, String)>, Error> {
        let pids = self.process_ids()?;
        let named = self.threads()?.into_iter().map(|thread| {
            let name = if thread.name.is_empty() { format!("Thread {}", thread.id) } else { thread.name };
            let pid = pids.iter().find(|(id, _)| *id == thread.id);
            (thread.id, pid.map_or(name.clone(), |(_, pid)| format!("{name} (process {pid})")))
        });
        Ok(named.collect())
    }

    /// The first `limit` exceptions, in order; without those of generators that are only closed.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn exceptions(&self, limit: usize) -> Result<Vec<Raised>, Error> {
        self.exceptions_after(0, limit)
    }

    /// Like [`Self::exceptions`], for the exceptions after a step.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn exceptions_after(&self, step: u64, limit: usize) -> Result<Vec<Raised>, Error> {
        let columns = self.exception_columns();
        let (mut found, mut step) = (Vec::new(), step);
        while found.len() < limit {
            let wanted = limit - found.len();
            let sql = format!("SELECT {columns} FROM exceptions WHERE step > {step} ORDER BY step LIMIT {wanted}");
            let page = self.sqlite(rows(&self.connection, &sql, raised))?;
            let (count, last) = (page.len(), page.last().map_or(u64::MAX, |last| last.step));
            found.extend(page.into_iter().filter(|raised| !self.is_closing(raised)));
            if count < wanted {
                break;
            }
            step = last;
        }
        Ok(found)
    }

    /// The exception that appeared at a step.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn exception_at(&self, step: u64) -> Result<Option<Raised>, Error> {
        let sql = format!("SELECT {} FROM exceptions WHERE step=?", self.exception_columns());
        self.sqlite(self.connection.query_row(&sql, [step], raised).optional())
    }

    /// The exception that ended the program: an uncaught one, or a SystemExit with a failing status.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn ended_by(&self) -> Result<Option<Raised>, Error> {
        let step = match self.info.exception {
            None if self.version >= 8 => {
                let found = self.connection.query_row(super::summary::EXIT, [], |row| row.get::<_, Option<u64>>(0));
                self.sqlite(found)?
            }
            known => known,
        };
        step.map_or(Ok(None), |step| self.exception_at(step))
    }

    /// The text written at an output step.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn output_at(&self, step: u64) -> Result<Vec<u8>, Error> {
        let mut statement = self.sqlite(self.connection.prepare_cached("SELECT text FROM output WHERE step=?"))?;
        let text = statement.query_row([step], |row| row.get(0)).optional();
        Ok(self.sqlite(text)?.unwrap_or_default())
    }

    /// Counts: functions, lines that ran (0 during recording), exceptions, output events.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn counts(&self) -> Result<[u64; 4], Error> {
        let mut counts = self.stored_counts()?;
        let sql =
            format!("SELECT {} FROM exceptions WHERE type = 'GeneratorExit' LIMIT 10000", self.exception_columns());
        let found = self.sqlite(rows(&self.connection, &sql, raised))?;
        let closings = found.iter().filter(|raised| self.is_closing(raised)).count() as u64;
        counts[2] = counts[2].saturating_sub(closings);
        if self.info.is_cut() {
            counts[1] = self.recounted().lines.len() as u64;
        }
        Ok(counts)
    }

    fn stored_counts(&self) -> Result<[u64; 4], Error> {
        // `count(*)` would be a single instruction of SQLite, which the limit cannot interrupt.
        let sql = "SELECT (SELECT count(1) FROM functions), (SELECT count(1) FROM lines),
            (SELECT count(1) FROM exceptions), (SELECT count(1) FROM output)";
        self.sqlite(self.connection.query_row(sql, [], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])))
    }
}
