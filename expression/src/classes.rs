//! Classes: `type(x)`, `isinstance`, and comparisons of classes.

use connie_recording::attributes::{self, ClassView};
use connie_recording::render::World;
use connie_wire::Value;
use connie_wire::value::text_value;

use super::got::{Got, Outcome};
use super::problem::{Problem, raised, unknown};
use super::values::Values;

/// Builtin classes that can be named.
const BUILTIN: [&str; 16] = [
    "int",
    "bool",
    "float",
    "complex",
    "str",
    "bytes",
    "list",
    "tuple",
    "dict",
    "set",
    "frozenset",
    "bytearray",
    "range",
    "slice",
    "object",
    "type",
];

/// A builtin class by its name.
pub(super) fn builtin(name: &str) -> Option<Got> {
    BUILTIN.contains(&name).then(|| Got::Class("builtins".into(), name.into()))
}

/// Whether two values, one of them a class, are identical.
pub(super) fn same(world: &dyn World, left: &Got, right: &Got) -> Result<bool, Problem> {
    match (left, right) {
        (Got::Class(module, name), Got::Class(other_module, other_name)) => {
            if (module, name) != (other_module, other_name) {
                Ok(false)
            } else if module == "builtins" {
                Ok(true)
            } else {
                unknown("several classes may have this name")
            }
        }
        // Such a class is recorded only by its name.
        (Got::Class(_, name), Got::Value(Value::Class(other)))
        | (Got::Value(Value::Class(other)), Got::Class(_, name)) => {
            if world.string(*other) == name {
                unknown("several classes may have this name")
            } else {
                Ok(false)
            }
        }
        (Got::Class(_, name), Got::Value(Value::Object(class)))
        | (Got::Value(Value::Object(class)), Got::Class(_, name))
            if ClassView::of(world, *class).is_some() =>
        {
            // Another class may have the same name, so that equal names do not prove identity.
            let same = ClassView::of(world, *class).is_some_and(|class| class.name(world) == name);
            if same { unknown("several classes may have this name") } else { Ok(false) }
        }
        (Got::Class(..), Got::Value(Value::Object(_))) | (Got::Value(Value::Object(_)), Got::Class(..)) => {
            unknown("comparing these may run code of their class")
        }
        _ => Ok(false),
    }
}

