//! Numbers of strings, files and types. Each is written once.

use connie_wire::op::put;
use connie_wire::ring::Writer;
use connie_wire::secrets::Secrets;
use pyo3_ffi as ffi;
use rustc_hash::FxHashMap;

use crate::raw::{self, Obj};

/// The numbers that one tracer has assigned.
pub struct Names {
    strings: FxHashMap<Box<[u8]>, u32>,
    /// Numbers of strs by address, to which references are held.
    objects: FxHashMap<usize, u32>,
    files: u32,
    /// Verdicts on strs, to which references are held.
    secret: FxHashMap<usize, bool>,
    types: u32,
    codes: u32,
    secrets: Secrets,
}

impl Names {
    /// Tables without entries.
    pub fn new(secrets: Secrets) -> Self {
        Self {
            strings: FxHashMap::default(),
            objects: FxHashMap::default(),
            files: 0,
            secret: FxHashMap::default(),
            types: 0,
            codes: 0,
            secrets,
        }
    }

    /// Forgets all numbers, so that everything is announced again.
    pub fn restart(&mut self) {
        self.strings.clear();
        for object in self.objects.drain().map(|(object, _)| object) {
            // SAFETY: the reference is ours, to a str.
            unsafe { ffi::Py_DecRef(object as Obj) };
        }
        (self.files, self.types, self.codes) = (0, 0, 0);
    }

    /// The number of a string.
    pub fn string(&mut self, ring: &mut Writer, text: &[u8]) -> u32 {
        if let Some(&id) = self.strings.get(text) {
            return id;
        }
        let id = self.strings.len() as u32;
        self.strings.insert(text.into(), id);
        let text = &text[..text.len().min(1 << 16)];
        ring.reserve(text.len() + 16);
        put::string(ring, text);
        id
    }

    /// The number of a str object. Names in code are few and live long, so the object is held.
    ///
    /// # Safety
    /// `text` is a str or null.
    pub unsafe fn string_of(&mut self, ring: &mut Writer, text: Obj) -> u32 {
        if let Some(&id) = self.objects.get(&(text as usize)) {
            return id;
        }
        // SAFETY: the caller's promise; only exact strs are held.
        unsafe {
            let id = self.string(ring, &raw::str_bytes(text));
            if !text.is_null() && raw::is_str(raw::type_of(text)) && self.objects.len() < 100_000 {
                ffi::Py_IncRef(text);
                self.objects.insert(text as usize, id);
            }
            id
        }
    }

    /// Announces a file. Returns its number.
    pub fn new_file(&mut self, ring: &mut Writer, path: &[u8]) -> u32 {
        ring.reserve(path.len() + 16);
        put::file(ring, path);
        self.files += 1;
        self.files - 1
    }

    /// Announces a file with its source, unless the source is too large for the ring. Returns the file's number.
    pub fn new_source(&mut self, ring: &mut Writer, path: &[u8], text: &[u8]) -> u32 {
        if path.len() + text.len() + 32 > ring.largest_op() {
            return self.new_file(ring, path);
        }
        ring.reserve(path.len() + text.len() + 32);
        put::source(ring, path, text);
        self.files += 1;
        self.files - 1
    }

    /// Assigns the number of a type that is being announced.
    pub fn new_type(&mut self) -> u32 {
        self.types += 1;
        self.types - 1
    }

    /// Assigns the number of a code object that is being announced.
    pub fn new_code(&mut self) -> u32 {
        self.codes += 1;
        self.codes - 1
    }

    /// Whether values with this name are secret. Texts are judged by the recorder.
    ///
    /// # Safety
    /// `name` is a str.
    pub unsafe fn is_secret(&self, name: Obj) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            match raw::str_data(name) {
                Some((1, data, length, true)) => self.secrets.hides_ascii(std::slice::from_raw_parts(data, length)),
                _ => false,
            }
        }
    }

    /// Whether values with this name are secret, for names that are checked often.
    ///
    /// # Safety
    /// `name` is an exact str.
    pub unsafe fn is_secret_name(&mut self, name: Obj) -> bool {
        if let Some(&known) = self.secret.get(&(name as usize)) {
            return known;
        }
        // SAFETY: the caller's promise.
        unsafe {
            let verdict = self.is_secret(name);
            if self.secret.len() < 100_000 {
                ffi::Py_IncRef(name);
                self.secret.insert(name as usize, verdict);
            }
            verdict
        }
    }

    /// Whether values with this name are secret.
    pub fn hides(&self, name: &[u8]) -> bool {
        std::str::from_utf8(name).is_ok_and(|name| self.secrets.hides(name))
    }
}
