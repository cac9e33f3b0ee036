//! Ranks the lines of a slice by relevance: how surely the failure depends on them, and what kind of lines they are.

use connie_recording::error::Error;
use connie_recording::render::World;
use connie_wire::Value;
use ruff_python_ast::{Expr, Stmt};
use rustc_hash::{FxHashMap, FxHashSet};

use super::kinds::LineKind;
use super::places::is_test;
use super::rare::{self, Counts, Rare};
use super::slice::{How, Node, Slicer, scalar, unless_cancelled};
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
    /// The line at which the object that it gave was changed afterwards, by the code that gave it.
    pub changed: Option<u32>,
    /// How it differs from a passing run, in words.
    pub notes: Vec<String>,
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
    let calls = CallCounts::of(history, slicer);
    let test = slicer.nodes.first().is_some_and(|first| is_in_test(history, first));
    let mut found = Vec::with_capacity(slicer.nodes.len());
    for (index, node) in slicer.nodes.iter().enumerate() {
        let kind = unusual(history, slicer, node)?;
        let case = rare::case_of(history, slicer, node);
        // What only passes on the result of a call is not unusual itself.
        let passes =
            matches!(node.kind, LineKind::Calls | LineKind::Asks | LineKind::Applies) && followed.contains(&index);
        let rare = case.zip(kind.as_deref()).filter(|_| !passes);
        let rare = rare.and_then(|(case, kind)| counts.rare(case, kind));
        let of_kind = of_kind(history, slicer, node, followed.contains(&index));
        let mut score = node.weight * of_kind * of_place(history, node) * calls.factor(node);
        if rare.is_some() {
            score *= if matches!(node.how, How::Decided | How::Skipped) { 1.35 } else { 1.7 };
        }
        if is_given(slicer, node, test) {
            score *= GIVEN;
        }
        if node.how == How::Defaulted {
            score *= if changed.contains(node.name.as_str()) { 2.2 } else { 0.9 };
        }
        found.push(Ranked { node: index, score, rare, kind, changed: None, notes: Vec::new() });
    }
    inherit(slicer, &mut found);
    follow_pieces(slicer, &mut found);
    handed_out(history, slicer, &mut found)?;
    Ok(found)
}

/// The factor for a line that passes on a text of the test itself.
const GIVEN: f64 = 0.7;

/// Whether a line passes on a text of the test itself: it is an input, and its choice may be wrong, but not the text.
fn is_given(slicer: &Slicer<'_, '_>, node: &Node, test: bool) -> bool {
    test && !matches!(node.how, How::Decided | How::Skipped | How::Lost)
        && node.value.as_ref().is_some_and(|(value, _)| slicer.pieces.is_given(value))
}

/// How much of its score a line loses whose function was called e times, e² times, and so on.
const OFTEN: f64 = 0.05;

/// How often the functions of a slice were called in the whole run.
struct CallCounts(FxHashMap<u32, u64>);

impl CallCounts {
    /// The functions of a slice; none while the program still runs.
    fn of(history: &History<'_>, slicer: &Slicer<'_, '_>) -> Self {
        let codes: FxHashSet<u32> = slicer.nodes.iter().map(|node| node.at.code).collect();
        let calls = |code: u32| history.recording.times(code).map_or(0, |(calls, _, _)| calls);
        Self(codes.into_iter().map(|code| (code, calls(code))).collect())
    }

    /// What was called often had many chances to go wrong, and its results were used without a failure.
    fn factor(&self, node: &Node) -> f64 {
        let calls = self.0.get(&node.at.code).copied().unwrap_or(1).max(1);
        1.0 / (1.0 + OFTEN * (calls as f64).ln())
    }
}

/// The factors for a line that handed out an object of its own, and for the line that changed it afterwards.
const HANDED_OUT: f64 = 3.0;
const CHANGED: f64 = 1.3;
/// The maximum number of items of an object that are compared.
const MAX_ITEMS: usize = 256;

