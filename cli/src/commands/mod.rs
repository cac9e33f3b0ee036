//! The subcommands.

pub mod attach;
pub mod attend;
pub mod compare;
pub mod dap;
pub mod delete;
pub mod list;
pub mod lsp;
pub mod profile;
pub mod pytest;
pub mod replay;
pub mod run;
pub mod search;
pub mod show;
pub mod threads;
pub mod view;
