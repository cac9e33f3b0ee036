//! Looks up attributes as Python does, in the recorded contents of classes, functions and modules. No code of the
//! program is called.
//!
//! An instance's own attribute comes first, otherwise that of its class or of a base, at the moment in question. The
//! result of a descriptor is computed by code, so it is unknown.

mod builtins;

use std::rc::Rc;

use connie_wire::op::descriptor;
use connie_wire::{Kind, Value};

use crate::chunk::Entity;
use crate::render::{TypeName, World};
use connie_wire::value::text_value;

/// The result of an attribute lookup.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// A value stored under its name in an object: an instance, a class, a function or the namespace of a module.
    Is {
        /// The value.
        value: Value,
        /// Number of the object that holds it.
        holder: u64,
    },
    /// A function of the class, which is bound on access.
    Method {
        /// Its qualified name.
        name: String,
        /// The number of the function, if it is an object of the recording: functions with attributes are.
        function: Option<u64>,
    },
    /// There is no such attribute; with the error that Python would raise.
    Missing(String),
    /// Unknown, with the reason.
    Unknown(String),
}

/// A recorded class.
pub struct ClassView {
    entity: Rc<Entity>,
}

impl ClassView {
    /// The class of this number; `None` if it was not recorded.
    #[must_use]
    pub fn of(world: &dyn World, class: u64) -> Option<Self> {
        let entity = world.entity(class).filter(|_| class != 0)?;
        let ty = world.type_name(entity.ty?)?;
        (ty.kind == Kind::Class && !entity.items.is_empty()).then_some(Self { entity })
    }

    /// Its qualified name.
    #[must_use]
    pub fn name<'a>(&self, world: &'a dyn World) -> &'a str {
        match self.entity.items.first() {
            Some(Value::Class(name)) => world.string(*name),
            _ => "?",
        }
    }

    /// Its bases, the nearest first, without `object`.
    fn bases(&self) -> &[Value] {
        self.entity.items.get(2..2 + self.count()).unwrap_or_default()
    }

    fn count(&self) -> usize {
        match self.entity.items.get(1) {
            Some(Value::Int(count)) => usize::try_from(*count).unwrap_or(0),
            _ => 0,
        }
    }

    /// Alternating names and values of its own attributes. Empty if they were not recorded.
    #[must_use]
    pub fn attributes(&self) -> &[Value] {
        self.entity.items.get((2 + self.count()).next_multiple_of(2)..).unwrap_or_default()
    }
}

/// The class of an object, if it was recorded; otherwise 0.
#[must_use]
pub fn class_of(world: &dyn World, object: u64) -> u64 {
    let ty = world.entity(object).and_then(|entity| entity.ty);
    ty.and_then(|ty| world.type_name(ty)).map_or(0, |ty| ty.class)
}

/// A class and its bases in method resolution order: the numbers of classes that are objects of the recording, the
/// names of the others.
#[must_use]
pub fn resolution_order(world: &dyn World, class: u64) -> Vec<Result<u64, String>> {
    let Some(view) = ClassView::of(world, class) else { return Vec::new() };
    let base = |base: &Value| match base {
        Value::Object(base) => Ok(*base),
        Value::Class(name) => Err(world.string(*name).to_owned()),
        _ => Err("?".into()),
    };
    std::iter::once(Ok(class)).chain(view.bases().iter().map(base)).collect()
}

/// The object that holds the attributes stored through another object.
#[must_use]
pub fn home(world: &dyn World, object: u64) -> u64 {
    let entity = world.entity(object);
    let kind = entity.as_ref().and_then(|entity| Some(world.type_name(entity.ty?)?.kind));
    match (kind, entity.as_ref().and_then(|entity| entity.items.get(1))) {
        (Some(Kind::Module), Some(Value::Object(namespace))) => *namespace,
        _ => apart(world, object).unwrap_or(object),
    }
}

