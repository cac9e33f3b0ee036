//! The walk over the program's objects that is under way.

/// The walk that is under way.
#[derive(Default)]
pub struct Walk {
    /// Its number.
    pub number: u64,
    pub looks: u64,
    pub began: u64,
    /// The first long one is taken for one that does not end: for tests.
    pub is_faulty: bool,
}

impl Walk {
    /// None yet.
    pub fn new(is_faulty: bool) -> Self {
        Self { is_faulty, ..Self::default() }
    }
}
