//! Finds writes that change nothing: statements that stored a value equal to the one before.
//!
//! A recording contains only changes. A statement has stored if its line ran and finished: the frame continued at
//! another line, or returned, and raised nothing. The target is evaluated from the recording at that hit. If the
//! outcome is uncertain, the statement is left out. Stores by calls (`setattr`, `d.update`) are not found.

mod body;
mod compound;
mod holds;
mod judge;
mod names;
mod oneline;
mod sites;
mod walrus;
mod windows;

use std::cell::RefCell;
use std::rc::Rc;

use connie_wire::{Op, Value};
use rustc_hash::FxHashMap;

use crate::History;
use crate::timeline::Direction;
use crate::writes::{Target, Write};
use connie_recording::chunk::Entry;
use connie_recording::error::Error;
use connie_recording::reader::Recording;
use names::Home;
use sites::{Sites, Stored};

/// The statements that may store into one place, with a cache of their hits.
pub struct Stores {
    target: Target,
    /// For a variable: the source of its function, and the scope where it lives.
    variable: Option<Variable>,
    sources: FxHashMap<u32, Sites>,
    /// For each source and line: the indexes of sites that may store into the place.
    lines: FxHashMap<(u32, u32), Vec<usize>>,
    scopes: RefCell<FxHashMap<u32, Option<usize>>>,
    /// For each chunk: the stores whose line was hit in it, in the order of their hits.
    hits: RefCell<FxHashMap<i64, Rc<Vec<Store>>>>,
    /// The only call of the function that owns a shared variable; `None` if there are several.
    owner: std::cell::OnceCell<Option<u64>>,
    /// For each chunk: the changes of the place.
    changes: RefCell<FxHashMap<i64, Rc<Vec<Change>>>>,
    /// For an attribute of a class: the stores of its body.
    body: std::cell::OnceCell<Option<body::Body>>,
    /// For an item of an object: whether the object holds items rather than attributes, if that is known.
    is_container: Option<bool>,
    /// How many chunks may still be read backward.
    reads: std::cell::Cell<usize>,
}

struct Variable {
    frame: u64,
    name: String,
    source: u32,
    home: Home,
    is_shared: bool,
}

/// A change: the step at which it was seen, and the value.
type Change = (u64, Option<Value>);

/// A write, with whether the recording shows it as a change.
#[derive(Clone, Debug)]
struct Store {
    write: Write,
    is_change: bool,
}

impl Stores {
    /// Finds the lines that may store into a place.
    #[must_use]
    pub fn of(recording: &Recording, target: &Target) -> Self {
        let mut stores = Self {
            target: target.clone(),
            variable: None,
            sources: FxHashMap::default(),
            lines: FxHashMap::default(),
            scopes: RefCell::default(),
            hits: RefCell::default(),
            owner: std::cell::OnceCell::new(),
            changes: RefCell::default(),
            body: std::cell::OnceCell::new(),
            is_container: holds::holds_items(recording, target),
            reads: std::cell::Cell::new(usize::MAX),
        };
        let named = match target {
            Target::Slot { frame, slot, .. } => match slot_of(recording, *frame, *slot) {
                Some(found) => Some(found),
                None => return stores,
            },
            Target::Item { .. } => None,
        };
        let key = match (&named, target) {
            (Some((_, name)), _) => Some(name.clone()),
            (None, Target::Item { key: Value::Str(key), .. }) => Some(String::from_utf8_lossy(&key.bytes).into_owned()),
            _ => None,
        };
        let own_source = named.as_ref().and_then(|(code, _)| recording.function(*code)).map(|f| f.source);
        for (id, source) in (0u32..).zip(&recording.sources) {
            let Some(text) = source.text.as_deref().filter(|_| own_source.is_none_or(|own| own == id)) else {
                continue;
            };
            // Items may be stored under any expression; names and attributes stand there by their name.
            let is_item = named.is_none() && stores.is_container != Some(false);
            if !is_item && key.as_deref().is_some_and(|key| !has_name(text, key)) {
                continue;
            }
            let sites = Sites::of(text);
            if let (Some((code, name)), Target::Slot { frame, .. }) = (&named, target) {
                stores.variable = Variable::of(recording, &sites, *code, name, *frame);
            }
            stores.add(id, sites, key.as_deref());
        }
        stores
    }

    /// The same, of which a search backward reads at most so many chunks: those where a statement ran that may store
    /// into the place.
    #[must_use]
    pub fn reading_at_most(self, chunks: usize) -> Self {
        self.reads.set(chunks);
        self
    }

