//! Context variables, and proxies of what they hold.

use connie_recording::contexts;
use connie_wire::Value;
use connie_wire::value::text_value;

use super::arguments::{Arg, Arguments};
use super::evaluator::Evaluator;
use super::got::{Got, Outcome};
use super::problem::{Problem, raised, unknown};
use super::values::Values;

impl Values<'_> {
    /// What a value stands for, if it is a proxy of an object that was recorded; else the value.
    pub(super) fn stood_for(&self, got: Got) -> Got {
        let Got::Value(Value::Object(object)) = got else { return got };
        let world = self.scope.world();
        match world.held(object).filter(|_| contexts::is_proxy(world, object)) {
            Some(held) if held.value != Value::Unbound => {
                self.doubtful.set(self.doubtful.get() || held.is_doubtful);
                Got::Value(held.value)
            }
            _ => got,
        }
    }

    /// Why an attribute or item of a proxy has no value. `None` if the value is no proxy.
    pub(super) fn no_object_behind(&self, got: &Got) -> Option<Problem> {
        let Got::Value(Value::Object(object)) = *got else { return None };
        let world = self.scope.world();
        if !contexts::is_proxy(world, object) {
            return None;
        }
        Some(match world.held(object) {
            Some(held) if held.value == Value::Unbound && !held.is_doubtful => {
                Problem::Raised("RuntimeError: this proxy is not bound to an object here".into())
            }
            _ => Problem::NotEvaluated("what this proxy stands for was not recorded here".into()),
        })
    }

    /// The name of a context variable.
    pub(super) fn of_variable(&self, got: &Got, name: &str) -> Option<Outcome> {
        let object = self.variable(got).filter(|_| name == "name")?;
        let entity = self.scope.world().entity(object)?;
        let Value::Str(text) = entity.items.first()? else { return None };
        let text = String::from_utf8_lossy(&text.bytes);
        let (_, rest) = text.split_once("name='")?;
        let (own, _) = rest.rsplit_once('\'')?;
        Some(Ok(Got::Value(text_value(own))))
    }

    /// Whether a value is a context variable.
    pub(super) fn is_variable(&self, got: &Got) -> bool {
        self.variable(got).is_some()
    }

    fn variable(&self, got: &Got) -> Option<u64> {
        let Got::Value(Value::Object(object)) = *got else { return None };
        contexts::is_variable(self.scope.world(), object).then_some(object)
    }
}

impl Evaluator<'_> {
    /// `variable.get()` and `variable.get(default)`. `None` if the receiver is no context variable.
    pub(super) fn value_of_variable(&self, receiver: &Got, name: &str, arguments: &Arguments<'_>) -> Option<Outcome> {
        let object = self.variable(receiver).filter(|_| name == "get" && arguments.keywords.is_empty())?;
        let ([] | [_]) = arguments.positional[..] else { return None };
        Some(self.held_by(object, arguments.positional.first()))
    }

    fn held_by(&self, variable: u64, default: Option<&Arg<'_>>) -> Outcome {
        let world = self.scope.world();
        let Some(held) = world.held(variable) else {
            return unknown("what this context variable holds was not recorded here");
        };
        self.doubtful.set(self.doubtful.get() || held.is_doubtful);
        if held.value == Value::Unbound {
            return match default {
                Some(default) => self.value(default),
                None => raised("LookupError: this context variable is not set"),
            };
        }
        // A default that is given wins over the variable's own, which may be what was read.
        let own = world.entity(variable).and_then(|entity| entity.items.get(1).cloned());
        if default.is_some() && own.as_ref() == Some(&held.value) {
            return unknown("whether this context variable is set was not recorded");
        }
        Ok(Got::Value(held.value))
    }
}