/// Finds lines that gave away an object which their code changed afterwards: a generator that goes on with what it
/// yielded, or a method that returned an attribute.
fn handed_out(history: &History<'_>, slicer: &Slicer<'_, '_>, found: &mut [Ranked]) -> Result<(), Error> {
    let class = |node: &Node| -> String {
        let function = history.recording.function(node.at.code).map_or("", |function| function.name.as_str());
        function.rsplit_once('.').map_or("", |(class, _)| class).to_owned()
    };
    let changes: Vec<(usize, u64)> = slicer
        .nodes
        .iter()
        .enumerate()
        .filter_map(|(n, node)| match &node.value {
            Some((Value::Object(object), _)) if node.how == How::Changed => Some((n, *object)),
            _ => None,
        })
        .collect();
    for index in 0..found.len() {
        let node = &slicer.nodes[index];
        let Some((Value::Object(object), seen)) = &node.value else { continue };
        let gives_attribute = || {
            let code = slicer.code(node.source);
            code.is_some_and(|code| match code.statements.at(node.at.line) {
                Some(Stmt::Return(given)) => given.value.as_deref().is_some_and(Expr::is_attribute_expr),
                _ => false,
            })
        };
        let is_own = node.how == How::Yielded || node.how == How::Returned && gives_attribute();
        let later = |change: &Node| {
            let is_maker = if node.how == How::Yielded {
                change.source == node.source
                    && node.parent.is_none_or(|user| slicer.nodes[user].at.frame != change.at.frame)
            } else {
                change.source == node.source && !class(node).is_empty() && class(change) == class(node)
            };
            change.at.step > *seen && is_maker
        };
        let mut candidates = changes.iter().filter(|(change, _)| later(&slicer.nodes[*change])).peekable();
        if !is_own || candidates.peek().is_none() {
            continue;
        }
        let moment = unless_cancelled(Moment::at(history.recording, (*seen).min(history.recording.last_step())))?;
        let entity = moment.as_ref().and_then(|moment| moment.player.entity(*object));
        let has = |wanted: u64| {
            wanted == *object
                || entity.as_ref().is_some_and(|entity| {
                    entity.items.iter().take(MAX_ITEMS).any(|item| *item == Value::Object(wanted))
                })
        };
        if let Some((change, _)) = candidates.find(|(_, object)| has(*object)) {
            found[index].changed = Some(slicer.nodes[*change].at.line);
            found[index].score *= HANDED_OUT;
            found[*change].score *= CHANGED;
        }
    }
    Ok(())
}

/// The factors for a line that made a wrong piece, for one that decided on such a line, for one that passed the piece on,
/// for a text without it beside one with it, and for a condition that did not hold: what it guards is not in the value.
const MADE: f64 = 1.5;
const LET: f64 = 1.3;
const HAD: f64 = 0.5;
/// The factor for lines on which a line that made a wrong piece depends, and the number of hops to it.
const BELOW: f64 = 1.1;
const MAX_ABOVE: usize = 2;
const WITHOUT: f64 = 0.7;
const LEFT_OUT: f64 = 0.6;
/// The factor for what is beside a line that passed a wrong piece on as it was.
const ASIDE: f64 = 0.6;

/// A line whose value has a wrong piece, although nothing that it read has one, made the piece.
fn follow_pieces(slicer: &Slicer<'_, '_>, found: &mut [Ranked]) {
    if slicer.pieces.is_empty() {
        return;
    }
    let own: Vec<Option<f64>> = (0..found.len()).map(|index| slicer.share(index)).collect();
    let mut read = vec![0.0f64; found.len()];
    let line = |index: usize| (slicer.nodes[index].source, slicer.nodes[index].at.line);
    // A line that runs again adds to what it made before.
    for (parent, child) in slicer.links.iter().filter(|(parent, child)| line(*parent) != line(*child)) {
        read[*parent] = read[*parent].max(own[*child].unwrap_or(0.0));
    }
    let makes = |index: usize| own[index].is_some_and(|share| share > 0.3 && read[index] < share - 0.3);
    aside(slicer, &own, &read, found);
    // What a text without the piece came from is as little a part of the piece as that text.
    let is_other = |index: usize| {
        let parent = slicer.nodes[index].parent;
        own[index].is_some_and(|share| share <= 0.3)
            && parent.is_some_and(|parent| own[parent].is_some_and(|share| share > 0.3))
    };
    let is_text = |index: usize| matches!(slicer.nodes[index].value, Some((Value::Str(_), _)));
    let leads_to_other = |index: usize| {
        let mut above = std::iter::successors(slicer.nodes[index].parent, |index| slicer.nodes[*index].parent);
        is_other(index) || above.any(|index| is_text(index) && is_other(index))
    };
    for index in 0..found.len() {
        let parent = slicer.nodes[index].parent;
        let mut above = std::iter::successors(parent, |parent| slicer.nodes[*parent].parent).take(MAX_ABOVE);
        // A text without a piece gave nothing to the piece.
        let is_object = matches!(slicer.nodes[index].value, Some((Value::Object(_), _)));
        let is_part = own[index].map_or(!is_object, |share| share > 0.3);
        if slicer.nodes[index].how != How::Skipped && is_part && above.any(makes) {
            found[index].score *= BELOW;
        }
        let how = slicer.nodes[index].how;
        found[index].score *= match own[index] {
            _ if how == How::Skipped => LEFT_OUT,
            _ if how == How::Decided => parent.filter(|parent| makes(*parent)).map_or(1.0, |_| LET),
            Some(_) if makes(index) => MADE,
            Some(share) if share > 0.3 && read[index] >= 0.8 => HAD,
            Some(share) if share > 0.3 => 1.0,
            _ if leads_to_other(index) => WITHOUT,
            _ => 1.0,
        };
    }
}

