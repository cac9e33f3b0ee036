//! What ops change of one frame or object.

use connie_wire::Op;

use crate::chunk::{Context, Entity};

/// Applies an op to one frame or object, if the op is about it.
pub fn change(op: &Op, id: u64, context: &Context, entity: &mut Option<Entity>) {
    match op {
        Op::Call { frame, slots, .. } if *frame == id => *entity = Some(Entity::frame(slots)),
        Op::Slot { slot, value } if context.top().is_some_and(|frame| frame.frame == id) => {
            if let Some(entity) = entity {
                entity.set(*slot as usize, value.clone());
            }
        }
        _ => change_object(op, id, entity),
    }
}

/// Applies an op that names the frame or object.
pub(super) fn change_object(op: &Op, id: u64, entity: &mut Option<Entity>) {
    match op {
        Op::New { object, ty, length, items } if *object == id => {
            *entity = Some(Entity { ty: Some(*ty), length: *length, items: items.clone() });
        }
        Op::SlotOf { frame, slot, value } if *frame == id => {
            if let Some(entity) = entity {
                entity.set(*slot as usize, value.clone());
            }
        }
        Op::Set { object, index, value } if *object == id => {
            if let Some(entity) = entity {
                entity.set(*index as usize, value.clone());
            }
        }
        Op::Splice { object, start, removed, length, items } if *object == id => {
            if let Some(entity) = entity {
                entity.splice(*start as usize, *removed as usize, *length, items);
            }
        }
        _ => {}
    }
}
