//! What is known at a step of each of two runs.

use connie_recording::chunk::StackFrame;
use connie_recording::error::Error;
use connie_recording::player::{Event, Player, Step};
use rustc_hash::FxHashSet;
use serde::Serialize;

use super::Compared;
use crate::compare::alignment::Part;
use crate::compare::found::{RunPoint, What, cut};
use crate::compare::leaves::differences;
use crate::variables::Variables;

/// The maximum number of variables of a place.
const VARIABLES: usize = 300;
/// The maximum number of values rendered for each variable.
const VALUES: usize = 2_000;
/// The maximum number of characters of a value.
const LENGTH: usize = 600;
/// The maximum number of functions of a stack.
const LEVELS: usize = 50;
/// The maximum number of paths to differences within a value.
const PATHS: usize = 4;

/// How the steps of a place correspond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// Both runs are at the same place.
    Paired,
    /// Both are between two pairs of steps: each goes on by itself.
    Apart,
    /// The comparison knows nothing about these steps.
    Unknown,
}

/// A step of each run, and what is known there.
#[derive(Debug, Serialize)]
pub struct Place {
    /// How they correspond.
    pub relation: Relation,
    /// The pair of steps at which the runs meet again, if they are apart and do.
    pub met: Option<[u64; 2]>,
    /// Both runs.
    pub sides: [Seen; 2],
    /// The variables of the functions that run.
    pub variables: Vec<Variable>,
    /// The number of variables that are left out.
    pub left_out: usize,
}

/// A step of one of the runs.
#[derive(Debug, Serialize)]
pub struct Seen {
    /// Where it is.
    #[serde(flatten)]
    pub at: RunPoint,
    /// The number of the source.
    pub number: u32,
    /// Whether it waits for the other run at the place where they meet.
    pub waits: bool,
    /// Whether the thread ended here, while the other run went on.
    pub ended: bool,
    /// What the step returns, yields or raises.
    pub given: Option<Given>,
    /// The number of functions on the stack.
    pub depth: usize,
    /// The innermost ones of these, the innermost first.
    pub stack: Vec<Level>,
}

/// A value that a step returns, yields or raises.
#[derive(Debug, Serialize)]
pub struct Given {
    /// What it does with the value.
    pub what: What,
    /// The value as text.
    pub text: String,
}

/// A function on the stack.
#[derive(Debug, Serialize)]
pub struct Level {
    /// Qualified name.
    pub function: String,
    /// Its path, relative to the project.
    pub file: String,
    /// The line.
    pub line: u32,
}

/// A variable of one of the functions, or of both.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The values as text, cut around their first difference; `None` if there is none.
    pub texts: [Option<String>; 2],
    /// Whether the values differ.
    pub differs: bool,
    /// The first paths within the values at which they differ; none if they differ as a whole.
    pub paths: Vec<String>,
    /// Whether code that is not recorded may have changed one of them.
    pub in_doubt: bool,
}

impl Compared {
    /// What is known at a step of each run.
    ///
    /// # Errors
    /// If there are no such steps, or the recordings cannot be read.
    pub fn place(&self, steps: [u64; 2]) -> Result<Place, Error> {
        let part = self.find(steps)?.and_then(|found| self.alignment.part(found));
        let (relation, next, met) = match part {
            Some(Part::Paired { .. }) => (Relation::Paired, None, None),
            Some(Part::Apart { next, met, .. }) => (Relation::Apart, Some(next), *met),
            None => (Relation::Unknown, None, None),
        };
        let [left, right] = &self.recordings;
        let moments = [Player::at(left, steps[0])?, Player::at(right, steps[1])?];
        let mut texts = [0, 1].map(|_| Variables::new(self.bounds).sorted().limited(VALUES));
        let state = |n: usize| {
            [met.is_some_and(|met| met[n] == steps[n]), next.is_some_and(|next: &[Option<u64>; 2]| next[n].is_none())]
        };
        let sides = [self.seen(0, &moments[0], &texts[0], state(0))?, self.seen(1, &moments[1], &texts[1], state(1))?];
        let (mut variables, is_same_function) = (self.variables(&moments, &mut texts), self.is_same_function(&moments));
        if !is_same_function {
            variables.iter_mut().for_each(|variable| variable.differs = false);
        }
        // Those that differ are never left out for others.
        variables.sort_by_key(|variable| !variable.differs);
        let left_out = variables.len().saturating_sub(VARIABLES);
        variables.truncate(VARIABLES);
        Ok(Place { relation, met, sides, variables, left_out })
    }

