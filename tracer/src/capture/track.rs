//! Objects with identities: what each held when it was last read, and what differs now.

use connie_wire::Kind;
use connie_wire::codec::Sink;
use connie_wire::op::code;
use connie_wire::value::{self, tag};
use pyo3_ffi as ffi;

use super::memory::{hold, holdable, release};
use super::recheck::SMALL;
use super::{BATCH, Capture, NESTED, RENEWED, Tracked, named};
use crate::contents;
use crate::raw::{self, Obj};
use crate::types::{Class, TypeInfo};

impl Capture {
    /// Makes sure that what the recording knows of an object is true now; its number.
    ///
    /// # Safety
    /// `object` is live, `ty` its type, of a class that is tracked.
    #[inline]
    pub unsafe fn see(&mut self, object: Obj, ty: *mut ffi::PyTypeObject, depth: u8, namespace: bool) -> u64 {
        let tracked: *mut Tracked = match self.objects.get_mut(&(object as usize)) {
            Some(tracked) => &raw mut **tracked,
            None => std::ptr::null_mut(),
        };
        // SAFETY: entries are boxed: the pointer is good while the entry stays in the table, and
        // entries leave it only here (another type) and in `forget`, between events.
        unsafe {
            if !tracked.is_null() {
                let is_class = (*(*tracked).info).kind == Kind::Class;
                if (*tracked).is(ty) && !(is_class && self.is_other_class(object)) {
                    return self.see_again(tracked, object, depth, || false);
                }
                self.remove(object as usize);
            }
            self.track(object, ty, depth, namespace)
        }
    }

    /// As [`Self::see`], for an object that is known; see [`Self::direct`] for `held`.
    #[inline(always)]
    pub(super) unsafe fn see_again(
        &mut self,
        tracked: *mut Tracked,
        object: Obj,
        depth: u8,
        held: impl FnOnce() -> bool,
    ) -> u64 {
        // SAFETY: as in `see`.
        unsafe {
            let known = (*tracked).epoch == self.late.epoch && (*tracked).depth >= depth;
            if !known {
                let depth = depth.max((*tracked).depth);
                // What is referred to anew is looked at in any case: it may be another object at an old address.
                if self.nesting == 0 || self.recheck.is_empty() {
                    self.refresh(tracked, object, depth);
                } else {
                    self.put_off(tracked, object, depth);
                }
            } else if raw::refcount(object) <= self.few || self.building {
                self.recheck.meet(&*tracked);
                self.renew(tracked, object);
            } else if !held() && !self.same(&*tracked, object) {
                self.refresh(tracked, object, (*tracked).depth);
            } else {
                self.recheck.meet(&*tracked);
            }
            (*tracked).id
        }
    }

    /// Looks at an object that may be a new one at the address of a dead one, and so may what it
    /// alone holds: pointers that are equal prove nothing there.
    unsafe fn renew(&mut self, tracked: *mut Tracked, object: Obj) {
        // SAFETY: as in `see`; what is held alone cannot hold its holder, so this ends.
        unsafe {
            let depth = (*tracked).depth;
            if !self.same(&*tracked, object) {
                self.refresh(tracked, object, depth);
            }
            if depth == 0 || (*tracked).leaf || (*tracked).writing || self.nesting >= RENEWED {
                return;
            }
            if let Class::Encoded(_) = (*(*tracked).info).class {
                return;
            }
            let mut now = self.pointers.pop().unwrap_or_default();
            now.clear();
            now.extend((*tracked).items.iter().map(|item| (item & !1) as Obj));
            self.nesting += 1;
            self.descend(tracked, &now, depth, true);
            self.done();
            self.pointers.push(now);
        }
    }

