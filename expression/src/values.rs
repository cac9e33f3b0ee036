//! The state shared by operations on values. These operations evaluate no expressions.

use std::cell::Cell;
use std::rc::Rc;

use connie_recording::chunk::Entity;
use connie_recording::render::Bounds;
use connie_wire::{Kind, Value};

use super::got::{Got, text};
use super::problem::{Problem, unknown};
use super::scope::Scope;

/// The maximum number of values that one expression reads.
pub(super) const MAX_VALUES: usize = 100_000;

/// Operations on values. They evaluate no expressions.
pub(super) struct Values<'a> {
    /// The scope in which names are looked up.
    pub scope: &'a dyn Scope,
    /// Whether the contents of an uncertain object were used.
    pub doubtful: Cell<bool>,
    /// The number of bytes created so far.
    pub made: Cell<usize>,
    /// The number of values read.
    looked: Cell<usize>,
}

impl<'a> Values<'a> {
    /// Creates operations in a scope, with all counts at 0.
    pub fn new(scope: &'a dyn Scope) -> Self {
        Self { scope, doubtful: Cell::new(false), made: Cell::new(0), looked: Cell::new(0) }
    }
}

impl Values<'_> {
    /// Registers that the contents of an object are used.
    pub(super) fn look(&self, object: u64) {
        if !self.doubtful.get() && self.scope.world().in_doubt(object) {
            self.doubtful.set(true);
        }
    }

    /// The object that a value refers to: its contents, its kind and the name of its class.
    pub(super) fn object(&self, value: &Got) -> Option<(Rc<Entity>, Kind, String)> {
        let Got::Value(Value::Object(object)) = value else { return None };
        let entity = self.scope.world().entity(*object)?;
        let ty = self.scope.world().type_name(entity.ty?)?;
        self.look(*object);
        Some((Rc::clone(&entity), ty.kind, ty.name.clone()))
    }

    /// The displayed text of a value, whether or not Python would print it in this way.
    pub(super) fn text(&self, value: &Got) -> String {
        text(self.scope.world(), value, Bounds::default())
    }

    /// Counts a value that is read.
    pub(super) fn count_one(&self) -> Result<(), Problem> {
        self.looked.set(self.looked.get() + 1);
        if self.looked.get() > MAX_VALUES {
            return unknown(format!("it looks at more than {} values", MAX_VALUES));
        }
        Ok(())
    }
}