    /// Keeps the sites of a source that may store into the place.
    fn add(&mut self, source: u32, sites: Sites, key: Option<&str>) {
        let is_slot = matches!(self.target, Target::Slot { .. });
        let mut has_any = false;
        for (n, site) in sites.sites.iter().enumerate() {
            let may = site.stores.iter().any(|store| match &store.into {
                Stored::Name(name) => {
                    let home = names::home(&sites.scopes, site.scope, name);
                    key == Some(name)
                        && match (&self.variable, home) {
                            (Some(variable), home) => home == Some(variable.home),
                            (None, Some(Home::Module)) => !is_slot,
                            (None, Some(Home::Scope(n))) => !is_slot && sites.scopes[n].is_class,
                            (None, None) => false,
                        }
                }
                Stored::Attribute(_, name) => !is_slot && self.is_container != Some(true) && key == Some(name),
                Stored::Item(_) => !is_slot && self.is_container != Some(false),
            });
            if may {
                has_any = true;
                for line in site.lines.0..=site.lines.1 {
                    self.lines.entry((source, line)).or_default().push(n);
                }
            }
        }
        if has_any {
            self.sources.insert(source, sites);
        }
    }

    /// The nearest write of an equal value beyond a step: the latest finished at or before it, or the first finished
    /// after it. With `until`, writes beyond that step are not looked for, though one may be found.
    ///
    /// # Errors
    /// If the search was interrupted. Data that cannot be read is skipped.
    pub fn near(
        &self,
        history: &History<'_>,
        step: u64,
        direction: Direction,
        until: Option<u64>,
    ) -> Result<Option<Write>, Error> {
        let own = self.own_near(history, step, direction, until)?;
        let in_body = match self.body(history)? {
            Some(body) => body.near(history, step, direction, until)?,
            None => None,
        };
        Ok(nearer(own, in_body, direction, |write| write.seen))
    }

    fn own_near(
        &self,
        history: &History<'_>,
        step: u64,
        direction: Direction,
        until: Option<u64>,
    ) -> Result<Option<Write>, Error> {
        let chunks = &history.recording.chunks;
        if self.lines.is_empty() || chunks.is_empty() {
            return Ok(None);
        }
        let here = chunks.partition_point(|chunk| chunk.first_step <= step).saturating_sub(1);
        let mut best: Option<Write> = None;
        let take = |index: usize, best: &mut Option<Write>| -> Result<(), Error> {
            for store in self.in_chunk(history, index)?.iter().filter(|store| !store.is_change) {
                let seen = store.write.seen;
                let better = match direction {
                    Direction::Backward => seen <= step && best.as_ref().is_none_or(|known| seen > known.seen),
                    Direction::Forward => seen > step && best.as_ref().is_none_or(|known| seen < known.seen),
                };
                if better {
                    *best = Some(store.write.clone());
                }
            }
            Ok(())
        };
        match direction {
            Direction::Backward => {
                for index in (0..=here).rev() {
                    if self.reads.get() == 0 {
                        break;
                    }
                    take(index, &mut best)?;
                    let is_beyond = until.is_some_and(|until| chunks[index].first_step <= until);
                    if best.is_some() || is_beyond {
                        // A statement that began in an earlier chunk may finish later.
                        for earlier in self.begun_before(history, index)? {
                            take(earlier, &mut best)?;
                        }
                        break;
                    }
                }
            }
            Direction::Forward => {
                for earlier in self.begun_before(history, here)? {
                    take(earlier, &mut best)?;
                }
                for (index, chunk) in chunks.iter().enumerate().skip(here) {
                    take(index, &mut best)?;
                    let nearest = best.as_ref().map(|best| best.seen).into_iter().chain(until).min();
                    if nearest.is_some_and(|nearest| nearest < chunk.first_step + chunk.steps) {
                        break;
                    }
                }
            }
        }
        Ok(best)
    }

    /// The nearest line beyond a step that stores an equal or a different value: the step at which it is about to run,
    /// and whether the value is equal.
    ///
    /// # Errors
    /// If the search was interrupted. Data that cannot be read is skipped.
    pub fn next_line(
        &self,
        history: &History<'_>,
        step: u64,
        direction: Direction,
    ) -> Result<Option<(u64, bool)>, Error> {
        let own = self.own_line(history, step, direction)?;
        let in_body = match self.body(history)? {
            Some(body) => body.next_line(history, step, direction)?,
            None => None,
        };
        Ok(nearer(own, in_body, direction, |(line, _)| *line))
    }

    fn own_line(&self, history: &History<'_>, step: u64, direction: Direction) -> Result<Option<(u64, bool)>, Error> {
        let chunks = &history.recording.chunks;
        let here = chunks.partition_point(|chunk| chunk.first_step <= step);
        let in_chunk = |index: usize| -> Result<Option<(u64, bool)>, Error> {
            let found = self.in_chunk(history, index)?;
            let lines = found.iter().map(|store| (store.write.line.step, store.write.is_equal()));
            Ok(match direction {
                Direction::Forward => lines.filter(|(line, _)| *line > step).min(),
                Direction::Backward => lines.filter(|(line, _)| *line < step).max(),
            })
        };
        let mut order: Box<dyn Iterator<Item = usize>> = match direction {
            Direction::Forward => Box::new(here.saturating_sub(1)..chunks.len()),
            Direction::Backward => Box::new((0..here).rev()),
        };
        order.find_map(|index| in_chunk(index).transpose()).transpose()
    }

