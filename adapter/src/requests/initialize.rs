//! `initialize`: what each side can do.

use serde_json::{Value, json};

use crate::session::{Answer, Session};

/// Tells the client what it may ask for.
pub fn initialize(session: &mut Session, arguments: &Value) -> Answer {
    // nvim-dap closes its session at the answer to `terminate`; a later stop would open it again, without an adapter.
    session.leaves_at_terminate = arguments["clientID"] == "neovim";
    session.has_terminal = arguments["supportsRunInTerminalRequest"] == true;
    if arguments["supportsProgressReporting"] == true {
        session.tell_progress();
    }
    session.can_look_again = arguments["supportsInvalidatedEvent"] == true;
    session.shows_memory = arguments["supportsMemoryReferences"] == true;
    session.one_based = arguments["linesStartAt1"] != false;
    session.links_logs = arguments["clientID"] == "vscode";
    session.asks_as_watch = arguments["adapterID"] == "qdap";
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
