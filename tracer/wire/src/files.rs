//! Opens files that others may have made: projects from elsewhere, other users of the machine, the traced program.
//!
//! Opening such a file never blocks and never reads from a device, and reading has a size limit. All of connie uses
//! this module for them.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Read, Result};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Size of the largest source that is read, in bytes.
pub const SOURCE: u64 = 64 << 20;
/// Size of the largest file of connie's own, or of settings, that is read, in bytes.
pub const SMALL: u64 = 1 << 20;

/// Mode bits that let users other than the owner write.
const OTHERS_WRITE: u32 = 0o022;

/// Opens a regular file for reading. Follows symbolic links.
///
/// # Errors
/// If it cannot be opened, or is not a regular file.
pub fn open(path: &Path) -> Result<File> {
    opened(path, 0)
}

/// Opens a regular file for reading. Does not follow a symbolic link.
///
/// # Errors
/// As for [`open`], and if the name is a symbolic link.
pub fn open_unlinked(path: &Path) -> Result<File> {
    opened(path, libc::O_NOFOLLOW)
}

/// Opens a regular file of this user for reading. Does not follow a symbolic link.
///
/// # Errors
/// As for [`open_unlinked`], and if the file belongs to another user.
pub fn open_own(path: &Path) -> Result<File> {
    let file = open_unlinked(path)?;
    if is_own(&file.metadata()?) { Ok(file) } else { Err(refused("it belongs to another user")) }
}

fn opened(path: &Path, flags: i32) -> Result<File> {
    // Checked before opening, as opening a device or a pipe may have an effect.
    let metadata = if flags == 0 { std::fs::metadata(path)? } else { std::fs::symlink_metadata(path)? };
    regular(&metadata)?;
    let flags = flags | libc::O_NONBLOCK | libc::O_CLOEXEC | libc::O_NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    // The file may have been replaced since the check.
    regular(&file.metadata()?)?;
    waiting(&file);
    Ok(file)
}

/// Clears `O_NONBLOCK`, which would be inherited with the descriptor.
fn waiting(file: &File) {
    // SAFETY: an open descriptor of ours; only its status flags are changed.
    unsafe {
        let flags = libc::fcntl(file.as_raw_fd(), libc::F_GETFL);
        if flags >= 0 {
            libc::fcntl(file.as_raw_fd(), libc::F_SETFL, flags & !libc::O_NONBLOCK);
        }
    }
}

fn regular(metadata: &Metadata) -> Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(refused(if metadata.is_dir() { "it is a folder" } else { "it is not a regular file" }))
}

fn refused(why: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, why)
}

/// Reads a regular file of at most `most` bytes. Follows symbolic links.
///
/// # Errors
/// As for [`open`], and if the file is larger.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    all(&open(path)?, most)
}

/// Reads a regular file of at most `most` bytes. Does not follow a symbolic link.
///
/// # Errors
/// As for [`open_unlinked`], and if the file is larger.
pub fn read_unlinked(path: &Path, most: u64) -> Result<Vec<u8>> {
    all(&open_unlinked(path)?, most)
}

/// As [`read`], for a UTF-8 file.
///
/// # Errors
/// As for [`read`], and if it is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> Result<String> {
    String::from_utf8(read(path, most)?).map_err(|_| Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

/// Reads all of an open file of at most `most` bytes.
///
/// # Errors
/// If it cannot be read, or is larger.
pub fn all(file: &File, most: u64) -> Result<Vec<u8>> {
    let too_large = || Error::new(ErrorKind::FileTooLarge, format!("it has more than {most} bytes"));
    let length = file.metadata()?.len();
    if length > most {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(length as usize);
    // The file may grow meanwhile.
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large()) } else { Ok(bytes) }
}

/// Reads the beginning of a regular file: `most` bytes, or all if it has fewer.
///
/// # Errors
/// As for [`open`].
pub fn head(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a file belongs to the user that this process runs as.
#[must_use]
pub fn is_own(metadata: &Metadata) -> bool {
    // SAFETY: reads a number of this process.
    metadata.uid() == unsafe { libc::geteuid() }
}

/// Whether a file or folder belongs to this user, and nobody else can change it.
#[must_use]
pub fn is_private(metadata: &Metadata) -> bool {
    is_own(metadata) && metadata.mode() & OTHERS_WRITE == 0
}

/// Whether only this user and root can replace entries of this folder, or folders above it.
#[must_use]
pub fn is_safe_place(folder: &Path) -> bool {
    let Ok(folder) = folder.canonicalize() else { return false };
    folder.ancestors().all(|folder| {
        folder.symlink_metadata().is_ok_and(|metadata| {
            let trusted = is_own(&metadata) || metadata.uid() == 0;
            // In a sticky folder users can rename their own files only.
            trusted && (metadata.mode() & OTHERS_WRITE == 0 || metadata.mode() & libc::S_ISVTX != 0)
        })
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn only_regular_files_are_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("plain"), "text").unwrap();
        symlink("plain", path("link")).unwrap();
        symlink("/dev/zero", path("zero")).unwrap();
        let pipe = std::ffi::CString::new(path("pipe").to_str().unwrap()).unwrap();
        // SAFETY: a path that ends with a zero byte.
        assert_eq!(unsafe { libc::mkfifo(pipe.as_ptr(), 0o600) }, 0);
        symlink("pipe", path("to a pipe")).unwrap();
        assert_eq!(read(&path("plain"), 4).unwrap(), b"text");
        assert_eq!(read(&path("link"), 4).unwrap(), b"text");
        assert_eq!(read(&path("plain"), 3).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert!(read_unlinked(&path("plain"), 4).is_ok() && read_unlinked(&path("link"), 4).is_err());
        assert!(open_own(&path("plain")).is_ok());
        assert_eq!(head(&path("plain"), 2).unwrap(), b"te");
        for name in ["zero", "pipe", "to a pipe", ".", "none"] {
            assert!(open(&path(name)).is_err() && open_unlinked(&path(name)).is_err(), "{name}");
        }
    }

    #[test]
    fn folders_that_others_can_write_to_are_no_safe_place() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        std::fs::create_dir_all(&inner).unwrap();
        assert!(is_safe_place(&inner));
        let mode = |mode| {
            std::fs::set_permissions(folder.path().join("a"), std::fs::Permissions::from_mode(mode)).unwrap();
            is_safe_place(&inner)
        };
        assert_eq!([0o777, 0o1777, 0o775, 0o755].map(mode), [false, true, false, true]);
    }
}
