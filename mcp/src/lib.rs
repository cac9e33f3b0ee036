//! Recordings as tools of the Model Context Protocol, for `connie mcp`: a server for MCP on stdio.
//!
//! Each tool is one file in `tools/`, with typed arguments and a typed answer; the questions themselves are functions
//! of `history`. Answers are limited in size, and long ones have a cursor with which to continue. Data of a recording
//! is untrusted text: it has the type [`answer::Recorded`], is in the field `untrusted` of an answer, and its control
//! characters are escaped.

pub mod answer;
mod arguments;
mod bounds;
mod host;
mod open_recordings;
mod prompts;
mod refusal;
mod server;
mod shared;
mod stop;
mod store;
mod tool;
mod tools;

pub use host::{Host, Ran, Request};
pub use server::{Options, serve};
pub use stop::Stop;
pub use tool::About;

/// The name and description of every tool, in the order of the list, including `run`.
#[must_use]
pub fn tools() -> Vec<About> {
    tools::all(true).iter().map(|tool| tool.about).collect()
}
