//! Questions about a recording, and their answers as types: positions and moments, breakpoints, writes, reads, where a
//! value came from, search, profile, comparison, and the values beside the code. Knows no protocol and no JSON.

pub mod answers;
pub mod attribute_changes;
pub mod beside;
mod birth;
pub mod breakpoint;
pub mod calls;
pub mod client_names;
pub mod compare;
pub mod cursor;
pub mod every_write;
pub mod history;
mod keys;
pub mod loaded;
pub mod mapping;
pub mod moment;
pub mod occurrences;
pub mod origin;
pub mod places;
pub mod profile;
pub mod reads;
pub mod search;
pub mod source_values;
pub mod stores;
pub mod timeline;
pub mod trace;
pub mod variables;
pub mod writes;

pub use history::History;
