//! The code that assigning an attribute runs.

use pyo3_ffi as ffi;

use super::verdicts::Access;
use super::{members, type_attribute};
use crate::engine::Engine;
use crate::layout::common as at;
use crate::layout::private::property;
use crate::raw::{self, Obj, field, flag};

impl Engine {
    /// Whether assigning any attribute of an instance could run unrecorded Python code.
    pub(super) unsafe fn has_foreign_stores(&mut self, ty: *mut ffi::PyTypeObject) -> bool {
        let mut found = Vec::new();
        // SAFETY: `ty` is a live type.
        unsafe {
            members(ty, |name, value| {
                let set: usize = field(raw::type_of(value), at::TYPE_DESCR_SET);
                let is_hook = matches!(raw::str_bytes(name).as_slice(), b"__setattr__" | b"__delattr__");
                if set != 0 || is_hook {
                    found.push((value, is_hook));
                }
            });
            found
                .into_iter()
                .any(|(value, is_hook)| !if is_hook { self.hook_is_known(value) } else { self.sets_known(value) })
        }
    }

    /// Whether assigning or deleting an attribute runs no unrecorded code.
    pub(crate) unsafe fn store_is_known(&mut self, ty: *mut ffi::PyTypeObject, name: Obj) -> bool {
        // SAFETY: `ty` is a live type, `name` a str.
        unsafe {
            if !raw::has_flag(ty, flag::HEAP) || !(*self.capture.types.get(ty)).python {
                return true;
            }
            let key = (ty as usize, u64::from(field::<u32>(ty, at::TYPE_VERSION)));
            if key.1 != 0
                && let Some((known, _)) = self.verdicts.get(key, name, Access::Store)
            {
                return known;
            }
            let hooks = [c"__setattr__", c"__delattr__"].map(|hook| type_attribute(ty, hook));
            let found = raw::lookup(ty, name);
            let known = hooks.into_iter().all(|hook| hook.is_null() || self.hook_is_known(hook))
                && (found.is_null() || self.sets_known(found));
            if key.1 != 0 {
                self.verdicts.put(key, name, Access::Store, (known, 0));
            }
            known
        }
    }

    /// Whether a method that is called to assign runs no unknown code. It may be any object of the program that can be
    /// called or bound.
    unsafe fn hook_is_known(&mut self, hook: Obj) -> bool {
        // SAFETY: `hook` is live; what is known of types is never freed.
        unsafe {
            if raw::builtin_name(raw::type_of(hook)) == b"function" {
                return self.function_is_known(hook);
            }
            !(*self.capture.types.get(raw::type_of(hook))).python
        }
    }

    /// Whether a class attribute that is a data descriptor runs no unknown code on assignment.
    unsafe fn sets_known(&mut self, found: Obj) -> bool {
        // SAFETY: `found` is live; its exact type says what is read.
        unsafe {
            let kind = raw::type_of(found);
            if raw::builtin_name(kind) == b"property" {
                let hooks = [property::SET, property::DELETE].map(|at| field::<Obj>(found, at));
                return hooks.into_iter().all(|hook| hook.is_null() || self.callable_is_known(hook).0);
            }
            let set: usize = field(kind, at::TYPE_DESCR_SET);
            set == 0 || !(*self.capture.types.get(kind)).python || {
                let hooks = [c"__set__", c"__delete__"].map(|hook| type_attribute(kind, hook));
                hooks.into_iter().all(|hook| hook.is_null() || self.hook_is_known(hook))
            }
        }
    }
}
