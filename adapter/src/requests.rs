//! The requests of the protocol: one group a file. Every capability declared has its handler here.

pub mod breakpoints;
pub mod data;
pub mod evaluate;
pub mod initialize;
pub mod lifecycle;
pub mod logged;
pub mod memory;
pub mod source;
pub mod stack;
pub mod timeline;
pub mod travel;
pub mod variables;

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;

use crate::client::Ended;
use crate::client::message::{self, Answer};
use crate::host::Admission;
use crate::session::Session;

/// The message of an answer to a request that was cancelled, as the protocol has it.
const CANCELLED: &str = "cancelled";

/// A message of the client makes no sense. Whoever is not let in yet does not get another try.
pub fn pass_over(session: &mut Session, why: &str) {
    if session.admitting.is_admitted() {
        session.client.console(&format!("A message from the client was passed over: {why}\n"));
    } else {
        session.client.end_without(Ended::Foreign(why.into()));
    }
}

/// Answers a message of the client.
pub fn handle(session: &mut Session, asked: &Value) {
    if asked["type"] == "response" && session.admitting.is_admitted() {
        return lifecycle::answered(session, asked);
    }
    let (Some(seq), Some(command)) = (asked["seq"].as_i64(), asked["command"].as_str()) else {
        return pass_over(session, "it is no request");
    };
    let null = Value::Null;
    let arguments = asked.get("arguments").unwrap_or(&null);
    let wanted = session.client.cancels.begin(seq);
    let ran = session.client.runs;
    session.client.runs |= moves_in_protocol(command);
    let answer = if let Err(why) = admit(session, command, arguments) {
        Err(why)
    } else if wanted {
        // A fault of ours costs one answer, not the session.
        catch_unwind(AssertUnwindSafe(|| dispatch(session, command, arguments)))
            .unwrap_or_else(|_| Err(format!("connie failed inside while it answered {command}")))
    } else {
        Err(CANCELLED.into())
    };
    let interrupted = session.client.cancels.end();
    session.client.end_progress(seq);
    let answer = if interrupted { Err(CANCELLED.into()) } else { answer };
    if answer.is_err() {
        session.client.runs = ran;
    }
    let shown = answer.as_ref().is_err_and(|why| by_hand(command) && why != CANCELLED);
    session.client.respond(message::response(seq, command, answer, shown));
    session.tell_failures();
}

/// Whether a request may be looked at; a sentence where it may not.
fn admit(session: &mut Session, command: &str, arguments: &Value) -> Result<(), String> {
    match session.admitting.judge(&*session.host, command, arguments) {
        Admission::NotYet if command != "initialize" => {
            if command == "disconnect" {
                session.client.end();
            }
            Err("this needs a launch or attach request with the token that connie printed".into())
        }
        Admission::Admitted | Admission::NotYet => Ok(()),
        Admission::Refused(why) => {
            session.client.end_without(Ended::Refused(why.clone()));
            Err(why)
        }
    }
}

/// Answers a request.
fn dispatch(session: &mut Session, command: &str, arguments: &Value) -> Answer {
    match command {
        "initialize" => initialize::initialize(session, arguments),
        "launch" => lifecycle::launch(session, arguments),
        "attach" => lifecycle::attach(session, arguments),
        "configurationDone" => lifecycle::configuration_done(session),
        "restart" => lifecycle::restart(session, arguments),
        "disconnect" => lifecycle::disconnect(session, arguments),
        "terminate" => lifecycle::terminate(session),
        "cancel" => Ok(Value::Null),
        "setBreakpoints" => breakpoints::lines(session, arguments),
        "setFunctionBreakpoints" => breakpoints::functions(session, arguments),
        "setExceptionBreakpoints" => breakpoints::exceptions(session, arguments),
        "breakpointLocations" => breakpoints::locations(session, arguments),
        "dataBreakpointInfo" => data::info(session, arguments),
        "setDataBreakpoints" => data::set(session, arguments),
        "threads" => stack::threads(session),
        "stackTrace" => stack::trace(session, arguments),
        "scopes" => stack::scopes(session, arguments),
        "exceptionInfo" => stack::exception_info(session),
        "readMemory" => memory::read(session, arguments),
        "variables" => variables::variables(session, arguments),
        "evaluate" => evaluate::evaluate(session, arguments),
        "completions" => evaluate::completions(session, arguments),
        "setVariable" | "setExpression" => Err("the past cannot be changed: this is a recording".into()),
        "locations" => logged::locations(session, arguments),
        "source" => source::source(session, arguments),
        "loadedSources" => source::loaded(session),
        "modules" => source::modules(session),
        "connie/timeline" => timeline::timeline(session, arguments),
        "gotoTargets" => travel::goto_targets(session, arguments),
        command => travel::dispatch(session, command, arguments)
            .unwrap_or_else(|| Err(format!("connie does not know the request {command:?}"))),
    }
}

/// Whether clients take the program to run once this request is answered, until a stop is told.
fn moves_in_protocol(command: &str) -> bool {
    matches!(command, "next" | "stepIn" | "stepOut" | "stepBack" | "continue" | "reverseContinue" | "restartFrame")
}

/// Whether a person asked for this request, and should see why it was refused; the others are what clients send
/// by themselves, or show the refusals of themselves.
fn by_hand(command: &str) -> bool {
    const BY_HAND: [&str; 14] = [
        "launch",
        "attach",
        "restart",
        "next",
        "stepIn",
        "stepOut",
        "stepBack",
        "continue",
        "reverseContinue",
        "pause",
        "goto",
        "restartFrame",
        "setVariable",
        "setExpression",
    ];
    BY_HAND.contains(&command)
}
