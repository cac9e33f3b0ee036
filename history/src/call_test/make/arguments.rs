//! The arguments of a call as variables and expressions of a test.

use connie_recording::player::Player;
use connie_recording::render::World;
use connie_wire::{Kind, Value};

use crate::call_test::parts::{Beginning, Bound, Call, Made, Statement};
use crate::call_test::target::{Target, Way};
use crate::literal::{Imports, Literals, NoLiteral, Node, Program, shared};
use crate::signature::{Parameter, Takes, last_of};

/// The passed arguments as expressions.
pub(super) fn arguments(
    program: &Program<'_>,
    imports: &mut Imports,
    player: &Player<'_>,
    begun: &Beginning<'_>,
    made: &mut Made,
) -> Result<Call, NoLiteral> {
    let passed = passed(player, begun)?;
    let values: Vec<Value> = passed.iter().flat_map(Passed::values).collect();
    let Beginning { target, .. } = begun;
    let mut maker = Maker {
        program,
        imports,
        world: player,
        known: rustc_hash::FxHashMap::default(),
        names: Vec::new(),
        made,
        problem: None,
        inline: Vec::new(),
    };
    let mut call =
        Call { receiver: None, itself: Value::Unbound, class: None, arguments: Vec::new(), bound: Vec::new() };
    maker.hoist(&values, &passed, &mut call);
    let has_more = passed.iter().any(|one| matches!(one, Passed::Positions(items) if !items.is_empty()));
    for (n, one) in passed.iter().enumerate() {
        match one {
            Passed::One(parameter, value) if n == 0 && target.way != Way::Call => match target.way {
                Way::ClassMethod => call.class = maker.plain(&parameter.name, value).map(|node| node.flat()),
                Way::Constructor => {
                    let fits = target.is_of_class(player, value);
                    maker.check(fits, || "it was called by the constructor of a subclass".to_owned());
                    call.itself = value.clone();
                }
                _ => {
                    let wanted = receiver_name(player, value);
                    call.receiver = maker.bind(&wanted, value, &mut call.bound);
                }
            },
            Passed::One(parameter, value) => {
                let node = maker.bind(&parameter.name, value, &mut call.bound);
                let by_name = parameter.takes == Takes::Name
                    || parameter.takes == Takes::Either && parameter.default.is_some() && !has_more;
                let name = by_name.then(|| mangled(&parameter.name, target));
                call.arguments.extend(node.map(|node| (name, node)));
            }
            Passed::Positions(items) => {
                for item in items {
                    let node = maker.bind("argument", item, &mut call.bound);
                    call.arguments.extend(node.map(|node| (None, node)));
                }
            }
            Passed::Names(pairs) => {
                let mut others = Vec::new();
                for (name, value) in pairs {
                    let node = maker.bind(name, value, &mut call.bound);
                    match is_identifier(name) {
                        true => call.arguments.extend(node.map(|node| (Some(name.clone()), node))),
                        false => others.extend(node.map(|node| (Node::Atom(format!("{name:?}")), node))),
                    }
                }
                if !others.is_empty() {
                    let node = Node::Atom(format!("**{}", Node::Pairs(others).flat()));
                    call.arguments.push((None, node));
                }
            }
        }
    }
    match maker.problem {
        Some(why) => {
            maker.made.body.extend(maker.inline.into_iter().map(Statement::Comment));
            Err(NoLiteral(why))
        }
        None => Ok(call),
    }
}

/// The argument of one parameter.
enum Passed<'a> {
    One(&'a Parameter, Value),
    Positions(Vec<Value>),
    Names(Vec<(String, Value)>),
}

impl Passed<'_> {
    fn values(&self) -> Vec<Value> {
        match self {
            Passed::One(_, value) => vec![value.clone()],
            Passed::Positions(items) => items.clone(),
            Passed::Names(pairs) => pairs.iter().map(|(_, value)| value.clone()).collect(),
        }
    }
}

/// The arguments as they were recorded.
fn passed<'a>(player: &Player<'_>, begun: &Beginning<'a>) -> Result<Vec<Passed<'a>>, NoLiteral> {
    let frame = player.context().top();
    let entity = frame.and_then(|frame| player.entity(frame.frame));
    let slot = |name: &str| {
        let own = mangled(name, &begun.target);
        let at = begun.function.slots.iter().position(|slot| slot == name || *slot == own)?;
        entity.as_ref()?.items.get(at).cloned()
    };
    let mut found = Vec::new();
    for parameter in &begun.signature.parameters {
        let name = &parameter.name;
        let value = slot(name).filter(|value| *value != Value::Unbound);
        let value = value.ok_or_else(|| NoLiteral(format!("{name} was not recorded")))?;
        if frame.is_some_and(|frame| player.is_variable_in_doubt(&frame, name)) {
            return Err(NoLiteral(format!("{name} is not sure")));
        }
        let whole = || NoLiteral(format!("{name} was recorded in part"));
        found.push(match parameter.takes {
            Takes::Positions => Passed::Positions(items_of(player, &value).ok_or_else(whole)?),
            Takes::Names => {
                let items = items_of(player, &value).ok_or_else(whole)?;
                let pair = |pair: &[Value]| match &pair[0] {
                    Value::Str(name) => Some((String::from_utf8_lossy(&name.bytes).into_owned(), pair[1].clone())),
                    _ => None,
                };
                Passed::Names(items.chunks_exact(2).filter_map(pair).collect())
            }
            _ => Passed::One(parameter, value),
        });
    }
    Ok(found)
}

