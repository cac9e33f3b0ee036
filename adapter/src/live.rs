//! The program that is being recorded: its process, its output, and the recording as it grows.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use connie_history::cursor::{self, Cursor, Wish};
use connie_history::timeline::{Direction, Position};
use connie_recording::Recording;
use serde_json::json;

use crate::client::framing::Incoming;
use crate::host::{HandedOver, Started};
use crate::launch::StopAt;
use crate::output::Stream;
use crate::session::Session;

/// How long a program that was told to end may take for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a recorder in a terminal that has begun may have no recording.
const BARE: Duration = Duration::from_secs(5);

/// A recorder at work.
pub struct Live {
    /// The file it makes.
    pub recording: PathBuf,
    /// `connie run`; none where the client runs it in a terminal.
    child: Option<Child>,
    readers: Vec<JoinHandle<()>>,
    /// Where the client was asked to run it in a terminal: the file that it removes when it begins.
    handed: Option<HandedOver>,
    /// Since when it has begun there and has no recording.
    bare: Option<Instant>,
    /// What it writes there is on the console as well.
    redirects: bool,
    /// It is ended as by Ctrl-C.
    pub interrupts: bool,
    /// It goes on when the session ends.
    released: bool,
    status: Option<ExitStatus>,
    stdout: Stream,
    stderr: Stream,
    /// How many pieces the pipes gave, and how many of them were taken.
    given: Arc<AtomicUsize>,
    taken: usize,
    /// The last write that was asked for.
    asked: u64,
    /// Whether it was seen to end.
    ended: bool,
}

impl Live {
    /// Starts the recorder as a process of ours.
    ///
    /// # Errors
    /// A sentence, where it cannot be.
    pub fn start(mut started: Started, to: &SyncSender<Incoming>) -> Result<Self, String> {
        started.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own: the program and what it starts can be ended with it.
        std::os::unix::process::CommandExt::process_group(&mut started.command, 0);
        let mut child = started.command.spawn().map_err(|error| format!("connie cannot be started: {error}"))?;
        let (mut readers, given) = (Vec::new(), Arc::new(AtomicUsize::new(0)));
        let pipes: [(&'static str, Option<Box<dyn Read + Send>>); 2] = [
            ("stdout", child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>)),
            ("stderr", child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>)),
        ];
        for (category, pipe) in pipes {
            let Some(pipe) = pipe else { continue };
            let (to, given) = (to.clone(), Arc::clone(&given));
            readers.push(std::thread::spawn(move || pass_on(pipe, category, &to, &given)));
        }
        Ok(Self { child: Some(child), readers, given, ..Self::elsewhere(started.recording) })
    }

    /// Somebody else runs it.
    pub fn elsewhere(recording: PathBuf) -> Self {
        Self {
            recording,
            child: None,
            readers: Vec::new(),
            handed: None,
            bare: None,
            redirects: false,
            interrupts: false,
            released: false,
            status: None,
            stdout: Stream::default(),
            stderr: Stream::default(),
            given: Arc::default(),
            taken: 0,
            asked: 0,
            ended: false,
        }
    }

    /// The client runs it in a terminal; with `redirects`, what it writes there is on the console as well.
    pub fn in_terminal(started: Started, redirects: bool) -> Self {
        Self { handed: started.handed, redirects, ..Self::elsewhere(started.recording) }
    }

    /// Ends the program, as Ctrl-C's stronger sibling would.
    pub fn terminate(&mut self) {
        let recorder = match &mut self.child {
            Some(child) => matches!(child.try_wait(), Ok(None)).then(|| child.id()),
            None => connie_recording::reader::recorder_of(&self.recording),
        };
        if let Some(recorder) = recorder {
            // connie passes it on and completes the recording.
            let signal = if self.interrupts { "-INT" } else { "-TERM" };
            let _ = Command::new("kill").args([signal, &recorder.to_string()]).status();
        }
    }

    /// Leaves the program alone when the session ends.
    pub fn release(&mut self) {
        self.released = true;
    }

    /// The session is over.
    pub fn let_go(&mut self) {
        let Some(child) = self.child.as_mut().filter(|_| !self.released) else { return };
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // It does not heed: neither it nor its recorder is waited for any longer.
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = child.wait();
    }

    /// Whether the recorder has ended and all it wrote was passed on.
    fn has_ended(&mut self, recording: Option<&Recording>) -> bool {
        match &mut self.child {
            Some(child) => {
                if self.status.is_none() {
                    self.status = child.try_wait().ok().flatten();
                }
                let read = self.readers.iter().all(JoinHandle::is_finished);
                self.status.is_some() && read && self.taken == self.given.load(Ordering::Relaxed)
            }
            None if recording.is_some_and(|recording| recording.info.result != "recording") => true,
            None => self.has_given_up(),
        }
    }

    /// Whether a recorder in a terminal has begun and ended, and left no recording behind.
    fn has_given_up(&mut self) -> bool {
        let has_begun = self.handed.as_ref().is_some_and(|handed| !handed.path.exists());
        if !has_begun || self.recording.exists() {
            self.bare = None;
            return false;
        }
        self.bare.get_or_insert_with(Instant::now).elapsed() > BARE
    }
}

