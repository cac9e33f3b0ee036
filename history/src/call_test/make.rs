//! Makes the test of one call.

mod arguments;
mod outcome;

use connie_recording::error::Error;
use connie_recording::plain::one_line;
use connie_recording::player::Player;
use connie_recording::reader::Function;
use connie_wire::{Value, repr};

use super::parts::{Beginning, Made, literal};
use super::play::{Course, MAX_YIELDS, Outcome, walk};
use super::target::target;
use crate::literal::{Imports, NoLiteral, Node, Program};
use crate::signature::{Signature, Yields, find, last_of};
use crate::timeline::Position;

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
        .and_then(|begun| arguments::arguments(program, imports, &player, &begun, &mut made).map(|call| (begun, call)));
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
        None => outcome::finish(program, imports, &player, &begun, call, &course, given, &mut made),
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