/// All items of a tuple or a dict.
fn items_of(world: &dyn World, value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Tuple(items) => Some(items.to_vec()),
        Value::Object(object) => {
            let entity = world.entity(*object)?;
            let ty = entity.ty.and_then(|ty| world.type_name(ty))?;
            let is_whole = entity.items.len() as u64 == entity.length && !world.in_doubt(*object);
            (is_whole && matches!(ty.kind, Kind::Tuple | Kind::Dict)).then(|| entity.items.clone())
        }
        _ => None,
    }
}

fn receiver_name(world: &dyn World, value: &Value) -> String {
    let ty = match value {
        Value::Object(object) => world.entity(*object).and_then(|entity| entity.ty).and_then(|ty| world.type_name(ty)),
        _ => None,
    };
    let mut name = String::new();
    for (n, c) in ty.map_or("receiver", |ty| ty.short()).trim_start_matches('_').chars().enumerate() {
        if c.is_uppercase() && n > 0 && !name.ends_with('_') {
            name.push('_');
        }
        name.extend(c.to_lowercase());
    }
    name
}

/// The mangled name of a private attribute within its class.
fn mangled(name: &str, target: &Target) -> String {
    let class = last_of(target.class()).1.trim_start_matches('_');
    let is_private = name.starts_with("__") && !name.ends_with("__") && !class.is_empty();
    if is_private { format!("_{class}{name}") } else { name.to_owned() }
}

fn is_identifier(name: &str) -> bool {
    const KEYWORDS: &[&str] = &[
        "class", "def", "if", "in", "is", "not", "from", "import", "for", "None", "True", "False", "as", "and", "or",
        "with", "lambda", "return", "pass", "global", "try", "while", "else", "async", "await", "del",
    ];
    !name.is_empty()
        && !KEYWORDS.contains(&name)
        && name.chars().enumerate().all(|(n, c)| c == '_' || c.is_alphabetic() || n > 0 && c.is_alphanumeric())
}

/// Makes variables of arguments.
struct Maker<'m, 'p> {
    program: &'m Program<'p>,
    imports: &'m mut Imports,
    world: &'m dyn World,
    known: rustc_hash::FxHashMap<u64, String>,
    names: Vec<String>,
    made: &'m mut Made,
    problem: Option<String>,
    /// Arguments without a variable, shown in a skipped test.
    inline: Vec<String>,
}

impl Maker<'_, '_> {
    fn check(&mut self, fits: bool, why: impl FnOnce() -> String) {
        if !fits && self.problem.is_none() {
            self.problem = Some(why());
        }
    }

    /// Creates variables for objects that several arguments share, before all other variables.
    fn hoist(&mut self, values: &[Value], passed: &[Passed<'_>], call: &mut Call) {
        for object in shared(self.world, values) {
            let is_it = |value: &Value| *value == Value::Object(object);
            let own = passed.iter().find_map(|one| match one {
                Passed::One(parameter, value) if is_it(value) => Some(parameter.name.clone()),
                Passed::Names(pairs) => pairs.iter().find(|(_, value)| is_it(value)).map(|(name, _)| name.clone()),
                _ => None,
            });
            self.bind(own.as_deref().unwrap_or("shared"), &Value::Object(object), &mut call.bound);
        }
    }

    /// The expression of a value; records the reason if there is none.
    fn plain(&mut self, name: &str, value: &Value) -> Option<Node> {
        let mut literals = Literals::new(self.world, self.program, self.imports);
        literals.known = self.known.clone();
        let node = literals.node(value);
        self.made.rebuilds |= literals.rebuilds;
        match node {
            Ok(node) => Some(node),
            Err(why) => {
                let text = format!("{name} = ?  ({why})");
                let is_it = |known: &Statement| matches!(known, Statement::Comment(known) if *known == text);
                if !self.made.body.iter().any(is_it) {
                    self.made.body.push(Statement::Comment(text));
                }
                self.check(false, || format!("{name}: {why}"));
                None
            }
        }
    }

    /// Creates a variable for a mutable value; other values are written inline.
    fn bind(&mut self, wanted: &str, value: &Value, bound: &mut Vec<Bound>) -> Option<Node> {
        let node = self.plain(wanted, value)?;
        match value {
            Value::Object(object) if !self.known.contains_key(object) && may_change(self.world, *object) => {}
            _ => {
                self.inline.push(format!("{wanted} = {}", node.flat()));
                return Some(node);
            }
        }
        let Value::Object(object) = value else { return Some(node) };
        let name = self.imports.variable(wanted, &self.names);
        self.names.push(name.clone());
        self.known.insert(*object, name.clone());
        let plain = Literals::new(self.world, self.program, self.imports).node(value);
        let plain = plain.map_or_else(|_| String::new(), |node| node.flat());
        bound.push(Bound { name: name.clone(), value: value.clone(), plain });
        self.made.body.push(Statement::Assign(name.clone(), node));
        Some(Node::Atom(name))
    }
}

/// Whether an object or its contents may change.
fn may_change(world: &dyn World, object: u64) -> bool {
    let ty = world.entity(object).and_then(|entity| entity.ty).and_then(|ty| world.type_name(ty));
    ty.is_some_and(|ty| !ty.kind.is_named() && ty.kind != Kind::Template)
}
