//! What context variables hold. The value of a `ContextVar` belongs to a context, so it is part of the recorded contents
//! of the *context*, and each frame has the context that it runs in behind its variables.
//!
//! A variable is read once recorded code has it in a variable, names it as a global, or meets it within another object.
//! A global that no code names is not read. The same holds for proxies (`library/proxies`).

use pyo3_ffi as ffi;

use super::Capture;
use super::state::{ContextOffset, Standing, Tracked};
use crate::identity;
use crate::library::contexts::{self, Held};
use crate::library::proxies;
use crate::raw::{self, Obj, contexts as of_c, field};

/// The largest number of variables and proxies that are read.
const MAX_HELD: usize = 64;

/// The largest offset at which the thread state is searched for the context. It is shorter in no version.
const SEARCHED: usize = 256;

impl Capture {
    /// Whether contexts are read.
    #[inline(always)]
    pub fn reads_contexts(&self) -> bool {
        !self.standings.known.is_empty()
    }

    /// Whether a variable or proxy was added since a context was last read.
    #[inline(always)]
    pub fn has_new_standing(&self) -> bool {
        self.standings.added
    }

    /// How many variables and proxies were met in namespaces only.
    #[inline(always)]
    pub fn unnamed_standings(&self) -> u32 {
        self.standings.unnamed
    }

    /// Handles a context variable or proxy that is written for the first time.
    ///
    /// # Safety
    /// The entry is that of a live object.
    #[cold]
    pub(super) unsafe fn meet_standing(&mut self, tracked: *const Tracked) {
        if self.standings.quiet {
            self.standings.unnamed += 1;
            return;
        }
        // SAFETY: the caller's promise.
        unsafe { self.add_standing(tracked) };
    }

    /// Has a known object be read in each context, if it is a context variable or a proxy that code names.
    ///
    /// # Safety
    /// `object` is live.
    pub unsafe fn name_standing(&mut self, object: Obj) {
        // SAFETY: the caller's promise; what is known of types is never freed.
        unsafe {
            if let Some(tracked) = self.entry(object)
                && (*tracked).is(raw::type_of(object))
                && (*(*tracked).info).stands
            {
                self.add_standing(tracked);
            }
        }
    }

    unsafe fn add_standing(&mut self, tracked: *const Tracked) {
        // SAFETY: the entry is that of a live object.
        let (address, id) = unsafe { ((*tracked).address, (*tracked).id) };
        let known = &mut self.standings.known;
        if known.iter().any(|known| known.address == address && known.id == id) {
            return;
        }
        known.retain(|known| self.objects.get(&known.address).is_some_and(|entry| entry.id == known.id));
        if known.len() >= MAX_HELD {
            return;
        }
        let object = address as Obj;
        // SAFETY: as above.
        let (is_variable, way) = unsafe {
            match contexts::is_variable(object) {
                true => (true, None),
                false => (false, proxies::held_off(|| proxies::way_of(object))),
            }
        };
        if is_variable || way.is_some() {
            // SAFETY: as above.
            let ty = unsafe { raw::type_of(object) } as usize;
            known.push(Standing { address, id, ty, way });
            self.standings.added = true;
        }
    }

    /// The number of the current context, up to date; 0 if there is none, and `None` if it cannot be read.
    ///
    /// # Safety
    /// `state` is the current thread state.
    pub unsafe fn current_context(&mut self, state: *mut ffi::PyThreadState) -> Option<u64> {
        // SAFETY: the caller's promise; the current context is live.
        unsafe {
            if self.standings.place == ContextOffset::Unknown {
                self.standings.place = proxies::held_off(|| find_place(state));
            }
            let ContextOffset::At(offset) = self.standings.place else { return None };
            let context: Obj = field(state, offset);
            let added = std::mem::take(&mut self.standings.added);
            if context.is_null() {
                return Some(0);
            }
            let (ty, depth) = (raw::type_of(context), self.limits.depth.saturating_add(1));
            match self.entry(context) {
                Some(tracked) if (*tracked).is(ty) => {
                    if added || (*tracked).epoch != self.late.epoch || (*tracked).depth < depth {
                        self.refresh(tracked, context, depth);
                    }
                    Some((*tracked).id)
                }
                _ => Some(self.see(context, ty, depth, false)),
            }
        }
    }

    /// Handles a change of an object: a proxy may stand for one of its attributes.
    #[inline(always)]
    pub(super) fn change_owner(&mut self, object: Obj) {
        if !self.standings.owners.is_empty() && self.standings.owners.contains(&(object as usize)) {
            self.shared.changed = true;
        }
    }

    /// What a context has, for [`crate::library::Values`].
    ///
    /// # Safety
    /// `context` is a live `Context`.
    pub(super) unsafe fn in_context(&mut self, context: Obj) -> Vec<(Obj, Vec<u8>, Held)> {
        let mut found = Vec::new();
        let mut owners = Vec::new();
        let mut all = std::mem::take(&mut self.standings.known);
        // Every other object is reached from what the program holds; these are known by their addresses alone.
        all.retain(|known| identity::lives(known.address, known.ty, known.way.is_none()));
        for known in &all {
            // An object that was forgotten has no entry, and another one at its address has another number.
            if self.objects.get(&known.address).is_none_or(|entry| entry.id != known.id) {
                continue;
            }
            let object = known.address as Obj;
            // SAFETY: it is alive, and a proxy holds what it refers to.
            found.push(unsafe {
                match &known.way {
                    None => (object, contexts::name(object), contexts::held(context, object)),
                    Some(way) => (object, way.name().to_vec(), way.target(context, &mut owners)),
                }
            });
        }
        self.standings.known = all;
        for owner in owners {
            let mut out = self.buffer();
            // SAFETY: the context holds it. Its own attributes are noted, so that their changes are seen.
            unsafe { self.encode(owner, 1, &mut out) };
            self.give_back(out);
            self.standings.owners.insert(owner as usize);
        }
        if self.standings.owners.len() > 16 * MAX_HELD {
            let objects = &self.objects;
            self.standings.owners.retain(|owner| objects.contains_key(owner));
        }
        found
    }
}

/// Finds where the thread state has the current context: a context of our own is entered and left.
unsafe fn find_place(state: *mut ffi::PyThreadState) -> ContextOffset {
    // SAFETY: the caller gives the current thread state. Entering and leaving runs C code alone.
    unsafe {
        let Some(own) = raw::Owned::take(of_c::PyContext_New()) else { return ContextOffset::Nowhere };
        let has = |offset: usize, context: Obj| std::ptr::eq(field::<Obj>(state, offset), context);
        if of_c::PyContext_Enter(own.get()) != 0 {
            ffi::PyErr_Clear();
            return ContextOffset::Nowhere;
        }
        let found: Vec<usize> = (0..SEARCHED).step_by(8).filter(|offset| has(*offset, own.get())).collect();
        if of_c::PyContext_Exit(own.get()) != 0 {
            ffi::PyErr_Clear();
            return ContextOffset::Nowhere;
        }
        match *found {
            [offset] if !has(offset, own.get()) => ContextOffset::At(offset),
            _ => ContextOffset::Nowhere,
        }
    }
}
