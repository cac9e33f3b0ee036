//! Functions that inspect names: `vars`, `locals`, `globals`, `dir`, `getattr`, `hasattr`.

use connie_recording::attributes::{self, ClassView, Found};
use connie_wire::op::descriptor;
use connie_wire::value::text_value;
use connie_wire::{Kind, Value};

use super::got::{Got, Outcome};
use super::problem::{Problem, raised, unknown};
use super::values::Values;
use super::{blob, refuse};

/// The names that `dir` lists for builtin classes: the class, the minor version of Python 3 since which they exist, the
/// names.
const DIRS: &str = include_str!("dirs.txt");

fn as_dict(pairs: Vec<(String, Value)>) -> Got {
    Got::Dict(pairs.into_iter().map(|(name, value)| (Got::Value(text_value(&name)), Got::Value(value))).collect())
}

fn as_list(mut names: Vec<String>) -> Got {
    names.sort_unstable();
    names.dedup();
    Got::List(names.iter().map(|name| Got::Value(text_value(name))).collect())
}

/// The names that `dir` lists for a builtin class; `None` if unknown.
fn listed(class: &str, minor: u32) -> Option<Vec<String>> {
    let mut found = None;
    for line in DIRS.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(name), Some(from), Some(to)) = (words.next(), words.next(), words.next()) else { continue };
        let (Ok(from), Ok(to)) = (from.parse::<u32>(), to.parse::<u32>()) else { continue };
        if name == class && (from..=to).contains(&minor) {
            found.get_or_insert_with(Vec::new).extend(words.map(str::to_owned));
        }
    }
    found
}

/// What instances of a class have besides their class.
struct Layout {
    has_dict: bool,
    /// Whether they can be referred to weakly; `None` if that is not known.
    has_references: Option<bool>,
    /// The names of their slots.
    slots: Vec<Value>,
}

