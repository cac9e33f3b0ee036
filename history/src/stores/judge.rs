//! Decides which finished statements stored into the place, and which value they stored.

use std::rc::Rc;

use connie_wire::Value;
use rustc_hash::FxHashMap;

use super::holds::is_container;
use super::names::{self, Home};
use super::sites::{self, Site, Stored, When};
use super::windows::Window;
use super::{Change, Store, Stores, Variable, last_name};
use crate::History;
use crate::answers::closures;
use crate::keys;
use crate::moment::FrameScope;
use crate::timeline::{At, Direction, Position};
use crate::writes::{self, Target, Write};
use connie_expression::{Assignable, Expression, text_value};
use connie_recording::chunk::StackFrame;
use connie_recording::error::Error;
use connie_recording::player::Player;
use connie_recording::reader::Recording;
use connie_recording::render::World;

/// The maximum number of calls of a statement that are checked for being setters, the latest first.
const LATEST_CALLS: usize = 16;

/// Observations of a statement, before or after it.
struct Look {
    /// For each store: whether its target is the place.
    hits: Vec<bool>,
    /// For each store: whether no observation contradicts that it happened.
    done: Vec<bool>,
    /// For a variable that another frame shares: its value in this frame.
    own: Option<Value>,
}

impl Stores {
    /// The given statements that stored into the place, in the order of their lines.
    pub(super) fn judged(&self, history: &History<'_>, windows: Vec<Window>) -> Result<Vec<Store>, Error> {
        // One pass over the recording evaluates both times, before and after.
        let mut steps: Vec<(u64, usize, bool)> = Vec::new();
        for (n, window) in windows.iter().enumerate() {
            if self.is_elsewhere(window) || !self.stores_names_alone(window) || self.has_conditions(window) {
                steps.push((window.first.step, n, false));
            }
            steps.push((window.end.step, n, true));
        }
        steps.sort_unstable();
        let mut player: Option<Player<'_>> = None;
        let mut before: FxHashMap<usize, Look> = FxHashMap::default();
        let mut values: FxHashMap<usize, (Value, bool)> = FxHashMap::default();
        for (step, n, is_after) in steps {
            if history.timeline.is_interrupted() {
                return Err(Error::Interrupted);
            }
            go_to(history.recording, &mut player, step)?;
            let Some(player) = player.as_ref() else { break };
            let window = &windows[n];
            let look = self.look(history, player, window, is_after);
            if !is_after {
                before.insert(n, look);
            } else if self.is_into(window, before.remove(&n), &look)
                && let Some(value) = self.value_at(history.recording, player)
                && look.own.is_none_or(|own| own == value.0)
            {
                values.insert(n, value);
            }
        }
        let touched = history.recording.chunks_of(self.target.id())?;
        let mut found = Vec::new();
        for (n, window) in windows.iter().enumerate() {
            if let Some((value, doubtful)) = values.remove(&n)
                && (self.stores_names_alone(window) || !self.is_intercepted(history, window)?)
            {
                found.push(self.store(history, window, value, doubtful, &touched)?);
            }
        }
        Ok(found)
    }

    fn site(&self, window: &Window) -> &Site {
        &self.sources[&window.source].sites[window.site]
    }

    fn stores_names_alone(&self, window: &Window) -> bool {
        self.site(window).stores.iter().all(|store| matches!(store.into, Stored::Name(_)))
    }

    fn has_conditions(&self, window: &Window) -> bool {
        self.site(window).stores.iter().any(|store| store.only.holds.is_some())
    }

    /// Whether a variable is stored by another frame than the frame in question, which may see the change later.
    fn is_elsewhere(&self, window: &Window) -> bool {
        self.variable.as_ref().is_some_and(|variable| variable.frame != window.first.frame)
    }

    /// Whether a statement stored into the place, given the observations before and after it.
    fn is_into(&self, window: &Window, before: Option<Look>, after: &Look) -> bool {
        let own = |look: &Look| look.own.clone();
        if self.is_elsewhere(window) && (after.own.is_none() || before.as_ref().and_then(own) != after.own) {
            return false;
        }
        let was = |n: usize| before.as_ref().and_then(|before| before.hits.get(n).copied());
        let is_it = |(n, after): (usize, &bool)| match self.site(window).stores[n].when {
            When::Before => was(n).unwrap_or(*after),
            When::After => *after,
            When::Both => *after && was(n).unwrap_or(true),
        };
        // Variables are identified by their names alone, so that one observation is enough.
        let is_name = |n: usize| matches!(self.site(window).stores[n].into, Stored::Name(_));
        let is_done = |n: usize| {
            after.done[n] && before.as_ref().is_none_or(|before| before.done.get(n).copied().unwrap_or(true))
        };
        let mut hits = after.hits.iter().enumerate().filter(|(n, _)| is_done(*n));
        hits.any(|(n, hit)| if is_name(n) { *hit } else { is_it((n, hit)) })
    }

