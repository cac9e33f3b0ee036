//! Numbers of variables: the same variable has the same number at every stop, so that trees in clients stay open.

use rustc_hash::FxHashMap;

/// What a `variablesReference` refers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Handle {
    /// The variables of a frame.
    Locals(u64),
    /// The variables that a frame's function has from enclosing functions.
    Closure(u64),
    /// The variables of a module, as a frame sees them: its namespace, and the frame.
    Globals(u64, u64),
    /// What the frame returns, yields or raises at this moment.
    Outcome(u64),
    /// The contents of an object.
    Object(u64),
    /// The data attributes of an object's class.
    Class(u64),
    /// A line that a logpoint wrote at a step.
    Logged(u64),
    /// A component of another handle that is not an object: a short tuple.
    Part(i64, usize),
}

/// All numbers that were assigned.
#[derive(Default)]
pub struct Handles {
    numbers: FxHashMap<Handle, i64>,
    handles: Vec<Handle>,
    /// Count of numbers that were assigned for earlier recordings. They are never used again.
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

    /// Forgets all handles when another recording is shown.
    pub fn forget(&mut self) {
        self.before += self.handles.len() as i64;
        self.handles.clear();
        self.numbers.clear();
    }

    /// The handle with a number.
    pub fn get(&self, number: i64) -> Option<&Handle> {
        self.handles.get(usize::try_from(number.checked_sub(self.before + 1)?).ok()?)
    }
}
