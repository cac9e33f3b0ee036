//! Which operands of a condition decided.

use connie_source::control::{Condition, Leaf};

use super::Known;
use super::runs::Asking;
use super::values::Seen;

/// What a condition came to.
pub(super) struct Held {
    /// In words: `` `a and b` was False: `a` was True, `b` was False ``.
    pub said: String,
    /// The values of what was evaluated.
    pub values: Vec<Known>,
}

/// What an operand came to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Came {
    To(bool),
    NotEvaluated,
    Unknown,
}

/// What a condition came to that held, or did not.
pub(super) fn held(asking: &Asking<'_>, seen: &Seen<'_>, text: &str, holds: bool) -> Held {
    let shown = on_one_line(text);
    let Some(condition) = connie_source::control::condition(text) else {
        return Held { said: format!("`{shown}` was {}", word(holds, false)), values: Vec::new() };
    };
    let is_bool = is_bool(seen, &condition);
    let mut said = format!("`{shown}` was {}", word(holds, is_bool));
    let mut evaluated: Vec<&Leaf> = Vec::new();
    let mut parts = Vec::new();
    tell(seen, &condition, Some(holds), &mut parts, &mut evaluated);
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

/// A text with all white space as one.
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

/// Whether a condition held, as the values tell.
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

type Told = (String, Came, bool);

/// What the operands came to of a condition whose outcome is known, and the leaves that were evaluated.
fn tell<'c>(
    seen: &Seen<'_>,
    condition: &'c Condition,
    holds: Option<bool>,
    told: &mut Vec<Told>,
    evaluated: &mut Vec<&'c Leaf>,
) {
    match condition {
        Condition::Leaf(leaf) => {
            let (known, is_bool) = seen.leaf(leaf);
            let came = holds.or(known).map_or(Came::Unknown, Came::To);
            told.push((leaf.text.clone(), came, is_bool || leaf.is_bool));
            evaluated.push(leaf);
        }
        Condition::Not(operand) => tell(seen, operand, holds.map(|holds| !holds), told, evaluated),
        Condition::All(operands) => operation(seen, operands, true, holds, told, evaluated),
        Condition::Any(operands) => operation(seen, operands, false, holds, told, evaluated),
    }
}

/// `and`: it holds if all operands do; the first that does not ends it. `or` the other way round.
fn operation<'c>(
    seen: &Seen<'_>,
    operands: &'c [Condition],
    and: bool,
    holds: Option<bool>,
    told: &mut Vec<Told>,
    evaluated: &mut Vec<&'c Leaf>,
) {
    if holds == Some(and) {
        return operands.iter().for_each(|operand| tell(seen, operand, Some(and), told, evaluated));
    }
    let known: Vec<Option<bool>> = operands.iter().map(|operand| truth(seen, operand)).collect();
    // The first that is known to have ended it: those before it, if they are known, did not.
    let ended = known.iter().position(|truth| *truth == Some(!and));
    let open: Vec<usize> = (0..operands.len()).filter(|n| known[*n].is_none()).collect();
    for (n, operand) in operands.iter().enumerate() {
        let is_certain = holds == Some(!and);
        let outcome = match (ended, known[n]) {
            (Some(end), _) if n > end => {
                // Something unknown before the end may have ended it before.
                not_evaluated(operand, told);
                continue;
            }
            (Some(end), _) if n == end && open.iter().any(|open| *open < end) => None,
            (_, Some(truth)) => Some(truth),
            // All others were as they must be to come to the end: this one decided.
            (None, None) if is_certain && open.len() == 1 => Some(!and),
            (_, None) => None,
        };
        tell(seen, operand, outcome, told, evaluated);
        // The one that decided is the last that was evaluated.
        if (ended, known[n]) == (None, None) && outcome == Some(!and) {
            operands[n + 1..].iter().for_each(|operand| not_evaluated(operand, told));
            return;
        }
    }
}

fn not_evaluated(operand: &Condition, told: &mut Vec<Told>) {
    told.extend(operand.leaves().iter().map(|leaf| (leaf.text.clone(), Came::NotEvaluated, false)));
}
