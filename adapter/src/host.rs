//! What the adapter needs from the program that it is part of.

use std::any::Any;
use std::path::PathBuf;
use std::process::Command;

use connie_recording::options::RecordOptions;

/// A program to record, as given by a launch configuration. The keys are those of debugpy.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// The script.
    pub program: Option<String>,
    /// The module to run instead of a script.
    pub module: Option<String>,
    /// The code to run instead of a script.
    pub code: Option<String>,
    /// Arguments of the program.
    pub args: Vec<String>,
    /// Working folder; by default the client's.
    pub cwd: Option<String>,
    /// Environment variables to set; `None` unsets one.
    pub env: Vec<(String, Option<String>)>,
    /// The interpreter.
    pub python: Option<String>,
    /// Options of the interpreter.
    pub python_args: Vec<String>,
    /// Options of the recording.
    pub options: RecordOptions,
    /// Path of the recording; by default in the project's `.connie`.
    pub recording: Option<String>,
}

/// A recorder that can be started.
pub struct Started {
    /// The command `connie run …`, with its folder and environment set.
    pub command: Command,
    /// The file that it will make.
    pub recording: PathBuf,
    /// In a terminal: the file from which it reads its environment.
    pub handed: Option<HandedOver>,
}

/// A file that is given to a recorder in a terminal, which removes it when it begins. A file is used because command
/// lines can be seen by other users, and not every client can unset variables.
pub struct HandedOver {
    /// Path of the file.
    pub path: PathBuf,
    /// Removes the file in the end if no recorder did.
    pub keeper: Box<dyn Any>,
}

/// What happens to a request of a client that was not admitted yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The client is admitted, with this request.
    Admitted,
    /// The client still has to prove who it is: only `initialize` is answered.
    NotYet,
    /// The client is refused for this reason, and the session ends.
    Refused(String),
}

/// The interface of the adapter to the rest of connie.
pub trait Host {
    /// Whether the stream was opened for its client, which then needs no token.
    fn trusts(&self) -> bool {
        true
    }

    /// Judges a request of a client that was not admitted yet, by the `token` in its arguments.
    fn admit(&self, command: &str, token: Option<&str>) -> Admission {
        let _ = (command, token);
        Admission::Admitted
    }

    /// How to record a program.
    ///
    /// # Errors
    /// A message for the user, if it cannot be recorded.
    fn recorder(&self, launch: &Launch) -> Result<Started, String>;

    /// Prepares a command for a terminal: writes its environment into a file.
    ///
    /// # Errors
    /// A message for the user, if the file cannot be written.
    fn hand_over(&self, started: &mut Started) -> Result<(), String>;

    /// How to record a process that is already running.
    ///
    /// # Errors
    /// A message for the user, if it cannot be recorded.
    fn attacher(&self, process: u32, launch: &Launch) -> Result<Started, String>;

    /// The file of the recording that `run` names: `latest`, an id or its beginning, or a path.
    ///
    /// # Errors
    /// A message for the user, if there is no such recording.
    fn find(&self, run: &str, cwd: Option<&str>) -> Result<PathBuf, String>;
}
