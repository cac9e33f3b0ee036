//! Finds the operands of a condition that decided its result.

use connie_source::control::{Condition, Leaf};

use super::Known;
use super::runs::Asking;
use super::values::Seen;

/// The result of a condition.
pub(super) struct Held {
    /// In words: `` `a and b` was False: `a` was True, `b` was False ``.
    pub said: String,
    /// The values of the evaluated operands.
    pub values: Vec<Known>,
}

/// The result of an operand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Came {
    To(bool),
    NotEvaluated,
    Unknown,
}

/// The result of a condition, given whether it held.
pub(super) fn held(asking: &Asking<'_>, seen: &Seen<'_>, text: &str, holds: bool) -> Held {
    let shown = on_one_line(text);
    let Some(condition) = connie_source::control::condition(text) else {
        return Held { said: format!("`{shown}` was {}", word(holds, false)), values: Vec::new() };
    };
    let is_bool = is_bool(seen, &condition);
    let mut said = format!("`{shown}` was {}", word(holds, is_bool));
    let mut evaluated: Vec<&Leaf> = Vec::new();
    let mut parts = Vec::new();
    add_results(seen, &condition, Some(holds), &mut parts, &mut evaluated);
    if parts.len() > 1 {
        let each = parts.iter().map(|(text, came, is_bool)| {
            let text = on_one_line(text);
            match came {
                Came::To(holds) => format!("`{text}` was {}", word(*holds, *is_bool)),
                Came::NotEvaluated => format!("`{text}` was not evaluated"),
                Came::Unknown => format!("what `{text}` was is not known"),
            }
        });
        said.push_str(": ");
        said.push_str(&each.collect::<Vec<_>>().join(", "));
    }
    Held { said, values: seen.values(asking, &evaluated) }
}

/// A text with each run of white space replaced by one space.
pub(super) fn on_one_line(text: &str) -> String {
    let all: Vec<&str> = text.split_whitespace().collect();
    let text = all.join(" ");
    if text.chars().count() > 100 { text.chars().take(99).chain(['…']).collect() } else { text }
}

fn word(holds: bool, is_bool: bool) -> &'static str {
    match (holds, is_bool) {
        (true, true) => "True",
        (false, true) => "False",
        (true, false) => "truthy",
        (false, false) => "falsy",
    }
}

fn is_bool(seen: &Seen<'_>, condition: &Condition) -> bool {
    match condition {
        Condition::Not(_) => true,
        Condition::All(operands) | Condition::Any(operands) => operands.iter().all(|operand| is_bool(seen, operand)),
        Condition::Leaf(leaf) => leaf.is_bool || seen.leaf(leaf).1,
    }
}

/// Whether a condition held, according to the values.
fn truth(seen: &Seen<'_>, condition: &Condition) -> Option<bool> {
    match condition {
        Condition::Not(operand) => truth(seen, operand).map(|truth| !truth),
        Condition::Leaf(leaf) => seen.leaf(leaf).0,
        Condition::All(operands) => of_all(seen, operands, true),
        Condition::Any(operands) => of_all(seen, operands, false),
    }
}

fn of_all(seen: &Seen<'_>, operands: &[Condition], and: bool) -> Option<bool> {
    for operand in operands {
        if truth(seen, operand)? != and {
            return Some(!and);
        }
    }
    Some(and)
}

/// The text of a leaf, its result, and whether it is a bool.
type LeafResult = (String, Came, bool);

/// Determines the results of the operands of a condition with a known result, and the leaves that were evaluated.
fn add_results<'c>(
    seen: &Seen<'_>,
    condition: &'c Condition,
    holds: Option<bool>,
    results: &mut Vec<LeafResult>,
    evaluated: &mut Vec<&'c Leaf>,
) {
    match condition {
        Condition::Leaf(leaf) => {
            let (known, is_bool) = seen.leaf(leaf);
            let came = holds.or(known).map_or(Came::Unknown, Came::To);
            results.push((leaf.text.clone(), came, is_bool || leaf.is_bool));
            evaluated.push(leaf);
        }
        Condition::Not(operand) => add_results(seen, operand, holds.map(|holds| !holds), results, evaluated),
        Condition::All(operands) => operation(seen, operands, true, holds, results, evaluated),
        Condition::Any(operands) => operation(seen, operands, false, holds, results, evaluated),
    }
}

/// `and` holds if all operands do, and the first that does not hold ends it. `or` is the other way round.
fn operation<'c>(
    seen: &Seen<'_>,
    operands: &'c [Condition],
    and: bool,
    holds: Option<bool>,
    results: &mut Vec<LeafResult>,
    evaluated: &mut Vec<&'c Leaf>,
) {
    if holds == Some(and) {
        return operands.iter().for_each(|operand| add_results(seen, operand, Some(and), results, evaluated));
    }
    let known: Vec<Option<bool>> = operands.iter().map(|operand| truth(seen, operand)).collect();
    // The first operand known to have ended it; the known ones before it did not.
    let ended = known.iter().position(|truth| *truth == Some(!and));
    let open: Vec<usize> = (0..operands.len()).filter(|n| known[*n].is_none()).collect();
    for (n, operand) in operands.iter().enumerate() {
        let is_certain = holds == Some(!and);
        let outcome = match (ended, known[n]) {
            (Some(end), _) if n > end => {
                // An unknown operand before the end may have ended it earlier.
                not_evaluated(operand, results);
                continue;
            }
            (Some(end), _) if n == end && open.iter().any(|open| *open < end) => None,
            (_, Some(truth)) => Some(truth),
            // All other operands let the evaluation continue, so that this one decided.
            (None, None) if is_certain && open.len() == 1 => Some(!and),
            (_, None) => None,
        };
        add_results(seen, operand, outcome, results, evaluated);
        // The operand that decided is the last one that was evaluated.
        if (ended, known[n]) == (None, None) && outcome == Some(!and) {
            operands[n + 1..].iter().for_each(|operand| not_evaluated(operand, results));
            return;
        }
    }
}

fn not_evaluated(operand: &Condition, results: &mut Vec<LeafResult>) {
    results.extend(operand.leaves().iter().map(|leaf| (leaf.text.clone(), Came::NotEvaluated, false)));
}
