//! Opens and replaces files of a project, in addition to [`connie_wire::files`].

use std::io::{Result, Write};
use std::path::{Path, PathBuf};

pub use connie_wire::files::*;

/// Replaces a file atomically: a reader sees either the old file or the new one. A symbolic link of that name is
/// replaced, not followed.
///
/// # Errors
/// If the folder is not writable.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    temporary(path, bytes)?.persist(path).map(drop).map_err(|error| error.error)
}

/// Creates a file, unless there is a file or a link of that name.
///
/// # Errors
/// If there is one, or the folder is not writable.
pub fn make(path: &Path, bytes: &[u8]) -> Result<()> {
    temporary(path, bytes)?.persist_noclobber(path).map(drop).map_err(|error| error.error)
}

/// A file with an unpredictable name in the same folder.
fn temporary(path: &Path, bytes: &[u8]) -> Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix(".connie-").suffix(".new").tempfile_in(folder_of(path))?;
    file.write_all(bytes)?;
    Ok(file)
}

/// The folder that contains a path, in a form that can be opened.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether a path leads into a folder, through any links.
#[must_use]
pub fn is_within(path: &Path, folder: &Path) -> bool {
    let (path, folder) = (path.canonicalize(), folder.canonicalize());
    path.is_ok_and(|path| folder.is_ok_and(|folder| path.starts_with(folder)))
}

/// Whether a folder is a project's `.connie` folder, where connie keeps its files. A link that leaves the project does
/// not count: a project may come from anywhere.
#[must_use]
pub fn is_project_folder(folder: &Path) -> bool {
    folder.is_dir() && is_within(folder, folder_of(folder))
}

/// Extension of recordings.
pub const EXTENSION: &str = "connie";

/// The recordings of a folder, oldest first. Links that leave the project are ignored.
#[must_use]
pub fn recordings(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_one = |entry: &std::fs::DirEntry| {
        let (path, ty) = (entry.path(), entry.file_type());
        path.extension().is_some_and(|e| e == EXTENSION)
            && ty.is_ok_and(|ty| {
                ty.is_file() || ty.is_symlink() && path.is_file() && is_within(&path, folder_of(folder))
            })
    };
    let mut found: Vec<_> = entries.filter(is_one).map(|entry| entry.path()).collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_replaced_and_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (victim, name) = (folder.path().join("victim"), folder.path().join("name"));
        std::fs::write(&victim, "important").unwrap();
        symlink(&victim, &name).unwrap();
        assert!(make(&name, b"new").is_err());
        replace(&name, b"new").unwrap();
        assert_eq!(std::fs::read(&name).unwrap(), b"new");
        assert_eq!(std::fs::read(&victim).unwrap(), b"important");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_projects_folder_lies_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("project");
        std::fs::create_dir_all(project.join("inner")).unwrap();
        let link = project.join(".connie");
        assert!(!is_project_folder(&link));
        symlink("inner", &link).unwrap();
        assert!(is_project_folder(&link));
        std::fs::remove_file(&link).unwrap();
        symlink("../", &link).unwrap();
        assert!(!is_project_folder(&link));
    }
}
