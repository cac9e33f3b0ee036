//! A recording as one file.

use std::path::Path;

use connie_recording::Recording;

use crate::failure::Failure;

/// Writes all of a recording into a file that is there and empty.
///
/// # Errors
/// Where it cannot be read or written.
pub fn write(recording: &Recording, to: &Path) -> Result<(), Failure> {
    Ok(recording.copy(to)?)
}
