//! `initialize`: what each side can do.

use serde_json::{Value, json};

use crate::client::{Abilities, Answer};
use crate::session::Session;

/// Tells the client what it may ask for.
pub fn initialize(session: &mut Session, arguments: &Value) -> Answer {
    let is = |key: &str| arguments[key] == true;
    session.client.can = Abilities {
        has_terminal: is("supportsRunInTerminalRequest"),
        // nvim-dap closes its session at the answer to `terminate`; a later stop would open it again, without an adapter.
        leaves_at_terminate: arguments["clientID"] == "neovim",
        one_based: arguments["linesStartAt1"] != false,
        asks_as_watch: arguments["adapterID"] == "qdap",
        links_logs: arguments["clientID"] == "vscode",
        can_look_again: is("supportsInvalidatedEvent"),
        shows_memory: is("supportsMemoryReferences"),
    };
    if is("supportsProgressReporting") {
        session.client.tell_progress();
    }
    Ok(json!({
        "supportsConfigurationDoneRequest": true,
        "supportsStepBack": true,
        "supportsSteppingGranularity": true,
        "supportsRestartRequest": true,
        "supportsRestartFrame": true,
        "supportsGotoTargetsRequest": true,
        "supportsStepInTargetsRequest": true,
        "supportsConditionalBreakpoints": true,
        "supportsHitConditionalBreakpoints": true,
        "supportsLogPoints": true,
        "supportsFunctionBreakpoints": true,
        "supportsDataBreakpoints": true,
        "supportsBreakpointLocationsRequest": true,
        "supportsExceptionInfoRequest": true,
        "supportsEvaluateForHovers": true,
        "supportsClipboardContext": true,
        "supportsCompletionsRequest": true,
        "completionTriggerCharacters": ["."],
        "supportsSetVariable": true,
        "supportsSetExpression": true,
        "supportsLoadedSourcesRequest": true,
        "supportsModulesRequest": true,
        "supportsTerminateRequest": true,
        "supportTerminateDebuggee": true,
        "supportsCancelRequest": true,
        "supportsReadMemoryRequest": true,
        "supportsDelayedStackTraceLoading": true,
        "supportsValueFormattingOptions": true,
        "supportsExceptionFilterOptions": true,
        "exceptionBreakpointFilters": [
            {"filter": "raised", "label": "Raised Exceptions", "default": false, "supportsCondition": true,
             "conditionDescription": "Names of types: ValueError, KeyError",
             "description": "Stop where an exception appears, caught or not"},
            {"filter": "userUnhandled", "label": "User Uncaught Exceptions", "default": false, "supportsCondition": true,
             "conditionDescription": "Names of types: ValueError, KeyError",
             "description": "Stop where an exception appears that leaves the recorded code of its thread or task"},
            {"filter": "uncaught", "label": "Uncaught Exceptions", "default": true, "supportsCondition": true,
             "conditionDescription": "Names of types: ValueError, KeyError",
             "description": "Stop where an exception appears that nothing catches"},
        ],
    }))
}
