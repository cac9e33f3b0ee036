//! Recordings: the store (one SQLite file per run) and its replay.
//!
//! This crate knows no DAP, no LSP, and no HTTP. [`recorder::Recorder`] writes a recording from the op stream;
//! [`reader::Recording`] opens one; [`player::Player`] walks its steps; [`render::Renderer`] turns values into text.
//! docs/internals/file-format.md describes the file format.

pub mod actors;
pub mod amounts;
pub mod attributes;
pub mod cache;
pub mod chunk;
pub mod computing;
pub mod contexts;
pub mod doubt;
pub mod error;
pub mod files;
pub mod format;
mod fronted;
mod guard;
pub mod hidden;
pub mod ints;
pub mod late;
pub mod options;
pub mod outcome;
pub mod parallel;
pub mod plain;
pub mod player;
pub mod reader;
pub mod recorder;
mod recount;
pub mod render;
mod reserve;
mod rows;
pub mod schema;
pub mod secrets;
pub mod sidefiles;
pub mod sketch;
pub mod tabular;
pub mod world;

pub use error::Error;
pub use reader::Recording;
