//! Objects with identities: what each held when it was last read, and what differs now.

use connie_wire::Kind;
use connie_wire::codec::Sink;
use connie_wire::op::put;
use connie_wire::ring::Writer;
use pyo3_ffi as ffi;

use super::Capture;
use super::state::{Parent, Tracked};
use crate::contents;
use crate::identity::{self, Lead};
use crate::layout::common as at;
use crate::library::Values;
use crate::raw::{self, Obj};
use crate::types::{Class, TypeInfo};

impl Capture {
    /// Makes sure that the recording is up to date about an object. Returns the object's number.
    ///
    /// # Safety
    /// `object` is live, `ty` its type, of a class that is tracked.
    #[inline]
    pub unsafe fn see(&mut self, object: Obj, ty: *mut ffi::PyTypeObject, depth: u8, namespace: bool) -> u64 {
        // SAFETY: entries are boxed: the pointer is good while the entry stays in the table, and entries leave it only
        // where the object is found to be another, and in `forget`, between events.
        unsafe {
            if let Some(tracked) = self.entry(object) {
                if (*tracked).is(ty) {
                    return self.see_again(tracked, object, depth);
                }
                if self.reclass(tracked, object, ty, depth) {
                    return (*tracked).id;
                }
                self.bury(object as usize);
            }
            self.track(object, ty, depth, namespace)
        }
    }

    /// As [`Self::see`], for an object that is known.
    #[inline(always)]
    pub(super) unsafe fn see_again(&mut self, tracked: *mut Tracked, object: Obj, depth: u8) -> u64 {
        // SAFETY: as in `see`.
        unsafe {
            let known = (*tracked).epoch == self.late.epoch && (*tracked).depth >= depth;
            if !known {
                let depth = depth.max((*tracked).depth);
                if self.nesting == 0 {
                    self.refresh(tracked, object, depth);
                } else {
                    self.put_off(tracked, object, depth);
                }
            } else if self.is_as_read(&*tracked, object) {
                self.recheck.meet(&*tracked);
            } else {
                self.refresh(tracked, object, (*tracked).depth);
            }
            (*tracked).id
        }
    }

    /// Whether an object is as it was read, if no code with unknown effects has run. Only such code changes the
    /// contents of a tuple in place (`zip` and `enumerate` do so if nothing else holds the tuple), or of objects that
    /// encapsulate theirs.
    #[inline]
    pub(super) unsafe fn is_as_read(&self, tracked: &Tracked, object: Obj) -> bool {
        // SAFETY: as in `see`.
        unsafe {
            let info = &*tracked.info;
            match (info.class, info.kind) {
                (Class::Encoded(_), _) => tracked.walk == self.walk.number,
                (_, Kind::Tuple) => self.same(tracked, object) && !self.is_stale(tracked),
                _ => !tracked.stale,
            }
        }
    }

