//! Reads the values that a condition depended on when its line began, and their origins.

use connie_expression::{Expression, Got, holds, text, with_doubt};
use connie_recording::chunk::StackFrame;
use connie_recording::error::Error;
use connie_recording::player::Event;
use connie_recording::reader::ChunkInfo;
use connie_recording::render::{Bounds, Renderer};
use connie_source::control::{Leaf, Part};
use connie_wire::Value;

use super::runs::Asking;
use super::{From, Known};
use crate::History;
use crate::beside::Ground;
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};

/// How much of a value is shown.
const SHOWN: Bounds = Bounds { string: 120, items: 8, depth: 2 };
/// The maximum number of values shown for one condition.
const MAX_VALUES: usize = 6;
/// The maximum number of hops followed of a value's trail.
const HOPS: usize = 12;

/// A line when it began, and the next event of its function.
pub(super) struct Seen<'a> {
    history: History<'a>,
    pub at: Position,
    pub next: Option<Position>,
    moment: Moment<'a>,
    frame: StackFrame,
    after: std::cell::OnceCell<Option<Moment<'a>>>,
}

impl<'a> Seen<'a> {
    /// `None` if the frame is not known at that step.
    pub fn new(asking: &Asking<'a>, at: Position, next: Option<Position>) -> Result<Option<Self>, Error> {
        let history = asking.history;
        let moment = Moment::at(history.recording, at.step)?;
        let Some(frame) = History::frame_at(&moment, at.frame) else { return Ok(None) };
        Ok(Some(Self { history, at, next, moment, frame, after: std::cell::OnceCell::new() }))
    }

