//! Turns a slice into a small tree from the failure to the most relevant lines, with a reason in words for each.

use connie_recording::error::Error;
use connie_recording::render::{Bounds, Renderer};
use connie_source::python::slice as text_of;
use connie_wire::Value;
use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::Serialize;
use std::cell::RefCell;
use std::time::Duration;

use super::budget::Budget;
use super::quick::Quick;

use super::kinds::LineKind;
use super::rank::Ranked;
use super::rare::Rare;
use super::slice::{How, Node, Slicer, unless_cancelled};
use crate::History;
use crate::answers::Spot;
use crate::moment::Moment;

/// The maximum number of lines in the tree, and of lines that it leads to.
const MAX_TREE_LINES: usize = 18;
const LEADS_TO: usize = 6;
/// The time limit for finding out which values are certain.
pub(super) const PATIENCE: Duration = Duration::from_millis(200);
/// How much of a value is shown.
const SHOWN: Bounds = Bounds { string: 60, items: 6, depth: 2 };
/// The maximum number of characters of a condition.
const CONDITION: usize = 60;

/// A line of the tree, with the lines on which it depends.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Branch {
    /// The place.
    pub spot: Spot,
    /// Its relation to the line above.
    pub how: How,
    /// The relation in words.
    pub why: String,
    /// The source text of the line.
    pub code: String,
    /// Its rank among the most relevant lines, from 1; `None` for a line on the way to one of them.
    pub rank: Option<usize>,
    /// The lines on which it depends, the most relevant first.
    pub from: Vec<Branch>,
}

/// A row of the drawn tree.
pub struct Row<'b> {
    /// The connecting lines from the rows above: `│  └ `.
    pub lines: String,
    /// The line shown in the row.
    pub branch: &'b Branch,
}

impl Branch {
    /// The rows of the tree, from the failure down. A single dependency is placed directly below, at the same depth.
    #[must_use]
    pub fn rows(&self) -> Vec<Row<'_>> {
        let mut rows = Vec::new();
        self.draw("", "", &mut rows);
        rows
    }

    fn draw<'b>(&'b self, own: &str, below: &str, rows: &mut Vec<Row<'b>>) {
        rows.push(Row { lines: own.to_owned(), branch: self });
        for (n, branch) in self.from.iter().enumerate() {
            let (own, next) = match (self.from.len(), n + 1 == self.from.len()) {
                (1, _) => ("", ""),
                (_, true) => ("└ ", "  "),
                (_, false) => ("├ ", "│ "),
            };
            branch.draw(&format!("{below}{own}"), &format!("{below}{next}"), rows);
        }
    }
}

/// The data needed to describe a slice.
pub(super) struct Describer<'h, 'r> {
    pub history: &'h History<'r>,
    pub slicer: &'h Slicer<'h, 'r>,
    /// Whether the whole recording was counted.
    pub is_whole: bool,
    /// The bound on finding out which values are certain.
    pub budget: Budget<'r>,
    /// The reasons written so far, by node.
    pub texts: RefCell<FxHashMap<usize, String>>,
}

/// The tree that leads to the best lines.
///
/// # Errors
/// If the question is cancelled.
pub(super) fn of(describer: &Describer<'_, '_>, ranked: &[Ranked], best: &[&Ranked]) -> Result<Branch, Error> {
    let nodes = &describer.slicer.nodes;
    let mut kept = vec![false; nodes.len()];
    let mut ranks = vec![None; nodes.len()];
    let mut value = vec![0.0f64; nodes.len()];
    let mut count = 0;
    for (rank, one) in best.iter().filter(|one| one.node != 0).take(LEADS_TO).enumerate() {
        let path: Vec<usize> = std::iter::successors(Some(one.node), |node| nodes[*node].parent).collect();
        let more = path.iter().filter(|node| !kept[**node]).count();
        if count + more > MAX_TREE_LINES && rank > 0 {
            continue;
        }
        count += more;
        ranks[one.node] = Some(rank + 1);
        for node in path {
            kept[node] = true;
            value[node] = value[node].max(one.score);
        }
    }
    branch(describer, ranked, &kept, &ranks, &value, 0)
}

