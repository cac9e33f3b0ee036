//! What the adapter needs of the program it is part of.

use std::any::Any;
use std::path::PathBuf;
use std::process::Command;

use connie_recording::options::RecordOptions;

/// A program to record, as a launch configuration says it. The keys are debugpy's.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    /// The script.
    pub program: Option<String>,
    /// Or a module.
    pub module: Option<String>,
    /// Or a piece of code.
    pub code: Option<String>,
    /// Arguments of the program.
    pub args: Vec<String>,
    /// Working folder; else that of the client.
    pub cwd: Option<String>,
    /// Variables to set; `None` unsets.
    pub env: Vec<(String, Option<String>)>,
    /// The interpreter.
    pub python: Option<String>,
    /// Its options.
    pub python_args: Vec<String>,
    /// How it is recorded.
    pub options: RecordOptions,
    /// Where to keep the recording; else below the project's `.connie`.
    pub recording: Option<String>,
}

/// A recorder that can be started.
pub struct Started {
    /// The command: `connie run …`, with its folder and environment set.
    pub command: Command,
    /// The file that it will make.
    pub recording: PathBuf,
    /// In a terminal: the file that tells it its environment.
    pub handed: Option<HandedOver>,
}

/// A file that a recorder in a terminal is given: it removes the file when it begins. A command line is seen by others, and
/// not every client can unset variables.
pub struct HandedOver {
    /// Where it is.
    pub path: PathBuf,
    /// Removes it in the end, where no recorder did.
    pub keeper: Box<dyn Any>,
}

/// What becomes of a request of a client that was not let in yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// The client is let in, with this request.
    Admitted,
    /// It has still to show who it is: nothing but `initialize` is answered.
    NotYet,
    /// It is refused, and why; the session ends.
    Refused(String),
}

/// The rest of connie, as the adapter sees it.
pub trait Host {
    /// Whether the stream was opened for its client, which has to show nothing.
    fn trusts(&self) -> bool {
        true
    }

    /// Judges a request, by the `token` of its arguments, of a client that was not let in yet.
    fn admit(&self, command: &str, token: Option<&str>) -> Admission {
        let _ = (command, token);
        Admission::Admitted
    }

    /// How to record a program.
    ///
    /// # Errors
    /// A sentence for people, where it cannot be.
    fn recorder(&self, launch: &Launch) -> Result<Started, String>;

    /// Makes a command ready for a terminal: its environment goes into a file.
    ///
    /// # Errors
    /// A sentence for people, where that file cannot be made.
    fn hand_over(&self, started: &mut Started) -> Result<(), String>;

    /// How to record a process that runs already.
    ///
    /// # Errors
    /// A sentence for people, where it cannot be.
    fn attacher(&self, process: u32, launch: &Launch) -> Result<Started, String>;

    /// The file of the recording that `run` names: `latest`, an id or its beginning, or a path.
    ///
    /// # Errors
    /// A sentence for people, where there is none.
    fn find(&self, run: &str, cwd: Option<&str>) -> Result<PathBuf, String>;
}
