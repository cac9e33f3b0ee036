//! Where a report is written, and why it may fail.

use serde::Serialize;

use super::script::script;

/// The folder of the data.
pub const DATA: &str = "data";

/// Where a report is written.
pub trait Folder {
    /// Creates a file.
    ///
    /// # Errors
    /// If it cannot be written, or the report is not wanted any more.
    fn write(&mut self, name: &str, text: &str) -> std::io::Result<()>;

    /// So many steps are written.
    fn reached(&mut self, steps: u64);
}

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The recording cannot be read.
    #[error(transparent)]
    Recording(#[from] connie_recording::Error),
    /// A file cannot be written.
    #[error(transparent)]
    Folder(#[from] std::io::Error),
}

impl From<serde_json::Error> for Failed {
    fn from(error: serde_json::Error) -> Self {
        Self::Folder(error.into())
    }
}

/// Writes a piece of data.
pub fn give(folder: &mut dyn Folder, name: &str, data: &impl Serialize) -> Result<(), Failed> {
    Ok(folder.write(&format!("{DATA}/{name}.js"), &script(name, data)?)?)
}
