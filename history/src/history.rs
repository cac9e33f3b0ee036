//! A recording with its positions and modules, the common input of all questions.

use connie_recording::reader::Recording;

use crate::moment::Modules;
use crate::timeline::Timeline;

/// A recording, with data computed from it.
#[derive(Clone, Copy)]
pub struct History<'a> {
    /// The recording.
    pub recording: &'a Recording,
    /// Its positions.
    pub timeline: &'a Timeline,
    /// Its modules.
    pub modules: &'a Modules,
}
