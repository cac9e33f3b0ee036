//! Code that is in no file: which of it is recorded, and its sources.
//!
//! A program chooses the file names of code that it compiles, so several sources may have the same name one after the
//! other. A source is looked for when the body of a module begins; it belongs to all code in that module.

use pyo3_ffi as ffi;

use super::Engine;
use super::running::is_code;
use crate::raw::{self, Obj, field};
use crate::sources;

/// How many frames, entries from C, may lie between the body of a module and the frame that runs it.
const BETWEEN: usize = 4;

impl Engine {
    /// Takes over what is known in the process from which this one was forked.
    pub fn inherit_sources(&mut self, parent: &Engine) {
        self.generated = parent.generated.clone();
        self.generated.restart();
    }

    /// The number of a code object's file; `None` if it is not recorded.
    ///
    /// # Safety
    /// `code` is a code object; under the GIL.
    pub unsafe fn file_of_code(&mut self, code: Obj) -> Option<u32> {
        if let Some(&index) = self.generated.codes.get(&(code as usize)) {
            return Some(self.tell_source(index));
        }
        // SAFETY: the caller's promise; code objects hold their names.
        let (filename, is_body) = unsafe {
            let filename = raw::code_filename(code);
            let known = self.files.known(filename);
            let is_body = sources::is_text(raw::code_name(code), b"<module>");
            if let Some(known) = known.filter(|_| !is_body) {
                return known;
            }
            (filename, is_body)
        };
        // SAFETY: as above.
        unsafe {
            if let Some(index) = self.find_source(code, filename, is_body) {
                return Some(self.take_source(code, index));
            }
            let read = self.generated.texts.count();
            let first = self.file_of(code);
            // The body of a file that was announced before. The file may have another text by now.
            if is_body && first.is_some() && read == self.generated.texts.count() {
                let name = raw::str_bytes(filename);
                if let Some(index) = self.rewritten(&name) {
                    return Some(self.take_source(code, index));
                }
            }
            first
        }
    }

    /// Notes that a code object has a source, and tells that; its number.
    unsafe fn take_source(&mut self, code: Obj, index: usize) -> u32 {
        // SAFETY: the caller gives a code object; under the GIL.
        unsafe { self.note_codes(code, index) };
        self.tell_source(index)
    }

    /// The text that a file has now, if it is another than the one that it was announced with.
    fn rewritten(&mut self, name: &[u8]) -> Option<usize> {
        let path = if name.starts_with(b"/") { name.to_vec() } else { self.located(name)? };
        let (_, shown, real) = self.filter.judge(std::str::from_utf8(&path).ok()?);
        let text = self.generated.texts.another(&real)?;
        Some(self.generated.index(shown.as_bytes(), text.to_vec()))
    }

    /// Announces a source if that was not done. Returns its number.
    fn tell_source(&mut self, index: usize) -> u32 {
        let source = &mut self.generated.sources[index];
        match source.number {
            Some(number) => number,
            None => {
                let names = &mut self.capture.names;
                let number = names.new_source(&mut self.capture.ring, &source.path, &source.text);
                source.number = Some(number);
                number
            }
        }
    }

    /// The source of code that has no file and is recorded.
    unsafe fn find_source(&mut self, code: Obj, filename: Obj, is_body: bool) -> Option<usize> {
        // SAFETY: the caller gives a code object and its file name.
        let name = unsafe { raw::str_bytes(filename) };
        if matches!(name.as_slice(), b"<string>" | b"<stdin>") || name.starts_with(b"<frozen ") {
            return None;
        }
        if name.starts_with(b"<doctest ") {
            // SAFETY: under the GIL.
            let example = unsafe { sources::doctest(&name) }?;
            let file = self.absolute(&example.file);
            let wanted = self.filter.includes(&name).unwrap_or_else(|| self.records_path(&file));
            return wanted.then(|| self.generated.index(&name, example.text));
        }
        let path = self.absolute(&name);
        // SAFETY: a live str; under the GIL.
        let text = unsafe { sources::cached(filename) }?;
        let wanted = if name.starts_with(b"<") {
            let is_cell = name.starts_with(b"<ipython-input-") || name.starts_with(b"<python-input-");
            match self.filter.includes(&name) {
                Some(wanted) => wanted,
                // Code that the program makes is recorded, code that a library makes is not.
                // SAFETY: under the GIL, in the thread that runs.
                None => is_cell || is_body && unsafe { self.is_run_by_recorded(code) },
            }
        } else {
            self.records_path(&path)
        };
        wanted.then(|| self.generated.index(&path, text))
    }

    /// A path as it is announced.
    pub(super) fn absolute(&self, name: &[u8]) -> Vec<u8> {
        if name.starts_with(b"/") || name.starts_with(b"<") {
            return name.to_vec();
        }
        [self.cwd.as_bytes(), b"/", name].concat()
    }

    /// Whether the body of a module that begins now was started by recorded code directly.
    unsafe fn is_run_by_recorded(&mut self, body: Obj) -> bool {
        // SAFETY: under the GIL, with a thread state; frames that run are live.
        unsafe {
            let mut at = raw::current_frame(ffi::PyThreadState_Get());
            if at.is_null() || !std::ptr::eq(raw::frame_code(at), body) {
                return false;
            }
            for _ in 0..BETWEEN {
                at = field(at, raw::layout().frame_previous);
                if at.is_null() {
                    return false;
                }
                let code = raw::frame_code(at);
                if is_code(code) && raw::str_bytes(raw::code_filename(code)) != b"<shim>" {
                    return self.knows_code(code) || self.records(code);
                }
            }
            false
        }
    }

    /// Notes the source of a code object and of the code objects among its constants.
    unsafe fn note_codes(&mut self, code: Obj, index: usize) {
        // SAFETY: constants are a tuple, which belongs to the code object; what is noted is held.
        unsafe {
            if self.generated.codes.insert(code as usize, index).is_none() {
                ffi::Py_IncRef(code);
            }
            let consts = ffi::PyObject_GetAttrString(code, c"co_consts".as_ptr());
            if consts.is_null() {
                return ffi::PyErr_Clear();
            }
            for &constant in raw::tuple_items(consts) {
                if raw::builtin_name(raw::type_of(constant)) == b"code" {
                    self.note_codes(constant, index);
                }
            }
            ffi::Py_DecRef(consts);
        }
    }
}
