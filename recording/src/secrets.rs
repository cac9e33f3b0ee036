//! Removes secrets before anything is stored.
//!
//! The tracer redacts values other than texts by name. Everything else is done here, in the recorder's process: texts
//! under names of secrets, texts that look like a secret, and texts that contain a secret seen before.

mod arguments;
pub(crate) mod clean;
mod cut;
mod grown;
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
