//! The state about objects that have died.

use rustc_hash::FxHashMap;

use crate::identity::Lead;

/// The container in which an object was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parent {
    /// No known container.
    #[default]
    None,
    /// One container, by its address and number.
    One(usize, u64),
    /// More than one container.
    Many,
}

/// An item that was written by name only.
pub struct Named {
    pub number: u64,
    pub lead: Lead,
    pub parent: Parent,
}

/// Which objects died, and which containers may have to be checked.
#[derive(Default)]
pub struct Graves {
    pub named: FxHashMap<usize, Named>,
    /// Number of deaths of items that were in more than one container.
    pub deaths: u64,
    pub blocks: Vec<usize>,
    /// Numbers of dead objects that were not reported to the recorder yet.
    pub untold: Vec<u64>,
}
