//! What questions are asked of: a recording, its positions and its modules.

use connie_recording::reader::Recording;

use crate::moment::Modules;
use crate::timeline::Timeline;

/// A recording with what was worked out about it.
#[derive(Clone, Copy)]
pub struct History<'a> {
    /// The recording.
    pub recording: &'a Recording,
    /// Its positions.
    pub timeline: &'a Timeline,
    /// Its modules.
    pub modules: &'a Modules,
}
