//! Finds unusual values and branches: a value of another kind than in other calls, or a branch that is seldom taken.

use std::time::Duration;

use connie_recording::chunk::{Entry, StackFrame};
use connie_recording::error::Error;
use connie_recording::render::World;
use connie_wire::{Op, Value};
use rustc_hash::{FxHashMap, FxHashSet};

use super::budget::Budget;
use super::slice::{How, Slicer};
use crate::History;
use crate::moment::Moment;

/// The time limit for counting in a recording.
const PATIENCE: Duration = Duration::from_millis(300);
/// The minimum number of cases from which a rule can be derived.
const FEW: u64 = 4;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Case {
    /// The return value of the function with this code.
    Returns(u32),
    /// The argument of a function: its code and the slot of the parameter.
    Gets(u32, u32),
    /// The branch taken: source and line of its head. The kinds are `taken` and `not taken`.
    Goes(u32, u32),
}

/// How often each kind of value occurred.
#[derive(Default)]
pub(super) struct Counts {
    found: FxHashMap<Case, FxHashMap<String, u64>>,
    /// Whether the whole recording was counted.
    pub is_whole: bool,
}

/// A value that is unusual.
pub(super) struct Rare {
    /// The number of other cases.
    pub others: u64,
    /// The number of other cases of the same kind.
    pub same: u64,
    /// The kind of the other cases, if they share one.
    pub usual: Option<String>,
}

/// The cases to count, by the event at which they occur.
#[derive(Default)]
struct Wanted {
    returns: FxHashSet<u32>,
    gets: FxHashMap<u32, Vec<u32>>,
    goes: FxHashMap<(u32, u32), (u32, u32)>,
    lines: Vec<(u32, u32)>,
}

impl Counts {
    /// Counts the cases of a slice's lines.
    ///
    /// # Errors
    /// If the question is cancelled.
    pub fn of(history: &History<'_>, slicer: &Slicer<'_, '_>) -> Result<Self, Error> {
        let wanted = Wanted::of(history, slicer);
        let mut counts = Self { is_whole: true, ..Self::default() };
        let budget = Budget::of(history.recording, PATIENCE);
        let recording = history.recording;
        for (index, chunk) in recording.chunks.iter().enumerate().rev() {
            if !wanted.lines.iter().any(|(source, line)| chunk.has_line(*source, *line)) {
                continue;
            }
            if budget.is_spent() {
                counts.is_whole = false;
                break;
            }
            if history.timeline.is_interrupted() {
                return Err(Error::Interrupted);
            }
            if counts.count(history, &wanted, index).is_err() {
                counts.is_whole = false;
            }
        }
        Ok(counts)
    }

