//! Which objects have died.

use rustc_hash::FxHashMap;

use crate::identity::Lead;

/// The container that an object is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parent {
    /// None that is known.
    #[default]
    None,
    /// One, by its address and number.
    One(usize, u64),
    /// More than one.
    Many,
}

/// An item that is written by its name alone.
pub struct Named {
    pub number: u64,
    pub lead: Lead,
    pub parent: Parent,
}

/// Who died, and who may have to be told.
#[derive(Default)]
pub struct Graves {
    pub named: FxHashMap<usize, Named>,
    /// Deaths of items of more than one container.
    pub deaths: u64,
    pub blocks: Vec<usize>,
    /// Numbers of dead objects that the recorder was not told yet.
    pub untold: Vec<u64>,
}
