//! Turns a recorded value into a Python expression that creates an equal one, or gives the reason why there is none.
//!
//! A value that was truncated, redacted, not read or is uncertain never becomes a literal.

pub mod layout;
mod names;
mod objects;
mod template;

use connie_recording::ints;
use connie_recording::render::World;
use connie_wire::{Value, repr};
use rustc_hash::{FxHashMap, FxHashSet};

pub use layout::{Brackets, Node};
pub(crate) use names::BUILTIN_CLASSES;
pub use names::{Imports, MAIN, Program};

/// The maximum number of values in one test; a longer test would not be readable.
const MAX_VALUES: usize = 2_000;
/// The maximum number of bytes in its strings.
const MAX_BYTES: usize = 50_000;
/// The maximum nesting depth of containers.
const DEEPEST: usize = 60;

/// Why a value has no literal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoLiteral(pub String);

pub(crate) fn none<T>(why: impl Into<String>) -> Result<T, NoLiteral> {
    Err(NoLiteral(why.into()))
}

/// Writes the values of one step as expressions.
pub struct Literals<'a> {
    world: &'a dyn World,
    program: &'a Program<'a>,
    /// The imports that the expressions need.
    pub imports: &'a mut Imports,
    /// The variable names of objects that have a variable.
    pub known: FxHashMap<u64, String>,
    /// The objects that contain the current value.
    path: Vec<u64>,
    left: usize,
    bytes: usize,
    /// Whether `==` cannot compare the value: it contains a nan, or an object that equals only itself.
    pub is_beyond_equality: bool,
    /// Whether an object is created without its constructor.
    pub rebuilds: bool,
}

impl<'a> Literals<'a> {
    /// Creates a writer for the values of `world`.
    pub fn new(world: &'a dyn World, program: &'a Program<'a>, imports: &'a mut Imports) -> Self {
        Self {
            world,
            program,
            imports,
            known: FxHashMap::default(),
            path: Vec::new(),
            left: MAX_VALUES,
            bytes: MAX_BYTES,
            is_beyond_equality: false,
            rebuilds: false,
        }
    }

    /// The expression of a value.
    ///
    /// # Errors
    /// If it is not known in full, or no expression can create it.
    pub fn node(&mut self, value: &Value) -> Result<Node, NoLiteral> {
        self.left = match self.left.checked_sub(1) {
            Some(left) => left,
            None => return none(format!("it has more than {MAX_VALUES} values")),
        };
        let mut out = String::new();
        match value {
            Value::None => out.push_str("None"),
            Value::Bool(true) => out.push_str("True"),
            Value::Bool(false) => out.push_str("False"),
            Value::Int(n) => out = n.to_string(),
            Value::BigInt(negative, magnitude) => out = big_int(*negative, magnitude)?,
            Value::Float(bits) => return Ok(self.float(f64::from_bits(*bits))),
            Value::Complex(real, imaginary) => {
                return Ok(self.complex(f64::from_bits(*real), f64::from_bits(*imaginary)));
            }
            Value::Str(blob) => {
                self.take(blob.bytes.len(), blob.cut)?;
                repr::str(&blob.bytes, &mut out);
                out = layout::requoted(&out);
            }
            Value::Bytes(blob) => {
                self.take(blob.bytes.len(), blob.cut)?;
                repr::bytes(&blob.bytes, &mut out);
                out = layout::requoted(&out);
            }
            Value::Ellipsis => out.push_str("..."),
            Value::NotImplemented => out.push_str("NotImplemented"),
            Value::Function(name) => return self.function(self.world.string(*name)),
            Value::Class(name) => return self.class_named(self.world.string(*name)),
            Value::Module(name) => out = self.imports.module(self.world.string(*name)),
            Value::Method(name) => return none(format!("{} is a bound method", self.world.string(*name))),
            Value::Redacted(_) => return none("it is redacted"),
            Value::Unknown(name) => return none(format!("a {} was not read", self.world.string(*name))),
            Value::Cut => return none("it lies deeper than values were recorded"),
            Value::Unbound => return none("it was not recorded"),
            Value::Tuple(items) => {
                let items = items.iter().map(|item| self.node(item)).collect::<Result<_, _>>()?;
                return Ok(Node::Items(Brackets::Tuple, items));
            }
            Value::Object(object) => return self.object(*object),
        }
        Ok(Node::Atom(out))
    }

