//! Reads the objects that a line is known to have changed.

use connie_wire::Kind;
use connie_wire::op::put;
use pyo3_ffi as ffi;

use super::held::{hold, release};
use super::track::has_exact_look;
use super::{Capture, DIRECT, Quick, Tracked, put_direct};
use crate::contents;
use crate::raw::{self, Obj};
use crate::types::{Class, TypeInfo, type_attribute};

/// The number of names that are compared before a name is looked up.
const FEW: usize = 16;

impl Capture {
    /// Handles an object that code with known effects may have changed: writes what differs if the object is known.
    ///
    /// # Safety
    /// `object` is live or null.
    #[inline]
    pub unsafe fn touch(&mut self, object: Obj) {
        if object.is_null() {
            return;
        }
        // SAFETY: as in `see`.
        unsafe {
            self.touch_view(object);
            let Some(tracked) = self.entry(object) else { return };
            if !(*tracked).is(raw::type_of(object)) {
                return self.retype(tracked, object);
            }
            if (*tracked).depth == 0 {
                return;
            }
            let kind = (*(*tracked).info).kind;
            if kind == Kind::Module {
                self.look_at_module(object);
            }
            if (*(*tracked).info).apart {
                self.touch_apart(tracked, object);
            }
            if !has_exact_look(kind) || !self.same(&*tracked, object) || self.is_stale(&*tracked) {
                self.refresh(tracked, object, (*tracked).depth);
            }
        }
    }

    /// Handles an object whose `append` was called. A list only got more items at its end, so that the others need not
    /// be compared.
    ///
    /// # Safety
    /// `object` is live or null.
    pub unsafe fn touch_grown(&mut self, object: Obj) {
        // SAFETY: as in `see`; an exact list is read.
        unsafe {
            if object.is_null() || !raw::has_flag(raw::type_of(object), raw::flag::LIST) {
                return self.touch(object);
            }
            let Some(tracked) = self.entry(object) else { return };
            if !(*tracked).is(raw::type_of(object)) || !appends_like_list((*tracked).info, raw::type_of(object)) {
                return self.touch(object);
            }
            let (items, known) = (raw::list_items(object), (*tracked).items.len());
            let is_whole = (*tracked).length == known && (*tracked).depth > 0;
            let is_current = (*tracked).epoch == self.late.epoch && !(*tracked).suspect && !self.lost_items(&*tracked);
            if !is_whole || !is_current || items.len() <= known || items.len() > self.limits.items {
                return self.touch(object);
            }
            self.grow(tracked, object, items);
        }
    }

    /// Handles an item of a list that may have changed.
    ///
    /// # Safety
    /// `list` is an exact list.
    #[inline]
    pub unsafe fn touch_item(&mut self, list: Obj, index: i64) {
        // SAFETY: as in `see`; the index is checked against both lengths.
        unsafe {
            let Some(tracked) = self.entry(list) else { return };
            if (*tracked).depth == 0 || !raw::is_list((*tracked).ty) {
                return;
            }
            let items = raw::list_items(list);
            let index = if index < 0 { index + items.len() as i64 } else { index };
            if items.len() != (*tracked).length || index < 0 {
                return self.touch(list);
            }
            let index = index as usize;
            let known = &(*tracked).items;
            let (Some(&now), Some(&before)) = (items.get(index), known.get(index)) else { return };
            if before & !1 == now as usize && !self.is_replaced(tracked, before) {
                return;
            }
            self.set_item(tracked, index, now);
        }
    }

    /// Handles the value of one key of a dict that may have changed. `alone`: see [`Self::is_alone`].
    ///
    /// # Safety
    /// `dict` is an exact dict; `key` is live or null.
    pub unsafe fn touch_key(&mut self, dict: Obj, key: Obj, alone: bool) {
        // SAFETY: as in `see`; the caller gives a dict.
        unsafe {
            let Some(tracked) = self.entry(dict) else { return };
            if (*tracked).depth == 0 || !raw::is_dict((*tracked).ty) {
                return;
            }
            let (known, length) = ((*tracked).items.len(), (*tracked).length);
            let small = known < 16 || known != length;
            if small || key.is_null() || !raw::is_plain_key(key) || 2 * raw::dict_len(dict) != length {
                if (*tracked).version != raw::dict_version(dict) {
                    self.refresh(tracked, dict, (*tracked).depth);
                }
                return;
            }
            match position_of(tracked, key) {
                Some(position) => self.touch_value(tracked, dict, key, position, alone),
                None => self.refresh(tracked, dict, (*tracked).depth),
            }
        }
    }

