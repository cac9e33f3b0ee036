//! What is looked at: a recording, the place where one stands in it, and what stops there.

pub mod breakpoints;
pub mod complaints;
pub mod data_breakpoint;
pub mod first;
pub mod logpoints;
pub mod returned;
pub mod sources;
pub mod thread_end;
pub mod travel;
pub mod words;
