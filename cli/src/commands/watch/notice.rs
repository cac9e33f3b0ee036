//! Notices that something in folders may have changed: by inotify, else by looking every second.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::time::Duration;

use notify::{Config, ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::event::Event;
use crate::{screen, style};

/// How often folders are read where the system does not report changes.
const POLL: Duration = Duration::from_secs(1);

/// The folders that are watched; not what is below them.
pub struct Notice {
    /// `None`: all files are looked at every second.
    watcher: Option<RecommendedWatcher>,
    events: Sender<Event>,
    folders: BTreeSet<PathBuf>,
}

impl Notice {
    /// Watches nothing yet. `poll`: look every second, as network file systems need it.
    pub fn new(events: &Sender<Event>, poll: bool) -> Self {
        let mut notice = Self { watcher: None, events: events.clone(), folders: BTreeSet::new() };
        match (!poll).then(|| RecommendedWatcher::new(reporter(events), Config::default())) {
            Some(Ok(watcher)) => notice.watcher = Some(watcher),
            Some(Err(error)) => notice.give_up(&error),
            None => notice.poll(),
        }
        notice
    }

    /// The system reports nothing more.
    fn give_up(&mut self, error: &notify::Error) {
        tell_limit(error);
        self.watcher = None;
        self.poll();
    }

    /// Has all files looked at every second. Times of files are exact, so that no save is missed.
    fn poll(&self) {
        let events = self.events.clone();
        std::thread::spawn(move || {
            while events.send(Event::Files(Vec::new())).is_ok() {
                std::thread::sleep(POLL);
            }
        });
    }

    /// Watches a folder, also one that was made anew since. A folder that is not there is left out.
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

    /// Watches all folders again: some may have been replaced by others of the same name.
    pub fn renew(&mut self) {
        for folder in std::mem::take(&mut self.folders) {
            self.add(&folder);
        }
    }
}

/// What comes from a watcher, in our words.
fn reporter(events: &Sender<Event>) -> impl Fn(notify::Result<notify::Event>) + Send + 'static {
    let events = events.clone();
    move |event| {
        let paths = match event {
            // Our own reading is no change.
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => return,
            Ok(event) => event.paths,
            // Something was lost: all files are looked at.
            Err(_) => Vec::new(),
        };
        let _ = events.send(Event::Files(paths));
    }
}

/// Says why files are read every second, and what helps.
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
