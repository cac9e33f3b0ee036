//! Types of recorded values, and unions of them.

use connie_recording::attributes;
use connie_recording::render::{TypeName, World};
use connie_wire::{Kind, Value};

use crate::literal::BUILTIN_CLASSES;

/// The maximum number of a container's items that are read.
const MAX_ITEMS: usize = 50;
/// The maximum nesting depth of containers.
const DEEPEST: usize = 6;
/// The maximum number of items of a tuple whose shape is kept.
const SHAPE: usize = 5;

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `None`
    None,
    /// Unknown.
    Unknown,
    /// A class.
    Class {
        /// `__module__`
        module: String,
        /// `__qualname__`
        name: String,
        /// Its importable base classes, the nearest first.
        bases: Vec<(String, String)>,
    },
    /// A container with the types of its contents.
    Container {
        /// The module of its class.
        module: String,
        /// The name of its class.
        name: String,
        /// Its type arguments.
        items: Vec<Union>,
    },
    /// A tuple of a fixed shape.
    Tuple(Vec<Union>),
    /// A tuple of any length.
    Tuples(Union),
    /// A class object.
    ClassOf(Box<Type>),
    /// A function or a method.
    Callable,
}

/// The types that a value may have, in the order in which they were seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Union(pub Vec<Type>);

impl Type {
    /// A builtin class.
    #[must_use]
    pub fn builtin(name: &str) -> Self {
        Type::class("builtins", name)
    }

    /// A class.
    #[must_use]
    pub fn class(module: &str, name: &str) -> Self {
        Type::Class { module: module.to_owned(), name: name.to_owned(), bases: Vec::new() }
    }

    /// A container.
    #[must_use]
    pub fn container(module: &str, name: &str, items: Vec<Union>) -> Self {
        Type::Container { module: module.to_owned(), name: name.to_owned(), items }
    }

    /// The type of a value.
    #[must_use]
    pub fn of(world: &dyn World, value: &Value) -> Self {
        Self::within(world, value, 0)
    }

    fn within(world: &dyn World, value: &Value, depth: usize) -> Self {
        let named = |name: u32| match world.string(name) {
            name if BUILTIN_CLASSES.contains(&name) => Type::builtin(name),
            "NoneType" => Type::None,
            _ => Type::Unknown,
        };
        match value {
            Value::None => Type::None,
            Value::Bool(_) => Type::builtin("bool"),
            Value::Int(_) | Value::BigInt(..) => Type::builtin("int"),
            Value::Float(_) => Type::builtin("float"),
            Value::Complex(..) => Type::builtin("complex"),
            Value::Str(_) => Type::builtin("str"),
            Value::Bytes(_) => Type::builtin("bytes"),
            Value::Ellipsis => Type::class("types", "EllipsisType"),
            Value::Function(_) | Value::Method(_) => Type::Callable,
            Value::Class(_) => Type::builtin("type"),
            Value::Module(_) => Type::class("types", "ModuleType"),
            // The type of a secret is not used.
            Value::Redacted(name) => named(*name),
            Value::Unknown(_) | Value::Cut | Value::Unbound | Value::NotImplemented => Type::Unknown,
            Value::Tuple(items) => Self::tuple(world, items, depth),
            Value::Object(object) => Self::object(world, *object, depth),
        }
    }

    fn tuple(world: &dyn World, items: &[Value], depth: usize) -> Self {
        if depth > DEEPEST {
            return Type::builtin("tuple");
        }
        if items.len() > SHAPE {
            return Type::Tuples(Union::of(world, items.iter(), depth));
        }
        Type::Tuple(items.iter().map(|item| Union(vec![Type::within(world, item, depth + 1)])).collect())
    }

