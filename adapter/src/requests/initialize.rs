//! `initialize`: exchanges what each side can do.

use crate::arguments::InitializeRequestArguments;
use crate::client::Abilities;
use crate::client::message::{Answer, answer};
use crate::protocol::{Capabilities, ExceptionBreakpointsFilter};
use crate::session::Session;

/// Stores the client's abilities, and answers with the adapter's.
pub fn initialize(session: &mut Session, arguments: &InitializeRequestArguments) -> Answer {
    let is = |said: Option<bool>| said == Some(true);
    session.client.can = Abilities {
        has_terminal: is(arguments.supports_run_in_terminal_request),
        // nvim-dap closes its session at the answer to `terminate`. A later stop would open it again, without an
        // adapter.
        leaves_at_terminate: arguments.client_id.as_deref() == Some("neovim"),
        one_based: arguments.lines_start_at1 != Some(false),
        asks_as_watch: arguments.adapter_id.as_deref() == Some("qdap"),
        links_logs: arguments.client_id.as_deref() == Some("vscode"),
        can_look_again: is(arguments.supports_invalidated_event),
        shows_memory: is(arguments.supports_memory_references),
    };
    if is(arguments.supports_progress_reporting) {
        session.client.report_progress();
    }
    answer(Capabilities {
        supports_configuration_done_request: Some(true),
        supports_step_back: Some(true),
        supports_stepping_granularity: Some(true),
        supports_restart_request: Some(true),
        supports_restart_frame: Some(true),
        supports_goto_targets_request: Some(true),
        supports_step_in_targets_request: Some(true),
        supports_hit_conditional_breakpoints: Some(true),
        supports_log_points: Some(true),
        supports_function_breakpoints: Some(true),
        supports_data_breakpoints: Some(true),
        supports_breakpoint_locations_request: Some(true),
        supports_exception_info_request: Some(true),
        supports_evaluate_for_hovers: Some(true),
        supports_clipboard_context: Some(true),
        supports_completions_request: Some(true),
        supports_set_variable: Some(true),
        supports_set_expression: Some(true),
        supports_loaded_sources_request: Some(true),
        supports_modules_request: Some(true),
        supports_terminate_request: Some(true),
        support_terminate_debuggee: Some(true),
        supports_cancel_request: Some(true),
        supports_read_memory_request: Some(true),
        supports_delayed_stack_trace_loading: Some(true),
        supports_value_formatting_options: Some(true),
        supports_exception_filter_options: Some(true),
        completion_trigger_characters: vec![".".into()],
        exception_breakpoint_filters: vec![
            filter("raised", "Raised Exceptions", "Stop where an exception is raised, whether it is caught or not"),
            filter(
                "userUnhandled",
                "User Uncaught Exceptions",
                "Stop where an exception is raised that leaves the recorded code of its thread or task",
            ),
            filter("uncaught", "Uncaught Exceptions", "Stop where an exception is raised that nothing catches"),
        ],
        ..Capabilities::default()
    })
}

fn filter(name: &str, label: &str, description: &str) -> ExceptionBreakpointsFilter {
    ExceptionBreakpointsFilter {
        filter: name.into(),
        label: label.into(),
        default: Some(name == "uncaught"),
        supports_condition: Some(true),
        condition_description: Some("Names of types: ValueError, KeyError".into()),
        description: Some(description.into()),
    }
}
