//! The globals that a function names. They are not slots of its frame, and any code may change them.

use connie_wire::op::put;
use pyo3_ffi as ffi;

use super::Engine;
use crate::code::CodeInfo;
use crate::plan::{Sym, SymId};
use crate::raw::{self, Obj, field};

impl Engine {
    /// Makes sure that the globals that a function names are up to date. Costs two comparisons if nothing has happened.
    ///
    /// # Safety
    /// `ptr` is a live frame of `code`, which is a function's.
    #[inline(always)]
    pub(super) unsafe fn look_at_globals(&mut self, code: *mut CodeInfo, ptr: *mut u8) {
        // SAFETY: the caller's promise; the globals of a function are a dict.
        unsafe {
            let globals: Obj = field(ptr, raw::layout().frame_globals);
            let known = &(*code).globals;
            let version = raw::dict_version(globals);
            if known.version != version || known.epoch != self.capture.late.epoch && !known.containers.is_empty() {
                self.read_globals(code, globals, version);
            }
        }
    }

    /// Reports the globals of a module whose body ran before the recording began. Code may also run with other globals,
    /// such as functions that compute annotations: these are not the module's.
    #[cold]
    unsafe fn tell_globals(&mut self, code: *mut CodeInfo, globals: Obj) {
        // SAFETY: as in `look_at_globals`.
        unsafe {
            let Some(file) = self.file_of_code((*code).object) else { return };
            let is_first = self.bodies.insert(file) && raw::is_dict(raw::type_of(globals));
            let is_told = self.capture.knows(globals) && !is_first;
            if is_told || !is_first && !self.capture.is_module_namespace(globals) {
                return;
            }
            let depth = self.capture.limits.depth.saturating_add(1);
            let object = self.capture.see(globals, raw::type_of(globals), depth, true);
            if *self.homes.entry(file).or_insert(object) != object {
                // Its frames report their own globals.
                return;
            }
            let ring = &mut self.capture.ring;
            ring.reserve(32);
            put::globals(ring, file, object);
        }
    }

    /// The number of a frame's globals, if they are not those that readers use for its file; else 0. Functions may be
    /// made with other globals, and a file may be run more than once.
    #[cold]
    pub(super) unsafe fn other_globals(&mut self, code: *mut CodeInfo, ptr: *mut u8) -> u64 {
        // SAFETY: as in `look_at_globals`.
        unsafe {
            let globals: Obj = field(ptr, raw::layout().frame_globals);
            let Some(file) = self.file_of_code((*code).object) else { return 0 };
            let depth = self.capture.limits.depth.saturating_add(1);
            let object = self.capture.see(globals, raw::type_of(globals), depth, true);
            if self.homes.get(&file) == Some(&object) {
                (*code).globals.home = globals as usize;
                return 0;
            }
            object
        }
    }

    /// The same for a module or class body that begins, with its variables in the dict with this number.
    pub(super) unsafe fn globals_of_body(&mut self, code: *mut CodeInfo, ptr: *mut u8, namespace: u64) -> u64 {
        // SAFETY: as in `look_at_globals`.
        unsafe {
            let globals: Obj = field(ptr, raw::layout().frame_globals);
            let is_module = raw::str_bytes(raw::code_name((*code).object)) == b"<module>";
            if is_module && let Some(file) = self.file_of_code((*code).object) {
                self.homes.entry(file).or_insert(namespace);
            }
            let own = std::ptr::eq(globals, field::<Obj>(ptr, raw::layout().frame_locals));
            if own || (*code).globals.home == globals as usize { 0 } else { self.other_globals(code, ptr) }
        }
    }

    #[inline(never)]
    unsafe fn read_globals(&mut self, code: *mut CodeInfo, globals: Obj, version: u64) {
        // SAFETY: as in `look_at_globals`; while the dict's version is the same, its values live.
        unsafe {
            let known = &mut (*code).globals;
            if known.version != version {
                self.capture.touch(globals);
                known.version = version;
                known.containers.clear();
                self.tell_globals(code, globals);
                if self.capture.knows(globals) {
                    self.find_containers(code, globals);
                }
            }
            (*code).globals.epoch = self.capture.late.epoch;
            if self.verify_containers(code, globals) {
                self.look_through_modules(code, globals);
            }
        }
    }

    /// Notes the known objects that a function names.
    #[inline(always)]
    unsafe fn find_containers(&mut self, code: *mut CodeInfo, globals: Obj) {
        // SAFETY: as in `look_at_globals`; codes are held, and so are their names, which are strs.
        unsafe {
            let known = &mut (*code).globals;
            for symbol in &(*code).plans.symbols {
                let Sym::Name(name) = symbol else { continue };
                let value = raw::dict_get(globals, raw::tuple_items((*code).names)[*name as usize]);
                if !value.is_null() && self.capture.knows(value) && !known.containers.contains(&(value as usize)) {
                    known.containers.push(value as usize);
                    self.capture.name_standing(value);
                }
            }
        }
    }

