//! Reads objects again: writes what differs, then reads the objects that they contain.

use connie_wire::Kind;

use super::state::{SMALL, Tracked};
use super::track::has_exact_look;
use super::{Capture, NESTED, named};
use crate::contents;
use crate::raw::{self, Obj};
use crate::types::Class;

/// What was known of an object when a read of it began.
#[derive(Clone, Copy)]
struct Look {
    /// Whether it is read deeper than before.
    deeper: bool,
    /// Whether code with unknown effects has run since.
    stale: bool,
    /// Whether it was read before, but not since such code ran.
    known: bool,
    /// The epoch in which it was last read.
    epoch: u32,
    seen_at: u64,
}

impl Capture {
    /// Reads an object again and writes what differs, then reads the objects that it contains.
    pub(super) unsafe fn refresh(&mut self, tracked: *mut Tracked, object: Obj, depth: u8) {
        if self.nesting >= NESTED {
            self.deferred.push((object as usize, depth));
            return;
        }
        // SAFETY: the caller's promise.
        unsafe {
            if self.nesting == 0 {
                self.recheck.begin(&*tracked);
            }
            self.nesting += 1;
            self.refresh_now(tracked, object, depth);
            self.done();
        }
    }

    /// Ends a read. After the outermost one, the collected and deferred reads follow.
    ///
    /// # Safety
    /// No code of the program has run since the look began.
    pub(super) unsafe fn done(&mut self) {
        self.leave();
        if self.nesting == 0 {
            // SAFETY: the caller's promise.
            unsafe { self.settle() };
        }
    }

    /// Ends a read. After the outermost one, the deferred reads follow.
    pub(super) fn leave(&mut self) {
        self.nesting -= 1;
        while self.nesting == 0
            && let Some((address, depth)) = self.deferred.pop()
        {
            let Some(entry) = self.objects.find(address) else { continue };
            self.nesting = 1;
            // SAFETY: entries are boxed; nothing runs between the look that put the object off and this one, so
            // that what held it still does.
            unsafe { self.refresh_now(entry, address as Obj, depth.max((*entry).depth)) };
            self.nesting = 0;
        }
    }

    pub(super) unsafe fn refresh_now(&mut self, tracked: *mut Tracked, object: Obj, depth: u8) {
        // SAFETY: the entry stays in the table meanwhile (see `see`).
        let look = unsafe { self.begin_look(tracked, depth) };
        // SAFETY: as above; the object is live.
        unsafe {
            // The object was reached again through its own contents: the outer call will go deeper.
            if depth == 0 || (*tracked).writing {
                return;
            }
            let info = (*tracked).info;
            if (*info).python {
                self.look_at_class(info, (*tracked).ty, depth);
            }
            if (*info).apart {
                self.look_apart(tracked, object, depth, look.known.then_some((look.epoch, look.seen_at)));
            }
            if let Class::Encoded(reader) = (*info).class {
                if self.refresh_encoded(tracked, object, reader, depth) && look.known {
                    self.tell_late(tracked, look.epoch, look.seen_at);
                }
                return;
            }
        }
        let mut now = self.pointers.pop().unwrap_or_default();
        now.clear();
        // SAFETY: as above.
        unsafe {
            if !self.is_still(tracked, object, look, depth, &mut now) {
                let length = self.read_again(tracked, object, &mut now);
                self.write_difference(tracked, object, look, depth, (&now, length));
            }
        }
        self.pointers.push(now);
    }

    /// Writes the items that a list, which is up to date but for them, has got at its end.
    ///
    /// # Safety
    /// `tracked` is the entry of `object`, whose items these are.
    pub(super) unsafe fn grow(&mut self, tracked: *mut Tracked, object: Obj, items: &[Obj]) {
        // SAFETY: as in `refresh`.
        unsafe {
            if self.nesting >= NESTED {
                return self.refresh(tracked, object, (*tracked).depth);
            }
            if self.nesting == 0 {
                self.recheck.begin(&*tracked);
            }
            self.nesting += 1;
            self.grow_now(tracked, object, items);
            self.done();
        }
    }

