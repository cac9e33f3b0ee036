//! The state of the running walk over the program's objects.

/// The running walk.
#[derive(Default)]
pub struct Walk {
    /// Its number.
    pub number: u64,
    pub looks: u64,
    pub began: u64,
    /// For tests: the first long walk is treated as endless.
    pub is_faulty: bool,
}

impl Walk {
    /// The state before the first walk.
    pub fn new(is_faulty: bool) -> Self {
        Self { is_faulty, ..Self::default() }
    }
}
