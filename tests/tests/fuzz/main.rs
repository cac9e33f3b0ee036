//! Damaged and hostile input of every format: an error or an answer, no panic, no memory without bounds, no silence.
//!
//! Each format has seeds in `tests/corpus/FORMAT` or makes them from a real program. Cases are seeds with a few edits
//! (`edits`). A case that fails is made small and written into the corpus: from then on each run tries it first.
//! `cargo xtask fuzz` looks for new ones for as long as it is told (`CONNIE_FUZZ_MINUTES`).

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
