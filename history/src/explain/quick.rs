//! A player that skips the question which objects are certain. Answering it takes long, and the origin of a value does
//! not depend on it. To show a value, use the player itself.

use std::rc::Rc;

use connie_expression::Scope;
use connie_recording::chunk::Entity;
use connie_recording::player::Player;
use connie_recording::render::{TypeName, World};
use connie_wire::Value;
use connie_wire::level::Level;

use crate::moment::FrameScope;

/// The world of a player in which either all objects are in doubt, or none.
pub(super) struct Quick<'p, 'r> {
    /// The player at the step.
    pub player: &'p Player<'r>,
    /// Whether all objects are in doubt.
    pub doubt: bool,
}

impl World for Quick<'_, '_> {
    fn entity(&self, object: u64) -> Option<Rc<Entity>> {
        self.player.entity(object)
    }
    fn is_renamed(&self, class: u64) -> bool {
        self.player.is_renamed(class)
    }
    fn in_doubt(&self, _: u64) -> bool {
        self.doubt
    }
    fn string(&self, id: u32) -> &str {
        self.player.string(id)
    }
    fn type_name(&self, id: u32) -> Option<&TypeName> {
        self.player.type_name(id)
    }
    fn minor(&self) -> u32 {
        self.player.minor()
    }
}

/// The names of a frame in such a world.
pub(super) struct QuickScope<'s> {
    /// The names.
    pub names: &'s FrameScope<'s>,
    /// The world.
    pub world: &'s dyn World,
}

impl Scope for QuickScope<'_> {
    fn world(&self) -> &dyn World {
        self.world
    }
    fn name(&self, name: &str) -> Option<Value> {
        self.names.name(name)
    }
    fn is_unbound(&self, name: &str) -> bool {
        self.names.is_unbound(name)
    }
    fn locals(&self) -> Option<Vec<(String, Value)>> {
        self.names.locals()
    }
    fn globals(&self) -> Option<Vec<(String, Value)>> {
        self.names.globals()
    }
    fn level(&self) -> Level {
        self.names.level()
    }
    fn is_in_doubt(&self, _: &str) -> bool {
        false
    }
}
