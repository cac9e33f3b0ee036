//! Writes the calls of a run for other tools, and as pictures.

mod callgrind;
mod collapsed;
mod flame;
mod graph;
mod labels;
mod pstats;

pub use callgrind::write as callgrind;
pub use collapsed::write as collapsed;
pub use flame::write as flame;
pub use graph::{dot, svg as graph};
pub use pstats::write as pstats;
