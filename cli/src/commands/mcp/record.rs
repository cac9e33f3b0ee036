//! Records a program for a client: runs `connie run` in a separate process, and ends it at the time limit.

use std::collections::VecDeque;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use connie_mcp::{Ran, Request, Stop};

use crate::folder;

/// The interval for checking the program.
const POLL: Duration = Duration::from_millis(20);
/// How long a program that was asked to end may take before it is killed.
const GRACE: Duration = Duration::from_secs(5);
/// How long its output is read after its end: processes that it started may keep the output open.
const DRAIN: Duration = Duration::from_millis(500);

/// Runs a program in a project and records it.
///
/// # Errors
/// If it cannot be started; the message says why.
pub fn record(root: &Path, request: &Request, stop: &Stop) -> Result<Ran, String> {
    let cwd = working_folder(root, request.cwd.as_deref())?;
    let folder = folder::create(root).map_err(|failure| failure.to_string())?;
    let path = folder.join(format!("{}.{}", folder::new_id(), folder::EXTENSION));
    let own = std::env::current_exe().map_err(|error| format!("connie cannot find its own executable: {error}"))?;
    let mut command = Command::new(own);
    command.args(["run", "--quiet", "--output"]).arg(&path).args(&request.command).current_dir(cwd);
    // Stdin and stdout of this process are the client's.
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().map_err(|error| format!("the program cannot be started: {error}"))?;
    let stdout = Tail::of(child.stdout.take(), request.kept);
    let stderr = Tail::of(child.stderr.take(), request.kept);
    let (status, timed_out) = watch(&mut child, request.patience, stop)?;
    let over = Instant::now();
    while !(stdout.is_done() && stderr.is_done()) && over.elapsed() < DRAIN {
        std::thread::sleep(POLL);
    }
    Ok(Ran {
        recording: path.is_file().then_some(path),
        exit_code: status.code(),
        signal: status.signal(),
        timed_out,
        stdout: stdout.text(),
        stderr: stderr.text(),
    })
}

/// The working folder that a client names, which has to be in the project.
fn working_folder(root: &Path, cwd: Option<&str>) -> Result<PathBuf, String> {
    let Some(cwd) = cwd else { return Ok(root.into()) };
    let found = root.join(cwd).canonicalize().ok().filter(|folder| folder.is_dir());
    let within = |folder: &PathBuf| root.canonicalize().is_ok_and(|root| folder.starts_with(root));
    found.filter(within).ok_or_else(|| format!("`cwd`: the project has no folder {cwd}"))
}

/// Waits for the end of a program, and ends it at the time limit or when the question is cancelled. Returns its status,
/// and whether the time limit was reached.
fn watch(child: &mut Child, patience: Duration, stop: &Stop) -> Result<(ExitStatus, bool), String> {
    let begun = Instant::now();
    let mut ended: Option<Instant> = None;
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok((status, ended.is_some() && !stop.is_stopped()));
        }
        match ended {
            None if stop.is_stopped() || begun.elapsed() > patience => {
                ended = Some(Instant::now());
                // SAFETY: a system call; the process is our child, which was not waited for, so that its id is its own.
                unsafe { libc::kill(child.id() as libc::pid_t, libc::SIGTERM) };
            }
            Some(since) if since.elapsed() > GRACE => {
                // SAFETY: as above; it leads a separate group, which has its children.
                unsafe { libc::kill(-(child.id() as libc::pid_t), libc::SIGKILL) };
            }
            _ => {}
        }
        std::thread::sleep(POLL);
    }
}

/// The last bytes of a stream, read by a thread.
struct Tail {
    kept: Arc<Mutex<VecDeque<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Tail {
    fn of(stream: Option<impl Read + Send + 'static>, most: usize) -> Self {
        let kept = Arc::new(Mutex::new(VecDeque::new()));
        let into = Arc::clone(&kept);
        let read = move || {
            let mut buffer = [0; 4096];
            let Some(mut stream) = stream else { return };
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                let mut kept = into.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend(&buffer[..count]);
                let surplus = kept.len().saturating_sub(most);
                kept.drain(..surplus);
            }
        };
        let reader = std::thread::Builder::new().name("connie-output".into()).spawn(read).ok();
        Self { kept, reader }
    }

    fn is_done(&self) -> bool {
        self.reader.as_ref().is_none_or(JoinHandle::is_finished)
    }

    fn text(&self) -> String {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(kept.make_contiguous()).into_owned()
    }
}
