//! Collects the arguments and results of functions over a whole recording.

use connie_recording::error::Error;
use connie_recording::player::{Event, Player};
use connie_recording::reader::Recording;
use connie_recording::render::World;
use connie_wire::{Kind, Value};
use rustc_hash::FxHashMap;

use super::kinds::{Type, Union};
use crate::History;
use crate::calls::may_call;
use crate::signature::{Signature, Takes, find, signatures};

/// The number of steps between two progress reports.
const EVERY: u64 = 1 << 15;

/// The limits of an observation.
pub struct Options<'a> {
    /// The maximum number of calls of each function.
    pub calls: u64,
    /// Called with the number of steps walked; returns whether to continue.
    pub progress: &'a dyn Fn(u64) -> bool,
}

/// A function, with the types of its arguments and results.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Its qualified name.
    pub function: String,
    /// The path of its source.
    pub path: String,
    /// Its source.
    pub source: u32,
    /// Its first line.
    pub line: u32,
    /// Its signature in the source.
    pub signature: Signature,
    /// The number of observed calls.
    pub calls: u64,
    /// The arguments of each parameter. For `*args` and `**kw`, each further argument counts.
    pub parameters: Vec<Union>,
    /// The returned types.
    pub returned: Union,
    /// The yielded types.
    pub yielded: Union,
}

/// Observes functions by their code numbers. Functions whose source was not recorded are left out.
///
/// # Errors
/// If the recording is damaged, or the question is cancelled.
pub fn observe(history: &History<'_>, codes: &[u32], options: &Options<'_>) -> Result<Vec<Observed>, Error> {
    let recording = history.recording;
    let (mut observed, of_code) = begin(recording, codes);
    let mut player = Player::new(recording);
    // Frames of the observed calls.
    let mut open: FxHashMap<u64, usize> = FxHashMap::default();
    let mut steps = 0u64;
    let mut end_of_chunk = 0u64;
    while let Some(mut step) = player.next_step() {
        steps += 1;
        if step.number >= end_of_chunk {
            let Some((first, end)) = next_chunk(recording, codes, step.number, open.is_empty()) else { break };
            end_of_chunk = end;
            if first > step.number {
                if let Some(error) = player.damaged.pop() {
                    return Err(error);
                }
                (player, step) = Player::at(recording, first)?;
            }
        }
        if steps.is_multiple_of(EVERY) && (history.timeline.is_interrupted() || !(options.progress)(step.number)) {
            return Err(Error::Interrupted);
        }
        let Some(frame) = step.frame else { continue };
        let Some(&at) = of_code.get(&frame.code) else { continue };
        match &step.event {
            Event::Call if observed[at].calls < options.calls => {
                observed[at].calls += 1;
                open.insert(frame.frame, at);
                call(recording, &player, frame.frame, frame.code, &mut observed[at]);
            }
            Event::Return(value) if open.remove(&frame.frame).is_some() => {
                observed[at].returned.add(Type::of(&player, value));
            }
            Event::Yield(value) if open.contains_key(&frame.frame) => {
                observed[at].yielded.add(Type::of(&player, value));
            }
            _ => {}
        }
    }
    if let Some(error) = player.damaged.pop() {
        return Err(error);
    }
    observed.retain(|one| one.calls > 0);
    Ok(observed)
}

/// The first and the end step of the chunk at or after a step that may have calls of the functions; of the chunk at the
/// step if calls are open. `None` if there is none.
fn next_chunk(recording: &Recording, codes: &[u32], step: u64, no_call_is_open: bool) -> Option<(u64, u64)> {
    let chunks = &recording.chunks;
    let at = chunks.partition_point(|chunk| chunk.first_step + chunk.steps <= step);
    let found = if no_call_is_open { (at..chunks.len()).find(|n| may_call(recording, *n, codes))? } else { at };
    let chunk = chunks.get(found)?;
    Some((chunk.first_step, chunk.first_step + chunk.steps))
}

