//! Display names of the threads and tasks of a recording, if there are several.

use crate::error::Error;
use crate::reader::Recording;

/// Names of threads and tasks; empty if there is only one.
#[derive(Clone, Debug, Default)]
pub struct Actors {
    threads: Vec<(u32, String)>,
    tasks: Vec<(u32, String)>,
}

impl Actors {
    /// Reads the names from a recording.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn of(recording: &Recording) -> Result<Self, Error> {
        let several = |names: Vec<(u32, String)>| if names.len() > 1 { names } else { Vec::new() };
        let tasks = recording.tasks()?.into_iter().map(|task| (task.id, task.name)).collect();
        Ok(Self { threads: several(recording.thread_names()?), tasks: several(tasks) })
    }

    /// The name of a thread, if there are several threads.
    #[must_use]
    pub fn thread(&self, thread: u32) -> Option<&str> {
        self.threads.iter().find(|(id, _)| *id == thread).map(|(_, name)| name.as_str())
    }

    /// The name of a task, if there are several tasks; 0 is no task.
    #[must_use]
    pub fn task(&self, task: u32) -> Option<&str> {
        self.tasks.iter().find(|(id, _)| *id == task).map(|(_, name)| name.as_str())
    }

    /// Whether there are several tasks.
    #[must_use]
    pub fn has_tasks(&self) -> bool {
        !self.tasks.is_empty()
    }

    /// The actor of an event: the thread, the task, or both.
    #[must_use]
    pub fn name(&self, thread: u32, task: u32) -> Option<String> {
        match (self.thread(thread), self.task(task)) {
            (Some(thread), Some(task)) => Some(format!("{thread}, {task}")),
            (thread, task) => thread.or(task).map(str::to_owned),
        }
    }
}
