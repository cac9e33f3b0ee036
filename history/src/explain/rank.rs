//! Ranks the lines of a slice by relevance: how surely the failure depends on them, and what kind of lines they are.

use connie_recording::error::Error;
use connie_wire::Value;
use rustc_hash::FxHashSet;

use super::rare::{self, Counts, Rare};
use super::reads::Kind;
use super::slice::{How, Node, Slicer, unless_cancelled};
use crate::History;
use crate::moment::Moment;

/// The factor for a line that leads to an unusual value.
const INHERITED: f64 = 1.5;

/// A node with its score and the reasons for it.
pub(super) struct Ranked {
    /// Its index.
    pub node: usize,
    /// The relevance of the node.
    pub score: f64,
    /// An unusual value or branch at the node.
    pub rare: Option<Rare>,
    /// The kind of its value, or the branch that it took.
    pub kind: Option<String>,
}

/// All nodes with their scores, in the order of the slice.
///
/// # Errors
/// If the question is cancelled.
pub(super) fn rank(history: &History<'_>, slicer: &Slicer<'_, '_>, counts: &Counts) -> Result<Vec<Ranked>, Error> {
    let followed: FxHashSet<usize> = slicer
        .nodes
        .iter()
        .filter(|node| matches!(node.how, How::Returned | How::Yielded))
        .filter_map(|node| node.parent)
        .collect();
    let changed: FxHashSet<&str> =
        slicer.nodes.iter().filter(|node| node.how == How::Changed).map(|node| node.name.as_str()).collect();
    let mut found = Vec::with_capacity(slicer.nodes.len());
    for (index, node) in slicer.nodes.iter().enumerate() {
        let kind = unusual(history, slicer, node)?;
        let case = rare::case_of(history, slicer, node);
        let rare = case.zip(kind.as_deref()).and_then(|(case, kind)| counts.rare(case, kind));
        let mut score =
            node.weight * of_kind(history, slicer, node, followed.contains(&index)) * of_place(history, node);
        if rare.is_some() {
            score *= if matches!(node.how, How::Decided | How::Skipped) { 1.35 } else { 1.7 };
        }
        if node.how == How::Defaulted {
            score *= if changed.contains(node.name.as_str()) { 2.2 } else { 0.9 };
        }
        found.push(Ranked { node: index, score, rare, kind });
    }
    inherit(slicer, &mut found);
    Ok(found)
}

/// The lines from which an unusual value comes are as unusual as that value.
fn inherit(slicer: &Slicer<'_, '_>, found: &mut [Ranked]) {
    let own = |index: usize| slicer.nodes[index].value.as_ref().map(|(value, _)| value);
    let is_told =
        |one: &Ranked| one.rare.is_some() && !matches!(slicer.nodes[one.node].how, How::Decided | How::Skipped);
    let told: Vec<bool> = found.iter().map(is_told).collect();
    for index in 0..found.len() {
        let comes_from = std::iter::successors(slicer.nodes[index].parent, |parent| slicer.nodes[*parent].parent);
        let same = comes_from.take_while(|parent| own(index).is_some() && own(*parent) == own(index));
        if !told[index] && same.take(8).any(|parent| told[parent]) {
            found[index].score *= INHERITED;
        }
    }
}

/// How likely a fault is in a statement of this kind.
fn of_kind(history: &History<'_>, slicer: &Slicer<'_, '_>, node: &Node, is_followed: bool) -> f64 {
    if node.is_implicit {
        // A procedure always returns None.
        let function = history.recording.function(node.at.code);
        let code = slicer.code(node.source);
        let gives = function.zip(code).is_some_and(|(function, code)| code.gives_values(function.line));
        return if gives { 1.25 } else { 0.2 };
    }
    if is_alias(slicer, node) {
        return 1.0;
    }
    match (node.how, node.kind) {
        (How::Failed, Kind::Raises) => 0.25,
        (How::Called | How::Before, _) => 0.2,
        (How::Handled, _) => 0.8,
        (How::Raised, _) => 0.75,
        (How::Defaulted, _) => 0.7,
        (_, Kind::Computes) => 1.0,
        (_, Kind::Stores) => 0.85,
        (How::Skipped, _) => 0.75,
        (_, Kind::Decides) => 0.8,
        (_, Kind::Calls) if !is_followed => 0.9,
        (_, Kind::Calls) => 0.45,
        (_, Kind::Passes) => 0.4,
        (How::Returned, Kind::Constant) => 0.75,
        (_, Kind::Constant) => 0.5,
        (_, Kind::Loops) => 0.55,
        (_, Kind::Raises) => 0.4,
        (_, Kind::Defines) => 0.25,
    }
}

/// Whether a line gives an object a second name, through which it was changed.
fn is_alias(slicer: &Slicer<'_, '_>, node: &Node) -> bool {
    let Some(parent) = node.parent.map(|parent| &slicer.nodes[parent]) else { return false };
    let object = |node: &Node| match &node.value {
        Some((Value::Object(object), _)) => Some(*object),
        _ => None,
    };
    node.kind == Kind::Passes
        && node.how == How::Wrote
        && parent.how == How::Changed
        && object(node).is_some()
        && object(node) == object(parent)
}

/// How likely a fault is in code at this place: it is unlikely in tests and libraries.
fn of_place(history: &History<'_>, node: &Node) -> f64 {
    let path = history.recording.sources.get(node.source as usize).map_or("", |source| source.path.as_str());
    let function = history.recording.function(node.at.code).map_or("", |function| function.name.as_str());
    let mut factor = 1.0;
    if is_test(path, function) {
        factor *= 0.15;
    }
    if path.contains("/site-packages/") || path.contains("/dist-packages/") || path.starts_with('<') {
        factor *= 0.4;
    }
    if function == "<module>" {
        factor *= 0.6;
    }
    factor
}

/// Whether code belongs to a test.
pub(super) fn is_test(path: &str, function: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    let by_file =
        file.starts_with("test_") || file.ends_with("_test.py") || file == "conftest.py" || file == "tests.py";
    let by_function = function.rsplit('.').next().is_some_and(|name| name.starts_with("test"));
    by_file || by_function
}

/// The kind of a node's value, or the branch that it took.
fn unusual(history: &History<'_>, slicer: &Slicer<'_, '_>, node: &Node) -> Result<Option<String>, Error> {
    match node.how {
        How::Decided | How::Skipped => {
            Ok(slicer.went(node)?.map(|is| if is { "taken" } else { "not taken" }.to_owned()))
        }
        _ => {
            let Some((value, seen)) = &node.value else { return Ok(None) };
            if let Some(kind) = rare::kind_of(value, |_| None) {
                return Ok(Some(kind));
            }
            let moment = unless_cancelled(Moment::at(history.recording, (*seen).min(history.recording.last_step())))?;
            Ok(moment.and_then(|moment| rare::kind_at(&moment, value)))
        }
    }
}
