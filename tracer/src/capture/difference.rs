//! Finds the items of an object that differ from those written before, and writes only these.

use connie_wire::Kind;
use connie_wire::codec::Sink;
use connie_wire::op::put;
use connie_wire::ring::Writer;
use connie_wire::value::{self, tag};
use pyo3_ffi as ffi;

use super::held::{hold, holdable, release};
use super::{BATCH, Capture, Tracked};
use crate::contents;
use crate::identity;
use crate::raw::{self, Obj};

impl Capture {
    /// Writes the changed middle part of an object's items. Returns whether anything differed.
    pub(super) unsafe fn difference(&mut self, tracked: *mut Tracked, now: &[Obj], length: usize, depth: u8) -> bool {
        // SAFETY: as in `refresh`.
        let (start, removed, inserted) = unsafe {
            let width = contents::width((*(*tracked).info).kind);
            let (start, end) = self.unchanged(tracked, now, width);
            let before = &(*tracked).items;
            if start == before.len() && start == now.len() && length == (*tracked).length {
                self.settle_items(&mut *tracked);
                return false;
            }
            (start, before.len() - start - end, &now[start..now.len() - end])
        };
        // SAFETY: as in `refresh`; so many items were removed at `start`.
        unsafe {
            if removed == 2 && inserted.len() == 2 && self.is_value_of_same_key(tracked, start, inserted, length) {
                self.set_item(tracked, start + 1, inserted[1]);
                self.settle_items(&mut *tracked);
            } else {
                self.insert_items(tracked, (start, removed), inserted, length, depth);
            }
        }
        true
    }

    /// Whether all that differs is the value of the key at `start`, and the value is written as it is.
    #[inline(always)]
    unsafe fn is_value_of_same_key(
        &mut self,
        tracked: *mut Tracked,
        start: usize,
        inserted: &[Obj],
        length: usize,
    ) -> bool {
        // SAFETY: as in `refresh`; a key that is held is the object that it was.
        unsafe {
            let (kind, [key, value]) = ((*(*tracked).info).kind, [inserted[0], inserted[1]]);
            let known = (&(*tracked).items)[start];
            matches!(kind, Kind::Dict | Kind::Instance | Kind::OrderedDict | Kind::Counter)
                && known == key as usize | 1
                && !value.is_null()
                && (*tracked).length == length
                && !self.hides(key, value)
                && !((*tracked).namespace && contents::is_machinery(key))
        }
    }

    /// Writes items that replace `removed` items from `start` on, in an object of this length.
    #[inline(always)]
    pub(super) unsafe fn insert_items(
        &mut self,
        tracked: *mut Tracked,
        (start, removed): (usize, usize),
        inserted: &[Obj],
        length: usize,
        depth: u8,
    ) {
        // SAFETY: as in `refresh`; so many items were removed at `start`.
        unsafe {
            self.replace_items(tracked, start, removed, inserted);
            (*tracked).length = length;
            self.write_items(tracked, start, removed, inserted, depth);
            self.settle_items(&mut *tracked);
        }
    }

    /// Holds the inserted items in place of `removed` items from `start` on.
    #[inline(always)]
    unsafe fn replace_items(&mut self, tracked: *mut Tracked, start: usize, removed: usize, inserted: &[Obj]) {
        // SAFETY: as in `refresh`; what was inserted is live, and what was held is released once.
        let held: Vec<usize> = unsafe {
            self.disown(tracked, start..start + removed, inserted);
            for &item in &(&(*tracked).items)[start..start + removed] {
                release(item, &mut self.bytes);
            }
            inserted.iter().map(|&item| hold(item, &mut self.bytes)).collect()
        };
        self.bytes += 8 * held.len();
        // SAFETY: as in `refresh`: the entry stays in the table.
        let tracked = unsafe { &mut *tracked };
        if held.iter().any(|item| *item & 1 == 0 && *item != 0) {
            (tracked.leaf, tracked.solid) = (false, false);
        } else if removed == tracked.items.len() {
            // All items are new.
            tracked.solid = true;
        }
        if removed != held.len() || removed > 1 {
            tracked.index = None;
        }
        tracked.items.splice(start..start + removed, held);
    }

