//! Who wrote a value, where it came from, and where its object was seen.

use connie_expression::{Expression, Got, with_doubt};
use connie_history::answers::{Answer, Asked, Every, Question, Version, What};
use connie_history::moment::Moment;
use connie_history::occurrences::{self, Page};
use connie_history::origin::Trail;
use connie_history::stores::Stores;
use connie_history::timeline::Direction;
use connie_wire::Value;

use super::View;

/// A write, as it is sent to clients.
pub struct Written {
    /// Step of the line that wrote.
    pub step: u64,
    /// The line.
    pub line: u32,
    /// File, line and function of the write, for people.
    pub place: String,
    /// The value's text.
    pub value: String,
    /// What changed within the value; empty if the value itself was written.
    pub changed: Vec<String>,
    /// The step at which the change was seen.
    pub seen: u64,
    /// If code that was not recorded wrote, in a call of that line: the steps between which it may have done so.
    pub between: Option<(u64, u64)>,
    /// The array that was written through, where it shares memory with this one.
    pub through: Option<String>,
    /// Whether an equal value was there before.
    pub is_equal: bool,
    /// The thread and task that wrote, if there are several.
    pub by: Option<String>,
}

impl Written {
    /// What else is known: that the value is equal to the old one, who wrote, and that the time is not certain.
    pub fn when(&self) -> String {
        let between = self.between.map(|(first, last)| format!("  (some time in steps {first} to {last})"));
        let equal = self.is_equal.then(|| "  (an equal value)".to_owned());
        let by = self.by.as_ref().map(|by| format!("  by {by}"));
        let through = self.through.as_ref().map(|name| format!("  (through {name}, which changed in the same way)"));
        [between, through, equal, by].into_iter().flatten().collect()
    }

    /// What was written, or what changed within a value.
    pub fn what(&self) -> String {
        match self.changed.as_slice() {
            [] => format!("wrote {}", self.value),
            changed => format!("changed it: {}, to {}", changed.join(", "), self.value),
        }
    }
}

impl From<Version> for Written {
    fn from(version: Version) -> Self {
        let place = version.at.to_string();
        let text = version.value.unwrap_or_else(|| "<deleted>".into());
        Self {
            step: version.at.step,
            line: version.at.line,
            place,
            value: with_doubt(text, version.is_unsure),
            changed: version.changed,
            seen: version.seen,
            through: version.through,
            between: version.since.map(|since| (since, version.seen)),
            is_equal: version.is_equal,
            by: version.at.by,
        }
    }
}

impl View {
    fn asked(&self, text: &str, frame: Option<u64>) -> Result<Asked, String> {
        let here = self.position()?;
        Ok(Asked { text: text.to_owned(), step: here.step, frame: frame.unwrap_or(here.frame) })
    }

    /// The writes that made the value of an expression, the latest first: changes within it, and its binding.
    ///
    /// # Errors
    /// A message, if the expression names nothing that can be written to.
    pub fn why(&self, text: &str, frame: Option<u64>) -> Result<Vec<Written>, String> {
        let recording = self.recorded()?;
        let question = Question::Why(self.asked(text, frame)?);
        match self.history_of(&recording).ask(&question).map_err(|error| error.to_string())? {
            Answer::Why { writes } => Ok(writes.into_iter().map(Written::from).collect()),
            _ => Ok(Vec::new()),
        }
    }

    /// The write that made the value of an expression.
    ///
    /// # Errors
    /// As for [`Self::why`].
    pub fn last_write(&self, text: &str, frame: Option<u64>) -> Result<Option<Written>, String> {
        Ok(self.why(text, frame)?.into_iter().next())
    }

    /// The versions up to the moment, the latest first, or after it, the next first. Returns `count` versions at most,
    /// including writes of an equal value. `from` is another step to begin at.
    ///
    /// # Errors
    /// As for [`Self::why`].
    pub fn history(
        &self,
        text: &str,
        frame: Option<u64>,
        direction: Direction,
        count: usize,
        from: Option<u64>,
    ) -> Result<Vec<Written>, String> {
        let (recording, of) = (self.recorded()?, self.asked(text, frame)?);
        let history = self.history_of(&recording);
        let place = history.place(&of.text, of.step, of.frame).map_err(|error| error.to_string())?;
        let stores = Stores::of(&recording, &place.target);
        let every = Every::new(history, &place, &stores, from.unwrap_or(of.step), direction);
        let one = |change: Result<_, _>| change.and_then(|change| history.version(&change)).map(Written::from);
        every.take(count.min(10_000)).map(|change| one(change).map_err(|error| error.to_string())).collect()
    }

    /// The writes of an equal value since the one that made the value of an expression, the latest first. Returns
    /// `count` writes at most.
    ///
    /// # Errors
    /// As for [`Self::why`].
    pub fn rewritten(&self, text: &str, frame: Option<u64>, count: usize) -> Result<Vec<Written>, String> {
        let (recording, of) = (self.recorded()?, self.asked(text, frame)?);
        let history = self.history_of(&recording);
        let place = history.place(&of.text, of.step, of.frame).map_err(|error| error.to_string())?;
        let stores = Stores::of(&recording, &place.target);
        let mut found = Vec::new();
        for change in Every::new(history, &place, &stores, of.step, Direction::Backward).take(count) {
            let change = change.map_err(|error| error.to_string())?;
            match change.what {
                What::Within(_) | What::Held { .. } => {}
                What::Bound if !change.write.is_same => break,
                What::Bound => found.push(history.version(&change).map_err(|error| error.to_string())?.into()),
            }
        }
        Ok(found)
    }

    /// Follows the value of an expression back to its origin.
    ///
    /// # Errors
    /// A message, if the expression names nothing that can be followed.
    pub fn origin(&self, text: &str, frame: Option<u64>) -> Result<Trail, String> {
        let (recording, here) = (self.recorded()?, self.position()?);
        let tracer = self.history_of(&recording);
        tracer.trail(text, here.step, frame.unwrap_or(here.frame)).map_err(|error| error.to_string())
    }

    /// The places where the object that an expression names was seen, after a step.
    ///
    /// # Errors
    /// A message, if the expression names no object.
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
            _ => Err(format!("{text} is a plain value, which has no recorded identity")),
        }
    }
}
