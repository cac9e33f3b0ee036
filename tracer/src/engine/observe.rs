//! Finds and writes what changed since a frame's last event.

use connie_wire::codec::Sink;
use connie_wire::op::put;
use connie_wire::ring::Room;
use connie_wire::value::tag;

use super::Engine;
use super::frame::{Frame, drop_held, hold, hold_quick};
use crate::capture::{ALL, DIRECT, Quick, put_direct};
use crate::code::CodeInfo;
use crate::plan::LinePlan;
use crate::raw::{self, Obj, field};

/// Many slots are compared in groups of this size: a processor does that at once, and most groups have not changed.
const GROUP: usize = 8;

/// The number of slots from which on groups are faster.
const MANY: usize = 24;

/// The number of slots, in whole groups, before the first group that is not as it was seen (without the low bits).
///
/// # Safety
/// There are as many slots, and as many were seen.
#[inline(never)]
unsafe fn equal_groups(slots: *const usize, seen: *const usize, count: usize) -> usize {
    // SAFETY: the caller's promise.
    let difference = |n| unsafe { *slots.add(n) ^ *seen.add(n) };
    let is_equal = |first: &usize| (0..GROUP).fold(0, |all, n| all | difference(first + n)) & !1 == 0;
    let groups = count / GROUP * GROUP;
    (0..groups).step_by(GROUP).find(|first| !is_equal(first)).unwrap_or(groups)
}

/// Whether slots are as they were seen, without the low bits.
///
/// # Safety
/// As for [`equal_groups`].
#[inline(never)]
unsafe fn are_all_equal(slots: *const usize, seen: *const usize, count: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let equal = equal_groups(slots, seen, count);
        (equal..count).all(|n| (*slots.add(n) ^ *seen.add(n)) & !1 == 0)
    }
}

impl Engine {
    /// As [`Self::observe`], not inlined, for slow paths.
    #[inline(never)]
    pub(super) unsafe fn observe_now(&mut self, frame: *mut Frame) {
        // SAFETY: the caller's promise.
        unsafe { self.observe(frame) }
    }

    /// Writes what changed since the frame's last event, when its line is done.
    #[inline(always)]
    pub(super) unsafe fn observe(&mut self, frame: *mut Frame) {
        // SAFETY: as in `look`.
        unsafe {
            if (*(*frame).plan).again {
                self.judge_again(frame);
            }
            if (*frame).pending || !(*frame).unknown_calls.is_empty() {
                if (*(*frame).code).is_thin() {
                    return self.capture.advance();
                }
                (*frame).pending = false;
                (*frame).unknown_calls.clear();
                (*frame).delegate = (0, 0);
                self.capture.advance();
            }
            self.look(frame, false);
            if !(*frame).results.is_empty() {
                self.drop_results(frame);
            }
        }
    }

    /// Checks again a line whose effects depend on names that it assigns itself, or on objects that its callees assign.
    #[inline(always)]
    unsafe fn judge_again(&mut self, frame: *mut Frame) {
        // SAFETY: as in `look`.
        unsafe {
            if (*(*frame).plan).rebinds && !(*frame).pending && self.is_pending(frame) {
                (*frame).pending = true;
            }
            if !(*frame).paths.is_empty() {
                self.leave_paths(frame);
            }
        }
    }

    /// Writes what changed since the frame's last event. Its line may still be running.
    #[inline(always)]
    pub(super) unsafe fn look(&mut self, frame: *mut Frame, partial: bool) {
        // SAFETY: `frame` is on the stack and its interpreter frame alive.
        unsafe {
            if !(*(*frame).plan).idle || !self.is_as_seen(frame, &*(*frame).code) {
                self.look_closely(frame, partial);
            }
        }
    }

    /// The same for a frame that may have changed.
    #[inline(never)]
    unsafe fn look_closely(&mut self, frame: *mut Frame, partial: bool) {
        // SAFETY: as in `look`.
        unsafe {
            let (code, plan) = (&*(*frame).code, &*(*frame).plan);
            if (*frame).sure != ALL {
                self.try_again(frame);
            }
            self.capture.collect();
            if code.namespace {
                self.observe_names(frame, plan, (*frame).namespace, partial);
            }
            self.observe_slots(frame, code, plan, partial);
            if plan.globals {
                let globals: Obj = field((*frame).ptr, raw::layout().frame_globals);
                self.observe_names(frame, plan, globals, partial);
            }
            self.check_all(frame, plan, partial);
        }
        // SAFETY: as above.
        unsafe {
            if (*frame).epoch == self.capture.late.epoch && !self.capture.has_news() {
                self.capture.has_looked();
                ((*frame).fresh, (*frame).told) = (0, self.capture.told());
            } else {
                self.look_further(frame, &*(*frame).code, partial);
            }
        }
    }

