//! Looking again, within bounds: what something unknown may have changed, the nearest objects first.
//!
//! After something unknown has run, everything visible may be another. Looking at all of it each time would cost a
//! program that holds much and calls libraries often hundreds of times its own time. So a look costs *credit*, which
//! comes with the program's own time and events. Where it runs out, the rest stays as it was last seen, and the
//! recording says down to which level it is sure.

use std::collections::VecDeque;

use connie_wire::ticks;

use super::{Capture, Tracked};
use crate::raw::{self, Obj};
use crate::types::Class;

/// Looks that a program has ahead: about 50 ms.
const MOST: i64 = 1 << 20;
/// Ticks that a look takes, about.
const TICKS: u64 = 2;
/// Ticks of the program's own time that pay for a look.
const PRICE: u64 = 2 * TICKS;
/// Up to 3.11 trace functions are called for library code too: about half of what looks like the program's own time
/// is theirs.
const TRACED_PRICE: u64 = 2 * PRICE;
/// Looks that an event pays for: about as long as the event takes.
const PER_EVENT: i64 = 8;
/// Pointers compared in the time of a look.
const POINTERS: usize = 32;
/// Looks that every variable gets, at what holds few pointers: small values are always known.
const FREE: u8 = 16;
/// Pointers that are few.
pub(super) const SMALL: usize = 32;
/// Objects that are looked at for a root before it is another's turn.
const SHARE: usize = 8;
/// All levels.
pub const ALL: u8 = u8::MAX;

/// A variable's object, and what is to be looked at for it.
#[derive(Default)]
struct Root {
    /// Its number.
    id: u64,
    /// Address, depth and level of objects, in the order of their levels.
    queue: VecDeque<(usize, u8, u8)>,
    /// Roots that were first at something that this one holds too.
    waits: Vec<u32>,
    /// Not all that it holds could be looked at.
    open: bool,
    /// Looks that it gets in any case.
    free: u8,
}

/// What is to be looked at again, and what that may cost.
pub(super) struct Recheck {
    /// The first `count` are those of this pass.
    roots: Vec<Root>,
    count: usize,
    /// The one that is looked at.
    root: usize,
    /// Which pass this is.
    pass: u32,
    /// How far from a variable the object is that is looked at: a variable's own is at 1.
    level: u8,
    /// What is found waits for [`Capture::look_again`].
    holding: bool,
    waiting: bool,
    credit: i64,
    /// Looks that every root gets.
    free: u8,
    /// Looks to come by time and events; none where the credit is fixed.
    grants: bool,
    /// The nearest level that could not be looked at.
    cut: u8,
    since: u64,
    clock: u32,
}

impl Recheck {
    /// With this many looks, and no more to come; `None`: as time goes by.
    pub(super) fn new(fixed: Option<i64>) -> Self {
        Self {
            roots: Vec::new(),
            count: 0,
            root: 0,
            pass: 1,
            level: 1,
            holding: false,
            waiting: false,
            credit: fixed.unwrap_or(MOST),
            free: if fixed == Some(0) { 0 } else { FREE },
            grants: fixed.is_none(),
            cut: ALL,
            since: ticks(),
            clock: 0,
        }
    }

