//! The language server: shows recorded values beside the code, in any editor.
//!
//! There are four threads. Two read and write the client's streams. The thread that calls [`serve`] takes messages in
//! order and applies edits at once. A worker owns the recordings, answers queries one by one, and checks the debugger's
//! position 30 times a second. An edit never waits for a query: a query copies the document's text, and reports an
//! error if the text changed meanwhile.

mod answer;
mod client;
mod documents;
mod follow;
mod host;
mod ids;
mod markdown;
mod outgoing;
mod params;
mod projects;
mod protocol;
mod requests;
mod server;
mod settings;
mod transport;
mod view;
mod worker;

pub use host::Host;
pub use server::serve;
