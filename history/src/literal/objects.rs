//! Writes containers and instances.

use connie_recording::attributes;
use connie_recording::chunk::Entity;
use connie_recording::render::TypeName;
use connie_wire::{Kind, Value};

use super::names::BUILTIN_CLASSES;
use super::{Brackets, Literals, NoLiteral, Node, none};
use crate::signature::ClassSource;

/// Base classes that do not affect how instances are created.
const PLAIN_BASES: &[&str] = &["object", "ABC", "Generic", "Protocol", "abc.ABC", "typing.Generic", "typing.Protocol"];

impl Literals<'_> {
    pub(super) fn contents(&mut self, object: u64, entity: &Entity, ty: &TypeName) -> Result<Node, NoLiteral> {
        match ty.kind {
            Kind::Opaque => return none(format!("a {} shows nothing of what it contains", ty.name)),
            Kind::Class => return self.class_object(object, entity.items.first()),
            Kind::Function | Kind::Module => {
                return match entity.items.first() {
                    Some(named @ (Value::Function(_) | Value::Module(_))) => self.node(named),
                    _ => none("it was not recorded"),
                };
            }
            Kind::Template => return self.template(&entity.items, ty),
            _ => {}
        }
        if (entity.items.len() as u64) < entity.length {
            return none(format!("a {} of {} was recorded in part", ty.short(), ty.kind.shape().count(entity.length)));
        }
        match ty.kind {
            Kind::Instance => self.instance(entity, ty),
            Kind::NamedTuple if ty.class == 0 => none(format!("a {} can be made by its library only", ty.name)),
            Kind::NamedTuple => {
                let class = self.class(ty)?;
                Ok(Node::Call(class, self.attributes(&entity.items)?))
            }
            Kind::Exception => {
                self.is_plain(object, ty)?;
                let class = self.class(ty)?;
                self.is_beyond_equality = true;
                Ok(Node::call(class, self.nodes(&entity.items)?))
            }
            _ => self.container(object, entity, ty),
        }
    }

    fn nodes(&mut self, items: &[Value]) -> Result<Vec<Node>, NoLiteral> {
        items.iter().map(|item| self.node(item)).collect()
    }

    fn pairs(&mut self, items: &[Value]) -> Result<Node, NoLiteral> {
        let pairs = items.chunks_exact(2).map(|pair| Ok((self.node(&pair[0])?, self.node(&pair[1])?)));
        pairs.collect::<Result<_, _>>().map(Node::Pairs)
    }

    fn attributes(&mut self, items: &[Value]) -> Result<Vec<(Option<String>, Node)>, NoLiteral> {
        let attribute = |pair: &[Value]| match &pair[0] {
            Value::Str(name) => Ok((Some(String::from_utf8_lossy(&name.bytes).into_owned()), self.node(&pair[1])?)),
            _ => none("an attribute of it has no name"),
        };
        items.chunks_exact(2).filter(|pair| pair[1] != Value::Unbound).map(attribute).collect()
    }

    /// A builtin container, a container of collections, or an instance of a class that derives from one and adds
    /// nothing.
    fn container(&mut self, object: u64, entity: &Entity, ty: &TypeName) -> Result<Node, NoLiteral> {
        let items = entity.items.as_slice();
        let (base, made) = match ty.kind {
            Kind::List => ("list", Node::Items(Brackets::List, self.nodes(items)?)),
            Kind::Tuple => ("tuple", Node::Items(Brackets::Tuple, self.nodes(items)?)),
            Kind::Dict => ("dict", self.pairs(items)?),
            Kind::Set if items.is_empty() => ("set", Node::call("set", vec![])),
            Kind::Set => ("set", Node::Items(Brackets::Set, self.nodes(items)?)),
            Kind::Frozenset | Kind::FrozenDict | Kind::OrderedDict | Kind::Counter => {
                let inner = match ty.kind {
                    _ if items.is_empty() => None,
                    Kind::Frozenset => Some(Node::Items(Brackets::Set, self.nodes(items)?)),
                    _ => Some(self.pairs(items)?),
                };
                let name = match ty.kind {
                    Kind::Frozenset => "frozenset",
                    Kind::FrozenDict => "frozendict",
                    Kind::Counter => "collections.Counter",
                    _ => "collections.OrderedDict",
                };
                (name, Node::call(name, inner.into_iter().collect()))
            }
            Kind::Deque => {
                let (most, items) = items.split_first().unwrap_or((&Value::None, &[]));
                let mut arguments = vec![(None, Node::Items(Brackets::List, self.nodes(items)?))];
                if *most != Value::None {
                    arguments.push((Some("maxlen".to_owned()), self.node(most)?));
                }
                ("collections.deque", Node::Call("collections.deque".to_owned(), arguments))
            }
            Kind::DefaultDict => {
                let Some((factory, rest)) = items.split_first() else { return none("it was not recorded") };
                let arguments = vec![self.node(factory)?, self.pairs(rest)?];
                ("collections.defaultdict", Node::call("collections.defaultdict", arguments))
            }
            Kind::ByteArray => ("bytearray", Node::call("bytearray", self.nodes(items)?)),
            Kind::Array => {
                let Some((code, rest)) = items.split_first() else { return none("it was not recorded") };
                let arguments = vec![self.node(code)?, Node::Items(Brackets::List, self.nodes(rest)?)];
                ("array.array", Node::call("array.array", arguments))
            }
            _ => return none(format!("a {} has no literal", ty.name)),
        };
        if ty.short() == base.rsplit('.').next().unwrap_or(base) && is_of_python(&ty.module) {
            return Ok(self.imported(made));
        }
        self.is_plain(object, ty)?;
        let class = self.class(ty)?;
        Ok(match made {
            // The arguments of the builtin class also create this class.
            Node::Call(_, arguments) => Node::Call(class, arguments),
            items => Node::call(class, vec![items]),
        })
    }

    /// Imports the module that a call of the standard library needs.
    fn imported(&mut self, made: Node) -> Node {
        match made {
            Node::Call(function, arguments) => match function.split_once('.') {
                Some((module, name)) => Node::Call(format!("{}.{name}", self.imports.module(module)), arguments),
                None => Node::Call(function, arguments),
            },
            made => made,
        }
    }

    /// Checks that instances of a class are created like instances of its builtin base, and have no attributes.
    fn is_plain(&self, object: u64, ty: &TypeName) -> Result<(), NoLiteral> {
        let own = attributes::apart(self.world, object).and_then(|own| self.world.entity(own));
        if own.is_some_and(|own| own.length > 0 || !own.items.is_empty()) {
            return none(format!("a {} has attributes of its own", ty.short()));
        }
        if ty.module == "builtins" {
            return Ok(());
        }
        match self.program.class(&ty.module, &ty.name) {
            Some(class) if !class.has_constructor => Ok(()),
            Some(_) => none(format!("{} has a constructor of its own", ty.short())),
            None => none(format!("the source of {} was not recorded", ty.short())),
        }
    }

    /// An instance of a class of the program.
    fn instance(&mut self, entity: &Entity, ty: &TypeName) -> Result<Node, NoLiteral> {
        if ty.module == "types" && ty.name == "SimpleNamespace" {
            let class = self.class(ty)?;
            return Ok(Node::Call(class, self.attributes(&entity.items)?));
        }
        if ty.module == "builtins" && BUILTIN_CLASSES.contains(&ty.name.as_str()) {
            return none(format!("a {} is an object without contents", ty.name));
        }
        let classes = self.sources_of(ty)?;
        let class = self.class(ty)?;
        let attributes = self.attributes(&entity.items)?;
        let is_named = |(name, _): &(Option<String>, Node)| name.as_deref().is_some_and(is_identifier);
        if !attributes.iter().all(is_named) {
            return none(format!("an attribute of a {} has a name that is not an identifier", ty.short()));
        }
        self.is_beyond_equality |= !classes.iter().any(|class| class.is_compared);
        if let Some(fields) = fields(&classes) {
            let is_field =
                |(name, _): &(Option<String>, Node)| fields.iter().any(|field| Some(*field) == name.as_deref());
            if attributes.len() == fields.len() && attributes.iter().all(is_field) {
                return Ok(Node::Call(class, attributes));
            }
        }
        self.rebuilds = true;
        let mut arguments = vec![(None, Node::Atom(class))];
        arguments.extend(attributes);
        Ok(Node::Call("rebuilt".to_owned(), arguments))
    }

    /// The sources of a class and its bases, the class first.
    fn sources_of(&self, ty: &TypeName) -> Result<Vec<std::rc::Rc<ClassSource>>, NoLiteral> {
        let mut found = Vec::new();
        let mut open = vec![(ty.module.clone(), ty.name.clone())];
        while let Some((module, name)) = open.pop() {
            let Some(class) = self.program.class(&module, &name) else {
                return none(format!("a {} is made by {name}, whose source was not recorded", ty.short()));
            };
            for base in class.bases.iter().filter(|base| !PLAIN_BASES.contains(&base.as_str())) {
                let known = |module: &str| self.program.class(module, base).map(|_| module.to_owned());
                let imported = class.imported.iter().find(|(name, _, _)| name == base);
                let at = match imported {
                    Some((_, from, name)) => Some((absolute(from, &module), name.clone())),
                    None => known(&module).map(|module| (module, base.clone())),
                };
                match at {
                    Some(at) if found.len() < 20 => open.push(at),
                    _ => return none(format!("a {} derives from {base}, whose source was not recorded", ty.short())),
                }
            }
            found.push(class);
        }
        Ok(found)
    }
}

