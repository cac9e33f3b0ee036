//! Finds what is not sure at a step: contents that code that was not recorded may have changed since they were last
//! seen.
//!
//! Where looking at everything again would have cost the program too much, the tracer says down to which level of a
//! frame's variables the recording is sure. Objects that are met within those levels are, all others are not.

use connie_wire::Value;
use rustc_hash::FxHashSet;

use crate::attributes;
use crate::chunk::{ALL, Context, Entity, StackFrame};
use crate::render::World;

/// Objects that are followed; the others count as not sure.
const MAX_OBJECTS: usize = 50_000;

/// The objects that are sure.
#[derive(Debug)]
pub struct Sure(FxHashSet<u64>);

impl Sure {
    /// What is sure where the threads stand; `None` if everything is. `result` is what the step returns or raises.
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
                // What ran since may have changed what only the frames outside of this one see.
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

    /// Objects that a frame is sure of with all they hold.
    fn follow_all(&mut self, context: &Context, frame: &StackFrame, world: &dyn World) {
        if let Some(all) = context.sure.get(&frame.frame) {
            self.levels(all.to_vec(), ALL, world);
        }
    }

    fn levels(&mut self, mut level: Vec<u64>, levels: u8, world: &dyn World) {
        // An object may be met again nearer than by another frame: what this one has met is kept apart.
        let mut met = FxHashSet::default();
        let levels = if levels == ALL { usize::MAX } else { levels.into() };
        for _ in 0..levels {
            level.retain(|object| met.insert(*object));
            if level.is_empty() || self.0.len() > MAX_OBJECTS {
                return;
            }
            // What an object has beside what it contains is looked at with it.
            let apart: Vec<u64> = level.iter().filter_map(|object| attributes::apart(world, *object)).collect();
            level.extend(apart);
            self.0.extend(&level);
            let entities = level.iter().filter_map(|object| world.entity(*object));
            let held = |entity: &Entity| -> Vec<u64> {
                // The class of an instance is looked at with it.
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
