//! Reads objects again within bounds after code with unknown effects, the nearest objects first.
//!
//! After such code has run, every visible object may have changed. Reading all of them each time would slow down a
//! program that holds many objects and often calls libraries by a factor of hundreds. So each read costs *credit*,
//! which is earned by the program's own time and events. When it runs out, the other objects stay as they were last
//! seen, and the recording stores down to which level values are up to date.

use connie_wire::ticks;

use super::Capture;
use super::state::{ALL, MAX_CREDIT, TICKS, Tracked};
use crate::raw::{self, Obj};
use crate::types::Class;

/// Ticks of the program's own time that pay for one read.
const PRICE: u64 = 2 * TICKS;
/// The same up to 3.11, where trace functions are called for library code too, and take about half of what looks like
/// the program's own time.
const TRACED_PRICE: u64 = 2 * PRICE;
/// Ticks that pay for one read where lines are not recorded, which is done to save time: the reads take a tenth of it.
pub const THIN_PRICE: u64 = 8 * PRICE;
/// Number of reads that an event pays for: they take about as long as the event.
const PER_EVENT: i64 = 8;
/// Number of objects that are read for one root before the next root's turn.
const SHARE: usize = 8;

impl Capture {
    /// Handles a known object that may have changed. Reads it now or, if it contains containers, later.
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

    /// From here to [`Self::look_again`], objects to be read are collected, so that all variables get their share.
    #[inline(always)]
    pub fn collect(&mut self) {
        let own = &mut self.recheck;
        (own.holding, own.count, own.pass) = (true, 0, own.pass.wrapping_add(1));
    }

    /// Reads the objects that were put off, unless they are being collected.
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

    /// Reads the objects that were collected.
    ///
    /// # Safety
    /// As for [`Self::settle`].
    #[inline(always)]
    pub unsafe fn look_again(&mut self) {
        self.recheck.holding = false;
        // SAFETY: the caller's promise.
        unsafe { self.settle() };
    }

    /// Ends what [`Self::collect`] began, if nothing has been collected.
    #[inline(always)]
    pub fn has_looked(&mut self) {
        self.recheck.holding = false;
        self.shared.looking = false;
    }

    #[inline(never)]
    unsafe fn work_off(&mut self) {
        let (began, before) = (ticks(), self.recheck.credit);
        self.recheck.waiting = false;
        // All roots get their share, so that small ones are done soon.
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
            // Reads of large objects, or of a library's, take longer than estimated.
            let taken = (ticks().wrapping_sub(began) / TICKS) as i64;
            self.recheck.credit = self.recheck.credit.min(before - taken);
        }
    }

    /// Reads one object that was put off.
    #[inline]
    unsafe fn work_on(&mut self, address: usize, depth: u8) {
        // SAFETY: entries are boxed; what held the object when it was put off still does.
        unsafe {
            let Some(entry) = self.entry(address as Obj) else { return };
            if (*entry).epoch == self.late.epoch && (*entry).depth >= depth {
                return self.recheck.meet(&*entry);
            }
            if !self.recheck.takes(&*entry) {
                // The level counts from the object itself.
                self.recheck.level -= 1;
                return self.recheck.refused();
            }
            self.nesting = 1;
            self.refresh_now(entry, address as Obj, depth.max((*entry).depth));
            self.leave();
        }
    }

    /// The numbers of objects that were read with everything they contain, if others could not be read.
    pub fn closed(&mut self) -> Vec<u64> {
        self.recheck.closed()
    }

    /// The nearest level that could not be read since the last call; [`ALL`] if there was none.
    #[inline(always)]
    pub fn take_cut(&mut self) -> u8 {
        std::mem::replace(&mut self.recheck.cut, ALL)
    }

    /// The number of reads that can be paid for, updated by the time that has passed.
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

    /// The number of reads that can be paid for, without the time since the last update.
    #[inline]
    pub fn left(&self) -> i64 {
        self.recheck.credit
    }

    /// Notes that the time until now was spent on reads, and pays for none.
    #[inline]
    pub fn paid(&mut self) {
        if self.recheck.credit < MAX_CREDIT / 2 {
            self.recheck.since = ticks();
        }
    }

    /// Allows only this many reads beside the variables' own objects, until [`Self::unlimit`] is called with the result.
    /// `None` if the number of reads is fixed.
    #[inline]
    pub fn limit(&mut self, reads: i64) -> Option<(i64, u8)> {
        let own = &mut self.recheck;
        own.grants.then(|| (std::mem::replace(&mut own.credit, reads), std::mem::replace(&mut own.free, 0)))
    }

    /// Ends what [`Self::limit`] began. Returns the number of reads that are left.
    #[inline]
    pub fn unlimit(&mut self, before: (i64, u8)) -> i64 {
        let own = &mut self.recheck;
        own.free = before.1;
        std::mem::replace(&mut own.credit, before.0)
    }

    /// Allows any number of reads until [`Self::lend`] is called with the returned credit.
    pub fn borrow(&mut self) -> i64 {
        std::mem::replace(&mut self.recheck.credit, i64::MAX / 2)
    }

    /// Ends what [`Self::borrow`] began: the reads made meanwhile are subtracted from the credit.
    pub fn lend(&mut self, credit: i64) {
        self.recheck.credit = credit - (i64::MAX / 2 - self.recheck.credit);
    }
}
