//! A report while it is written: into a temporary folder, with a progress bar, until a signal stops it.

use std::fs::DirBuilder;
use std::io::{Error, ErrorKind, Result};
use std::os::unix::fs::DirBuilderExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use connie_web::report::{DATA, Folder};
use indicatif::{ProgressBar, ProgressStyle};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use tempfile::TempDir;

use super::place::Place;
use crate::failure::Failure;

/// A report while it is written. If it is dropped, nothing of it remains.
pub struct Writing {
    made: TempDir,
    bar: ProgressBar,
    /// The signal that stops it; 0 for none.
    stopped: Arc<AtomicUsize>,
    /// The number of files that are written.
    pub files: u64,
    /// Their size in bytes.
    pub size: u64,
}

impl Writing {
    /// Begins a report of these steps.
    ///
    /// # Errors
    /// If no folder can be created for it.
    pub fn new(place: &Place, (first, last): (u64, u64)) -> std::result::Result<Self, Failure> {
        let made = place.temporary()?;
        let data = DirBuilder::new().mode(0o700).create(made.path().join(DATA));
        data.map_err(|error| place.cannot(&error))?;
        let stopped = Arc::new(AtomicUsize::new(0));
        let ending = [SIGHUP, SIGINT, SIGTERM];
        for signal in crate::run::heeded().into_iter().filter(|signal| ending.contains(signal)) {
            let noted = signal_hook::flag::register_usize(signal, Arc::clone(&stopped), signal as usize);
            noted.map_err(|error| place.cannot(&error))?;
        }
        // It draws nothing if stderr is not a terminal.
        let bar = ProgressBar::new((last + 1).saturating_sub(first));
        let template = ProgressStyle::with_template("connie: {human_pos} of {human_len} steps {wide_bar} {eta}");
        bar.set_style(template.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Ok(Self { made, bar, stopped, files: 0, size: 0 })
    }

    /// The signal that stopped it.
    pub fn signal(&self) -> Option<i32> {
        match self.stopped.load(Ordering::Relaxed) {
            0 => None,
            signal => i32::try_from(signal).ok(),
        }
    }

    /// The folder with the whole report.
    pub fn finish(self) -> TempDir {
        self.bar.finish_and_clear();
        self.made
    }
}

impl Folder for Writing {
    fn write(&mut self, name: &str, text: &str) -> Result<()> {
        if self.signal().is_some() {
            self.bar.finish_and_clear();
            return Err(Error::from(ErrorKind::Interrupted));
        }
        std::fs::write(self.made.path().join(name), text)?;
        self.files += 1;
        self.size += text.len() as u64;
        Ok(())
    }

    fn reached(&mut self, steps: u64) {
        self.bar.set_position(steps);
    }
}
