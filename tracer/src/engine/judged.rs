//! Files of code: which are recorded, and by which names.

use std::rc::Rc;

use connie_wire::op::put;
use connie_wire::verdict::Verdict;
use pyo3_ffi as ffi;

use super::Engine;
use super::running::running_files;
use crate::raw::{self, Obj};

/// The most left-out files that are reported to the recorder.
const MAX_LEFT_OUT: u32 = 200;

impl Engine {
    /// The number of a code object's file; `None` if it is not recorded.
    ///
    /// # Safety
    /// Under the GIL; `code` is a code object.
    pub unsafe fn file_of(&mut self, code: Obj) -> Option<u32> {
        // SAFETY: the caller's promise; a str is held so that its address stays its own.
        unsafe {
            let filename = raw::code_filename(code);
            if let Some(&known) = self.files.objects.get(&(filename as usize)) {
                return known;
            }
            let name = raw::str_bytes(filename);
            let is_relative = !name.starts_with(b"/") && !name.starts_with(b"<");
            let number = if is_relative { self.relative_file(code, &name) } else { self.file_at(&name) };
            // The folder that a relative name refers to may change before the next code.
            let is_lasting = number.is_none() || !is_relative;
            if is_lasting && raw::is_str(raw::type_of(filename)) {
                ffi::Py_IncRef(filename);
                self.files.objects.insert(filename as usize, number);
            }
            number
        }
    }

    /// The number of the file of code that names it by a relative path.
    unsafe fn relative_file(&mut self, code: Obj, name: &[u8]) -> Option<u32> {
        if let Some(path) = self.relative_codes.get(&(code as usize)).cloned() {
            return self.file_at(&path);
        }
        let Some(path) = self.located(name) else { return self.missing(name) };
        let number = self.file_at(&path)?;
        // SAFETY: the caller's promise. Code is held whose file is noted, so that its address stays its own.
        unsafe {
            ffi::Py_IncRef(code);
            self.note_relative(code, &path.into());
        }
        Some(number)
    }

    /// Notes the file of a code object, and of the code objects among its constants, which it holds.
    unsafe fn note_relative(&mut self, code: Obj, path: &Rc<[u8]>) {
        self.relative_codes.insert(code as usize, Rc::clone(path));
        // SAFETY: constants are a tuple, which belongs to the code object.
        unsafe {
            let consts = ffi::PyObject_GetAttrString(code, c"co_consts".as_ptr());
            if consts.is_null() {
                return ffi::PyErr_Clear();
            }
            for &constant in raw::tuple_items(consts) {
                if raw::builtin_name(raw::type_of(constant)) == b"code" {
                    self.note_relative(constant, path);
                }
            }
            ffi::Py_DecRef(consts);
        }
    }

    /// The number of a file by its absolute path, or by a name that is not a file's.
    fn file_at(&mut self, path: &[u8]) -> Option<u32> {
        if let Some(&number) = self.files.paths.get(path) {
            return number;
        }
        let number = self.new_file(path);
        self.files.paths.insert(path.to_vec(), number);
        number
    }

    /// Takes over from the parent which code was given with `-c` or on stdin, as a forked child runs it too.
    pub fn take_command(&mut self, parent: &Engine) {
        self.command = parent.command;
        self.command_codes = parent.command_codes.clone();
        self.gets_own_stdin = parent.gets_own_stdin;
    }

    /// The path of a file with a relative name. The file must exist in the process's current folder, or in the folder
    /// where it was started. Extension modules give their code names that are not files of the program.
    pub(super) fn located(&self, name: &[u8]) -> Option<Vec<u8>> {
        use std::os::unix::ffi::{OsStrExt, OsStringExt};
        let name = std::ffi::OsStr::from_bytes(name);
        let now = std::env::current_dir().ok();
        let folders = now.into_iter().chain(std::iter::once(self.cwd.clone().into()));
        let mut paths = folders.filter(|_| !name.is_empty()).map(|folder| folder.join(name));
        // A zip file has the names of its modules below it.
        let is_there =
            |path: &std::path::PathBuf| path.exists() || path.ancestors().skip(1).any(std::path::Path::is_file);
        paths.find(is_there).map(|path| path.into_os_string().into_vec())
    }