    fn count(&mut self, history: &History<'_>, wanted: &Wanted, index: usize) -> Result<(), Error> {
        let recording = history.recording;
        let chunk = recording.chunk(index)?;
        let mut walk = chunk.walk(recording.chunks[index].first_step);
        let mut types: FxHashMap<u64, u32> = FxHashMap::default();
        let mut pending: FxHashMap<u64, (u32, u32)> = FxHashMap::default();
        while let Some(entry) = walk.next_entry() {
            let op = match entry {
                Entry::Snapshot(entity, id) => {
                    types.extend(entity.ty.map(|ty| (*id, ty)));
                    continue;
                }
                Entry::Op(op) => op,
            };
            let name = |value: &Value| {
                kind_of(value, |object| {
                    let ty = types.get(&object).copied()?;
                    Some(recording.type_name(ty)?.name.clone())
                })
            };
            match op {
                Op::New { object, ty, .. } => {
                    types.insert(*object, *ty);
                }
                Op::Call { code, slots, .. } => {
                    for slot in wanted.gets.get(code).into_iter().flatten() {
                        if let Some(kind) = slots.iter().find(|(n, _)| n == slot).and_then(|(_, value)| name(value)) {
                            self.add(Case::Gets(*code, *slot), kind);
                        }
                    }
                }
                Op::Return { value, .. } => {
                    let code = walk.context().top().map(|top| top.code).filter(|code| wanted.returns.contains(code));
                    if let Some((code, kind)) = code.zip(name(value)) {
                        self.add(Case::Returns(code), kind);
                    }
                }
                Op::Line { .. } => {
                    // The line is known only after the step is applied.
                    let mut context = walk.context().clone();
                    context.apply(op);
                    let source = |top: &StackFrame| recording.function(top.code).map(|function| function.source);
                    if let Some((top, source)) = context.top().and_then(|top| Some((top, source(&top)?))) {
                        self.branch(wanted, &mut pending, &top, source);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Counts the branch that a frame took, now that it is at another line.
    fn branch(&mut self, wanted: &Wanted, pending: &mut FxHashMap<u64, (u32, u32)>, top: &StackFrame, source: u32) {
        if let Some(head) = pending.remove(&top.frame)
            && let Some(body) = wanted.goes.get(&head)
        {
            let is_taken = (body.0..=body.1).contains(&top.line);
            self.add(Case::Goes(head.0, head.1), if is_taken { "taken" } else { "not taken" }.to_owned());
        }
        if wanted.goes.contains_key(&(source, top.line)) {
            pending.insert(top.frame, (source, top.line));
        }
    }

    fn add(&mut self, case: Case, kind: String) {
        *self.found.entry(case).or_default().entry(kind).or_default() += 1;
    }

    /// Whether a kind is unusual in a case.
    pub fn rare(&self, case: Case, kind: &str) -> Option<Rare> {
        let found = self.found.get(&case)?;
        let all: u64 = found.values().sum();
        let own = found.get(kind).copied().filter(|own| *own > 0)?;
        let (others, same) = (all - 1, own - 1);
        if others < FEW || same * 8 > others {
            return None;
        }
        let mut kinds = found.keys().filter(|other| *other != kind);
        let (first, more) = (kinds.next(), kinds.next());
        let usual = first.filter(|_| more.is_none() && same == 0).cloned();
        Some(Rare { others, same, usual })
    }
}

impl Wanted {
    fn of(history: &History<'_>, slicer: &Slicer<'_, '_>) -> Self {
        let mut wanted = Self::default();
        for node in &slicer.nodes {
            let case = case_of(history, slicer, node);
            match case {
                Some(Case::Returns(code)) => {
                    wanted.returns.insert(code);
                    wanted.lines.push((node.source, node.at.line));
                    // Other calls return on other lines: the function's first line is not one of them.
                    if let Some(function) = history.recording.function(code)
                        && let Some(parsed) = slicer.code(function.source)
                    {
                        wanted.lines.extend(parsed.function_lines(function.line).map(|line| (function.source, line)));
                    }
                }
                Some(Case::Gets(code, slot)) => {
                    wanted.gets.entry(code).or_default().push(slot);
                    wanted.lines.push((node.source, node.at.line));
                    if let Some(function) = history.recording.function(code)
                        && let Some(parsed) = slicer.code(function.source)
                    {
                        wanted.lines.extend(parsed.function_lines(function.line).map(|line| (function.source, line)));
                    }
                }
                Some(Case::Goes(source, line)) => {
                    if let Some((_, body)) = slicer.code(source).as_ref().and_then(|code| code.branch(line)) {
                        wanted.goes.insert((source, line), body);
                        wanted.lines.push((source, line));
                    }
                }
                None => {}
            }
        }
        for slots in wanted.gets.values_mut() {
            slots.sort_unstable();
            slots.dedup();
        }
        wanted.lines.sort_unstable();
        wanted.lines.dedup();
        wanted
    }
}

/// The case that a line of a slice belongs to.
pub(super) fn case_of(history: &History<'_>, slicer: &Slicer<'_, '_>, node: &super::slice::Node) -> Option<Case> {
    match node.how {
        How::Returned => Some(Case::Returns(node.at.code)),
        How::Decided | How::Skipped => Some(Case::Goes(node.source, node.at.line)),
        How::Passed => {
            // The parameter belongs to the function of the line to which it was passed.
            let callee = slicer.nodes[node.parent?].at.code;
            let function = history.recording.function(callee)?;
            let slot = function.slots.iter().position(|slot| *slot == node.name)?;
            Some(Case::Gets(callee, slot as u32))
        }
        _ => None,
    }
}

/// The kind of a value, for people: `None`, `False`, `an empty str`, or a type's name.
pub(super) fn kind_of(value: &Value, type_of: impl Fn(u64) -> Option<String>) -> Option<String> {
    Some(match value {
        Value::None => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(number) if *number < 0 => "negative int".to_owned(),
        Value::Int(_) | Value::BigInt(..) => "int".to_owned(),
        Value::Float(bits) if f64::from_bits(*bits).is_nan() => "nan".to_owned(),
        Value::Float(_) => "float".to_owned(),
        Value::Str(text) if text.bytes.is_empty() && text.cut.is_none() => "empty str".to_owned(),
        Value::Str(_) => "str".to_owned(),
        Value::Bytes(_) => "bytes".to_owned(),
        Value::Tuple(_) => "tuple".to_owned(),
        Value::Object(object) => type_of(*object)?,
        _ => return None,
    })
}

/// The kind of a value at a moment.
pub(super) fn kind_at(moment: &Moment<'_>, value: &Value) -> Option<String> {
    kind_of(value, |object| {
        let ty = moment.player.entity(object)?.ty?;
        Some(moment.player.type_name(ty)?.name.clone())
    })
}
