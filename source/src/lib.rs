//! What Python source text tells: which statements, names and lines it has. Knows no recording.

pub mod comprehensions;
pub mod control;
pub mod highlight;
pub mod mapping;
pub mod outline;
pub mod parse;
pub mod python;
pub mod qualified;
pub mod source_text;
