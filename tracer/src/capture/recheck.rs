//! Looking again, within bounds: what something unknown may have changed, the nearest objects first.
//!
//! After something unknown has run, everything visible may be another. Looking at all of it each time would cost a
//! program that holds much and calls libraries often hundreds of times its own time. So a look costs *credit*, which
//! comes with the program's own time and events. Where it runs out, the rest stays as it was last seen, and the
//! recording says down to which level it is sure.

use connie_wire::ticks;

use super::Capture;
use super::state::{ALL, MAX_CREDIT, TICKS, Tracked};
use crate::raw::{self, Obj};
use crate::types::Class;

/// Ticks of the program's own time that pay for a look.
const PRICE: u64 = 2 * TICKS;
/// Up to 3.11 trace functions are called for library code too: about half of what looks like the program's own time
/// is theirs.
const TRACED_PRICE: u64 = 2 * PRICE;
/// Looks that an event pays for: about as long as the event takes.
const PER_EVENT: i64 = 8;
/// Objects that are looked at for a root before it is another's turn.
const SHARE: usize = 8;

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
        if own.credit < MAX_CREDIT / 2 && own.grants {
            let now = ticks();
            let price = if raw::layout().minor < 12 { TRACED_PRICE } else { PRICE };
            let time = (now.wrapping_sub(own.since) / price).min(MAX_CREDIT as u64) as i64;
            let events = i64::from(self.clock.wrapping_sub(own.clock));
            own.credit = (own.credit + time + PER_EVENT * events).min(MAX_CREDIT);
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
        if self.recheck.credit < MAX_CREDIT / 2 {
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
