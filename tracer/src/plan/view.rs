//! What the walk over a code object needs to know of it.

use crate::opcodes::Opcode as O;
use crate::traits::Traits;

/// What the walk needs to know of a code object.
pub struct CodeView<'a> {
    /// `co_code`
    pub bytes: &'a [u8],
    /// Opcode table of the running version.
    pub table: &'a [(O, u8); 256],
    /// Minor version.
    pub minor: u32,
    /// (start, end, line) of `co_lines()`.
    pub lines: &'a [(u32, u32, Option<u32>)],
    /// Offsets at which exception handlers start.
    pub handlers: &'a [u32],
    /// What each of `co_names` says of a call by it.
    pub traits: &'a [Traits],
    /// Which of `co_consts` are slices.
    pub slices: &'a [bool],
    /// Which of `co_names` is `super`.
    pub super_name: Option<u32>,
    /// Which of them is `__dict__`: what reads it shares the object's attributes from then on.
    pub dict_name: Option<u32>,
    /// Which of them is `__class__`: what assigns it makes another object of an object.
    pub class_name: Option<u32>,
    /// Whether its variables are in slots, as those of functions are.
    pub optimized: bool,
    /// In 3.10, number of local variables: cells come after them.
    pub locals: u32,
}