impl Values<'_> {
    /// `type(value)`
    pub(super) fn class_of(&self, value: &Got) -> Outcome {
        let own = match value {
            Got::List(_) => "list",
            Got::Tuple(_) | Got::Value(Value::Tuple(_)) => "tuple",
            Got::Set(_) => "set",
            Got::Dict(_) => "dict",
            Got::View(name, _) => name,
            Got::Range(..) => "range",
            Got::Class(module, _) if module == "builtins" => "type",
            Got::Class(..) => return unknown("the class of this class was not recorded"),
            Got::Scalar(..) => return unknown("the class of a cell was not recorded"),
            Got::Value(value) => match value {
                Value::None => "NoneType",
                Value::Bool(_) => "bool",
                Value::Int(_) | Value::BigInt(..) => "int",
                Value::Float(_) => "float",
                Value::Complex(..) => "complex",
                Value::Str(_) => "str",
                Value::Bytes(_) => "bytes",
                Value::Ellipsis => "ellipsis",
                Value::NotImplemented => "NotImplementedType",
                Value::Object(object) => {
                    let world = self.scope.world();
                    let entity = world.entity(*object);
                    return match entity.and_then(|entity| entity.ty).and_then(|ty| world.type_name(ty)) {
                        Some(ty) if ClassView::of(world, ty.class).is_some() => Ok(Got::Value(Value::Object(ty.class))),
                        Some(ty) => Ok(Got::Class(ty.module.clone(), ty.name.clone())),
                        None => unknown("the class of this was not recorded"),
                    };
                }
                _ => return unknown("the class of this was not recorded"),
            },
        };
        Ok(Got::Class("builtins".into(), own.into()))
    }

    /// The attributes for the name of a class or function; `None` for other attributes.
    pub(super) fn called(&self, value: &Got, name: &str) -> Option<Outcome> {
        let world = self.scope.world();
        let (module, qualified) = match value {
            Got::Class(module, qualified) => (Some(module.as_str()), qualified.as_str()),
            Got::Value(Value::Class(qualified) | Value::Function(qualified) | Value::Method(qualified)) => {
                (None, world.string(*qualified))
            }
            Got::Value(Value::Object(object)) => match world.entity(*object)?.items.first()? {
                Value::Class(name) | Value::Function(name) if self.is_named(*object) => (None, world.string(*name)),
                _ => return None,
            },
            _ => return None,
        };
        let text = |text: &str| Some(Ok(Got::Value(text_value(text))));
        match (name, module) {
            ("__qualname__", _) => text(qualified),
            ("__name__", _) => text(qualified.rsplit('.').next().unwrap_or(qualified)),
            ("__module__", Some(module)) => text(module),
            _ => None,
        }
    }

    /// `isinstance(value, class)` for a class that is an object of the recording.
    fn is_instance_of(&self, value: &Got, class: u64) -> Outcome {
        let world = self.scope.world();
        if ClassView::of(world, class).is_none() || attributes::class_of(world, class) != 0 {
            return unknown("isinstance of this may run code of its class");
        }
        match self.class_of(value)? {
            Got::Value(Value::Object(own)) => self.descends(own, |base| base == Ok(class)),
            Got::Class(module, _) if module == "builtins" => Ok(Got::Value(Value::Bool(false))),
            _ => unknown("the bases of this class were not recorded"),
        }
    }

    /// Whether a class or one of its bases matches: by its number, or by its name if it is builtin.
    fn descends(&self, class: u64, is: impl Fn(Result<u64, &String>) -> bool) -> Outcome {
        let order = attributes::resolution_order(self.scope.world(), class);
        Ok(Got::Value(Value::Bool(order.iter().any(|base| is(base.as_ref().copied())))))
    }

    /// Whether an object is a class, function or module.
    pub(super) fn is_named(&self, object: u64) -> bool {
        let world = self.scope.world();
        let ty = world.entity(object).and_then(|entity| entity.ty);
        ty.and_then(|ty| world.type_name(ty)).is_some_and(|ty| ty.kind.is_named())
    }

    /// Whether an object has the truth value and comparisons of `object`: a function, a module, or a class without a
    /// metaclass.
    pub(super) fn is_plainly_named(&self, value: &Got) -> bool {
        let Got::Value(Value::Object(object)) = value else { return false };
        self.is_named(*object) && attributes::class_of(self.scope.world(), *object) == 0
    }

    /// `isinstance(value, class)`
    pub(super) fn is_instance(&self, value: &Got, class: &Got) -> Outcome {
        let truth = |truth: bool| Ok(Got::Value(Value::Bool(truth)));
        if let Got::Tuple(classes) = class {
            for class in classes {
                if self.is_instance(value, class)? == Got::Value(Value::Bool(true)) {
                    return truth(true);
                }
            }
            return truth(false);
        }
        if let Got::Value(Value::Object(class)) = class {
            return self.is_instance_of(value, *class);
        }
        let Got::Class(module, name) = class else {
            return match class {
                Got::Value(Value::None | Value::Int(_) | Value::Str(_) | Value::Float(_)) | Got::List(_) => {
                    raised("TypeError: isinstance() arg 2 must be a type, a tuple of types, or a union")
                }
                _ => unknown("isinstance of a class whose bases were not recorded"),
            };
        };
        if module != "builtins" || !BUILTIN.contains(&name.as_str()) {
            return unknown("isinstance of a class whose bases were not recorded");
        }
        if name == "object" {
            return truth(true);
        }
        match self.class_of(value)? {
            Got::Value(Value::Object(own)) => self.descends(own, |base| base == Err(name)),
            Got::Class(module, own) if module == "builtins" => truth(own == *name || own == "bool" && name == "int"),
            _ => unknown("the bases of this class were not recorded"),
        }
    }

    /// `issubclass(class, base)`
    pub(super) fn is_subclass(&self, class: &Got, base: &Got) -> Outcome {
        let truth = |truth: bool| Ok(Got::Value(Value::Bool(truth)));
        let world = self.scope.world();
        match (class, base) {
            (class, Got::Tuple(bases)) => {
                for base in bases {
                    if self.is_subclass(class, base)? == Got::Value(Value::Bool(true)) {
                        return truth(true);
                    }
                }
                truth(false)
            }
            (Got::Value(Value::Object(own)), Got::Value(Value::Object(base)))
                if ClassView::of(world, *own).is_some()
                    && ClassView::of(world, *base).is_some()
                    && attributes::class_of(world, *base) == 0 =>
            {
                self.descends(*own, |known| known == Ok(*base))
            }
            (Got::Value(Value::Object(own)), Got::Class(module, name))
                if module == "builtins" && ClassView::of(world, *own).is_some() =>
            {
                if name == "object" {
                    truth(true)
                } else {
                    self.descends(*own, |known| known == Err(name))
                }
            }
            (Got::Class(module, own), Got::Class(other, name)) if module == "builtins" && other == "builtins" => {
                truth(own == name || name == "object" || own == "bool" && name == "int")
            }
            _ => unknown("issubclass of classes whose bases were not recorded"),
        }
    }
}
