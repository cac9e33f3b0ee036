//! Analyses Python source text: its statements, names and lines. This crate knows no recordings.

pub mod comprehensions;
pub mod control;
pub mod highlight;
pub mod mapping;
pub mod outline;
pub mod parse;
pub mod python;
pub mod qualified;
pub mod source_text;
