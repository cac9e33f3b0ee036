//! The ops of the stream: definitions, changes of values, and events.
//!
//! Changes come *before* the event at which they were seen and belong to its step. Strings, files,
//! types and codes are numbered from 0 in the order of the ops that define them; objects and
//! frames share one series of numbers from 1, given out in order of first sight.

pub use crate::kind::Kind;
use crate::value::Value;
use crate::verdict::Verdict;

mod format;

pub use format::{Visitor, put, visit};

/// Which function makes the text of an exception, and the fields that it reads. A field that is not set is unbound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Text {
    /// One of the program's: what it gives is not known.
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
    /// `BaseExceptionGroup`: message, how many exceptions it has.
    Group = 9,
}

impl Text {
    /// The function a byte stands for.
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
    pub const LEFT_OUT: u8 = 34;
    pub const STARTED: u8 = 35;
}

/// What the instances of a type do where they are found on a class, and where their own attributes are read.
pub mod descriptor {
    /// Reading the attribute runs their `__get__`.
    pub const GETS: u8 = 1;
    /// They come before an instance's own attribute of that name.
    pub const SETS: u8 = 2;
    /// Their attributes are looked up by code of the class: `__getattribute__`.
    pub const LOOKS_UP: u8 = 4;
    /// Attributes that they do not have may be made by code of the class: `__getattr__`.
    pub const MAKES_UP: u8 = 8;
    /// What they hold is not their attributes: those of their own are an object of its own, which has the next number.
    pub const APART: u8 = 16;
    /// What they hold is not their attributes, and they have none of their own.
    pub const BARE: u8 = 32;
}

/// What becomes of a segment's recording.
pub mod keep {
    /// It is dropped.
    pub const DROPPED: u8 = 0;
    /// It is kept: the segment went well.
    pub const PASSED: u8 = 1;
    /// It is kept: the segment failed.
    pub const FAILED: u8 = 2;
    /// It is kept: somebody wished its end.
    pub const WISHED: u8 = 3;
}

