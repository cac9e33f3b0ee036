//! The interpreter that makes another process execute scripts: it has the same version, and is started once.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use crate::failure::Failure;

/// Prints its version, then makes the process execute each script whose path it reads, in hexadecimal.
const CODE: &str = "\
import sys
print(sys.version_info[1], hasattr(sys, 'remote_exec'), flush=True)
for line in sys.stdin:
    try:
        sys.remote_exec(int(sys.argv[1]), bytes.fromhex(line))
        print('done', flush=True)
    except Exception as error:
        print(type(error).__name__ + ': ' + ' '.join(str(error).split()), flush=True)
";

/// An interpreter that waits for the paths of scripts.
pub struct Interpreter {
    pid: u32,
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Interpreter {
    /// Starts the executable of a process, which has Python's interface for that version.
    ///
    /// # Errors
    /// If it cannot be started, or is not a Python that supports attaching.
    pub fn start(executable: &Path, pid: u32) -> Result<Self, Failure> {
        let mut command = Command::new(executable);
        command.args(["-I", "-S", "-c", CODE]).arg(pid.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        // Ctrl-C must only reach connie, which needs the interpreter once more to stop recording.
        let mut child = command.process_group(0).spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::Interpreter(format!("process {pid}: its Python has no pipes")));
        };
        let mut started = Self { pid, child, stdin, stdout: BufReader::new(stdout) };
        let said = started.line();
        let (minor, able) = said.split_once(' ').unwrap_or_default();
        match (minor.parse::<u32>(), able) {
            (Ok(14..), "True") => Ok(started),
            (Ok(minor), _) => Err(Failure::Interpreter(format!(
                "process {pid} runs Python 3.{minor}, and only 3.14 and later can be attached to: start it with \
                 `connie run --arm USR1 …` and send it that signal"
            ))),
            _ => Err(Failure::Interpreter(format!("process {pid}: its Python did not report its version"))),
        }
    }

    /// The next line of its output; empty if there is none.
    fn line(&mut self) -> String {
        let mut line = String::new();
        let _ = self.stdout.read_line(&mut line);
        line.trim().to_owned()
    }

    /// Makes the process execute a script at its next instruction.
    ///
    /// # Errors
    /// If that is not permitted, or the process has ended.
    pub fn execute(&mut self, script: &Path) -> Result<(), Failure> {
        let mut path = String::new();
        for byte in script.as_os_str().as_bytes() {
            let _ = write!(path, "{byte:02x}");
        }
        // If the interpreter is gone, writing to it must be an error with a message, and must not end connie.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGPIPE, Arc::default());
        let said = match writeln!(self.stdin, "{path}") {
            Ok(()) => self.line(),
            Err(_) => String::new(),
        };
        let pid = self.pid;
        Err(Failure::Interpreter(match said.as_str() {
            "done" => return Ok(()),
            "" => format!("process {pid} cannot be attached to: python did not say why"),
            said if said.contains("PermissionError") || said.contains("not permitted") => format!(
                "process {pid} cannot be attached to without permission: run connie as root, or set \
                    kernel.yama.ptrace_scope to 0"
            ),
            said => format!("process {pid} cannot be attached to: {said}"),
        }))
    }
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