    /// Writes the items that replace `removed` items from `start` on.
    #[inline(always)]
    unsafe fn write_items(&mut self, tracked: *mut Tracked, start: usize, removed: usize, inserted: &[Obj], depth: u8) {
        // SAFETY: as in `refresh`: the entry stays in the table.
        let (id, length) = unsafe { ((*tracked).id, (*tracked).length) };
        let mut out = self.buffer();
        let (mut removed, mut count, mut at) = (removed, 0, start);
        for (n, &item) in inserted.iter().enumerate() {
            // SAFETY: as in `refresh`; an item was held for each that came.
            unsafe {
                self.put_item(tracked, start, inserted, n, depth, &mut out);
                if (&(*tracked).items)[start + n] & 1 == 0 && !item.is_null() {
                    self.own(tracked, item);
                }
            }
            count += 1;
            if out.len() > BATCH {
                self.splice(id, at, removed, length, count, &out);
                (at, removed, count) = (at + count, 0, 0);
                out.clear();
            }
        }
        if count > 0 || removed > 0 || inserted.is_empty() {
            self.splice(id, at, removed, length, count, &out);
        }
        self.give_back(out);
    }

    /// Encodes one of the inserted items.
    #[inline(always)]
    unsafe fn put_item(
        &mut self,
        tracked: *mut Tracked,
        start: usize,
        inserted: &[Obj],
        n: usize,
        depth: u8,
        out: &mut Vec<u8>,
    ) {
        let item = inserted[n];
        // SAFETY: as in `refresh`; what was inserted is live.
        unsafe {
            let kind = (*(*tracked).info).kind;
            let is_value = contents::width(kind) == 2 && n % 2 == 1;
            if kind.is_named() {
                self.put_member(tracked, start + n, item, depth, out);
            } else if is_value && self.hides(inserted[n - 1], item) {
                let name = self.type_name_string(raw::type_of(item));
                value::put_named(out, tag::REDACTED, name);
            } else if kind == Kind::Instance && !is_value {
                self.put_str(item, out);
            } else if is_value && (*tracked).namespace && is_bare_machinery(inserted[n - 1], item) {
                let name = self.type_name_string(raw::type_of(item));
                value::put_named(out, tag::UNKNOWN, name);
            } else {
                self.encode(item, depth - 1, out);
            }
        }
    }

    /// Number of pointers at the start and at the end that refer to the same objects as before, in whole items.
    unsafe fn unchanged(&mut self, tracked: *mut Tracked, now: &[Obj], width: usize) -> (usize, usize) {
        // SAFETY: as in `refresh`; entries are boxed, and that of a container stays while its items are looked up.
        unsafe {
            let before = &(*tracked).items;
            let stale = (*tracked).stale || (*tracked).deaths != self.deaths();
            if !stale && ((*tracked).solid || !identity::has_marks()) {
                return common_ends(before, now, width, |a, b| a & !1 == b as usize);
            }
            let told = (*tracked).told;
            common_ends(before, now, width, |a, b| {
                a & !1 == b as usize
                    && (a & 1 == 1 || b.is_null() || identity::is_marked(b) && !(stale && self.is_other(told, b)))
            })
        }
    }

    pub(super) fn splice(&mut self, id: u64, at: usize, removed: usize, length: usize, count: usize, bytes: &[u8]) {
        if removed == 1 && count == 1 {
            return self.put_set(id, at as u32, bytes);
        }
        self.ring.reserve(bytes.len() + 64);
        let items = (count as u64, |ring: &mut Writer| ring.put_all(bytes));
        put::splice(&mut self.ring, id, at as u32, removed as u32, length as u64, items);
    }
}

/// Whether a value in a module's namespace was set by the import system and is an object.
#[inline(always)]
unsafe fn is_bare_machinery(name: Obj, item: Obj) -> bool {
    // SAFETY: both are live.
    unsafe { contents::is_machinery(name) && !holdable(raw::type_of(item)) && !std::ptr::eq(item, ffi::Py_None()) }
}

/// Number of equal pointers at the start and at the end, in whole items.
#[inline(always)]
fn common_ends(
    before: &[usize],
    now: &[Obj],
    width: usize,
    mut same: impl FnMut(usize, Obj) -> bool,
) -> (usize, usize) {
    let mut start = before.iter().zip(now).take_while(|(a, b)| same(**a, **b)).count();
    start -= start % width;
    let rest = before.len().min(now.len()) - start;
    let ends = before[start..].iter().rev().zip(now[start..].iter().rev()).take(rest);
    let end = ends.take_while(|(a, b)| same(**a, **b)).count();
    (start, end - end % width)
}
