//! Determines which contents are uncertain at a step, because code that is not recorded may have changed them since
//! they were last read.
//!
//! If reading everything again would have cost the program too much, the tracer records a level for each frame. Objects
//! that are reached from the frame's variables within that level are sure, all others are not.

use connie_wire::Value;
use rustc_hash::FxHashSet;

use crate::attributes;
use crate::chunk::{ALL, Context, Entity, StackFrame};
use crate::render::World;

/// The maximum number of objects that are followed; the others count as uncertain.
const MAX_OBJECTS: usize = 50_000;

/// The objects that are sure.
#[derive(Debug)]
pub struct Sure(FxHashSet<u64>);

impl Sure {
    /// Determines what is sure at the state of the threads; `None` if everything is. `result` is the value that the
    /// step returns or raises.
    pub fn of(context: &Context, world: &dyn World, result: Option<u64>) -> Option<Self> {
        if context.is_sure() {
            return None;
        }
        let mut sure = Self(FxHashSet::default());
        for (thread, stack) in context.stacks.iter() {
            for (n, frame) in stack.iter().rev().enumerate() {
                let result = result.filter(|_| n == 0 && thread == context.thread);
                sure.follow(frame, world, result);
                sure.follow_all(context, frame, world);
                // Code that ran since may have changed objects that only outer frames see.
                if frame.sure != ALL {
                    break;
                }
            }
        }
        for frame in context.suspended.values() {
            sure.follow(frame, world, None);
            sure.follow_all(context, frame, world);
        }
        Some(sure)
    }

    /// Whether the contents of an object are sure.
    #[must_use]
    pub fn has(&self, object: u64) -> bool {
        self.0.contains(&object)
    }

    fn follow(&mut self, frame: &StackFrame, world: &dyn World, result: Option<u64>) {
        let mut level: Vec<u64> = result.into_iter().collect();
        if let Some(entity) = world.entity(frame.frame) {
            level.extend(entity.items.iter().filter_map(number));
        }
        if frame.namespace != 0
            && let Some(namespace) = world.entity(frame.namespace)
        {
            self.0.insert(frame.namespace);
            level.extend(namespace.items.iter().filter_map(number));
        }
        self.levels(level, frame.sure, world);
    }

    /// Follows the objects of a frame that are sure with everything they contain.
    fn follow_all(&mut self, context: &Context, frame: &StackFrame, world: &dyn World) {
        if let Some(all) = context.sure.get(&frame.frame) {
            self.levels(all.to_vec(), ALL, world);
        }
    }

    fn levels(&mut self, mut level: Vec<u64>, levels: u8, world: &dyn World) {
        // An object may be reached again with a shorter path than from another frame, so that visited objects are kept
        // per frame.
        let mut met = FxHashSet::default();
        let levels = if levels == ALL { usize::MAX } else { levels.into() };
        for _ in 0..levels {
            level.retain(|object| met.insert(*object));
            if level.is_empty() || self.0.len() > MAX_OBJECTS {
                return;
            }
            // The attributes of an object that is shown by its contents are read together with it.
            let apart: Vec<u64> = level.iter().filter_map(|object| attributes::apart(world, *object)).collect();
            level.extend(apart);
            self.0.extend(&level);
            let entities = level.iter().filter_map(|object| world.entity(*object));
            let held = |entity: &Entity| -> Vec<u64> {
                // The class of an instance is read together with it.
                let class = entity.ty.and_then(|ty| world.type_name(ty)).map(|ty| ty.class).filter(|class| *class != 0);
                entity.items.iter().filter_map(number).chain(class).collect()
            };
            level = entities.flat_map(|entity| held(&entity)).collect();
        }
    }
}

fn number(value: &Value) -> Option<u64> {
    if let Value::Object(object) = value { Some(*object) } else { None }
}
