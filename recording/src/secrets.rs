//! Secrets are taken out before anything is stored.
//!
//! The tracer hides what a name says of anything but texts. All else is done here, in the recorder's process: texts
//! under names of secrets, texts that look like one, and texts that have a secret within them that was met before.

mod arguments;
pub(crate) mod clean;
mod printed;
mod redactor;
mod remembered;
mod shapes;
pub(crate) mod visit;

pub use clean::clean;
pub use redactor::Redactor;
pub(crate) use redactor::{Objects, Surroundings, code_of};

/// The replacement of a secret within a text.
pub const REDACTED: &str = "<redacted>";