    /// The number for code whose file does not exist. It is recorded only if a pattern asks for it.
    fn missing(&mut self, name: &[u8]) -> Option<u32> {
        let path = [self.cwd.as_bytes(), b"/", name].concat();
        let Ok(text) = std::str::from_utf8(&path) else { return self.leave_out(Verdict::NoText, name) };
        if name.is_empty() || !self.filter.records_missing(&text[self.cwd.len() + 1..], text) {
            return self.leave_out(Verdict::Missing, name);
        }
        if let Some(&number) = self.files.paths.get(&path) {
            return number;
        }
        let number = self.capture.names.new_file(&mut self.capture.ring, &path);
        self.files.paths.insert(path, Some(number));
        Some(number)
    }

    /// Whether code with this path is recorded, whether the file exists or not.
    pub(super) fn records_path(&self, path: &[u8]) -> bool {
        let Ok(text) = std::str::from_utf8(path) else { return false };
        let verdict = self.filter.judge(text).0;
        verdict == Verdict::Recorded || verdict != Verdict::Excluded && is_cell(path)
    }

    /// Announces a file if it is recorded.
    fn new_file(&mut self, path: &[u8]) -> Option<u32> {
        if path.starts_with(b"<") {
            if self.command != Some(path) && !is_cell(path) {
                return None;
            }
            let own = format!("<stdin of process {}>", std::process::id());
            // `<stdin>` of another process is another text.
            let is_other = self.gets_own_stdin && path == b"<stdin>";
            let shown = if is_other { own.as_bytes() } else { path };
            return Some(self.capture.names.new_file(&mut self.capture.ring, shown));
        }
        let Ok(text) = std::str::from_utf8(path) else { return self.leave_out(Verdict::NoText, path) };
        let (verdict, shown, real) = self.filter.judge(text);
        if verdict != Verdict::Recorded && (verdict == Verdict::Excluded || !is_cell(path)) {
            return self.leave_out(verdict, path);
        }
        if let Some(&known) = self.files.real.get(&real) {
            return Some(known);
        }
        let (names, ring) = (&mut self.capture.names, &mut self.capture.ring);
        // The file is read here, as the program may change it at any time.
        let number = match self.generated.texts.first(&real) {
            Some(text) => names.new_source(ring, shown.as_bytes(), &text),
            None => names.new_file(ring, shown.as_bytes()),
        };
        self.files.real.insert(real, number);
        Some(number)
    }

    /// Reports a file that is not recorded, until a file is. It is used to explain why nothing was recorded.
    fn leave_out(&mut self, verdict: Verdict, name: &[u8]) -> Option<u32> {
        let files = &self.files;
        let is_asked = files.real.is_empty() && files.left_out < MAX_LEFT_OUT && !self.settings.config.switched;
        // SAFETY: files are asked about under the GIL.
        if !is_asked || unsafe { self.is_starting() } {
            return None;
        }
        let files = &mut self.files;
        if verdict != Verdict::Stdlib || !std::mem::replace(&mut files.told_stdlib, true) {
            files.left_out += 1;
            let name = &name[..name.len().min(1 << 12)];
            let ring = &mut self.capture.ring;
            ring.reserve(name.len() + 16);
            put::left_out(ring, verdict, name);
        }
        None
    }
}

impl Engine {
    /// Whether Python is still starting: code that runs then does not depend on the program.
    ///
    /// # Safety
    /// Under the GIL.
    unsafe fn is_starting(&self) -> bool {
        // SAFETY: the caller's promise.
        let names = unsafe { running_files(32) };
        names.iter().any(|name| name == b"<frozen site>" || name.ends_with(b"/site.py") && self.filter.is_stdlib(name))
    }
}

/// Whether a name is that of a cell of a notebook or IPython session in this process. Cells belong to the program,
/// wherever their file would be.
fn is_cell(path: &[u8]) -> bool {
    let Ok(path) = std::str::from_utf8(path) else { return false };
    if path.starts_with("<ipython-input-") {
        return true;
    }
    let mut parts = path.rsplit('/');
    let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let process = folder.strip_prefix("ipykernel_");
    process.is_some_and(is_number) && name.strip_suffix(".py").is_some_and(is_number)
}
