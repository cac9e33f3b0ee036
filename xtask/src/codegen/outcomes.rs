//! How runs end, for the pages and for VS Code.

use connie_recording::outcome::RunResult;

use super::text::between;
use crate::shell::Result;

/// The viewer's scripts: the class that the style sheet has for each.
pub fn moods(text: &str) -> Result<String> {
    let each = RunResult::ALL.map(|result| format!("{}: \"{}\"", result.name(), result.mood().name()));
    between(text, "outcomes", &format!("const MOODS = {{ {} }};\n", each.join(", ")))
}

/// VS Code's extension: words where the name says too little.
pub fn words(text: &str) -> Result<String> {
    let each = RunResult::ALL.iter().filter_map(|result| Some(format!("{}: \"{}\"", result.name(), result.words()?)));
    let all = each.collect::<Vec<_>>().join(", ");
    between(text, "outcomes", &format!("const OUTCOMES: Record<string, string> = {{ {all} }};\n"))
}
