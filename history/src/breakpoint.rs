//! Finds the hits of a line breakpoint: the same steps in both directions of time.

mod ahead;
pub(crate) mod quickly;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

use crate::History;
use crate::moment::FrameScope;
use crate::timeline::{At, Direction, Position};
use connie_expression::Expression;
use connie_recording::error::Error;
use connie_recording::player::{Event, Player};

/// The hits at which a breakpoint stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitCount {
    /// The nth.
    Exactly(u64),
    /// From the nth on.
    AtLeast(u64),
    /// Up to the nth.
    AtMost(u64),
    /// Every nth.
    Every(u64),
}

impl HitCount {
    /// Parses `5`, `== 5`, `>= 5`, `> 5`, `<= 5`, `< 5`, `% 5`; `None` if it is none of these.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let number = |rest: &str| rest.trim().parse::<u64>().ok();
        for (prefix, make) in [
            (">=", HitCount::AtLeast as fn(u64) -> Self),
            ("<=", HitCount::AtMost),
            ("==", HitCount::Exactly),
            (">", |n| HitCount::AtLeast(n.saturating_add(1))),
            ("<", |n| HitCount::AtMost(n.saturating_sub(1))),
            ("%", HitCount::Every),
        ] {
            if let Some(rest) = text.strip_prefix(prefix) {
                return number(rest).map(make).filter(|count| *count != HitCount::Every(0));
            }
        }
        number(text).map(HitCount::Exactly)
    }

    /// Whether the nth hit (from 1) is accepted.
    pub fn accepts(self, n: u64) -> bool {
        match self {
            HitCount::Exactly(wanted) => n == wanted,
            HitCount::AtLeast(least) => n >= least,
            HitCount::AtMost(most) => n <= most,
            HitCount::Every(every) => n.is_multiple_of(every),
        }
    }
}

/// The place of a breakpoint.
#[derive(Clone, Debug)]
pub enum Location {
    /// Lines that are about to run, as source and line; a file that changed has several sources.
    Lines(Vec<(u32, u32)>),
    /// The beginning of functions, given by their codes.
    Function(Vec<u32>),
}

/// A breakpoint, with a cache of its hits.
#[derive(Debug)]
pub struct Breakpoint {
    /// The place.
    pub place: Location,
    /// Hits count only if this condition holds.
    pub condition: Option<Expression>,
    /// Only these hits count.
    pub count: Option<HitCount>,
    hits: RefCell<FxHashMap<i64, Rc<Vec<u64>>>>,
    ahead: ahead::Ahead,
    failures: RefCell<Failures>,
}

/// The hits at which a condition could not be evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// The number of such hits.
    pub hits: u64,
    /// The reasons with their counts; the first few distinct ones.
    pub reasons: Vec<(String, u64)>,
    /// Whether there may be more: not all hits were evaluated.
    pub more: bool,
}

/// The maximum number of distinct reasons that are kept.
const REASONS: usize = 5;

impl Failures {
    /// Counts one failure.
    pub fn add(&mut self, why: &str) {
        self.hits += 1;
        if let Some((_, count)) = self.reasons.iter_mut().find(|(known, _)| known == why) {
            *count += 1;
        } else if self.reasons.len() < REASONS {
            self.reasons.push((why.to_owned(), 1));
        }
    }
}

impl Failures {
    /// Adds those of later hits.
    pub(crate) fn merge(&mut self, later: Failures) {
        let counted: u64 = later.reasons.iter().map(|(_, count)| count).sum();
        self.hits += later.hits - counted;
        for (why, count) in later.reasons {
            self.add(&why);
            self.hits += count - 1;
            if let Some((_, known)) = self.reasons.iter_mut().find(|(known, _)| *known == why) {
                *known += count - 1;
            }
        }
    }
}

impl std::fmt::Display for Failures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plural = if self.hits == 1 { "hit" } else { "hits" };
        write!(f, "could not be evaluated at {}{} {plural}: ", self.hits, if self.more { " or more" } else { "" })?;
        for (n, (why, count)) in self.reasons.iter().enumerate() {
            if n > 0 {
                f.write_str("; ")?;
            }
            f.write_str(why)?;
            if *count < self.hits {
                write!(f, " ({count})")?;
            }
        }
        Ok(())
    }
}

impl Breakpoint {
    /// Creates a breakpoint with an empty cache.
    pub fn new(place: Location, condition: Option<Expression>, count: Option<HitCount>) -> Self {
        let (hits, ahead, failures) = Default::default();
        Self { place, condition, count, hits, ahead, failures }
    }

    fn is_at(&self, history: &History<'_>, position: &Position) -> bool {
        match &self.place {
            Location::Lines(lines) => {
                position.at == At::Line
                    && lines.iter().any(|(_, line)| position.line == *line)
                    && history
                        .recording
                        .function(position.code)
                        .is_some_and(|f| lines.contains(&(f.source, position.line)))
            }
            Location::Function(codes) => position.at == At::Call && codes.contains(&position.code),
        }
    }

