//! Selects the steps to show.

use connie_history::story::Filter;
use connie_recording::Recording;
use connie_recording::player::{Player, Step};

use super::Arguments;
use crate::failure::Failure;

/// The selection by `--process`, `--thread`, `--task`, `--function`, `--file`, `--from` and `--to`.
pub struct Selection {
    filter: Filter,
    /// First step.
    pub from: u64,
    /// Last step.
    pub to: u64,
}

impl Selection {
    /// Checks the options against the recording.
    ///
    /// # Errors
    /// If the recording has nothing with a given name.
    pub fn new(recording: &Recording, arguments: &Arguments) -> Result<Self, Failure> {
        let of_process = match arguments.process {
            None => None,
            Some(pid) => {
                let processes = recording.processes()?;
                let missing = || Failure::NotFound(format!("there is no process {pid}: see connie threads"));
                let process = processes.iter().find(|process| process.pid == pid).ok_or_else(missing)?.id;
                let threads = recording.threads()?.into_iter().filter(|thread| thread.process == process);
                Some(threads.map(|thread| thread.id).collect::<Vec<_>>())
            }
        };
        let thread = match &arguments.thread {
            None => None,
            Some(name) => {
                let threads = recording.threads()?;
                let found = threads.iter().find(|thread| thread.name == *name || thread.id.to_string() == *name);
                let missing = || Failure::NotFound(format!("there is no thread {name}: see connie threads"));
                Some(found.ok_or_else(missing)?.id)
            }
        };
        let task = match &arguments.task {
            None => None,
            Some(name) => {
                let tasks = recording.tasks()?;
                let found = tasks.iter().find(|task| task.name == *name || task.id.to_string() == *name);
                let missing = || match tasks.as_slice() {
                    [] => Failure::NotFound("this recording has no asyncio tasks".into()),
                    [.., last] => Failure::NotFound(format!(
                        "there is no task {name}: there are 1 ({}) to {}",
                        tasks[0].name, last.id
                    )),
                };
                Some(found.ok_or_else(missing)?.id)
            }
        };
        let wanted = |function: &connie_recording::reader::Function, path: &str| {
            let by_name = arguments.function.as_deref().is_none_or(|pattern| {
                fast_glob::glob_match(pattern, &function.name) || last(&function.name) == pattern
            });
            let by_file = arguments.file.as_deref().is_none_or(|pattern| {
                fast_glob::glob_match(pattern, path) || path.ends_with(&format!("/{pattern}")) || path == pattern
            });
            by_name && by_file
        };
        let is_filtered = arguments.function.is_some() || arguments.file.is_some();
        let functions = is_filtered.then(|| Filter::functions(recording, wanted));
        if functions.as_ref().is_some_and(|functions| !functions.contains(&true)) {
            return Err(Failure::NotFound("no recorded function matches --function and --file".into()));
        }
        let threads = match (of_process, thread) {
            (Some(all), Some(one)) => Some(all.into_iter().filter(|thread| *thread == one).collect()),
            (all, one) => all.or(one.map(|one| vec![one])),
        };
        let filter = Filter { threads, task, functions };
        let last = recording.info.steps;
        let (from, to) = (arguments.from.unwrap_or(1), arguments.to.unwrap_or(last));
        if from > last && last > 0 || from == 0 {
            return Err(connie_recording::Error::NoStep { step: from, last }.into());
        }
        Ok(Self { filter, from, to })
    }

    /// A player whose next step is the first selected one.
    ///
    /// # Errors
    /// If that part of the recording is damaged.
    pub fn player<'a>(&self, recording: &'a Recording) -> Result<Player<'a>, Failure> {
        Ok(Player::before(recording, self.from)?)
    }

    /// Whether a step is selected.
    pub fn shows(&self, step: &Step) -> bool {
        self.filter.shows(step)
    }
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
