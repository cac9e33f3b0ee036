//! How a run begins and ends, and what the recorder knows of functions, threads and exceptions.

use connie_wire::Value;
use connie_wire::level::Level;
use connie_wire::op::Text;
use connie_wire::verdict::Verdict;

use crate::chunk::Entity;
use crate::render::TypeName;

/// How a run began.
#[derive(Clone, Debug)]
pub struct Run {
    /// Id of the recording.
    pub id: String,
    /// The program's name in lists.
    pub name: String,
    /// The command line of the program, interpreter first.
    pub argv: Vec<String>,
    /// Working folder.
    pub cwd: String,
    /// Root of the project.
    pub root: String,
    /// Settings, as JSON.
    pub settings: String,
    /// Words in the names of secret values. If empty, nothing is redacted.
    pub redact: Vec<String>,
    /// Text of `-c` or of stdin: the source of `<string>` or `<stdin>`.
    pub command: Option<String>,
}

/// How a run ended.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Exit code, unless a signal ended the program.
    pub exit_code: Option<i32>,
    /// Whether a part of a program failed that has no exit code of its own.
    pub failed: bool,
    /// The signal that ended the program.
    pub signal: Option<i32>,
    /// The interpreter that ran.
    pub executable: String,
    /// Process id.
    pub pid: u32,
    /// Nanoseconds that the program waited for the recorder.
    pub waited: u64,
}

/// The summary of a finished recording.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Steps recorded.
    pub steps: u64,
    /// Result, as in the `recording` table.
    pub result: String,
    /// What went wrong within connie, if anything.
    pub trouble: Option<String>,
    /// Whether no code was recorded.
    pub is_empty: bool,
    /// Whether there was no room to fold SQLite's log into the file: see [`crate::sidefiles::log_of`].
    pub no_room: bool,
}

/// A file whose code ran but is not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Why it is not recorded.
    pub verdict: Verdict,
    /// Its path, as the code names it.
    pub path: String,
}

#[derive(Default)]
pub(super) struct Live {
    pub(super) entity: Entity,
    /// The chunk in which it was last written.
    pub(super) chunk: i64,
}

/// The counts of a line.
#[derive(Clone, Copy)]
pub(super) struct LineStats {
    pub(super) hits: u64,
    /// The chunk in which it was last hit; -1 if in none.
    pub(super) chunk: i64,
}

#[derive(Default)]
pub(super) struct CodeStats {
    pub(super) source: u32,
    pub(super) is_module: bool,
    pub(super) level: Level,
    /// The last chunk with an event of it, if its lines are not recorded.
    pub(super) chunk: Option<i64>,
    pub(super) first_line: u32,
    /// The counts of its lines, starting at `first_line`.
    pub(super) lines: Vec<LineStats>,
    pub(super) calls: u64,
    pub(super) total: i64,
    pub(super) own: i64,
    pub(super) active: u32,
}

pub(super) struct Timing {
    pub(super) start: i64,
    pub(super) children: i64,
}

/// A propagating exception: the step at which it appeared, and (function, line) of the frames it passed.
#[derive(Debug)]
pub(super) struct OnItsWay {
    pub(super) value: Value,
    pub(super) step: u64,
    /// Its type, and its text at that step.
    pub(super) ty: String,
    pub(super) text: String,
    /// Its text in the outermost frame, if that differs.
    pub(super) last_text: Option<String>,
    pub(super) places: Vec<(u32, u32)>,
    /// The frames in which it was raised.
    pub(super) frames: Vec<u64>,
    /// Its chain: see the column `chain`.
    pub(super) chain: Option<String>,
    /// Whether it has left the outermost frame of its thread or task.
    pub(super) left: bool,
}
/// The call depth of the frame that an exception passed last.
pub(super) type Depth = usize;

pub(super) struct ThreadStats {
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) steps: u64,
    pub(super) timing: Vec<Timing>,
    /// The exception that propagates now.
    pub(super) raised: Option<OnItsWay>,
    pub(super) raised_at: Depth,
    /// Whether this exception ended a frame. The next event tells if it reaches the frame below.
    pub(super) unwound: bool,
    /// The step of the exception that left the outermost frame.
    pub(super) escaped: Option<u64>,
    /// The exception that ended the module in which the thread began. Later exceptions do not replace it.
    pub(super) ended_by: Option<OnItsWay>,
    /// The code of the first call.
    pub(super) first_code: Option<u32>,
    /// Whether the last event was a frame that begins or resumes.
    pub(super) went_on: bool,
    /// Whether the current frame ran a line, and has called and raised nothing since.
    pub(super) on_line: bool,
    /// The GeneratorExit of the generator that was closed last.
    pub(super) closing: Option<Closing>,
}

/// Names that ops refer to by number.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) strings: Vec<String>,
    pub(super) types: Vec<TypeName>,
    pub(super) sources: u32,
    pub(super) minor: u32,
    pub(super) micro: u32,
}

/// The last GeneratorExit raised in a thread.
#[derive(Debug)]
pub(super) struct Closing {
    pub(super) exception: OnItsWay,
    /// The frame that is closed, and its call depth.
    pub(super) frame: u64,
    pub(super) depth: usize,
}

/// What `str` of an exception is made of: see [`connie_wire::Op::Text`].
#[derive(Clone, Debug, Default)]
pub(super) struct TextParts {
    pub(super) how: Text,
    pub(super) fields: Vec<Value>,
    pub(super) notes: Vec<Value>,
}

/// Nanoseconds since 1970.
pub(super) fn now() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_nanos() as i64)
}
