//! The file beside a recording that is being made: room to close it when the disk is full, and a lock
//! that tells whether its recorder lives. Its first line is the recorder's process id.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{Error, foreign};
use crate::files;

/// Bytes kept free for the end of a recording.
const SIZE: usize = 512 << 10;
/// What it is filled with.
const FILLING: u8 = 0x5a;
/// Bytes of it that hold its first line.
const LINE: u64 = 16;

/// Held by the recorder; a recording works without.
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
    /// Makes and locks the file beside a recording. One that a recorder left behind is replaced.
    ///
    /// # Errors
    /// If there is a file of this name that connie did not make.
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

    /// Whether the file was removed since it was made.
    pub fn is_gone(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.metadata().is_ok_and(|metadata| metadata.nlink() == 0))
    }

    /// Lets go of the lock.
    pub fn unlock(&mut self) {
        self.file = None;
    }

    /// Gives the room back. The lock is held until the end: without it a recording whose last rows are on
    /// their way would be taken for one whose recorder died.
    pub fn give_room(&self) {
        if let Some(file) = &self.file {
            let _ = file.set_len(LINE);
        }
    }
}

impl Drop for Reserve {
    fn drop(&mut self) {
        // What has the name now may be another recorder's.
        if self.file.is_some() && !self.is_gone() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Whether a file is one of a recorder, who may have died while it wrote it.
fn is_ours(path: &Path) -> bool {
    let Ok(start) = files::head(path, 64) else { return false };
    let digits = start.iter().take_while(|byte| byte.is_ascii_digit()).count();
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() <= SIZE as u64)
        && (start.is_empty() || digits > 0)
        && start.get(digits).is_none_or(|byte| *byte == b'\n')
        && start.iter().skip(digits + 1).all(|byte| *byte == FILLING)
}

/// Has the recorder of a recording end it, and waits for that; false if it does not within `patience`.
pub fn stop(recording: &Path, patience: Duration) -> bool {
    let path = path_of(recording);
    let Ok(file) = files::open_unlinked(&path) else { return true };
    // The recorder sees that its name is gone.
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

/// Whether some process is still making a recording.
pub fn is_held(recording: &Path) -> bool {
    match files::open_unlinked(&path_of(recording)) {
        Ok(file) => matches!(file.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)),
        Err(_) => false,
    }
}

/// The process that is making a recording, while it lives.
pub fn holder(recording: &Path) -> Option<u32> {
    if !is_held(recording) {
        return None;
    }
    let mut line = String::new();
    let file = files::open_unlinked(&path_of(recording)).ok()?;
    BufReader::new(file.take(LINE)).read_line(&mut line).ok()?;
    line.trim().parse().ok()
}