    /// Observes a statement before or after it ran.
    fn look(&self, history: &History<'_>, player: &Player<'_>, window: &Window, is_after: bool) -> Look {
        let variable = self.variable.as_ref().filter(|_| self.is_elsewhere(window));
        let own = variable.and_then(|variable| {
            let slots = &history.recording.function(window.first.code)?.slots;
            let slot = slots.iter().position(|slot| *slot == variable.name)?;
            let value = player.entity(window.first.frame)?.items.get(slot).cloned()?;
            (value != Value::Unbound).then_some(value)
        });
        let (hits, done) = self.hits_at(history, player, window, is_after);
        Look { hits, done, own }
    }

    /// For each store of a statement: whether its target is the place, as seen before or after it, and its condition
    /// does not contradict.
    fn hits_at(
        &self,
        history: &History<'_>,
        player: &Player<'_>,
        window: &Window,
        is_after: bool,
    ) -> (Vec<bool>, Vec<bool>) {
        let site = self.site(window);
        let own = player.stack().last().filter(|frame| frame.frame == window.first.frame);
        let Some(frame) = own.copied() else {
            return (vec![false; site.stores.len()], vec![false; site.stores.len()]);
        };
        let module = history.modules.namespace(history.recording, history.timeline, window.source, frame.frame);
        let scope = FrameScope::new(history.recording, player, frame, module);
        let is_it = |store: &sites::Store| match &store.into {
            Stored::Name(name) => is_after && self.is_variable(history, window, frame, name, module),
            Stored::Attribute(whole, name) => {
                let object = whole.place_doubtful(&scope);
                let Ok((Assignable::Key(object, _), false)) = object else { return false };
                !is_container(player, object) && self.is_key(player, object, &text_value(name))
            }
            Stored::Item(whole) => self.is_item(player, whole, &scope),
        };
        let is_done = |store: &sites::Store| {
            let only = &store.only;
            if only.is_always() || only.again && window.is_again {
                return true;
            }
            let Some(condition) = &only.holds else { return false };
            condition.after != is_after || connie_expression::holds(&condition.test, &scope).unwrap_or(false)
        };
        (site.stores.iter().map(is_it).collect(), site.stores.iter().map(is_done).collect())
    }

    fn is_item(&self, player: &Player<'_>, whole: &Expression, scope: &FrameScope<'_>) -> bool {
        let Ok((Assignable::Key(object, key), false)) = whole.place_doubtful(scope) else { return false };
        is_container(player, object) && self.is_key(player, object, &key)
    }

    fn is_key(&self, player: &Player<'_>, object: u64, key: &Value) -> bool {
        let Target::Item { object: wanted, key: known } = &self.target else { return false };
        *wanted == object && keys::plain(player, object, key) == keys::plain(player, object, known)
    }

    /// Whether a name that a statement stores denotes the variable.
    fn is_variable(
        &self,
        history: &History<'_>,
        window: &Window,
        frame: StackFrame,
        name: &str,
        module: Option<u64>,
    ) -> bool {
        let sites = &self.sources[&window.source];
        let Some(home) = names::home(&sites.scopes, self.site(window).scope, name) else { return false };
        match (&self.target, &self.variable) {
            (Target::Slot { frame: wanted, .. }, Some(variable)) => {
                let is_it = variable.name == name && variable.source == window.source && variable.home == home;
                is_it && (frame.frame == *wanted || self.is_shared_with(history, frame.frame, variable))
            }
            (Target::Item { object, key }, _) => {
                let namespace = match home {
                    // A module's body may run in a separate namespace.
                    Home::Module if frame.namespace != 0 && self.site(window).scope == 0 => Some(frame.namespace),
                    Home::Module => module,
                    Home::Scope(_) => Some(frame.namespace).filter(|namespace| *namespace != 0),
                };
                namespace == Some(*object) && *key == text_value(name)
            }
            _ => false,
        }
    }

    /// Whether a frame shares the variable of the same call, because the owning function was called once.
    fn is_shared_with(&self, history: &History<'_>, frame: u64, variable: &Variable) -> bool {
        let Home::Scope(owner) = variable.home else { return false };
        let process = history.recording.process_of(frame);
        process == history.recording.process_of(variable.frame)
            && history.recording.inherited_globals(process, variable.source).is_none()
            && self.owner.get_or_init(|| self.only_call(history, owner, variable)).is_some()
    }

