//! The event stream between a traced process and the recorder.
//!
//! A traced process writes *ops* into a ring of shared memory ([`ring`]), and the recorder reads them in the same
//! order. Within a process, ops are in the order of the program. Each process has a ring of its own, and ops of
//! different processes are ordered by time. docs/internals/wire.md describes the format; [`VERSION`] changes with it.

pub mod arguments;
pub mod codec;
pub mod config;
pub mod files;
pub mod kind;
pub mod level;
pub mod op;
pub mod paths;
pub mod repr;
pub mod ring;
pub mod secrets;
pub mod texts;
pub mod value;
pub mod verdict;

mod clock;

pub use clock::ticks;

pub use codec::{Decoder, WireError};
pub use kind::{Contents, Kind, Shape, Written};
pub use op::Op;
pub use value::{Blob, Value};

/// Version of the wire format. A recorder refuses a ring of another version.
pub const VERSION: u32 = 8;