    /// Reads what is visible from a frame and may have been changed by others, and writes what is up to date then.
    #[inline(never)]
    unsafe fn look_further(&mut self, frame: *mut Frame, code: &CodeInfo, partial: bool) {
        let mut credit = None;
        // SAFETY: as in `look`.
        unsafe {
            if (*frame).epoch != self.capture.late.epoch && !(partial && (*frame).pending) {
                credit = Some(self.capture.credit());
                self.verify(frame, code);
            } else if self.capture.has_new_standing() {
                self.observe_context(frame);
            }
            self.capture.look_again();
            if self.capture.has_stale_views() {
                self.freshen_views(frame, code);
            }
        }
        if self.capture.take_shared_change() || self.capture.has_stale_views() {
            self.capture.advance();
            self.capture.collect();
            credit = credit.or_else(|| Some(self.capture.credit()));
            // SAFETY: as in `look`.
            unsafe {
                self.verify(frame, code);
                self.capture.look_again();
            }
            self.capture.shared_is_seen();
            self.capture.forget_views();
        }
        // SAFETY: as in `look`.
        unsafe {
            ((*frame).fresh, (*frame).told) = (0, self.capture.told());
            if credit.is_some() {
                self.say_sure(frame, credit);
            } else {
                self.say_cut(frame);
            }
        }
    }

    /// Whether a read cannot find anything: the line changed no variable, and no code with unknown effects has run.
    #[inline(always)]
    unsafe fn is_as_seen(&self, frame: *mut Frame, code: &CodeInfo) -> bool {
        // SAFETY: as in `look`; the frame has `code.slots` slots.
        unsafe {
            let calm = code.plain
                && (*frame).sure == ALL
                && (*frame).epoch == self.capture.late.epoch
                && !code.namespace
                && !self.capture.has_news();
            let seen = (*frame).seen.as_ptr();
            let slots = (*frame).ptr.add(raw::layout().frame_slots).cast::<usize>();
            calm && if code.slots < MANY {
                (0..code.slots).all(|n| (*slots.add(n) ^ *seen.add(n)) & !1 == 0)
            } else {
                are_all_equal(slots, seen, code.slots)
            }
        }
    }

    /// Memory was written that several objects show: reads those that are likely to be affected.
    #[cold]
    unsafe fn freshen_views(&mut self, frame: *mut Frame, code: &CodeInfo) {
        // SAFETY: as in `observe`; what a slot was seen to hold, it holds.
        unsafe {
            for n in 0..code.slots {
                let seen = (&(*frame).seen)[n];
                if seen & 1 == 0 && seen != 0 && !code.secret[n] {
                    self.capture.freshen(seen as Obj);
                }
            }
        }
    }

    #[inline(always)]
    pub(super) unsafe fn observe_slots(&mut self, frame: *mut Frame, code: &CodeInfo, plan: &LinePlan, partial: bool) {
        // SAFETY: as in `observe`.
        unsafe {
            let changed = if code.plain {
                self.plain_slots_changed(frame, code)
            } else {
                self.slots_changed(frame, code, plan, partial)
            };
            (*frame).fresh = self.named_slots_changed(frame, code, plan, changed);
        }
    }

    /// Compares all slots of a frame without cells. Returns a bit for each changed slot of the first 64.
    #[inline(always)]
    unsafe fn plain_slots_changed(&mut self, frame: *mut Frame, code: &CodeInfo) -> u64 {
        // SAFETY: as in `observe`; the frame has `code.slots` slots.
        unsafe {
            if code.slots < MANY {
                return self.slots_changed_in(frame, code, 0, code.slots);
            }
            self.many_slots_changed(frame, code)
        }
    }

    #[inline(never)]
    unsafe fn many_slots_changed(&mut self, frame: *mut Frame, code: &CodeInfo) -> u64 {
        let (mut first, mut changed) = (0, 0);
        // SAFETY: as in `observe`; the frame has `code.slots` slots.
        unsafe {
            let seen = (*frame).seen.as_ptr();
            let slots = (*frame).ptr.add(raw::layout().frame_slots).cast::<usize>();
            while first < code.slots {
                first += equal_groups(slots.add(first), seen.add(first), code.slots - first);
                let end = code.slots.min(first + GROUP);
                changed |= self.slots_changed_in(frame, code, first, end);
                first = end;
            }
        }
        changed
    }

