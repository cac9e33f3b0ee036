//! The available recordings, and the one that an argument denotes. A client can name recordings of the project and
//! those of the command line, and no other file.

use std::path::{Path, PathBuf};

use crate::host::Host;
use crate::refusal::Refusal;

/// The available recordings.
pub struct Store {
    host: Box<dyn Host>,
    /// Recordings of the command line: their names as given, and their files.
    given: Vec<(String, PathBuf)>,
}

/// The id of a recording: the name of its file without its extension.
pub fn id(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

impl Store {
    /// The recordings of a host, and those given on the command line.
    pub fn new(host: Box<dyn Host>, given: Vec<(String, PathBuf)>) -> Self {
        Self { host, given }
    }

    /// The host that makes recordings.
    pub fn host(&self) -> &dyn Host {
        self.host.as_ref()
    }

    /// All recordings, oldest first; those of the command line last.
    pub fn all(&self) -> Result<Vec<PathBuf>, Refusal> {
        let mut all = self.host.recordings().map_err(Refusal::NotFound)?;
        let given: Vec<PathBuf> = self.given.iter().map(|(_, path)| path.clone()).collect();
        all.retain(|path| !given.contains(path));
        all.extend(given);
        Ok(all)
    }

    /// The recording for an argument. Without an argument: the first of the command line, otherwise the latest of the
    /// project.
    pub fn find(&self, name: Option<&str>) -> Result<PathBuf, Refusal> {
        let given = match name {
            None => self.given.first(),
            Some(name) => self.given.iter().find(|(given, path)| given == name || id(path) == name),
        };
        match (given, name) {
            (Some((_, path)), _) => Ok(path.clone()),
            (None, name) => self.host.find(name.unwrap_or("latest")).map_err(|why| match name {
                Some(name) if name.contains('/') && !name.contains("::") => {
                    let why = "a path can only be opened if it was given to `connie mcp` on its command line; \
                               list_recordings lists the available recordings";
                    Refusal::argument("recording", why)
                }
                _ => Refusal::NotFound(format!("{why} (list_recordings lists the available ones)")),
            }),
        }
    }
}
