//! Makes the test of one call.

use connie_recording::error::Error;
use connie_recording::plain::one_line;
use connie_recording::player::Player;
use connie_recording::reader::Function;
use connie_recording::render::World;
use connie_wire::{Kind, Value, repr};

use super::play::{Course, MAX_YIELDS, Outcome, walk};
use super::target::{Target, Way, target};
use crate::literal::{Brackets, Imports, Literals, NoLiteral, Node, Program, shared};
use crate::signature::{Parameter, Signature, Takes, Yields, find, last_of};
use crate::timeline::Position;

/// A test, with the requirements on its file.
pub struct Made {
    /// The number of the call.
    pub call: u64,
    /// Its step.
    pub step: u64,
    /// The function's name.
    pub name: String,
    /// Why the test is skipped, if it is.
    pub skipped: Option<String>,
    /// Comment lines.
    pub notes: Vec<String>,
    /// Statements, in order.
    pub body: Vec<Statement>,
    /// The lines that ran, and the outcome: equal for calls that took the same path.
    pub way: String,
    /// Whether the helper `same` is needed.
    pub compares: bool,
    /// Whether the helper `rebuilt` is needed.
    pub rebuilds: bool,
}

/// A statement of a test.
pub enum Statement {
    /// `NAME = EXPRESSION`
    Assign(String, Node),
    /// `assert TEXT`
    Assert(String),
    /// `# TEXT`
    Comment(String),
    /// Expects an exception: its class, the pattern of its text, and the call.
    Raises(String, Option<String>, Node),
}

/// A variable of a test that holds an argument.
struct Bound {
    name: String,
    value: Value,
    /// Its value at the call, without references to other variables.
    plain: String,
}

/// The parts of a call.
struct Call {
    receiver: Option<Node>,
    /// The value that a constructor creates.
    itself: Value,
    class: Option<String>,
    arguments: Vec<(Option<String>, Node)>,
    bound: Vec<Bound>,
}

/// The state when the call begins.
struct Beginning<'a> {
    function: &'a Function,
    signature: &'a Signature,
    target: Target,
}

/// Makes the test of the call that begins at a position.
pub fn test(
    program: &Program<'_>,
    imports: &mut Imports,
    signatures: &[Signature],
    position: &Position,
    number: u64,
) -> Result<Made, Error> {
    let recording = program.recording();
    let function = recording.function(position.code);
    let name = function.map_or("?", |function| last_of(&function.name).1).to_owned();
    let mut made = Made {
        call: number,
        step: position.step,
        name,
        skipped: None,
        notes: Vec::new(),
        body: Vec::new(),
        way: String::new(),
        compares: false,
        rebuilds: false,
    };
    let (mut player, step) = Player::at(recording, position.step)?;
    let Some((function, frame)) = function.zip(step.frame) else { return Ok(made) };
    let Some(signature) = find(signatures, function.line, &function.name) else {
        made.skipped = Some(format!("the source of {} was not recorded", function.name));
        return Ok(made);
    };
    let globals = FrameGlobals::of(program, &player, function, frame);
    let begun = target(program, &player, globals.0, function, signature)
        .map(|target| Beginning { function, signature, target })
        .and_then(|begun| arguments(program, imports, &player, &begun, &mut made).map(|call| (begun, call)));
    let (begun, call) = match begun {
        Ok(begun) => begun,
        Err(why) => {
            made.skipped = Some(why.to_string());
            return Ok(made);
        }
    };
    let gives = signature.yields != Yields::Never && !signature.is_async;
    let mut given: Vec<(Value, Node)> = Vec::new();
    let mut problem = None;
    let course = walk(recording, &mut player, &step, frame.frame, |player, value| {
        if !gives || problem.is_some() {
            return true;
        }
        match literal(program, imports, player, value, &mut made) {
            Ok(node) => given.push((value.clone(), node)),
            Err(why) => problem = Some(NoLiteral(format!("what it gave is not known: {why}"))),
        }
        given.len() < MAX_YIELDS
    })?;
    notes(&begun, &course, &mut made);
    let given = gives.then_some(given);
    let ended = match problem {
        Some(why) => Err(why),
        None => finish(program, imports, &player, &begun, call, &course, given, &mut made),
    };
    if let Err(why) = ended {
        made.skipped = Some(why.to_string());
    }
    Ok(made)
}

