//! The user's cache folder: files that can be made again at any time.
//!
//! Only files that nobody else can change are used. Without such a folder nothing is kept.

use std::fs::{DirBuilder, Permissions};
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::files;

/// The folder `connie/NAME` in the user's cache folder; created if it does not exist.
///
/// # Errors
/// If there is no cache folder, or others can change it.
pub fn folder(name: &str) -> Result<PathBuf> {
    let named = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = named.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache")));
    below(&cache.ok_or_else(|| Error::from(ErrorKind::NotFound))?, name)
}

fn below(cache: &Path, name: &str) -> Result<PathBuf> {
    let others = || Error::other("others can change it");
    let mine = |folder: &Path| {
        let metadata = folder.symlink_metadata()?;
        if metadata.is_dir() && files::is_private(&metadata) { Ok(()) } else { Err(others()) }
    };
    // The cache folder itself may be reached through links.
    DirBuilder::new().recursive(true).mode(0o700).create(cache)?;
    let cache = cache.canonicalize()?;
    mine(&cache)?;
    if !files::is_safe_place(&cache) {
        return Err(others());
    }
    let mut folder = cache;
    for name in ["connie", name] {
        folder.push(name);
        match DirBuilder::new().mode(0o755).create(&folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let metadata = folder.symlink_metadata()?;
        if name == "connie" && metadata.is_dir() && files::is_own(&metadata) && !files::is_private(&metadata) {
            // An earlier version created it under a umask that lets the group write.
            std::fs::set_permissions(&folder, Permissions::from_mode(0o755))?;
        }
        mine(&folder)?;
    }
    Ok(folder)
}

/// Reads a file of a cache folder; `None` if it does not exist, has more than `most` bytes, or others can change it.
#[must_use]
pub fn read(path: &Path, most: u64) -> Option<Vec<u8>> {
    let file = files::open_own(path).ok()?;
    file.metadata().ok().filter(files::is_private)?;
    files::all(&file, most).ok()
}

/// Writes a file of a cache folder, and removes the files that were written longest ago until the folder has at most
/// `most` bytes. Failing is harmless.
pub fn write(path: &Path, bytes: &[u8], most: u64) {
    if bytes.len() as u64 > most || files::replace(path, bytes).is_err() {
        return;
    }
    let entries = std::fs::read_dir(files::folder_of(path)).into_iter().flatten().flatten();
    let file = |entry: std::fs::DirEntry| {
        let metadata = entry.metadata().ok().filter(std::fs::Metadata::is_file)?;
        Some((metadata.modified().ok()?, metadata.len(), entry.path()))
    };
    let mut found: Vec<_> = entries.filter_map(file).collect();
    found.sort();
    let mut total: u64 = found.iter().map(|(_, size, _)| size).sum();
    for (_, size, old) in found {
        if total <= most || old == path {
            break;
        }
        if std::fs::remove_file(old).is_ok() {
            total -= size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_files_go_first() {
        let place = tempfile::tempdir().unwrap();
        for name in ["a", "b", "c"] {
            write(&place.path().join(name), &[7; 10], 25);
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert_eq!(read(&place.path().join("a"), 10), None);
        assert_eq!(read(&place.path().join("b"), 10), Some(vec![7; 10]));
        assert_eq!(read(&place.path().join("c"), 9), None);
        write(&place.path().join("d"), &[7; 30], 25);
        assert!(!place.path().join("d").exists());
    }

    #[test]
    fn a_folder_that_others_can_change_is_not_used() {
        let place = tempfile::tempdir().unwrap();
        let folder = below(place.path(), "x").unwrap();
        std::fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
        assert!(below(place.path(), "x").is_err());
        let file = place.path().join("file");
        std::fs::write(&file, "x").unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
        assert_eq!(read(&file, 10), None);
    }
}
