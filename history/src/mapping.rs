//! Files as the client has them, and as they were when they ran.

use std::collections::HashMap;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use crate::files;
use crate::reader::Recording;

/// How long two texts are compared: what is the same is found then, but perhaps not all of it.
const PATIENCE: Duration = Duration::from_secs(2);

/// How lines of a file and of its recorded source correspond.
pub struct Mapping {
    /// Recorded line by line of the file; both from 1.
    to_recorded: HashMap<u32, u32>,
    to_file: HashMap<u32, u32>,
    same: bool,
}

impl Mapping {
    /// Between the text that ran and the text of the file now.
    pub fn between(recorded: &str, file: &str) -> Self {
        let mut mapping = Self { to_recorded: HashMap::new(), to_file: HashMap::new(), same: recorded == file };
        if !mapping.same {
            let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(recorded, file);
            for change in diff.iter_all_changes().filter(|change| change.tag() == ChangeTag::Equal) {
                if let (Some(old), Some(new)) = (change.old_index(), change.new_index()) {
                    mapping.to_recorded.insert(new as u32 + 1, old as u32 + 1);
                    mapping.to_file.insert(old as u32 + 1, new as u32 + 1);
                }
            }
        }
        mapping
    }

    /// The recorded line that a line of the file is; `None` where it was changed since.
    pub fn recorded(&self, line: u32) -> Option<u32> {
        if self.same { Some(line) } else { self.to_recorded.get(&line).copied() }
    }

    /// The line of the file that a recorded line is; `None` where it was changed since.
    pub fn file(&self, line: u32) -> Option<u32> {
        if self.same { Some(line) } else { self.to_file.get(&line).copied() }
    }
}

/// The number of the recorded source of a file: of several texts that it had, the one that it has now, else the last.
pub fn number(recording: &Recording, path: &str) -> Option<u32> {
    let all = numbers(recording, path);
    if all.len() > 1
        && let Ok(file) = files::read(path.as_ref(), files::SOURCE)
    {
        let now = crate::source_text::decode(&file);
        let is_now = |n: &&u32| recording.sources[**n as usize].text.as_deref() == Some(&now);
        if let Some(found) = all.iter().find(is_now) {
            return Some(*found);
        }
    }
    all.last().copied()
}

/// The numbers of all recorded sources of a file, which may have had several texts while the program ran.
pub fn numbers(recording: &Recording, path: &str) -> Vec<u32> {
    let resolved = std::fs::canonicalize(path).ok();
    let is_it = |known: &str| known == path || resolved.is_some() && std::fs::canonicalize(known).ok() == resolved;
    (0u32..).zip(&recording.sources).filter(|(_, source)| is_it(&source.path)).map(|(n, _)| n).collect()
}

/// How the file of a source corresponds to what ran; `None` where there is no such file.
pub fn mapping(recording: &Recording, source: u32) -> Option<Mapping> {
    let source = recording.sources.get(source as usize)?;
    let file = crate::files::read(source.path.as_ref(), crate::files::SOURCE).ok()?;
    Some(Mapping::between(source.text.as_deref()?, &crate::source_text::decode(&file)))
}