    /// Whether an object looks the way it did; a cheap look, against reused addresses.
    pub(super) unsafe fn same(&self, tracked: &Tracked, object: Obj) -> bool {
        if tracked.depth == 0 {
            return true;
        }
        // SAFETY: the type is the one that was tracked.
        unsafe {
            let info = &*tracked.info;
            match (info.class, info.kind) {
                (Class::Encoded(_), _) => false,
                (_, Kind::List) => equal(&tracked.items, raw::list_items(object), tracked.length),
                (_, Kind::Tuple | Kind::NamedTuple) => equal(&tracked.items, raw::tuple_items(object), tracked.length),
                (_, Kind::Set | Kind::Frozenset) => raw::set_len(object) == tracked.length,
                (_, kind) if kind.is_named() => self.same_named(tracked, object, kind),
                (_, Kind::Instance) => contents::same_instance(object, info, &tracked.items, tracked.version),
                _ => contents::version(object, info.kind) == tracked.version,
            }
        }
    }

    pub(super) unsafe fn track(&mut self, object: Obj, ty: *mut ffi::PyTypeObject, depth: u8, namespace: bool) -> u64 {
        // SAFETY: the caller's promise.
        unsafe {
            let info = self.types.get(ty);
            // One piece, as scalars are: no depth cuts it.
            let kind = (*info).kind;
            let depth = if kind == Kind::Template || kind.is_named() { depth.max(1) } else { depth };
            let open = kind.is_named() && self.is_open(object, kind);
            if kind == Kind::Class {
                self.is_other_class(object);
            }
            let type_id = self.type_id(ty, info);
            let id = self.new_id();
            self.ring.reserve(32);
            self.ring.put(code::NEW);
            self.ring.varint(id);
            self.ring.varint(u64::from(type_id));
            self.ring.varint(u64::from((*info).kind != Kind::Opaque && depth == 0));
            self.ring.put(0);
            let mut entry = Box::new(Tracked {
                id,
                ty,
                info,
                epoch: self.late.epoch,
                seen_at: self.late.steps,
                depth: 0,
                leaf: true,
                suspect: false,
                writing: false,
                raised: false,
                namespace,
                open,
                version: 0,
                length: usize::MAX,
                items: Vec::new(),
                hash: 0,
                used: self.clock,
                pass: 0,
                root: 0,
                index: None,
                told: self.next,
            });
            let tracked = &raw mut *entry;
            self.objects.insert(object as usize, entry);
            self.bytes += std::mem::size_of::<Tracked>() + 48;
            if depth > 0 {
                self.refresh(tracked, object, depth);
            }
            id
        }
    }

    pub(super) unsafe fn type_id(&mut self, ty: *mut ffi::PyTypeObject, info: *mut TypeInfo) -> u32 {
        // SAFETY: `ty` is live and `info` is what is known of it.
        unsafe {
            if let Some(id) = (*info).id {
                return id;
            }
            let name = self.type_name_string(ty);
            let module = contents::type_module(ty);
            let module = self.names.string(&mut self.ring, &module);
            let class = if (*info).python { self.class_number(ty) } else { 0 };
            if let Some(id) = (*info).id {
                // Its class holds an instance.
                return id;
            }
            let id = self.names.new_type();
            self.ring.reserve(48);
            self.ring.put(code::TYPE);
            self.ring.put((*info).kind as u8);
            self.ring.varint(u64::from(module));
            self.ring.varint(u64::from(name));
            self.ring.varint(class);
            self.ring.put(crate::types::descriptor(ty, (*info).python));
            (*info).id = Some(id);
            id
        }
    }

    /// Reads an object again and writes what differs, then looks at what it holds.
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

    /// A look is done; after the outermost, what else it takes follows.
    ///
    /// # Safety
    /// No code of the program has run since the look began.
    unsafe fn done(&mut self) {
        self.leave();
        if self.nesting == 0 {
            // SAFETY: the caller's promise.
            unsafe { self.settle() };
        }
    }

    /// A look is done; after the outermost, those that were deferred follow.
    pub(super) fn leave(&mut self) {
        self.nesting -= 1;
        while self.nesting == 0
            && let Some((address, depth)) = self.deferred.pop()
        {
            let Some(entry) = self.objects.get_mut(&address).map(|entry| &raw mut **entry) else { continue };
            self.nesting = 1;
            // SAFETY: entries are boxed; nothing runs between the look that put the object off and this one, so
            // that what held it still does.
            unsafe { self.refresh_now(entry, address as Obj, depth.max((*entry).depth)) };
            self.nesting = 0;
        }
    }

