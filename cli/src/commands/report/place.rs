//! The folder of a report: whether it may be written, and how a report gets there.

use std::fmt::Display;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use connie_web::report::{NAMES, PAGE, SIGN};
use tempfile::TempDir;

use crate::failure::Failure;

/// Bytes of a page in which its sign is looked for.
const HEAD: u64 = 4096;

/// Where a report will be.
pub struct Place {
    /// The folder, as the user named it.
    pub path: PathBuf,
    /// Whether the folder exists.
    is_there: bool,
}

/// Whether a page belongs to a report.
fn is_report(page: &Path) -> bool {
    let mut head = Vec::new();
    let read = std::fs::File::open(page).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    read.is_ok() && String::from_utf8_lossy(&head).contains(SIGN)
}

impl Place {
    /// Checks that a report may be written into a folder: it does not exist, is empty, or has an earlier report. With
    /// `force`, it may have any other files too.
    ///
    /// # Errors
    /// If it may not.
    pub fn check(path: &Path, force: bool) -> Result<Self, Failure> {
        let mut place = Self { path: path.into(), is_there: false };
        let mut entries = match std::fs::read_dir(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(place),
            Err(error) if error.kind() == ErrorKind::NotADirectory => return Err(place.cannot(&"it is not a folder")),
            Err(error) => return Err(place.cannot(&error)),
            Ok(entries) => entries,
        };
        place.is_there = true;
        if entries.next().is_some() && !force && !is_report(&path.join(PAGE)) {
            let why = "the folder has other files: name a new one, or write beside these files with --force";
            return Err(place.cannot(&why));
        }
        Ok(place)
    }

    /// The error that the folder cannot be written.
    pub fn cannot(&self, why: &dyn Display) -> Failure {
        Failure::CannotCreate(format!("cannot write {}: {why}", self.path.display()))
    }

    /// A new folder beside it, or in it if it exists: a folder that is mounted has nothing beside it.
    ///
    /// # Errors
    /// If none can be created.
    pub fn temporary(&self) -> Result<TempDir, Failure> {
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let around = if self.is_there { self.path.as_path() } else { parent };
        let own = std::fs::Permissions::from_mode(0o700);
        let made = tempfile::Builder::new().prefix(".connie-report-").permissions(own).tempdir_in(around);
        made.map_err(|error| self.cannot(&error))
    }

    /// Puts a report that is complete into its place. Other files that are there stay.
    ///
    /// # Errors
    /// If it cannot be moved there.
    pub fn put(&self, made: TempDir) -> Result<(), Failure> {
        if !self.is_there {
            std::fs::rename(made.path(), &self.path).map_err(|error| self.cannot(&error))?;
            let _ = made.keep();
            return Ok(());
        }
        let old = made.path().join("old");
        let moved = std::fs::create_dir(&old).and_then(|()| {
            // The page is the first to go and the last to come: without it, nothing looks like a report.
            for name in NAMES {
                match std::fs::rename(self.path.join(name), old.join(name)) {
                    Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            NAMES.iter().rev().try_for_each(|name| std::fs::rename(made.path().join(name), self.path.join(name)))
        });
        moved.map_err(|error| self.cannot(&error))
    }
}
