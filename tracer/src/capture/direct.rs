//! Values that are written directly to the ring: scalars, short strings, objects that were seen before.

use connie_wire::codec::Sink;
use connie_wire::ring::Room;
use connie_wire::value::{self, tag};
use pyo3_ffi as ffi;

use super::Capture;
use crate::identity;
use crate::layout::common as at;
use crate::raw::{self, Obj, field, flag};

/// The largest number of bytes that [`put_direct`] writes.
pub const DIRECT: usize = 72;
const SHORT: usize = DIRECT - 4;

/// What [`Capture::put_quick`] has written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Quick {
    /// Nothing.
    Not,
    /// An int, float, bool or None.
    Scalar,
    /// Another value.
    Other,
}

impl Capture {
    /// Whether a value can be written by [`put_direct`]. Returns the number to pass: that of an object, whose changed
    /// contents have been written; 0 for other values.
    ///
    /// # Safety
    /// `object` is live.
    #[inline]
    pub unsafe fn direct(&mut self, object: Obj, depth: u8) -> Option<u64> {
        // SAFETY: the exact type says what is read.
        unsafe {
            let ty = raw::type_of(object);
            if raw::is_int(ty) {
                return raw::small_int(object).map(|_| 0);
            }
            if raw::is_str(ty) {
                let short = SHORT.min(self.limits.string);
                return raw::str_data(object).and_then(|(_, _, length, ascii)| (ascii && length <= short).then_some(0));
            }
            if std::ptr::eq(object, ffi::Py_None()) || raw::is_bool(ty) || raw::is_float(ty) {
                return Some(0);
            }
            if raw::is_tuple(ty) || raw::has_flag(ty, flag::TYPE) {
                return None;
            }
            let tracked = self.entry(object)?;
            if !(*tracked).is(ty) {
                return None;
            }
            Some(self.see_again(tracked, object, depth))
        }
    }

    /// Writes a value of at most [`DIRECT`] bytes, if nothing has to be read or written for it: a scalar, a short string,
    /// an object that is up to date. Else nothing changes, but bytes may have been put into `out`.
    ///
    /// # Safety
    /// `object` is live.
    #[inline(always)]
    pub unsafe fn put_quick(&mut self, out: &mut Room, object: Obj, depth: u8) -> Quick {
        // SAFETY: the exact type says what is read.
        unsafe {
            let ty = raw::type_of(object);
            if raw::is_int(ty) {
                let Some(number) = raw::small_int(object) else { return Quick::Not };
                value::put_int(out, number);
            } else if raw::is_str(ty) {
                return if self.put_quick_str(out, object) { Quick::Other } else { Quick::Not };
            } else if raw::is_none(object) {
                out.put(tag::NONE);
            } else if raw::is_bool(ty) {
                out.put(if std::ptr::eq(object, ffi::Py_True()) { tag::TRUE } else { tag::FALSE });
            } else if raw::is_float(ty) {
                value::put_float(out, field(object, at::FLOAT_VALUE));
            } else {
                let Some(number) = self.number_if_current(object, depth) else { return Quick::Not };
                value::put_object(out, number);
                return Quick::Other;
            }
            Quick::Scalar
        }
    }

    /// The same for a str.
    #[inline(always)]
    unsafe fn put_quick_str(&self, out: &mut Room, text: Obj) -> bool {
        let longest = SHORT.min(self.limits.string);
        // SAFETY: the caller gives a live str, whose bytes live as long as it does.
        unsafe {
            let Some((_, data, length, true)) = raw::str_data(text) else { return false };
            if length > longest {
                return false;
            }
            out.put(tag::STR);
            out.sized(std::slice::from_raw_parts(data, length));
            true
        }
    }

    /// The number of an object that is known and up to date, with as many levels of its contents.
    #[inline]
    unsafe fn number_if_current(&mut self, object: Obj, depth: u8) -> Option<u64> {
        // SAFETY: `object` is live; entries are boxed, and what is known of types is never freed.
        unsafe {
            let tracked = self.objects.find(object as usize)?.cast_const();
            let ty = raw::type_of(object);
            let is_current = identity::is_marked(object)
                && (*tracked).epoch == self.late.epoch
                && (*tracked).depth >= depth
                && (*tracked).is(ty)
                && self.is_as_read(&*tracked, object);
            if !is_current || raw::is_tuple(ty) || raw::has_flag(ty, flag::TYPE) {
                return None;
            }
            self.recheck.meet(&*tracked);
            Some((*tracked).id)
        }
    }
}

impl Capture {
    /// Writes the number of a known object that is not read now, so that its contents may be out of date. Returns false
    /// if it is not certain to be the object that was known, or has to be read.
    ///
    /// # Safety
    /// `object` is live.
    #[inline]
    pub unsafe fn put_unread(&mut self, out: &mut Room, object: Obj) -> bool {
        // SAFETY: `object` is live; entries are boxed, and what is known of types is never freed.
        unsafe {
            let ty = raw::type_of(object);
            let Some(tracked) = self.objects.find(object as usize) else { return false };
            let is_same = identity::is_exact() && identity::is_marked(object) && (*tracked).is(ty);
            if !is_same || raw::is_tuple(ty) || raw::has_flag(ty, flag::TYPE) {
                return false;
            }
            value::put_object(out, (*tracked).id);
            true
        }
    }

    /// The number of reads that are left, if that is fixed and not limited by the time that they take.
    #[inline(always)]
    pub fn reads_left(&self) -> Option<i64> {
        (!self.recheck.grants).then_some(self.recheck.credit)
    }
}

/// Writes a value that [`Capture::direct`] allowed, with the number it gave.
///
/// # Safety
/// `object` is live; [`DIRECT`] bytes are reserved.
#[inline(always)]
pub unsafe fn put_direct(ring: &mut impl Sink, object: Obj, number: u64) {
    // SAFETY: the exact type says what is read.
    unsafe {
        if number != 0 {
            return value::put_object(ring, number);
        }
        let ty = raw::type_of(object);
        if raw::is_int(ty) {
            value::put_int(ring, raw::small_int(object).unwrap_or(0));
        } else if raw::is_str(ty) {
            ring.put(tag::STR);
            match raw::str_data(object) {
                Some((_, data, length, _)) => ring.sized(std::slice::from_raw_parts(data, length)),
                None => ring.put(0),
            }
        } else if raw::is_float(ty) {
            value::put_float(ring, field(object, at::FLOAT_VALUE));
        } else if raw::is_bool(ty) {
            ring.put(if std::ptr::eq(object, ffi::Py_True()) { tag::TRUE } else { tag::FALSE });
        } else {
            ring.put(tag::NONE);
        }
    }
}