impl Values<'_> {
    /// `vars`, `locals`, `globals` and `dir`; `within` says whether the call is in a comprehension or a lambda.
    pub(super) fn reflected(&self, name: &str, arguments: &[Got], within: bool) -> Outcome {
        let not_known = || unknown(format!("{name}() of this place: its variables are not known"));
        if arguments.is_empty() && name != "globals" && within {
            return unknown(format!("{name}() within a comprehension or a lambda"));
        }
        if arguments.is_empty() && name != "globals" {
            let variables = self.scope.locals().unwrap_or_default();
            if name != "dir" && variables.iter().any(|(name, _)| self.scope.is_in_doubt(name)) {
                self.doubtful.set(true);
            }
        }
        match (name, arguments) {
            ("locals" | "vars", []) => self.scope.locals().map_or_else(not_known, |found| Ok(as_dict(found))),
            ("globals", [])
                if self.scope.globals().is_some_and(|all| all.iter().any(|(n, _)| self.scope.is_in_doubt(n))) =>
            {
                self.doubtful.set(true);
                self.scope.globals().map_or_else(not_known, |found| Ok(as_dict(found)))
            }
            ("globals", []) => self.scope.globals().map_or_else(not_known, |found| Ok(as_dict(found))),
            ("dir", []) => match self.scope.locals() {
                Some(found) => Ok(as_list(found.into_iter().map(|(name, _)| name).collect())),
                None => not_known(),
            },
            ("vars", [value]) => match self.own_attributes(value)? {
                Some(found) => Ok(found),
                None => raised("TypeError: vars() argument must have __dict__ attribute"),
            },
            ("dir", [value]) => self.dir(value),
            _ => raised(format!("TypeError: {name}() takes other arguments")),
        }
    }

    /// `x.__dict__` as far as recorded; `None` if there is none.
    pub(super) fn own_attributes(&self, value: &Got) -> Result<Option<Got>, Problem> {
        let Got::Value(Value::Object(object)) = value else {
            return match refuse::class_name(self, value) {
                Some(_) if !matches!(value, Got::Class(..)) => Ok(None),
                _ => unknown("the __dict__ of this was not recorded"),
            };
        };
        let world = self.scope.world();
        let (Some((entity, kind, class)), Some(ty)) =
            (self.object(value), world.entity(*object).and_then(|entity| world.type_name(entity.ty?)))
        else {
            return unknown("the __dict__ of this was not recorded");
        };
        let whole = |length: u64, kept: usize| {
            if (kept as u64) < length { unknown("not all attributes were recorded") } else { Ok(()) }
        };
        let pairs = |items: &[Value]| {
            let pair = |pair: &[Value]| (Got::Value(pair[0].clone()), Got::Value(pair[1].clone()));
            items.chunks_exact(2).map(pair).collect::<Vec<_>>()
        };
        match kind {
            Kind::Module => match entity.items.get(1) {
                Some(Value::Object(namespace)) if ty.class == 0 => {
                    let Some(names) = world.entity(*namespace) else {
                        return unknown("its namespace was not recorded");
                    };
                    self.look(*namespace);
                    Ok(Some(Got::Dict(pairs(&names.items))))
                }
                _ => unknown("only those attributes of this module are recorded that the program stores into"),
            },
            kind if kind.is_named() => unknown(format!(
                "the __dict__ of a {} is not recorded as a whole",
                if kind == Kind::Class { "class" } else { "function" }
            )),
            _ if self.builtin_kind(value).is_some() && kind != Kind::Exception => Ok(None),
            _ if ty.class == 0 => unknown(format!("which attributes of {class} lie in its __dict__ was not recorded")),
            _ => {
                let Layout { has_dict, slots, .. } = self.layout(ty.class)?;
                if !has_dict {
                    return Ok(None);
                }
                let own = match kind {
                    Kind::Instance => {
                        whole(entity.length, entity.items.len())?;
                        pairs(&entity.items)
                    }
                    _ if ty.descriptor & descriptor::APART != 0 => {
                        self.look(object + 1);
                        match world.entity(object + 1) {
                            Some(own) => {
                                whole(own.length, own.items.len())?;
                                pairs(&own.items)
                            }
                            None => Vec::new(),
                        }
                    }
                    _ => return unknown(format!("the __dict__ of {class} was not recorded")),
                };
                let is_slot = |name: &Got| matches!(name, Got::Value(name) if slots.contains(name));
                Ok(Some(Got::Dict(own.into_iter().filter(|(name, _)| !is_slot(name)).collect())))
            }
        }
    }

    /// What instances of a recorded class have.
    fn layout(&self, class: u64) -> Result<Layout, Problem> {
        let world = self.scope.world();
        let (mut has_dict, mut has_references, mut is_known) = (false, false, true);
        let mut slots = Vec::new();
        for base in attributes::resolution_order(world, class).into_iter().flatten() {
            let Some(pairs) =
                ClassView::of(world, base).map(|view| view.attributes().to_vec()).filter(|p| !p.is_empty())
            else {
                return unknown("which of its attributes lie in its __dict__ was not recorded");
            };
            self.look(base);
            // Instances of a class without `__slots__` have a dict and can be referred to weakly.
            let named: Option<&[Value]> =
                match pairs.chunks_exact(2).find(|pair| pair[0] == text_value("__slots__")).map(|pair| &pair[1]) {
                    None => {
                        (has_dict, has_references) = (true, true);
                        Some(&[])
                    }
                    Some(Value::Tuple(names)) => Some(names),
                    Some(name @ Value::Str(_)) => Some(std::slice::from_ref(name)),
                    Some(_) => None,
                };
            is_known &= named.is_some();
            has_dict |= named.unwrap_or_default().contains(&text_value("__dict__"));
            has_references |= named.unwrap_or_default().contains(&text_value("__weakref__"));
            for pair in pairs.chunks_exact(2) {
                if matches!(&pair[1], Value::Unknown(name) if world.string(*name) == "member_descriptor") {
                    slots.push(pair[0].clone());
                }
            }
        }
        if !has_dict && !is_known {
            return unknown("whether it has a __dict__ was not recorded: its class has __slots__");
        }
        Ok(Layout { has_dict, has_references: (has_references || is_known).then_some(has_references), slots })
    }

    /// Adds the names that Python puts into each class without `__slots__`.
    fn add_names_of_dict(&self, class: u64, names: &mut Vec<String>) -> Result<(), Problem> {
        let layout = self.layout(class)?;
        let order = attributes::resolution_order(self.scope.world(), class);
        let builtin: Vec<&str> = order.iter().filter_map(|base| base.as_ref().err().map(String::as_str)).collect();
        let may_have = builtin.iter().all(|base| matches!(*base, "list" | "dict" | "str" | "float"));
        if !may_have && builtin.iter().any(|base| !matches!(*base, "int" | "tuple" | "bytes" | "object")) {
            return not_known_names();
        }
        names.extend(layout.has_dict.then(|| "__dict__".to_owned()));
        match layout.has_references {
            Some(has_references) => names.extend((may_have && has_references).then(|| "__weakref__".to_owned())),
            None if may_have => return not_known_names(),
            None => {}
        }
        Ok(())
    }

    /// `dir(value)`
    fn dir(&self, value: &Got) -> Outcome {
        let world = self.scope.world();
        let of_class = |class: &str| listed(class, world.minor());
        let not_known = || unknown("not all names of this were recorded");
        let Got::Value(Value::Object(object)) = value else {
            return match refuse::class_name(self, value).and_then(|class| of_class(&class)) {
                Some(names) if !matches!(value, Got::Class(..)) => Ok(as_list(names)),
                _ => not_known(),
            };
        };
        if self.builtin_kind(value).is_some()
            && attributes::class_of(world, *object) == 0
            && let Some(names) = refuse::class_name(self, value).and_then(|class| of_class(&class))
        {
            return Ok(as_list(names));
        }
        let mut names = Vec::new();
        let class = match ClassView::of(world, *object) {
            Some(_) => *object,
            None => {
                let class = attributes::class_of(world, *object);
                if class == 0 || self.is_named(*object) {
                    return not_known();
                }
                match self.own_attributes(value)? {
                    Some(Got::Dict(own)) => names.extend(own.into_iter().filter_map(|(name, _)| text_of(&name))),
                    Some(_) => return not_known(),
                    None => {}
                }
                class
            }
        };
        let metaclass = attributes::class_of(world, class);
        if attributes::defines(world, class, "__dir__") || metaclass != 0 && class == *object {
            return unknown("the names that dir() lists are computed by the class of this");
        }
        self.add_names_of_dict(class, &mut names)?;
        for base in attributes::resolution_order(world, class) {
            let base = match base {
                Ok(base) => base,
                Err(builtin) => {
                    names.extend(of_class(&builtin).map_or_else(not_known_names, Ok)?);
                    continue;
                }
            };
            self.look(base);
            let pairs = ClassView::of(world, base).map(|view| view.attributes().to_vec()).unwrap_or_default();
            // Python 3.14 adds a name to an annotated class when its annotations are first read.
            let is_annotated = pairs.chunks_exact(2).any(|pair| pair[0] == text_value("__annotate_func__"));
            if pairs.is_empty() || is_annotated {
                return not_known();
            }
            names.extend(pairs.chunks_exact(2).filter_map(|pair| text_of(&Got::Value(pair[0].clone()))));
        }
        names.extend(of_class("object").map_or_else(not_known_names, Ok)?);
        Ok(as_list(names))
    }

    /// `getattr` and `hasattr`.
    pub(super) fn attribute_named(&self, function: &str, arguments: &[Got]) -> Outcome {
        let (value, name) = match arguments {
            [value, Got::Value(Value::Str(name)), ..] if arguments.len() <= 3 => (value, blob::whole(name)?),
            [_, Got::Value(Value::Object(_)), ..] => return unknown(format!("{function}() with this name")),
            _ => return raised(format!("TypeError: {function}() takes an object and a name")),
        };
        let truth = |truth: bool| Ok(Got::Value(Value::Bool(truth)));
        let found = self.attribute(value, &name);
        let is_missing = matches!(&found, Err(Problem::Raised(error)) if error.starts_with("AttributeError"));
        match (function, arguments.get(2)) {
            ("getattr", Some(default)) if is_missing => Ok(default.clone()),
            ("getattr", _) => found,
            (_, Some(_)) => raised("TypeError: hasattr expected 2 arguments"),
            _ if is_missing => truth(false),
            _ if found.is_ok() => truth(true),
            _ if self.has_method(value, &name) => truth(true),
            _ => found,
        }
    }

    /// Whether a value is known to have a method with a name.
    fn has_method(&self, value: &Got, name: &str) -> bool {
        if let Got::Value(Value::Object(object)) = value
            && let Some(found) = attributes::find(self.scope.world(), *object, name, &mut Vec::new())
        {
            return matches!(found, Found::Method { .. });
        }
        refuse::class_name(self, value)
            .and_then(|class| listed(&class, self.scope.world().minor()))
            .is_some_and(|names| names.iter().any(|known| known == name))
    }
}

fn not_known_names<T>() -> Result<T, Problem> {
    unknown("not all names of this were recorded")
}

fn text_of(name: &Got) -> Option<String> {
    match name {
        Got::Value(Value::Str(text)) => Some(String::from_utf8_lossy(&text.bytes).into_owned()),
        _ => None,
    }
}