    #[inline(always)]
    unsafe fn grow_now(&mut self, tracked: *mut Tracked, object: Obj, items: &[Obj]) {
        // SAFETY: as in `refresh_now`.
        let (known, depth) = unsafe {
            let (known, depth) = ((*tracked).items.len(), (*tracked).depth);
            self.begin_look(tracked, depth);
            let info = (*tracked).info;
            if (*info).python {
                self.look_at_class(info, (*tracked).ty, depth);
            }
            if (*info).apart {
                self.look_apart(tracked, object, depth, None);
            }
            (known, depth)
        };
        self.recheck.spend(items.len() - known);
        // SAFETY: as above.
        unsafe {
            (*tracked).writing = true;
            let before = std::mem::replace(&mut self.standings.quiet, false);
            self.insert_items(tracked, (known, 0), &items[known..], items.len(), depth);
            self.standings.quiet = before;
            (*tracked).writing = false;
            self.changed(object, Kind::List);
            if (*tracked).depth > depth && !(*tracked).leaf {
                self.descend(tracked, items, (*tracked).depth);
            }
        }
    }

    /// Begins a read: notes when and how deep.
    #[inline(always)]
    unsafe fn begin_look(&mut self, tracked: *mut Tracked, depth: u8) -> Look {
        // SAFETY: as in `refresh_now`.
        unsafe {
            let stale = (*tracked).epoch != self.late.epoch;
            let look = Look {
                deeper: depth > (*tracked).depth,
                stale,
                // An object that was not read before was not shown either.
                known: stale && (*tracked).depth > 0,
                epoch: (*tracked).epoch,
                seen_at: (*tracked).seen_at,
            };
            if std::mem::take(&mut (*tracked).suspect) && look.known {
                self.tell_late(tracked, look.epoch, look.seen_at);
            }
            ((*tracked).epoch, (*tracked).seen_at) = (self.late.epoch, self.late.steps);
            (*tracked).depth = depth;
            (*tracked).used = self.clock;
            (*tracked).walk = self.walk.number;
            self.count_look();
            ((*tracked).pass, (*tracked).root) = self.recheck.place();
            look
        }
    }

    /// Whether a comparison proves that an object holds the same items. If so, reads the contents of the items.
    #[inline(always)]
    unsafe fn is_still(
        &mut self,
        tracked: *mut Tracked,
        object: Obj,
        look: Look,
        depth: u8,
        now: &mut Vec<Obj>,
    ) -> bool {
        // SAFETY: as in `refresh_now`; items that are still there are live.
        unsafe {
            let kind = (*(*tracked).info).kind;
            if look.deeper || !has_exact_look(kind) || !self.same(&*tracked, object) || self.is_stale(&*tracked) {
                return false;
            }
            self.recheck.spend((*tracked).items.len());
            self.shared.note(object, kind);
            if look.stale && !(*tracked).leaf {
                now.extend((*tracked).items.iter().map(|item| (item & !1) as Obj));
                self.descend(tracked, now, depth);
            }
        }
        true
    }

    /// Reads the items of an object. Returns its length.
    #[inline(always)]
    unsafe fn read_again(&mut self, tracked: *mut Tracked, object: Obj, now: &mut Vec<Obj>) -> usize {
        // SAFETY: as in `refresh_now`.
        unsafe {
            let info = (*tracked).info;
            let length = if (*info).kind.is_named() {
                self.read_named(object, (*info).kind, (*tracked).open, now)
            } else {
                contents::read(object, &*info, self.limits.items, (*tracked).namespace, now)
            };
            (*tracked).version = contents::version(object, (*info).kind);
            self.recheck.spend(now.len());
            let renamed = (*info).kind == Kind::Class
                && (*tracked).items.first().is_some_and(|item| item & !1 != now[0] as usize);
            if renamed {
                self.rename(object);
            }
            length
        }
    }

