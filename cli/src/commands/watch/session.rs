//! The main loop: run, wait for a change, run again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use connie_recording::{Recording, reader};
use signal_hook::consts::{SIGCONT, SIGINT};

use super::child::Running;
use super::event::Event;
use super::files::{Files, folders_below, is_new_folder};
use super::kept::Kept;
use super::keys::Keys;
use super::lines_by_test::LinesByTest;
use super::notice::Notice;
use super::status;
use super::target::{Target, TargetKind};
use crate::failure::Failure;
use crate::{folder, screen};

/// A run begins after this long without a change, since editors write in several steps and tools write many files …
const QUIET: Duration = Duration::from_millis(120);
/// … or after this long in any case.
const LONGEST: Duration = Duration::from_secs(10);
/// The interval for checking whether a run has ended.
const LOOK: Duration = Duration::from_millis(15);
/// The interval for checking replaced recordings that a debugger has open.
const CLEAN: Duration = Duration::from_millis(500);

/// The command line options of the loop.
pub struct Given {
    /// How long a run may take to end after SIGINT.
    pub grace: Duration,
    /// Whether only tests run that touch a change or failed before.
    pub first_only: bool,
    /// Whether the terminal is cleared before a run.
    pub clears: bool,
    /// Folders in which all files count.
    pub folders: Vec<PathBuf>,
}

/// The reason for ending a run, or for waking up.
pub(super) enum Step {
    /// The run has ended.
    Ended(ExitStatus),
    /// Files have changed.
    Changed(Vec<PathBuf>),
    /// The user requested another run.
    Again,
    /// The user requested the end, with this exit code.
    Quit(i32),
}

/// The state of a watch.
pub struct Session {
    pub(super) target: Target,
    pub(super) given: Given,
    pub(super) files: Files,
    pub(super) kept: Kept,
    pub(super) map: LinesByTest,
    /// Whether all tests run next, because the map is incomplete.
    pub(super) whole_next: bool,
    notice: Notice,
    keys: Keys,
    events: Receiver<Event>,
    /// Folders in which all files count, subfolders included.
    below: Vec<PathBuf>,
    /// Sources that ran.
    sources: BTreeSet<PathBuf>,
    /// Sources that had already changed when they were first seen.
    changed_early: BTreeSet<PathBuf>,
    /// Whether the last run failed, so that any source may contain the fix.
    has_failed: bool,
    /// The time of the first change that is not handled yet, and of the last one.
    noted: Option<(Instant, Instant)>,
    /// The last run, if some of its processes are left.
    last: Option<Running>,
}

impl Session {
    /// Creates a watch.
    ///
    /// # Errors
    /// If the folder of recordings cannot be used.
    pub fn new(
        target: Target,
        given: Given,
        notice: Notice,
        keys: Keys,
        events: Receiver<Event>,
    ) -> Result<Self, Failure> {
        let kept = Kept::new(&target.store);
        let map = LinesByTest::load(&target.store, &target.cwd);
        let mut session = Self {
            target,
            given,
            files: Files::default(),
            kept,
            map,
            whole_next: true,
            notice,
            keys,
            events,
            below: Vec::new(),
            sources: BTreeSet::new(),
            changed_early: BTreeSet::new(),
            has_failed: false,
            noted: None,
            last: None,
        };
        session.watch_folders();
        Ok(session)
    }

    /// Watches the folders whose files may count before the first run.
    fn watch_folders(&mut self) {
        self.files.whole.clone_from(&self.given.folders);
        self.below.clone_from(&self.given.folders);
        let cwd = self.target.cwd.clone();
        if self.target.kind == TargetKind::Tests {
            self.below.push(cwd.clone());
        }
        for folder in self.below.clone() {
            folders_below(&folder).iter().for_each(|folder| self.watch_folder(folder));
        }
        self.watch_folder(&cwd);
        if let Some(script) = self.target.script.clone() {
            self.watch_source(&script);
        }
    }

    fn watch_folder(&mut self, folder: &Path) {
        self.notice.add(folder);
        self.files.learn_folder(folder);
    }

    /// Watches a source, wherever links lead.
    pub(super) fn watch_source(&mut self, path: &Path) {
        if !self.sources.insert(path.into()) {
            return;
        }
        self.files.learn(path);
        for path in [Some(path.to_path_buf()), path.canonicalize().ok()].into_iter().flatten() {
            if let Some(folder) = path.parent().filter(|folder| !self.notice.has(folder)) {
                self.notice.add(folder);
            }
        }
    }

