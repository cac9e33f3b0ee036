//! A recording that queries read.

use std::cell::OnceCell;
use std::path::Path;

use connie_history::History;
use connie_history::moment::Modules;
use connie_history::timeline::Timeline;
use connie_recording::reader::Raised;
use connie_recording::render::Bounds;
use connie_recording::{Error, Recording};

/// How much of a value is shown: as much as fits a readable line.
pub const BOUNDS: Bounds = Bounds { string: 1000, items: 50, depth: 3 };

/// The maximum number of exceptions read from one recording.
const MAX_RAISED: usize = 10_000_000;

/// A recording, with cached data.
pub struct Run {
    /// The recording.
    pub recording: Recording,
    /// Its positions.
    pub timeline: Timeline,
    modules: Modules,
    exceptions: OnceCell<Vec<Raised>>,
    names: OnceCell<Vec<(u32, String)>>,
    tasks: OnceCell<Vec<(u32, String)>>,
}

impl Run {
    /// Opens one.
    ///
    /// # Errors
    /// If the file is not a recording.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self {
            recording: Recording::open(path)?,
            timeline: Timeline::default(),
            modules: Modules::default(),
            exceptions: OnceCell::new(),
            names: OnceCell::new(),
            tasks: OnceCell::new(),
        })
    }

    /// The input of questions.
    pub fn history(&self) -> History<'_> {
        History { recording: &self.recording, timeline: &self.timeline, modules: &self.modules }
    }

    /// All exceptions, in the order of their steps.
    pub fn exceptions(&self) -> &[Raised] {
        self.exceptions.get_or_init(|| self.recording.exceptions(MAX_RAISED).unwrap_or_default())
    }

    /// A thread's name.
    pub fn thread(&self, id: u32) -> Option<&str> {
        let names = self.names.get_or_init(|| self.recording.thread_names().unwrap_or_default());
        names.iter().find(|(known, _)| *known == id).map(|(_, name)| name.as_str())
    }

    /// The name of a task; `None` for 0, which means no task.
    pub fn task(&self, id: u32) -> Option<&str> {
        let read = || self.recording.tasks().unwrap_or_default().into_iter().map(|task| (task.id, task.name)).collect();
        let names = self.tasks.get_or_init(read);
        names.iter().find(|(known, _)| *known == id).map(|(_, name)| name.as_str())
    }

    /// Name, file and first line of a code.
    pub fn function(&self, code: u32) -> Option<(&str, &str, u32)> {
        let function = self.recording.function(code)?;
        Some((&function.name, self.recording.short(function.source), function.line))
    }
}
