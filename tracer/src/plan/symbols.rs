//! What a line's values are: symbols.

use crate::uses::Uses;

/// Index into [`Plans::symbols`](super::lines::Plans::symbols).
pub type SymId = u32;

/// Where a value on the stack comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sym {
    /// Anything.
    Unknown,
    /// The result of an operator, a literal container …: nobody else's, or a scalar.
    Fresh,
    /// A function that this code makes: a lambda, a comprehension, a def.
    Made,
    /// A slot (cells are looked through).
    Slot(u32),
    /// A name in the module's globals or builtins, or in a class namespace (index into names).
    Name(u32),
    /// A constant.
    Const(u32),
    /// A small int that stands in the instruction.
    Int(u32),
    /// Attribute of a value.
    Attr(SymId, u32),
    /// Item of a container by a key.
    Item(SymId, SymId),
    /// A list, tuple, set or dict of these values, which is new (index into [`Plans::built`](super::lines::Plans::built)).
    Built(u32),
    /// The result of a call.
    Call(u32),
    /// What `super` (the value of this symbol) makes of the frame's first argument.
    Super(SymId),
    /// An iterator over a value.
    Iter(SymId),
}

/// A new container.
#[derive(Clone, Debug)]
pub struct Built {
    /// What it holds; of a slice, what that was taken of.
    pub items: Box<[SymId]>,
    /// Whether these are its items, in order.
    pub in_order: bool,
}

/// A value whose class decides what is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operand {
    /// The value.
    pub sym: SymId,
    /// What is done with it.
    pub uses: Uses,
}

/// Where [`Sym::Unknown`] stands among the symbols.
pub const UNKNOWN: SymId = 0;
/// Where [`Sym::Fresh`] stands among the symbols.
pub const FRESH: SymId = 1;
/// Where [`Sym::Made`] stands among the symbols.
pub const MADE: SymId = 2;
