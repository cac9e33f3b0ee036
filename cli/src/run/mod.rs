//! Running a program under the recorder.

mod bundle;
mod progress;
mod supervise;

pub use bundle::Bundle;
pub use supervise::{Launch, supervise};
