//! Where CPython's structs have their fields, by minor version.
//!
//! What headers tell is generated (`headers`: `cargo xtask layouts`), what only .c files tell is a table (`private`).
//! Structs do not change within a minor version; `start` refuses versions that are not listed. `crate::check` compares both
//! with what the interpreter does.

mod headers;
pub mod private;

pub use headers::{Layout, common};

/// How to find the running frame.
#[derive(Clone, Copy, Debug)]
pub enum CurrentFrame {
    /// A pointer in the thread state.
    Direct(usize),
    /// A pointer to a struct that holds the pointer.
    Through(usize, usize),
}

/// The layout of Python 3.`minor`.
pub fn of(minor: u32) -> Option<&'static Layout> {
    static ALL: [Layout; 6] = headers::ALL;
    ALL.iter().find(|layout| layout.minor == minor)
}
