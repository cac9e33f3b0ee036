//! Lines without events: they only read, and the next event shows that they ran.
//!
//! Such a line changes nothing, so that values before and after it are the same. For each possible next event of the
//! frame, the lines between it and the previous event must be certain: there must be only one way.

use rustc_hash::{FxHashMap, FxHashSet};

use super::flow::{Flow, Instruction};
use super::lines::{Check, LinePlan, Plans, Way};
use crate::opcodes::Opcode as O;

/// The largest number of consecutive lines without events.
const LONGEST: usize = 6;
/// The largest number of ways from one line that are examined.
const MAX_WAYS: usize = 32;
/// Functions with more lines are skipped, as they are mostly data.
const MAX_LINES: usize = 4_000;

/// Chooses the lines, and notes how to find out that they ran.
pub fn elide(flow: &Flow, plans: &mut Plans) {
    let mut lines: Vec<u32> = flow.after.keys().chain(flow.before.keys()).copied().collect();
    lines.sort_unstable();
    lines.dedup();
    if lines.len() > MAX_LINES {
        return;
    }
    let mut doings: FxHashMap<u32, Doings> = FxHashMap::default();
    for (instruction, told) in flow.instructions.iter().zip(&flow.told) {
        for &line in told {
            doings.entry(line).or_default().note(instruction.op);
        }
    }
    let shared = flow.untold.iter().flat_map(|(told, own)| [*told, *own]).collect();
    let unclear = after_restoring(flow);
    let mut choice = Choice { flow, plans, doings, shared, unclear, elided: FxHashSet::default() };
    for &line in &lines {
        if choice.is_candidate(line) {
            choice.elided.insert(line);
            if !choice.stays_certain(line) {
                choice.elided.remove(&line);
            }
        }
    }
    let elided = choice.elided.clone();
    if elided.is_empty() {
        return;
    }
    let ways: Vec<(u32, Vec<Way>)> = lines
        .iter()
        .filter_map(|line| Some((*line, choice.ways(*line)?)))
        .filter(|(_, ways)| !ways.is_empty())
        .collect();
    for (line, ways) in ways {
        if let Some(plan) = plans.of_mut(line) {
            (plan.has_ways, plan.ways) = (true, ways);
        }
    }
    plans.elided = vec![0; flow.instructions.last().map_or(0, |last| last.next as usize)].into();
    for (instruction, told) in flow.instructions.iter().zip(&flow.told) {
        // The instructions of an elided line belong to no other line.
        if let &[line] = told.as_slice()
            && elided.contains(&line)
        {
            plans.elided[instruction.unit as usize..instruction.next as usize].fill(line);
        }
    }
    for &line in &elided {
        if let Some(plan) = plans.of_mut(line) {
            plan.elided = true;
        }
    }
    for (line, after) in &flow.after {
        if let Some(plan) = plans.of_mut(*line) {
            plan.leads_over = after.iter().any(|line| elided.contains(line));
        }
    }
}

/// The lines that can follow a line that raises an exception again. Raising again sets the frame back to the
/// instruction that raised it first, while generators may run that end with the frame. So a frame may be there without
/// having run to it.
fn after_restoring(flow: &Flow) -> FxHashSet<u32> {
    let restores = |instruction: &Instruction| instruction.op == O::Reraise && instruction.arg > 0;
    let all = flow.instructions.iter().zip(&flow.told).filter(|(instruction, _)| restores(instruction));
    all.flat_map(|(_, told)| told).filter_map(|line| flow.after.get(line)).flatten().copied().collect()
}

/// What a line's instructions do, in addition to its plan.
#[derive(Default)]
struct Doings {
    /// Whether it is suspended, raises, handles exceptions or the like.
    special: bool,
    /// Whether it jumps back, so that other threads and signal handlers may run.
    jumps_back: bool,
    /// Whether it stores into variables that functions share.
    shares: bool,
}

