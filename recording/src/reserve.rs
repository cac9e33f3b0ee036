//! The reserve file beside a recording in progress. It provides disk space to finish the recording when the disk is
//! full, and a lock that tells whether the recorder is alive. Its first line is the recorder's process id.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{Error, foreign};
use crate::files;

/// The number of bytes reserved for the end of a recording.
const SIZE: usize = 512 << 10;
/// The byte that fills it.
const FILLING: u8 = 0x5a;
/// The number of bytes for its first line.
const LINE: u64 = 16;

/// The reserve file, held by the recorder. Recording works without it.
pub struct Reserve {
    path: PathBuf,
    file: Option<File>,
}

fn path_of(recording: &Path) -> PathBuf {
    let mut name = recording.as_os_str().to_os_string();
    name.push("-reserve");
    name.into()
}

impl Reserve {
    /// Creates and locks the reserve file of a recording. A file left behind by a dead recorder is replaced.
    ///
    /// # Errors
    /// If there is a file of this name that was not made by connie.
    pub fn create(recording: &Path) -> Result<Self, Error> {
        let path = path_of(recording);
        if path.symlink_metadata().is_ok() {
            if !is_ours(&path) {
                return Err(foreign(path));
            }
            let _ = std::fs::remove_file(&path);
        }
        let make = || {
            let mut bytes = format!("{}\n", std::process::id()).into_bytes();
            bytes.resize(SIZE, FILLING);
            let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
            let written = file.write_all(&bytes).and_then(|()| file.lock());
            if written.is_err() {
                let _ = std::fs::remove_file(&path);
            }
            written.map(|()| file)
        };
        let file = make().ok();
        Ok(Self { path, file })
    }

    /// Whether the file was removed since it was created.
    pub fn is_gone(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.metadata().is_ok_and(|metadata| metadata.nlink() == 0))
    }

    /// Releases the lock.
    pub fn unlock(&mut self) {
        self.file = None;
    }

    /// Frees the disk space. The lock is held until the end: otherwise a recording whose last rows are still being
    /// written would look as if its recorder had died.
    pub fn give_room(&self) {
        if let Some(file) = &self.file {
            let _ = file.set_len(LINE);
        }
    }
}

impl Drop for Reserve {
    fn drop(&mut self) {
        // The file with this name may now belong to another recorder.
        if self.file.is_some() && !self.is_gone() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Whether a file is a reserve file of a recorder, which may have died while writing it.
fn is_ours(path: &Path) -> bool {
    let Ok(start) = files::head(path, 64) else { return false };
    let digits = start.iter().take_while(|byte| byte.is_ascii_digit()).count();
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= SIZE as u64)
        && (start.is_empty() || digits > 0)
        && start.get(digits).is_none_or(|byte| *byte == b'\n')
        && start.iter().skip(digits + 1).all(|byte| *byte == FILLING)
}

/// Makes the recorder of a recording finish, and waits for it; false if it does not finish within `patience`.
pub fn stop(recording: &Path, patience: Duration) -> bool {
    let path = path_of(recording);
    let Ok(file) = files::open_unlinked(&path) else { return true };
    // The recorder notices that its file is gone.
    let _ = std::fs::remove_file(&path);
    let start = Instant::now();
    while start.elapsed() < patience {
        if file.try_lock_shared().is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

/// Whether a process is recording into this file.
pub fn is_held(recording: &Path) -> bool {
    match files::open_unlinked(&path_of(recording)) {
        Ok(file) => matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

/// The process id of the recorder of a recording in progress.
pub fn holder(recording: &Path) -> Option<u32> {
    if !is_held(recording) {
        return None;
    }
    let mut line = String::new();
    let file = files::open_unlinked(&path_of(recording)).ok()?;
    BufReader::new(file.take(LINE)).read_line(&mut line).ok()?;
    line.trim().parse().ok()
}