    pub(super) unsafe fn refresh_now(&mut self, tracked: *mut Tracked, object: Obj, depth: u8) {
        // SAFETY: the entry stays in the table meanwhile (see `see`); the object is live.
        unsafe {
            let deeper = depth > (*tracked).depth;
            let stale = (*tracked).epoch != self.late.epoch;
            let (epoch, seen_at) = ((*tracked).epoch, (*tracked).seen_at);
            // One that was not read before was not shown either.
            let known = stale && (*tracked).depth > 0;
            if std::mem::take(&mut (*tracked).suspect) && known {
                self.tell_late(tracked, epoch, seen_at);
            }
            ((*tracked).epoch, (*tracked).seen_at) = (self.late.epoch, self.late.steps);
            (*tracked).depth = depth;
            (*tracked).used = self.clock;
            ((*tracked).pass, (*tracked).root) = self.recheck.place();
            // Met again through something it holds: the outer call goes on deeper when it is done.
            if depth == 0 || (*tracked).writing {
                return;
            }
            let info = (*tracked).info;
            if (*info).python {
                self.look_at_class(info, (*tracked).ty, depth);
            }
            if let Class::Encoded(reader) = (*info).class {
                if self.refresh_encoded(tracked, object, reader, depth) && known {
                    self.tell_late(tracked, epoch, seen_at);
                }
                return;
            }
            let mut now = self.pointers.pop().unwrap_or_default();
            now.clear();
            if !deeper && has_exact_look((*info).kind) && self.same(&*tracked, object) {
                self.recheck.spend((*tracked).items.len());
                if (*info).kind == Kind::Instance {
                    self.shared.note(object);
                }
                if stale && !(*tracked).leaf {
                    now.extend((*tracked).items.iter().map(|item| (item & !1) as Obj));
                    self.descend(tracked, &now, depth, false);
                }
                return self.pointers.push(now);
            }
            let length = if (*info).kind.is_named() {
                self.read_named(object, (*info).kind, (*tracked).open, &mut now)
            } else {
                contents::read(object, &*info, self.limits.items, (*tracked).namespace, &mut now)
            };
            (*tracked).version = contents::version(object, (*info).kind);
            self.recheck.spend(now.len());
            (*tracked).writing = true;
            let changed = self.difference(tracked, &now, length, depth);
            (*tracked).writing = false;
            if (*info).kind == Kind::Instance {
                self.shared.note(object);
            }
            if changed {
                if known {
                    self.tell_late(tracked, epoch, seen_at);
                }
                self.changed(object, (*info).kind);
            }
            let reached = (*tracked).depth;
            if (deeper || stale || reached > depth) && !(*tracked).leaf {
                self.descend(tracked, &now, reached, false);
            }
            self.pointers.push(now);
        }
    }