/// The fields of a dataclass whose constructor does nothing but set them.
fn fields(classes: &[std::rc::Rc<ClassSource>]) -> Option<Vec<&str>> {
    let is_simple = classes.iter().all(|class| class.is_dataclass && !class.has_constructor && class.is_simple);
    is_simple.then(|| {
        let mut all: Vec<&str> = classes.iter().flat_map(|class| class.fields.iter().map(String::as_str)).collect();
        all.sort_unstable();
        all.dedup();
        all
    })
}

/// The absolute name of an imported module: relative names begin with dots.
fn absolute(wanted: &str, by: &str) -> String {
    let rest = wanted.trim_start_matches('.');
    let level = wanted.len() - rest.len();
    if level == 0 {
        return wanted.to_owned();
    }
    let mut parts: Vec<&str> = by.split('.').collect();
    parts.truncate(parts.len().saturating_sub(level));
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts.join(".")
}

fn is_identifier(name: &str) -> bool {
    name.chars().enumerate().all(|(n, c)| c == '_' || c.is_alphabetic() || n > 0 && c.is_alphanumeric())
        && !name.is_empty()
        && !matches!(name, "cls" | "class" | "def" | "if" | "in" | "is" | "not" | "None" | "True" | "False")
}

fn is_of_python(module: &str) -> bool {
    matches!(module, "builtins" | "collections" | "_collections" | "array")
}
