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

use serde_json::Value;

use crate::session::{Answer, Session};

/// Answers a request.
pub fn dispatch(session: &mut Session, command: &str, arguments: &Value) -> Answer {
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