    /// Runs until the user ends it. Returns the exit code.
    ///
    /// # Errors
    /// If no run can be started.
    pub fn run(mut self) -> Result<i32, Failure> {
        let mut changed = Vec::new();
        loop {
            match self.cycle(&changed)? {
                Step::Changed(files) => changed = files,
                Step::Quit(code) => {
                    self.sweep();
                    self.kept.clean();
                    return Ok(code);
                }
                _ => changed.clear(),
            }
        }
    }

    /// Runs once, then waits for the next reason to run.
    fn cycle(&mut self, changed: &[PathBuf]) -> Result<Step, Failure> {
        if self.given.clears {
            screen::clear();
        }
        let why = match changed {
            [] => String::new(),
            changed => format!("{} changed", status::named(changed, &self.target.cwd)),
        };
        let step = match self.target.kind {
            TargetKind::Tests => self.test(&why, changed)?,
            _ => self.record(&why, changed)?,
        };
        if let Some(step) = step {
            return Ok(step);
        }
        self.notice.renew();
        let files = if self.target.kind == TargetKind::Tests { self.files.count() } else { self.sources.len() };
        status::waits(files, self.keys.are_read());
        Ok(self.next(None, None))
    }

    /// Records the program once. Returns the interruption, if there was one.
    fn record(&mut self, why: &str, changed: &[PathBuf]) -> Result<Option<Step>, Failure> {
        let new = self.target.store.join(format!("{}.{}", folder::new_id(), folder::EXTENSION));
        // An incomplete program must not replace the recording of a complete one.
        let broken = changed.iter().find_map(|path| status::syntax_error(path));
        status::begins(&self.target.name, why);
        let command = self.target.record(&new)?;
        // It may be replaced before the run ends.
        let passed = self.kept.latest().is_some_and(has_passed);
        let (status, step) = self.follow(command, Some(new.as_path()).filter(|_| broken.is_none()))?;
        let stale = self.learn_sources(&new);
        self.has_failed = !status.success();
        let said = status::exception_text(&new, &self.target.cwd);
        let is_broken = broken.is_some() && self.has_failed;
        let is_new = if is_broken && self.kept.latest().is_some_and(Path::exists) {
            let _ = folder::remove(&new);
            false
        } else {
            self.kept.replace(&new)
        };
        match step {
            Some(_) => status::stopped(),
            None => {
                let said = broken.filter(|_| is_broken).map(|why| format!("SyntaxError · {why}")).or(said);
                let shown = status::Shown {
                    latest: self.kept.latest(),
                    is_new,
                    replaces_passed: passed && self.has_failed && is_new,
                };
                status::program_ended(&self.target.name, status, said.as_deref(), shown);
            }
        }
        Ok(step.or_else(|| (!stale.is_empty()).then_some(Step::Changed(stale))))
    }

    /// Waits for the end of a command. If something else is requested, the command is stopped.
    pub(super) fn follow(
        &mut self,
        command: std::process::Command,
        new: Option<&Path>,
    ) -> Result<(ExitStatus, Option<Step>), Failure> {
        self.sweep();
        let mut running = Running::start(command)?;
        let step = self.next(Some(&mut running), new);
        let ended = match step {
            Step::Ended(status) => (status, None),
            step => {
                let status = running.stop(self.given.grace);
                running.note_left();
                running.sweep();
                return Ok((status, Some(step)));
            }
        };
        running.note_left();
        self.last = Some(running);
        Ok(ended)
    }

    /// Ends remaining processes of the last run.
    fn sweep(&mut self) {
        if let Some(last) = self.last.take() {
            last.sweep();
        }
    }

    /// Registers the sources of a recording. Returns those that have changed since they ran.
    fn learn_sources(&mut self, recording: &Path) -> Vec<PathBuf> {
        let Ok(recording) = Recording::open(recording) else { return Vec::new() };
        let mut stale = Vec::new();
        for source in &recording.sources {
            let path = self.target.cwd.join(&source.path);
            if self.sources.contains(&path) || !path.is_file() {
                continue;
            }
            let is_known = self.files.knows(&path);
            self.watch_source(&path);
            let is_stale = !is_known && source.text.is_some() && source.text != self.files.text(&path);
            // A program that writes its own sources must not run endlessly.
            if is_stale && self.changed_early.insert(path.clone()) {
                stale.push(path);
            }
        }
        stale
    }

