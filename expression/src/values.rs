//! The state that operations on values share. These operations evaluate no expressions.

use std::cell::Cell;
use std::rc::Rc;

use connie_recording::chunk::Entity;
use connie_recording::render::Bounds;
use connie_wire::{Kind, Value};

use super::got::{Got, text};
use super::problem::{Problem, unknown};
use super::scope::Scope;

/// How many values one expression looks at.
pub(super) const MAX_VALUES: usize = 100_000;

/// Operations on values. They evaluate no expressions.
pub(super) struct Values<'a> {
    /// The scope in which names are looked up.
    pub scope: &'a dyn Scope,
    /// Whether the contents of something were used that is not sure.
    pub doubtful: Cell<bool>,
    /// Bytes that were made so far.
    pub made: Cell<usize>,
    /// How many values were looked at.
    looked: Cell<usize>,
}

impl<'a> Values<'a> {
    /// Operations in a scope; nothing is counted yet.
    pub fn new(scope: &'a dyn Scope) -> Self {
        Self { scope, doubtful: Cell::new(false), made: Cell::new(0), looked: Cell::new(0) }
    }
}

impl Values<'_> {
    /// The contents of an object are used.
    pub(super) fn look(&self, object: u64) {
        if !self.doubtful.get() && self.scope.world().in_doubt(object) {
            self.doubtful.set(true);
        }
    }

    /// The object that a value is: its contents, its kind and what its class is called.
    pub(super) fn object(&self, value: &Got) -> Option<(Rc<Entity>, Kind, String)> {
        let Got::Value(Value::Object(object)) = value else { return None };
        let entity = self.scope.world().entity(*object)?;
        let ty = self.scope.world().type_name(entity.ty?)?;
        self.look(*object);
        Some((Rc::clone(&entity), ty.kind, ty.name.clone()))
    }

    /// The text of a value as it is shown, whether or not python would print it so.
    pub(super) fn text(&self, value: &Got) -> String {
        text(self.scope.world(), value, Bounds::default())
    }

    /// Counts a value that is looked at.
    pub(super) fn count_one(&self) -> Result<(), Problem> {
        self.looked.set(self.looked.get() + 1);
        if self.looked.get() > MAX_VALUES {
            return unknown(format!("it looks at more than {} values", MAX_VALUES));
        }
        Ok(())
    }
}