fn pass_on(mut pipe: impl Read, category: &'static str, to: &SyncSender<Incoming>, given: &AtomicUsize) {
    let (mut buffer, mut kept) = ([0u8; 16 << 10], Vec::new());
    while let Ok(n @ 1..) = pipe.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..n]);
        // A character may be cut in two.
        let whole = match std::str::from_utf8(&kept) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => kept.len(),
        };
        let text = String::from_utf8_lossy(&kept[..whole]).into_owned();
        kept.drain(..whole);
        if !text.is_empty() {
            given.fetch_add(1, Ordering::Relaxed);
            if to.send(Incoming::Output(category, text)).is_err() {
                return;
            }
        }
    }
    if !kept.is_empty() {
        given.fetch_add(1, Ordering::Relaxed);
        let _ = to.send(Incoming::Output(category, String::from_utf8_lossy(&kept).into_owned()));
    }
}

/// The words for a stop at an end of history.
fn end_of_history(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "End of the recording",
        Direction::Backward => "Start of the recording",
    }
}

/// Whether a recording has steps of recorded code, not output alone.
pub fn has_code(recording: &Recording) -> bool {
    recording.info.steps > 0 && !recording.functions.is_empty()
}

impl Session {
    /// Looks at the recording in the making, and stops the view where it waits for that.
    pub fn poll(&mut self) {
        self.look_again();
        match self.folder().and_then(|folder| cursor::asked(&folder)) {
            // A step that is not there moves nothing.
            Some(Wish::Go { step }) => drop(self.seek(step)),
            Some(Wish::Watch { expression, step, frame }) => self.watch_what(&expression, step, frame),
            None => {}
        }
        self.flush_after();
    }

    fn look_again(&mut self) {
        let Some(live) = &mut self.live else { return };
        if live.ended {
            return;
        }
        let path = live.recording.clone();
        let mut news = false;
        match &mut self.recording {
            None => {
                let moved = self.configuration.as_ref().map_or_else(Vec::new, |launch| launch.moved.clone());
                if let Ok(mut recording) = Recording::open(&path)
                    && recording.move_folders(moved).is_ok()
                {
                    self.recording = Some(Rc::new(recording));
                    news = true;
                }
            }
            Some(recording) => {
                if let Some(recording) = Rc::get_mut(recording) {
                    news = recording.refresh().unwrap_or(false);
                }
            }
        }
        let recording = self.recording.clone();
        let ended = self.live.as_mut().is_some_and(|live| live.has_ended(recording.as_deref()));
        if ended {
            drop(recording);
            if let Some(recording) = self.recording.as_mut().and_then(Rc::get_mut) {
                let _ = recording.refresh();
            }
            if let Some(live) = &mut self.live {
                live.ended = true;
            }
        }
        if news && let Some(live) = &mut self.live {
            live.stdout.grew();
            live.stderr.grew();
        }
        self.print(ended);
        if (news || ended) && self.recording.is_some() {
            self.verify_breakpoints();
            self.tell_failures();
        }
        if self.waiting && (news || ended) {
            self.look_for_stop(ended);
        }
        if ended {
            self.program_ended();
        }
    }

