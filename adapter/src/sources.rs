//! Files as the client has them, and as they were when they ran.

use connie_recording::python;

pub use connie_recording::mapping::{Mapping, mapping, number, numbers};

/// The line at which a breakpoint set on `line` can be hit: that one, or the next one with code.
pub fn line_with_code(text: &str, line: u32) -> Option<u32> {
    python::statement_lines(text).into_iter().find(|candidate| *candidate >= line)
}
