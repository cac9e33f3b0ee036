//! The events that a watch waits for.

use std::path::PathBuf;

/// An event.
pub(super) enum Event {
    /// These files or folders may have changed; empty for any.
    Files(Vec<PathBuf>),
    /// A key was pressed.
    Key(u8),
    /// This process got a signal.
    Signal(i32),
}
