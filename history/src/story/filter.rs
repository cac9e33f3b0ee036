//! Which steps a story is about.

use connie_recording::Recording;
use connie_recording::error::Error;
use connie_recording::player::Step;
use connie_recording::reader::Function;

use crate::timeline::Position;

/// Which steps a story is about. Conditions are combined: a step must meet all of them.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these threads.
    pub threads: Option<Vec<u32>>,
    /// Only this task.
    pub task: Option<u32>,
    /// Only functions that are `true` here, by code.
    pub functions: Option<Vec<bool>>,
}

/// What a filter names, as people write it. Empty texts are no conditions.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// A thread: its number or its name.
    pub thread: String,
    /// A task: its number or its name.
    pub task: String,
    /// A part of the names of functions, in any case.
    pub function: String,
    /// A part of the paths of files, in any case.
    pub file: String,
}

/// Why a filter cannot be resolved.
#[derive(Debug, thiserror::Error)]
pub enum Unknown {
    /// There is no thread with this number or name.
    #[error("there is no thread {0}")]
    Thread(String),
    /// There is no task with this number or name.
    #[error("there is no task {0}")]
    Task(String),
    /// The recording cannot be read.
    #[error(transparent)]
    Recording(#[from] Error),
}

impl Filter {
    /// Resolves what people wrote. A function or file that did not run is no error: nothing is shown.
    ///
    /// # Errors
    /// If there is no such thread or task.
    pub fn resolve(recording: &Recording, names: &Names) -> Result<Self, Unknown> {
        let mut filter = Self::default();
        if !names.thread.is_empty() {
            let mut threads = recording.thread_names()?.into_iter();
            let found = threads.find(|(id, name)| *name == names.thread || id.to_string() == names.thread);
            filter.threads = Some(vec![found.ok_or_else(|| Unknown::Thread(names.thread.clone()))?.0]);
        }
        if !names.task.is_empty() {
            let mut tasks = recording.tasks()?.into_iter();
            let found = tasks.find(|task| task.name == names.task || task.id.to_string() == names.task);
            filter.task = Some(found.ok_or_else(|| Unknown::Task(names.task.clone()))?.id);
        }
        let (function, file) = (names.function.to_lowercase(), names.file.to_lowercase());
        if !function.is_empty() || !file.is_empty() {
            filter.functions = Some(Self::functions(recording, |one, path| {
                one.name.to_lowercase().contains(&function) && path.to_lowercase().contains(&file)
            }));
        }
        Ok(filter)
    }

    /// The functions that match, by code. `is_wanted` gets a function and the path of its source.
    pub fn functions(recording: &Recording, is_wanted: impl Fn(&Function, &str) -> bool) -> Vec<bool> {
        let path = |one: &Function| recording.sources.get(one.source as usize).map_or("", |source| &source.path);
        recording.functions.iter().map(|one| is_wanted(one, path(one))).collect()
    }

    /// Whether all steps are selected.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.threads.is_none() && self.task.is_none() && self.functions.is_none()
    }

    fn has(&self, thread: u32, frame: Option<(u32, u32)>) -> bool {
        self.threads.as_ref().is_none_or(|threads| threads.contains(&thread))
            && self.task.is_none_or(|wanted| frame.is_some_and(|(_, task)| task == wanted))
            && (self.functions.is_none() || frame.is_some_and(|(code, _)| self.has_function(code)))
    }

    /// Whether a step is selected.
    #[must_use]
    pub fn shows(&self, step: &Step) -> bool {
        self.has(step.thread, step.frame.map(|frame| (frame.code, frame.task)))
    }

    /// Whether the step of a position is selected.
    #[must_use]
    pub fn has_position(&self, position: &Position) -> bool {
        self.has(position.thread, (position.frame != 0).then_some((position.code, position.task)))
    }

    /// Whether steps of a function may be selected.
    #[must_use]
    pub fn has_function(&self, code: u32) -> bool {
        self.functions.as_ref().is_none_or(|known| known.get(code as usize).copied().unwrap_or(false))
    }
}
