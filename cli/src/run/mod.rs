//! Running a program under the recorder.

mod budget;
mod bundle;
mod place;
mod progress;
mod rings;
mod supervise;
mod tests;
pub mod what;

pub use budget::Budget;
pub use bundle::Bundle;
pub use supervise::{Launch, supervise};
pub use tests::{Tests, supervise_tests};
pub use what::{What, settings_text};
