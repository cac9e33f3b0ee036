//! The context variables and proxies that are read in each context.

use rustc_hash::FxHashSet;

use crate::library::proxies::Way;

/// A context variable, or a proxy that stands for what one holds.
#[derive(Clone)]
pub struct Standing {
    pub address: usize,
    /// Its number: another object at the address has another one.
    pub id: u64,
    /// The address of its type.
    pub ty: usize,
    /// How a proxy finds its object; `None` for a variable.
    pub way: Option<Way>,
}

/// Where the thread state has the current context.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub enum ContextOffset {
    #[default]
    Unknown,
    /// At this offset.
    At(usize),
    /// It was not found: contexts are not read.
    Nowhere,
}

/// The context variables and proxies that are read in each context.
#[derive(Default)]
pub struct Standings {
    /// In the order in which they were met.
    pub known: Vec<Standing>,
    /// How many were met as a variable of a module that no code has named so far.
    pub unnamed: u32,
    /// Whether what is written next belongs to a namespace, or to a proxy.
    pub quiet: bool,
    /// Whether one was added since a context was last read.
    pub added: bool,
    pub place: ContextOffset,
    /// Addresses of the objects whose attributes proxies stand for.
    pub owners: FxHashSet<usize>,
}