    /// Compares some slots of a frame without cells.
    #[inline(always)]
    unsafe fn slots_changed_in(&mut self, frame: *mut Frame, code: &CodeInfo, first: usize, end: usize) -> u64 {
        let mut changed = 0u64;
        // SAFETY: as in `observe`; the frame has these slots.
        unsafe {
            let seen = (*frame).seen.as_ptr();
            let slots = (*frame).ptr.add(raw::layout().frame_slots).cast::<usize>();
            for n in first..end {
                let now = *slots.add(n) & !1;
                if now != *seen.add(n) & !1 {
                    self.slot_changed(frame, code, n, now as Obj);
                    changed |= 1 << (n & 63);
                }
            }
        }
        changed
    }

    /// The same for a frame that may have cells.
    #[inline(never)]
    unsafe fn slots_changed(&mut self, frame: *mut Frame, code: &CodeInfo, plan: &LinePlan, partial: bool) -> u64 {
        let mut changed = 0u64;
        for n in 0..code.slots {
            // SAFETY: as in `observe`; the frame has `code.slots` slots.
            let (now, seen) = unsafe { (Frame::slot(frame, n), (&(*frame).seen)[n]) };
            // SAFETY: as in `observe`; `now` is what the slot holds.
            let other = code.cells[n] && unsafe { self.is_other_in_cell(frame, n, now) };
            if now as usize != seen & !1 || other {
                // SAFETY: as in `observe`; `now` is what the slot holds.
                unsafe { self.cell_or_slot_changed(frame, code, n, now, (plan, other)) };
                changed |= 1 << (n & 63);
            }
        }
        // SAFETY: as in `observe`; the frame has as many slots as its code has cells.
        unsafe {
            for &slot in plan.updated.iter().filter(|slot| code.cells.get(**slot as usize) == Some(&true)) {
                // A callee may have put another object there meanwhile.
                self.capture.touch(Frame::slot(frame, slot as usize));
            }
            // The next event is this frame's own, unless another frame is about to begin.
            (*frame).seen_at = self.capture.late.steps + u64::from(!partial);
        }
        changed
    }

    /// Handles a slot with another value or, if `other`, another object at the same address.
    #[inline(always)]
    unsafe fn cell_or_slot_changed(
        &mut self,
        frame: *mut Frame,
        code: &CodeInfo,
        n: usize,
        now: Obj,
        (plan, other): (&LinePlan, bool),
    ) {
        // SAFETY: as in `observe`; `now` is what the slot holds.
        unsafe {
            // Other code changed it, perhaps some time ago.
            let late = code.cells[n] && !plan.slots.contains(&(n as u32));
            if late {
                self.capture.tell_late_slot((*frame).id, n, (*frame).seen_at);
            }
            self.slot_changed(frame, code, n, now);
            if code.cells[n] {
                self.keep_cell_value(frame, n, now);
                self.tell_sharers(frame, n, now, late, other);
            }
        }
    }

    /// Checks the slots that the line names, without those that changed already. Returns which have changed then.
    #[inline(always)]
    unsafe fn named_slots_changed(
        &mut self,
        frame: *mut Frame,
        code: &CodeInfo,
        plan: &LinePlan,
        mut changed: u64,
    ) -> u64 {
        // SAFETY: as in `observe`; what a slot was seen to hold, it holds.
        unsafe {
            for &slot in &plan.slots {
                let n = slot as usize;
                let seen = &(*frame).seen;
                let Some(&before) = seen.get(n) else { continue };
                if before & 1 == 1 || before == 0 || (n < 64 && changed & (1 << n) != 0) {
                    continue;
                }
                // The address is equal, but the object was not held: another one may have its address.
                let now = before as Obj;
                if self.is_other_value(frame, now) {
                    changed |= 1 << (n & 63);
                    self.slot_changed(frame, code, n, now);
                } else {
                    self.capture.touch(now);
                }
            }
        }
        changed
    }

    /// Whether the object of a variable got a number after the variable was last written.
    unsafe fn is_renumbered(&mut self, frame: *mut Frame, object: Obj) -> bool {
        // SAFETY: `object` is live.
        unsafe { self.capture.knows(object) && self.capture.is_other((*frame).told, object) }
    }

    /// Whether a variable may hold another object at the same address.
    unsafe fn is_other_value(&mut self, frame: *mut Frame, now: Obj) -> bool {
        // SAFETY: as in `observe`; `now` is live or null.
        unsafe {
            if now.is_null() {
                return true;
            }
            let ty = raw::type_of(now);
            raw::is_str(ty) || raw::is_bytes(ty) || raw::is_tuple(ty) || self.capture.is_other((*frame).told, now)
        }
    }

