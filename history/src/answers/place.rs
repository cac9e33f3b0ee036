//! Resolves an expression to a place that values are written to.

use connie_expression::{Expression, Problem};
use connie_recording::attributes::{self, ClassView, Found};
use connie_recording::chunk::StackFrame;
use connie_recording::contexts;
use connie_recording::error::Error;
use connie_recording::render::World;
use connie_wire::Value;

use super::closures::{self, Owner, Shared};
use crate::History;
use crate::moment::Moment;
use crate::timeline::Direction;
use crate::writes::{self, Target};

/// A place, with the owner of the variable.
#[derive(Clone, Debug)]
pub struct ValuePlace {
    /// The variable, attribute, item or key.
    pub target: Target,
    /// For a variable that functions share: the call that binds it.
    pub shared: Option<Shared>,
    /// For a variable of an enclosing function whose call is unknown: the name of that function. The target is then the
    /// variable as this frame saw it.
    pub unknown: Option<String>,
    /// If the place has a context variable: the context in which the frame of the question runs.
    pub context: Option<u64>,
}

impl From<Target> for ValuePlace {
    fn from(target: Target) -> Self {
        Self { target, shared: None, unknown: None, context: None }
    }
}

fn problem(text: impl ToString) -> Error {
    Error::Expression(text.to_string())
}

impl History<'_> {
    /// A frame on the stack of a thread at a moment, or a suspended one.
    #[must_use]
    pub fn frame_at(moment: &Moment<'_>, number: u64) -> Option<StackFrame> {
        let context = moment.player.context();
        let running = context.stacks.frames().find(|frame| frame.frame == number);
        running.or_else(|| context.suspended.get(&number)).copied()
    }

    /// The namespace of a frame's module.
    #[must_use]
    pub fn globals_of(&self, frame: StackFrame) -> Option<u64> {
        let source = self.recording.function(frame.code)?.source;
        self.modules.namespace(self.recording, self.timeline, source, frame.frame)
    }

    /// Resolves the place that an expression names. Variables of enclosing functions are resolved to the call that
    /// binds them.
    ///
    /// # Errors
    /// [`Error::Expression`] where it names no place; others where the recording cannot be read.
    pub fn named(&self, text: &str, step: u64, frame: u64) -> Result<ValuePlace, Error> {
        let moment = Moment::at(self.recording, step)?;
        let frame =
            Self::frame_at(&moment, frame).ok_or_else(|| problem("this frame is not on the stack at this moment"))?;
        self.has_lines(&frame)?;
        let expression = Expression::parse(text).map_err(problem)?;
        let globals = self.globals_of(frame);
        let named = expression.place(&moment.scope(frame, globals)).map_err(problem)?;
        let named = crate::keys::from_start(&moment.player, named);
        let target = Target::of(&moment.player, named, frame, globals, frame.namespace != 0)
            .ok_or_else(|| problem(format!("{text} is not a place that can be written to")))?;
        self.bound(self.once_had(&moment, target), frame, step)
    }

    /// Like [`Self::named`], but the place must have a value at some time.
    ///
    /// # Errors
    /// [`Error::Expression`] where it names no place, or nothing of that name is known; others where the recording
    /// cannot be read.
    pub fn place(&self, text: &str, step: u64, frame: u64) -> Result<ValuePlace, Error> {
        let moment = Moment::at(self.recording, step)?;
        let frame =
            Self::frame_at(&moment, frame).ok_or_else(|| problem("this frame is not on the stack at this moment"))?;
        self.has_lines(&frame)?;
        let expression = Expression::parse(text).map_err(problem)?;
        let globals = self.globals_of(frame);
        let scope = moment.scope(frame, globals);
        let not_known = |why: Problem| match why {
            why @ Problem::Name(_) => problem(why),
            why => problem(format!("{text} is not known here ({why})")),
        };
        let problem_of_it = match expression.eval_doubtful(&scope) {
            Err(why @ (Problem::Name(_) | Problem::Raised(_))) => Some(why),
            _ => None,
        };
        let place = match (self.named(text, step, frame.frame), problem_of_it.clone()) {
            (Err(Error::Expression(_)), Some(why)) => return Err(not_known(why)),
            (place, _) => place?,
        };
        if let Some(function) = &place.unknown {
            return Err(problem(format!(
                "{text} is a variable of {function}, which was called several times: which call is meant is not known"
            )));
        }
        if let Some(why) = problem_of_it {
            let slots = self.recording.function(frame.code).map_or(&[][..], |function| &function.slots);
            // It may be unbound only at this moment.
            if !slots.iter().any(|slot| slot == text.trim()) && !self.is_written(&place.target, step)? {
                return Err(not_known(why));
            }
        }
        let context = Self::context_for(&moment, &frame, &place.target);
        Ok(ValuePlace { context, ..place })
    }

    /// The context of a frame, if a place has a context variable.
    fn context_for(moment: &Moment<'_>, frame: &StackFrame, target: &Target) -> Option<u64> {
        let player = &moment.player;
        let entity = player.entity(target.id())?;
        match writes::value_of(player.recording(), &entity, target)? {
            Value::Object(object) if contexts::is_variable(player, object) => player.context_of(frame),
            _ => None,
        }
    }

    /// Refuses questions about a frame whose lines are not recorded.
    fn has_lines(&self, frame: &StackFrame) -> Result<(), Error> {
        let Some(function) = self.recording.function(frame.code).filter(|function| function.is_thin()) else {
            return Ok(());
        };
        Err(problem(format!(
            "{} is recorded at level {}: its lines are not known",
            function.name,
            function.level.name()
        )))
    }

    fn is_written(&self, target: &Target, step: u64) -> Result<bool, Error> {
        let near = |direction| writes::near(self.recording, self.timeline, target, step, direction);
        Ok(near(Direction::Backward)?.is_some() || near(Direction::Forward)?.is_some())
    }

    /// Resolves a variable of an enclosing function to the call that binds it.
    pub(crate) fn bound(&self, target: Target, frame: StackFrame, step: u64) -> Result<ValuePlace, Error> {
        let Target::Slot { slot, .. } = &target else { return Ok(target.into()) };
        match closures::owner(self, &frame, *slot, step)? {
            Owner::Itself => Ok(target.into()),
            Owner::Frame(shared) => {
                let target =
                    Target::Slot { frame: shared.frame, slot: shared.slot, apart: Box::default(), is_within: false };
                let shared = Some(shared).filter(|shared| shared.is_written_within);
                Ok(ValuePlace { shared, ..ValuePlace::from(target) })
            }
            Owner::Unknown(function) => Ok(ValuePlace { unknown: Some(function), ..ValuePlace::from(target) }),
        }
    }

    /// The place of an attribute that an object no longer has: where it was deleted last, which may be its class.
    #[must_use]
    pub fn once_had(&self, moment: &Moment<'_>, target: Target) -> Target {
        let Target::Item { object, key } = &target else { return target };
        let Value::Str(name) = key else { return target };
        let name = String::from_utf8_lossy(&name.bytes);
        // The attributes of an object that is shown by its contents belong to the object before it.
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
            writes::near(self.recording, self.timeline, place, moment.step.number, Direction::Backward)
                .ok()
                .flatten()
                .map(|write| write.seen)
        };
        let latest = std::iter::once(target.clone()).chain(places).filter_map(|place| Some((last(&place)?, place)));
        latest.max_by_key(|(seen, _)| *seen).map_or(target, |(_, place)| place)
    }
}
