//! Running a program under the recorder.

mod abort;
pub mod alone;
mod attended;
mod budget;
mod bundle;
mod launch;
pub mod lines;
mod missing;
mod nothing;
mod pace;
mod progress;
mod references;
pub mod report;
mod rings;
mod run_folder;
mod segmented;
mod segments;
mod signals;
mod supervise;
pub mod unmatched;
pub mod what;

pub use attended::Attended;
pub use budget::Budget;
pub use bundle::Bundle;
pub use launch::Launch;
pub use segmented::supervise_segments;
pub use segments::Segments;
pub use signals::heeded;
pub use supervise::{Ended, supervise};
pub use what::settings_text;