    #[inline]
    pub(super) unsafe fn slot_changed(&mut self, frame: *mut Frame, code: &CodeInfo, n: usize, now: Obj) {
        // SAFETY: as in `observe`; `now` is live or null. Nothing else is written while the room is used.
        unsafe {
            if !(now.is_null() || code.secrets && code.secret[n]) {
                let mut room = self.capture.ring.room(16 + DIRECT);
                put::slot(&mut room, n as u32, |_| ());
                let put = self.capture.put_quick(&mut room, now, self.capture.limits.depth);
                if put != Quick::Not {
                    self.capture.ring.commit(room);
                    let before = std::mem::replace(&mut (&mut (*frame).seen)[n], hold_quick(now, put));
                    return drop_held(before);
                }
            }
            self.put_changed_slot(frame, code, n, now);
        }
    }

    /// The same for a value that has to be read.
    #[inline(never)]
    unsafe fn put_changed_slot(&mut self, frame: *mut Frame, code: &CodeInfo, n: usize, now: Obj) {
        // SAFETY: as in `observe`; `now` is live or null.
        let direct = unsafe {
            let before = (&(*frame).seen)[n];
            (&mut (*frame).seen)[n] = hold(now);
            drop_held(before);
            let depth = self.capture.limits.depth;
            if now.is_null() || code.secret[n] { None } else { self.capture.direct(now, depth) }
        };
        if let Some(number) = direct {
            let ring = &mut self.capture.ring;
            // SAFETY: `direct` has numbered it.
            let value = |out: &mut Room| unsafe { put_direct(out, now, number) };
            return ring.write(16 + DIRECT, |out| put::slot(out, n as u32, value));
        }
        let mut out = self.capture.buffer();
        if now.is_null() {
            out.put(tag::UNBOUND);
        } else {
            // SAFETY: it is live.
            unsafe { self.put_slot(code, n, now, &mut out) };
        }
        self.capture.put_slot(n as u32, &out);
        self.capture.give_back(out);
    }

    /// Reads the names that a line assigns in a namespace; all of them if it may have assigned others.
    #[inline(always)]
    unsafe fn observe_names(&mut self, frame: *mut Frame, plan: &LinePlan, namespace: Obj, partial: bool) {
        // SAFETY: a frame's namespaces are dicts, or null, that live as long as it does, and so do the names of its code.
        unsafe {
            if namespace.is_null() {
                return;
            }
            if partial || plan.dirty || plan.names.is_empty() {
                return self.capture.touch(namespace);
            }
            let names = raw::tuple_items((*(*frame).code).names);
            let alone = plan.checks.is_empty();
            self.capture.touch_names(namespace, plan.names.iter().map(|name| names[*name as usize]), alone);
        }
    }

    /// Reads everything that is visible from a frame, after code with unknown effects has run.
    #[inline(never)]
    pub(super) unsafe fn verify(&mut self, frame: *mut Frame, code: &CodeInfo) {
        let depth = self.capture.limits.depth;
        // SAFETY: as in `observe`; the namespace of a frame that has one is a dict that lives as long as it does.
        unsafe {
            if code.namespace {
                let dict = (*frame).namespace;
                if !dict.is_null() && !self.capture.verify(dict, depth.saturating_add(1)) {
                    self.capture.see(dict, raw::type_of(dict), depth.saturating_add(1), true);
                }
                if !dict.is_null() {
                    self.look_through_modules((*frame).code, dict);
                    self.name_standings((*frame).code, dict);
                }
            }
            if !code.namespace {
                self.look_at_globals((*frame).code, (*frame).ptr);
            }
        }
        for n in 0..code.slots {
            // SAFETY: as in `observe`; the frame has `code.slots` slots.
            let seen = unsafe { (&(*frame).seen)[n] };
            if seen & 1 == 1 || seen == 0 || code.secret[n] {
                continue;
            }
            // SAFETY: as in `observe`; what a slot was seen to hold, it holds.
            unsafe { self.verify_slot(frame, code, n, seen as Obj) };
        }
        // SAFETY: as in `observe`.
        unsafe {
            if self.capture.reads_contexts() {
                self.observe_context(frame);
            }
            (*frame).epoch = self.capture.late.epoch;
        }
    }

    /// Reads the object in a slot again.
    #[inline(always)]
    unsafe fn verify_slot(&mut self, frame: *mut Frame, code: &CodeInfo, n: usize, object: Obj) {
        let depth = self.capture.limits.depth;
        // SAFETY: as in `observe`; `object` is live.
        unsafe {
            let ty = raw::type_of(object);
            if raw::is_str(ty) || raw::is_tuple(ty) && !self.capture.knows(object) {
                return;
            }
            // An object whose class was assigned is written again for every variable that holds it.
            let fresh = n < 64 && (*frame).fresh & (1 << n) != 0;
            if !self.capture.verify(object, depth) || !fresh && self.is_renumbered(frame, object) {
                if std::ptr::eq(frame, self.top()) {
                    self.slot_changed(frame, code, n, object);
                } else {
                    self.slot_of_changed(frame, n, object);
                }
            }
        }
    }
}