    fn take(&mut self, bytes: usize, cut: Option<u64>) -> Result<(), NoLiteral> {
        if cut.is_some() {
            return none("a text in it was recorded in part");
        }
        match self.bytes.checked_sub(bytes) {
            Some(left) => {
                self.bytes = left;
                Ok(())
            }
            None => none(format!("its texts have more than {MAX_BYTES} bytes")),
        }
    }

    fn float(&mut self, n: f64) -> Node {
        let mut out = String::new();
        repr::float(n, &mut out);
        if n.is_nan() {
            self.is_beyond_equality = true;
        }
        // `repr` does not write the sign of a nan, and no comparison depends on it.
        if n.is_finite() { Node::Atom(out) } else { Node::call("float", vec![Node::Atom(format!("\"{out}\""))]) }
    }

    fn complex(&mut self, real: f64, imaginary: f64) -> Node {
        // `-0.0 + 1j` loses the sign of the zero, so that the parts are passed separately.
        let parts = vec![self.float(real), self.float(imaginary)];
        Node::call("complex", parts)
    }

    fn object(&mut self, object: u64) -> Result<Node, NoLiteral> {
        if let Some(name) = self.known.get(&object) {
            return Ok(Node::Atom(name.clone()));
        }
        if self.path.contains(&object) {
            return none("it contains itself");
        }
        if self.path.len() > DEEPEST {
            return none("it is nested too deep");
        }
        let Some(entity) = self.world.entity(object) else { return none("it was not recorded") };
        let Some(ty) = entity.ty.and_then(|ty| self.world.type_name(ty)) else { return none("its type is not known") };
        if self.world.in_doubt(object) {
            return none(format!("the contents of a {} are not sure", ty.short()));
        }
        if self.world.is_renamed(ty.class) {
            return none(format!("the class {} was renamed", ty.short()));
        }
        self.path.push(object);
        let node = self.contents(object, &entity, ty);
        self.path.pop();
        node
    }
}

/// An int beyond 64 bits. Python refuses to parse very long decimal numbers.
fn big_int(negative: bool, magnitude: &[u8]) -> Result<String, NoLiteral> {
    if magnitude.len() > 1_000 {
        return none("an int in it has thousands of digits");
    }
    Ok(ints::text(negative, magnitude))
}

/// The mutable objects that occur more than once in the given values, inner objects first.
#[must_use]
pub fn shared(world: &dyn World, values: &[Value]) -> Vec<u64> {
    struct Walk<'w> {
        world: &'w dyn World,
        seen: FxHashSet<u64>,
        twice: FxHashSet<u64>,
        order: Vec<u64>,
    }
    impl Walk<'_> {
        fn value(&mut self, value: &Value, depth: usize) {
            let Value::Object(object) = value else { return };
            if !self.seen.insert(*object) {
                self.twice.insert(*object);
                return;
            }
            if depth > DEEPEST || self.seen.len() > MAX_VALUES {
                return;
            }
            let Some(entity) = self.world.entity(*object) else { return };
            let ty = entity.ty.and_then(|ty| self.world.type_name(ty));
            if ty.is_some_and(|ty| ty.kind.is_named()) {
                return;
            }
            for item in &entity.items {
                self.value(item, depth + 1);
            }
            // An object that is shown as text is one value: a date, a member of an Enum.
            if ty.is_some_and(|ty| ty.kind != connie_wire::Kind::Template) {
                self.order.push(*object);
            }
        }
    }
    let mut walk = Walk { world, seen: FxHashSet::default(), twice: FxHashSet::default(), order: Vec::new() };
    values.iter().for_each(|value| walk.value(value, 0));
    let twice = walk.twice;
    walk.order.into_iter().filter(|object| twice.contains(object)).collect()
}
