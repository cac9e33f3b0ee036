//! `connie watch`: what is saved is recorded again.

#[path = "watch/hints.rs"]
mod hints;
#[path = "watch/programs.rs"]
mod programs;
#[path = "watch/terminal.rs"]
mod terminal;
#[path = "watch/tests.rs"]
mod tests;

use std::cell::RefCell;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use connie_tests::{Project, connie, until};

/// A watch that runs.
pub struct Watch {
    child: RefCell<Child>,
    /// What it and the program print.
    log: PathBuf,
}

impl Watch {
    /// `connie watch --python PYTHON ARGUMENTS`
    pub fn start(project: &Project, python: &std::path::Path, arguments: &[&str]) -> Self {
        let mut command = project.command(&connie(), &["watch", "--python"]);
        command.arg(python).args(arguments);
        Self::spawn(project, command)
    }

    /// Any command that watches.
    pub fn spawn(project: &Project, mut command: Command) -> Self {
        let log = project.path(".log");
        let file = File::create(&log).expect("a file");
        command.stdin(Stdio::null()).stdout(file.try_clone().expect("a file")).stderr(file);
        Self { child: RefCell::new(command.spawn().expect("it starts")), log }
    }

    /// What was printed so far.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// How often something was printed.
    pub fn count(&self, what: &str) -> usize {
        self.said().matches(what).count()
    }

    /// Waits until it has waited for changes so often.
    pub fn waits(&self, times: usize) {
        self.says("connie: waiting for changes", times);
    }

    /// Waits until something was printed so often.
    pub fn says(&self, what: &str, times: usize) {
        let start = std::time::Instant::now();
        while self.count(what) < times {
            let late = start.elapsed().as_secs() > 30;
            assert!(!late, "it did not say {what:?} {times} times: {}", self.said());
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }

    /// Sends a signal, and waits for the end.
    pub fn end(&self, signal: &str) -> ExitStatus {
        let sent = Command::new("kill").args(["-s", signal, &self.child.borrow().id().to_string()]).status();
        assert!(sent.expect("kill").success(), "{}", self.said());
        self.child.borrow_mut().wait().expect("it ends")
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.child.get_mut().try_wait().is_ok_and(|status| status.is_none()) {
            self.end("TERM");
        }
    }
}

/// Replaces a file, as editors do that write a new one first.
pub fn rename_over(project: &Project, name: &str, text: &str) {
    project.write(".new", text);
    std::fs::rename(project.path(".new"), project.path(name)).expect("a file");
}

/// Whether a process is there.
pub fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// The process id that a program wrote.
pub fn pid(project: &Project, name: &str) -> String {
    let path = project.path(name);
    until("a process tells its id", || std::fs::read_to_string(&path).is_ok_and(|text| text.ends_with('\n')));
    std::fs::read_to_string(path).expect("a file").trim().to_owned()
}
