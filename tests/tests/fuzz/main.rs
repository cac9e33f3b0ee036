//! Damaged and hostile input of every format must give an error or an answer: no panic, no unbounded memory, no hang.
//!
//! Each format has seeds in `tests/corpus/FORMAT`, or makes them from a real program. Cases are seeds with a few edits
//! (`edits`). A failing case is reduced and written to the corpus, so that each later run tries it first. `cargo xtask
//! fuzz` searches for new cases for a given time (`CONNIE_FUZZ_MINUTES`).

mod bounded;
mod chunk;
mod dap;
mod edits;
mod expression;
mod framing;
mod http;
mod lsp;
mod peer;
mod program;
mod recording;
mod wire;
