//! Taking in what each process writes.

use connie_wire::{Op, arguments};
use rusqlite::params;

use super::define::source_key;
use super::state::Recorder;
use super::stream::{LATEST, Stream, Translation, is_within_step};
use super::types::now;
use crate::error::Error;

impl Recorder {
    /// A further process has made a ring; the number of its stream. `offset` is when it began, in ticks after
    /// the first process did.
    pub fn add_process(&mut self, offset: i64) -> usize {
        self.translate_first();
        let translation = Some(Translation::default());
        self.streams.push(Stream { translation, clock: offset, ..Stream::default() });
        self.streams.len() - 1
    }

    /// Numbers of the first process are from here on others than the recording's.
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

    /// When the next op of a stream was written, at the earliest: ticks after the first process began.
    pub fn clock_of(&self, stream: usize) -> i64 {
        self.streams[stream].clock
    }

    /// Whether a stream was left within a step: it has to go on before any other.
    pub fn is_within_step(&self, stream: usize) -> bool {
        self.streams[stream].open
    }

    /// A process died within a step: the others go on.
    pub fn leave_step(&mut self, stream: usize) {
        self.streams[stream].open = false;
    }

    /// Whether anything of a process was recorded.
    pub fn has_steps(&self, stream: usize) -> bool {
        self.streams[stream].thread != 0
    }

    /// Whether a process has said that it shuts down.
    pub fn has_ended(&self, stream: usize) -> bool {
        self.streams[stream].ended
    }

    /// A further process is gone, or is not listened to any more. `python` is its version: (minor, micro).
    ///
    /// # Errors
    /// Where the disk refuses it.
    pub fn end_process(&mut self, stream: usize, python: (u32, u32), gone: bool) -> Result<(), Error> {
        self.streams[stream].open = false;
        let version = format!("3.{}.{}", python.0, python.1);
        let ended = gone.then(now);
        self.insert("UPDATE processes SET version=?, ended=? WHERE id=?", params![version, ended, stream as i64 + 1])
    }

    /// Takes one op of a stream in.
    #[inline]
    pub(super) fn take(&mut self, stream: usize, mut op: Op) -> Result<(), Error> {
        if let Op::Task { task, name } = &mut op {
            *task = self.task(stream, *task, name)?;
        }
        let own = &mut self.streams[stream];
        match &mut op {
            Op::Clock { time } => {
                own.clock += *time;
                return Ok(());
            }
            Op::Dead { objects } => {
                for object in objects.iter() {
                    self.forget_exception(*object);
                    self.live.remove(object);
                }
                return Ok(());
            }
            Op::Inherited { .. } | Op::End | Op::Started { .. } | Op::LeftOut { .. } | Op::Process { .. } => {
                return self.of_process(stream, &op);
            }
            Op::Trouble { text } if own.pid != 0 => {
                *text = format!("process {}: {}", own.pid, String::from_utf8_lossy(text)).into_bytes().into();
            }
            Op::Thread { .. } => return self.thread_of(stream, op),
            Op::Call { time, .. }
            | Op::Return { time, .. }
            | Op::Yield { time, .. }
            | Op::Resume { time, .. }
            | Op::Unwind { time } => {
                own.clock += *time;
                *time = own.clock - self.last;
                self.last = own.clock;
            }
            _ => {}
        }
        own.open = is_within_step(&op, own.open);
        if let Some(translation) = &own.translation {
            translation.op(&mut op);
            if let Op::String { .. } | Op::File { .. } | Op::Source { .. } | Op::Type { .. } | Op::Code { .. } = op {
                return self.define_shared(stream, op);
            }
        }
        if let Op::Chain { .. } | Op::Text { .. } | Op::Late { .. } | Op::Globals { .. } = op {
            return self.beside(stream, op);
        }
        let thread = own.thread;
        if thread != self.context.thread && thread != 0 {
            self.op(Op::Thread { thread, ident: 0, name: Box::default() })?;
        }
        self.stream = stream;
        self.redact(&mut op)?;
        if op.is_step() && self.streams.len() > 1 {
            self.streams[stream].note_step(self.steps + 1);
        }
        self.op(op)
    }

    /// What a process says of itself, and of what it starts and leaves out.
    #[cold]
    fn of_process(&mut self, stream: usize, op: &Op) -> Result<(), Error> {
        let own = &mut self.streams[stream];
        match op {
            Op::Inherited { count } => own.inherited = *count,
            Op::End => own.ended = true,
            Op::Started { pid, arguments } => {
                let line = self.line_without_secrets(arguments);
                self.started.expect(*pid, &line);
            }
            Op::LeftOut { verdict, path } => self.leave_out(*verdict, String::from_utf8_lossy(path).into_owned()),
            Op::Process { pid, parent, executable, arguments } => {
                own.pid = *pid;
                let line: Vec<&[u8]> = arguments.split(|byte| *byte == 0).collect();
                own.command = arguments::command(&line).map(<[u8]>::to_vec);
                let mut line: Vec<_> = line.iter().map(|part| String::from_utf8_lossy(part).into_owned()).collect();
                if let Some(redactor) = &mut self.redactor {
                    redactor.arguments(&mut line);
                }
                let argv = serde_json::to_string(&line).unwrap_or_default();
                let executable = String::from_utf8_lossy(executable).into_owned();
                let (id, pid, parent) = (stream as i64 + 1, *pid, *parent);
                self.started.tells(pid);
                return self.insert(
                    "INSERT INTO processes (id, pid, parent, executable, argv, started) VALUES (?,?,?,?,?,?)",
                    params![id, pid, parent, executable, argv, now()],
                );
            }
            _ => {}
        }
        Ok(())
    }

