//! The parts of a test of a call.

use connie_recording::reader::Function;
use connie_recording::render::World;
use connie_wire::Value;

use super::target::Target;
use crate::literal::{Imports, Literals, NoLiteral, Node, Program};
use crate::signature::Signature;

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
pub(super) struct Bound {
    pub name: String,
    pub value: Value,
    /// Its value at the call, without references to other variables.
    pub plain: String,
}

/// The parts of a call.
pub(super) struct Call {
    pub receiver: Option<Node>,
    /// The value that a constructor creates.
    pub itself: Value,
    pub class: Option<String>,
    pub arguments: Vec<(Option<String>, Node)>,
    pub bound: Vec<Bound>,
}

/// The state when the call begins.
pub(super) struct Beginning<'a> {
    pub function: &'a Function,
    pub signature: &'a Signature,
    pub target: Target,
}

/// A stand-alone expression for a value at the player's step.
pub(super) fn literal(
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
