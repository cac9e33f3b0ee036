//! Answers questions about a recording with types: positions and moments, breakpoints, writes, reads, the origin of a
//! value, search, profile, comparison, the values beside the code, calls as tests, and annotations. This crate knows no
//! protocol and no JSON.

pub mod aliases;
pub mod answers;
pub mod attribute_changes;
pub mod beside;
mod birth;
pub mod breakpoint;
mod by_chunk;
pub mod call_test;
pub mod call_tree;
pub mod calls;
pub mod changed;
pub mod client_names;
pub mod compare;
pub mod cursor;
pub mod explain;
pub mod flame;
pub mod happened;
pub mod history;
mod keys;
pub mod levels;
pub mod literal;
pub mod loaded;
pub mod mapping;
pub mod moment;
pub mod occurrences;
pub mod origin;
pub mod places;
pub mod profile;
pub mod reads;
pub mod returned;
pub mod search;
pub mod signature;
mod skip;
pub mod source_values;
pub mod stores;
pub mod story;
pub mod table;
mod target;
#[cfg(test)]
mod testing;
pub mod timeline;
pub mod trace;
pub mod types;
mod untouched;
pub mod variables;
pub mod when;
pub mod whynot;
pub mod writes;

pub use history::History;
