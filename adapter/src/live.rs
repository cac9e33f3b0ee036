//! The program that is being recorded: its process, its output, and the growing recording.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use connie_recording::Recording;

use crate::client::framing::Incoming;
use crate::host::{HandedOver, Started};
use crate::output::Stream;

/// How long a program may take to end after it was told to.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a started recorder in a terminal may have no recording.
const BARE: Duration = Duration::from_secs(5);

/// Number of writes that are read from a recording at once.
const PAGE: usize = 10_000;

/// A running recorder.
pub struct Live {
    /// The file that it writes.
    pub recording: PathBuf,
    /// `connie run`; `None` if the client runs it in a terminal.
    child: Option<Child>,
    readers: Vec<JoinHandle<()>>,
    /// If the client was asked to run it in a terminal: the file that it removes when it begins.
    handed: Option<HandedOver>,
    /// The number of that request, until it is answered.
    request: Option<i64>,
    /// Since when it has been running there without a recording.
    bare: Option<Instant>,
    /// Whether its output in the terminal is shown on the console as well.
    redirects: bool,
    /// Whether it is ended as by Ctrl-C.
    pub interrupts: bool,
    /// Whether it continues when the session ends.
    released: bool,
    status: Option<ExitStatus>,
    stdout: Stream,
    stderr: Stream,
    /// Number of pieces that the pipes gave; `taken` counts those that were handled.
    given: Arc<AtomicUsize>,
    taken: usize,
    /// The step of the last write that was read from the recording.
    asked: u64,
    /// Whether its end was noticed.
    ended: bool,
}

impl Live {
    /// Starts the recorder as a child process.
    ///
    /// # Errors
    /// A message, if it cannot be started.
    pub fn start(mut started: Started, to: &SyncSender<Incoming>) -> Result<Self, String> {
        started.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // In a separate process group, so that the program and its children can be ended with it.
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

    /// A recorder that somebody else runs.
    pub fn elsewhere(recording: PathBuf) -> Self {
        Self {
            recording,
            child: None,
            readers: Vec::new(),
            handed: None,
            request: None,
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

    /// A recorder that the client runs in a terminal, as asked by the request with this number. With `redirects`, its
    /// output is shown on the console as well.
    pub fn in_terminal(started: Started, request: Option<i64>, redirects: bool) -> Self {
        Self { handed: started.handed, request, redirects, ..Self::elsewhere(started.recording) }
    }

    /// Whether an answer of the client is the first one to the request that runs this recorder.
    pub fn is_answered_by(&mut self, request: Option<i64>) -> bool {
        request.is_some() && self.request.take_if(|asked| Some(*asked) == request).is_some()
    }

    /// Whether a recorder that the client runs in a terminal has begun.
    pub fn has_begun(&self) -> bool {
        self.handed.as_ref().is_some_and(|handed| !handed.path.exists())
    }

    /// Ends the program by SIGTERM, or by SIGINT if configured.
    pub fn terminate(&mut self) {
        let recorder = match &mut self.child {
            Some(child) => matches!(child.try_wait(), Ok(None)).then(|| child.id()),
            None => connie_recording::reader::recorder_of(&self.recording),
        };
        if let Some(recorder) = recorder {
            // connie passes the signal on to the program and completes the recording.
            let signal = if self.interrupts { "-INT" } else { "-TERM" };
            let _ = Command::new("kill").args([signal, &recorder.to_string()]).status();
        }
    }

    /// Lets the program continue when the session ends.
    pub fn release(&mut self) {
        self.released = true;
    }

    /// Waits for the program at the end of the session, and kills it if it does not end.
    pub fn let_go(&mut self) {
        let Some(child) = self.child.as_mut().filter(|_| !self.released) else { return };
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // The program ignores the signal: kills it and its recorder.
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = child.wait();
    }

    /// Whether its end was noticed.
    pub fn has_been_seen_to_end(&self) -> bool {
        self.ended
    }

    /// Notes that it has ended, and that all of its recording was read.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The exit status of the recorder, if it is a child process.
    pub fn status(&self) -> Option<ExitStatus> {
        self.status
    }

    /// Notes that the recording has grown.
    pub fn grew(&mut self) {
        self.stdout.grew();
        self.stderr.grew();
    }

    /// Handles text that the program has written.
    pub fn wrote(&mut self, category: &str, text: &str) {
        self.taken += 1;
        if category == "stderr" { self.stderr.arrived(text) } else { self.stdout.arrived(text) }
    }

    /// What the program wrote since the last call, with the steps that wrote it as far as the recording knows them.
    /// With `all`, text whose step may still become known is included.
    pub fn new_output(&mut self, recording: Option<&Recording>, all: bool) -> Vec<(&'static str, String, Option<u64>)> {
        // A terminal of the client shows the text already.
        if self.child.is_none() && !self.redirects {
            return Vec::new();
        }
        let mut found = Vec::new();
        loop {
            let writes = recording.and_then(|recording| recording.output_after(self.asked, PAGE).ok());
            let writes = writes.unwrap_or_default();
            let is_last = writes.len() < PAGE;
            for write in writes {
                self.asked = write.step;
                let category = if write.stream == 2 { "stderr" } else { "stdout" };
                match &self.child {
                    None => found.push((category, write.text, Some(write.step))),
                    Some(_) if write.stream == 2 => self.stderr.recorded(write),
                    Some(_) => self.stdout.recorded(write),
                }
            }
            // While the program runs, the rest is read at the next poll.
            if is_last || !all {
                break;
            }
        }
        for (category, stream) in [("stdout", &mut self.stdout), ("stderr", &mut self.stderr)] {
            found.extend(stream.take(all).into_iter().map(|(text, step)| (category, text, step)));
        }
        found
    }

    /// Whether the recorder has ended and all of its output was passed on.
    pub fn has_ended(&mut self, recording: Option<&Recording>) -> bool {
        match &mut self.child {
            Some(child) => {
                if self.status.is_none() {
                    self.status = child.try_wait().ok().flatten();
                }
                let read = self.readers.iter().all(JoinHandle::is_finished);
                self.status.is_some() && read && self.taken == self.given.load(Ordering::Relaxed)
            }
            None if recording.is_some_and(|recording| !recording.info.is_going_on()) => true,
            None => self.has_given_up(),
        }
    }

    /// Whether a recorder in a terminal has begun and ended without making a recording.
    fn has_given_up(&mut self) -> bool {
        if !self.has_begun() || self.recording.exists() {
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
        // A read may end within a character.
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

/// Whether a recording has steps of recorded code, not only output.
pub fn has_code(recording: &Recording) -> bool {
    recording.info.steps > 0 && !recording.functions.is_empty()
}