impl Doings {
    fn note(&mut self, op: O) {
        match op {
            O::JumpBackward => self.jumps_back = true,
            O::StoreDeref | O::DeleteDeref => self.shares = true,
            O::Resume
            | O::ReturnGenerator
            | O::YieldValue
            | O::Send
            | O::EndSend
            | O::GetAwaitable
            | O::GetAiter
            | O::GetAnext
            | O::GetYieldFromIter
            | O::AsyncGenWrap
            | O::EndAsyncFor
            | O::CleanupThrow
            | O::RaiseVarargs
            | O::Reraise
            | O::PushExcInfo
            | O::PopExcept
            | O::CheckExcMatch
            | O::CheckEgMatch
            | O::WithExceptStart
            | O::JumpBackwardNoInterrupt => self.special = true,
            _ => {}
        }
    }
}

struct Choice<'a> {
    flow: &'a Flow,
    plans: &'a Plans,
    doings: FxHashMap<u32, Doings>,
    /// Lines that run as parts of others, and those others.
    shared: FxHashSet<u32>,
    /// Lines that a frame may seem to have reached.
    unclear: FxHashSet<u32>,
    elided: FxHashSet<u32>,
}

impl Choice<'_> {
    fn plan(&self, line: u32) -> &LinePlan {
        self.plans.of(line)
    }

    /// Whether a line only reads.
    fn is_candidate(&self, line: u32) -> bool {
        let plan = self.plan(line);
        let reads = !plan.dirty
            && !plan.globals
            && plan.slots.is_empty()
            && plan.checks.iter().all(|check| matches!(check, Check::Read(_)))
            && plan.calls.is_empty()
            && plan.given.is_empty()
            && plan.iterators.is_empty();
        reads
            && !self.shared.contains(&line)
            && !self.unclear.contains(&line)
            && !self.flow.loops.contains(&line)
            && !self.flow.elsewhere.contains(&line)
            && self.doings.get(&line).is_some_and(|doings| !doings.special)
            && !self.flow.after.get(&line).is_some_and(|after| after.contains(&line))
    }

    /// Whether a line that only reads runs no code at all, whatever it reads.
    fn is_calm(&self, line: u32) -> bool {
        let plan = self.plan(line);
        plan.quiet && plan.checks.is_empty()
    }

    /// Whether all ways over a line can still be distinguished.
    fn stays_certain(&self, line: u32) -> bool {
        let (mut todo, mut seen) = (vec![line], FxHashSet::default());
        while let Some(line) = todo.pop() {
            for &before in self.flow.before.get(&line).into_iter().flatten() {
                if seen.insert(before) {
                    if self.ways(before).is_none() {
                        return false;
                    }
                    if self.elided.contains(&before) {
                        todo.push(before);
                    }
                }
            }
        }
        // If no line comes before it, no earlier event shows that it ran.
        !seen.is_empty()
    }

    /// The ways from a line over elided ones; `None` if they are not certain.
    fn ways(&self, from: u32) -> Option<Vec<Way>> {
        let mut reached: FxHashSet<u32> = FxHashSet::default();
        let mut ways: Vec<Way> = Vec::new();
        let mut todo: Vec<Vec<u32>> = vec![Vec::new()];
        while let Some(through) = todo.pop() {
            let at = through.last().copied().unwrap_or(from);
            for &to in self.flow.after.get(&at).into_iter().flatten() {
                let direct = through.is_empty();
                // There are two ways to it, or an exception may lead to it.
                if !reached.insert(to) || !direct && self.flow.elsewhere.contains(&to) {
                    return None;
                }
                if !direct {
                    ways.push(Way { to, through: through.clone().into() });
                }
                if self.elided.contains(&to) {
                    // If two lines may run code with unknown effects, their changes could not be distinguished.
                    let is_one_of_two = !self.is_calm(to) && through.iter().any(|line| !self.is_calm(*line));
                    if is_one_of_two || to == from || through.len() == LONGEST || ways.len() > MAX_WAYS {
                        return None;
                    }
                    todo.push([through.as_slice(), &[to]].concat());
                }
            }
        }
        let jumps_back = |line: &u32| self.doings.get(line).is_some_and(|doings| doings.jumps_back);
        let passed = || ways.iter().flat_map(|way| &way.through);
        if passed().any(jumps_back) {
            // Other threads may run before the changes of this line are written. Changes of objects are written when
            // they do (see the engine). Variables must not be shared.
            let shares = self.doings.get(&from).is_some_and(|doings| doings.shares);
            if self.plan(from).globals || shares {
                return None;
            }
        }
        Some(ways)
    }
}