fn branch(
    describer: &Describer<'_, '_>,
    ranked: &[Ranked],
    kept: &[bool],
    ranks: &[Option<usize>],
    value: &[f64],
    index: usize,
) -> Result<Branch, Error> {
    let nodes = &describer.slicer.nodes;
    let node = &nodes[index];
    let mut children: Vec<usize> =
        (0..nodes.len()).filter(|child| kept[*child] && nodes[*child].parent == Some(index)).collect();
    children.sort_by(|a, b| value[*b].total_cmp(&value[*a]));
    let from = children.into_iter().map(|child| branch(describer, ranked, kept, ranks, value, child));
    Ok(Branch {
        spot: Spot::of(describer.history, &node.at),
        how: node.how,
        why: describer.why(&ranked[index])?,
        code: describer.line_text(node),
        rank: ranks[index],
        from: from.collect::<Result<_, _>>()?,
    })
}

impl Describer<'_, '_> {
    fn line_text(&self, node: &Node) -> String {
        let text = self.history.recording.sources.get(node.source as usize).and_then(|source| source.text.as_deref());
        let line = text.and_then(|text| text.lines().nth((node.at.line as usize).checked_sub(1)?));
        line.map_or_else(String::new, |line| line.trim().to_owned())
    }

    fn value(&self, node: &Node) -> Result<Option<String>, Error> {
        let Some((value, seen)) = &node.value else { return Ok(None) };
        let step = (*seen).min(self.history.recording.last_step());
        let moment = unless_cancelled(Moment::at(self.history.recording, step))?;
        Ok(moment.map(|moment| {
            if matches!(value, Value::Object(_)) && self.budget.is_spent() {
                // Finding out which values are certain takes long, so that all are in doubt.
                let world = Quick { player: &moment.player, doubt: true };
                return Renderer::new(&world, SHOWN).text(value);
            }
            Renderer::new(&moment.player, SHOWN).text(value)
        }))
    }

    /// The relation of a line to the failure in words.
    ///
    /// # Errors
    /// If the question is cancelled.
    pub fn why(&self, one: &Ranked) -> Result<String, Error> {
        if let Some(known) = self.texts.borrow().get(&one.node) {
            return Ok(known.clone());
        }
        let text = self.reason(one)?;
        self.texts.borrow_mut().insert(one.node, text.clone());
        Ok(text)
    }

    /// The relation without the value, for lines that are only listed.
    pub fn briefly(&self, one: &Ranked) -> String {
        if let Some(known) = self.texts.borrow().get(&one.node) {
            return known.clone();
        }
        let Node { how, name, .. } = &self.slicer.nodes[one.node];
        let text = match how {
            How::Failed => "failed".to_owned(),
            How::Wrote => format!("wrote {name}"),
            How::Appeared => format!("{name} was first seen after this"),
            How::Made => format!("made {name}"),
            How::Changed => format!("changed {name}"),
            How::Passed => format!("passed {name}"),
            How::Defaulted => format!("made the default of {name}"),
            How::Set => format!("set {name} before the recording began"),
            How::Returned => format!("{name} returned"),
            How::Yielded => format!("{name} yielded"),
            How::Decided | How::Skipped => "decided that this ran".to_owned(),
            How::Called => format!("called {name}"),
            How::Before => before(name),
            How::Did => format!("ran in {name}"),
            How::Lost => format!("had {name}"),
            How::KeptOut => format!("kept something out of {name}"),
            How::Raised => format!("raised {name}"),
            How::Handled => format!("handled {name}"),
            How::Ran => "ran".to_owned(),
        };
        noted(text, one)
    }

