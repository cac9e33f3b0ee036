//! Running a program under the recorder.

mod abort;
pub mod alone;
mod attended;
pub mod budget;
mod bundle;
mod missing;
mod nothing;
mod place;
mod progress;
pub mod report;
mod rings;
mod segmented;
mod segments;
mod supervise;
pub mod what;

pub use attended::Attended;
pub use budget::Budget;
pub use bundle::Bundle;
pub use segmented::supervise_segments;
pub use segments::Segments;
pub use supervise::{Ended, Launch, heeded, supervise};
pub use what::{What, settings_text};
