//! The program that is being recorded: its process, its output, and the recording as it grows.

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

/// How long a program that was told to end may take for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a recorder in a terminal that has begun may have no recording.
const BARE: Duration = Duration::from_secs(5);

/// Writes that are read of a recording at a time.
const PAGE: usize = 10_000;

/// A recorder at work.
pub struct Live {
    /// The file it makes.
    pub recording: PathBuf,
    /// `connie run`; none if the client runs it in a terminal.
    child: Option<Child>,
    readers: Vec<JoinHandle<()>>,
    /// Where the client was asked to run it in a terminal: the file that it removes when it begins.
    handed: Option<HandedOver>,
    /// The number of that request, until it is answered.
    request: Option<i64>,
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
    /// A message, if it cannot be.
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

    /// The client runs it in a terminal, as the `request` of that number asks; with `redirects`, what it writes there is
    /// on the console as well.
    pub fn in_terminal(started: Started, request: Option<i64>, redirects: bool) -> Self {
        Self { handed: started.handed, request, redirects, ..Self::elsewhere(started.recording) }
    }

    /// Whether an answer of the client is the first one to the request that runs this recorder.
    pub fn is_answered_by(&mut self, request: Option<i64>) -> bool {
        request.is_some() && self.request.take_if(|asked| Some(*asked) == request).is_some()
    }

    /// Whether a recorder that the client was to run in a terminal has begun.
    pub fn has_begun(&self) -> bool {
        self.handed.as_ref().is_some_and(|handed| !handed.path.exists())
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

    /// Whether it was seen to end.
    pub fn has_been_seen_to_end(&self) -> bool {
        self.ended
    }

    /// It has ended, and all of it was read.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// How the recorder ended, where it is a process of ours.
    pub fn status(&self) -> Option<ExitStatus> {
        self.status
    }

    /// The recording has grown.
    pub fn grew(&mut self) {
        self.stdout.grew();
        self.stderr.grew();
    }

    /// The program has written something.
    pub fn wrote(&mut self, category: &str, text: &str) {
        self.taken += 1;
        if category == "stderr" { self.stderr.arrived(text) } else { self.stdout.arrived(text) }
    }

    /// What the program wrote since that was asked last, with the steps that wrote it as far as the recording knows
    /// them; with `all`, also what it may get to know yet.
    pub fn new_output(&mut self, recording: Option<&Recording>, all: bool) -> Vec<(&'static str, String, Option<u64>)> {
        // In a terminal of the client, the text is there already.
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
            // While the program runs, the rest has time until the next look.
            if is_last || !all {
                break;
            }
        }
        for (category, stream) in [("stdout", &mut self.stdout), ("stderr", &mut self.stderr)] {
            found.extend(stream.take(all).into_iter().map(|(text, step)| (category, text, step)));
        }
        found
    }

    /// Whether the recorder has ended and all it wrote was passed on.
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

    /// Whether a recorder in a terminal has begun and ended, and left no recording behind.
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

/// Whether a recording has steps of recorded code, not output alone.
pub fn has_code(recording: &Recording) -> bool {
    recording.info.steps > 0 && !recording.functions.is_empty()
}
