//! Determines how a test calls a function: its module, its receiver, and its decorators.

use connie_recording::attributes::{self, ClassView};
use connie_recording::reader::Function;
use connie_recording::render::World;
use connie_wire::value::text_value;
use connie_wire::{Kind, Value};

use crate::literal::{Imports, NoLiteral, Program};
use crate::signature::{Guard, Signature, last_of};

/// Decorators that return the function unchanged.
const PLAIN: &[&str] = &[
    "abstractmethod",
    "override",
    "final",
    "no_type_check",
    "staticmethod",
    "classmethod",
    "property",
    "cached_property",
];
/// Decorators whose result has the function as `__wrapped__`.
const WRAPPERS: &[&str] =
    &["cache", "lru_cache", "contextmanager", "asynccontextmanager", "wraps", "singledispatch", "total"];

/// The way in which a function is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is called directly.
    Call,
    /// It is a method, called on its first argument.
    Method,
    /// It is a property, read from its first argument.
    Property,
    /// It is a class method, called on the class in its first argument.
    ClassMethod,
    /// It is a constructor, which creates its first argument.
    Constructor,
}

/// How a function is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The way of use.
    pub way: Way,
    /// The name of its module, as recorded.
    pub module: String,
    /// Its qualified name within the module.
    pub name: String,
    /// Whether the test removes its decorators.
    pub unwrapped: bool,
}

/// Determines how to call a function of the recording.
///
/// # Errors
/// The reason if a test cannot call it.
pub fn target(
    program: &Program<'_>,
    world: &dyn World,
    globals: Option<u64>,
    function: &Function,
    signature: &Signature,
) -> Result<Target, NoLiteral> {
    let fail = |why: String| Err(NoLiteral(why));
    let name = &function.name;
    if name.contains('<') {
        return fail(format!("{} is made within another function", last_of(name).1));
    }
    let Some(module) = program.module(function.source) else {
        return fail(format!("the module of {name} is not known"));
    };
    if module == crate::literal::MAIN {
        check_main(program, function.source)?;
    }
    let has = |wanted: &str| signature.decorators.iter().any(|one| last_of(one).1 == wanted);
    let is_setter = signature.decorators.iter().any(|one| matches!(last_of(one).1, "setter" | "deleter" | "getter"));
    let way = match last_of(name).1 {
        _ if is_setter => return fail(format!("{name} sets a property")),
        "__new__" | "__del__" if signature.is_method => return fail(format!("{name} is called by Python alone")),
        "__init__" if signature.is_method => Way::Constructor,
        _ if !signature.is_method || has("staticmethod") => Way::Call,
        "__init_subclass__" | "__class_getitem__" => return fail(format!("{name} is called by Python alone")),
        _ if has("classmethod") => Way::ClassMethod,
        _ if has("property") || has("cached_property") => Way::Property,
        _ => Way::Method,
    };
    let known = |one: &&String| PLAIN.contains(&last_of(one).1);
    let others: Vec<&String> = signature.decorators.iter().filter(|one| !known(one)).collect();
    let unwrapped = match others.as_slice() {
        [] => false,
        [only] if WRAPPERS.contains(&last_of(only).1) => true,
        _ if !matches!(way, Way::Call | Way::Method) => return fail(format!("{name} is decorated by {}", others[0])),
        _ if has_its_name(program, world, globals, name) => true,
        _ => return fail(format!("{name} is decorated by {}: what it is called through is not known", others[0])),
    };
    Ok(Target { way, module, name: name.clone(), unwrapped })
}

/// Checks that the main script can be imported.
fn check_main(program: &Program<'_>, source: u32) -> Result<(), NoLiteral> {
    let recording = program.recording();
    let short = recording.short(source);
    let Some(text) = recording.sources.get(source as usize).and_then(|source| source.text.as_deref()) else {
        return Err(NoLiteral(format!("the text of {short} was not recorded")));
    };
    match Guard::of(text) {
        Guard::Safe(_) => Ok(()),
        Guard::Runs(line) => Err(NoLiteral(format!(
            "importing {short} would run the program: line {line} is not below if __name__ == \"__main__\""
        ))),
    }
}

/// Whether the program's name for a function referred to a function with that qualified name: the function itself, or a
/// `functools.wraps` wrapper of it.
fn has_its_name(program: &Program<'_>, world: &dyn World, globals: Option<u64>, qualified: &str) -> bool {
    let key = |name: &str| text_value(name);
    let in_pairs = |items: &[Value], name: &str| {
        let key = key(name);
        items.chunks_exact(2).find(|pair| pair[0] == key).map(|pair| pair[1].clone())
    };
    let (class, name) = last_of(qualified);
    let found = if class.is_empty() {
        globals.and_then(|globals| world.entity(globals)).and_then(|entity| in_pairs(&entity.items, name))
    } else {
        let ty = (0..).map_while(|id| program.recording().type_name(id)).find(|ty| ty.name == class && ty.class != 0);
        ty.and_then(|ty| ClassView::of(world, ty.class)).and_then(|view| in_pairs(view.attributes(), name))
    };
    match found {
        Some(Value::Function(name)) => world.string(name) == qualified,
        Some(Value::Object(object)) => {
            let entity = world.entity(object);
            let is_function = entity.as_ref().and_then(|entity| entity.ty).and_then(|ty| world.type_name(ty));
            is_function.is_some_and(|ty| ty.kind == Kind::Function)
                && matches!(entity.and_then(|entity| entity.items.first().cloned()),
                    Some(Value::Function(name)) if world.string(name) == qualified)
        }
        _ => false,
    }
}

impl Target {
    /// The function as an expression.
    pub fn reference(&self, imports: &mut Imports) -> String {
        let plain = format!("{}.{}", imports.module(&self.module), self.name);
        if self.unwrapped { format!("{}.unwrap({plain})", imports.module("inspect")) } else { plain }
    }

    /// The class that defines the function.
    #[must_use]
    pub fn class(&self) -> &str {
        last_of(&self.name).0
    }

    /// The name of the method outside its class, where private names are mangled.
    #[must_use]
    pub fn attribute(&self) -> String {
        let name = last_of(&self.name).1;
        let class = last_of(self.class()).1.trim_start_matches('_');
        let is_private = name.starts_with("__") && !name.ends_with("__") && !class.is_empty();
        if is_private { format!("_{class}{name}") } else { name.to_owned() }
    }

    /// Whether an object is a direct instance of the class that defines the function.
    #[must_use]
    pub fn is_of_class(&self, world: &dyn World, receiver: &Value) -> bool {
        let Value::Object(object) = receiver else { return false };
        let ty = world.entity(*object).and_then(|entity| entity.ty).and_then(|ty| world.type_name(ty));
        ty.is_some_and(|ty| ty.name == self.class())
            || ty.is_some_and(|ty| ty.class != 0 && !attributes::defines(world, ty.class, last_of(&self.name).1))
    }
}
