//! Publishes the position of a debugger's view to programs that show values: `position.json` in the project's `.connie`
//! folder, replaced at every stop. Such programs send requests to the session in the same way.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use connie_recording::files;

/// The position of a session's view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Process id of the adapter.
    pub pid: u32,
    /// Path of the recording.
    pub recording: PathBuf,
    /// The step.
    pub step: u64,
    /// The thread.
    pub thread: u32,
}

/// A request to a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Wish {
    /// Go to a step.
    Go {
        /// The step.
        step: u64,
    },
    /// Stop at writes to the place that an expression names, at a step, in a frame.
    Watch {
        /// The expression.
        expression: String,
        /// The step.
        step: u64,
        /// The frame.
        frame: u64,
    },
}

const NAME: &str = "position.json";

fn asked_path(folder: &Path, pid: u32) -> PathBuf {
    folder.join(format!("goto-{pid}.json"))
}

fn write(path: &Path, text: &str) {
    // A reader sees either the old file or the new one. A failure here must not end anyone's session.
    let _ = files::replace(path, text.as_bytes());
}

/// The contents of a file that connie wrote. A link or a special file is ignored: a project may come from anywhere.
fn contents(path: &Path) -> Option<Vec<u8>> {
    files::read_unlinked(path, files::SMALL).ok()
}

/// Publishes the position of the view in the `.connie` folder of a project; does nothing if there is no such folder.
pub fn publish(folder: &Path, cursor: &Cursor) {
    if folder.is_dir() {
        write(&folder.join(NAME), &serde_json::to_string(cursor).unwrap_or_default());
    }
}

/// Removes the position that this process published.
pub fn withdraw(folder: &Path) {
    if read(folder).is_some_and(|cursor| cursor.pid == std::process::id()) {
        let _ = std::fs::remove_file(folder.join(NAME));
    }
    let _ = std::fs::remove_file(asked_path(folder, std::process::id()));
}

/// The position of a live session's view.
#[must_use]
pub fn read(folder: &Path) -> Option<Cursor> {
    let cursor: Cursor = serde_json::from_slice(&contents(&folder.join(NAME))?).ok()?;
    is_alive(cursor.pid).then_some(cursor)
}

/// The time and inode of `position.json`, which change whenever it is replaced. Cheap enough to call 30 times a second.
#[must_use]
pub fn changed(folder: &Path) -> Option<(std::time::SystemTime, u64)> {
    let metadata = std::fs::symlink_metadata(folder.join(NAME)).ok()?;
    Some((metadata.modified().ok()?, std::os::unix::fs::MetadataExt::ino(&metadata)))
}

/// Sends a request to the session of a cursor.
pub fn ask(folder: &Path, pid: u32, wish: &Wish) {
    write(&asked_path(folder, pid), &serde_json::to_string(wish).unwrap_or_default());
}

/// Takes the request that was sent to this process. Each request is returned once.
#[must_use]
pub fn asked(folder: &Path) -> Option<Wish> {
    let path = asked_path(folder, std::process::id());
    path.symlink_metadata().ok()?;
    let text = contents(&path);
    let _ = std::fs::remove_file(path);
    serde_json::from_slice(&text?).ok()
}

/// Whether a process is alive, if the system can tell.
fn is_alive(pid: u32) -> bool {
    let processes = Path::new("/proc/self");
    !processes.exists() || Path::new("/proc").join(pid.to_string()).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_seen_while_its_session_lives() {
        let folder = tempfile::tempdir().unwrap();
        let cursor = Cursor { pid: std::process::id(), recording: "/x.connie".into(), step: 3, thread: 1 };
        publish(folder.path(), &cursor);
        assert_eq!(read(folder.path()), Some(cursor.clone()));
        publish(folder.path(), &Cursor { pid: u32::MAX - 1, ..cursor.clone() });
        assert_eq!(read(folder.path()), None);
        let wish = Wish::Go { step: 77 };
        ask(folder.path(), std::process::id(), &wish);
        assert_eq!((asked(folder.path()), asked(folder.path())), (Some(wish), None));
        // A folder may come from elsewhere, with links in it.
        let aside = folder.path().join("aside");
        std::fs::write(&aside, serde_json::to_string(&cursor).unwrap()).unwrap();
        for name in [NAME.to_owned(), format!("goto-{}.json", std::process::id())] {
            let _ = std::fs::remove_file(folder.path().join(&name));
            std::os::unix::fs::symlink(&aside, folder.path().join(&name)).unwrap();
        }
        assert_eq!((read(folder.path()), asked(folder.path())), (None, None));
        publish(folder.path(), &cursor);
        assert_eq!(read(folder.path()), Some(cursor.clone()));
        let before = changed(folder.path());
        publish(folder.path(), &cursor);
        assert!(before.is_some() && changed(folder.path()) != before);
        publish(&folder.path().join("none"), &Cursor { pid: 1, recording: "/".into(), step: 1, thread: 1 });
        assert!(!folder.path().join("none").exists());
    }
}
