//! Who wrote a value, where it came from, and where an object was seen.

use connie_expression::{Expression, Got, with_doubt};
use connie_history::every_write::EveryWrite;
use connie_history::moment::Moment;
use connie_history::occurrences::{self, Page};
use connie_history::origin::Trail;
use connie_history::stores::Stores;
use connie_history::timeline::{Direction, Position};
use connie_history::writes;
use connie_recording::actors::Actors;
use connie_recording::render::{Bounds, Renderer};
use connie_wire::Value;

use super::View;

/// A write, as clients are told.
pub struct Written {
    /// Step of the line that wrote.
    pub step: u64,
    /// That line.
    pub line: u32,
    /// The value's text.
    pub value: String,
    /// Where code that was not recorded wrote, in a call of that line: the steps in which it may have done so.
    pub between: Option<(u64, u64)>,
    /// A value equal to the one that was there was written.
    pub is_equal: bool,
    /// The thread and the task that wrote, where there are several.
    pub by: Option<String>,
}

impl Written {
    /// Words for what else is known: that the value is the one from before, who wrote, that it is not certain when.
    pub fn when(&self) -> String {
        let between = self.between.map(|(first, last)| format!("  (some time in steps {first} to {last})"));
        let equal = self.is_equal.then(|| "  (an equal value)".to_owned());
        let by = self.by.as_ref().map(|by| format!("  by {by}"));
        [between, equal, by].into_iter().flatten().collect()
    }
}

impl View {
    /// The write that made the value of an expression.
    ///
    /// # Errors
    /// A sentence, where the expression names nothing that is written to.
    pub fn last_write(&self, text: &str, frame: Option<u64>) -> Result<Option<Written>, String> {
        let (recording, here) = (self.recorded()?, self.position()?);
        let Some(target) = self.known_target(text, frame)? else { return Ok(None) };
        let write = writes::near(&recording, &self.timeline, &target, here.step, Direction::Backward);
        let Some(write) = write.map_err(|error| error.to_string())? else { return Ok(None) };
        Ok(Some(self.written(&write)))
    }

    /// Every write up to the moment, the latest first, or after it, the next first; at most `count`. Those of an
    /// equal value too.
    ///
    /// # Errors
    /// As for [`Self::last_write`].
    pub fn history(
        &self,
        text: &str,
        frame: Option<u64>,
        direction: Direction,
        count: usize,
    ) -> Result<Vec<Written>, String> {
        let (recording, here) = (self.recorded()?, self.position()?);
        let Some(target) = self.known_target(text, frame)? else { return Ok(Vec::new()) };
        let stores = Stores::of(&recording, &target);
        let history = EveryWrite::new(self.history_of(&recording), &target, Some(&stores), here.step, direction);
        let writes = history.take(count.min(10_000));
        writes.map(|write| Ok(self.written(&write.map_err(|error| error.to_string())?))).collect()
    }

    /// The writes of an equal value since the one that made the value of an expression, the latest first; at most
    /// `count`.
    ///
    /// # Errors
    /// As for [`Self::last_write`].
    pub fn rewritten(&self, text: &str, frame: Option<u64>, count: usize) -> Result<Vec<Written>, String> {
        let (recording, here) = (self.recorded()?, self.position()?);
        let Some(target) = self.known_target(text, frame)? else { return Ok(Vec::new()) };
        let stores = Stores::of(&recording, &target);
        let history =
            EveryWrite::new(self.history_of(&recording), &target, Some(&stores), here.step, Direction::Backward);
        let mut found = Vec::new();
        for write in history.take(count) {
            let write = write.map_err(|error| error.to_string())?;
            if !write.is_same {
                break;
            }
            found.push(self.written(&write));
        }
        Ok(found)
    }

    /// The value of an expression followed back to where it came from.
    ///
    /// # Errors
    /// A sentence, where the expression names nothing that can be followed.
    pub fn origin(&self, text: &str, frame: Option<u64>) -> Result<Trail, String> {
        let (recording, here) = (self.recorded()?, self.position()?);
        let tracer = self.history_of(&recording);
        tracer.trail(text, here.step, frame.unwrap_or(here.frame)).map_err(|error| error.to_string())
    }

    /// Everywhere the object that an expression names was seen, after a step.
    ///
    /// # Errors
    /// A sentence, where the expression names no object.
    pub fn occurrences(&self, text: &str, frame: Option<u64>, after: u64, most: usize) -> Result<Page, String> {
        let (recording, here) = (self.recorded()?, self.position()?);
        let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
        let frame = Self::frame(&moment, frame.unwrap_or(here.frame)).ok_or("no recorded frame runs here")?;
        let expression = Expression::parse(text).map_err(|problem| problem.to_string())?;
        let scope = moment.scope(frame, self.globals(&recording, frame));
        match expression.eval(&scope).map_err(|problem| problem.to_string())? {
            Got::Value(Value::Object(object)) => {
                occurrences::of(&recording, object, after, most, &|| self.timeline.is_interrupted())
                    .map_err(|error| error.to_string())
            }
            _ => Err(format!("{text} is a plain value, not an object: it has no identity that was recorded")),
        }
    }

    fn written(&self, write: &writes::Write) -> Written {
        let text = match (&write.value, &self.recording) {
            (Some(value), Some(recording)) => match Moment::at(recording, write.seen) {
                Ok(moment) => Renderer::new(&moment.player, Bounds { string: 300, items: 30, depth: 3 }).text(value),
                Err(error) => format!("<{error}>"),
            },
            _ => "<deleted>".into(),
        };
        let text = with_doubt(text, write.is_unsure);
        let between = write.since.map(|since| (since, write.seen));
        let actors = self.recording.as_ref().and_then(|recording| Actors::of(recording).ok()).unwrap_or_default();
        let by = actors.name(write.line.thread, write.line.task);
        let Position { step, line, .. } = write.line;
        Written { step, line, value: text, between, is_equal: write.is_equal(), by }
    }
}
