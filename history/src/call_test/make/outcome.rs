//! The call as an expression of a test, and what the test expects of it.

use connie_recording::player::Player;
use connie_recording::render::World;
use connie_wire::Value;

use crate::call_test::parts::{Beginning, Bound, Call, Made, Statement, literal};
use crate::call_test::play::{Course, Outcome};
use crate::call_test::target::Way;
use crate::literal::{Brackets, Imports, Literals, NoLiteral, Node, Program};
use crate::signature::Yields;

/// Writes the call and its expected outcome.
#[allow(clippy::too_many_arguments)]
pub(super) fn finish(
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