    /// Writes the difference between the items read and those written, then reads the contents of the items.
    #[inline(always)]
    unsafe fn write_difference(
        &mut self,
        tracked: *mut Tracked,
        object: Obj,
        look: Look,
        depth: u8,
        (now, length): (&[Obj], usize),
    ) {
        // SAFETY: as in `refresh_now`; what was read just now is live.
        unsafe {
            let kind = (*(*tracked).info).kind;
            (*tracked).writing = true;
            let quiet = (*tracked).namespace || (*(*tracked).info).stands;
            let before = std::mem::replace(&mut self.standings.quiet, quiet);
            let changed = self.difference(tracked, now, length, depth);
            self.standings.quiet = before;
            (*tracked).writing = false;
            self.shared.note(object, kind);
            if changed {
                if look.known {
                    self.tell_late(tracked, look.epoch, look.seen_at);
                }
                self.changed(object, kind);
            }
            let reached = (*tracked).depth;
            if (look.deeper || look.stale || reached > depth) && !(*tracked).leaf {
                self.descend(tracked, now, reached);
            }
        }
    }

    /// Reads the objects that an object contains.
    pub(super) unsafe fn descend(&mut self, tracked: *mut Tracked, now: &[Obj], depth: u8) {
        if now.len() > SMALL && self.recheck.is_empty() {
            return self.recheck.refused();
        }
        let mut leaf = true;
        for (n, &item) in now.iter().enumerate() {
            // SAFETY: as in `refresh`.
            let known = unsafe { &(*tracked).items };
            if item.is_null() || known.get(n).is_none_or(|held| held & 1 == 1) {
                continue;
            }
            // SAFETY: as in `refresh`; items are live as long as their container does not change.
            leaf &= unsafe { self.descend_into(tracked, now, n, depth) };
        }
        // SAFETY: as in `refresh`.
        unsafe {
            (*tracked).leaf = leaf && !(*(*tracked).info).apart;
            if !(*tracked).stale && (*tracked).deaths == self.deaths() {
                (*tracked).told = self.told();
            }
        }
    }

    /// Reads one of these objects. Returns whether it can be skipped the next time.
    #[inline(always)]
    unsafe fn descend_into(&mut self, tracked: *mut Tracked, now: &[Obj], n: usize, depth: u8) -> bool {
        let item = now[n];
        // SAFETY: as in `refresh`; the item is live.
        unsafe {
            let ty = raw::type_of(item);
            if named::is_function(ty) && named::is_bare_function(item) {
                // A function may get attributes; see `open_methods` for those of a class.
                return (*(*tracked).info).kind == Kind::Class;
            }
            if (*tracked).namespace && raw::is_module(ty) && self.knows(item) {
                // Not everything in it is read, and only once per epoch: see `Engine::look_through_modules`.
                self.look_at_module(item);
                return false;
            }
            match self.entry(item) {
                Some(entry) if (*entry).is(ty) => {
                    self.descend_into_known(tracked, now, n, depth, entry);
                    false
                }
                _ => self.descend_into_new(tracked, now, n, depth),
            }
        }
    }

    /// The same for an object that is tracked.
    #[inline(always)]
    unsafe fn descend_into_known(
        &mut self,
        tracked: *mut Tracked,
        now: &[Obj],
        n: usize,
        depth: u8,
        entry: *mut Tracked,
    ) {
        // SAFETY: as in `refresh`; the entry is that of the item, which is live.
        unsafe {
            if (*entry).id >= (*tracked).told && !self.is_hidden(tracked, now, n) {
                self.put_again(tracked, n, now[n], depth);
            }
            let known = (*entry).epoch == self.late.epoch && (*entry).depth >= depth - 1;
            if !known {
                self.put_off(entry, now[n], (depth - 1).max((*entry).depth));
            } else {
                self.recheck.meet(&*entry);
            }
        }
    }

    /// The same for an object that was forgotten, or a new one at a known address.
    #[inline(always)]
    unsafe fn descend_into_new(&mut self, tracked: *mut Tracked, now: &[Obj], n: usize, depth: u8) -> bool {
        let item = now[n];
        // SAFETY: as in `refresh`; the item is live.
        unsafe {
            let ty = raw::type_of(item);
            if !self.is_tracked_kind(item, ty) {
                return true;
            }
            let hidden = self.is_hidden(tracked, now, n);
            if !(hidden || raw::is_tuple(ty) && self.put_short_tuple(item, &mut Vec::new())) {
                self.put_again(tracked, n, item, depth);
            }
        }
        false
    }
}
