//! What the server needs of the program that it is part of.

use std::path::{Path, PathBuf};

/// What the rest of connie does for the server.
pub trait Host: Send {
    /// The recordings of a project's `.connie` folder, oldest first.
    fn recordings(&self, folder: &Path) -> Vec<PathBuf>;

    /// The newest of them that shows something: not that of a program that failed before its first line.
    fn latest(&self, folder: &Path) -> Option<PathBuf>;

    /// The address at which a browser shows a recording, at a step if one is given; serves it from then on.
    ///
    /// # Errors
    /// A sentence, where it cannot be served.
    fn view(&mut self, recording: &Path, step: Option<u64>) -> Result<String, String>;

    /// Opens an address in the browser of the user at this machine, without telling others of it; whether there is one.
    fn browse(&self, address: &str) -> bool;
}
