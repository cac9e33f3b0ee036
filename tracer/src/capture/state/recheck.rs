//! Objects that are to be read again, and the credit for it.

use std::collections::VecDeque;

use connie_wire::ticks;

use super::tracked::Tracked;

/// The largest credit, in reads: about 50 ms.
pub const MAX_CREDIT: i64 = 1 << 20;

/// Approximate number of ticks that one read takes.
pub const TICKS: u64 = 2;

/// Number of free reads of small objects for each variable, so that small values are always up to date.
const FREE: u8 = 16;

/// The largest number of pointers in a small object.
pub const SMALL: usize = 32;

/// All levels.
pub const ALL: u8 = u8::MAX;

/// Number of pointers that are compared in the time of one read.
const POINTERS: usize = 32;

/// A variable's object, and the objects to be read for it.
#[derive(Default)]
pub struct Root {
    /// Its number.
    pub id: u64,
    /// Address, depth and level of objects, sorted by level.
    pub queue: VecDeque<(usize, u8, u8)>,
    /// Roots that were first to reach an object which this root contains too.
    pub waits: Vec<u32>,
    /// Whether not everything that it contains could be read.
    pub open: bool,
    /// Number of its free reads that are left.
    pub free: u8,
}

/// Objects that are to be read again, and the credit for it.
pub struct Recheck {
    /// The first `count` roots belong to this pass.
    pub roots: Vec<Root>,
    pub count: usize,
    /// Index of the root that is being read.
    pub root: usize,
    /// Number of this pass.
    pub pass: u32,
    /// The distance of the current object from a variable; a variable's own object is at 1.
    pub level: u8,
    /// Whether found objects wait for `look_again`.
    pub holding: bool,
    pub waiting: bool,
    pub credit: i64,
    /// Number of free reads of each root.
    pub free: u8,
    /// Whether time and events add credit. False if the credit is fixed.
    pub grants: bool,
    /// The nearest level that could not be read.
    pub cut: u8,
    pub since: u64,
    pub clock: u32,
}

impl Recheck {
    /// With a fixed number of reads, or with `None` as many as time allows.
    pub fn new(fixed: Option<i64>) -> Self {
        Self {
            roots: Vec::new(),
            count: 0,
            root: 0,
            pass: 1,
            level: 1,
            holding: false,
            waiting: false,
            credit: fixed.unwrap_or(MAX_CREDIT),
            free: if fixed == Some(0) { 0 } else { FREE },
            grants: fixed.is_none(),
            cut: ALL,
            since: ticks(),
            clock: 0,
        }
    }

    /// Whether the credit is used up.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.credit <= 0
    }

    /// Whether an object waits, or could not be read.
    #[inline(always)]
    pub fn has_news(&self) -> bool {
        self.waiting || self.cut != ALL
    }

    /// Whether an object may be read now. Uses a free read if there is no credit.
    #[inline(always)]
    pub fn takes(&mut self, tracked: &Tracked) -> bool {
        self.credit > 0 || tracked.items.len() <= SMALL && self.takes_free()
    }

    #[inline(never)]
    pub fn takes_free(&mut self) -> bool {
        let Some(root) = self.roots.get_mut(self.root) else { return false };
        root.free.checked_sub(1).is_some_and(|left| {
            root.free = left;
            true
        })
    }

    /// Pays for a read of this many pointers.
    #[inline(always)]
    pub fn spend(&mut self, pointers: usize) {
        self.credit -= 1 + (pointers / POINTERS) as i64;
    }

    /// Begins a read at a variable's object, or at a namespace, which holds variables.
    #[inline]
    pub fn begin(&mut self, tracked: &Tracked) {
        self.level = u8::from(!tracked.namespace);
        if !self.holding {
            (self.pass, self.count) = (self.pass.wrapping_add(1), 0);
        }
        self.add(tracked.id);
    }

    #[inline]
    pub fn add(&mut self, id: u64) {
        if self.count == self.roots.len() {
            self.roots.push(Root::default());
        }
        self.root = self.count;
        self.count += 1;
        let root = &mut self.roots[self.root];
        (root.id, root.open, root.free) = (id, false, self.free);
        root.queue.clear();
        root.waits.clear();
    }

    /// The pass and the root for which objects are being read.
    #[inline(always)]
    pub fn place(&self) -> (u32, u32) {
        (self.pass, self.root as u32)
    }

    /// Handles an object that was read already. If that was for another root, its contents may still have to be read.
    #[inline(always)]
    pub fn meet(&mut self, tracked: &Tracked) {
        if tracked.pass == self.pass && tracked.root as usize != self.root && !tracked.leaf {
            self.wait_for(tracked.root);
        }
    }

    #[inline(never)]
    pub fn wait_for(&mut self, other: u32) {
        if let Some(root) = self.roots.get_mut(self.root)
            && root.waits.last() != Some(&other)
        {
            root.waits.push(other);
        }
    }

    pub fn put_off(&mut self, id: u64, address: usize, depth: u8) {
        // The items of a namespace are variables.
        let namespace = (self.level == 0).then_some(self.root);
        if namespace.is_some() {
            self.add(id);
        }
        let level = below(self.level);
        self.waiting = true;
        if let Some(root) = self.roots.get_mut(self.root) {
            root.queue.push_back((address, depth, level));
        }
        if let Some(namespace) = namespace {
            let variable = self.root as u32;
            self.root = namespace;
            self.wait_for(variable);
        }
    }

    #[cold]
    pub fn refused(&mut self) {
        self.cut = self.cut.min(below(self.level));
        if let Some(root) = self.roots.get_mut(self.root) {
            root.open = true;
        }
    }

    /// The numbers of the objects that were read with everything they contain.
    pub fn closed(&mut self) -> Vec<u64> {
        let roots = &mut self.roots[..self.count];
        loop {
            let waits =
                |root: &Root| !root.open && root.waits.iter().any(|n| roots.get(*n as usize).is_none_or(|r| r.open));
            let Some(found) = roots.iter().position(waits) else { break };
            roots[found].open = true;
        }
        roots.iter().filter(|root| !root.open).map(|root| root.id).collect()
    }
}

/// The next level. Levels that are too deep to count are one level, which is not [`ALL`].
fn below(level: u8) -> u8 {
    level.saturating_add(1).min(ALL - 1)
}
