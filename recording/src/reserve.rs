//! The file beside a recording that is being made: room to close it when the disk is full, and a lock
//! that tells whether its recorder lives. Its first line is the recorder's process id.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::files;

/// Bytes kept free for the end of a recording.
const SIZE: usize = 512 << 10;
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
    /// Makes and locks the file beside a recording.
    pub fn create(recording: &Path) -> Self {
        let path = path_of(recording);
        let make = || {
            let mut bytes = format!("{}\n", std::process::id()).into_bytes();
            bytes.resize(SIZE, 0x5a);
            // That of a recorder that was killed, or a link.
            let _ = std::fs::remove_file(&path);
            let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
            file.lock()?;
            file.write_all(&bytes)?;
            std::io::Result::Ok(file)
        };
        let file = make().ok();
        Self { path, file }
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
        let _ = std::fs::remove_file(&self.path);
    }
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
