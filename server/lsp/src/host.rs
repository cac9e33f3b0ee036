//! The functions that the server needs from the program that contains it.

use std::path::{Path, PathBuf};

/// The functions that the rest of connie provides to the server.
pub trait Host: Send {
    /// The recordings of a project's `.connie` folder, oldest first.
    fn recordings(&self, folder: &Path) -> Vec<PathBuf>;

    /// The newest recording with steps; a program that failed before its first line has none.
    fn latest(&self, folder: &Path) -> Option<PathBuf>;

    /// Serves a recording to browsers and returns its address, at a step if one is given.
    ///
    /// # Errors
    /// A message, if it cannot be served.
    fn view(&mut self, recording: &Path, step: Option<u64>) -> Result<String, String>;

    /// Opens an address in the user's browser on this machine, in such a way that no other user sees the address.
    /// Returns whether there is a browser.
    fn browse(&self, address: &str) -> bool;
}
