//! Reads what each process writes.

use connie_wire::{Value, arguments};
use rusqlite::params;

use super::state::Recorder;
use super::stream::{LATEST, Stream, Translation};
use super::types::now;
use crate::error::Error;

impl Recorder {
    /// Adds a process that has made a ring. `offset` is when it began, in ticks since the first process began. Returns
    /// the number of its stream.
    pub fn add_process(&mut self, offset: i64) -> usize {
        self.translate_first();
        let translation = Some(Translation::default());
        self.streams.push(Stream { translation, clock: offset, ..Stream::default() });
        self.streams.len() - 1
    }

    /// Gives the first process a translation: from here on its numbers differ from the recording's.
    pub(super) fn translate_first(&mut self) {
        let first = &mut self.streams[0];
        if first.translation.is_none() {
            let own = |n: usize| (0..n as u32).collect();
            first.translation = Some(Translation {
                strings: own(self.tables.strings.len()),
                files: own(self.tables.sources as usize),
                types: own(self.tables.types.len()),
                codes: own(self.codes.len()),
            });
        }
    }

    /// The earliest time at which the next op of a stream was written, in ticks since the first process began.
    pub fn clock_of(&self, stream: usize) -> i64 {
        self.streams[stream].clock
    }

    /// Whether a stream was left within a step. It must then continue before any other stream.
    pub fn is_within_step(&self, stream: usize) -> bool {
        self.streams[stream].open
    }

    /// Gives up the unfinished step of a process that died, so that the others can continue.
    pub fn leave_step(&mut self, stream: usize) {
        self.streams[stream].open = false;
    }

    /// Whether any step of a process was recorded.
    pub fn has_steps(&self, stream: usize) -> bool {
        self.streams[stream].thread != 0
    }

    /// Whether a process reported its shutdown.
    pub fn has_ended(&self, stream: usize) -> bool {
        self.streams[stream].ended
    }

    /// Notes that a further process has ended, or that its ring is read no more. `python` is its version (minor,
    /// micro).
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn end_process(&mut self, stream: usize, python: (u32, u32), gone: bool) -> Result<(), Error> {
        self.streams[stream].open = false;
        let version = format!("3.{}.{}", python.0, python.1);
        let ended = gone.then(now);
        self.insert("UPDATE processes SET version=?, ended=? WHERE id=?", params![version, ended, stream as i64 + 1])
    }

    /// The stream whose op is being read.
    #[inline(always)]
    pub(super) fn own(&mut self) -> &mut Stream {
        &mut self.streams[self.stream]
    }

    /// The translation of the current process's numbers, if they differ from the recording's.
    #[inline(always)]
    pub(super) fn translation(&self) -> Option<&Translation> {
        self.streams[self.stream].translation.as_ref()
    }

    /// Converts the numbers in a value to the recording's.
    #[inline(always)]
    pub(super) fn translate(&self, value: &mut Value) {
        if let Some(translation) = self.translation() {
            translation.value(value);
        }
    }

    /// Begins an op. `open` says that the op's step is still to come.
    #[inline(always)]
    pub(super) fn begin(&mut self, open: bool) -> Result<(), Error> {
        self.own().open = open;
        self.be_in_thread()
    }

    /// Begins an op that is a step.
    #[inline(always)]
    pub(super) fn begin_step(&mut self) -> Result<(), Error> {
        self.begin(false)?;
        if self.streams.len() > 1 {
            let step = self.steps + 1;
            self.own().note_step(step);
        }
        Ok(())
    }

    /// Announces the current thread if another process wrote last.
    #[inline(always)]
    pub(super) fn be_in_thread(&mut self) -> Result<(), Error> {
        let thread = self.streams[self.stream].thread;
        if thread != self.context.thread && thread != 0 { self.announce(thread, 0, &[]) } else { Ok(()) }
    }

    /// Makes the ops that follow belong to a thread of the recording.
    #[inline(never)]
    fn announce(&mut self, thread: u32, ident: u64, name: &[u8]) -> Result<(), Error> {
        self.thread(thread, ident, name)?;
        self.writer.thread(thread);
        self.context.switch(thread);
        self.threads.switch(thread);
        Ok(())
    }