    /// The ops that follow in a stream belong to another thread.
    fn thread_of(&mut self, stream: usize, mut op: Op) -> Result<(), Error> {
        let Op::Thread { thread, name, .. } = &mut op else { return Ok(()) };
        let own = &mut self.streams[stream];
        if stream > 0 || own.translation.is_some() {
            let count = own.threads.len();
            let next = self.threads.len() as u32 + 1;
            let known = *own.threads.entry(*thread).or_insert(next);
            if stream > 0 && count == 0 && name.is_empty() {
                *name = b"MainThread".as_slice().into();
            }
            *thread = known;
        } else {
            own.threads.insert(*thread, *thread);
        }
        own.thread = *thread;
        self.process = stream as u32 + 1;
        self.op(op)
    }

    /// What has tables of its own: exceptions, what is not sure, and globals.
    #[inline(never)]
    fn beside(&mut self, stream: usize, mut op: Op) -> Result<(), Error> {
        match op {
            Op::Chain { exception, cause, context } => {
                let (how, other) = if cause != 0 { ("cause", cause) } else { ("context", context) };
                self.comes_from(exception, how, other);
            }
            Op::Text { .. } => {
                self.redact(&mut op)?;
                self.told(op);
            }
            Op::Late { object, slot, steps } => return self.late(stream, object, slot, steps),
            Op::Globals { file, object } => {
                let process = stream as i64 + 1;
                return self.insert("INSERT INTO namespaces VALUES (?,?,?)", params![process, file, object]);
            }
            _ => {}
        }
        Ok(())
    }

    /// What an object, or a slot of a frame, held may not have been so at the last so many steps of its process.
    fn late(&mut self, stream: usize, object: u64, slot: u32, steps: u64) -> Result<(), Error> {
        let latest = &self.streams[stream].latest;
        let first = match latest.len().checked_sub(steps as usize) {
            Some(at) => latest.get(at).copied().unwrap_or(self.steps),
            // Before there were other processes, the first one's steps were all there were.
            None if stream == 0 && latest.len() < LATEST => {
                latest.front().map_or(self.steps + 1, |first| *first).saturating_sub(steps - latest.len() as u64)
            }
            None => 1,
        };
        let slot = slot.checked_sub(1);
        let (first, last) = (first.max(1), self.steps);
        self.insert("INSERT INTO late VALUES (?,?,?,?)", params![object, slot, first, last])
    }

    /// The number of a task of a process; it is told when it is new.
    fn task(&mut self, stream: usize, task: u32, name: &[u8]) -> Result<u32, Error> {
        let own = &mut self.streams[stream];
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

    /// A definition of one of several processes: what another one has defined already is the same.
    fn define_shared(&mut self, stream: usize, op: Op) -> Result<(), Error> {
        // Only the program itself, and what was forked from it, has code that is called `<stdin>`.
        let is_stdin = matches!(&op, Op::File { path } if path.as_ref() == b"<stdin>");
        let command = match stream {
            n if n > 0 && !is_stdin => self.streams[n].command.clone(),
            _ => self.command.clone().map(String::into_bytes),
        };
        let known = match &op {
            Op::String { text } => self.known.strings.get(text.as_ref()).copied(),
            Op::File { path } => {
                let command = command.clone().filter(|_| matches!(path.as_ref(), b"<string>" | b"<stdin>"));
                self.known.files.get(&(path.to_vec(), command)).copied()
            }
            Op::Source { path, text } => self.known.files.get(&source_key(path, text)).copied(),
            Op::Type { kind, module, name, class, .. } => {
                self.known.types.get(&(*kind as u8, *module, *name, *class)).copied()
            }
            Op::Code { file, name, line, flags, arguments, slots, .. } => {
                let key = (*file, *name, *line, *flags, *arguments, slots.clone());
                self.known.codes.get(&key).copied()
            }
            _ => None,
        };
        let table: fn(&mut Translation) -> &mut Vec<u32> = match op {
            Op::String { .. } => |translation| &mut translation.strings,
            Op::File { .. } | Op::Source { .. } => |translation| &mut translation.files,
            Op::Type { .. } => |translation| &mut translation.types,
            _ => |translation| &mut translation.codes,
        };
        let id = match known {
            Some(id) => id,
            None => self.define(op, command)?,
        };
        if let Some(translation) = &mut self.streams[stream].translation {
            table(translation).push(id);
        }
        Ok(())
    }
}
