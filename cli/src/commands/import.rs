//! `connie import`: copies recordings into the project.

use std::path::{Path, PathBuf};

use connie_recording::Recording;

use crate::failure::Failure;
use crate::{folder, project, screen, style};

/// Copy recording files into this project.
#[derive(clap::Args)]
#[command(after_help = "To open a recording without copying it: connie view FILE")]
pub struct Arguments {
    /// Files written by connie export --format recording
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// If a file is not a recording, or its id exists already.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let folder = match folder::find() {
        Some(folder) => folder,
        None => folder::create(&project::root(&std::env::current_dir()?))?,
    };
    for file in &arguments.files {
        let id = import(file, &folder)?;
        screen::say!("{}connie:{:#} {id} · see it with: connie replay {id}", style::DIM, style::DIM);
    }
    Ok(0)
}

fn import(file: &Path, folder: &Path) -> Result<String, Failure> {
    let recording = Recording::open(file)?;
    let id = recording.info.id.clone();
    let cannot =
        |error: &dyn std::fmt::Display| Failure::CannotCreate(format!("cannot import {}: {error}", file.display()));
    // An id becomes a file name, and a file from elsewhere may contain any id.
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
        return Err(cannot(&format!("its id is {id:?}")));
    }
    let to = folder.join(format!("{id}.{}", folder::EXTENSION));
    if to.exists() {
        return Err(cannot(&format!("{} exists already", to.display())));
    }
    let temporary = tempfile::NamedTempFile::new_in(folder).map_err(|error| cannot(&error))?;
    recording.copy(temporary.path())?;
    temporary.persist_noclobber(&to).map_err(|error| cannot(&error.error))?;
    Ok(id)
}