    /// The program has written something.
    pub fn program_wrote(&mut self, category: &str, text: &str) {
        if let Some(live) = &mut self.live {
            live.taken += 1;
            if category == "stderr" { live.stderr.arrived(text) } else { live.stdout.arrived(text) }
        }
        self.print(false);
    }

    /// Prints what the program wrote, with the lines that wrote it as far as the recording knows them.
    fn print(&mut self, all: bool) {
        let recording = self.recording.clone();
        let Some(live) = &mut self.live else { return };
        // In a terminal of the client, the text is there already.
        if live.child.is_none() && !live.redirects {
            return;
        }
        let writes = recording.as_ref().and_then(|recording| recording.output_after(live.asked, 10_000).ok());
        let mut found = Vec::new();
        for write in writes.unwrap_or_default() {
            live.asked = write.step;
            let category = if write.stream == 2 { "stderr" } else { "stdout" };
            match &live.child {
                None => found.push((category, write.text, Some(write.step))),
                Some(_) if write.stream == 2 => live.stderr.recorded(write),
                Some(_) => live.stdout.recorded(write),
            }
        }
        for (category, stream) in [("stdout", &mut live.stdout), ("stderr", &mut live.stderr)] {
            found.extend(stream.take(all).into_iter().map(|(text, step)| (category, text, step)));
        }
        for (category, text, step) in found {
            let at = recording.as_ref().zip(step);
            let position = at.and_then(|(recording, step)| self.timeline.position(recording, step).ok());
            self.output(category, &text, position);
        }
    }

    /// Whether the program may still do something.
    pub fn is_recording(&self) -> bool {
        self.live.as_ref().is_some_and(|live| !live.ended)
    }

    fn look_for_stop(&mut self, ended: bool) {
        let Some(recording) = self.recording.clone() else {
            return;
        };
        if self.step_again(&recording) {
            return;
        }
        let from = self.here.map_or(0, |here| here.step);
        let first = self.here.is_none();
        let stop_at = self.configuration.as_ref().map(|configuration| configuration.stop_at).unwrap_or_default();
        let entry = first && stop_at == StopAt::Entry;
        if entry {
            if let Ok(Some(position)) = self.timeline.end(&recording, Direction::Backward) {
                return self.stop(position, "entry", None, &[]);
            }
        } else if (!first || stop_at == StopAt::Breakpoint)
            && let Some(hit) = self.nearest(&recording, from, Direction::Forward)
        {
            return self.stop_at_hit(hit);
        }
        if ended {
            let uncaught = match (first, stop_at) {
                (true, StopAt::Breakpoint | StopAt::Exception) => recording.info.exception,
                _ => None,
            };
            let at = uncaught.and_then(|step| self.timeline.position(&recording, step).ok());
            match at {
                Some(position) => self.stop(
                    position,
                    "exception",
                    recording.exception_at(position.step).ok().flatten().map(|e| e.text).as_deref(),
                    &[],
                ),
                None => self.stop_at_end(Direction::Forward),
            }
        }
    }

    /// Stops at an end of history, and says so on the console: clients show little of a stop's text.
    pub fn reach_end(&mut self, direction: Direction) {
        let before = self.here;
        self.stop_at_end(direction);
        if let Some(here) = self.here.filter(|_| self.recording.is_some() && !self.timeline.is_interrupted()) {
            let again = if before == Some(here) { "still here" } else { "nothing else stops the view on the way" };
            self.console(&format!("{} (step {}): {again}\n", end_of_history(direction), here.step));
        }
    }

