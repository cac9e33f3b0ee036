//! The ops of one process, whose numbers and times are converted to those of the recording.

use std::collections::VecDeque;

use connie_wire::Value;
use connie_wire::texts::Texts;
use rustc_hash::FxHashMap;

use super::definition::{Code, Definition};

/// The ops of one process.
#[derive(Default)]
pub(super) struct Stream {
    /// Converts the process's numbers of definitions to the recording's; `None` while they are equal.
    pub translation: Option<Translation>,
    /// The process's threads, numbered in the recording.
    pub(super) threads: FxHashMap<u32, u32>,
    /// The process's tasks, numbered in the recording.
    pub(super) tasks: FxHashMap<u32, u32>,
    /// The thread that its ops belong to now; 0 before the first.
    pub(super) thread: u32,
    /// The earliest time at which its next op was written, in ticks since the first process began.
    pub clock: i64,
    /// Whether changes of a step have come, but not yet the step itself.
    pub open: bool,
    /// Number of calls to come for frames that were running before the recording.
    pub inherited: u32,
    /// Whether the process reported its shutdown.
    pub ended: bool,
    /// Its process id; 0 for the first process.
    pub(super) pid: u32,
    /// Numbers of its latest steps. Empty while there is only one process.
    pub(super) latest: VecDeque<u64>,
    /// The code that it was given with -c.
    pub(super) command: Option<Vec<u8>>,
    /// Its last long texts.
    pub(super) texts: Texts,
}

/// The number of latest steps that are remembered of each process.
pub(super) const LATEST: usize = 1 << 14;

/// The recording's numbers of definitions, indexed by the process's.
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
    /// Whether this is the program's stream, or that of a program it became by `exec`.
    pub(super) fn is_program(&self, pid: u32) -> bool {
        self.pid == 0 || self.pid == pid
    }

    /// Remembers the number of the process's latest step.
    pub(super) fn note_step(&mut self, step: u64) {
        if self.latest.len() == LATEST {
            self.latest.pop_front();
        }
        self.latest.push_back(step);
    }

    /// Whether a thread is the first one of this process.
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
