//! Files as the client has them, and as they were when they ran.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::SystemTime;

use connie_history::timeline::Position;
use connie_recording::Recording;
use connie_source::python;

pub use connie_history::mapping::{mapping, number, numbers};
pub use connie_source::mapping::Mapping;

/// For each source: when its file was last changed, and how the file's lines map to the recorded lines.
type Mappings = HashMap<u32, (Option<SystemTime>, Option<Rc<Mapping>>)>;

/// The sources of a recording, and their current files.
#[derive(Default)]
pub struct Sources {
    /// Whether sources are shown as they ran, not as their files are now.
    pub as_recorded: bool,
    known: RefCell<Mappings>,
    /// For each source: the lines of its recorded text that have code.
    with_code: RefCell<HashMap<u32, Vec<u32>>>,
}

impl Sources {
    /// How the file of a source maps to its recorded text. Computed again when the file changes.
    pub fn mapping(&self, recording: &Recording, source: u32) -> Option<Rc<Mapping>> {
        if self.as_recorded {
            return None;
        }
        let path = &recording.sources.get(source as usize)?.path;
        let changed = std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        if let Some((when, mapping)) = self.known.borrow().get(&source)
            && *when == changed
        {
            return mapping.clone();
        }
        let mapping = mapping(recording, source).map(Rc::new);
        self.known.borrow_mut().insert(source, (changed, mapping.clone()));
        mapping
    }

    /// The line of a position in the file as it is shown.
    pub fn line(&self, recording: &Recording, position: &Position) -> u32 {
        let source = recording.functions.get(position.code as usize).map(|function| function.source);
        let mapping = source.and_then(|source| self.mapping(recording, source));
        mapping.and_then(|mapping| mapping.file(position.line)).unwrap_or(position.line)
    }

    /// As [`line_with_code`], for the recorded text of a source.
    pub fn recorded_line_with_code(&self, recording: &Recording, source: u32, line: u32) -> Option<u32> {
        let text = recording.sources.get(source as usize)?.text.as_deref()?;
        let mut known = self.with_code.borrow_mut();
        let lines = known.entry(source).or_insert_with(|| python::statement_lines(text).into_iter().collect());
        lines.iter().copied().find(|candidate| *candidate >= line)
    }

    /// Forgets what is known of the recording.
    pub fn forget(&mut self) {
        self.known.get_mut().clear();
        self.with_code.get_mut().clear();
    }
}

/// The line at which a breakpoint on `line` can be hit: this line, or the next one with code.
pub fn line_with_code(text: &str, line: u32) -> Option<u32> {
    python::statement_lines(text).into_iter().find(|candidate| *candidate >= line)
}
