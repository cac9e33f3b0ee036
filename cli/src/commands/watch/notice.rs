//! Notices possible changes in folders: by inotify, otherwise by checking every second.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::Duration;

use notify::{Config, ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::event::Event;
use crate::{screen, style};

/// The interval for reading folders if the system does not report changes.
const POLL: Duration = Duration::from_secs(1);

/// The watched folders, without their subfolders.
pub struct Notice {
    /// `None` if all files are checked every second.
    watcher: Option<RecommendedWatcher>,
    events: Sender<Event>,
    folders: BTreeSet<PathBuf>,
}

impl Notice {
    /// Creates a watcher without folders. With `poll`, files are checked every second, which network file systems need.
    pub fn new(events: &Sender<Event>, poll: bool) -> Self {
        let mut notice = Self { watcher: None, events: events.clone(), folders: BTreeSet::new() };
        match (!poll).then(|| RecommendedWatcher::new(reporter(events), Config::default())) {
            Some(Ok(watcher)) => notice.watcher = Some(watcher),
            Some(Err(error)) => notice.give_up(&error),
            None => notice.poll(),
        }
        notice
    }

    /// Switches to polling after an error of the system's notifications.
    fn give_up(&mut self, error: &notify::Error) {
        tell_limit(error);
        self.watcher = None;
        self.poll();
    }

    /// Requests a check of all files every second. File times are exact, so that no save is missed.
    fn poll(&self) {
        let events = self.events.clone();
        std::thread::spawn(move || {
            while events.send(Event::Files(Vec::new())).is_ok() {
                std::thread::sleep(POLL);
            }
        });
    }

    /// Watches a folder, even if it was created anew. A missing folder is left out.
    pub fn add(&mut self, folder: &Path) {
        self.folders.insert(folder.into());
        let Some(watcher) = &mut self.watcher else { return };
        let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) else { return };
        let is_gone = matches!(&error.kind, ErrorKind::PathNotFound)
            || matches!(&error.kind, ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::NotFound);
        if !is_gone {
            self.give_up(&error);
        }
    }

    /// Whether a folder is watched.
    pub fn has(&self, folder: &Path) -> bool {
        self.folders.contains(folder)
    }

    /// The folders that are watched.
    pub fn folders(&self) -> impl Iterator<Item = &Path> {
        self.folders.iter().map(PathBuf::as_path)
    }

    /// Watches all folders again: some may have been replaced by others with the same name.
    pub fn renew(&mut self) {
        for folder in std::mem::take(&mut self.folders) {
            self.add(&folder);
        }
    }
}

/// Converts the watcher's notifications to events.
fn reporter(events: &Sender<Event>) -> impl Fn(notify::Result<notify::Event>) + Send + 'static {
    let events = events.clone();
    move |event| {
        let paths = match event {
            // Reading by this process is not a change.
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => return,
            Ok(event) => event.paths,
            // Notifications were lost: check all files.
            Err(_) => Vec::new(),
        };
        let _ = events.send(Event::Files(paths));
    }
}

/// Prints why files are read every second, and what helps.
fn tell_limit(error: &notify::Error) {
    let (limit, more) = match &error.kind {
        ErrorKind::MaxFilesWatch => ("fs.inotify.max_user_watches", "524288"),
        ErrorKind::Io(error) if error.raw_os_error() == Some(libc::ENOSPC) => ("fs.inotify.max_user_watches", "524288"),
        ErrorKind::Io(error) if error.raw_os_error() == Some(libc::EMFILE) => ("fs.inotify.max_user_instances", "1024"),
        _ => {
            screen::say!(
                "{0}connie:{0:#} the system does not report changes of files ({error}): they are read every second",
                style::WARNING
            );
            return;
        }
    };
    screen::say!(
        "{0}connie:{0:#} the limit {limit} is reached: files are read every second instead. To raise it: \
         sudo sysctl {limit}={more}",
        style::WARNING
    );
}
