//! Who is at the other end: its messages, what it can do, and what it was told.

pub mod admission;
pub mod cancel;
pub mod framing;
pub mod handles;
pub mod log;
pub mod outgoing;
pub mod queue;
