//! What the walk needs to know about a code object.

use crate::opcodes::Opcode as O;
use crate::traits::Traits;

/// What the walk needs to know about a code object.
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
    /// What each name in `co_names` says about a call by this name.
    pub traits: &'a [Traits],
    /// Which constants in `co_consts` are slices.
    pub slices: &'a [bool],
    /// The number of items of each constant that is a tuple.
    pub widths: &'a [u32],
    /// The index of `super` in `co_names`.
    pub super_name: Option<u32>,
    /// The index of `__dict__`: code that reads it shares the object's attributes from then on.
    pub dict_name: Option<u32>,
    /// The index of `__class__`: code that assigns it changes the type of an object.
    pub class_name: Option<u32>,
    /// Whether its variables are in slots, as in functions.
    pub optimized: bool,
    /// In 3.10, number of local variables: cells come after them.
    pub locals: u32,
}
