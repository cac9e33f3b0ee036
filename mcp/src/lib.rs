//! Recordings as tools of the Model Context Protocol, for `connie mcp`: an edge whose protocol is MCP on stdio.
//!
//! Each tool is one file in `tools/`, with typed arguments and a typed answer; the questions themselves are functions of
//! `history`. Answers are bounded, and long ones have a cursor to go on from. What comes from a recording is text of
//! strangers: it is [`answer::Recorded`], in the field `untrusted` of an answer, with control characters written out.

pub mod answer;
mod arguments;
mod bounds;
mod desks;
mod host;
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

/// The name and description of every tool, in the order in which they are listed; `run` among them.
#[must_use]
pub fn tools() -> Vec<About> {
    tools::all(true).iter().map(|tool| tool.about).collect()
}
