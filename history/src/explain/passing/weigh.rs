//! Ranks the lines of a slice by what differs from a passing run.

use connie_recording::error::Error;
use rustc_hash::FxHashSet;

use super::super::rank::Ranked;
use super::super::slice::{How, Node, Slicer};
use super::Compared;
use super::watch::Execution;

/// The factor for an execution that made a value that differs from the one in the passing run, or at which the ways
/// part, although nothing that it depends on differs.
const BEGINS: f64 = 2.5;
/// The factor for one that passes a difference on.
const PASSES_ON: f64 = 1.2;
/// The factor for one that did the same in the passing run.
const EQUAL: f64 = 0.4;
/// The factors for a line whose text changed: in addition to that of its difference, and if it did the same.
const CHANGED: f64 = 2.0;
const CHANGED_EQUAL: f64 = 1.3;
/// The factor for a line that did not run in the passing run.
const NEW_GROUND: f64 = 1.6;
/// How much more than the next line the first difference scores.
const FIRST: f64 = 1.05;
/// The least weight of the first difference: the failure hardly depends on what has less.
const LEAST: f64 = 0.05;

/// What a comparison says of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Finding {
    /// It was not compared.
    Unknown,
    /// It did the same.
    Equal,
    /// A value differs, or the ways part.
    Differs,
}

/// Multiplies the scores by what differs, and adds reasons. Returns the index of the first difference.
///
/// # Errors
/// If the question is cancelled.
pub(in super::super) fn weigh(
    slicer: &Slicer<'_, '_>,
    compared: &Compared<'_>,
    ranked: &mut [Ranked],
) -> Result<Option<usize>, Error> {
    let nodes = &slicer.nodes;
    let changed: Vec<bool> = nodes.iter().map(|node| compared.is_changed(slicer, node)).collect();
    let mut findings = Vec::with_capacity(nodes.len());
    for node in nodes {
        findings.push(compared.finding(slicer, node)?);
    }
    let differs = |index: usize| changed[index] || findings[index] == Finding::Differs;
    // A line with calls begins before what they do.
    let seen = |index: usize| compared.watched.seen(nodes[index].at.step);
    // Only what came before can have led to a difference.
    let leads = |(parent, child): &&(usize, usize)| {
        seen(*child) < seen(*parent) && differs(*child) && nodes[*child].how != How::Failed
    };
    let passes_on: FxHashSet<usize> = slicer.links.iter().filter(leads).map(|(parent, _)| *parent).collect();
    for (index, one) in ranked.iter_mut().enumerate() {
        let node = &nodes[index];
        if node.how == How::Failed {
            continue;
        }
        let is_new_ground = !changed[index] && compared.edits.is_new_ground(node.source, node.at.line);
        let finding = match findings[index] {
            Finding::Differs if passes_on.contains(&index) => PASSES_ON,
            Finding::Differs => BEGINS,
            Finding::Equal if changed[index] => CHANGED_EQUAL / CHANGED,
            Finding::Equal => EQUAL,
            Finding::Unknown if changed[index] => BEGINS,
            Finding::Unknown if is_new_ground => NEW_GROUND,
            Finding::Unknown if compared.watched.is_alone(node.at.step) => PASSES_ON,
            Finding::Unknown => 1.0,
        };
        one.score *= if changed[index] { CHANGED * finding } else { finding };
        one.notes = compared.notes(slicer, node, changed[index], is_new_ground)?;
    }
    let begins = |index: &usize| {
        let is_one = match findings[*index] {
            Finding::Differs => true,
            Finding::Unknown => changed[*index],
            Finding::Equal => false,
        };
        is_one && nodes[*index].how != How::Failed && (changed[*index] || nodes[*index].weight >= LEAST)
    };
    let first = (0..nodes.len()).filter(begins).min_by(|one, other| {
        let key = |index: usize| (seen(index), !changed[index], passes_on.contains(&index));
        key(*one).cmp(&key(*other)).then(ranked[*other].score.total_cmp(&ranked[*one].score))
    });
    if let Some(first) = first {
        let most = ranked.iter().filter(|one| one.node != first).map(|one| one.score).fold(0.0, f64::max);
        ranked[first].score = ranked[first].score.max(most * FIRST);
    }
    Ok(first)
}

impl Compared<'_> {
    /// Whether the text of a line, or of the statement on it, changed since the passing run.
    fn is_changed(&self, slicer: &Slicer<'_, '_>, node: &Node) -> bool {
        let line = node.at.line;
        let lines = slicer.code(node.source).and_then(|code| {
            if let Some((test, body)) = code.branch(line) {
                return Some(line..=code.lines(test).1.min(body.0.saturating_sub(1)).max(line));
            }
            let stmt = code.statements.at(line)?;
            let (first, last) = code.lines(stmt);
            (!is_compound(stmt)).then_some(first..=last)
        });
        self.edits.is_changed(node.source, lines.unwrap_or(line..=line))
    }

    /// What the comparison says of an execution.
    fn finding(&self, slicer: &Slicer<'_, '_>, node: &Node) -> Result<Finding, Error> {
        if node.how == How::Set {
            // It ran before the recording began: the step is the one of a read.
            return Ok(Finding::Unknown);
        }
        let step = node.at.step;
        let Some(execution) = self.watched.execution(step) else {
            return Ok(if self.watched.is_equal(step) { Finding::Equal } else { Finding::Unknown });
        };
        Ok(match () {
            () if !execution.others.is_empty() || self.parts(slicer, node, execution)? => Finding::Differs,
            () if self.watched.is_equal(step) => Finding::Equal,
            () => Finding::Unknown,
        })
    }

    /// Whether an execution is the reason that the runs part after it. Lines that were added after it are another reason.
    fn parts(&self, slicer: &Slicer<'_, '_>, node: &Node, execution: &Execution) -> Result<bool, Error> {
        let Some(way) = execution.way else { return Ok(false) };
        if let Some(went) = slicer.went(node)? {
            return Ok(self.went_before(execution).is_none_or(|before| before != went));
        }
        let is_added = way.after.is_some_and(|line| self.edits.is_changed(node.source, line..=line));
        Ok(!is_added)
    }
}

fn is_compound(stmt: &ruff_python_ast::Stmt) -> bool {
    use ruff_python_ast::Stmt;
    matches!(
        stmt,
        Stmt::FunctionDef(_)
            | Stmt::ClassDef(_)
            | Stmt::If(_)
            | Stmt::While(_)
            | Stmt::For(_)
            | Stmt::With(_)
            | Stmt::Match(_)
            | Stmt::Try(_)
    )
}