    pub(crate) fn may_be_in(&self, history: &History<'_>, index: usize) -> bool {
        match &self.place {
            Location::Lines(lines) => {
                let chunk = &history.recording.chunks[index];
                lines.iter().any(|(source, line)| chunk.has_line(*source, *line))
            }
            Location::Function(codes) => !codes.is_empty() && history.recording.may_call(index, codes),
        }
    }

    /// The steps of a chunk at which the place is passed and the condition holds.
    pub(crate) fn in_chunk(&self, history: &History<'_>, index: usize) -> Result<Rc<Vec<u64>>, Error> {
        let id = history.recording.chunks[index].id;
        if let Some(known) = self.hits.borrow().get(&id) {
            return Ok(Rc::clone(known));
        }
        let mut steps = Vec::new();
        if let Some((found, failures)) = self.ahead.take(id) {
            steps = found;
            self.failures.borrow_mut().merge(failures);
        } else if self.may_be_in(history, index) {
            let positions = history.timeline.chunk(history.recording, index)?;
            steps.extend(positions.iter().filter(|p| self.is_at(history, p)).map(|p| p.step));
            if let Some(condition) = &self.condition
                && !steps.is_empty()
            {
                steps = match quickly::holding(history.recording, index, condition, &steps) {
                    Some(held) => held,
                    None => conditioned(history, condition, &steps, &mut self.failures.borrow_mut())?,
                };
            }
        }
        let steps = Rc::new(steps);
        self.hits.borrow_mut().insert(id, Rc::clone(&steps));
        Ok(steps)
    }

    /// Whether the condition could not be evaluated at a hit seen so far.
    pub fn has_failed(&self) -> bool {
        self.failures.borrow().hits > 0
    }

    /// The hits at which the condition could not be evaluated, searched for as long as `patience` lasts.
    pub fn failures(&self, history: &History<'_>, patience: Duration) -> Failures {
        let start = Instant::now();
        let mut more = false;
        for index in 0..history.recording.chunks.len() {
            more = start.elapsed() > patience
                || self.in_chunk(history, index).is_err() && history.timeline.is_interrupted();
            if more {
                break;
            }
        }
        Failures { more, ..self.failures.borrow().clone() }
    }

    /// The number of hits before a chunk.
    fn before(&self, history: &History<'_>, index: usize) -> u64 {
        (0..index).map(|earlier| self.in_chunk(history, earlier).map_or(0, |hits| hits.len() as u64)).sum()
    }

    /// The nearest hit strictly beyond a step. Damaged chunks are skipped.
    pub fn near(&self, history: &History<'_>, step: u64, direction: Direction) -> Option<u64> {
        let chunks = &history.recording.chunks;
        let here = chunks.partition_point(|chunk| chunk.first_step <= step);
        let in_chunk = |index: usize| -> Option<u64> {
            let hits = self.in_chunk(history, index).ok()?;
            if hits.is_empty() {
                return None;
            }
            let before = if self.count.is_some() { self.before(history, index) } else { 0 };
            let accepted = |n: usize| self.count.is_none_or(|count| count.accepts(before + n as u64 + 1));
            match direction {
                Direction::Forward => (hits.partition_point(|hit| *hit <= step)..hits.len()).find(|n| accepted(*n)),
                Direction::Backward => (0..hits.partition_point(|hit| *hit < step)).rev().find(|n| accepted(*n)),
            }
            .map(|n| hits[n])
        };
        let order: Vec<usize> = match direction {
            Direction::Forward => (here.saturating_sub(1)..chunks.len()).collect(),
            Direction::Backward => (0..here).rev().collect(),
        };
        let found = order.iter().enumerate().find_map(|(n, index)| {
            self.look_ahead(history, *index, &order[n..]);
            in_chunk(*index)
        });
        self.ahead.restart();
        found
    }
}

/// The given steps (of one chunk, ascending) at which a condition holds. A condition that cannot be evaluated does not
/// hold.
fn conditioned(
    history: &History<'_>,
    condition: &Expression,
    steps: &[u64],
    failures: &mut Failures,
) -> Result<Vec<u64>, Error> {
    let (mut player, mut step) = Player::at(history.recording, steps[0])?;
    let mut held = Vec::new();
    for &wanted in steps {
        if history.timeline.is_interrupted() {
            return Err(Error::Interrupted);
        }
        while step.number < wanted {
            let Some(next) = player.next_step() else { return Ok(held) };
            step = next;
        }
        let Some(frame) = step.frame else { continue };
        let source = history.recording.function(frame.code).map(|function| function.source);
        let namespace = |source| history.modules.namespace(history.recording, history.timeline, source, frame.frame);
        let globals = source.and_then(namespace);
        let scope = FrameScope::new(history.recording, &player, frame, globals);
        debug_assert!(matches!(step.event, Event::Line | Event::Call));
        match connie_expression::holds(condition, &scope) {
            Ok(true) => held.push(wanted),
            Ok(false) => {}
            Err(problem) => failures.add(&problem.to_string()),
        }
    }
    Ok(held)
}

#[cfg(test)]
mod tests;