/// The functions without observations, and the index of the function for each code.
fn begin(recording: &Recording, codes: &[u32]) -> (Vec<Observed>, FxHashMap<u32, usize>) {
    let mut sources: FxHashMap<u32, Vec<Signature>> = FxHashMap::default();
    let (mut observed, mut of_code): (Vec<Observed>, _) = (Vec::new(), FxHashMap::default());
    for code in codes {
        let Some(function) = recording.function(*code) else { continue };
        let source = recording.sources.get(function.source as usize);
        let Some((path, text)) = source.and_then(|source| Some((&source.path, source.text.as_deref()?))) else {
            continue;
        };
        let all = sources.entry(function.source).or_insert_with(|| signatures(text));
        let Some(signature) = find(all, function.line, &function.name) else { continue };
        let is_it = |one: &Observed| one.source == function.source && one.signature.lines == signature.lines;
        let at = observed.iter().position(is_it).unwrap_or_else(|| {
            observed.push(Observed {
                function: function.name.clone(),
                path: path.clone(),
                source: function.source,
                line: function.line,
                signature: signature.clone(),
                calls: 0,
                parameters: vec![Union::default(); signature.parameters.len()],
                returned: Union::default(),
                yielded: Union::default(),
            });
            observed.len() - 1
        });
        of_code.insert(*code, at);
    }
    (observed, of_code)
}

fn call(recording: &Recording, player: &Player<'_>, frame: u64, code: u32, observed: &mut Observed) {
    let (Some(function), Some(entity)) = (recording.function(code), player.entity(frame)) else { return };
    for (parameter, union) in observed.signature.parameters.iter().zip(&mut observed.parameters) {
        let name = parameter.name.as_str();
        let is_it = |slot: &String| {
            slot == name
                || name.starts_with("__") && slot.starts_with('_') && slot.ends_with(name) && slot.len() > name.len()
        };
        let value = function.slots.iter().position(is_it).and_then(|slot| entity.items.get(slot));
        let Some(value) = value else {
            union.add(Type::Unknown);
            continue;
        };
        match parameter.takes {
            Takes::Positions | Takes::Names => match further(player, value, parameter.takes) {
                Some(values) => union.extend(values.iter().map(|value| Type::of(player, value))),
                None => union.add(Type::Unknown),
            },
            _ => union.add(Type::of(player, value)),
        }
    }
}

/// The further arguments in a tuple or a dict; `None` if they are unknown.
fn further(world: &dyn World, value: &Value, takes: Takes) -> Option<Vec<Value>> {
    match value {
        Value::Tuple(items) => Some(items.to_vec()),
        Value::Object(object) => {
            let entity = world.entity(*object)?;
            let kind = entity.ty.and_then(|ty| world.type_name(ty))?.kind;
            if entity.items.len() as u64 != entity.length || world.in_doubt(*object) {
                return None;
            }
            match (kind, takes) {
                (Kind::Tuple, Takes::Positions) => Some(entity.items.clone()),
                (Kind::Dict, Takes::Names) => Some(entity.items.iter().skip(1).step_by(2).cloned().collect()),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Merges the observations of another run into functions with the same file, name and parameters.
pub fn merge(into: &mut [Observed], from: &[Observed]) {
    for one in into {
        let names = |one: &Observed| one.signature.parameters.iter().map(|p| p.name.clone()).collect::<Vec<_>>();
        let is_it =
            |other: &&Observed| other.path == one.path && other.function == one.function && names(other) == names(one);
        let Some(other) = from.iter().find(is_it) else { continue };
        one.calls += other.calls;
        let pairs = one.parameters.iter_mut().zip(&other.parameters);
        pairs.for_each(|(union, more)| union.extend(more.0.iter().cloned()));
        one.returned.extend(other.returned.0.iter().cloned());
        one.yielded.extend(other.yielded.0.iter().cloned());
    }
}