/// The object that holds the attributes of an object that is shown by its contents: an instance of a list's subclass,
/// an exception, a member of an Enum. `None` for other objects, and if the attributes were not recorded.
#[must_use]
pub fn apart(world: &dyn World, object: u64) -> Option<u64> {
    let entity = world.entity(object)?;
    let ty = world.type_name(entity.ty?)?;
    (ty.descriptor & descriptor::APART != 0).then_some(object + 1)
}

/// The result of looking up a name in a class and its bases.
enum OnClass {
    Found(Value, u64),
    Missing,
    /// A builtin class has it.
    Builtin,
    /// The classes before one with unrecorded attributes do not define it.
    Unrecorded,
}

fn pair(items: &[Value], name: &str) -> Option<Value> {
    let key = text_value(name);
    items.chunks_exact(2).find(|pair| pair[0] == key).map(|pair| pair[1].clone())
}

fn on_class(world: &dyn World, class: u64, name: &str, looked: &mut Vec<u64>) -> OnClass {
    for base in resolution_order(world, class) {
        let base = match base {
            Ok(base) => base,
            Err(builtin) => match builtins::defines(&builtin, name) {
                Some(true) => return OnClass::Builtin,
                Some(false) => continue,
                None => return OnClass::Unrecorded,
            },
        };
        let Some(view) = ClassView::of(world, base) else { return OnClass::Unrecorded };
        looked.push(base);
        match view.attributes() {
            [] => return OnClass::Unrecorded,
            attributes => {
                if let Some(value) = pair(attributes, name) {
                    return OnClass::Found(value, base);
                }
            }
        }
    }
    if is_dunder(name) { OnClass::Unrecorded } else { OnClass::Missing }
}

/// Whether a builtin class of this name defines an attribute itself, in any version of Python; `None` if unknown.
/// Attributes of its bases do not count.
#[must_use]
pub fn builtin_defines(class: &str, name: &str) -> Option<bool> {
    builtins::defines(class, name)
}

/// Whether a class or one of its bases defines a name, as far as recorded.
#[must_use]
pub fn defines(world: &dyn World, class: u64, name: &str) -> bool {
    class != 0 && matches!(on_class(world, class, name, &mut Vec::new()), OnClass::Found(..))
}

/// Whether a name begins and ends with two underscores.
#[must_use]
pub fn is_dunder(name: &str) -> bool {
    name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}

/// The behaviour of a value as an attribute of a class: [`descriptor`].
fn descriptor_of(world: &dyn World, value: &Value) -> u8 {
    match value {
        Value::Function(_) => descriptor::GETS,
        Value::Unknown(name) => match world.string(*name).split(' ').next() {
            Some("staticmethod" | "classmethod") => descriptor::GETS,
            _ => descriptor::GETS | descriptor::SETS,
        },
        Value::Object(object) => {
            let ty = world.entity(*object).and_then(|entity| entity.ty);
            let both = descriptor::GETS | descriptor::SETS;
            ty.and_then(|ty| world.type_name(ty)).map_or(both, |ty| ty.descriptor & both)
        }
        _ => 0,
    }
}

fn is_slot(world: &dyn World, value: &Value) -> bool {
    matches!(value, Value::Unknown(name) if world.string(*name) == "member_descriptor")
}

/// The qualified name of a function.
fn function_name<'a>(world: &'a dyn World, value: &Value) -> Option<&'a str> {
    match value {
        Value::Function(name) => Some(world.string(*name)),
        Value::Object(object) => match world.entity(*object)?.items.first()? {
            Value::Function(name) => Some(world.string(*name)),
            _ => None,
        },
        _ => None,
    }
}

fn computed(name: &str, class: &str) -> Found {
    Found::Unknown(format!("{name} is computed by {class}"))
}

