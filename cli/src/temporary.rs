//! Files that are removed when the command ends, even if a signal ends it.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// The existing temporary files: path, device and inode.
static THERE: Mutex<Vec<(PathBuf, u64, u64)>> = Mutex::new(Vec::new());
static HEEDING: Once = Once::new();

/// A file, or an empty folder, that is removed when this value is dropped or a signal ends the process.
#[derive(Debug)]
pub struct Temporary(PathBuf, u64, u64);

impl Temporary {
    /// Registers a new file for removal. Another file that later has its name is not removed.
    ///
    /// # Errors
    /// If the file does not exist.
    pub fn file(path: &Path) -> std::io::Result<Self> {
        let found = path.symlink_metadata()?;
        // A signal may arrive when the working folder is another one.
        let path = std::path::absolute(path)?;
        HEEDING.call_once(|| drop(heed_signals()));
        let made = (path, found.dev(), found.ino());
        THERE.lock().unwrap_or_else(PoisonError::into_inner).push(made.clone());
        Ok(Self(made.0, made.1, made.2))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let mut there = THERE.lock().unwrap_or_else(PoisonError::into_inner);
        there.retain(|(path, device, inode)| (path, device, inode) != (&self.0, &self.1, &self.2));
        remove(&self.0, self.1, self.2);
    }
}

fn remove(path: &Path, device: u64, inode: u64) {
    if path.symlink_metadata().is_ok_and(|found| (found.dev(), found.ino()) == (device, inode)) {
        let _ = std::fs::remove_file(path).or_else(|_| std::fs::remove_dir(path));
    }
}

/// Removes the files at the end of the command.
pub fn clean() {
    let there = std::mem::take(&mut *THERE.lock().unwrap_or_else(PoisonError::into_inner));
    // Files are removed before the folders that contain them.
    for (path, device, inode) in there.iter().rev() {
        remove(path, *device, *inode);
    }
}

/// Removes the files when a signal ends the process. Ignored signals stay ignored.
fn heed_signals() -> std::io::Result<()> {
    let ending = [SIGHUP, SIGINT, SIGTERM];
    let mut signals = Signals::new(crate::run::heeded().into_iter().filter(|signal| ending.contains(signal)))?;
    std::thread::Builder::new().name("connie-temporary".into()).spawn(move || {
        for signal in signals.forever() {
            clean();
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    })?;
    Ok(())
}
