//! The ops of the stream: definitions, changes of values, and events.
//!
//! Changes come *before* the event at which they were seen, and belong to its step. Strings, files, types and codes are
//! numbered from 0 in the order of the ops that define them. Objects and frames share one sequence of numbers from 1,
//! in the order in which they were first seen.

pub use crate::kind::Kind;
use crate::level::Level;
use crate::value::Value;
use crate::verdict::Verdict;

mod format;

pub use format::{Visitor, put, visit};

/// The function that makes the text of an exception, and the fields that it reads. A field that is not set is unbound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Text {
    /// A function of the program. Its result is not known.
    #[default]
    Unknown = 0,
    /// `BaseException`: the arguments.
    Args = 1,
    /// `KeyError`: the arguments.
    Key = 2,
    /// `OSError`: errno, strerror, filename, filename2.
    Os = 3,
    /// `ImportError`: msg.
    Import = 4,
    /// `SyntaxError`: msg, filename, lineno.
    Syntax = 5,
    /// `UnicodeEncodeError`: encoding, the code point at the start, start, end, reason.
    Encode = 6,
    /// `UnicodeDecodeError`: encoding, the byte at the start, start, end, reason.
    Decode = 7,
    /// `UnicodeTranslateError`: unbound, the code point at the start, start, end, reason.
    Translate = 8,
    /// `BaseExceptionGroup`: message, number of exceptions.
    Group = 9,
}

impl Text {
    /// The function with this byte.
    pub fn from_byte(byte: u8) -> Option<Self> {
        use Text::{Args, Decode, Encode, Group, Import, Key, Os, Syntax, Translate, Unknown};
        let all = [Unknown, Args, Key, Os, Import, Syntax, Encode, Decode, Translate, Group];
        all.get(usize::from(byte)).copied()
    }
}

/// Op bytes.
pub mod code {
    #![allow(missing_docs)]
    pub const LINE: u8 = 1;
    pub const CALL: u8 = 2;
    pub const RETURN: u8 = 3;
    pub const RAISE: u8 = 4;
    pub const YIELD: u8 = 5;
    pub const RESUME: u8 = 6;
    pub const UNWIND: u8 = 7;
    pub const OUTPUT: u8 = 8;
    pub const SLOT: u8 = 9;
    pub const NEW: u8 = 10;
    pub const SPLICE: u8 = 11;
    pub const SET: u8 = 12;
    pub const EVICT: u8 = 13;
    pub const THREAD: u8 = 14;
    pub const STRING: u8 = 15;
    pub const FILE: u8 = 16;
    pub const TYPE: u8 = 17;
    pub const CODE: u8 = 18;
    pub const TROUBLE: u8 = 19;
    pub const END: u8 = 20;
    pub const GONE: u8 = 21;
    pub const PROCESS: u8 = 22;
    pub const CLOCK: u8 = 23;
    pub const INHERITED: u8 = 24;
    pub const TASK: u8 = 25;
    pub const GLOBALS: u8 = 26;
    pub const CHAIN: u8 = 27;
    pub const SEGMENT: u8 = 28;
    pub const SEGMENT_END: u8 = 29;
    pub const SURE: u8 = 30;
    pub const SLOT_OF: u8 = 31;
    pub const SURE_OF: u8 = 32;
    pub const LATE: u8 = 33;
    pub const TEXT: u8 = 44;
    pub const SOURCE: u8 = 45;
    pub const DEAD: u8 = 40;
    pub const MOVED: u8 = 50;
    pub const CUT: u8 = 51;
    pub const LEFT_OUT: u8 = 34;
    pub const STARTED: u8 = 35;
    pub const SLOT_TEXT: u8 = 36;
    pub const SET_TEXT: u8 = 37;
}

/// How instances of a type behave as class attributes, and how their own attributes are read.
pub mod descriptor {
    /// Reading the class attribute calls their `__get__`.
    pub const GETS: u8 = 1;
    /// They take precedence over an instance's attribute of the same name.
    pub const SETS: u8 = 2;
    /// Their class has a `__getattribute__` of its own, which looks up attributes.
    pub const LOOKS_UP: u8 = 4;
    /// Their class has a `__getattr__`, which may make missing attributes.
    pub const MAKES_UP: u8 = 8;
    /// Their contents are not their attributes: these are a separate object, which has the next number.
    pub const APART: u8 = 16;
    /// Their contents are not their attributes, and they have no attributes.
    pub const BARE: u8 = 32;
}

/// What happens to a segment's recording.
pub mod keep {
    /// It is dropped.
    pub const DROPPED: u8 = 0;
    /// It is kept: the segment went well.
    pub const PASSED: u8 = 1;
    /// It is kept: the segment failed.
    pub const FAILED: u8 = 2;
    /// It is kept: the user ended the segment.
    pub const WISHED: u8 = 3;
    /// It is kept only if an earlier segment of the same name failed: this one went well.
    pub const REFERENCE: u8 = 4;
    /// It is kept: the segment neither went well nor failed, as a test that was skipped.
    pub const SKIPPED: u8 = 5;
}

