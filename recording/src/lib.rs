//! Recordings: the store (one SQLite file a run) and replay over it.
//!
//! Pure: knows no DAP, no LSP, no HTTP. [`recorder::Recorder`] writes a recording from the op
//! stream; [`reader::Recording`] opens one; [`player::Player`] walks its steps;
//! [`render::Renderer`] turns values into text. ARCHITECTURE.md describes the file format.

pub mod actors;
pub mod attributes;
pub mod beside;
mod birth;
pub mod breakpoint;
pub mod calls;
pub mod chunk;
pub mod client_names;
pub mod compare;
pub mod comprehensions;
pub mod cursor;
pub mod doubt;
pub mod error;
pub mod expression;
pub mod files;
mod guard;
pub mod hidden;
pub mod highlight;
pub mod history;
pub mod ints;
pub mod late;
pub mod loaded;
pub mod mapping;
pub mod moment;
pub mod occurrences;
pub mod origin;
pub mod outline;
pub mod parse;
pub mod plain;
pub mod player;
pub mod profile;
pub mod python;
pub mod qualified;
pub mod reader;
pub mod reads;
pub mod recorder;
mod recount;
pub mod render;
mod reserve;
mod rows;
pub mod schema;
pub mod search;
pub mod secrets;
pub mod sheet;
pub mod sidefiles;
pub mod source_text;
pub mod stores;
pub mod timeline;
pub mod told;
pub mod variables;
pub mod writes;

pub use error::Error;
pub use reader::Recording;
