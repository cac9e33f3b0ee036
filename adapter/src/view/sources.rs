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

/// By source: when the file was changed last, and how it corresponds to what ran.
type Mappings = HashMap<u32, (Option<SystemTime>, Option<Rc<Mapping>>)>;

/// The sources of a recording, beside their files as they are now.
#[derive(Default)]
pub struct Sources {
    /// They are shown as they ran, not as their files are now.
    pub as_recorded: bool,
    known: RefCell<Mappings>,
    /// By source: the lines of its recorded text that have code.
    with_code: RefCell<HashMap<u32, Vec<u32>>>,
}

impl Sources {
    /// How the file of a source corresponds to what ran; looked at again when the file changes.
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

    /// The line of a position in its file as it is shown.
    pub fn line(&self, recording: &Recording, position: &Position) -> u32 {
        let source = recording.functions.get(position.code as usize).map(|function| function.source);
        let mapping = source.and_then(|source| self.mapping(recording, source));
        mapping.and_then(|mapping| mapping.file(position.line)).unwrap_or(position.line)
    }

    /// As [`line_with_code`], in a source as it ran.
    pub fn recorded_line_with_code(&self, recording: &Recording, source: u32, line: u32) -> Option<u32> {
        let text = recording.sources.get(source as usize)?.text.as_deref()?;
        let mut known = self.with_code.borrow_mut();
        let lines = known.entry(source).or_insert_with(|| python::statement_lines(text).into_iter().collect());
        lines.iter().copied().find(|candidate| *candidate >= line)
    }

    /// What was known of another recording.
    pub fn forget(&mut self) {
        self.known.get_mut().clear();
        self.with_code.get_mut().clear();
    }
}

/// The line at which a breakpoint set on `line` can be hit: that one, or the next one with code.
pub fn line_with_code(text: &str, line: u32) -> Option<u32> {
    python::statement_lines(text).into_iter().find(|candidate| *candidate >= line)
}
