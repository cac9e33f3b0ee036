//! What a process defines: strings, files, types and code.

use connie_wire::Kind;
use connie_wire::level::Level;

/// What later ops refer to by number. Definitions of each kind are numbered from 0, in the order in which they come.
#[derive(Debug)]
pub(super) enum Definition<'a> {
    /// A name or another short text.
    String(&'a [u8]),
    /// A file, whose text the recorder reads itself.
    File(&'a [u8]),
    /// A source that came with its text.
    Source { path: &'a [u8], text: &'a [u8] },
    /// A class of values; `module` and `name` are strings.
    Type { kind: Kind, module: u32, name: u32, class: u64, descriptor: u8 },
    /// A code object.
    Code(Code),
}

/// A code object, as the tracer defines it: `file` is a file or source, `name` and `slots` are strings. Two processes
/// that define equal ones mean the same code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Code {
    pub(super) file: u32,
    pub(super) name: u32,
    pub(super) line: u32,
    pub(super) flags: u32,
    pub(super) arguments: u32,
    pub(super) free: u32,
    pub(super) level: Level,
    pub(super) slots: Vec<u32>,
}