    fn seen(
        &self,
        side: usize,
        (player, step): &(Player<'_>, Step),
        texts: &Variables,
        [waits, ended]: [bool; 2],
    ) -> Result<Seen, Error> {
        let recording = &self.recordings[side];
        let names = recording.thread_names()?;
        let thread = names.into_iter().find(|(id, _)| *id == step.thread).map_or_else(String::new, |(_, name)| name);
        let at = RunPoint::of(recording, step, &thread);
        let given = match &step.event {
            Event::Return(value) => Some((What::Returned, value)),
            Event::Yield(value) => Some((What::Yielded, value)),
            Event::Raise(value) => Some((What::Raised, value)),
            _ => None,
        };
        let given = given.map(|(what, value)| {
            let [text, _] = cut(&[Some(texts.text(player, value)), None], LENGTH);
            Given { what, text: text.unwrap_or_default() }
        });
        let level = |frame: &StackFrame| {
            let function = recording.function(frame.code);
            Level {
                function: function.map_or_else(|| "?".to_owned(), |function| function.name.clone()),
                file: function.map_or_else(String::new, |function| recording.short(function.source).to_owned()),
                line: frame.line,
            }
        };
        let stack = player.stack().iter().rev().take(LEVELS).map(level).collect();
        Ok(Seen { number: at.source, at, waits, ended, given, depth: player.stack().len(), stack })
    }

    /// Whether the functions that run correspond.
    fn is_same_function(&self, moments: &[(Player<'_>, Step); 2]) -> bool {
        let [left, right] = moments.each_ref().map(|(_, step)| step.frame.map(|frame| frame.code));
        left.is_some() && right.and_then(|right| self.pairs.function(right)) == left
    }

    /// The variables of both functions, those of the left one first. Those of the same name stand together.
    fn variables(&self, moments: &[(Player<'_>, Step); 2], texts: &mut [Variables; 2]) -> Vec<Variable> {
        let frames = moments.each_ref().map(|(_, step)| step.frame);
        let (mut names, mut known) = (Vec::new(), FxHashSet::default());
        for (n, frame) in frames.iter().enumerate() {
            let Some(frame) = frame else { continue };
            for (name, _) in texts[n].all(&moments[n].0, frame) {
                if known.insert(name.clone()) {
                    names.push(name);
                }
            }
        }
        let variable = |name: String| {
            let known = [0, 1].map(|n| frames[n].and_then(|frame| texts[n].known(frame.frame, &name)));
            let leaves = match known {
                [Some(left), Some(right)] => {
                    let players = moments.each_ref().map(|(player, _)| player);
                    differences([players[0], players[1]], &self.threads.identities, [left.0, right.0], self.bounds)
                }
                _ => Vec::new(),
            };
            let differs = !leaves.is_empty() || known[0].is_none() || known[1].is_none();
            let paths = leaves.into_iter().map(|leaf| leaf.path).filter(|path| !path.is_empty()).take(PATHS).collect();
            let in_doubt = known.iter().flatten().any(|known| known.2);
            let texts = cut(&known.map(|known| known.map(|known| known.1.to_owned())), LENGTH);
            Variable { name, texts, differs, paths, in_doubt }
        };
        names.into_iter().map(variable).collect()
    }
}
