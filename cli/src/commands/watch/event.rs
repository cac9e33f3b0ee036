//! What a watch waits for.

use std::path::PathBuf;

/// Something that happened.
pub(super) enum Event {
    /// Something happened to these files or folders; none: to any.
    Files(Vec<PathBuf>),
    /// A key.
    Key(u8),
    /// A signal to this process.
    Signal(i32),
}
