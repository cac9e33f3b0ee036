//! Ranks loops that misuse what they go over, and the lines that gave it to them.

use connie_recording::error::Error;
use connie_wire::Value;
use rustc_hash::FxHashSet;

use super::kinds::LineKind;
use super::rank::Ranked;
use super::slice::{How, Misuse, Slicer};

/// The factors for a line that named what a loop misuses, and for the loop.
const GAVE: f64 = 3.0;
/// The least score of such a line, as a share of the best one: the misuse is seldom meant.
const LEAST: f64 = 0.9;
const LOOP: f64 = 1.3;

/// Raises the scores of loops that misuse what they go over, and of the lines that named it: one of them lacks a copy.
///
/// # Errors
/// If the question is cancelled.
pub(super) fn weigh(slicer: &Slicer<'_, '_>, found: &mut [Ranked]) -> Result<(), Error> {
    let mut known = FxHashSet::default();
    let best = found.iter().map(|one| one.score).fold(0.0, f64::max);
    for index in 0..found.len() {
        let node = &slicer.nodes[index];
        if !matches!(node.kind, LineKind::Loops) || !known.insert((node.source, node.at.line, node.at.frame)) {
            continue;
        }
        let Some(misused) = slicer.misused(index)? else { continue };
        let text = match misused.misuse {
            Misuse::Shrunk => format!("{} lost items during the loop", misused.name),
            Misuse::UsedUp => format!("an earlier loop had used {} up", misused.name),
        };
        found[index].score *= LOOP;
        found[index].notes.push(text);
        let gave = slicer.links.iter().filter(|(parent, _)| *parent == index).map(|(_, child)| *child);
        let gave: FxHashSet<usize> = gave.collect();
        for child in gave {
            let given = &slicer.nodes[child];
            let is_it = matches!(&given.value, Some((Value::Object(object), _)) if *object == misused.object);
            if is_it && matches!(given.how, How::Wrote | How::Passed | How::Appeared) {
                found[child].score = (found[child].score * GAVE).max(best * LEAST);
                found[child].notes.push(match misused.misuse {
                    Misuse::Shrunk => format!("it lost items while line {} went over it", node.at.line),
                    Misuse::UsedUp => format!("line {} went over this iterator again", node.at.line),
                });
            }
        }
    }
    Ok(())
}
