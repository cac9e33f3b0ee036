//! Maps lines between two texts.

use std::collections::HashMap;
use std::time::Duration;

use similar::{ChangeTag, TextDiff};

/// The time limit for comparing two texts. After it, the result is correct but may miss equal lines.
const PATIENCE: Duration = Duration::from_secs(2);

/// The mapping between the lines of a file and of its recorded source.
pub struct Mapping {
    /// For each line of the file, the recorded line; both from 1.
    to_recorded: HashMap<u32, u32>,
    to_file: HashMap<u32, u32>,
    same: bool,
}

impl Mapping {
    /// Compares the text that ran with the current text of the file.
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

    /// The recorded line for a line of the file; `None` if the line was changed.
    pub fn recorded(&self, line: u32) -> Option<u32> {
        if self.same { Some(line) } else { self.to_recorded.get(&line).copied() }
    }

    /// The line of the file for a recorded line; `None` if the line was changed.
    pub fn file(&self, line: u32) -> Option<u32> {
        if self.same { Some(line) } else { self.to_file.get(&line).copied() }
    }
}
