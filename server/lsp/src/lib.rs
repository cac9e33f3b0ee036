//! The language server: recorded values where the code is, in any editor.
//!
//! Four threads. Two read and write the client's streams. The one that calls [`serve`] takes messages in order and
//! applies edits at once; a worker owns the recordings and answers queries, one after the other, and looks 30 times a
//! second where the debugger stands. An edit never waits for a query: a query copies the document's text, and reports
//! if the text changed meanwhile.

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
