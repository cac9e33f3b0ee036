//! Attributes of modules whose namespace is not recorded: those through which recorded code stores something, and the
//! scalars that it names (`math.pi`).
//!
//! `json.JSONEncoder.table = {}` changes a class that can be seen through its module only. Namespaces of libraries are
//! large, so only the attributes that lead to changes by recorded code are recorded.

use pyo3_ffi as ffi;

use crate::capture::held::holdable;
use crate::capture::{Capture, Tracked};
use crate::raw::{self, Obj};

impl Capture {
    /// Records an attribute of a module from here on, as recorded code stores something into its value.
    ///
    /// # Safety
    /// `module` is a live module, `name` a str of a code object that is held.
    #[cold]
    pub unsafe fn note_in_module(&mut self, module: Obj, name: Obj) {
        // SAFETY: the caller's promise; entries are boxed.
        unsafe {
            let dict = ffi::PyModule_GetDict(module);
            let Some(entry) = self.entry(module) else { return };
            if dict.is_null() || (*entry).open || self.knows(dict) {
                return;
            }
            let noted = self.own.noted.entry((*entry).id).or_default();
            if !noted.contains(&(name as usize)) {
                ffi::Py_IncRef(name);
                noted.push(name as usize);
                // Forces a read, as nothing else shows that the module changed.
                (*entry).version = 0;
                self.refresh(entry, module, (*entry).depth.max(2));
            }
        }
    }

    /// Handles an attribute of a module that recorded code names. A scalar is recorded from here on, and written if it
    /// has changed.
    ///
    /// # Safety
    /// As for [`Self::note_in_module`]; `value` is what the module has under the name, or null.
    pub unsafe fn look_at_noted(&mut self, module: Obj, name: Obj, value: Obj) {
        // SAFETY: the caller's promise; entries are boxed.
        unsafe {
            let Some(entry) = self.entry(module) else { return };
            let items = &(*entry).items;
            let mut noted = items.get(2..).unwrap_or_default().chunks_exact(2);
            let known = noted.find(|pair| pair[0] & !1 == name as usize).map(|pair| pair[1] & !1);
            if known.unwrap_or(0) == value as usize {
                return;
            }
            let is_scalar = |value: Obj| holdable(raw::type_of(value)) || std::ptr::eq(value, ffi::Py_None());
            if known.is_some() {
                self.touch(module);
            } else if is_scalar(value) {
                self.note_in_module(module, name);
            }
        }
    }

    /// Reads all noted attributes of a module again, whatever names the running code uses.
    ///
    /// # Safety
    /// As for [`Self::note_in_module`].
    pub unsafe fn look_at_all_noted(&mut self, module: Obj) {
        if self.own.noted.is_empty() {
            return;
        }
        // SAFETY: the caller's promise; entries are boxed.
        unsafe {
            let Some(entry) = self.entry(module) else { return };
            if self.own.noted.contains_key(&(*entry).id) && !self.same_noted(&*entry, module) {
                self.touch(module);
            }
        }
    }

    /// Names and values of the noted attributes that a module has.
    pub(super) unsafe fn noted_items(&self, module: Obj, out: &mut Vec<Obj>) {
        let Some(noted) = self.objects.get(&(module as usize)).and_then(|entry| self.own.noted.get(&entry.id)) else {
            return;
        };
        // SAFETY: names are held; a module that has noted attributes has a dict.
        unsafe {
            let dict = ffi::PyModule_GetDict(module);
            for &name in noted {
                let value = raw::dict_get(dict, name as Obj);
                if !value.is_null() {
                    out.extend([name as Obj, value]);
                }
            }
        }
    }

    /// Whether the noted attributes of a module are unchanged.
    pub(super) unsafe fn same_noted(&self, tracked: &Tracked, module: Obj) -> bool {
        if !self.own.noted.contains_key(&tracked.id) {
            return tracked.items.len() <= 2;
        }
        let mut now = Vec::new();
        // SAFETY: the caller holds a live module.
        unsafe { self.noted_items(module, &mut now) };
        let before = tracked.items.get(2..).unwrap_or_default();
        before.len() == now.len() && before.iter().zip(now).all(|(before, now)| before & !1 == now as usize)
    }
}
