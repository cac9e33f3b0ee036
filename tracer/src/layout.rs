//! Offsets of fields in CPython's structs, by minor version.
//!
//! Structs in headers are generated (`headers`: `cargo xtask layouts`). Structs that only .c files have are listed by
//! hand (`private`). Structs do not change within a minor version, and `start` refuses versions that are not listed.
//! `crate::check` compares both with what the interpreter does.

mod headers;
pub mod private;

pub use headers::{Layout, common};

/// How to find the running frame.
#[derive(Clone, Copy, Debug)]
pub enum CurrentFrame {
    /// A pointer in the thread state.
    Direct(usize),
    /// A pointer to a struct that has the pointer.
    Through(usize, usize),
}

/// The layout of Python 3.`minor`; `None` if that version is not known.
pub fn of(minor: u32) -> Option<&'static Layout> {
    static ALL: [Layout; 6] = headers::ALL;
    ALL.iter().find(|layout| layout.minor == minor)
}
