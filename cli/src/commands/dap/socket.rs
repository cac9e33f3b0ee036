//! A Unix socket that only its user can reach.

use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::temporary::Temporary;

/// The umask belongs to the whole process, so that only one thread may change it at a time.
static MODE: Mutex<()> = Mutex::new(());

/// Creates a socket and listens on it; the file is removed when the returned `Temporary` is dropped.
///
/// # Errors
/// If another process listens there, the path is not a socket, or other users could replace it.
pub fn listen(path: &Path) -> Result<(UnixListener, Temporary)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    check_folder(folder)?;
    make_room(path)?;
    let one_at_a_time = MODE.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: sets a number of this process, and cannot fail; no other thread makes files yet.
    let before = unsafe { libc::umask(0o177) };
    let listener = UnixListener::bind(path);
    // SAFETY: as above.
    unsafe { libc::umask(before) };
    drop(one_at_a_time);
    Ok((listener?, Temporary::file(path)?))
}

/// The effective user id of this process.
fn user() -> u32 {
    // SAFETY: reads a number of this process; it cannot fail.
    unsafe { libc::geteuid() }
}

/// Checks that no other user can remove or rename files in a folder: it belongs to this user alone, or separates users
/// by the sticky bit, as /tmp does.
fn check_folder(folder: &Path) -> Result<()> {
    let found = folder.metadata()?;
    let is_trusted = found.uid() == user() || found.uid() == 0;
    let is_open = found.mode() & 0o022 != 0;
    let keeps_apart = found.mode() & 0o1000 != 0;
    if is_trusted && (!is_open || keeps_apart) {
        return Ok(());
    }
    let folder = folder.display();
    let why = format!("other users can change the folder {folder}: use $XDG_RUNTIME_DIR or a folder with mode 0700");
    Err(Error::new(ErrorKind::PermissionDenied, why))
}

/// Removes a socket file of this user on which nobody listens any more.
fn make_room(path: &Path) -> Result<()> {
    let found = match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    if !found.file_type().is_socket() || found.uid() != user() {
        return Err(Error::new(ErrorKind::AlreadyExists, "something other than a socket of yours is there"));
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => std::fs::remove_file(path),
        Err(error) => Err(error),
        Ok(_) => Err(Error::new(ErrorKind::AddrInUse, "another process is listening there")),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn only_its_user_reaches_a_socket() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let (listener, file) = listen(&path).unwrap();
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600);
        assert!(listen(&path).is_err_and(|error| error.kind() == ErrorKind::AddrInUse));
        // As after a kill: the file is left, but nobody listens.
        drop(listener);
        std::mem::forget(file);
        let (_second, again) = listen(&path).unwrap();
        drop(again);
        assert!(!path.exists());
    }

    #[test]
    fn nothing_else_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        for (name, make) in [("file", false), ("link", true)] {
            let path = folder.path().join(name);
            if make { std::os::unix::fs::symlink("nowhere", &path) } else { std::fs::write(&path, "text") }.unwrap();
            assert!(listen(&path).is_err_and(|error| error.kind() == ErrorKind::AlreadyExists), "{name}");
        }
        assert_eq!(std::fs::read_to_string(folder.path().join("file")).unwrap(), "text");
    }

    #[test]
    fn folders_that_others_can_change_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        for (mode, allowed) in [(0o777, false), (0o770, false), (0o1777, true), (0o755, true)] {
            set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
            assert_eq!(listen(&path).is_ok(), allowed, "{mode:o}");
        }
    }
}