/// Lowers what is beside a line that passed a wrong piece on as it was: only where the piece came from matters there.
fn aside(slicer: &Slicer<'_, '_>, own: &[Option<f64>], read: &[f64], found: &mut [Ranked]) {
    let has = |index: usize| own[index].is_some_and(|share| share > 0.3);
    let passes = |index: usize| own[index].is_some_and(|share| share >= 0.8) && read[index] >= 0.8;
    let is_beside = |index: usize| {
        let parent = slicer.nodes[index].parent;
        !has(index) && slicer.nodes[index].how != How::Skipped && parent.is_some_and(passes)
    };
    for (index, one) in found.iter_mut().enumerate() {
        let mut above = std::iter::successors(Some(index), |index| slicer.nodes[*index].parent);
        if above.any(is_beside) {
            one.score *= ASIDE;
        }
    }
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
    if is_blamed(slicer, node) {
        return BLAMED;
    }
    match (node.how, node.kind) {
        (How::Failed, LineKind::Raises) => 0.25,
        (How::Called | How::Before, _) => 0.2,
        (How::Lost, LineKind::Calls | LineKind::Asks | LineKind::Passes) => 0.7,
        (How::Passed, _) if matches!(node.name.as_str(), "self" | "cls") => 0.3,
        (How::Handled, _) => 0.8,
        (How::Raised, _) => 0.75,
        (How::KeptOut, _) => 1.0,
        (How::Defaulted, _) => 0.7,
        // Tables, patterns and other data of modules are as often wrong as code.
        (How::Set, LineKind::Computes | LineKind::Asks | LineKind::Applies) => 0.8,
        (How::Set, _) => 0.6,
        (_, LineKind::Computes) => 1.0,
        (_, LineKind::Stores) => 0.85,
        (How::Decided | How::Skipped, LineKind::Checks) => 0.5,
        (How::Skipped, _) => 0.7,
        (_, LineKind::Decides | LineKind::Checks) => 0.8,
        (_, LineKind::Applies) => 0.9,
        (_, LineKind::Calls | LineKind::Asks) if !is_followed => 0.9,
        (_, LineKind::Asks) => 0.6,
        (_, LineKind::Calls) => 0.4,
        (How::Wrote, LineKind::Selects) => 0.85,
        (_, LineKind::Passes | LineKind::Selects) => 0.35,
        (How::Returned, LineKind::Constant) if is_early(slicer, node) => EARLY,
        (How::Returned, LineKind::Constant) => 0.75,
        (_, LineKind::Constant) => 0.5,
        (_, LineKind::Loops) => 0.55,
        (_, LineKind::Raises) => 0.4,
        (_, LineKind::Defines) => 0.25,
    }
}

/// The factor for a line that made a constant of the type which the text of the failure blames.
const BLAMED: f64 = 1.2;

/// Whether a line made a constant of the type which the text of the failure blames.
fn is_blamed(slicer: &Slicer<'_, '_>, node: &Node) -> bool {
    let kind = slicer.named_kind().filter(|_| matches!(node.how, How::Wrote | How::Returned | How::Defaulted));
    let is_own = node.value.as_ref().is_some_and(|(value, _)| scalar(value).is_some_and(|own| kind == Some(own)));
    is_own && node.kind == LineKind::Constant
}

/// The factor for a bare `return` that left a call made for its effects.
const EARLY: f64 = 1.3;

/// Whether a `return` left a call early that was made for its effects.
fn is_early(slicer: &Slicer<'_, '_>, node: &Node) -> bool {
    let is_for_effect = |parent: usize| matches!(slicer.nodes[parent].how, How::Before | How::Did);
    node.parent.is_some_and(is_for_effect) && matches!(node.value, Some((Value::None, _)))
}

/// Whether a line gives an object a second name, through which it was changed.
fn is_alias(slicer: &Slicer<'_, '_>, node: &Node) -> bool {
    let Some(parent) = node.parent.map(|parent| &slicer.nodes[parent]) else { return false };
    let object = |node: &Node| match &node.value {
        Some((Value::Object(object), _)) => Some(*object),
        _ => None,
    };
    node.kind == LineKind::Passes
        && node.how == How::Wrote
        && parent.how == How::Changed
        && object(node).is_some()
        && object(node) == object(parent)
}

/// Whether a line belongs to a test.
fn is_in_test(history: &History<'_>, node: &Node) -> bool {
    let function = history.recording.function(node.at.code).map_or("", |function| function.name.as_str());
    is_test(history.recording.short(node.source), function)
}

/// How likely a fault is in code at this place: it is unlikely in tests and libraries.
fn of_place(history: &History<'_>, node: &Node) -> f64 {
    let path = history.recording.sources.get(node.source as usize).map_or("", |source| source.path.as_str());
    let function = history.recording.function(node.at.code).map_or("", |function| function.name.as_str());
    let mut factor = 1.0;
    if is_in_test(history, node) {
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

/// The kind of a node's value, or the branch that it took.
fn unusual(history: &History<'_>, slicer: &Slicer<'_, '_>, node: &Node) -> Result<Option<String>, Error> {
    match node.how {
        How::Decided | How::Skipped | How::KeptOut => {
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