    /// The same, where the key was the item of index `position`.
    #[inline(always)]
    unsafe fn touch_value(&mut self, tracked: *mut Tracked, dict: Obj, key: Obj, position: usize, alone: bool) {
        // SAFETY: as in `touch_key`; only str and int keys are looked up, among str and int keys.
        let (now, before) = unsafe {
            let [stored, before] = [position, position + 1].map(|n| (&(*tracked).items)[n]);
            let stored = (stored & !1) as Obj;
            let now = raw::dict_get(dict, key);
            // Another key may have the same hash.
            let same_key = std::ptr::eq(stored, key) || std::ptr::eq(raw::dict_get(dict, stored), now);
            if now.is_null() || !same_key || self.hides(stored, now) {
                return self.refresh(tracked, dict, (*tracked).depth);
            }
            (now, before)
        };
        // SAFETY: as in `touch_key`; the dict holds the value.
        unsafe {
            if self.is_alone(tracked, alone) {
                (*tracked).version = raw::dict_version(dict);
            } else {
                self.unsettled = true;
            }
            if before & !1 != now as usize || self.is_replaced(tracked, before) {
                // What is written belongs to a namespace.
                let quiet = std::mem::replace(&mut self.standings.quiet, (*tracked).namespace);
                self.set_item(tracked, position + 1, now);
                self.standings.quiet = quiet;
                self.changed(dict, Kind::Dict);
            }
        }
    }

    /// Handles the names of a namespace that may have changed. `alone`: see [`Self::is_alone`].
    ///
    /// # Safety
    /// `dict` is a dict; the names are exact strs.
    pub unsafe fn touch_names(&mut self, dict: Obj, names: impl Iterator<Item = Obj>, alone: bool) {
        // SAFETY: as in `see`; the caller gives a dict and names.
        unsafe {
            let Some(tracked) = self.entry(dict) else { return };
            let is_dict = raw::is_dict((*tracked).ty) && (*tracked).is(raw::type_of(dict));
            let is_unchanged = || (*tracked).version == raw::dict_version(dict);
            if !is_dict || !self.is_alone(tracked, true) || is_unchanged() || !self.touch_each(tracked, dict, names) {
                return self.touch(dict);
            }
            self.unsettled = !alone;
            if alone {
                (*tracked).version = raw::dict_version(dict);
            }
        }
    }

    /// Reads these names. Returns false if one of them is new or gone. The version stays as it was until the last one
    /// was read: as long as a name may be new, it proves nothing.
    ///
    /// # Safety
    /// As for [`Self::touch_names`]; `tracked` is the entry of the dict.
    #[inline(always)]
    unsafe fn touch_each(&mut self, tracked: *mut Tracked, dict: Obj, mut names: impl Iterator<Item = Obj>) -> bool {
        // SAFETY: the caller's promise.
        names.all(|name| unsafe {
            if contents::is_machinery(name) || 2 * raw::dict_len(dict) != (*tracked).length {
                return false;
            }
            let Some(at) = name_position(tracked, name) else { return false };
            self.touch_value(tracked, dict, name, at, false);
            true
        })
    }

    /// After all that a line changes was read: has a container count as up to date of which single items were read
    /// together with something else.
    ///
    /// # Safety
    /// `object` is live or null, and only the line that was run can have changed it.
    pub unsafe fn settle_items_of(&mut self, object: Obj) {
        // SAFETY: as in `see`.
        unsafe {
            if !object.is_null()
                && let Some(tracked) = self.entry(object)
                && (*tracked).is(raw::type_of(object))
                && (*tracked).depth > 0
                && matches!((*(*tracked).info).kind, Kind::Dict | Kind::Instance)
                && self.is_alone(tracked, true)
            {
                (*tracked).version = contents::version(object, (*(*tracked).info).kind);
            }
        }
    }

    /// Whether such a container was read since this was last asked.
    #[inline(always)]
    pub fn take_unsettled(&mut self) -> bool {
        std::mem::take(&mut self.unsettled)
    }

    /// Whether only the items that are read now can differ in a container: it was up to date, and since then only the
    /// line that was run can have changed it, and only these items (`alone`).
    #[inline(always)]
    unsafe fn is_alone(&self, tracked: *mut Tracked, alone: bool) -> bool {
        // SAFETY: as in `see`.
        alone && unsafe { self.late.is_calm_since((*tracked).epoch) && !(*tracked).suspect }
    }