    fn object(world: &dyn World, object: u64, depth: usize) -> Self {
        let Some(entity) = world.entity(object) else { return Type::Unknown };
        let Some(ty) = entity.ty.and_then(|ty| world.type_name(ty)) else { return Type::Unknown };
        match ty.kind {
            Kind::Class => {
                let found = (0..).map_while(|id| world.type_name(id)).find(|ty| ty.class == object);
                return found
                    .map_or_else(|| Type::builtin("type"), |ty| Type::ClassOf(Box::new(Type::named(world, ty))));
            }
            Kind::Function => return Type::Callable,
            Kind::Module => return Type::class("types", "ModuleType"),
            _ => {}
        }
        let module = if ty.module == "_collections" { "collections" } else { ty.module.as_str() };
        let is_of_python = matches!(module, "builtins" | "collections");
        let shape = ty.kind.shape();
        let items = shape.of(&entity.items);
        // Contents that are not known in full do not tell the types of the rest.
        let is_known = entity.items.len() as u64 == entity.length && !world.in_doubt(object) && depth <= DEEPEST;
        let unknown = || Union(vec![Type::Unknown]);
        let every = |nth: usize, of: usize| match is_known {
            true => Union::of(world, items.iter().skip(nth).step_by(of), depth),
            false => unknown(),
        };
        let builtin = |kind: &str| is_of_python && ty.name == kind;
        match ty.kind {
            Kind::Tuple if builtin("tuple") && is_known => Self::tuple(world, items, depth),
            Kind::Tuple if builtin("tuple") => Type::builtin("tuple"),
            Kind::List | Kind::Set | Kind::Frozenset
                if module == "builtins" && matches!(ty.name.as_str(), "list" | "set" | "frozenset") =>
            {
                Type::container(module, &ty.name, vec![every(0, 1)])
            }
            Kind::Deque if builtin("deque") => Type::container(module, &ty.name, vec![every(0, 1)]),
            Kind::Dict | Kind::DefaultDict | Kind::OrderedDict | Kind::FrozenDict
                if ["dict", "defaultdict", "OrderedDict", "frozendict"].iter().any(|name| builtin(name)) =>
            {
                Type::container(module, &ty.name, vec![every(0, 2), every(1, 2)])
            }
            Kind::Counter if builtin("Counter") => Type::container(module, &ty.name, vec![every(0, 2)]),
            _ => Type::named(world, ty),
        }
    }

    fn named(world: &dyn World, ty: &TypeName) -> Self {
        let bases = attributes::resolution_order(world, ty.class).into_iter().skip(1).filter_map(|base| match base {
            Ok(class) => {
                let found = (0..).map_while(|id| world.type_name(id)).find(|ty| ty.class == class);
                found.map(|ty| (ty.module.clone(), ty.name.clone())).or_else(|| {
                    // A base class without instances: the caller has to check whether it is defined there.
                    let view = attributes::ClassView::of(world, class)?;
                    Some((ty.module.clone(), view.name(world).to_owned()))
                })
            }
            Err(name) => BUILTIN_CLASSES.contains(&name.as_str()).then(|| ("builtins".to_owned(), name)),
        });
        match ty.name.as_str() {
            "NoneType" => Type::None,
            _ => Type::Class { module: ty.module.clone(), name: ty.name.clone(), bases: bases.collect() },
        }
    }
}

impl Union {
    /// The union of the types of some values.
    fn of<'v>(world: &dyn World, values: impl Iterator<Item = &'v Value>, depth: usize) -> Self {
        let mut union = Union::default();
        for value in values.take(MAX_ITEMS) {
            union.add(Type::within(world, value, depth + 1));
        }
        union
    }

    /// Adds a type, merging the contents of containers.
    pub fn add(&mut self, ty: Type) {
        if self.0.contains(&ty) {
            return;
        }
        for known in &mut self.0 {
            match (&mut *known, &ty) {
                (Type::Container { module, name, items }, Type::Container { module: of, name: other, items: more })
                    if module == of && name == other =>
                {
                    items.iter_mut().zip(more).for_each(|(items, more)| items.extend(more.0.iter().cloned()));
                    return;
                }
                (Type::Tuple(shape), Type::Tuple(other)) if shape.len() == other.len() => {
                    shape.iter_mut().zip(other).for_each(|(items, more)| items.extend(more.0.iter().cloned()));
                    return;
                }
                (Type::Tuple(shape), Type::Tuple(other)) => {
                    let mut all = Union::default();
                    all.extend(shape.iter().chain(other).flat_map(|union| union.0.iter().cloned()));
                    *known = Type::Tuples(all);
                    return;
                }
                (Type::Tuples(items), Type::Tuples(more)) => return items.extend(more.0.iter().cloned()),
                (Type::Tuples(items), Type::Tuple(other)) => {
                    return items.extend(other.iter().flat_map(|union| union.0.iter().cloned()));
                }
                (Type::Tuple(shape), Type::Tuples(more)) => {
                    let mut all = more.clone();
                    all.extend(shape.iter().flat_map(|union| union.0.iter().cloned()));
                    *known = Type::Tuples(all);
                    return;
                }
                _ => {}
            }
        }
        self.0.push(ty);
    }

    /// Adds types.
    pub fn extend(&mut self, types: impl IntoIterator<Item = Type>) {
        types.into_iter().for_each(|ty| self.add(ty));
    }

    /// Whether no type was seen.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the value is always None.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0 == [Type::None]
    }
}
