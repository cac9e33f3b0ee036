//! Which references are held, and how memory stays bounded.

use connie_wire::Kind;
use connie_wire::op::put;
use pyo3_ffi as ffi;

use super::apart::is_apart;
use super::{Capture, Tracked};
use crate::identity;
use crate::layout::common as at;
use crate::raw::{self, Obj, field};
use crate::types::Class;

impl Capture {
    /// An object is not known any more.
    pub(super) fn let_go(&mut self, address: usize, entry: &Tracked) {
        if !is_apart(address) {
            identity::unwatch(address, entry.lead);
        }
        // SAFETY: `info` outlives its entries; held references are ours.
        unsafe {
            if !matches!((*entry.info).class, Class::Encoded(_)) {
                for &item in &entry.items {
                    release(item, &mut self.bytes);
                }
            }
        }
        self.bytes = self.bytes.saturating_sub(std::mem::size_of::<Tracked>() + 48 + 8 * entry.items.len());
    }

    /// Between events: forgets what was not looked at for the longest time where memory is short.
    #[inline]
    pub fn tidy(&mut self) {
        self.clock = self.clock.wrapping_add(1);
        if self.bytes > self.limits.memory {
            self.forget();
        }
    }

    /// Forgets all objects and numbers: another recording begins.
    pub fn restart(&mut self) {
        for (address, entry) in std::mem::take(&mut self.objects) {
            self.let_go(address, &entry);
        }
        self.forget_named();
        self.names.restart();
        self.types.restart();
        self.late.advance();
        (self.bytes, self.next, self.block_end) = (0, 0, 0);
        self.late.steps = 0;
        self.told.clear();
        self.deferred.clear();
        self.own.restart();
        self.shared = super::shared::Shared::default();
        self.views = super::views::Views::default();
    }

    /// Forgets all objects; those that are visible are told anew. Frames and files are told of their namespaces once,
    /// and types of their classes, so these stay, and are read whole.
    #[cold]
    pub(super) fn forget_all(&mut self) {
        // SAFETY: what is known of types is never freed.
        let stays = |entry: &Tracked| entry.namespace || unsafe { (*entry.info).kind } == Kind::Class;
        let others = self.objects.iter().filter(|(address, entry)| !is_apart(**address) && !stays(entry));
        let others = others.map(|(address, _)| *address).collect();
        self.evict(others);
        self.forget_named();
        identity::forget_all();
        for (address, entry) in &mut self.objects {
            (entry.stale, entry.version, entry.told) = (true, 0, 0);
            identity::watch_again(*address, entry.lead);
        }
    }

    fn evict(&mut self, addresses: Vec<usize>) {
        for address in addresses {
            if let Some(entry) = self.objects.remove(&address) {
                self.let_go(address, &entry);
                // Its death will not be noticed.
                self.orphan(entry.parent);
                let attributes = self.leave_apart(address, &entry);
                for id in std::iter::once(entry.id).chain(attributes) {
                    self.ring.reserve(16);
                    put::evict(&mut self.ring, id);
                }
            }
        }
        // What was forgotten and is still visible has to be seen anew.
        self.late.advance();
    }

    #[cold]
    pub(super) fn forget(&mut self) {
        let mut ages: Vec<u32> = self.objects.values().map(|entry| self.clock.wrapping_sub(entry.used)).collect();
        let middle = ages.len() / 2;
        let (_, &mut median, _) = ages.select_nth_unstable(middle);
        let old: Vec<usize> = self
            .objects
            .iter()
            // Types refer to their classes by number.
            // SAFETY: what is known of types is never freed.
            .filter(|(address, entry)| !is_apart(**address) && unsafe { (*entry.info).kind != Kind::Class })
            .filter(|(_, entry)| self.clock.wrapping_sub(entry.used) >= median.max(1))
            .map(|(address, _)| *address)
            .collect();
        self.evict(old);
        if self.bytes > self.limits.memory / 2 {
            // What is in use does not fit: go on with more rather than read it again at every line.
            self.limits.memory = (self.limits.memory * 2).min(self.bytes * 4);
        }
    }
}

/// Whether a reference to an object may be held: nothing of the user's happens when it dies.
#[inline(always)]
pub(super) fn holdable(ty: *mut ffi::PyTypeObject) -> bool {
    raw::is_int(ty) || raw::is_str(ty) || raw::is_float(ty) || raw::is_bytes(ty) || raw::is_bool(ty)
}

/// Items of a tuple that is kept by value.
pub(super) const SHORT_TUPLE: usize = 8;
/// Code points of the strings in it.
pub(super) const SHORT_STR: usize = 64;

/// Whether an object is a tuple of a few scalars: it is recorded by value, and held, so that nothing
/// else appears at its address.
pub(super) unsafe fn is_short_tuple(object: Obj) -> bool {
    // SAFETY: `object` is live; its items are.
    unsafe {
        let short = |item: &Obj| {
            let ty = raw::type_of(*item);
            raw::is_int(ty)
                || raw::is_float(ty)
                || raw::is_bool(ty)
                || std::ptr::eq(*item, ffi::Py_None())
                || raw::is_str(ty) && raw::str_data(*item).is_some_and(|(.., n, _)| n <= SHORT_STR)
        };
        raw::is_tuple(raw::type_of(object))
            && raw::tuple_items(object).len() <= SHORT_TUPLE
            && raw::tuple_items(object).iter().all(short)
    }
}

/// Takes a reference where that is allowed; the pointer, marked.
#[inline]
pub(super) fn hold(item: Obj, bytes: &mut usize) -> usize {
    if item.is_null() {
        return 0;
    }
    // SAFETY: `item` is live.
    unsafe {
        let ty = raw::type_of(item);
        if holdable(ty) || std::ptr::eq(item, ffi::Py_None()) || is_short_tuple(item) {
            raw::incref(item);
            *bytes += size(item, ty);
            return item as usize | 1;
        }
    }
    item as usize
}

/// Drops the reference that [`hold`] took, if it did.
#[inline]
pub(super) fn release(item: usize, bytes: &mut usize) {
    if item & 1 == 1 {
        let object = (item & !1) as Obj;
        // SAFETY: we hold a reference to a scalar of a builtin type, whose end runs no user code.
        unsafe {
            *bytes = bytes.saturating_sub(size(object, raw::type_of(object)));
            raw::decref(object);
        }
    }
}

/// Bytes that a held scalar keeps, roughly; large ones are what matters.
pub(super) unsafe fn size(object: Obj, ty: *mut ffi::PyTypeObject) -> usize {
    // SAFETY: `object` is live.
    unsafe {
        if raw::is_str(ty) {
            raw::str_data(object).map_or(64, |(kind, _, length, _)| 64 + kind * length)
        } else if raw::is_bytes(ty) {
            field::<usize>(object, at::VAR_SIZE)
        } else {
            0
        }
    }
}