    /// Whether an object holds the same pointers as before, or seems to: see [`has_exact_look`].
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
                (_, Kind::Exception) => {
                    let args: Obj = raw::field(object, at::EXCEPTION_ARGS);
                    let args: &[Obj] = if args.is_null() { &[] } else { raw::tuple_items(args) };
                    equal(&tracked.items, args, tracked.length)
                }
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
            let kind = (*info).kind;
            let open = kind.is_named() && self.is_open(object, kind);
            // The attributes of an open object are read as deeply as variables, wherever it is found.
            let depth = if open { self.limits.depth.saturating_add(1) } else { depth_of(kind, depth) };
            if kind == Kind::Class {
                self.types.retire(object);
            }
            let is_new_type = (*info).id.is_none();
            let (id, type_id) = self.number_of_new(ty, info);
            if is_new_type
                && let Some(tracked) = self.entry(object)
                && (*tracked).is(ty)
            {
                // The class contains the object, as an Enum contains its members.
                return self.see_again(tracked, object, depth);
            }
            self.begin_to_track(object, ty, info, (id, type_id), depth, (namespace, open))
        }
    }

    /// Writes an object that is seen for the first time, and reads its contents.
    #[inline(always)]
    unsafe fn begin_to_track(
        &mut self,
        object: Obj,
        ty: *mut ffi::PyTypeObject,
        info: *mut TypeInfo,
        (id, type_id): (u64, u32),
        depth: u8,
        (namespace, open): (bool, bool),
    ) -> u64 {
        self.ring.reserve(32);
        // SAFETY: as in `track`: `info` is what is known of the object's type.
        unsafe {
            put_unread(&mut self.ring, id, type_id, (*info).kind != Kind::Opaque && depth == 0);
            if (*info).apart {
                self.tell_apart(id, info);
            }
            let mut entry = self.new_entry(id, object as usize, ty, info);
            (entry.namespace, entry.open) = (namespace, open);
            identity::watch(object, entry.lead);
            let tracked = &raw mut *entry;
            self.objects.insert(object as usize, entry);
            self.bytes += std::mem::size_of::<Tracked>() + 48;
            if depth > 0 {
                self.refresh(tracked, object, depth);
            }
            if (*info).stands {
                self.meet_standing(tracked);
            }
        }
        id
    }

    /// Makes an entry for an object that was not read yet.
    pub(super) unsafe fn new_entry(
        &self,
        id: u64,
        address: usize,
        ty: *mut ffi::PyTypeObject,
        info: *mut TypeInfo,
    ) -> Box<Tracked> {
        Box::new(Tracked {
            id,
            ty,
            info,
            epoch: self.late.epoch,
            seen_at: self.late.steps,
            depth: 0,
            // SAFETY: what is known of types is never freed.
            leaf: unsafe { !(*info).apart },
            suspect: false,
            writing: false,
            raised: false,
            namespace: false,
            open: false,
            version: 0,
            length: usize::MAX,
            items: Vec::new(),
            hash: 0,
            used: self.clock,
            pass: 0,
            root: 0,
            index: None,
            told: self.next,
            address,
            // SAFETY: `ty` is a live type.
            lead: unsafe { Lead::of(ty) },
            parent: Parent::None,
            solid: true,
            stale: false,
            deaths: self.deaths(),
            walk: 0,
        })
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
                // Its class contains an instance.
                return id;
            }
            let apart = self.set_apart(ty, info);
            let id = self.names.new_type();
            self.ring.reserve(48);
            let descriptor = crate::types::descriptor(ty, (*info).python) | apart;
            put::types(&mut self.ring, (*info).kind, module, name, class, descriptor);
            (*info).id = Some(id);
            id
        }
    }

    /// Whether a value with this key is a secret that is hidden here. Texts are hidden by the recorder.
    pub unsafe fn hides(&mut self, key: Obj, value: Obj) -> bool {
        // SAFETY: both are live.
        unsafe {
            let ty = raw::type_of(value);
            raw::is_str(raw::type_of(key))
                && !(raw::is_str(ty) || raw::is_bytes(ty) || raw::is_bool(ty) || std::ptr::eq(value, ffi::Py_None()))
                && self.names.is_secret(key)
                && !matches!(
                    (*self.types.get(ty)).class,
                    Class::Function
                        | Class::Method
                        | Class::Type
                        | Class::Module
                        | Class::CFunction
                        | Class::Descriptor
                )
        }
    }

    /// Whether an item is a value that is not recorded because of its key.
    pub(super) unsafe fn is_hidden(&mut self, tracked: *mut Tracked, now: &[Obj], n: usize) -> bool {
        // SAFETY: as in `descend`.
        unsafe {
            contents::width((*(*tracked).info).kind) == 2
                && n % 2 == 1
                && (self.hides(now[n - 1], now[n])
                    || (*tracked).namespace && contents::is_machinery(now[n - 1])
                    || self.is_by_name(tracked, now, n))
        }
    }

    /// Writes an item again that is another object than when it was written.
    pub(super) unsafe fn put_again(&mut self, tracked: *mut Tracked, n: usize, item: Obj, depth: u8) {
        // SAFETY: as in `descend`.
        unsafe {
            let mut out = self.buffer();
            self.encode(item, depth - 1, &mut out);
            let id = (*tracked).id;
            self.ring.reserve(out.len() + 32);
            put::set(&mut self.ring, id, n as u32, |ring| ring.put_all(&out));
            self.give_back(out);
            self.own(tracked, item);
        }
    }

    /// The same for contents that are encoded each time. Returns whether they differed.
    pub(super) unsafe fn refresh_encoded(
        &mut self,
        tracked: *mut Tracked,
        object: Obj,
        reader: crate::library::Reader,
        depth: u8,
    ) -> bool {
        // SAFETY: as in `refresh`.
        let contents = unsafe {
            self.note_view(object, reader);
            let values: &mut dyn Values = self;
            values.contents(object, reader, depth)
        };
        self.recheck.spend(contents.bytes.len());
        let hash = fnv(&contents.bytes);
        // SAFETY: as in `refresh`.
        let (id, before) = unsafe {
            if (*tracked).hash == hash && (*tracked).length == contents.length {
                return false;
            }
            let before = (*tracked).items.pop().unwrap_or(0);
            // It may contain objects, which are read each time it is read.
            (*tracked).leaf = false;
            (*tracked).hash = hash;
            (*tracked).length = contents.length;
            // `items` is used only to remember how many values were written.
            (*tracked).items.push(contents.count);
            ((*tracked).id, before)
        };
        self.ring.reserve(contents.bytes.len() + 64);
        let items = (contents.count as u64, |ring: &mut Writer| ring.put_all(&contents.bytes));
        put::splice(&mut self.ring, id, 0, before as u32, contents.length as u64, items);
        true
    }
}

/// The depth to which an object of a kind is read. Objects that are a single piece, as scalars are, are not cut.
#[inline(always)]
fn depth_of(kind: Kind, depth: u8) -> u8 {
    if kind == Kind::Template || kind.is_named() { depth.max(1) } else { depth }
}

/// Writes an object without items. They follow as a change, or not at all; `has_more` says that there may be some.
#[inline(always)]
pub(super) fn put_unread(ring: &mut Writer, id: u64, ty: u32, has_more: bool) {
    put::object(ring, id, ty, u64::from(has_more), (0, |_| ()));
}

/// Whether [`Capture::same`] finds every change of an object of this kind.
pub(super) fn has_exact_look(kind: Kind) -> bool {
    matches!(kind, Kind::List | Kind::Tuple | Kind::Dict | Kind::Instance | Kind::Exception) || kind.is_named()
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