/// Looks up an attribute of an object. Adds the numbers of the searched objects to `looked`. `None` if this kind of
/// object has no own attributes in the recording.
pub fn find(world: &dyn World, object: u64, name: &str, looked: &mut Vec<u64>) -> Option<Found> {
    let entity = world.entity(object)?;
    let ty = world.type_name(entity.ty?)?;
    looked.push(object);
    match ty.kind {
        Kind::Instance | Kind::NamedTuple => Some(of_instance(world, object, &entity, ty, name, looked)),
        Kind::Class => Some(of_class(world, object, ty, name, looked)),
        Kind::Function => Some(match pair(&entity.items, name) {
            Some(value) => Found::Is { value, holder: object },
            None if is_dunder(name) => Found::Unknown(format!("the attribute {name} was not recorded")),
            None => Found::Missing(format!("AttributeError: 'function' object has no attribute '{name}'")),
        }),
        Kind::Module => Some(of_module(world, object, &entity, ty, name, looked)),
        _ if ty.descriptor & (descriptor::APART | descriptor::BARE) == 0 => None,
        _ => match on_class(world, ty.class, name, &mut Vec::new()) {
            OnClass::Builtin if builtins::is_data(name) => None,
            OnClass::Builtin => {
                let (own, _) = own_attribute(world, object, &entity, ty, name, looked);
                own.map(|(value, holder)| Found::Is { value, holder })
            }
            _ => Some(of_instance(world, object, &entity, ty, name, looked)),
        },
    }
}

/// An object's own attribute with its holder, and whether all own attributes are known.
fn own_attribute(
    world: &dyn World,
    object: u64,
    entity: &Entity,
    ty: &TypeName,
    name: &str,
    looked: &mut Vec<u64>,
) -> (Option<(Value, u64)>, bool) {
    let shows_own = matches!(ty.kind, Kind::Instance | Kind::NamedTuple);
    let shown = if shows_own { pair(&entity.items, name) } else { None };
    let is_whole = if shows_own {
        entity.items.len() as u64 >= entity.length
    } else {
        // An object that was too deep to be read only has a length.
        !entity.items.is_empty() || entity.length == 0
    };
    if shown.is_some() || ty.descriptor & descriptor::APART == 0 {
        return (shown.map(|value| (value, object)), is_whole);
    }
    looked.push(object + 1);
    let Some(attributes) = world.entity(object + 1) else { return (None, false) };
    let found = pair(&attributes.items, name).map(|value| (value, object + 1));
    (found, is_whole && attributes.items.len() as u64 >= attributes.length)
}

/// The value of a member of an Enum; `None` for other objects, and if it is not recorded.
#[must_use]
pub fn member_value(world: &dyn World, object: u64) -> Option<Value> {
    let ty = world.type_name(world.entity(object)?.ty?)?;
    match of_member(world, object, ty, "value")? {
        Found::Is { value, .. } => Some(value),
        _ => None,
    }
}

/// `value` and `name` of a member of an Enum, which stores them under other names.
fn of_member(world: &dyn World, object: u64, ty: &TypeName, name: &str) -> Option<Found> {
    let hidden = match name {
        "value" => "_value_",
        "name" => "_name_",
        _ => return None,
    };
    let is_enum = |base: u64| {
        ClassView::of(world, base).is_some_and(|view| view.name(world) == "Enum" && view.attributes().is_empty())
    };
    if ty.kind != Kind::Template || !resolution_order(world, ty.class).into_iter().flatten().any(is_enum) {
        return None;
    }
    let holder = apart(world, object)?;
    let value = pair(&world.entity(holder)?.items, hidden)?;
    Some(Found::Is { value, holder })
}