    /// Writes the changed middle of an object's items; whether anything differed.
    pub(super) unsafe fn difference(&mut self, tracked: *mut Tracked, now: &[Obj], length: usize, depth: u8) -> bool {
        // SAFETY: as in `refresh`.
        unsafe {
            let before = &(*tracked).items;
            let width = contents::width((*(*tracked).info).kind);
            let same = |a: &usize, b: &Obj| *a & !1 == *b as usize;
            let mut start = before.iter().zip(now).take_while(|(a, b)| same(a, b)).count();
            if start == before.len() && start == now.len() && length == (*tracked).length {
                return false;
            }
            start -= start % width;
            let rest = before.len().min(now.len()) - start;
            let mut end = before[start..]
                .iter()
                .rev()
                .zip(now[start..].iter().rev())
                .take(rest)
                .take_while(|(a, b)| same(a, b))
                .count();
            end -= end % width;
            let removed = before.len() - start - end;
            let inserted = &now[start..now.len() - end];
            for &item in &before[start..start + removed] {
                release(item, &mut self.bytes);
            }
            let held: Vec<usize> = inserted.iter().map(|&item| hold(item, &mut self.bytes)).collect();
            if held.iter().any(|item| *item & 1 == 0 && *item != 0) {
                (*tracked).leaf = false;
            }
            self.bytes += 8 * held.len();
            if removed != held.len() || removed > 1 {
                (*tracked).index = None;
            }
            (*tracked).items.splice(start..start + removed, held);
            (*tracked).length = length;
            let id = (*tracked).id;
            let mut out = self.buffer();
            if start + end == 0 {
                (*tracked).told = u64::MAX;
            }
            let (mut removed, mut count, mut at) = (removed, 0, start);
            let names = (*(*tracked).info).kind == Kind::Instance;
            let pairs = width == 2;
            let namespace = (*tracked).namespace;
            let named = (*(*tracked).info).kind.is_named();
            for (n, &item) in inserted.iter().enumerate() {
                let is_value = pairs && n % 2 == 1;
                if named {
                    self.put_member(tracked, start + n, item, depth, &mut out);
                } else if is_value && self.hides(inserted[n - 1], item) {
                    let name = self.type_name_string(raw::type_of(item));
                    value::put_named(&mut out, tag::REDACTED, name);
                } else if names && !is_value {
                    self.put_str(item, &mut out);
                } else if namespace
                    && is_value
                    && contents::is_machinery(inserted[n - 1])
                    && !holdable(raw::type_of(item))
                {
                    let name = self.type_name_string(raw::type_of(item));
                    value::put_named(&mut out, tag::UNKNOWN, name);
                } else {
                    self.encode(item, depth - 1, &mut out);
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
            if (*tracked).told == u64::MAX {
                (*tracked).told = self.next;
            }
            true
        }
    }

    /// Whether a value under this key is a secret.
    pub unsafe fn hides(&mut self, key: Obj, value: Obj) -> bool {
        // SAFETY: both are live.
        unsafe {
            raw::is_str(raw::type_of(key))
                && !std::ptr::eq(value, ffi::Py_None())
                && self.names.is_secret(key)
                && !matches!(
                    (*self.types.get(raw::type_of(value))).class,
                    Class::Function
                        | Class::Method
                        | Class::Type
                        | Class::Module
                        | Class::CFunction
                        | Class::Descriptor
                )
        }
    }

    pub(super) fn splice(&mut self, id: u64, at: usize, removed: usize, length: usize, count: usize, bytes: &[u8]) {
        self.ring.reserve(bytes.len() + 64);
        if removed == 1 && count == 1 {
            self.ring.put(code::SET);
            self.ring.varint(id);
            self.ring.varint(at as u64);
        } else {
            self.ring.put(code::SPLICE);
            self.ring.varint(id);
            self.ring.varint(at as u64);
            self.ring.varint(removed as u64);
            self.ring.varint(length as u64);
            self.ring.varint(count as u64);
        }
        self.ring.put_all(bytes);
    }

    /// Looks at the objects that an object holds; if it is `new`, also at known ones that nobody else
    /// holds.
    pub(super) unsafe fn descend(&mut self, tracked: *mut Tracked, now: &[Obj], depth: u8, new: bool) {
        // SAFETY: as in `refresh`; items are live as long as their container does not change.
        unsafe {
            if !new && now.len() > SMALL && self.recheck.is_empty() {
                return self.recheck.refused();
            }
            let mut leaf = true;
            for (n, &item) in now.iter().enumerate() {
                if item.is_null() || (*tracked).items.get(n).is_none_or(|held| held & 1 == 1) {
                    continue;
                }
                let ty = raw::type_of(item);
                if named::is_function(ty) && named::is_bare_function(item) {
                    // It may get attributes; see `open_methods` for those of a class.
                    leaf &= (*(*tracked).info).kind == Kind::Class;
                    continue;
                }
                if (*tracked).namespace && raw::is_module(ty) && self.knows(item) && !new {
                    // Not all that it holds, once an epoch: see `Engine::look_through_modules`.
                    leaf = false;
                    self.look_at_module(item);
                    continue;
                }
                let entry = self.objects.get_mut(&(item as usize)).map(|entry| &raw mut **entry);
                match entry {
                    Some(entry) if (*entry).is(ty) => {
                        leaf = false;
                        if (*entry).id >= (*tracked).told && !self.is_hidden(tracked, now, n) {
                            self.put_again(tracked, n, item, depth);
                        }
                        let known = (*entry).epoch == self.late.epoch && (*entry).depth >= depth - 1;
                        if !known {
                            self.put_off(entry, item, (depth - 1).max((*entry).depth));
                        } else {
                            self.recheck.meet(&*entry);
                            if new && raw::refcount(item) == 1 {
                                self.renew(entry, item);
                            }
                        }
                    }
                    _ => {
                        if !self.is_tracked_kind(item, ty) {
                            continue;
                        }
                        leaf = false;
                        let hidden = self.is_hidden(tracked, now, n);
                        if hidden || raw::is_tuple(ty) && self.put_short_tuple(item, &mut Vec::new()) {
                            continue;
                        }
                        // Forgotten, or another object at an address we knew.
                        self.put_again(tracked, n, item, depth);
                    }
                }
            }
            (*tracked).leaf = leaf;
            (*tracked).told = self.next;
        }
    }

    /// Whether an item is a value whose key says that it is not recorded.
    unsafe fn is_hidden(&mut self, tracked: *mut Tracked, now: &[Obj], n: usize) -> bool {
        // SAFETY: as in `descend`.
        unsafe {
            contents::width((*(*tracked).info).kind) == 2
                && n % 2 == 1
                && (self.hides(now[n - 1], now[n])
                    || (*tracked).namespace && contents::is_machinery(now[n - 1])
                    || self.is_by_name(tracked, now, n))
        }
    }

    /// Writes an item anew that is another object than when it was written.
    unsafe fn put_again(&mut self, tracked: *mut Tracked, n: usize, item: Obj, depth: u8) {
        // SAFETY: as in `descend`.
        unsafe {
            let mut out = self.buffer();
            self.encode(item, depth - 1, &mut out);
            let id = (*tracked).id;
            self.ring.reserve(out.len() + 32);
            self.ring.put(code::SET);
            self.ring.varint(id);
            self.ring.varint(n as u64);
            self.ring.put_all(&out);
            self.give_back(out);
        }
    }

    /// The same for contents that are encoded each time; whether they differed.
    pub(super) unsafe fn refresh_encoded(
        &mut self,
        tracked: *mut Tracked,
        object: Obj,
        reader: crate::library::Reader,
        depth: u8,
    ) -> bool {
        // SAFETY: as in `refresh`.
        unsafe {
            self.note_view(object, reader);
            let contents = self.contents(object, reader, depth);
            self.recheck.spend(contents.bytes.len());
            let hash = fnv(&contents.bytes);
            if (*tracked).hash == hash && (*tracked).length == contents.length {
                return false;
            }
            let before = (*tracked).items.pop().unwrap_or(0);
            // It may hold objects, which are looked at each time it is read.
            (*tracked).leaf = false;
            (*tracked).hash = hash;
            (*tracked).length = contents.length;
            // The only use of `items` here is to remember how many values were written.
            (*tracked).items.push(contents.count);
            let id = (*tracked).id;
            self.ring.reserve(contents.bytes.len() + 64);
            self.ring.put(code::SPLICE);
            self.ring.varint(id);
            self.ring.varint(0);
            self.ring.varint(before as u64);
            self.ring.varint(contents.length as u64);
            self.ring.varint(contents.count as u64);
            self.ring.put_all(&contents.bytes);
            true
        }
    }
}

/// Whether [`Capture::same`] misses no change of what an object of this kind holds.
pub(super) fn has_exact_look(kind: Kind) -> bool {
    matches!(kind, Kind::List | Kind::Tuple | Kind::Dict | Kind::Instance) || kind.is_named()
}

#[inline]
fn equal(before: &[usize], now: &[Obj], length: usize) -> bool {
    now.len() == length && before.iter().zip(now).all(|(a, b)| *a & !1 == *b as usize)
}

fn fnv(bytes: &[u8]) -> u64 {
    use std::hash::Hasher;
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(bytes);
    hasher.finish() | 1
}
