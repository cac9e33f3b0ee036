//! Explains why a run failed: goes back from the exception along the values that its line read and the decisions that
//! made the line run, to the most relevant lines.
//!
//! This is a dynamic slice, bounded in lines and time. Each line leads to the writes of the values that it read, to the
//! calls that returned to it, and to the condition or call that made it run. Every line has a weight, which falls with
//! each hop, and falls more on hops that are less relevant. The lines are ranked by their weight, the kind of
//! statement, the place (tests and libraries are seldom at fault), and how unusual their values and branches are.

mod budget;
mod calls;
mod code;
mod constants;
mod failure;
mod frames;
mod kinds;
mod misuse;
pub mod passing;
mod pieces;
mod places;
mod quick;
mod rank;
mod rare;
mod reads;
mod slice;
mod telling;
mod tree;

use std::cell::RefCell;

use connie_recording::error::Error;
use connie_recording::reader::Recording;
use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::Serialize;

use crate::History;
use crate::answers::Spot;
use crate::levels::without_lines;
pub use failure::Failure;
use passing::{Compared, FirstDifference, Passing};
use rank::Ranked;
pub use slice::How;
use slice::Slicer;
pub use tree::{Branch, Row};

/// The maximum number of lines that are listed.
const NAMED: usize = 20;

/// The explanation of a failure.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The failure.
    pub failure: Failure,
    /// The tree from the failure to the most relevant lines.
    pub tree: Branch,
    /// The most relevant lines, in descending order of relevance.
    pub lines: Vec<Line>,
    /// All lines on which the failure was found to depend, the nearest first.
    pub slice: Vec<Line>,
    /// Whether the failure may depend on more lines, because the search reached a limit.
    pub is_cut: bool,
    /// The passing run with which the failure was compared, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passing: Option<Passing>,
}

/// A line that a failure depends on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Line {
    /// Path of its file, as recorded.
    pub file: String,
    /// The line.
    pub line: u32,
    /// Qualified name of the function.
    pub function: String,
    /// The step at which the line began.
    pub step: u64,
    /// The line's relation to the failure.
    pub why: String,
    /// The relevance of the line.
    pub score: f64,
    /// The number of hops from the failure.
    pub hops: u32,
    /// The place, for people.
    pub spot: Spot,
}

