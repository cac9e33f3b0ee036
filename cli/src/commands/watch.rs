//! `connie watch`: records again whenever a file is saved.

mod arguments;
mod changes;
mod child;
mod event;
mod files;
mod kept;
mod keys;
mod lines_by_test;
mod notice;
mod plan;
mod session;
mod status;
mod target;
mod tests;

use std::sync::mpsc;
use std::time::Duration;

pub use arguments::Arguments;

use crate::failure::Failure;

/// Runs the command until the user ends it.
///
/// # Errors
/// If the given program cannot be run, or recordings cannot be stored here.
pub fn run(arguments: Arguments) -> Result<i32, Failure> {
    let target = target::Target::new(&arguments)?;
    let mut folders = Vec::new();
    for folder in &arguments.folder {
        let found = folder.canonicalize().ok().filter(|folder| folder.is_dir());
        folders.push(found.ok_or_else(|| Failure::NotFound(format!("there is no folder {}", folder.display())))?);
    }
    let (sender, events) = mpsc::channel();
    keys::heed_signals(&sender)?;
    let notice = notice::Notice::new(&sender, arguments.poll);
    let keys = keys::Keys::read(&sender);
    let given = session::Given {
        grace: Duration::from_secs(arguments.grace),
        first_only: arguments.first_only,
        clears: !arguments.no_clear,
        folders,
    };
    session::Session::new(target, given, notice, keys, events)?.run()
}