    /// Whether a chunk may have a statement that stores into the place: none does before the frame or object exists, and
    /// only the frame itself stores into a variable that no other function shares.
    fn may_store(&self, history: &History<'_>, index: usize) -> bool {
        let id = self.target.id();
        let is_alone = self.variable.as_ref().is_some_and(|variable| !variable.is_shared);
        history.recording.birth_of(id).is_none_or(|birth| index >= birth)
            && (!is_alone || history.recording.may_run(index, id))
    }

    /// The stores whose lines were hit in a chunk.
    fn in_chunk(&self, history: &History<'_>, index: usize) -> Result<Rc<Vec<Store>>, Error> {
        let chunk = &history.recording.chunks[index];
        if let Some(known) = self.hits.borrow().get(&chunk.id) {
            return Ok(Rc::clone(known));
        }
        if !self.lines.keys().any(|(source, line)| chunk.has_line(*source, *line)) || !self.may_store(history, index) {
            return Ok(Rc::default());
        }
        self.reads.set(self.reads.get().saturating_sub(1));
        let read = self.windows(history, index).and_then(|(windows, done)| Ok((self.judged(history, windows)?, done)));
        let (stores, all_done) = match read {
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            // Damaged chunks are skipped.
            read => read.unwrap_or_default(),
        };
        if stores.is_empty()
            && history.recording.sketch(index).is_none()
            && let Ok(chunk) = history.recording.chunk(index)
        {
            history.recording.learn(index, &chunk);
        }
        let stores = Rc::new(stores);
        // While the program still runs, unfinished statements may finish later.
        if all_done {
            self.hits.borrow_mut().insert(chunk.id, Rc::clone(&stores));
        }
        Ok(stores)
    }
}

/// Whether a source has a name; a private one stands there without the name of its class.
fn has_name(text: &str, name: &str) -> bool {
    let bare = name.rsplit("__").next().filter(|bare| !bare.is_empty()).unwrap_or(name);
    let goes_on = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(bare).any(|(at, _)| {
        // Underscores may belong to the name.
        let before = text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        !before && !text[at + bare.len()..].starts_with(goes_on)
    })
}

/// The one of two candidates that is reached first.
fn nearer<T>(one: Option<T>, other: Option<T>, direction: Direction, step: impl Fn(&T) -> u64) -> Option<T> {
    let all = one.into_iter().chain(other);
    match direction {
        Direction::Forward => all.min_by_key(step),
        Direction::Backward => all.max_by_key(step),
    }
}

impl Variable {
    fn of(recording: &Recording, sites: &Sites, code: u32, name: &str, frame: u64) -> Option<Self> {
        let function = recording.function(code)?;
        let scope = scope_in(&sites.scopes, function)?;
        let home = names::home(&sites.scopes, scope, name)?;
        // Variables of modules and classes are items of their namespaces; their slots belong to comprehensions.
        if !matches!(home, Home::Scope(n) if !sites.scopes[n].is_class) {
            return None;
        }
        // Old files do not record which functions share variables; the source tells.
        let is_shared = names::is_shared(&sites.scopes, home, name);
        Some(Self { frame, name: name.to_owned(), source: function.source, home, is_shared })
    }
}

/// The scope of a function in its source; `None` for lambdas and comprehensions.
fn scope_in(scopes: &[names::Scope], function: &connie_recording::reader::Function) -> Option<usize> {
    let name = last_name(&function.name);
    if name == "<module>" {
        return Some(0);
    }
    scopes.iter().position(|scope| scope.line == function.line && scope.name == name)
}

fn last_name(qualified: &str) -> &str {
    qualified.rsplit('.').next().unwrap_or(qualified)
}

/// The code of a frame, with the name of one of its slots.
fn slot_of(recording: &Recording, frame: u64, slot: u32) -> Option<(u32, String)> {
    let born = recording.birth_of(frame)?;
    // Numbers are assigned before their calls are written, so that the next chunk may have it.
    let code = (born..(born + 2).min(recording.chunks.len())).find_map(|index| {
        let chunk = recording.chunk(index).ok()?;
        let begins = |entry: &Entry| match entry {
            Entry::Op(Op::Call { frame: found, code, .. }) if *found == frame => Some(*code),
            _ => None,
        };
        let running = || chunk.context.stacks.frames().chain(chunk.context.suspended.values());
        let known = chunk.entries.iter().find_map(begins);
        known.or_else(|| running().find(|known| known.frame == frame).map(|known| known.code))
    })?;
    Some((code, recording.function(code)?.slots.get(slot as usize)?.clone()))
}

#[cfg(test)]
mod tests {
    use super::has_name;

    #[test]
    fn names_are_told_from_parts_of_others() {
        assert!(has_name("self.kept = 1", "kept") && has_name("kept", "kept"));
        assert!(!has_name("self.kept_on = unkept", "kept"));
        assert!(has_name("self.__v = 1", "_Box__v") && !has_name("self.__value = 1", "_Box__v"));
        assert!(has_name("x.__dict__ = {}", "__dict__"));
    }
}