    /// Whether there are no looks left.
    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.credit <= 0
    }

    /// Whether something waits, or could not be looked at.
    #[inline(always)]
    pub(super) fn has_news(&self) -> bool {
        self.waiting || self.cut != ALL
    }

    /// Takes a look where there is one.
    #[inline(always)]
    fn takes(&mut self, tracked: &Tracked) -> bool {
        self.credit > 0 || tracked.items.len() <= SMALL && self.takes_free()
    }

    #[inline(never)]
    fn takes_free(&mut self) -> bool {
        let Some(root) = self.roots.get_mut(self.root) else { return false };
        root.free.checked_sub(1).is_some_and(|left| {
            root.free = left;
            true
        })
    }

    /// A look at so many pointers was taken.
    #[inline(always)]
    pub(super) fn spend(&mut self, pointers: usize) {
        self.credit -= 1 + (pointers / POINTERS) as i64;
    }

    /// A look begins at what a variable holds, or at a namespace, which holds variables.
    #[inline]
    pub(super) fn begin(&mut self, tracked: &Tracked) {
        self.level = u8::from(!tracked.namespace);
        if !self.holding {
            (self.pass, self.count) = (self.pass.wrapping_add(1), 0);
        }
        self.add(tracked.id);
    }

    #[inline]
    fn add(&mut self, id: u64) {
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
    pub(super) fn place(&self) -> (u32, u32) {
        (self.pass, self.root as u32)
    }

    /// An object is met that was looked at already: where that was for another root, what it holds may be still to come.
    #[inline(always)]
    pub(super) fn meet(&mut self, tracked: &Tracked) {
        if tracked.pass == self.pass && tracked.root as usize != self.root && !tracked.leaf {
            self.wait_for(tracked.root);
        }
    }

    #[inline(never)]
    fn wait_for(&mut self, other: u32) {
        if let Some(root) = self.roots.get_mut(self.root)
            && root.waits.last() != Some(&other)
        {
            root.waits.push(other);
        }
    }

    fn put_off(&mut self, id: u64, address: usize, depth: u8) {
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
    pub(super) fn refused(&mut self) {
        self.cut = self.cut.min(below(self.level));
        if let Some(root) = self.roots.get_mut(self.root) {
            root.open = true;
        }
    }

    /// The numbers of the objects that were looked at with all they hold.
    fn closed(&mut self) -> Vec<u64> {
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

impl Capture {
    /// An object that is known may have changed: looks at it now or, if it has contents that have contents, later.
    ///
    /// # Safety
    /// `tracked` is the entry of `object`, which is live.
    #[inline]
    pub(super) unsafe fn put_off(&mut self, tracked: *mut Tracked, object: Obj, depth: u8) {
        // SAFETY: the caller's promise.
        if !self.recheck.takes(unsafe { &*tracked }) {
            return self.recheck.refused();
        }
        // SAFETY: the caller's promise; entries are boxed.
        unsafe {
            if (*tracked).leaf && (*tracked).depth >= depth && !matches!((*(*tracked).info).class, Class::Encoded(_)) {
                self.refresh_now(tracked, object, depth);
            } else {
                self.recheck.put_off((*tracked).id, object as usize, depth);
            }
        }
    }

    /// From here to [`Self::look_again`] what has to be looked at is collected, that all variables get their share.
    #[inline(always)]
    pub fn collect(&mut self) {
        let own = &mut self.recheck;
        (own.holding, own.count, own.pass) = (true, 0, own.pass.wrapping_add(1));
    }

    /// Looks at what was put off, unless it is being collected.
    ///
    /// # Safety
    /// No code of the program has run since that was found.
    #[inline(always)]
    pub(super) unsafe fn settle(&mut self) {
        if !self.recheck.holding && self.recheck.waiting {
            // SAFETY: the caller's promise.
            unsafe { self.work_off() };
        }
    }

    /// Looks at what was collected.
    ///
    /// # Safety
    /// As for [`Self::settle`].
    #[inline(always)]
    pub unsafe fn look_again(&mut self) {
        self.recheck.holding = false;
        // SAFETY: the caller's promise.
        unsafe { self.settle() };
    }

    #[inline(never)]
    unsafe fn work_off(&mut self) {
        let (began, before) = (ticks(), self.recheck.credit);
        self.recheck.waiting = false;
        // All roots get their share: small ones are done soon.
        let mut next = 0;
        let mut idle = 0;
        while idle < self.recheck.count {
            let n = next % self.recheck.count;
            next += 1;
            idle += 1;
            for _ in 0..SHARE {
                let Some((address, depth, level)) = self.recheck.roots[n].queue.pop_front() else { break };
                idle = 0;
                (self.recheck.root, self.recheck.level) = (n, level);
                // SAFETY: nothing of the program runs meanwhile.
                unsafe { self.work_on(address, depth) };
            }
        }
        self.recheck.waiting = false;
        if self.recheck.grants {
            // Looks at large or foreign things take longer than they were counted for.
            let taken = (ticks().wrapping_sub(began) / TICKS) as i64;
            self.recheck.credit = self.recheck.credit.min(before - taken);
        }
    }

    /// Looks at one object that was put off.
    #[inline]
    unsafe fn work_on(&mut self, address: usize, depth: u8) {
        // SAFETY: entries are boxed; what held the object when it was put off still does.
        unsafe {
            let Some(entry) = self.entry(address as Obj) else { return };
            if (*entry).epoch == self.late.epoch && (*entry).depth >= depth {
                return self.recheck.meet(&*entry);
            }
            if !self.recheck.takes(&*entry) {
                // It is at this level itself.
                self.recheck.level -= 1;
                return self.recheck.refused();
            }
            self.nesting = 1;
            self.refresh_now(entry, address as Obj, depth.max((*entry).depth));
            self.leave();
        }
    }

    /// The numbers of the objects that the pass looked at with all they hold, where that was not possible with others.
    pub fn closed(&mut self) -> Vec<u64> {
        self.recheck.closed()
    }

    /// The nearest level that could not be looked at since this was last asked; [`ALL`] where there was none.
    #[inline(always)]
    pub fn take_cut(&mut self) -> u8 {
        std::mem::replace(&mut self.recheck.cut, ALL)
    }

    /// How many looks there are now.
    #[inline]
    pub fn credit(&mut self) -> i64 {
        let own = &mut self.recheck;
        if own.credit < MOST / 2 && own.grants {
            let now = ticks();
            let price = if raw::layout().minor < 12 { TRACED_PRICE } else { PRICE };
            let time = (now.wrapping_sub(own.since) / price).min(MOST as u64) as i64;
            let events = i64::from(self.clock.wrapping_sub(own.clock));
            own.credit = (own.credit + time + PER_EVENT * events).min(MOST);
            (own.since, own.clock) = (now, self.clock);
        }
        own.credit
    }

    /// How many looks are left, the time since they were last counted aside.
    #[inline]
    pub fn left(&self) -> i64 {
        self.recheck.credit
    }

    /// The time until now was spent on looks: it pays for none.
    #[inline]
    pub fn paid(&mut self) {
        if self.recheck.credit < MOST / 2 {
            self.recheck.since = ticks();
        }
    }

    /// Looks whatever it takes, until [`Self::lend`] is called with what this returned.
    pub fn borrow(&mut self) -> i64 {
        std::mem::replace(&mut self.recheck.credit, i64::MAX / 2)
    }

    /// Goes back to counting: what was borrowed is owed.
    pub fn lend(&mut self, credit: i64) {
        self.recheck.credit = credit - (i64::MAX / 2 - self.recheck.credit);
    }
}