    /// Has a container compared as a whole when it is read next, as more may have changed it than the line that was run.
    ///
    /// # Safety
    /// `object` is live or null.
    #[cold]
    pub unsafe fn distrust(&mut self, object: Obj) {
        // SAFETY: as in `see`.
        unsafe {
            if !object.is_null()
                && let Some(tracked) = self.entry(object)
            {
                (*tracked).version = 0;
            }
        }
    }

    /// Handles one attribute of an instance that may have changed. `alone`: see [`Self::is_alone`].
    ///
    /// # Safety
    /// `object` is live, `name` an exact str.
    pub unsafe fn touch_attribute(&mut self, object: Obj, name: Obj, alone: bool) {
        // SAFETY: as in `see`.
        let (tracked, at) = unsafe {
            let Some(tracked) = self.entry(object) else { return };
            if !(*tracked).is(raw::type_of(object)) {
                return self.retype(tracked, object);
            }
            if (*tracked).depth == 0 {
                return;
            }
            let info = &*(*tracked).info;
            let at = (*tracked).items.chunks_exact(2).position(|pair| pair[0] & !1 == name as usize);
            let (Kind::Instance, Some(at), true) = (info.kind, at, info.slots.is_empty()) else {
                return self.touch(object);
            };
            (tracked, at)
        };
        // SAFETY: as in `see`; `at` is one of the pairs of items.
        unsafe {
            let alone = self.is_alone(tracked, alone);
            let now = attribute_now(tracked, object, name, at, alone);
            self.unsettled |= !alone;
            if now.is_null() || self.names.is_secret_name(name) {
                (*tracked).version = 0;
                return self.touch(object);
            }
            let before = (&(*tracked).items)[2 * at + 1];
            if before & !1 != now as usize || self.is_replaced(tracked, before) {
                self.set_item(tracked, 2 * at + 1, now);
                self.changed(object, Kind::Instance);
            }
        }
    }

    /// Whether another object is at the address of a written item.
    #[inline]
    unsafe fn is_replaced(&mut self, tracked: *mut Tracked, item: usize) -> bool {
        // SAFETY: as in `see`; the container holds the item now.
        item & 1 == 0 && item != 0 && unsafe { self.is_other((*tracked).told, item as Obj) }
    }

    /// Writes one changed item.
    pub(super) unsafe fn set_item(&mut self, tracked: *mut Tracked, index: usize, now: Obj) {
        // SAFETY: as in `see`; `index` is within the items.
        let (id, depth, is_held) = unsafe {
            if (&(*tracked).items)[index] & 1 == 0 {
                self.disown(tracked, index..index + 1, &[now]);
            }
            let held = hold(now, &mut self.bytes);
            let before = std::mem::replace(&mut (&mut (*tracked).items)[index], held);
            release(before, &mut self.bytes);
            let is_held = held & 1 == 1;
            if !is_held {
                ((*tracked).leaf, (*tracked).solid) = (false, false);
            }
            ((*tracked).id, (*tracked).depth, is_held)
        };
        // SAFETY: as in `see`; the container holds the item now.
        if is_held && unsafe { self.put_item_quick(id, index, now, depth) } {
            return;
        }
        // SAFETY: as above.
        unsafe {
            if let Some(number) = self.direct(now, depth - 1) {
                if !is_held {
                    self.own(tracked, now);
                }
                return self.ring.write(32 + DIRECT, |out| {
                    put::set(out, id, index as u32, |out| put_direct(out, now, number));
                });
            }
            let mut out = self.buffer();
            self.encode(now, depth - 1, &mut out);
            self.splice(id, index, 1, (*tracked).length, 1, &out);
            self.give_back(out);
            if !is_held {
                self.own(tracked, now);
            }
        }
    }

    /// Writes one changed item of an object if nothing has to be read for it.
    ///
    /// # Safety
    /// `now` is live.
    #[inline(always)]
    unsafe fn put_item_quick(&mut self, id: u64, index: usize, now: Obj, depth: u8) -> bool {
        // SAFETY: the caller's promise. Nothing else is written while the room is used.
        unsafe {
            let mut room = self.ring.room(32 + DIRECT);
            put::set(&mut room, id, index as u32, |_| ());
            let is_written = self.put_quick(&mut room, now, depth - 1) != Quick::Not;
            if is_written {
                self.ring.commit(room);
            }
            is_written
        }
    }