fn of_instance(
    world: &dyn World,
    object: u64,
    entity: &Entity,
    ty: &TypeName,
    name: &str,
    looked: &mut Vec<u64>,
) -> Found {
    let is = |(value, holder): (Value, u64)| Found::Is { value, holder };
    let may_be_computed =
        || Found::Unknown(format!("{} has no attribute {name} of its own; it may be computed", ty.name));
    let (found, is_whole) = own_attribute(world, object, entity, ty, name, looked);
    let is_field = ty.kind == Kind::NamedTuple && found.as_ref().is_some_and(|(_, holder)| *holder == object);
    if ty.class == 0 || is_field {
        return found.map_or_else(may_be_computed, is);
    }
    let on_it = on_class(world, ty.class, name, looked);
    if let OnClass::Found(value, _) = &on_it
        && descriptor_of(world, value) & descriptor::SETS != 0
        && !is_slot(world, value)
    {
        return computed(name, &ty.name);
    }
    if let Some(found) = found {
        return is(found);
    }
    if !is_whole {
        return Found::Unknown("not all attributes were recorded".into());
    }
    if ty.descriptor & descriptor::LOOKS_UP != 0 || defines(world, ty.class, "__getattribute__") {
        return may_be_computed();
    }
    let makes_up = ty.descriptor & descriptor::MAKES_UP != 0 || defines(world, ty.class, "__getattr__");
    let missing = || Found::Missing(format!("AttributeError: '{}' object has no attribute '{name}'", ty.short()));
    match on_it {
        OnClass::Found(value, holder) if descriptor_of(world, &value) == 0 => Found::Is { value, holder },
        OnClass::Found(value, _) if is_slot(world, &value) && !makes_up => missing(),
        OnClass::Found(value, _) => match function_name(world, &value) {
            Some(function) if function.ends_with(&format!(".{name}")) => Found::Method {
                name: function.to_owned(),
                function: if let Value::Object(function) = value { Some(function) } else { None },
            },
            _ => computed(name, &ty.name),
        },
        OnClass::Unrecorded | OnClass::Builtin => of_member(world, object, ty, name).unwrap_or_else(may_be_computed),
        OnClass::Missing if makes_up => computed(name, &ty.name),
        OnClass::Missing => missing(),
    }
}

fn of_class(world: &dyn World, class: u64, ty: &TypeName, name: &str, looked: &mut Vec<u64>) -> Found {
    let own_name = ClassView::of(world, class).map_or("?", |view| view.name(world)).to_owned();
    let meta = if ty.class == 0 { OnClass::Missing } else { on_class(world, ty.class, name, looked) };
    if let OnClass::Found(value, _) = &meta
        && descriptor_of(world, value) & descriptor::SETS != 0
    {
        return computed(name, &ty.name);
    }
    if ty.descriptor & descriptor::LOOKS_UP != 0 || defines(world, ty.class, "__getattribute__") {
        return computed(name, &ty.name);
    }
    let not_recorded = || Found::Unknown(format!("the attribute {name} of {own_name} was not recorded"));
    match (on_class(world, class, name, looked), meta) {
        (OnClass::Found(value, holder), _) => {
            let given = descriptor_of(world, &value) == 0 || function_name(world, &value).is_some();
            if given { Found::Is { value, holder } } else { computed(name, &own_name) }
        }
        (OnClass::Unrecorded | OnClass::Builtin, _) => not_recorded(),
        (OnClass::Missing, OnClass::Found(value, holder)) => {
            if descriptor_of(world, &value) == 0 {
                Found::Is { value, holder }
            } else {
                computed(name, &own_name)
            }
        }
        // Apart from dunder names, `type` defines only this one.
        (OnClass::Missing, OnClass::Missing) if ty.class == 0 && name != "mro" => {
            let short = own_name.rsplit('.').next().unwrap_or("?");
            Found::Missing(format!("AttributeError: type object '{short}' has no attribute '{name}'"))
        }
        (OnClass::Missing, _) => not_recorded(),
    }
}