impl History<'_> {
    /// Explains a failure: the exception that ended the run, or what happened at a step. If there is a run that passed
    /// (see [`passing::beside`]), lines are ranked by what differs from it.
    ///
    /// # Errors
    /// [`Error::Expression`] where nothing failed; others if the recording cannot be read, or the question is
    /// cancelled.
    pub fn explain(&self, step: Option<u64>, passing: Option<&Recording>) -> Result<Explanation, Error> {
        let start = match step {
            Some(step) => self.start_at(step)?,
            None => match self.failure()? {
                Some(raised) => self.start_of(raised)?,
                None => None,
            },
        };
        let Some(start) = start else { return Err(Error::Expression(self.why_nothing_failed(step)?)) };
        let failure = Failure {
            ty: start.raised.as_ref().map(|raised| raised.ty.clone()),
            message: start.raised.as_ref().map_or_else(String::new, |raised| raised.text.clone()),
            spot: Spot::of(self, &start.line),
        };
        let slicer = Slicer::of(self, &start)?;
        let counts = rare::Counts::of(self, &slicer)?;
        let mut ranked = rank::rank(self, &slicer, &counts)?;
        misuse::weigh(&slicer, &mut ranked)?;
        telling::weigh(self, &slicer, &mut ranked)?;
        let compared = passing.map(|run| Compared::of(self, &slicer, &start, run)).transpose()?;
        let first = match &compared {
            Some(compared) => passing::weigh(&slicer, compared, &mut ranked)?,
            None => None,
        };
        let describer = tree::Describer {
            history: self,
            slicer: &slicer,
            is_whole: counts.is_whole,
            budget: budget::Budget::of(self.recording, tree::PATIENCE),
            texts: RefCell::default(),
        };
        let best = best(&slicer, &ranked);
        let tree = tree::of(&describer, &ranked, &best)?;
        let named = best.iter().take(NAMED).map(|one| Ok(self.line(&describer, one, describer.why(one)?)));
        let lines = named.collect::<Result<_, Error>>()?;
        let mut near: Vec<&Ranked> = best.clone();
        let least = least_hops(&slicer);
        near.sort_by_key(|one| {
            let node = &slicer.nodes[one.node];
            (least.get(&(node.source, node.at.line)).copied().unwrap_or(node.hops), std::cmp::Reverse(node.at.step))
        });
        let slice = near.iter().map(|one| self.line(&describer, one, describer.briefly(one))).collect();
        let passing = compared.map(|compared| -> Result<Passing, Error> {
            let first = first.map(|first| {
                let spot = Spot::of(self, &slicer.nodes[first].at);
                Ok::<_, Error>(FirstDifference { spot, why: describer.why(&ranked[first])? })
            });
            Ok(compared.told(first.transpose()?))
        });
        Ok(Explanation { failure, tree, lines, slice, is_cut: slicer.is_cut, passing: passing.transpose()? })
    }

    /// Why there is nothing to explain.
    fn why_nothing_failed(&self, step: Option<u64>) -> Result<String, Error> {
        let raised = match step {
            Some(step) => self.recording.exception_at(step)?,
            None => self.failure()?,
        };
        let places = raised.map_or_else(Vec::new, |raised| raised.traceback);
        let functions = places.iter().rev().filter_map(|(code, _)| self.recording.function(*code));
        let unknown = functions.into_iter().find_map(|function| without_lines(self.recording, function.source));
        Ok(match (unknown, step) {
            (Some(unknown), _) => unknown,
            (None, Some(step)) => format!("no recorded code runs at step {step}"),
            (None, None) => "no exception left the recorded code of this run: say which moment is meant".to_owned(),
        })
    }

    fn line(&self, describer: &tree::Describer<'_, '_>, one: &Ranked, why: String) -> Line {
        let node = &describer.slicer.nodes[one.node];
        let source = self.recording.sources.get(node.source as usize);
        Line {
            file: source.map_or_else(|| "?".to_owned(), |source| source.path.clone()),
            line: node.at.line,
            function: self.recording.function(node.at.code).map_or("?", |function| &function.name).to_owned(),
            step: node.at.step,
            why,
            score: (one.score * 1e4).round() / 1e4,
            hops: node.hops,
            spot: Spot::of(self, &node.at),
        }
    }
}

/// The most relevant execution of each line, the most relevant line first.
fn best<'a>(slicer: &Slicer<'_, '_>, ranked: &'a [Ranked]) -> Vec<&'a Ranked> {
    let mut of_line: FxHashMap<(u32, u32), &Ranked> = FxHashMap::default();
    for one in ranked {
        let node = &slicer.nodes[one.node];
        let known = of_line.entry((node.source, node.at.line)).or_insert(one);
        if one.score > known.score {
            *known = one;
        }
    }
    let mut best: Vec<&Ranked> = of_line.into_values().collect();
    best.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.node.cmp(&b.node)));
    pair(slicer, &mut best);
    best
}

/// How many of the first lines are followed by the condition that let them run, and how much of their score it needs.
const PAIRED: usize = 3;
const ENOUGH: f64 = 0.35;

/// Places the condition that let a line run right behind that line: both belong to one fault.
fn pair(slicer: &Slicer<'_, '_>, best: &mut Vec<&Ranked>) {
    let mut place = 0;
    for _ in 0..PAIRED {
        let Some(one) = best.get(place) else { return };
        if !matches!(slicer.nodes[one.node].how, How::Wrote | How::Changed) {
            place += 1;
            continue;
        }
        let is_its = |other: &&Ranked| {
            let node = &slicer.nodes[other.node];
            slicer.links.contains(&(one.node, other.node))
                && node.how == How::Decided
                && matches!(node.kind, kinds::LineKind::Decides | kinds::LineKind::Checks)
                && other.score > ENOUGH * one.score
        };
        let behind = best.iter().skip(place + 1).position(is_its);
        place += 1;
        if let Some(behind) = behind {
            let condition = best.remove(place + behind);
            best.insert(place, condition);
            place += 1;
        }
    }
}

fn least_hops(slicer: &Slicer<'_, '_>) -> FxHashMap<(u32, u32), u32> {
    let mut least = FxHashMap::default();
    for node in &slicer.nodes {
        let known = least.entry((node.source, node.at.line)).or_insert(node.hops);
        *known = node.hops.min(*known);
    }
    least
}
