//! One of two compared runs: a walk through one of its threads.

use super::found::RunPoint;
use super::pairs::Pairs;
use crate::attribute_changes::AttributeChanges;
use crate::timeline::{At, Position};
use crate::variables::Variables;
use connie_recording::error::Error;
use connie_recording::player::{Event, Player, Step};
use connie_recording::reader::Recording;
use connie_recording::render::Bounds;

/// The maximum number of values rendered for each variable.
const MAX_VALUES: usize = 2_000;

/// The number of steps that a side walks to a later step, instead of starting anew there.
const NEAR: u64 = 20_000;

/// The key by which places of the two runs correspond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    event: &'static str,
    /// The depth of the stack.
    pub depth: usize,
    /// The left function, or a right function without a counterpart.
    function: Result<u32, u32>,
    /// The left line, or a right line without a counterpart.
    line: Result<u32, u32>,
}

/// A walk through a thread of a recording.
pub struct Side<'a> {
    pub recording: &'a Recording,
    pub player: Player<'a>,
    pub thread: u32,
    /// The current step; `None` at the end.
    pub now: Option<Step>,
    pub variables: Variables,
    told: AttributeChanges,
    /// Attributes of classes, functions and modules that changed since the last comparison.
    attributes: Vec<String>,
    /// Objects that changed since the last comparison.
    pub changed: Vec<u64>,
    /// Whether it went to another step since the last comparison.
    pub has_jumped: bool,
    bounds: Bounds,
}

impl<'a> Side<'a> {
    /// Starts at the first step of a thread after `step`.
    pub fn after(recording: &'a Recording, thread: u32, step: u64, bounds: Bounds) -> Result<Self, Error> {
        let player = Player::before(recording, step + 1)?;
        let variables = Variables::new(bounds).sorted().limited(MAX_VALUES);
        let told = AttributeChanges::new(recording, &player, bounds).sorted();
        let (attributes, changed, has_jumped) = (Vec::new(), Vec::new(), true);
        let mut side =
            Self { recording, player, thread, now: None, variables, told, attributes, changed, has_jumped, bounds };
        side.advance();
        Ok(side)
    }

    /// Goes to a later step of its thread. What was shown is kept if the step is near.
    pub fn go_to(&mut self, step: u64) -> Result<(), Error> {
        let far = self.now.as_ref().map_or(u64::MAX, |now| step.saturating_sub(now.number));
        if far <= NEAR {
            while self.now.as_ref().is_some_and(|now| now.number < step) {
                self.advance();
            }
        }
        if self.now.as_ref().is_some_and(|now| now.number == step) {
            return Ok(());
        }
        *self = Self::after(self.recording, self.thread, step - 1, self.bounds)?;
        Ok(())
    }

    /// Moves to the next step of its thread in recorded code.
    pub fn advance(&mut self) {
        loop {
            self.now = self.player.next_step();
            self.changed.extend_from_slice(self.player.changed());
            self.attributes.extend(self.told.changed(&self.player).into_iter().map(|(name, _)| name));
            match &self.now {
                Some(step) if step.thread != self.thread || step.frame.is_none() => {}
                Some(Step { event: Event::Output(_), .. }) => {}
                _ => return,
            }
        }
    }

    /// The attributes of classes, functions and modules that changed since the last call.
    pub fn take_attributes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.attributes)
    }

    /// The current text of such an attribute.
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.told.known(name).map(str::to_owned)
    }

    /// The place of a step.
    pub fn place(&self, step: &Step, thread: &str) -> RunPoint {
        RunPoint::of(self.recording, step, thread)
    }
}

/// The key by which a step of the left run corresponds to a step of the right one.
pub fn token(recording: &Recording, pairs: Option<&Pairs>, step: &Step) -> Token {
    let (code, line) = step.frame.map_or((u32::MAX, 0), |frame| (frame.code, frame.line));
    // A function may end at any line, and its first line moves if a decorator is added.
    let anywhere = matches!(step.event, Event::Call | Event::Return(_));
    keyed(recording, pairs, (step.event.name(), step.depth), code, line, anywhere)
}

/// The same for a position.
pub fn token_at(recording: &Recording, pairs: Option<&Pairs>, position: &Position) -> Token {
    let event = match position.at {
        At::Call => "call",
        At::Line => "line",
        At::Return => "return",
        At::Raise => "raise",
        At::Yield => "yield",
        At::Resume => "resume",
        At::Output => "output",
    };
    let anywhere = matches!(position.at, At::Call | At::Return);
    keyed(recording, pairs, (event, position.depth as usize), position.code, position.line, anywhere)
}

fn keyed(
    recording: &Recording,
    pairs: Option<&Pairs>,
    (event, depth): (&'static str, usize),
    code: u32,
    line: u32,
    anywhere: bool,
) -> Token {
    let (function, line) = match pairs {
        None => (Ok(code), Ok(line)),
        Some(pairs) => {
            let source = recording.function(code).map_or(u32::MAX, |function| function.source);
            (pairs.function(code).ok_or(code), pairs.line(source, line).ok_or(line))
        }
    };
    Token { event, depth, function, line: if anywhere { Ok(0) } else { line } }
}
