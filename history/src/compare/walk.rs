//! Walks through two runs side by side.

use connie_wire::Value;
use rustc_hash::{FxHashMap, FxHashSet};

use super::found::{Comparison, Options, Repeat, RunPoint, ValueParting, WayParting, What, code, cut};
use super::leaves::{Leaf, differences};
use super::pairs::{Pairs, Threads};
use super::resync;
use super::same::Same;
use super::side::{Side, token};
use super::watcher::{Difference, Watcher};
use crate::timeline::Timeline;
use connie_recording::chunk::StackFrame;
use connie_recording::error::Error;
use connie_recording::player::{Event, Step};
use connie_recording::reader::Recording;

/// Steps before the first difference that are walked, so that the line that ran before is known.
const RUN_UP: u64 = 2_000;
/// The number of steps between two checks whether to stop.
const OFTEN: u64 = 256;

/// The maximum number of values that are told apart, so that each is reported once.
const MAX_VALUES: usize = 200_000;
/// The maximum number of repetitions of a difference that are kept, and of all differences.
const MAX_REPEATS: usize = 1_000;
const MAX_ALL_REPEATS: usize = 50_000;
/// The maximum number of characters of the values of a repetition.
const REPEATED_TEXT: usize = 80;

/// The key of a parting: the function and line that were left, and the next place in each run.
type Fork = (String, u32, [(&'static str, String, u32); 2]);

/// The key of a value: an item of a pair of objects, or a variable of a function.
#[derive(PartialEq, Eq, Hash)]
enum Known {
    Item([u64; 2], String),
    Variable(What, String, String),
}

/// The key of values that are alike: kind, function, name with its path, and the line that made it.
type Alike = (What, String, String, u32);

/// A value that is known to differ.
struct Differing {
    /// The index of the difference that reports it.
    at: usize,
    /// Whether that difference is about this value, or about one that is alike.
    is_own: bool,
    /// Its last pair of texts.
    last: [Option<String>; 2],
}

/// The differences found in all threads.
#[derive(Default)]
struct Seen {
    values: FxHashMap<Known, Differing>,
    /// The index of the difference for each kind of values.
    alike: FxHashMap<Alike, usize>,
    ways: FxHashMap<Fork, usize>,
    /// The number of repetitions that were kept.
    repeats: usize,
}

impl Seen {
    /// Keeps a repetition, unless there are too many.
    fn keep(&mut self, repeats: &mut Vec<Repeat>, repeat: impl FnOnce() -> Repeat) {
        if repeats.len() < MAX_REPEATS && self.repeats < MAX_ALL_REPEATS {
            self.repeats += 1;
            repeats.push(repeat());
        }
    }

    /// Adds a difference to the one that reports it. `is_new`: it has other texts than before.
    fn repeated(&mut self, known: &mut ValueParting, mut one: ValueParting, is_new: bool, is_own: bool) {
        if is_new {
            match is_own {
                true => known.times += 1,
                false => known.alike += 1,
            }
            self.keep(&mut known.repeats, || repeat(&one));
        }
        // Another thread was there before the thread that was walked first.
        if one.at[0].step < known.at[0].step {
            (one.times, one.alike, one.repeats) = (known.times, known.alike, std::mem::take(&mut known.repeats));
            *known = one;
        }
    }
}

fn repeat(one: &ValueParting) -> Repeat {
    let steps = [Some(one.at[0].step), Some(one.at[1].step)];
    Repeat { steps, path: one.path.clone(), texts: cut(&one.texts, REPEATED_TEXT) }
}

struct Walk<'w, 'a> {
    watcher: &'w mut dyn Watcher,
    sides: [Side<'a>; 2],
    timelines: &'w [Timeline; 2],
    pairs: &'w Pairs,
    identities: &'w [[i64; 2]],
    options: &'w Options<'w>,
    found: &'w mut Comparison,
    thread: String,
    /// The last pair of steps at the same place.
    last: Option<[Step; 2]>,
    /// For each frame of the left run, its last line, and the last line of its counterpart.
    lines: FxHashMap<u64, [u32; 2]>,
    seen: &'w mut Seen,
    same: Same,
    stopped: bool,
}

/// Walks the threads that both runs have, from the end of their common beginning.
pub fn walk<'a>(
    both: [&'a Recording; 2],
    pairs: &Pairs,
    threads: &Threads,
    same: u64,
    options: &Options<'_>,
    watcher: &mut dyn Watcher,
    found: &mut Comparison,
) -> Result<(), Error> {
    let names: FxHashMap<u32, String> = both[0].thread_names()?.into_iter().collect();
    let from = same.saturating_sub(RUN_UP);
    found.compared = from;
    watcher.same(from);
    if same >= both[0].last_step().max(both[1].last_step()) {
        found.compared = same;
        found.identical = true;
        return Ok(());
    }
    let start = |recording: &'a Recording, thread: u32| -> Result<Side<'a>, Error> {
        Side::after(recording, thread, from.min(recording.last_step()), options.bounds)
    };
    let timelines = [Timeline::default(), Timeline::default()];
    let mut known = Seen::default();
    for [left, right] in &threads.pairs {
        let mut walk = Walk {
            watcher: &mut *watcher,
            sides: [start(both[0], *left)?, start(both[1], *right)?],
            timelines: &timelines,
            pairs,
            identities: &threads.identities,
            options,
            thread: names.get(left).cloned().unwrap_or_default(),
            found,
            seen: &mut known,
            last: None,
            lines: FxHashMap::default(),
            same: Same::default(),
            stopped: false,
        };
        walk.run()?;
        if walk.stopped {
            break;
        }
    }
    found.values.sort_by_key(|value| value.at[0].step);
    found.ways.sort_by_key(WayParting::step);
    Ok(())
}

impl Walk<'_, '_> {
    fn run(&mut self) -> Result<(), Error> {
        while !self.stopped {
            match self.sides.each_ref().map(|side| side.now.clone()) {
                [None, None] => break,
                [_, Some(right)] if self.watcher.is_beyond(right.number) => break,
                [Some(left), Some(right)] if self.is_same_place(&left, &right) => {
                    self.watcher.paired(&left, &right);
                    self.compare(&left, &right);
                    self.last = Some([left, right]);
                    self.sides.iter_mut().for_each(Side::advance);
                    self.found.compared += 1;
                    if self.found.compared.is_multiple_of(OFTEN) && !(self.options.progress)(self.found.compared) {
                        self.stopped = true;
                        self.found.more = true;
                    }
                }
                next => {
                    if !self.part(&next)? {
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn is_same_place(&self, left: &Step, right: &Step) -> bool {
        let [one, other] = &self.sides;
        token(one.recording, None, left) == token(other.recording, Some(self.pairs), right)
    }

    /// Records differences of values at a place where both runs are.
    fn compare(&mut self, left: &Step, right: &Step) {
        let (Some(one), Some(other)) = (left.frame, right.frame) else { return };
        let made_by = self.lines.insert(one.frame, [one.line, other.line]);
        let different = self.different([&one, &other]);
        let [a, b] = &mut self.sides;
        let mut names: Vec<String> = Vec::new();
        let is_different = |name: &str| different.contains(name);
        let changed = a.variables.changed_of(&a.player, &one, &is_different).into_iter();
        for (name, _) in changed.chain(b.variables.changed_of(&b.player, &other, &is_different)) {
            if !names.contains(&name) && !(self.options.ignored)(&name) {
                names.push(name);
            }
        }
        for name in names {
            let [a, b] = &self.sides;
            let known = (a.variables.known(one.frame, &name), b.variables.known(other.frame, &name));
            let in_doubt = [known.0, known.1].iter().any(|known| known.is_some_and(|known| known.2));
            let (values, texts) = match known {
                // Ints whose digits are not shown may have the same text.
                (Some(left), Some(right)) if left.1 != right.1 || left.1.contains("<int, ") => {
                    (Some([left.0.clone(), right.0.clone()]), None)
                }
                (Some(_), Some(_)) | (None, None) => continue,
                (left, right) => (None, Some([left, right].map(|known| known.map(|known| known.1.to_owned())))),
            };
            let leaves = match (values, texts) {
                (Some(values), _) => self.leaves(&values),
                (None, texts) => vec![whole(texts.unwrap_or_default())],
            };
            self.differ(What::Variable, &name, leaves, in_doubt, [left, right], made_by);
        }
        self.compare_attributes([left, right], made_by);
        let given = |event: &Event| match event {
            Event::Return(value) => Some((What::Returned, value.clone())),
            Event::Yield(value) => Some((What::Yielded, value.clone())),
            Event::Raise(value) => Some((What::Raised, value.clone())),
            _ => None,
        };
        if let (Some((what, value)), Some((_, other_value))) = (given(&left.event), given(&right.event)) {
            let leaves = self.leaves(&[value, other_value]);
            self.differ(what, "", leaves, false, [left, right], Some([one.line, other.line]));
        }
        if let Event::Return(_) = left.event {
            self.lines.remove(&one.frame);
            self.same.forget_frame(one.frame);
            self.sides[0].variables.forget(one.frame);
            self.sides[1].variables.forget(other.frame);
        }
    }

    /// The variables of two frames that may have different texts. What was shown of the others is forgotten: they count
    /// as changed once they differ.
    fn different(&mut self, frames: [&StackFrame; 2]) -> FxHashSet<String> {
        let [a, b] = &mut self.sides;
        if a.has_jumped || b.has_jumped {
            (a.has_jumped, b.has_jumped) = (false, false);
            self.same.forget();
        }
        let players = [&a.player, &b.player];
        self.same.changed(players, [&mut a.changed, &mut b.changed]);
        let different = self.same.different(players, frames);
        a.variables.retain(frames[0].frame, |name| different.contains(name));
        b.variables.retain(frames[1].frame, |name| different.contains(name));
        different
    }

    /// Records differences in changed attributes of classes, functions and modules.
    fn compare_attributes(&mut self, steps: [&Step; 2], made_by: Option<[u32; 2]>) {
        let mut names: Vec<String> = self.sides.iter_mut().flat_map(Side::take_attributes).collect();
        names.sort();
        names.dedup();
        for name in names.into_iter().filter(|name| !(self.options.ignored)(name)) {
            let texts = self.sides.each_ref().map(|side| side.attribute(&name));
            if texts[0] != texts[1] {
                self.differ(What::Variable, &name, vec![whole(texts)], false, steps, made_by);
            }
        }
    }

    fn leaves(&self, values: &[Value; 2]) -> Vec<Leaf> {
        let [a, b] = &self.sides;
        differences([&a.player, &b.player], self.identities, [&values[0], &values[1]], self.options.bounds)
    }

    fn differ(
        &mut self,
        what: What,
        name: &str,
        leaves: Vec<Leaf>,
        in_doubt: bool,
        steps: [&Step; 2],
        made_by: Option<[u32; 2]>,
    ) {
        let at = self.places(steps);
        let codes = match made_by {
            Some(lines) => [0, 1].map(|n| code(self.sides[n].recording, at[n].source, lines[n])),
            None => [at[0].code.clone(), at[1].code.clone()],
        };
        let line = made_by.map_or(at[0].line, |lines| lines[0]);
        for leaf in leaves {
            self.watcher.differs(&Difference { what, name, path: &leaf.path, texts: &leaf.texts, in_doubt });
            let key = match leaf.holder {
                [0, 0] => Known::Variable(what, at[0].function.clone(), format!("{name}{}", leaf.path)),
                holder => Known::Item(holder, leaf.last.clone()),
            };
            let one = ValueParting {
                what,
                name: name.to_owned(),
                path: leaf.path,
                at: at.clone(),
                made_by: made_by.map_or([None; 2], |lines| lines.map(Some)),
                code: codes.clone(),
                texts: leaf.texts,
                in_doubt,
                times: 1,
                alike: 0,
                repeats: Vec::new(),
            };
            if !self.note(key, one, line) {
                self.found.more = true;
                return;
            }
        }
    }

    /// Adds a difference to those of the same value, or to those that are alike; false if there are too many.
    fn note(&mut self, key: Known, one: ValueParting, line: u32) -> bool {
        let (seen, values) = (&mut *self.seen, &mut self.found.values);
        if let Some(known) = seen.values.get_mut(&key) {
            // A value that is only shown again does not count.
            let is_new = known.last != one.texts;
            if is_new {
                known.last.clone_from(&one.texts);
            }
            let (at, is_own) = (known.at, known.is_own);
            seen.repeated(&mut values[at], one, is_new, is_own);
            return true;
        }
        let path = without_numbers(&one.path);
        let alike = (one.what, one.at[0].function.clone(), format!("{}{path}", one.name), line);
        let known = seen.alike.get(&alike).copied();
        if seen.values.len() >= MAX_VALUES || known.is_none() && values.len() >= self.options.most {
            return false;
        }
        let (at, last) = (known.unwrap_or(values.len()), one.texts.clone());
        seen.values.insert(key, Differing { at, is_own: known.is_none(), last });
        if known.is_some() {
            seen.repeated(&mut values[at], one, true, false);
        } else {
            seen.alike.insert(alike, at);
            let mut one = one;
            let repeat = repeat(&one);
            seen.keep(&mut one.repeats, || repeat);
            values.push(one);
        }
        true
    }

    fn places(&self, steps: [&Step; 2]) -> [RunPoint; 2] {
        let [one, other] = &self.sides;
        [one.place(steps[0], &self.thread), other.place(steps[1], &self.thread)]
    }

    /// The last common place. For a function that just returned, the runs part at the line that called it.
    fn left_behind(&self, last: &[Step; 2], next: &[Option<Step>; 2]) -> [RunPoint; 2] {
        let mut after = self.places([&last[0], &last[1]]);
        if let [Some(left), Some(right)] = next
            && let (Some(frame), Some(other)) = (left.frame, right.frame)
            && last[0].frame.is_none_or(|ended| ended.frame != frame.frame)
            && let Some(lines) = self.lines.get(&frame.frame)
        {
            let places = self.places([left, right]);
            if self.function(0, frame.code) == self.function(1, other.code) {
                for (n, place) in places.into_iter().enumerate() {
                    let code = code(self.sides[n].recording, place.source, lines[n]);
                    after[n] = RunPoint { step: after[n].step, event: after[n].event, line: lines[n], code, ..place };
                }
            }
        }
        after
    }

    /// The left function for a code of either run.
    fn function(&self, side: usize, code: u32) -> Option<u32> {
        if side == 0 { Some(code) } else { self.pairs.functions.get(code as usize).copied().flatten() }
    }

    /// Records that control flow differs, and moves both to where they meet again; false if they do not.
    fn part(&mut self, next: &[Option<Step>; 2]) -> Result<bool, Error> {
        let last = self.last.take();
        let after = last.as_ref().map(|last| self.left_behind(last, next));
        let side_place = |n: usize| next[n].as_ref().map(|step| self.sides[n].place(step, &self.thread));
        let next_places = [side_place(0), side_place(1)];
        let key = |place: &Option<RunPoint>| {
            place.as_ref().map_or(("end", String::new(), 0), |place| (place.event, place.function.clone(), place.line))
        };
        let left_behind = after.as_ref().map_or((String::new(), 0), |after| (after[0].function.clone(), after[0].line));
        let fork: Fork = (left_behind.0, left_behind.1, [key(&next_places[0]), key(&next_places[1])]);
        let known = self.seen.ways.get(&fork).copied();
        let depths = next.iter().flatten().map(|step| step.depth).chain(last.as_ref().map(|last| last[0].depth));
        let met = match depths.min() {
            Some(depth) if next.iter().all(Option::is_some) => {
                let (compared, progress) = (self.found.compared, self.options.progress);
                resync::meeting(&self.sides, self.timelines, self.pairs, depth, &|| progress(compared))
            }
            _ => None,
        };
        self.watcher.parted(next, met);
        if met.is_none() && !(self.options.progress)(self.found.compared) {
            self.stopped = true;
            self.found.more = true;
        }
        let mut met_places = None;
        if let Some(steps) = met {
            for (side, step) in self.sides.iter_mut().zip(steps) {
                side.go_to(step)?;
            }
            if let [Some(left), Some(right)] = self.sides.each_ref().map(|side| side.now.clone()) {
                met_places = Some(self.places([&left, &right]));
            }
            // The lines that ran in between are unknown here.
            self.lines.clear();
        }
        let steps = [0, 1].map(|n| next[n].as_ref().map(|step| step.number));
        let repeat = || Repeat { steps, path: String::new(), texts: [None, None] };
        match known {
            Some(known) => {
                let known = &mut self.found.ways[known];
                known.times += 1;
                self.seen.keep(&mut known.repeats, repeat);
            }
            None => {
                self.seen.ways.insert(fork, self.found.ways.len());
                let mut way = WayParting { after, next: next_places, met: met_places, times: 1, repeats: Vec::new() };
                self.seen.keep(&mut way.repeats, repeat);
                self.found.ways.push(way);
            }
        }
        if self.seen.ways.len() >= self.options.most && met.is_some() {
            self.found.more = true;
            self.stopped = true;
        }
        Ok(met.is_some())
    }
}

/// A path with all numbers of items left out: `.items[3].count` becomes `.items[].count`.
pub(super) fn without_numbers(path: &str) -> String {
    let mut parts = path.split('[');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let is_number = digits > 0 && part[digits..].starts_with(']');
        text.push('[');
        text.push_str(if is_number { &part[digits..] } else { part });
    }
    text
}

fn whole(texts: [Option<String>; 2]) -> Leaf {
    Leaf { path: String::new(), holder: [0, 0], last: String::new(), texts }
}
