//! The recorder of a process that it did not start itself.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use connie_wire::config::Config;

use super::rings::is_alive;
use super::run_folder::RunFolder;
use super::{Segments, report};
use crate::failure::Failure;

/// The interval for checking whether the process is alive.
const ASK: Duration = Duration::from_millis(20);

/// A process that is being recorded.
pub struct Attended {
    pid: u32,
    place: RunFolder,
    /// Its recordings.
    pub segments: Segments,
    quiet: bool,
}

impl Attended {
    /// Prepares the files that the tracer needs to start in a process.
    ///
    /// # Errors
    /// If there is not enough space for them.
    pub fn new(pid: u32, config: &Config, mut segments: Segments, quiet: bool) -> Result<Self, Failure> {
        let io = |error: std::io::Error| Failure::CannotCreate(format!("cannot prepare the recording: {error}"));
        let place = RunFolder::new(config).map_err(io)?;
        segments.config.clone_from(&place.config);
        Ok(Self { pid, place, segments, quiet })
    }

    /// The file that the tracer reads.
    pub fn config(&self) -> &Path {
        &self.place.config
    }

    /// The folder with the tracer.
    pub fn bundle(&self) -> &Path {
        &self.place.bundle.folder
    }

    /// A file in the folder that the recorder and the process share.
    pub fn path(&self, name: &str) -> PathBuf {
        self.place.folder.path().join(name)
    }

    /// Why the tracer refused to start, if it did.
    pub fn refusal(&self) -> Option<String> {
        self.place.refusal()
    }

    /// Whether the tracer has started in the process.
    pub fn has_started(&self) -> bool {
        self.place.rings.first().header().python.load(Ordering::Acquire) != 0
    }

    /// Stores ops until `enough` returns true or the process ends. Returns whether the process is alive.
    pub fn watch(&mut self, mut enough: impl FnMut(&Self) -> bool) -> bool {
        let mut asked = Instant::now();
        let mut lives = true;
        loop {
            let took = self.place.rings.take_segments(&mut self.segments);
            if !self.quiet {
                report::segments(&mut self.segments);
            }
            if took {
                continue;
            }
            if !lives || enough(self) {
                return lives;
            }
            if asked.elapsed() > ASK {
                // Ops written before the end of the process are read after it, so read once more.
                lives = is_alive(self.pid);
                asked = Instant::now();
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Completes recordings that are still in progress.
    pub fn end(mut self) -> Segments {
        self.place.rings.end_segments(&mut self.segments, None);
        if !self.quiet {
            report::segments(&mut self.segments);
        }
        self.segments
    }
}