    /// Makes sure that an object is up to date in the current epoch, whatever was known of it. Used for the values of
    /// variables after code with unknown effects has run.
    ///
    /// # Safety
    /// `object` is live.
    #[inline]
    pub unsafe fn verify(&mut self, object: Obj, depth: u8) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            let ty = raw::type_of(object);
            match self.entry(object) {
                Some(tracked) if (*tracked).is(ty) => {
                    if (*tracked).epoch != self.late.epoch || (*tracked).depth < depth {
                        self.refresh(tracked, object, depth.max((*tracked).depth));
                    }
                    true
                }
                Some(_) => {
                    let before = self.told();
                    self.see(object, ty, depth, false) < before
                }
                _ => !matches!((*self.types.get(ty)).class, Class::Pointers | Class::Encoded(_)),
            }
        }
    }

    /// Whether an object is known.
    ///
    /// # Safety
    /// `object` is live.
    pub unsafe fn knows(&mut self, object: Obj) -> bool {
        // SAFETY: the caller's promise.
        unsafe { self.entry(object) }.is_some()
    }
}

/// Whether `append` of instances of a list type, which are recorded as lists, is that of lists.
///
/// # Safety
/// `info` is what is known of `ty`, a live type with the flag of lists.
#[inline(always)]
unsafe fn appends_like_list(info: *mut TypeInfo, ty: *mut ffi::PyTypeObject) -> bool {
    if raw::is_list(ty) {
        return true;
    }
    // SAFETY: the caller's promise; what is known of types is never freed.
    unsafe {
        let version = raw::type_version(ty);
        if let Some((known, answer)) = (*info).appends
            && known == version
            && version != 0
        {
            return answer;
        }
        // 3.12 and later hide the dicts of builtin types: a method that is not found elsewhere is theirs.
        let found = type_attribute(ty, c"append");
        let is_own = found.is_null() || raw::is_method_descriptor(raw::type_of(found));
        let answer = is_own && (*info).kind == Kind::List;
        (*info).appends = Some((version, answer));
        answer
    }
}

/// The index, among the items of a dict that is known, of a key with the hash of this one. None if there is none, or if
/// the dict has other keys than strs and ints.
///
/// # Safety
/// `tracked` is the entry of a dict; `key` is a str or an int.
#[inline(always)]
unsafe fn position_of(tracked: *mut Tracked, key: Obj) -> Option<usize> {
    // SAFETY: the caller's promise; an item whose lowest bit is set is held by us. Hashing a str or an int runs nothing.
    unsafe {
        if (*tracked).index.is_none() {
            let keys = || (*tracked).items.iter().step_by(2);
            if !keys().all(|key| key & 1 == 1 && raw::is_plain_key((key & !1) as Obj)) {
                return None;
            }
            let hashed = keys().enumerate().map(|(n, key)| (ffi::PyObject_Hash((key & !1) as Obj), n as u32));
            (*tracked).index = Some(hashed.collect());
        }
        let index = (*tracked).index.as_ref()?;
        index.get(&ffi::PyObject_Hash(key)).map(|n| 2 * *n as usize)
    }
}

/// The index, among the items of a namespace that is known, of a name. None if there is none, or if the namespace has
/// other keys than strs and ints.
///
/// # Safety
/// As for [`position_of`].
#[inline(always)]
unsafe fn name_position(tracked: *mut Tracked, name: Obj) -> Option<usize> {
    // SAFETY: the caller's promise. Names of codes and keys of namespaces are interned: mostly the same objects.
    unsafe {
        let items = &(*tracked).items;
        let found = items[..items.len().min(2 * FEW)].chunks_exact(2).position(|pair| pair[0] & !1 == name as usize);
        match found {
            Some(at) => Some(2 * at),
            None if items.len() <= 2 * FEW => None,
            None => position_of(tracked, name),
        }
    }
}

/// The value that an instance has now for its attribute number `at`; null if that is another attribute than it was.
/// `alone`: whether only this attribute can have changed.
///
/// # Safety
/// `tracked` is the entry of `object`, which is live; `name` is an exact str.
#[inline(always)]
unsafe fn attribute_now(tracked: *mut Tracked, object: Obj, name: Obj, at: usize, alone: bool) -> Obj {
    // SAFETY: the caller's promise; there are as many attributes as before.
    unsafe {
        match raw::attributes_here(object) {
            raw::Attributes::Inline(keys, values, order, step, size) if 2 * size == (*tracked).items.len() => {
                let index = usize::from(*order.offset(at as isize * step));
                if std::ptr::eq((*keys.add(index)).0, name) { *values.add(index) } else { std::ptr::null_mut() }
            }
            raw::Attributes::Dict(dict) if 2 * raw::dict_len(dict) == (*tracked).length => {
                if alone {
                    (*tracked).version = raw::dict_version(dict);
                }
                raw::dict_get(dict, name)
            }
            _ => std::ptr::null_mut(),
        }
    }
}