    /// The frame of a function's only call in the recording.
    fn only_call(&self, history: &History<'_>, owner: usize, variable: &Variable) -> Option<u64> {
        let recording = history.recording;
        let scope = &self.sources.get(&variable.source)?.scopes[owner];
        let codes: Vec<u32> = (0u32..)
            .zip(&recording.functions)
            .filter(|(_, f)| f.source == variable.source && f.line == scope.line && last_name(&f.name) == scope.name)
            .map(|(code, _)| code)
            .collect();
        Some(closures::only_call(history, &codes, variable.frame).ok().flatten()?.frame)
    }

    /// The value of the place, and whether it is in doubt.
    fn value_at(&self, recording: &Recording, player: &Player<'_>) -> Option<(Value, bool)> {
        let entity = player.entity(self.target.id())?;
        let value = writes::value_of(recording, &entity, &self.target)?;
        let doubtful = match &self.target {
            Target::Slot { frame, slot, .. } => recording.late().has_slot(*frame, *slot as usize, player.step()),
            Target::Item { object, .. } => player.in_doubt(*object),
        };
        Some((value, doubtful))
    }

    /// The value written by a statement that is known to have stored into the place.
    fn store(
        &self,
        history: &History<'_>,
        window: &Window,
        value: Value,
        doubtful: bool,
        touched: &[usize],
    ) -> Result<Store, Error> {
        let recording = history.recording;
        let (first, end) = (window.first, window.end);
        let mut is_unsure = doubtful;
        for (seen, value) in self.changes(recording, touched, first.step, end.step)? {
            let Some(by) = writes::running(recording, history.timeline, &self.target, seen)? else { continue };
            let write = Write { seen, line: by, value, since: None, is_same: false, is_unsure: false };
            if by.frame == first.frame && first.step <= by.step && by.step < end.step {
                return Ok(Store { write, is_change: true });
            }
            // Another thread wrote while the statement ran, possibly after it had stored.
            let mine = |p: &Position| p.thread == end.thread;
            let last = history.timeline.find(recording, end.step, Direction::Backward, |_| true, mine)?;
            is_unsure |= last.is_none_or(|last| last.step < seen);
        }
        let value = Some(value);
        let write = Write { seen: end.step, line: window.last, value, since: None, is_same: true, is_unsure };
        Ok(Store { write, is_change: false })
    }

    /// The changes seen after a step and up to another one. `touched` are the chunks that change the place's owner.
    fn changes(&self, recording: &Recording, touched: &[usize], after: u64, upto: u64) -> Result<Vec<Change>, Error> {
        let (from, to) = (recording.chunk_of(after)?, recording.chunk_of(upto)?);
        let mut found = Vec::new();
        for index in touched.iter().copied().filter(|index| from <= *index && *index <= to) {
            let id = recording.chunks[index].id;
            let known = self.changes.borrow().get(&id).cloned();
            let changes = match known {
                Some(known) => known,
                None => {
                    let read = Rc::new(
                        writes::in_chunk(recording, &self.target, index)?
                            .into_iter()
                            .map(|write| (write.seen, write.value))
                            .collect(),
                    );
                    self.changes.borrow_mut().insert(id, Rc::clone(&read));
                    read
                }
            };
            found.extend(changes.iter().filter(|(seen, _)| after < *seen && *seen <= upto).cloned());
        }
        Ok(found)
    }

    /// Whether code of the object's class stored, instead of the statement itself: the stored value is then unknown.
    fn is_intercepted(&self, history: &History<'_>, window: &Window) -> Result<bool, Error> {
        let (first, end) = (window.first, window.end);
        let own = match &self.target {
            Target::Item { key: Value::Str(key), .. } => String::from_utf8_lossy(&key.bytes).into_owned(),
            _ => String::new(),
        };
        let calls = |p: &Position| {
            p.step <= first.step || p.at == At::Call && p.thread == end.thread && p.depth == first.depth + 1
        };
        let mut step = end.step;
        for _ in 0..LATEST_CALLS {
            let call = history.timeline.find(history.recording, step, Direction::Backward, |_| true, calls)?;
            let Some(call) = call.filter(|call| call.step > first.step) else { break };
            let function = history.recording.function(call.code);
            let (name, arguments) = function.map_or(("", 0), |f| (last_name(&f.name), f.arguments));
            // A property's setter has the property's name, and takes the object and the value.
            if name == own && arguments == 2 || matches!(name, "__setattr__" | "__setitem__" | "__set__") {
                return Ok(true);
            }
            step = call.step;
        }
        Ok(false)
    }
}

/// Moves a player to a step, onward from its current step if that is shorter.
fn go_to<'r>(recording: &'r Recording, player: &mut Option<Player<'r>>, step: u64) -> Result<(), Error> {
    let first = recording.chunks[recording.chunk_of(step)?].first_step;
    match player {
        Some(player) if player.step() <= step && player.step() + 1 >= first => {
            while player.step() < step && player.next_step().is_some() {}
        }
        _ => *player = Some(Player::at(recording, step)?.0),
    }
    Ok(())
}