    fn reason(&self, one: &Ranked) -> Result<String, Error> {
        let node = &self.slicer.nodes[one.node];
        let value = self.value(node)?;
        let name = &node.name;
        let is = || value.as_ref().map_or_else(String::new, |value| format!(" = {value}"));
        let gave = || value.as_ref().map_or_else(|| "something".to_owned(), Clone::clone);
        let text = match node.how {
            How::Failed => "failed".to_owned(),
            How::Wrote if value.is_none() => format!("deleted {name}"),
            How::Wrote => format!("wrote {name}{}", is()),
            How::Appeared => format!("{name}{} was first seen after this", is()),
            How::Made => format!("made {name}, then {}", gave()),
            How::Changed => format!("changed {name}, now {}", gave()),
            How::Passed => format!("passed {name}{}", is()),
            How::Defaulted => format!("made the default of {name}, now {}", gave()),
            How::Set => format!("set {name}{} before the recording began", is()),
            How::Returned if node.is_implicit && !self.gives_values(node) => format!("{name} ended here"),
            How::Returned if node.is_implicit && value.as_deref() == Some("None") => {
                format!("{name} ended without a return here: None")
            }
            How::Returned => format!("{name} returned {}", gave()),
            How::Yielded => format!("{name} yielded {}", gave()),
            How::Decided if node.kind == LineKind::Loops => "went on, and so this ran".to_owned(),
            How::Decided | How::Skipped => self.condition(node)?,
            How::Called => format!("called {name}"),
            How::Before => before(name),
            How::Did => format!("ran in {name}"),
            How::Lost => format!("had {name}, which is missing afterwards"),
            How::KeptOut => format!("{}, which kept it out of {name}", self.condition(node)?),
            How::Raised => format!("raised {name}"),
            How::Handled => format!("handled {name}"),
            How::Ran => "ran, and did not raise".to_owned(),
        };
        let text = match one.changed {
            Some(line) => format!("{text}, and line {line} changed it afterwards"),
            None => text,
        };
        let text = noted(text, one);
        Ok(match &one.rare {
            Some(rare) => format!("{text}; {}", self.unusual(node, one, rare)),
            None => text,
        })
    }

    fn gives_values(&self, node: &Node) -> bool {
        let function = self.history.recording.function(node.at.code);
        let code = self.slicer.code(node.source);
        function.zip(code).is_none_or(|(function, code)| code.gives_values(function.line))
    }

    fn condition(&self, node: &Node) -> Result<String, Error> {
        let code = self.slicer.code(node.source);
        if let Some(case) = code.as_ref().and_then(|code| code.case(node.at.line).map(|case| (code, case))) {
            let (code, case) = case;
            let pattern = shortened(text_of(code.statements.text, &case.pattern));
            let matched = if node.how == How::Skipped { "did not match" } else { "matched" };
            return Ok(format!("case {pattern} {matched}"));
        }
        let test = code.as_ref().and_then(|code| {
            let (test, _) = code.branch(node.at.line)?;
            Some(shortened(text_of(code.statements.text, test)))
        });
        let Some(test) = test else { return Ok("decided that this ran".to_owned()) };
        Ok(match self.slicer.went(node)? {
            Some(true) => format!("{test} was true"),
            Some(false) => format!("{test} was false"),
            None => format!("{test} decided"),
        })
    }

    /// An unusual value or branch in words.
    fn unusual(&self, node: &Node, one: &Ranked, rare: &Rare) -> String {
        let looked_at = if self.is_whole { "" } else { " looked at" };
        let (others, what) = (rare.others, if rare.others == 1 { "" } else { "s" });
        let kind = one.kind.as_deref().unwrap_or("this");
        match (node.how, &rare.usual) {
            (How::Returned, Some(usual)) => format!("the other {others} call{what}{looked_at} returned {}", an(usual)),
            (How::Returned, None) => {
                format!("{} of {others} other call{what}{looked_at} returned {}", rare.same, an(kind))
            }
            (How::Passed, Some(usual)) => format!("the other {others} call{what}{looked_at} got {}", an(usual)),
            (How::Passed, None) => format!("{} of {others} other call{what}{looked_at} got {}", rare.same, an(kind)),
            _ if rare.same == 0 => format!("the other {others} time{what}{looked_at} it went the other way"),
            _ => format!("{} of {others} other time{what}{looked_at} it went this way", rare.same),
        }
    }
}

/// The text of a condition on one line, cut if it is long.
fn shortened(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() > CONDITION { text.chars().take(CONDITION).chain(['…']).collect() } else { text }
}

/// What ran earlier: a call, or a store or deletion of a place.
fn before(name: &str) -> String {
    if name.contains(['.', '[']) { format!("changed {name} before") } else { format!("called {name} before") }
}

/// A relation, and how the line differs from a passing run.
fn noted(text: String, one: &Ranked) -> String {
    one.notes.iter().fold(text, |text, note| format!("{text}; {note}"))
}

/// The kind of a value with its article.
fn an(kind: &str) -> String {
    match kind {
        "None" | "True" | "False" | "nan" => kind.to_owned(),
        kind if kind.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) => format!("an {kind}"),
        kind => format!("a {kind}"),
    }
}
