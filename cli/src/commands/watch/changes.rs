//! Determines the lines of a source that an edit touched.

use std::collections::BTreeSet;

use connie_source::mapping::Mapping;
use connie_source::outline::{Function, Outline};
use connie_source::python::statement_heads;

/// The maximum number of new lines that are compared one by one. If there are more, only their presence is reported.
const MAX_NEW_LINES: usize = 1000;

/// The touched lines, in the old version of a source.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// The changed places, each with substitute lines: a test that ran one of them may run the change.
    pub places: Vec<ChangedPlace>,
    /// Whether test functions were added.
    pub has_new_tests: bool,
}

/// A changed place.
#[derive(Debug, PartialEq, Eq)]
pub struct ChangedPlace {
    /// Lines that run it: those of a statement, or the neighbours of a new statement.
    pub lines: BTreeSet<u32>,
    /// First and last line of the enclosing function; `None` at module level.
    pub function: Option<(u32, u32)>,
}

/// Compares a source with its previous version. Blank lines and comments are ignored.
pub fn touched(old: &str, new: &str) -> Touched {
    let mapping = Mapping::between(old, new);
    let (outline, heads) = (Outline::of(old), statement_heads(old));
    let mut found = Touched::default();
    let function_at = |line| outline.function_at(line).map(|n| &outline.functions[n]);
    let around = |function: Option<&Function>| {
        function.filter(|function| !function.is_class).map(|function| (function.line, function.last_line))
    };
    for (line, text) in numbered(old) {
        if mapping.file(line).is_none() && is_code(text) {
            let head = heads.iter().find(|(first, last)| (*first..=*last).contains(&line));
            let lines = head.map_or([line].into(), |(first, last)| (*first..=*last).collect());
            push(&mut found.places, ChangedPlace { lines, function: around(function_at(line)) });
        }
    }
    let new_outline = Outline::of(new);
    let code: BTreeSet<u32> = numbered(new).filter(|(_, text)| is_code(text)).map(|(line, _)| line).collect();
    let added: Vec<u32> = code.iter().copied().filter(|line| mapping.recorded(*line).is_none()).collect();
    if added.len() > MAX_NEW_LINES {
        push(&mut found.places, ChangedPlace { lines: BTreeSet::new(), function: None });
        return found;
    }
    for line in added {
        let function = new_outline.function_at(line).map(|n| &new_outline.functions[n]);
        let names_old = function.is_none_or(|function| mapping.recorded(function.def_line).is_some());
        if let Some(function) = function.filter(|function| !names_old && !has_function(&outline, function)) {
            // No earlier code can have called it, unless changed lines do.
            let is_test = function.name.starts_with("test") && !function.is_class;
            found.has_new_tests |= is_test;
            if is_test {
                continue;
            }
        }
        if replaces(line, &mapping, old, new) {
            continue;
        }
        let within = |other: &u32| match function {
            Some(function) => (function.line..=function.last_line).contains(other),
            None => false,
        };
        let same = |other: &u32| within(other).then(|| mapping.recorded(*other)).flatten();
        let before = code.range(..line).rev().filter(|line| within(line)).find_map(same);
        let after = code.range(line + 1..).filter(|line| within(line)).find_map(same);
        let lines: BTreeSet<u32> = before.into_iter().chain(after).collect();
        let function = lines.first().and_then(|line| around(function_at(*line)));
        push(&mut found.places, ChangedPlace { lines, function });
    }
    found
}

/// Whether a new line replaces old ones, whose hits tell who ran it: there are no more lines than before, and none is
/// less indented (which could be the beginning of another branch).
fn replaces(line: u32, mapping: &Mapping, old: &str, new: &str) -> bool {
    let last = new.lines().count() as u32;
    let before = (1..line).rev().find_map(|line| Some((line, mapping.recorded(line)?))).unwrap_or((0, 0));
    let after =
        (line + 1..=last).find_map(|line| Some((line, mapping.recorded(line)?))).unwrap_or((u32::MAX, u32::MAX));
    let code = |text: &str, after: u32, before: u32| -> Vec<usize> {
        let indent = |text: &str| text.len() - text.trim_start().len();
        let all = text.lines().zip(1..).filter(|(_, line)| (after + 1..before).contains(line));
        all.filter(|(text, _)| is_code(text.trim())).map(|(text, _)| indent(text)).collect()
    };
    let (gone, came) = (code(old, before.1, after.1), code(new, before.0, after.0));
    came.len() <= gone.len() && came.iter().min() >= gone.iter().min()
}

fn push(places: &mut Vec<ChangedPlace>, place: ChangedPlace) {
    if !places.contains(&place) {
        places.push(place);
    }
}

fn numbered(text: &str) -> impl Iterator<Item = (u32, &str)> {
    text.lines().enumerate().map(|(n, text)| (n as u32 + 1, text.trim()))
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('#')
}

fn has_function(outline: &Outline, function: &Function) -> bool {
    outline.functions.iter().any(|old| old.name == function.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "A = 1\n\n\ndef f(x):\n    if x:\n        y = 1\n    else:\n        y = 2\n    return y\n\n\n\
        def g():\n    return [\n        1,\n        2,\n    ]\n";

    /// Lines of a place, and the enclosing function.
    type Lines = (Vec<u32>, Option<(u32, u32)>);

    fn lines(new: &str) -> Vec<Lines> {
        touched(OLD, new).places.into_iter().map(|place| (place.lines.into_iter().collect(), place.function)).collect()
    }

    #[test]
    fn a_changed_line_is_touched_alone_unless_there_are_more_or_in_another_branch() {
        assert_eq!(lines(&OLD.replace("y = 2", "y = 3")), [(vec![8], Some((4, 9)))]);
        assert!(lines(&OLD.replace("y = 2", "y = 3\n        y += 1")).iter().any(|(lines, _)| lines.len() == 2));
        let without_else = lines(&OLD.replace("    else:\n        y = 2\n", "    y = 2\n"));
        let all: Vec<u32> = without_else.into_iter().flat_map(|(lines, _)| lines).collect();
        assert!([6, 8].iter().all(|line| all.contains(line)), "{all:?}");
    }

    #[test]
    fn a_statement_of_several_lines_is_touched_as_a_whole() {
        assert_eq!(lines(&OLD.replace("        2,\n", "")), [(vec![13, 14, 15, 16], Some((12, 16)))]);
    }

    #[test]
    fn what_is_inserted_touches_its_neighbours_in_the_function() {
        assert_eq!(lines(&OLD.replace("    return y", "    y += 1\n    return y")), [(vec![8, 9], Some((4, 9)))]);
        assert_eq!(lines(&OLD.replace("def g", "B = 1\n\n\ndef g")), [(vec![], None)]);
    }

    #[test]
    fn comments_and_blank_lines_touch_nothing() {
        assert_eq!(touched(OLD, &OLD.replace("A = 1\n", "A = 1\n# why\n\n")), Touched::default());
    }

    #[test]
    fn a_new_test_touches_nothing_else() {
        let found = touched(OLD, &format!("{OLD}\n\ndef test_new():\n    assert f(1) == 1\n"));
        assert_eq!(found, Touched { places: Vec::new(), has_new_tests: true });
        // A new helper may replace an imported one.
        assert_eq!(lines(&format!("{OLD}\n\ndef helper():\n    return 1\n")), [(vec![], None)]);
    }
}
