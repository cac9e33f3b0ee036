//! Computes what is shown beside the lines of a source: hit counts, lines that never ran, values at a moment.

use std::collections::BTreeSet;

use crate::loaded::Loaded;
use connie_source::outline::{Mark, MarkKind};
use connie_source::python;

/// Hit counts of lines.
#[derive(Debug, Default)]
pub struct Counted {
    /// The lines that ran, ascending, with their counts.
    pub times: Vec<(u32, u64)>,
    /// Heads of statements that never ran; empty during recording.
    pub never: Vec<u32>,
}

/// How often the lines of a source ran. The count of a statement can differ from the number of events on its first
/// line.
pub fn counted(loaded: &mut Loaded, number: u32) -> Counted {
    let outline = loaded.outline(number);
    let mut ran: Vec<u32> = loaded.hits(number).keys().copied().collect();
    ran.sort_unstable();
    let has_run = |line: u32| ran.binary_search(&line).is_ok();
    let never = match loaded.is_live() {
        // There are no counts yet.
        true => Vec::new(),
        false => {
            let heads = python::statement_heads(loaded.text(number)).into_iter();
            heads.filter(|(line, last)| !(*line..=*last).any(has_run)).map(|(line, _)| line).collect()
        }
    };
    // The first line of a statement that spans several lines may have no event.
    let lines: BTreeSet<u32> = ran.iter().chain(outline.counting.regions.keys()).copied().collect();
    let times = lines.into_iter().filter_map(|line| Some((line, loaded.times(number, &outline, line)?))).collect();
    Counted { times, never }
}

/// A value beside a line.
#[derive(Debug)]
pub struct Beside {
    /// The line.
    pub line: u32,
    /// The name of the value.
    pub name: String,
    /// Short text.
    pub text: String,
    /// The step of the line that produced the value.
    pub hit: u64,
    /// The step at which the value is read.
    pub step: u64,
    /// Whether it is a parameter of a function.
    pub is_parameter: bool,
    /// Whether it is the outcome of a statement, rather than a variable, attribute or item.
    pub is_outcome: bool,
}

impl Beside {
    /// The label before the value: a name, or an arrow for the outcome of a statement.
    #[must_use]
    pub fn label(&self) -> String {
        match (self.is_outcome, self.name.is_empty()) {
            (false, _) => self.name.clone(),
            (true, true) => "→".to_owned(),
            (true, false) => format!("{} →", self.name),
        }
    }
}

/// The name of a mark's value; empty for the outcome of a statement.
fn name(mark: &Mark) -> String {
    match mark.kind {
        MarkKind::Condition | MarkKind::Returned => String::new(),
        _ => mark.text.clone(),
    }
}

/// The values that the statements of a source produced in the calls shown at the current moment, by line; at most
/// `length` characters of each. With the exceptions that appeared in these calls: (line, step, text).
pub fn beside(loaded: &mut Loaded, number: u32, length: usize) -> (Vec<Beside>, Vec<(u32, u64, String)>) {
    let outline = loaded.outline(number);
    let functions: BTreeSet<Option<usize>> = outline.marks.iter().map(|mark| mark.function).collect();
    let mut values: Vec<(usize, Beside)> = Vec::new();
    for facts in loaded.facts(number, &outline, functions.iter().copied(), length) {
        for fact in facts.iter() {
            let mark = &outline.marks[fact.mark];
            let shown = Beside {
                line: mark.shown,
                name: name(mark),
                text: fact.text.clone(),
                hit: fact.hit,
                step: fact.step,
                is_parameter: mark.kind == MarkKind::Parameter,
                is_outcome: mark.is_outcome(),
            };
            values.push((fact.mark, shown));
        }
    }
    values.sort_by_key(|(mark, value)| (value.line, *mark));
    let mut raised = Vec::new();
    for function in functions {
        raised.extend(loaded.raised(number, &outline, function).iter().flat_map(|all| all.iter().cloned()));
    }
    (values.into_iter().map(|(_, value)| value).collect(), raised)
}
