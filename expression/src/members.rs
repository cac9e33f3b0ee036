//! Members of enums, and rows of sqlite3: what can be told of them without running code of their classes.

use std::cmp::Ordering;

use connie_recording::attributes::{self, ClassView, Found};
use connie_wire::{Kind, Value};

use super::got::{Got, Outcome, is_scalar, known};
use super::numbers;
use super::problem::{Problem, unknown};
use super::values::Values;

/// A member of an enum that compares as its class inherits it.
struct Member {
    object: u64,
    /// What it is as a number or a text, if its class is one of these too.
    scalar: Option<Value>,
}

/// Bases that leave comparing by identity.
const PLAIN: [&str; 4] = ["Enum", "Flag", "ReprEnum", "object"];
/// Bases whose comparison is that of their value.
const SCALAR: [&str; 5] = ["int", "str", "IntEnum", "IntFlag", "StrEnum"];

impl Values<'_> {
    /// A member of an enum, if its class does not compare in a way of its own.
    fn member(&self, value: &Got) -> Option<Member> {
        let Got::Value(Value::Object(object)) = value else { return None };
        let world = self.scope.world();
        let own = attributes::member_value(world, *object)?;
        let class = attributes::class_of(world, *object);
        // A `__new__` of the class's own is kept under another name, and may make another number or text than its value.
        if ["__eq__", "__new_member__"].iter().any(|own| attributes::defines(world, class, own)) {
            return None;
        }
        let mut is_scalar = false;
        for base in attributes::resolution_order(world, class) {
            let (name, has_own_code) = match &base {
                Ok(base) => {
                    let view = ClassView::of(world, *base)?;
                    (view.name(world).to_owned(), !view.attributes().is_empty())
                }
                Err(name) => (name.clone(), false),
            };
            let name = name.rsplit('.').next().unwrap_or_default();
            match has_own_code {
                true => {}
                false if SCALAR.contains(&name) => is_scalar = true,
                false if PLAIN.contains(&name) => {}
                false => return None,
            }
        }
        self.look(*object);
        let scalar = if is_scalar { Some(own) } else { None };
        let is_known = scalar.as_ref().is_none_or(|value| matches!(value, Value::Int(_) | Value::Str(_)));
        is_known.then_some(Member { object: *object, scalar })
    }

    /// Whether a value may be the key of a dict that is recorded: a scalar, or a member of an enum.
    pub(super) fn is_key(&self, value: &Got) -> bool {
        is_scalar(value) || self.member(value).is_some_and(|member| self.hashes(&member))
    }

    fn hashes(&self, member: &Member) -> bool {
        let world = self.scope.world();
        !attributes::defines(world, attributes::class_of(world, member.object), "__hash__")
    }

    /// Whether two values are equal of which at least one is a member of an enum; `None` for others.
    pub(super) fn equal_members(&self, left: &Got, right: &Got) -> Option<Result<bool, Problem>> {
        let (a, b) = (self.member(left), self.member(right));
        match (&a, &b) {
            (None, None) => return None,
            (Some(a), Some(b)) if a.object == b.object => return Some(Ok(true)),
            _ => {}
        }
        let scalar = |member: &Option<Member>, value: &Got| match member {
            Some(member) => member.scalar.clone().map(Got::Value),
            None => is_scalar(value).then(|| value.clone()),
        };
        match (scalar(&a, left), scalar(&b, right)) {
            (Some(left), Some(right)) => Some(self.equal(&left, &right)),
            // A plain member equals itself alone; what else it is compared with may have a say.
            (None, Some(_)) if a.is_some() => Some(Ok(false)),
            (Some(_), None) if b.is_some() => Some(Ok(false)),
            (None, None) if a.is_some() && b.is_some() => Some(Ok(false)),
            _ => None,
        }
    }

    /// The order of two values of which at least one is a member of an enum of numbers or texts; `None` for others.
    pub(super) fn order_of_members(&self, left: &Got, right: &Got) -> Option<Result<Option<Ordering>, Problem>> {
        let scalar = |value: &Got| self.member(value).and_then(|member| member.scalar).map(Got::Value);
        let (a, b) = (scalar(left), scalar(right));
        if a.is_none() && b.is_none() {
            return None;
        }
        let defines =
            |value: &Got| ["__lt__", "__le__", "__gt__", "__ge__"].iter().any(|own| self.overrides(value, own));
        if defines(left) || defines(right) {
            return None;
        }
        Some(self.order(&a.unwrap_or_else(|| left.clone()), &b.unwrap_or_else(|| right.clone())))
    }

    /// `Color["RED"]`; `None` if the value is no enum of the program.
    pub(super) fn member_named(&self, value: &Got, key: &Got) -> Option<Outcome> {
        let (Got::Value(Value::Object(class)), Got::Value(Value::Str(name))) = (value, key) else { return None };
        let world = self.scope.world();
        ClassView::of(world, *class)?;
        let name = std::str::from_utf8(&name.bytes).ok()?;
        let found = attributes::find(world, *class, name, &mut Vec::new())?;
        let Found::Is { value: Value::Object(member), .. } = found else { return None };
        attributes::member_value(world, member)?;
        if attributes::class_of(world, member) != *class {
            return None;
        }
        self.look(*class);
        Some(Ok(Got::Value(Value::Object(member))))
    }

    /// `row["name"]` and `row[0]` of a row of sqlite3; `None` of other values.
    pub(super) fn of_row(&self, value: &Got, key: &Got) -> Option<Outcome> {
        let Got::Value(Value::Object(object)) = value else { return None };
        let world = self.scope.world();
        let entity = world.entity(*object)?;
        let ty = world.type_name(entity.ty?)?;
        if (ty.kind, &*ty.module, &*ty.name) != (Kind::Template, "sqlite3", "Row") {
            return None;
        }
        let columns = columns(&entity.items)?;
        self.look(*object);
        let found = match key {
            Got::Value(Value::Str(name)) => {
                let wanted = String::from_utf8_lossy(&name.bytes);
                columns.iter().find(|(column, _)| column.eq_ignore_ascii_case(&wanted))
            }
            key => numbers::int(key).and_then(|index| columns.get(usize::try_from(index).ok()?)),
        };
        Some(match found {
            Some((_, value)) => known(value),
            // Of a row with many columns, only the first are recorded.
            None => unknown("no column that was recorded has this name or number"),
        })
    }
}

/// The columns of a row and their values, from `<Row id=1 name='kiwi'>`.
fn columns(items: &[Value]) -> Option<Vec<(String, Value)>> {
    let pair = |pair: &[Value]| match pair {
        [Value::Str(text), value] => {
            let text = String::from_utf8(text.bytes.to_vec()).ok()?;
            let name = text.strip_suffix('=')?;
            let name = name.strip_prefix("<Row ").or_else(|| name.strip_prefix(' '))?;
            Some((name.to_owned(), value.clone()))
        }
        _ => None,
    };
    items.chunks_exact(2).map(pair).collect()
}