fn of_module(
    world: &dyn World,
    object: u64,
    entity: &Entity,
    ty: &TypeName,
    name: &str,
    looked: &mut Vec<u64>,
) -> Found {
    let module = match entity.items.first() {
        Some(Value::Module(name)) => world.string(*name),
        _ => "?",
    };
    let Some(Value::Object(namespace)) = entity.items.get(1) else {
        // Some of its attributes are recorded, if the program stored through them.
        let noted = pair(entity.items.get(2..).unwrap_or_default(), name).filter(|_| ty.class == 0);
        if let Some(value) = noted {
            return Found::Is { value, holder: object };
        }
        return Found::Unknown(format!("the attributes of the module {module} were not recorded"));
    };
    // A module may be an instance of a class of the program.
    let Some(names) = world.entity(*namespace).filter(|_| ty.class == 0) else {
        return Found::Unknown(format!("the attribute {name} of the module {module} may be computed"));
    };
    looked.push(*namespace);
    match pair(&names.items, name) {
        Some(value) => Found::Is { value, holder: *namespace },
        None if is_dunder(name) || pair(&names.items, "__getattr__").is_some() => {
            Found::Unknown(format!("the attribute {name} of the module {module} may be computed"))
        }
        None => Found::Missing(format!("AttributeError: module '{module}' has no attribute '{name}'")),
    }
}

/// An attribute of a class or of another searched object: its name, its value, and its holder.
pub type Member = (String, Value, u64);

/// The data attributes of a class and its bases, each name once, as a lookup finds it. Methods, attributes added by C
/// code, and attributes of the interpreter are left out.
#[must_use]
pub fn class_data(world: &dyn World, class: u64) -> Vec<Member> {
    let mut found: Vec<Member> = Vec::new();
    for base in resolution_order(world, class).into_iter().flatten() {
        let Some(view) = ClassView::of(world, base) else { continue };
        for pair in view.attributes().chunks_exact(2) {
            let Value::Str(name) = &pair[0] else { continue };
            let name = String::from_utf8_lossy(&name.bytes).into_owned();
            if !found.iter().any(|(known, ..)| *known == name) {
                found.push((name, pair[1].clone(), base));
            }
        }
    }
    found.retain(|(name, value, _)| !is_dunder(name) && name != "_abc_impl" && is_data(world, value));
    found
}

/// Whether a value of a class is data: neither a function nor a descriptor of C code.
fn is_data(world: &dyn World, value: &Value) -> bool {
    match value {
        Value::Function(_) | Value::Unknown(_) => false,
        Value::Object(object) => {
            let ty = world.entity(*object).and_then(|entity| entity.ty).and_then(|ty| world.type_name(ty));
            ty.is_none_or(|ty| ty.kind != Kind::Function)
        }
        _ => true,
    }
}

/// The attributes that an object has in addition to its contents: see [`apart`].
#[must_use]
pub fn apart_members(world: &dyn World, object: u64) -> Vec<Member> {
    let Some(holder) = apart(world, object) else { return Vec::new() };
    world.entity(holder).map(|entity| named(&entity.items, holder)).unwrap_or_default()
}

/// The pairs whose names are not dunder names.
fn named(items: &[Value], holder: u64) -> Vec<Member> {
    let member = |pair: &[Value]| match &pair[0] {
        Value::Str(name) => {
            let name = String::from_utf8_lossy(&name.bytes).into_owned();
            (!is_dunder(&name)).then(|| (name, pair[1].clone(), holder))
        }
        _ => None,
    };
    items.chunks_exact(2).filter_map(member).collect()
}

/// The recorded attributes of a class, a function or a module, to show the object that holds them.
#[must_use]
pub fn members(world: &dyn World, object: u64) -> Vec<Member> {
    let Some(entity) = world.entity(object) else { return Vec::new() };
    match entity.ty.and_then(|ty| world.type_name(ty)).map(|ty| ty.kind) {
        Some(Kind::Class) => class_data(world, object),
        Some(Kind::Function) => named(&entity.items, object),
        Some(Kind::Module) => match entity.items.get(1) {
            Some(Value::Object(namespace)) => {
                world.entity(*namespace).map(|names| named(&names.items, *namespace)).unwrap_or_default()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}
