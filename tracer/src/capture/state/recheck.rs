//! What is to be looked at again, and what that may cost.

use std::collections::VecDeque;

use connie_wire::ticks;

use super::tracked::Tracked;

/// Looks that a program has ahead: about 50 ms.
pub const MAX_CREDIT: i64 = 1 << 20;

/// Ticks that a look takes, about.
pub const TICKS: u64 = 2;

/// Looks that every variable gets, at what holds few pointers: small values are always known.
const FREE: u8 = 16;

/// Pointers that are few.
pub const SMALL: usize = 32;

/// All levels.
pub const ALL: u8 = u8::MAX;

/// Pointers compared in the time of a look.
const POINTERS: usize = 32;

/// A variable's object, and what is to be looked at for it.
#[derive(Default)]
pub struct Root {
    /// Its number.
    pub id: u64,
    /// Address, depth and level of objects, in the order of their levels.
    pub queue: VecDeque<(usize, u8, u8)>,
    /// Roots that were first at something that this one holds too.
    pub waits: Vec<u32>,
    /// Not all that it holds could be looked at.
    pub open: bool,
    /// Looks that it gets in any case.
    pub free: u8,
}

/// What is to be looked at again, and what that may cost.
pub struct Recheck {
    /// The first `count` are those of this pass.
    pub roots: Vec<Root>,
    pub count: usize,
    /// The one that is looked at.
    pub root: usize,
    /// Which pass this is.
    pub pass: u32,
    /// How far from a variable the object is that is looked at: a variable's own is at 1.
    pub level: u8,
    /// What is found waits for `look_again`.
    pub holding: bool,
    pub waiting: bool,
    pub credit: i64,
    /// Looks that every root gets.
    pub free: u8,
    /// Looks to come by time and events; none if the credit is fixed.
    pub grants: bool,
    /// The nearest level that could not be looked at.
    pub cut: u8,
    pub since: u64,
    pub clock: u32,
}

impl Recheck {
    /// With this many looks, and no more to come; `None`: as time goes by.
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

    /// Whether there are no looks left.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.credit <= 0
    }

    /// Whether something waits, or could not be looked at.
    #[inline(always)]
    pub fn has_news(&self) -> bool {
        self.waiting || self.cut != ALL
    }

    /// Takes a look where there is one.
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

    /// A look at so many pointers was taken.
    #[inline(always)]
    pub fn spend(&mut self, pointers: usize) {
        self.credit -= 1 + (pointers / POINTERS) as i64;
    }

    /// A look begins at what a variable holds, or at a namespace, which holds variables.
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

    /// The pass and the root that an object is looked at for.
    #[inline(always)]
    pub fn place(&self) -> (u32, u32) {
        (self.pass, self.root as u32)
    }

    /// An object is met that was looked at already: where that was for another root, what it holds may be still to come.
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
        // What a namespace holds are variables.
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

    /// The numbers of the objects that were looked at with all they hold.
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

/// The next level; those that are too deep to count are one, which is not [`ALL`].
fn below(level: u8) -> u8 {
    level.saturating_add(1).min(ALL - 1)
}
