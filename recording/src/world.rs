//! What values refer to: the objects and types of a recording at a step.

use std::rc::Rc;

use connie_wire::{Kind, Value};

use crate::chunk::Entity;

/// What a context has for a variable or a proxy.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Its value; unbound if it has none.
    pub value: Value,
    /// Whether code that is not recorded may have changed it since it was read.
    pub is_doubtful: bool,
}

/// Facts about a type.
#[derive(Clone, Debug)]
pub struct TypeName {
    /// How its instances are shown.
    pub kind: Kind,
    /// `__module__`
    pub module: String,
    /// `__qualname__`
    pub name: String,
    /// The class itself as an object; 0 for a class of C code, or if it was not recorded (up to format 7).
    pub class: u64,
    /// How its instances behave as attributes of a class: see [`connie_wire::op::descriptor`].
    pub descriptor: u8,
}

impl TypeName {
    /// `__name__`
    pub fn short(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }
}

/// The source of values: a recording at a step.
pub trait World {
    /// The contents of an object at that step; `None` if they were never seen.
    fn entity(&self, object: u64) -> Option<Rc<Entity>>;
    /// Reads the contents of objects that will be asked for: many at once cost less than one by one.
    fn load(&self, _objects: &[u64]) {}
    /// Whether code that is not recorded may have changed the contents of an object since they were last read.
    fn in_doubt(&self, _object: u64) -> bool {
        false
    }
    /// What a context variable holds, or a proxy stands for, as the frame in view sees it; `None` if that was not
    /// recorded, or no frame is in view.
    fn held(&self, _object: u64) -> Option<Held> {
        None
    }
    /// A string of the recording.
    fn string(&self, id: u32) -> &str;
    /// A type of the recording.
    fn type_name(&self, id: u32) -> Option<&TypeName>;
    /// Whether the name of a class changed during the run.
    fn is_renamed(&self, _class: u64) -> bool {
        false
    }
    /// Minor version of the recorded Python.
    fn minor(&self) -> u32;
}