    /// Waits for the next step. `new` is the recording in progress.
    fn next(&mut self, mut running: Option<&mut Running>, new: Option<&Path>) -> Step {
        let mut looks = Looks::new();
        loop {
            if let Some(status) = running.as_mut().and_then(|running| running.status()) {
                return Step::Ended(status);
            }
            if self.noted.is_some_and(is_quiet) {
                self.noted = None;
                let changed = self.changed(new.filter(|_| running.is_some()));
                if !changed.is_empty() {
                    return Step::Changed(changed);
                }
            }
            self.kept.clean();
            if let Some(new) = new.filter(|_| running.is_some() && looks.is_due()) {
                self.kept.replace_early(new);
                self.learn_sources(new);
            }
            let wait = match (&running, self.noted, self.kept.has_replaced()) {
                (None, None, false) => Duration::from_secs(3600),
                (None, None, true) => CLEAN,
                _ => LOOK,
            };
            match self.events.recv_timeout(wait) {
                Ok(event) => {
                    if let Some(step) = self.handle(event) {
                        return step;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Step::Quit(1),
            }
        }
    }

    fn handle(&mut self, event: Event) -> Option<Step> {
        match event {
            Event::Files(paths) => self.note(&paths),
            Event::Key(b'r' | b'R' | b'\n' | b'\r') => return Some(Step::Again),
            Event::Key(b'q' | b'Q') => return Some(Step::Quit(0)),
            Event::Key(_) => {}
            Event::Signal(SIGCONT) => self.keys.renew(),
            Event::Signal(signal) => {
                if signal == SIGINT && self.keys.are_read() {
                    // Begin a new line after the terminal's ^C.
                    screen::say!("");
                }
                return Some(Step::Quit(128 + signal));
            }
        }
        None
    }

    /// Registers possible changes of files.
    fn note(&mut self, paths: &[PathBuf]) {
        // An empty list means that notifications were lost, or are not available.
        let all = if paths.is_empty() { self.below.clone() } else { Vec::new() };
        for path in paths.iter().chain(&all) {
            if all.contains(path) || is_new_folder(path, &self.below) {
                for folder in folders_below(path) {
                    self.notice.add(&folder);
                    self.files.meet_folder(&folder);
                }
            } else {
                self.files.meet(path);
            }
        }
        if paths.is_empty() {
            self.notice.folders().for_each(|folder| self.files.meet_folder(folder));
        }
        let now = Instant::now();
        self.noted = Some((self.noted.map_or(now, |(first, _)| first), now));
    }

    /// The relevant files that have changed. `new` is the recording in progress, which may have new sources.
    fn changed(&mut self, new: Option<&Path>) -> Vec<PathBuf> {
        let mut changed = self.files.changed();
        if let Some(new) = new.filter(|_| !changed.is_empty() && self.target.kind != TargetKind::Tests) {
            self.learn_sources(new);
        }
        changed.retain(|path| self.counts(path));
        changed
    }

    /// Whether a change of a file is a reason to run.
    fn counts(&self, path: &Path) -> bool {
        let is_other = self.target.kind == TargetKind::Tests || self.has_failed;
        is_other || self.sources.contains(path) || self.files.is_in_whole(path)
    }
}

/// Whether a recording is that of a run that ended without a failure.
fn has_passed(recording: &Path) -> bool {
    reader::info(recording).is_ok_and(|info| !info.is_going_on() && !info.has_failed())
}

/// Whether files have not changed for a while.
fn is_quiet((first, last): (Instant, Instant)) -> bool {
    last.elapsed() >= QUIET || first.elapsed() >= LONGEST
}

/// The times at which a recording in progress is read, with growing intervals.
struct Looks {
    next: Instant,
    gap: Duration,
}

impl Looks {
    fn new() -> Self {
        let gap = Duration::from_millis(200);
        Self { next: Instant::now() + gap, gap }
    }

    fn is_due(&mut self) -> bool {
        let is_due = Instant::now() >= self.next;
        if is_due {
            self.gap = (self.gap * 3 / 2).min(Duration::from_secs(20));
            self.next = Instant::now() + self.gap;
        }
        is_due
    }
}
