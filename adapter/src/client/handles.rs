//! Numbers that clients keep: the same variable has the same number at every stop, so trees stay open.

use rustc_hash::FxHashMap;

/// What a `variablesReference` stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Handle {
    /// The variables of a frame.
    Locals(u64),
    /// Those that a frame's function has from functions around it.
    Closure(u64),
    /// The variables of a module: its namespace.
    Globals(u64),
    /// What the frame returns or yields, or the exception it raises, at this moment.
    Outcome(u64),
    /// The contents of an object.
    Object(u64),
    /// What the class of an object has that is data.
    Class(u64),
    /// A line that a logpoint wrote at a step.
    Logged(u64),
    /// A part of what another handle has that is no object: a short tuple.
    Part(i64, usize),
}

/// All handles given out.
#[derive(Default)]
pub struct Handles {
    numbers: FxHashMap<Handle, i64>,
    handles: Vec<Handle>,
    /// Numbers that were given out for another recording: none is given out again.
    before: i64,
}

impl Handles {
    /// The number of a handle; from 1.
    pub fn number(&mut self, handle: Handle) -> i64 {
        let (handles, before) = (&mut self.handles, self.before);
        *self.numbers.entry(handle.clone()).or_insert_with(|| {
            handles.push(handle);
            before + handles.len() as i64
        })
    }

    /// Another recording is looked at: what was given out stands for nothing any more.
    pub fn forget(&mut self) {
        self.before += self.handles.len() as i64;
        self.handles.clear();
        self.numbers.clear();
    }

    /// What a number stands for.
    pub fn get(&self, number: i64) -> Option<&Handle> {
        self.handles.get(usize::try_from(number.checked_sub(self.before + 1)?).ok()?)
    }
}
