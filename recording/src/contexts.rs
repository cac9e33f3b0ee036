//! What context variables hold, and what proxies stand for, as a frame sees it.
//!
//! The context that a frame runs in is stored behind its variables. Its contents name variables and proxies, each with
//! what it had there.

use connie_wire::{Kind, Value};

use crate::chunk::{Entity, StackFrame};
use crate::player::Player;
use crate::render::{TypeName, World};

/// The module of context variables, as their types name it.
const MODULES: [&str; 2] = ["_contextvars", "contextvars"];

/// What a context has for a variable or a proxy.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Its value; unbound if it has none.
    pub value: Value,
    /// Whether code that is not recorded may have changed it since it was read.
    pub is_doubtful: bool,
}

/// Whether an object is a `ContextVar` whose name is recorded.
pub fn is_variable(world: &dyn World, object: u64) -> bool {
    is_of(world, object, Kind::Template, &MODULES, "ContextVar")
}

/// Whether an object is one of werkzeug's proxies.
pub fn is_proxy(world: &dyn World, object: u64) -> bool {
    is_of(world, object, Kind::Instance, &["werkzeug.local"], "LocalProxy")
}

/// Whether a type is that of contexts.
#[must_use]
pub fn is_context(ty: &TypeName) -> bool {
    ty.kind == Kind::Template && ty.name == "Context" && MODULES.contains(&ty.module.as_str())
}

fn is_of(world: &dyn World, object: u64, kind: Kind, modules: &[&str], name: &str) -> bool {
    let entity = world.entity(object);
    let ty = entity.and_then(|entity| world.type_name(entity.ty?));
    ty.is_some_and(|ty| ty.kind == kind && ty.name == name && modules.contains(&ty.module.as_str()))
}

/// What a value stands for, if it is a proxy and that is known for sure; else the value.
#[must_use]
pub fn behind(world: &dyn World, value: Value) -> Value {
    match value {
        Value::Object(object) if is_proxy(world, object) => match world.held(object) {
            Some(Held { value: found, is_doubtful: false }) if found != Value::Unbound => found,
            _ => value,
        },
        value => value,
    }
}

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
                let entity = self.entity(*context)?;
                // Literal text comes before each value and after the last.
                let values: Vec<&Value> = entity.items.iter().skip(1).step_by(2).collect();
                let pair = values.chunks_exact(2).find(|pair| *pair[0] == Value::Object(key))?;
                Some(Held { value: pair[1].clone(), is_doubtful: self.in_doubt(*context) })
            }
            _ => None,
        }
    }
}