/// One op of the stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Event: the current frame is about to run `line`.
    Line {
        /// 1-based line in the frame's file.
        line: u32,
    },
    /// The current frame has come to another line that has no event of its own, as where a comprehension ends.
    Moved {
        /// The line.
        line: u32,
    },
    /// Event: a new frame of `code` became current.
    Call {
        /// Its number.
        frame: u64,
        /// Which code.
        code: u32,
        /// Object number of the module or class namespace, where the frame has no slots; else 0.
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
    /// Event: `frame` goes on.
    Resume {
        /// Which frame.
        frame: u64,
        /// Ticks since the last time in the stream.
        time: i64,
        /// Line at which it waits.
        line: u32,
    },
    /// The current frame ends with the exception last raised in it. Not a step.
    Unwind {
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
        /// What it holds now.
        value: Value,
    },
    /// A slot of a frame that is not the current one changed: a variable that functions share, or one of a frame that
    /// is about to go on.
    SlotOf {
        /// Which frame.
        frame: u64,
        /// Index into the code's slot names.
        slot: u32,
        /// What it holds now.
        value: Value,
    },
    /// An object seen for the first time.
    New {
        /// Its number.
        object: u64,
        /// Which type.
        ty: u32,
        /// How many items it truly has.
        length: u64,
        /// Its contents (cut at the limit).
        items: Vec<Value>,
    },
    /// Part of an object's contents was replaced.
    Splice {
        /// Which object.
        object: u64,
        /// First changed item.
        start: u32,
        /// How many items went.
        removed: u32,
        /// Its true length now.
        length: u64,
        /// What came.
        items: Vec<Value>,
    },
    /// One item of an object's contents changed.
    Set {
        /// Which object.
        object: u64,
        /// Which item.
        index: u32,
        /// What it is now.
        value: Value,
    },
    /// The tracer forgot an object; met again, it will have another number.
    Evict {
        /// Which object.
        object: u64,
    },
    /// Objects that died: nothing will be said of them any more.
    Dead {
        /// Which objects.
        objects: Box<[u64]>,
    },
    /// The ops that follow belong to this thread (numbered from 1 in order of appearance).
    Thread {
        /// Which thread.
        thread: u32,
        /// `threading.get_ident()` at its first appearance, else 0.
        ident: u64,
        /// Its name at its first appearance, else empty.
        name: Box<[u8]>,
    },
    /// The next string.
    String {
        /// Its WTF-8.
        text: Box<[u8]>,
    },
    /// The next file.
    File {
        /// Its path, as the code objects name it.
        path: Box<[u8]>,
    },
    /// The next type.
    Type {
        /// How its contents are read.
        kind: Kind,
        /// `__module__` (string).
        module: u32,
        /// `__qualname__` (string).
        name: u32,
        /// Object number of the class itself; 0 if it is one of C code.
        class: u64,
        /// See [`descriptor`].
        descriptor: u8,
    },
    /// The next code object.
    Code {
        /// Its file.
        file: u32,
        /// Its qualified name (string).
        name: u32,
        /// First line.
        line: u32,
        /// `co_flags`
        flags: u32,
        /// Number of parameters, `*args` and `**kwargs` included; they are the first slots.
        arguments: u32,
        /// How many of its slots, the last, are variables of functions around it.
        free: u32,
        /// Names of its slots (strings).
        slots: Vec<u32>,
    },
    /// The tracer stopped itself: why.
    Trouble {
        /// One sentence.
        text: Box<[u8]>,
    },
    /// The interpreter is shutting down in an orderly way.
    End,
    /// A suspended frame will not be resumed.
    Gone {
        /// Which frame.
        frame: u64,
    },
    /// Code that is not recorded ran, and not all that it may have changed could be looked at again: from here on what
    /// the current frame's variables hold is true down to so many levels, and as it was last seen below.
    Sure {
        /// Levels of objects, a variable's own being the first; 255: all.
        levels: u8,
        /// Objects that are true with all they hold.
        all: Box<[u64]>,
    },
    /// Code of a file ran that is not recorded. Only told while no code of the process was recorded.
    LeftOut {
        /// Why.
        verdict: Verdict,
        /// The file, as the code names it.
        path: Box<[u8]>,
    },
    /// A Python was started, which is expected to tell of itself.
    Started {
        /// Its process id; this process's own where it becomes that Python; 0: not known.
        pid: u32,
        /// Its command line, separated by zeros; empty: it could not be started after all.
        arguments: Box<[u8]>,
    },
    /// The same of a suspended frame that is about to go on.
    SureOf {
        /// Which frame.
        frame: u64,
        /// As in `Sure`.
        levels: u8,
        /// As in `Sure`.
        all: Box<[u64]>,
    },
    /// A change that was found late: at the last so many steps of this process, an object may have been shown as it was
    /// no more.
    Late {
        /// An object, or a frame.
        object: u64,
        /// 0: its contents; else one of a frame's slots, plus 1.
        slot: u32,
        /// How many steps.
        steps: u64,
    },
    /// First in the ring of a process that another one of the recording started.
    Process {
        /// Its id.
        pid: u32,
        /// That of the process that started it.
        parent: u32,
        /// Its interpreter.
        executable: Box<[u8]>,
        /// Its command line, a NUL between the arguments.
        arguments: Box<[u8]>,
    },
    /// Time passed: what follows in this ring is not older. Only where several processes are recorded.
    Clock {
        /// Ticks since the last time in the stream (zigzag).
        time: i64,
    },
    /// The frame that begins next belongs to this asyncio task.
    Task {
        /// Which task (numbered from 1 in order of appearance in the process).
        task: u32,
        /// Its name when it is first met, else empty.
        name: Box<[u8]>,
    },
    /// Where an exception that is about to be raised for the first time comes from.
    Chain {
        /// The exception.
        exception: u64,
        /// Its `__cause__`; 0: none.
        cause: u64,
        /// Its `__context__`, unless that is suppressed; 0: none.
        context: u64,
    },
    /// What `str` of an exception is made of now. Comes before the exception is raised, and before an op that
    /// refers to it as part of a chain.
    Text {
        /// The exception.
        exception: u64,
        /// Which function makes the text.
        how: Text,
        /// What that function reads; see [`Text`].
        fields: Vec<Value>,
        /// The items of its `__notes__`.
        notes: Vec<Value>,
    },
    /// The next file, with its source: no file of this name holds it.
    Source {
        /// Its path, as the code objects name it.
        path: Box<[u8]>,
        /// The source, UTF-8.
        text: Box<[u8]>,
    },
    /// A stretch of the program begins that is a recording of its own, as a test is. All numbers begin anew.
    Segment {
        /// Id of the recording.
        id: Box<[u8]>,
        /// What the stretch is called; empty: as the program.
        name: Box<[u8]>,
        /// Whether the recording is kept in any case.
        kept: bool,
    },
    /// The stretch has ended.
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
        /// How many.
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
