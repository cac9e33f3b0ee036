//! How runs end, for the pages and for VS Code.

use connie_recording::outcome::RunResult;

use super::text::between;
use crate::shell::Result;

/// The viewer's scripts: the class that the style sheet has for each.
pub fn moods(text: &str) -> Result<String> {
    between(text, "outcomes", &format!("// prettier-ignore\nconst MOODS = {};\n", map_of_moods()))
}

/// A map, as a name that is in no recording of ours may be that of a property of all objects.
fn map_of_moods() -> String {
    let each = RunResult::ALL.map(|result| format!("[\"{}\", \"{}\"]", result.name(), result.mood().name()));
    format!("new Map([{}])", each.join(", "))
}

/// VS Code's extension: words where the name says too little, and what gets which icon.
pub fn words(text: &str) -> Result<String> {
    let each = RunResult::ALL.iter();
    let each = each.filter_map(|result| Some(format!("[\"{}\", \"{}\"]", result.name(), result.words()?)));
    let all = each.collect::<Vec<_>>().join(", ");
    let moods = map_of_moods();
    between(
        text,
        "outcomes",
        &format!(
            "// prettier-ignore\nconst OUTCOMES = new Map([{all}]);\n// prettier-ignore\nconst MOODS = {moods};\n"
        ),
    )
}