/// One op of the stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Event: the current frame is about to run `line`.
    Line {
        /// 1-based line in the frame's file.
        line: u32,
    },
    /// The current frame moved to another line without an event, for example at the end of a comprehension.
    Moved {
        /// The line.
        line: u32,
    },
    /// Event: a new frame of `code` became current.
    Call {
        /// Its number.
        frame: u64,
        /// Its code.
        code: u32,
        /// Object number of the module or class namespace, if the frame has no slots; else 0.
        namespace: u64,
        /// Ticks since the last time in the stream (zigzag).
        time: i64,
        /// Line of the `def`, class or first line.
        line: u32,
        /// Values of the slots that are bound: (slot, value).
        slots: Vec<(u32, Value)>,
    },
    /// Event: the current frame returns.
    Return {
        /// Ticks since the last time in the stream.
        time: i64,
        /// What it returns.
        value: Value,
    },
    /// Event: an exception appears in the current frame.
    Raise {
        /// The line at which it was seen; 0 when unknown.
        line: u32,
        /// The exception.
        value: Value,
    },
    /// Event: the current frame is left, to be resumed.
    Yield {
        /// Ticks since the last time in the stream.
        time: i64,
        /// What it yields (or awaits).
        value: Value,
    },
    /// Event: `frame` resumes.
    Resume {
        /// The frame.
        frame: u64,
        /// Ticks since the last time in the stream.
        time: i64,
        /// The line at which it waits.
        line: u32,
    },
    /// The current frame ends with the exception last raised in it. Not a step.
    Unwind {
        /// Ticks since the last time in the stream.
        time: i64,
    },
    /// The recording of the current frame ends here, although the frame may go on. Not a step.
    Cut {
        /// Ticks since the last time in the stream.
        time: i64,
    },
    /// Event: text was written.
    Output {
        /// 1 stdout, 2 stderr.
        stream: u8,
        /// The text, WTF-8.
        text: Box<[u8]>,
    },
    /// A slot of the current frame changed.
    Slot {
        /// Index into the code's slot names.
        slot: u32,
        /// The new value.
        value: Value,
    },
    /// A slot changed in a frame that is not the current one: a variable that functions share, or a variable of a frame
    /// that is about to resume.
    SlotOf {
        /// The frame.
        frame: u64,
        /// Index into the code's slot names.
        slot: u32,
        /// The new value.
        value: Value,
    },
    /// A slot of the current frame got a long text: the first bytes of the last long text of its place (see
    /// [`texts`](crate::texts)), then the rest.
    SlotText {
        /// Index into the code's slot names.
        slot: u32,
        /// Number of bytes that it shares with the last text.
        shared: u32,
        /// The bytes after these, WTF-8.
        rest: Box<[u8]>,
        /// The true length in code points if the text was cut, else 0.
        length: u64,
    },
    /// The same for an item of an object.
    SetText {
        /// The object.
        object: u64,
        /// Index of the item.
        index: u32,
        /// As in `SlotText`.
        shared: u32,
        /// As in `SlotText`.
        rest: Box<[u8]>,
        /// As in `SlotText`.
        length: u64,
    },
    /// An object was seen for the first time.
    New {
        /// Its number.
        object: u64,
        /// Its type.
        ty: u32,
        /// Its true number of items.
        length: u64,
        /// Its items, up to the limit.
        items: Vec<Value>,
    },
    /// Part of an object's contents was replaced.
    Splice {
        /// The object.
        object: u64,
        /// First changed item.
        start: u32,
        /// Number of items that were removed.
        removed: u32,
        /// Its new true length.
        length: u64,
        /// The items that were inserted.
        items: Vec<Value>,
    },
    /// One item of an object's contents changed.
    Set {
        /// The object.
        object: u64,
        /// Index of the item.
        index: u32,
        /// The new value.
        value: Value,
    },
    /// The tracer forgot an object. If it is seen again, it gets another number.
    Evict {
        /// The object.
        object: u64,
    },
    /// These objects died: no later op is about them.
    Dead {
        /// The objects.
        objects: Box<[u64]>,
    },
    /// The ops that follow belong to this thread.
    Thread {
        /// The thread, numbered from 1 in order of appearance.
        thread: u32,
        /// `threading.get_ident()` at its first appearance, else 0.
        ident: u64,
        /// Its name at its first appearance, else empty.
        name: Box<[u8]>,
    },
    /// Defines the next string.
    String {
        /// The text, WTF-8.
        text: Box<[u8]>,
    },
    /// Defines the next file.
    File {
        /// Its path, as the code objects name it.
        path: Box<[u8]>,
    },
    /// Defines the next type.
    Type {
        /// How its contents are read.
        kind: Kind,
        /// `__module__` (string).
        module: u32,
        /// `__qualname__` (string).
        name: u32,
        /// Object number of the class itself; 0 if it is implemented in C.
        class: u64,
        /// See [`descriptor`].
        descriptor: u8,
    },
    /// Defines the next code object.
    Code {
        /// Its file.
        file: u32,
        /// Its qualified name (string).
        name: u32,
        /// First line.
        line: u32,
        /// `co_flags`
        flags: u32,
        /// Number of parameters, including `*args` and `**kwargs`. They are the first slots.
        arguments: u32,
        /// Number of slots, the last ones, that are variables of enclosing functions.
        free: u32,
        /// How much is recorded of it.
        level: Level,
        /// Names of its slots (strings).
        slots: Vec<u32>,
    },
    /// The tracer stopped itself.
    Trouble {
        /// The reason, as a sentence.
        text: Box<[u8]>,
    },
    /// The interpreter is shutting down in an orderly way.
    End,
    /// A suspended frame will not be resumed.
    Gone {
        /// The frame.
        frame: u64,
    },
    /// Code that is not recorded ran, and not everything that it may have changed could be read again. From here on,
    /// the values of the current frame's variables are up to date down to this many levels. Below, they are as last
    /// seen.
    Sure {
        /// Number of levels of objects; a variable's own object is the first. 255 means all.
        levels: u8,
        /// Objects that are up to date with everything they contain.
        all: Box<[u64]>,
    },
    /// Code of a file ran that is not recorded. Written only while no code of the process was recorded.
    LeftOut {
        /// Why it is not recorded.
        verdict: Verdict,
        /// The file, as the code names it.
        path: Box<[u8]>,
    },
    /// A Python process was started, which is expected to report to the recorder.
    Started {
        /// Its process id. It is this process's own if the process becomes that Python by `exec`, and 0 if not known.
        pid: u32,
        /// Its command line, separated by zero bytes. Empty if the start failed.
        arguments: Box<[u8]>,
    },
    /// The same as `Sure` for a suspended frame that is about to resume.
    SureOf {
        /// The frame.
        frame: u64,
        /// As in `Sure`.
        levels: u8,
        /// As in `Sure`.
        all: Box<[u64]>,
    },
    /// A change was found late: in the last `steps` steps of this process, the recorded contents of an object may be
    /// outdated.
    Late {
        /// The object or frame.
        object: u64,
        /// 0 for its contents; else a slot of the frame, plus 1.
        slot: u32,
        /// Number of steps.
        steps: u64,
    },
    /// The first op in the ring of a process that was started by another process of the recording.
    Process {
        /// Its process id.
        pid: u32,
        /// The process id of its parent.
        parent: u32,
        /// Path of its interpreter.
        executable: Box<[u8]>,
        /// Its command line, separated by zero bytes.
        arguments: Box<[u8]>,
    },
    /// Time passed: what follows in this ring is not older. Written only if several processes are recorded.
    Clock {
        /// Ticks since the last time in the stream (zigzag).
        time: i64,
    },
    /// The frame that begins next belongs to this asyncio task.
    Task {
        /// The task, numbered from 1 in order of appearance in the process.
        task: u32,
        /// Its name at its first appearance, else empty.
        name: Box<[u8]>,
    },
    /// The cause or context of an exception that is about to be raised for the first time.
    Chain {
        /// The exception.
        exception: u64,
        /// Its `__cause__`; 0 if it has none.
        cause: u64,
        /// Its `__context__`, unless that is suppressed; 0 if it has none.
        context: u64,
    },
    /// What `str` of an exception is currently made of. Comes before the exception is raised, and before an op that
    /// refers to it as part of a chain.
    Text {
        /// The exception.
        exception: u64,
        /// The function that makes the text.
        how: Text,
        /// The fields that this function reads; see [`Text`].
        fields: Vec<Value>,
        /// The items of its `__notes__`.
        notes: Vec<Value>,
    },
    /// Defines the next file together with its source, as no file of this name has it.
    Source {
        /// Its path, as the code objects name it.
        path: Box<[u8]>,
        /// The source, UTF-8.
        text: Box<[u8]>,
    },
    /// A segment begins: a part of the program, such as a test, that has a recording of its own. All numbers begin
    /// again.
    Segment {
        /// Id of the recording.
        id: Box<[u8]>,
        /// The name of the segment; empty if it is the program's.
        name: Box<[u8]>,
        /// Whether the recording is kept in any case.
        kept: bool,
    },
    /// The segment has ended.
    SegmentEnd {
        /// One of [`keep`].
        keep: u8,
    },
    /// The globals of a module that was imported before recording began here.
    Globals {
        /// Its file.
        file: u32,
        /// The dict.
        object: u64,
    },
    /// The calls that follow are frames that already ran when recording began here (in a forked process).
    Inherited {
        /// Number of frames.
        count: u32,
    },
}

impl Op {
    /// Whether this op is a step.
    pub fn is_step(&self) -> bool {
        matches!(
            self,
            Op::Line { .. }
                | Op::Call { .. }
                | Op::Return { .. }
                | Op::Raise { .. }
                | Op::Yield { .. }
                | Op::Resume { .. }
                | Op::Output { .. }
        )
    }
}

#[cfg(test)]
mod tests;
