//! A frame on a stack.

/// All levels of a frame's variables.
pub const ALL: u8 = u8::MAX;

/// A frame on a thread's stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackFrame {
    /// Its number.
    pub frame: u64,
    /// Its code.
    pub code: u32,
    /// Number of its namespace object; 0 if it has slots.
    pub namespace: u64,
    /// Its current line.
    pub line: u32,
    /// Its asyncio task; 0 if there is none.
    pub task: u32,
    /// While it is suspended: the coroutine that it awaits, which was suspended with it; 0 if there is none.
    pub awaits: u64,
    /// The level down to which the contents of its variables are sure (see [`crate::doubt`]).
    pub sure: u8,
}