/// The namespace of a frame's globals.
struct FrameGlobals(Option<u64>);

impl FrameGlobals {
    fn of(
        program: &Program<'_>,
        player: &Player<'_>,
        function: &Function,
        frame: connie_recording::chunk::StackFrame,
    ) -> Self {
        let history = &program.history;
        let of_module = || history.modules.namespace(history.recording, history.timeline, function.source, frame.frame);
        Self(player.other_globals(&frame).or_else(of_module))
    }
}

/// A stand-alone expression for a value at the player's step.
fn literal(
    program: &Program<'_>,
    imports: &mut Imports,
    world: &dyn World,
    value: &Value,
    made: &mut Made,
) -> Result<Node, NoLiteral> {
    let mut literals = Literals::new(world, program, imports);
    let node = literals.node(value)?;
    made.compares |= literals.is_beyond_equality;
    made.rebuilds |= literals.rebuilds;
    Ok(node)
}

/// The passed arguments as expressions.
fn arguments(
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

/// Collects notes about visible effects of the call other than its result.
fn notes(begun: &Beginning<'_>, course: &Course, made: &mut Made) {
    made.way = format!("{:?} {}", course.lines, matches!(course.outcome, Outcome::Returned(_)));
    if !course.printed.is_empty() {
        let mut text = String::new();
        repr::str(&course.printed, &mut text);
        let more = if course.printed_more { " and more" } else { "" };
        made.notes.push(format!("It printed {}{more}.", one_line(&text)));
    }
    let mut impure: Vec<&str> =
        begun.signature.calls.iter().map(String::as_str).filter(|call| is_impure(call)).collect();
    impure.dedup();
    if !impure.is_empty() {
        made.notes.push(format!("The result may depend on more than the arguments: {} is called.", impure.join(", ")));
    }
    if begun.signature.assigns_outside {
        made.notes.push("It assigns to variables outside of the function.".to_owned());
    }
}

/// Whether a call interacts with the world outside the program.
fn is_impure(call: &str) -> bool {
    let root = call.split('.').next().unwrap_or(call);
    let last = last_of(call).1;
    matches!(
        root,
        "time" | "random" | "secrets" | "requests" | "socket" | "subprocess" | "sqlite3" | "httpx" | "urllib"
    ) || matches!(call, "open" | "input" | "os.getenv" | "os.environ.get" | "os.listdir" | "os.urandom" | "os.stat")
        || matches!(last, "now" | "utcnow" | "today" | "uuid1" | "uuid4" | "read_text" | "read_bytes" | "write_text")
}

/// Writes the call and its expected outcome.
#[allow(clippy::too_many_arguments)]
fn finish(
    program: &Program<'_>,
    imports: &mut Imports,
    player: &Player<'_>,
    begun: &Beginning<'_>,
    call: Call,
    course: &Course,
    given: Option<Vec<(Value, Node)>>,
    made: &mut Made,
) -> Result<(), NoLiteral> {
    let expression = expression(imports, player, begun, &call)?;
    match (&course.outcome, given) {
        (Outcome::Unknown(why), None) => {
            made.body.push(Statement::Comment(expression.flat()));
            return Err(NoLiteral(why.clone()));
        }
        (Outcome::Raised(value, step), given) => {
            let is_cancelled = raises(program, imports, player, value, *step, &expression, given.is_some(), made)?;
            if let (true, Some(given)) = (is_cancelled, given) {
                some_of(imports, expression, given, made)?;
            }
        }
        (Outcome::Unknown(_), Some(given)) => some_of(imports, expression, given, made)?,
        (Outcome::Returned(_), Some(given)) => {
            let all = Node::call("list", vec![expression]);
            made.body.push(Statement::Assign("result".to_owned(), all));
            expect_all(given, made)?;
        }
        (Outcome::Returned(value), None) => returned(program, imports, player, begun, &call, value, expression, made)?,
    }
    changed(program, imports, player, &call.bound, made);
    Ok(())
}

/// The call as an expression.
fn expression(
    imports: &mut Imports,
    player: &Player<'_>,
    begun: &Beginning<'_>,
    call: &Call,
) -> Result<Node, NoLiteral> {
    let Beginning { target, signature, .. } = begun;
    let arguments = call.arguments.clone();
    if signature.is_async && signature.yields != Yields::Never {
        return Err(NoLiteral("it is an asynchronous generator".to_owned()));
    }
    if !signature.is_async && signature.yields == Yields::Takes {
        return Err(NoLiteral("it is a generator that uses values sent to it, or delegates to another one".to_owned()));
    }
    let receiver = || call.receiver.as_ref().map(Node::flat).unwrap_or_default();
    let mut made = match target.way {
        Way::Call => Node::Call(target.reference(imports), arguments),
        Way::Constructor => Node::Call(format!("{}.{}", imports.module(&target.module), target.class()), arguments),
        Way::ClassMethod => {
            let class = call.class.clone().unwrap_or_default();
            Node::Call(format!("{class}.{}", target.attribute()), arguments)
        }
        Way::Property => Node::Atom(format!("{}.{}", receiver(), target.attribute())),
        Way::Method => {
            let bound = call.bound.iter().find(|bound| bound.name == receiver());
            let is_own = bound.is_some_and(|bound| target.is_of_class(player, &bound.value));
            if is_own && !target.unwrapped {
                Node::Call(format!("{}.{}", receiver(), target.attribute()), arguments)
            } else {
                let function = match target.reference(imports).rsplit_once('.') {
                    Some((class, _)) if !target.unwrapped => format!("{class}.{}", target.attribute()),
                    _ => target.reference(imports),
                };
                let mut all = vec![(None, Node::Atom(receiver()))];
                all.extend(arguments);
                Node::Call(function, all)
            }
        }
    };
    if signature.is_async {
        made = Node::call(format!("{}.run", imports.module("asyncio")), vec![made]);
    }
    Ok(made)
}

/// Expects an exception. Returns whether a generator was only closed.
#[allow(clippy::too_many_arguments)]
fn raises(
    program: &Program<'_>,
    imports: &mut Imports,
    player: &Player<'_>,
    value: &Value,
    step: u64,
    expression: &Node,
    gives: bool,
    made: &mut Made,
) -> Result<bool, NoLiteral> {
    let unknown = || NoLiteral("the exception that it raised was not recorded".to_owned());
    let Value::Object(object) = value else { return Err(unknown()) };
    let (at, _) = Player::at(program.recording(), step).map_err(|_| unknown())?;
    let entity = at.entity(*object).or_else(|| player.entity(*object)).ok_or_else(unknown)?;
    let ty = entity.ty.and_then(|ty| player.type_name(ty)).ok_or_else(unknown)?;
    if gives && ty.name == "GeneratorExit" {
        return Ok(true);
    }
    if matches!(ty.short(), "CancelledError" | "GeneratorExit" | "KeyboardInterrupt") {
        return Err(NoLiteral(format!("it was ended from outside, by {}", ty.short())));
    }
    let class = Literals::new(player, program, imports).class_of(ty)?;
    let raised = program.recording().exception_at(step).ok().flatten();
    let is_whole = |text: &String| {
        !text.is_empty()
            && !text.contains(['…', '\n', '?'])
            && !text.contains("<redacted")
            && !text.contains("object at 0x")
    };
    let text = raised.map(|raised| raised.text).filter(is_whole).filter(|_| !is_syntax(ty.short()));
    let call = if gives { Node::call("list", vec![expression.clone()]) } else { expression.clone() };
    made.body.push(Statement::Raises(class, text, call));
    Ok(false)
}

/// Whether the text of an exception is composed only when it is printed.
fn is_syntax(name: &str) -> bool {
    matches!(name, "SyntaxError" | "IndentationError" | "TabError" | "ExceptionGroup" | "BaseExceptionGroup")
}

/// Expects the first values of a generator that was not exhausted.
fn some_of(
    imports: &mut Imports,
    expression: Node,
    given: Vec<(Value, Node)>,
    made: &mut Made,
) -> Result<(), NoLiteral> {
    if given.is_empty() {
        return Err(NoLiteral("it had not given anything when the recording ended".to_owned()));
    }
    let slice = format!("{}.islice", imports.module("itertools"));
    let slice = Node::call(slice, vec![expression, Node::Atom(given.len().to_string())]);
    made.body.push(Statement::Comment("It was not exhausted.".to_owned()));
    made.body.push(Statement::Assign("result".to_owned(), Node::call("list", vec![slice])));
    expect_all(given, made)
}

fn expect_all(given: Vec<(Value, Node)>, made: &mut Made) -> Result<(), NoLiteral> {
    let is_object = |value: &Value| matches!(value, Value::Object(_));
    for (n, (value, node)) in given.iter().enumerate() {
        let other = given[..n].iter().find(|(known, _)| is_object(known) && known == value);
        if other.is_some_and(|(_, known)| known != node) {
            return Err(NoLiteral("it gives one object again and again, and changes it".to_owned()));
        }
    }
    let all = Node::Items(Brackets::List, given.into_iter().map(|(_, node)| node).collect());
    expect("result", all, made.compares, made);
    Ok(())
}

/// Expects the returned value.
#[allow(clippy::too_many_arguments)]
fn returned(
    program: &Program<'_>,
    imports: &mut Imports,
    player: &Player<'_>,
    begun: &Beginning<'_>,
    call: &Call,
    value: &Value,
    expression: Node,
    made: &mut Made,
) -> Result<(), NoLiteral> {
    let value = if begun.target.way == Way::Constructor { call.itself.clone() } else { value.clone() };
    if let Some(bound) = call.bound.iter().find(|bound| bound.value == value) {
        made.body.push(Statement::Assign("result".to_owned(), expression));
        made.body.push(Statement::Assert(format!("result is {}", bound.name)));
        return Ok(());
    }
    let before = std::mem::replace(&mut made.compares, false);
    let node = literal(program, imports, player, &value, made);
    let compares = std::mem::replace(&mut made.compares, before);
    made.compares |= compares;
    let node = match node {
        Ok(node) => node,
        Err(why) => {
            made.body.push(Statement::Comment(format!("result = {}", expression.flat())));
            return Err(NoLiteral(format!("the result is not known: {why}")));
        }
    };
    made.body.push(Statement::Assign("result".to_owned(), expression));
    match &value {
        Value::Float(bits) if f64::from_bits(*bits).is_nan() => {
            made.compares = before;
            let math = imports.module("math");
            made.body.push(Statement::Assert(format!("{math}.isnan(result)")));
        }
        Value::None | Value::Bool(_) | Value::Ellipsis | Value::NotImplemented => {
            made.body.push(Statement::Assert(format!("result is {}", node.flat())));
        }
        _ => expect("result", node, compares, made),
    }
    Ok(())
}

/// Asserts that a value equals an expression.
fn expect(name: &str, node: Node, compares: bool, made: &mut Made) {
    let flat = node.flat();
    let line = if compares { format!("same({name}, {flat})") } else { format!("{name} == {flat}") };
    if line.chars().count() + "    assert ".len() <= crate::literal::layout::WIDTH {
        made.body.push(Statement::Assert(line));
        return;
    }
    made.body.push(Statement::Assign("expected".to_owned(), node));
    let line = if compares { format!("same({name}, expected)") } else { format!("{name} == expected") };
    made.body.push(Statement::Assert(line));
}

/// Asserts the final state of arguments that the call changed.
fn changed(program: &Program<'_>, imports: &mut Imports, player: &Player<'_>, bound: &[Bound], made: &mut Made) {
    for one in bound {
        let mut literals = Literals::new(player, program, imports);
        let now = literals.node(&one.value);
        let (compares, rebuilds) = (literals.is_beyond_equality, literals.rebuilds);
        match now {
            Ok(node) if node.flat() == one.plain => {}
            Ok(node) => {
                made.compares |= compares;
                made.rebuilds |= rebuilds;
                made.body.push(Statement::Comment(format!("It changes {}.", one.name)));
                expect(&one.name, node, compares, made);
            }
            Err(why) => {
                let text = format!("What became of {} is not known: {why}.", one.name);
                made.body.push(Statement::Comment(text));
            }
        }
    }
}
