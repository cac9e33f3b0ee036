//! What expressions name, as a place that is written to.

use connie_expression::{Expression, Problem};
use connie_history::moment::Moment;
use connie_history::timeline::Direction;
use connie_history::writes::{self, Target};
use connie_recording::attributes::{self, ClassView, Found};
use connie_wire::Value;

use super::View;

impl View {
    /// What an expression names, in a frame.
    ///
    /// # Errors
    /// A sentence, where it names nothing that is written to.
    pub fn target(&self, text: &str, frame: Option<u64>) -> Result<Option<Target>, String> {
        let here = self.position()?;
        self.target_at(text, here.step, frame.unwrap_or(here.frame))
    }

    /// As [`Self::target`], of what is known: it has a value, had one, or gets one.
    ///
    /// # Errors
    /// A sentence, where nothing of that name is known.
    pub fn known_target(&self, text: &str, frame: Option<u64>) -> Result<Option<Target>, String> {
        let (recording, here) = (self.recorded()?, self.position()?);
        let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
        let frame =
            Self::frame(&moment, frame.unwrap_or(here.frame)).ok_or("this frame is not on the stack at this moment")?;
        let target = self.target_at(text, here.step, frame.frame);
        let expression = Expression::parse(text).map_err(|problem| problem.to_string())?;
        let scope = moment.scope(frame, self.globals(&recording, frame));
        let why = match expression.eval_doubtful(&scope) {
            Err(problem @ (Problem::Name(_) | Problem::Raised(_))) => problem,
            _ => return target,
        };
        // It may be unbound at this moment alone.
        let slots = recording.functions.get(frame.code as usize).map_or(&[][..], |function| &function.slots);
        let is_written = |target: &Target, direction| {
            writes::near(&recording, &self.timeline, target, here.step, direction).ok().flatten().is_some()
        };
        let is_known = slots.iter().any(|slot| slot == text.trim())
            || target.as_ref().is_ok_and(|target| {
                target.as_ref().is_some_and(|target| {
                    is_written(target, Direction::Backward) || is_written(target, Direction::Forward)
                })
            });
        match (is_known, why) {
            (true, _) => target,
            (false, why @ Problem::Name(_)) => Err(why.to_string()),
            (false, why) => Err(format!("{text} is not known here ({why})")),
        }
    }

    /// What an expression names, at a step, in a frame.
    ///
    /// # Errors
    /// A sentence, where it names nothing that is written to.
    pub fn target_at(&self, text: &str, step: u64, frame: u64) -> Result<Option<Target>, String> {
        let recording = self.recorded()?;
        let moment = Moment::at(&recording, step).map_err(|error| error.to_string())?;
        let frame = Self::frame(&moment, frame);
        let Some(frame) = frame else { return Ok(None) };
        let globals = self.globals(&recording, frame);
        let expression = Expression::parse(text).map_err(|problem| problem.to_string())?;
        let place = expression.place(&moment.scope(frame, globals)).map_err(|problem| problem.to_string())?;
        let target = Target::of(&moment.player, place, frame, globals, frame.namespace != 0);
        Ok(target.map(|target| self.once_had(&moment, target)))
    }

    /// The place of an attribute that an object does not have: where it was deleted last, which may be its class.
    fn once_had(&self, moment: &Moment<'_>, target: Target) -> Target {
        let Target::Item { object, key } = &target else { return target };
        let Value::Str(name) = key else { return target };
        let name = String::from_utf8_lossy(&name.bytes);
        // The attributes of what is shown by what it contains are those of the object before.
        let main = object.checked_sub(1).filter(|main| attributes::apart(&moment.player, *main) == Some(*object));
        let main = main.unwrap_or(*object);
        let found = attributes::find(&moment.player, main, &name, &mut Vec::new());
        if !matches!(found, Some(Found::Missing(_))) {
            return target;
        }
        let own_class = ClassView::of(&moment.player, main).map(|_| main);
        let class = own_class.unwrap_or_else(|| attributes::class_of(&moment.player, main));
        let classes = attributes::resolution_order(&moment.player, class).into_iter().flatten();
        let places = classes.map(|object| Target::Item { object, key: key.clone() });
        let last = |place: &Target| {
            writes::near(moment.player.recording(), &self.timeline, place, moment.step.number, Direction::Backward)
                .ok()
                .flatten()
                .map(|write| write.seen)
        };
        let latest = std::iter::once(target.clone()).chain(places).filter_map(|place| Some((last(&place)?, place)));
        latest.max_by_key(|(seen, _)| *seen).map_or(target, |(_, place)| place)
    }
}
