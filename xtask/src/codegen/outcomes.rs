//! Generates the list of how runs end, for the viewer's pages and for VS Code.

use connie_recording::outcome::RunResult;

use super::text::between;
use crate::shell::Result;

/// For the viewer's scripts: the style sheet's class for each result.
pub fn moods(text: &str) -> Result<String> {
    between(text, "outcomes", &format!("// prettier-ignore\nconst MOODS = {};\n", map_of_moods()))
}

/// A Map, as an unknown name in a recording may be that of a property that all objects have.
fn map_of_moods() -> String {
    let each = RunResult::ALL.map(|result| format!("[\"{}\", \"{}\"]", result.name(), result.mood().name()));
    format!("new Map([{}])", each.join(", "))
}

/// For VS Code's extension: descriptions for names that are not clear enough, and the icon of each result.
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