    /// Makes sure that these objects are up to date. Returns whether modules are among them.
    #[inline(always)]
    unsafe fn verify_containers(&mut self, code: *mut CodeInfo, globals: Obj) -> bool {
        let depth = self.capture.limits.depth;
        let mut modules = false;
        // SAFETY: as in `read_globals`: while the dict's version is the same, its values live.
        unsafe {
            for &value in &(*code).globals.containers {
                let value = value as Obj;
                if crate::capture::named::is_bare_function(value) {
                    continue;
                }
                if raw::is_module(raw::type_of(value)) {
                    modules = true;
                    self.capture.look_at_module(value);
                    self.capture.look_at_all_noted(value);
                    continue;
                }
                if !self.capture.verify(value, depth) {
                    // It was forgotten meanwhile: reading the dict writes it again.
                    self.capture.see(globals, raw::type_of(globals), depth.saturating_add(1), true);
                }
            }
        }
        modules
    }

    /// Makes sure that the attributes of modules that code names are up to date. Namespaces are too large to read in
    /// full.
    #[inline(never)]
    pub(super) unsafe fn look_through_modules(&mut self, code: *mut CodeInfo, namespace: Obj) {
        // SAFETY: codes are held, and names belong to them.
        let (names, symbols) = unsafe { (raw::tuple_items((*code).names), &(*code).plans.symbols) };
        let mut modules = Modules { symbols, names, namespace, found: vec![None; symbols.len()] };
        for symbol in symbols {
            let Sym::Attr(base, attribute) = *symbol else { continue };
            let name = names[attribute as usize];
            // SAFETY: names are strs, and what a module's dict holds lives as long as it is there.
            unsafe {
                let module = modules.at(base);
                if module.is_null() {
                    continue;
                }
                let value = raw::module_value(module, name);
                if value.is_null() || !self.capture.knows(value) {
                    if !self.capture.knows(ffi::PyModule_GetDict(module)) {
                        self.note_way_to(&mut modules, base);
                        self.capture.look_at_noted(module, name, value);
                    }
                } else if self.capture.knows(module) {
                    self.capture.verify(value, self.capture.limits.depth);
                }
            }
        }
    }

    /// Records the modules that lead to a module symbol, such as `os.path` in `os.path.sep`.
    unsafe fn note_way_to(&mut self, modules: &mut Modules<'_>, sym: SymId) {
        let Sym::Attr(base, name) = modules.symbols[sym as usize] else { return };
        // SAFETY: as in `look_through_modules`, whose modules these are.
        unsafe {
            if self.capture.knows(modules.at(sym)) {
                return;
            }
            self.note_way_to(modules, base);
            self.capture.note_in_module(modules.at(base), modules.names[name as usize]);
        }
    }
}

/// The modules that a code's symbols refer to, found by names in modules only. Each is looked up once.
struct Modules<'c> {
    symbols: &'c [Sym],
    /// Live strs.
    names: &'c [Obj],
    /// A live dict.
    namespace: Obj,
    /// The module that each symbol stands for, once it was asked for; null if that is not a module.
    found: Vec<Option<Obj>>,
}

impl Modules<'_> {
    /// The module that a symbol stands for; null if that is not a module.
    ///
    /// # Safety
    /// Under the GIL.
    unsafe fn at(&mut self, sym: SymId) -> Obj {
        if let Some(known) = self.found[sym as usize] {
            return known;
        }
        // SAFETY: the caller's promise; names and namespace are live, and what a dict holds lives as long as it is there.
        unsafe {
            let value = match self.symbols[sym as usize] {
                Sym::Name(name) => raw::dict_get(self.namespace, self.names[name as usize]),
                Sym::Attr(base, name) => {
                    let module = self.at(base);
                    if module.is_null() {
                        module
                    } else {
                        raw::dict_get(ffi::PyModule_GetDict(module), self.names[name as usize])
                    }
                }
                _ => std::ptr::null_mut(),
            };
            let module = if is_module(value) { value } else { std::ptr::null_mut() };
            self.found[sym as usize] = Some(module);
            module
        }
    }
}

/// # Safety
/// A live object, or null; under the GIL.
unsafe fn is_module(object: Obj) -> bool {
    // SAFETY: the caller's promise.
    !object.is_null() && unsafe { raw::is_module(raw::type_of(object)) }
}
