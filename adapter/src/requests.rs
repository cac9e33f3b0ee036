//! The requests of the protocol, one group per file. Every declared capability has its handler here.

pub mod breakpoints;
pub mod data;
pub mod evaluate;
pub mod flame;
pub mod initialize;
pub mod lifecycle;
pub mod logged;
pub mod marks;
pub mod memory;
pub mod source;
pub mod stack;
pub mod timeline;
pub mod travel;
pub mod variables;

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;

use crate::arguments::CancelArguments;
use crate::client::Ended;
use crate::client::message::{self, Answer, Asked, Received};
use crate::guard::guarded;
use crate::host::Admission;
use crate::launch;
use crate::read;
use crate::session::Session;

/// The message of the answer to a cancelled request, as defined by the protocol.
const CANCELLED: &str = "cancelled";

/// Reports a message of the client that cannot be read. Before admission, it ends the session.
pub fn pass_over(session: &mut Session, why: &str) {
    if session.admitting.is_admitted() {
        session.client.console(&format!("A message from the client was ignored: {why}\n"));
    } else {
        session.client.end_without(Ended::Foreign(why.into()));
    }
}

/// Handles a message of the client.
pub fn handle(session: &mut Session, message: &Value) {
    let received: Received = read::leniently(message);
    if received.kind.as_deref() == Some("response") && session.admitting.is_admitted() {
        guarded(session, "starting the program without a terminal", |session| lifecycle::answered(session, received));
        return;
    }
    let (Some(seq), Some(command)) = (received.seq, received.command.as_deref()) else {
        return pass_over(session, "it is not a request");
    };
    let asked = Asked { command, arguments: &received.arguments };
    let wanted = session.client.cancels.begin(seq);
    let ran = session.client.runs;
    session.client.runs |= moves_in_protocol(command);
    let answer = if let Err(why) = admit(session, &asked) {
        Err(why)
    } else if wanted {
        // A panic fails one answer, not the session.
        catch_unwind(AssertUnwindSafe(|| dispatch(session, &asked)))
            .unwrap_or_else(|_| Err(format!("internal error of connie while answering {command}")))
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
    guarded(session, "evaluated conditions", Session::report_failures);
}

/// Whether a request is allowed; a message for the user if it is not.
fn admit(session: &mut Session, asked: &Asked<'_>) -> Result<(), String> {
    match session.admitting.judge(&*session.host, asked) {
        Admission::NotYet if asked.command != "initialize" => {
            if asked.command == "disconnect" {
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

/// Answers a request. Arguments are read only here.
fn dispatch(session: &mut Session, asked: &Asked<'_>) -> Answer {
    match asked.command {
        "initialize" => initialize::initialize(session, &asked.read_leniently()),
        "launch" => lifecycle::launch(session, launch::parse(asked.arguments)?),
        "attach" => lifecycle::attach(session, launch::parse_attach(asked.arguments)?),
        "configurationDone" => lifecycle::configuration_done(session),
        "restart" => lifecycle::restart(session, asked.read()?),
        "disconnect" => lifecycle::disconnect(session, &asked.read_leniently()),
        "terminate" => lifecycle::terminate(session),
        "cancel" => asked.read::<CancelArguments>().map(|_| Value::Null),
        "setBreakpoints" => breakpoints::lines(session, asked.read()?),
        "setFunctionBreakpoints" => breakpoints::functions(session, asked.read()?),
        "setExceptionBreakpoints" => breakpoints::exceptions(session, asked.read()?),
        "breakpointLocations" => breakpoints::locations(session, &asked.read()?),
        "dataBreakpointInfo" => data::info(session, asked.read()?),
        "setDataBreakpoints" => data::set(session, asked.read()?),
        "threads" => stack::threads(session),
        "stackTrace" => stack::trace(session, &asked.read()?),
        "scopes" => stack::scopes(session, &asked.read()?),
        "exceptionInfo" => stack::exception_info(session),
        "readMemory" => memory::read(session, &asked.read()?),
        "variables" => variables::variables(session, &asked.read()?),
        "evaluate" => evaluate::evaluate(session, &asked.read()?),
        "completions" => evaluate::completions(session, &asked.read()?),
        "setVariable" | "setExpression" => Err("the past cannot be changed: this is a recording".into()),
        "locations" => logged::locations(session, &asked.read()?),
        "source" => source::source(session, &asked.read()?),
        "loadedSources" => source::loaded(session),
        "modules" => source::modules(session),
        "connie/flame" => flame::flame(session, &asked.read()?),
        "connie/call" => flame::call(session, &asked.read()?),
        "connie/timeline" => timeline::timeline(session, &asked.read()?),
        "gotoTargets" => travel::goto_targets(session, &asked.read()?),
        command => travel::dispatch(session, asked)
            .unwrap_or_else(|| Err(format!("connie does not know the request {command:?}"))),
    }
}

/// Whether clients show the program as running after this request, until they are told about a stop.
fn moves_in_protocol(command: &str) -> bool {
    matches!(command, "next" | "stepIn" | "stepOut" | "stepBack" | "continue" | "reverseContinue" | "restartFrame")
}

/// Whether the user made this request, and should see why it was refused. Other requests are sent by clients on their
/// own, or clients show their refusals themselves.
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