    /// The moment when the line had finished.
    fn after(&self) -> Option<&Moment<'a>> {
        let read = || Moment::at(self.history.recording, self.next?.step).ok();
        self.after.get_or_init(read).as_ref()
    }

    fn parsed(text: &str) -> Option<Expression> {
        Expression::parse(&format!("({text}\n)")).ok()
    }

    /// Whether an expression held when the line began; `None` if unknown.
    pub fn holds(&self, text: &str) -> Option<bool> {
        let parsed = Self::parsed(text)?;
        holds(&parsed, &self.moment.scope(self.frame, self.history.globals_of(self.frame))).ok()
    }

    /// Whether an expression held when the line had finished: for names that the line itself binds.
    pub fn holds_after(&self, text: &str) -> Option<bool> {
        let moment = self.after()?;
        let frame = History::frame_at(moment, self.at.frame)?;
        holds(&Self::parsed(text)?, &moment.scope(frame, self.history.globals_of(frame))).ok()
    }

    /// Whether a leaf of a condition held, according to its values, and whether its value is exactly True or False.
    pub fn leaf(&self, leaf: &Leaf) -> (Option<bool>, bool) {
        let is_bound = leaf.parts.iter().any(|part| part.is_bound);
        let found = if is_bound { None } else { self.got(&leaf.text, false) };
        let is_bool = found.as_ref().is_some_and(|(got, _)| matches!(got, Got::Value(Value::Bool(_))));
        let known = if is_bound { None } else { self.holds(&leaf.text) };
        if known.is_some() {
            return (known, is_bool);
        }
        // The whole leaf is one call: use its return value.
        let call = leaf.parts.first().filter(|part| part.text == leaf.text && part.called.is_some());
        match call.and_then(|call| self.returned(call.called.as_deref()?)).map(|(value, _)| value) {
            Some(Value::Bool(truth)) => (Some(truth), true),
            Some(Value::None) => (Some(false), false),
            Some(Value::Int(n)) => (Some(n != 0), false),
            Some(Value::Str(text)) if text.cut.is_none() => (Some(!text.bytes.is_empty()), false),
            _ => (None, false),
        }
    }

    fn got(&self, text: &str, is_bound: bool) -> Option<(Got, String)> {
        let moment = if is_bound { self.after()? } else { &self.moment };
        let frame = if is_bound { History::frame_at(moment, self.at.frame)? } else { self.frame };
        let scope = moment.scope(frame, self.history.globals_of(frame));
        let (got, doubtful) = Self::parsed(text)?.eval_doubtful(&scope).ok()?;
        let shown = with_doubt(self::text(&moment.player, &got, SHOWN), doubtful);
        Some((got, shown))
    }

    /// The value of an expression as text, as the line began.
    pub fn shown(&self, text: &str) -> Option<String> {
        self.got(text, false).map(|(_, shown)| shown)
    }

    /// The return value of the only call of a function with this name that the line made.
    fn returned(&self, name: &str) -> Option<(Value, String)> {
        let recording = self.history.recording;
        let end = self.next?;
        let depth = self.at.depth + 1;
        let is_named = |code: u32| recording.function(code).is_some_and(|f| f.name.rsplit('.').next() == Some(name));
        let is_it = |p: &Position| {
            p.step >= end.step
                || p.at == At::Return && p.thread == self.at.thread && p.depth == depth && is_named(p.code)
        };
        let chunks = |chunk: &ChunkInfo| {
            chunk.first_step <= end.step
                && (chunk.first_step + chunk.steps > end.step || chunk.may_reach(self.at.thread, depth))
        };
        let find = |from| self.history.timeline.find(recording, from, Direction::Forward, chunks, is_it).ok().flatten();
        let at = find(self.at.step).filter(|p| p.step < end.step)?;
        let is_only = find(at.step).is_none_or(|p| p.step >= end.step);
        let source = recording.function(at.code)?.source;
        // A caller may get another value than a decorated function returns.
        if !is_only || (Ground { history: self.history, source }).is_decorated(at.code) {
            return None;
        }
        let moment = Moment::at(recording, at.step).ok()?;
        let Event::Return(value) = &moment.step.event else { return None };
        Some((value.clone(), Renderer::new(&moment.player, SHOWN).text(value)))
    }

    /// The value of a part of a condition.
    fn part(&self, asking: &Asking<'_>, part: &Part) -> Option<Known> {
        if let Some(name) = &part.called {
            let value = self.returned(name).map(|(_, shown)| shown).or_else(|| self.shown(&part.text))?;
            return Some(Known { text: part.text.clone(), value, from: Vec::new() });
        }
        let (got, value) = self.got(&part.text, part.is_bound)?;
        let is_code =
            matches!(got, Got::Class(..) | Got::Value(Value::Function(_) | Value::Class(_) | Value::Module(_)));
        if is_code || matches!(&got, Got::Value(value) if self.is_code(value)) {
            return None;
        }
        let from = if part.is_place && !part.is_bound { self.from(asking, &part.text) } else { Vec::new() };
        Some(Known { text: part.text.clone(), value, from })
    }

    /// Functions, classes and modules do not explain why a condition is false.
    fn is_code(&self, value: &Value) -> bool {
        use connie_recording::render::World;
        use connie_wire::Kind;
        let Value::Object(object) = value else { return false };
        let kind = self.moment.player.entity(*object).and_then(|entity| entity.ty);
        let kind = kind.and_then(|ty| self.history.recording.type_name(ty)).map(|ty| ty.kind);
        matches!(kind, Some(Kind::Function | Kind::Class | Kind::Module))
    }

    /// The origin of a value: the line that wrote it, and the end of its trail.
    fn from(&self, asking: &Asking<'_>, text: &str) -> Vec<From> {
        let left = asking.trails.get();
        if left == 0 {
            return Vec::new();
        }
        asking.trails.set(left - 1);
        let Ok(trail) = self.history.trail_within(text, self.at.step, self.at.frame, HOPS) else { return Vec::new() };
        let (first, last) = (trail.hops.first(), trail.hops.last());
        let last = last.filter(|_| trail.hops.len() > 1);
        let hop = |hop: &crate::origin::Hop| From { how: hop.how, text: hop.text.clone(), at: hop.spot.clone() };
        first.into_iter().chain(last).map(hop).collect()
    }

    /// The values that the leaves of a condition depended on.
    pub fn values(&self, asking: &Asking<'_>, leaves: &[&Leaf]) -> Vec<Known> {
        let mut found: Vec<Known> = Vec::new();
        for (leaf, part) in leaves.iter().flat_map(|leaf| leaf.parts.iter().map(move |part| (leaf, part))) {
            // The text already says whether a call was True or False.
            let is_said = |known: &Known| part.text == leaf.text && matches!(known.value.as_str(), "True" | "False");
            let is_call = part.called.is_some();
            if found.len() < MAX_VALUES
                && !found.iter().any(|known| known.text == part.text)
                && let Some(known) = self.part(asking, part)
                && !(is_call && is_said(&known))
            {
                found.push(known);
            }
        }
        found
    }
}
