//! Looking again, within bounds: what something unknown may have changed, the nearest objects first.
//!
//! After something unknown has run, everything visible may be another. Looking at all of it each time would cost a
//! program that holds much and calls libraries often hundreds of times its own time. So a look costs *credit*, which
//! comes with the program's own time and events. Where it runs out, the rest stays as it was last seen, and the
//! recording says down to which level it is sure.

use std::collections::VecDeque;

use connie_wire::ticks;

use super::{Capture, Tracked};
use crate::raw::Obj;
use crate::types::Class;

/// Looks that a program has ahead: about 50 ms.
const MOST: i64 = 1 << 20;
/// Ticks of the program's own time that pay for a look; a look takes about two.
const TICKS: u64 = 2;
/// Looks that an event pays for: about as long as the event takes.
const PER_EVENT: i64 = 8;
/// Pointers compared in the time of a look.
const POINTERS: usize = 32;
/// All levels.
pub const ALL: u8 = u8::MAX;

/// What is to be looked at again, and what that may cost.
pub(super) struct Recheck {
    /// Address, depth and level of objects, in the order of their levels.
    queue: VecDeque<(usize, u8, u8)>,
    /// How far from a variable the object is that is looked at: a variable's own is at 1.
    pub(super) level: u8,
    /// What is found waits for [`Capture::look_again`].
    holding: bool,
    credit: i64,
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
            queue: VecDeque::new(),
            level: 1,
            holding: false,
            credit: fixed.unwrap_or(MOST),
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

    /// A look at so many pointers was taken.
    #[inline(always)]
    pub(super) fn spend(&mut self, pointers: usize) {
        self.credit -= 1 + (pointers / POINTERS) as i64;
    }

    #[cold]
    fn refused(&mut self) {
        self.cut = self.cut.min(self.level.saturating_add(1));
    }
}

impl Capture {
    /// An object that is known may have changed: looks at it now or, if it has contents that have contents, later.
    ///
    /// # Safety
    /// `tracked` is the entry of `object`, which is live.
    #[inline]
    pub(super) unsafe fn put_off(&mut self, tracked: *mut Tracked, object: Obj, depth: u8) {
        if self.recheck.is_empty() {
            return self.recheck.refused();
        }
        // SAFETY: the caller's promise; entries are boxed.
        unsafe {
            if (*tracked).leaf && (*tracked).depth >= depth && !matches!((*(*tracked).info).class, Class::Encoded(_)) {
                self.refresh_now(tracked, object, depth);
            } else {
                let level = self.recheck.level.saturating_add(1);
                self.recheck.queue.push_back((object as usize, depth, level));
            }
        }
    }

    /// From here to [`Self::look_again`] what has to be looked at is collected, that all variables get their share.
    #[inline(always)]
    pub fn collect(&mut self) {
        self.recheck.holding = true;
    }

    /// Looks at what was put off, unless it is being collected.
    ///
    /// # Safety
    /// No code of the program has run since that was found.
    #[inline(always)]
    pub(super) unsafe fn settle(&mut self) {
        if !self.recheck.holding && !self.recheck.queue.is_empty() {
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
        while let Some((address, depth, level)) = self.recheck.queue.pop_front() {
            let Some(entry) = self.objects.get_mut(&address).map(|entry| &raw mut **entry) else { continue };
            // SAFETY: entries are boxed; what held the object when it was put off still does.
            unsafe {
                if (*entry).epoch == self.epoch && (*entry).depth >= depth {
                    continue;
                }
                if self.recheck.is_empty() {
                    // The queue is in the order of levels: this is the nearest.
                    self.recheck.cut = self.recheck.cut.min(level);
                    self.recheck.queue.clear();
                    break;
                }
                self.nesting = 1;
                self.recheck.level = level;
                self.refresh_now(entry, address as Obj, depth.max((*entry).depth));
                self.leave();
            }
        }
        if self.recheck.grants {
            // Looks at large or foreign things take longer than they were counted for.
            let taken = (ticks().wrapping_sub(began) / TICKS) as i64;
            self.recheck.credit = self.recheck.credit.min(before - taken);
        }
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
            let time = (now.wrapping_sub(own.since) / TICKS).min(MOST as u64) as i64;
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
