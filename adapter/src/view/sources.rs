//! Files as the client has them, and as they were when they ran.

use connie_source::python;

pub use connie_history::mapping::{mapping, number, numbers};
pub use connie_source::mapping::Mapping;

/// The line at which a breakpoint set on `line` can be hit: that one, or the next one with code.
pub fn line_with_code(text: &str, line: u32) -> Option<u32> {
    python::statement_lines(text).into_iter().find(|candidate| *candidate >= line)
}
