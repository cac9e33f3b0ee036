//! What context variables hold, and what proxies stand for, as a frame sees it.
//!
//! The context that a frame runs in is stored behind its variables. Its contents name variables and proxies, each with
//! what it had there.

use connie_wire::{Kind, Value};

pub use crate::world::Held;
use crate::world::{TypeName, World};

/// The module of context variables, as their types name it.
const MODULES: [&str; 2] = ["_contextvars", "contextvars"];

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
