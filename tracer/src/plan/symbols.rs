//! Symbols for the values of a line.

use crate::uses::Uses;

/// Index into [`Plans::symbols`](super::lines::Plans::symbols).
pub type SymId = u32;

/// The origin of a value on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sym {
    /// Any value.
    Unknown,
    /// The result of an operator, a literal container …: nothing else holds it, or it is a scalar.
    Fresh,
    /// A function that this code makes: by a lambda, a comprehension or a def.
    Made,
    /// The value of a slot, or of the cell in it.
    Slot(u32),
    /// A name in the module's globals or builtins, or in a class namespace (index into names).
    Name(u32),
    /// A constant.
    Const(u32),
    /// A small int that is part of the instruction.
    Int(u32),
    /// An attribute of a value.
    Attr(SymId, u32),
    /// An item of a container, by a key.
    Item(SymId, SymId),
    /// A new list, tuple, set or dict of these values (index into [`Plans::built`](super::lines::Plans::built)).
    Built(u32),
    /// The result of a call.
    Call(u32),
    /// What `super` (the value of this symbol) returns for the frame's first argument.
    Super(SymId),
    /// An iterator over a value.
    Iter(SymId),
}

/// A new container.
#[derive(Clone, Debug)]
pub struct Built {
    /// Its items; for a slice, the sliced value.
    pub items: Box<[SymId]>,
    /// Whether these are its items, in order.
    pub in_order: bool,
}

/// A value whose class decides which code runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operand {
    /// The value.
    pub sym: SymId,
    /// How it is used.
    pub uses: Uses,
}

/// The index of [`Sym::Unknown`] among the symbols.
pub const UNKNOWN: SymId = 0;
/// The index of [`Sym::Fresh`] among the symbols.
pub const FRESH: SymId = 1;
/// The index of [`Sym::Made`] among the symbols.
pub const MADE: SymId = 2;
