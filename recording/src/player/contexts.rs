//! What context variables hold in the context of a frame (see [`crate::contexts`]).

use connie_wire::Value;

use super::Player;
use crate::chunk::{Entity, StackFrame};
use crate::contexts::is_variable;
use crate::world::{Held, World};

/// The default of a context variable; unbound if it has none. Its text is `<ContextVar name='x' default=VALUE>`.
fn default_of(variable: &Entity) -> Value {
    variable.items.get(1).cloned().unwrap_or(Value::Unbound)
}

impl Player<'_> {
    /// What a frame has for a variable or a proxy; `None` if that was not recorded.
    #[must_use]
    pub fn held_in(&self, frame: &StackFrame, key: u64) -> Option<Held> {
        let slots = self.recording().function(frame.code)?.slots.len();
        match self.entity(frame.frame)?.items.get(slots + 1)? {
            // Every variable is unset. What a proxy stands for then depends on what it refers to.
            Value::None if is_variable(self, key) => {
                Some(Held { value: default_of(&*self.entity(key)?), is_doubtful: false })
            }
            Value::Object(context) => {
                Some(Held { value: self.held_by(*context, key)?, is_doubtful: self.in_doubt(*context) })
            }
            _ => None,
        }
    }

    /// The context that a frame was last seen to run in.
    #[must_use]
    pub fn context_of(&self, frame: &StackFrame) -> Option<u64> {
        let slots = self.recording().function(frame.code)?.slots.len();
        match self.entity(frame.frame)?.items.get(slots + 1)? {
            Value::Object(context) => Some(*context),
            _ => None,
        }
    }

    /// What a context has for a variable or a proxy; `None` if that was not recorded.
    #[must_use]
    pub fn held_by(&self, context: u64, key: u64) -> Option<Value> {
        let entity = self.entity(context)?;
        // Literal text comes before each value and after the last.
        let values: Vec<&Value> = entity.items.iter().skip(1).step_by(2).collect();
        let pair = values.chunks_exact(2).find(|pair| *pair[0] == Value::Object(key))?;
        Some(pair[1].clone())
    }

    /// Whether a value is that of a context variable which was never set in a context.
    #[must_use]
    pub fn is_unset(&self, variable: u64, value: &Value) -> bool {
        *value == Value::Unbound || self.entity(variable).is_some_and(|variable| *value == default_of(&variable))
    }
}