    /// Stops at an end of history.
    pub fn stop_at_end(&mut self, direction: Direction) {
        let Some(recording) = self.recording.clone() else { return };
        if self.timeline.is_interrupted() {
            return;
        }
        match self.timeline.end(&recording, direction) {
            Ok(Some(position)) => self.stop(position, "pause", Some(end_of_history(direction)), &[]),
            _ => {
                self.waiting = false;
                let why = recording.info.trouble.as_deref().unwrap_or("no line of the project ran");
                let why = why.strip_prefix("nothing was recorded: ").unwrap_or(why);
                self.console(&format!("Nothing was recorded: {why}\n"));
                self.terminated();
            }
        }
    }

    /// The project's `.connie`, where editors look for the view's position.
    pub fn folder(&self) -> Option<PathBuf> {
        let recording = self.recording.as_ref()?;
        let folder = std::path::Path::new(&recording.info.root).join(".connie");
        connie_recording::files::is_project_folder(&folder).then_some(folder)
    }

    /// Stops the view.
    pub fn stop(&mut self, position: Position, reason: &str, text: Option<&str>, ids: &[i64]) {
        // What was looked for was not looked for to the end; a client that has left shows nothing.
        if self.timeline.is_interrupted() || self.leaving {
            return;
        }
        // Clients that were not asked to go on keep showing the stop before; some take a stop of another thread for a
        // second one beside the first.
        if let Some(before) = self.here.filter(|before| !self.client_runs || before.thread != position.thread) {
            self.event_after("continued", json!({"threadId": before.thread, "allThreadsContinued": true}));
        }
        self.client_runs = false;
        self.here = Some(position);
        self.waiting = false;
        self.wanted = None;
        if let (Some(folder), Some(recording)) = (self.folder(), &self.recording) {
            let recording = recording.path().canonicalize().unwrap_or_else(|_| recording.path().into());
            let (step, thread) = (position.step, position.thread);
            cursor::publish(&folder, &Cursor { pid: std::process::id(), recording, step, thread });
        }
        let mut body = json!({"reason": reason, "threadId": position.thread, "allThreadsStopped": true});
        if let Some(text) = text {
            body["text"] = json!(text);
            body["description"] = json!(match reason {
                "exception" => "Paused on exception",
                _ => text,
            });
        }
        if !ids.is_empty() {
            body["hitBreakpointIds"] = json!(ids);
        }
        self.event_after("stopped", body);
    }

    /// What the program's process ended with, as shells count: 128 and the number of the signal that ended it.
    pub(crate) fn exit_code(&self) -> Option<i32> {
        let live = self.live.as_ref().filter(|live| live.ended)?;
        let info = self.recording.as_ref().map(|recording| &recording.info);
        let by_signal = info.and_then(|info| info.signal).map(|signal| 128 + signal);
        let recorded = info.and_then(|info| info.exit_code).or(by_signal);
        // How a process ends that was only attached to is not known.
        let is_own = self.configuration.as_ref().is_some_and(|configuration| configuration.process.is_none());
        recorded.or_else(|| live.status.filter(|_| is_own).and_then(|status| status.code()))
    }

    fn program_ended(&mut self) {
        let undebugged = self.configuration.as_ref().is_some_and(|configuration| configuration.no_debug);
        let recorded = self.recording.as_ref().filter(|recording| has_code(recording));
        let info = recorded.map(|recording| &recording.info);
        let Some(info) = info.filter(|_| !undebugged && !self.leaving) else {
            if self.recording.is_none() && !self.leaving {
                self.console("Nothing was recorded: the recorder has ended, and said why where it ran\n");
            }
            self.waiting = false;
            return self.terminated();
        };
        let is_attached = self.configuration.as_ref().is_some_and(|configuration| configuration.process.is_some());
        let how = match self.exit_code() {
            _ if is_attached => "The process is not recorded any more".to_owned(),
            None | Some(0) => "The program has ended".to_owned(),
            Some(code) => format!("The program has ended with exit code {code}"),
        };
        let text = format!("{how}; its recording {} has {} steps. Travel on, or type :help\n", info.id, info.steps);
        self.console(&text);
    }
}
