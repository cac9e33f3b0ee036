//! What one process writes: its numbers become the recording's, its times those of one clock.

use std::collections::VecDeque;

use connie_wire::Value;
use rustc_hash::FxHashMap;

use super::define::{Code, Definition};

/// The ops of one process.
#[derive(Default)]
pub(super) struct Stream {
    /// Numbers of the process's own definitions, in the recording; `None` while they are the same.
    pub translation: Option<Translation>,
    /// Its threads, in the recording.
    pub(super) threads: FxHashMap<u32, u32>,
    /// Its tasks, in the recording.
    pub(super) tasks: FxHashMap<u32, u32>,
    /// The thread its ops belong to now; 0 before the first.
    pub(super) thread: u32,
    /// When its next op was written, at the earliest: ticks since the first process began.
    pub clock: i64,
    /// Some changes of a step have come, the step itself has not.
    pub open: bool,
    /// Calls to come of frames that ran before.
    pub inherited: u32,
    /// It said that it shuts down.
    pub ended: bool,
    /// Its process id; 0 for the first.
    pub(super) pid: u32,
    /// Numbers of its latest steps, where there are several processes.
    pub(super) latest: VecDeque<u64>,
    /// The code it was given with -c.
    pub(super) command: Option<Vec<u8>>,
}

/// So many steps of each process are remembered, where there are several.
pub(super) const LATEST: usize = 1 << 14;

/// By the process's number, the recording's.
#[derive(Default)]
pub(super) struct Translation {
    pub(super) strings: Vec<u32>,
    pub(super) files: Vec<u32>,
    pub(super) types: Vec<u32>,
    pub(super) codes: Vec<u32>,
}

/// What was defined, by what it is.
#[derive(Default)]
pub(super) struct Known {
    pub strings: FxHashMap<Vec<u8>, u32>,
    pub files: FxHashMap<(Vec<u8>, Option<Vec<u8>>), u32>,
    pub types: FxHashMap<(u8, u32, u32, u64), u32>,
    pub codes: FxHashMap<Code, u32>,
}

impl Stream {
    /// Whether it is the program's: its own, or that of what it made of itself by `exec`.
    pub(super) fn is_program(&self, pid: u32) -> bool {
        self.pid == 0 || self.pid == pid
    }

    /// Remembers the number of its latest step.
    pub(super) fn note_step(&mut self, step: u64) {
        if self.latest.len() == LATEST {
            self.latest.pop_front();
        }
        self.latest.push_back(step);
    }

    /// Whether a thread is the first of this process.
    pub(super) fn begins_with(&self, thread: u32) -> bool {
        self.threads.values().min() == Some(&thread)
    }
}

fn of(table: &[u32], id: u32) -> u32 {
    table.get(id as usize).copied().unwrap_or(u32::MAX)
}

fn value(value: &mut Value, strings: &[u32]) {
    match value {
        Value::Function(n)
        | Value::Class(n)
        | Value::Module(n)
        | Value::Method(n)
        | Value::Redacted(n)
        | Value::Unknown(n) => *n = of(strings, *n),
        Value::Tuple(items) => {
            let mut own = items.to_vec();
            own.iter_mut().for_each(|item| self::value(item, strings));
            *items = own.into();
        }
        _ => {}
    }
}

impl Translation {
    #[inline(never)]
    pub(super) fn value(&self, given: &mut Value) {
        value(given, &self.strings);
    }

    pub(super) fn code(&self, code: u32) -> u32 {
        of(&self.codes, code)
    }

    pub(super) fn type_of(&self, ty: u32) -> u32 {
        of(&self.types, ty)
    }

    pub(super) fn file(&self, file: u32) -> u32 {
        of(&self.files, file)
    }

    /// Makes the numbers that a definition refers to the recording's.
    pub(super) fn definition(&self, definition: &mut Definition<'_>) {
        match definition {
            Definition::String(_) | Definition::File(_) | Definition::Source { .. } => {}
            Definition::Type { module, name, .. } => {
                *module = of(&self.strings, *module);
                *name = of(&self.strings, *name);
            }
            Definition::Code(code) => {
                code.file = of(&self.files, code.file);
                code.name = of(&self.strings, code.name);
                code.slots.iter_mut().for_each(|slot| *slot = of(&self.strings, *slot));
            }
        }
    }

    /// The numbers of definitions of the same kind, in the order in which the process defined them.
    pub(super) fn numbers(&mut self, definition: &Definition<'_>) -> &mut Vec<u32> {
        match definition {
            Definition::String(_) => &mut self.strings,
            Definition::File(_) | Definition::Source { .. } => &mut self.files,
            Definition::Type { .. } => &mut self.types,
            Definition::Code(_) => &mut self.codes,
        }
    }
}