    /// Converts the time of an op, in ticks since the op before it in its stream, to ticks since the op before it in
    /// the recording.
    #[inline(always)]
    pub(super) fn time(&mut self, time: i64) -> i64 {
        let own = self.own();
        own.clock += time;
        let clock = own.clock;
        clock - std::mem::replace(&mut self.last, clock)
    }

    /// Notes what the tracer says went wrong.
    pub(super) fn note_of_process(&mut self, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        match self.own().pid {
            0 => self.note(&text),
            pid => self.note(&format!("process {pid}: {text}")),
        }
    }

    /// Stores what a process reports about itself.
    #[cold]
    pub(super) fn process(&mut self, pid: u32, parent: u32, executable: &[u8], arguments: &[u8]) -> Result<(), Error> {
        let own = self.own();
        own.pid = pid;
        let line: Vec<&[u8]> = arguments.split(|byte| *byte == 0).collect();
        own.command = arguments::command(&line).map(<[u8]>::to_vec);
        let mut line: Vec<_> = line.iter().map(|part| String::from_utf8_lossy(part).into_owned()).collect();
        if let Some(redactor) = &mut self.redactor {
            redactor.arguments(&mut line);
        }
        let argv = serde_json::to_string(&line).unwrap_or_default();
        let executable = String::from_utf8_lossy(executable).into_owned();
        self.started.tells(pid);
        let id = self.stream as i64 + 1;
        self.insert(
            "INSERT INTO processes (id, pid, parent, executable, argv, started) VALUES (?,?,?,?,?,?)",
            params![id, pid, parent, executable, argv, now()],
        )
    }

    /// Makes the next ops of a stream belong to another thread.
    pub(super) fn thread_of(&mut self, thread: u32, ident: u64, name: &[u8]) -> Result<(), Error> {
        let (stream, next) = (self.stream, self.threads.len() as u32 + 1);
        let own = self.own();
        let mut name = name;
        let thread = if stream > 0 || own.translation.is_some() {
            let count = own.threads.len();
            let known = *own.threads.entry(thread).or_insert(next);
            if stream > 0 && count == 0 && name.is_empty() {
                name = b"MainThread";
            }
            known
        } else {
            own.threads.insert(thread, thread);
            thread
        };
        own.thread = thread;
        self.process = stream as u32 + 1;
        self.announce(thread, ident, name)
    }

    /// Stores which object holds the globals of a module that was imported before the recording began.
    pub(super) fn globals(&mut self, file: u32, object: u64) -> Result<(), Error> {
        let file = self.translation().map_or(file, |translation| translation.file(file));
        let process = self.stream as i64 + 1;
        self.insert("INSERT INTO namespaces VALUES (?,?,?)", params![process, file, object])
    }

    /// Marks that the recorded contents of an object, or of a slot of a frame, may be wrong in the last `steps` steps
    /// of its process.
    pub(super) fn late(&mut self, object: u64, slot: u32, steps: u64) -> Result<(), Error> {
        let stream = self.stream;
        let latest = &self.streams[stream].latest;
        let first = match latest.len().checked_sub(steps as usize) {
            Some(at) => latest.get(at).copied().unwrap_or(self.steps),
            // As long as there is only one process, all steps are its own.
            None if stream == 0 && latest.len() < LATEST => {
                latest.front().map_or(self.steps + 1, |first| *first).saturating_sub(steps - latest.len() as u64)
            }
            None => 1,
        };
        let slot = slot.checked_sub(1);
        let (first, last) = (first.max(1), self.steps);
        self.insert("INSERT INTO late VALUES (?,?,?,?)", params![object, slot, first, last])
    }

    /// The number of a process's task in the recording. A new task is stored.
    pub(super) fn task(&mut self, task: u32, name: &[u8]) -> Result<u32, Error> {
        let own = &mut self.streams[self.stream];
        if let Some(known) = own.tasks.get(&task) {
            return Ok(*known);
        }
        self.tasks += 1;
        let (number, thread, step) = (self.tasks, own.thread, self.steps + 1);
        own.tasks.insert(task, number);
        let name = self.without_secrets(&String::from_utf8_lossy(name));
        self.insert("INSERT INTO tasks VALUES (?,?,?,?)", params![number, thread, name, step])?;
        Ok(number)
    }
}
