//! Determines the kinds of containers.

use connie_recording::attributes::{self, ClassView};
use connie_wire::{Kind, Value};

use super::got::Got;
use super::values::Values;

impl Values<'_> {
    /// The kind of a container of a builtin class, recorded or created by the expression.
    pub(super) fn builtin_kind(&self, value: &Got) -> Option<Kind> {
        match value {
            Got::List(_) => Some(Kind::List),
            Got::Tuple(_) | Got::Value(Value::Tuple(_)) => Some(Kind::Tuple),
            Got::Set(_) => Some(Kind::Set),
            Got::Dict(_) => Some(Kind::Dict),
            Got::Value(Value::Object(object)) => {
                let world = self.scope.world();
                let ty = world.entity(*object).and_then(|entity| entity.ty).and_then(|ty| world.type_name(ty))?;
                (ty.module == "builtins").then_some(ty.kind)
            }
            _ => None,
        }
    }

    /// The kind of a container of `collections`, whose methods are supported like those of builtin classes.
    pub(super) fn library_kind(&self, value: &Got) -> Option<Kind> {
        let Got::Value(Value::Object(object)) = value else { return None };
        let world = self.scope.world();
        let ty = world.entity(*object).and_then(|entity| entity.ty).and_then(|ty| world.type_name(ty))?;
        let known = matches!(
            (ty.kind, ty.name.as_str()),
            (Kind::OrderedDict, "OrderedDict")
                | (Kind::Counter, "Counter")
                | (Kind::DefaultDict, "defaultdict")
                | (Kind::Deque, "deque")
        );
        (known && ty.module == "collections").then_some(ty.kind)
    }

    /// The kind of a container whose method with a name is that of a builtin class, or of one of `collections`.
    pub(super) fn kind_with(&self, value: &Got, method: &str) -> Option<Kind> {
        self.builtin_kind(value).or_else(|| self.library_kind(value)).or_else(|| self.inherited(value, method))
    }

    /// Whether a class of the program overrides a method of a value.
    pub(super) fn overrides(&self, value: &Got, method: &str) -> bool {
        let Got::Value(Value::Object(object)) = value else { return false };
        let world = self.scope.world();
        let class = attributes::class_of(world, *object);
        class != 0 && attributes::defines(world, class, method)
    }

    /// The kind of a container of a program's class that inherits a method from a builtin class.
    pub(super) fn inherited(&self, value: &Got, method: &str) -> Option<Kind> {
        let Got::Value(Value::Object(object)) = value else { return None };
        let world = self.scope.world();
        let class = attributes::class_of(world, *object);
        let ty = world.type_name(world.entity(*object)?.ty?)?;
        let is_known = |base: &Result<u64, String>| match base {
            Ok(base) => ClassView::of(world, *base).is_some_and(|view| !view.attributes().is_empty()),
            Err(_) => true,
        };
        let order = attributes::resolution_order(world, class);
        let is_container = matches!(ty.kind, Kind::List | Kind::Tuple | Kind::Dict | Kind::NamedTuple);
        (is_container && !order.is_empty() && order.iter().all(is_known) && !attributes::defines(world, class, method))
            .then_some(ty.kind)
    }

    /// Whether operations on a value may run code of the program. Values of builtin classes never do.
    pub(super) fn has_own_code(&self, value: &Got) -> bool {
        match value {
            Got::Value(Value::Object(_)) => self.builtin_kind(value).is_none(),
            Got::Value(Value::Unknown(_) | Value::Redacted(_) | Value::Cut | Value::Unbound) => true,
            Got::Value(Value::Function(_) | Value::Class(_) | Value::Module(_) | Value::Method(_)) => true,
            _ => false,
        }
    }
}
