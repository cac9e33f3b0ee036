//! Running a program under the recorder.

mod budget;
mod bundle;
mod progress;
mod rings;
mod supervise;

pub use budget::Budget;
pub use bundle::Bundle;
pub use supervise::{Launch, supervise};
