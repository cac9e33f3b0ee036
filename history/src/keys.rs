//! Normalises indexes and keys as containers compare them.

use connie_expression::Assignable;
use connie_recording::player::Player;
use connie_recording::render::World;
use connie_wire::{Contents, Shape, Value};

/// The shape of an object, and how many items it has.
fn shape_of(player: &Player<'_>, object: u64) -> Option<(Shape, u64)> {
    let entity = player.entity(object)?;
    Some((player.type_name(entity.ty?)?.kind.shape(), entity.length))
}

/// A place with its index counted from the start, if the object has positions.
pub fn from_start(player: &Player<'_>, place: Assignable) -> Assignable {
    match place {
        Assignable::Key(object, Value::Int(n)) if n < 0 => {
            let index = shape_of(player, object).map_or(n, |(shape, length)| shape.from_start(n, length));
            Assignable::Key(object, Value::Int(index))
        }
        place => place,
    }
}

/// A key as containers compare it: indexes from the start, numbers by value.
pub fn plain(player: &Player<'_>, object: u64, key: &Value) -> Value {
    let shape = shape_of(player, object).filter(|(shape, _)| shape.contents == Contents::Positions);
    match (key, shape) {
        (Value::Bool(truth), _) => Value::Int(i64::from(*truth)),
        (Value::Int(n), Some((shape, length))) => Value::Int(shape.from_start(*n, length)),
        (Value::Float(bits), None) => {
            let number = f64::from_bits(*bits);
            let whole = number as i64;
            if whole as f64 == number && whole.unsigned_abs() < 1 << 53 { Value::Int(whole) } else { key.clone() }
        }
        _ => key.clone(),
    }
}
