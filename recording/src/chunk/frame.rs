//! A frame as stacks know it.

/// All levels of a frame's variables.
pub const ALL: u8 = u8::MAX;

/// A frame on a thread's stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackFrame {
    /// Its number.
    pub frame: u64,
    /// Its code.
    pub code: u32,
    /// Number of its namespace object; 0: it has slots.
    pub namespace: u64,
    /// The line it is at.
    pub line: u32,
    /// The asyncio task it belongs to; 0: none.
    pub task: u32,
    /// While it is suspended: the coroutine that it waits for, which was suspended with it; 0: none.
    pub awaits: u64,
    /// Down to which level what its variables hold is sure (see [`crate::doubt`]).
    pub sure: u8,
}
