//! What the adapter reads of requests, as the Debug Adapter Protocol has it: written by `cargo xtask codegen`.
//!
//! Everything is optional: handlers say what they cannot do without.

use crate::read::{list, number, object, objects, text, text_or_number, truth};

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct BreakpointLocationsArguments {
    #[serde(deserialize_with = "object")]
    pub source: Source,
    #[serde(deserialize_with = "number")]
    pub line: Option<u64>,
    #[serde(rename = "endLine", deserialize_with = "number")]
    pub end_line: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct CancelArguments {
    #[serde(rename = "requestId", deserialize_with = "number")]
    pub request_id: Option<i64>,
    #[serde(rename = "progressId", deserialize_with = "text")]
    pub progress_id: Option<String>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct CompletionsArguments {
    #[serde(deserialize_with = "text")]
    pub text: Option<String>,
    #[serde(deserialize_with = "number")]
    pub column: Option<u64>,
    #[serde(rename = "frameId", deserialize_with = "number")]
    pub frame_id: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct DataBreakpoint {
    #[serde(rename = "dataId", deserialize_with = "text")]
    pub data_id: Option<String>,
    #[serde(rename = "accessType", deserialize_with = "text")]
    pub access_type: Option<String>,
    #[serde(deserialize_with = "text")]
    pub condition: Option<String>,
    #[serde(rename = "hitCondition", deserialize_with = "text_or_number")]
    pub hit_condition: Option<String>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct DataBreakpointInfoArguments {
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    #[serde(rename = "variablesReference", deserialize_with = "number")]
    pub variables_reference: Option<i64>,
    #[serde(rename = "frameId", deserialize_with = "number")]
    pub frame_id: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct DisconnectArguments {
    #[serde(rename = "terminateDebuggee", deserialize_with = "truth")]
    pub terminate_debuggee: Option<bool>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct EvaluateArguments {
    #[serde(deserialize_with = "text")]
    pub expression: Option<String>,
    #[serde(rename = "frameId", deserialize_with = "number")]
    pub frame_id: Option<u64>,
    #[serde(deserialize_with = "text")]
    pub context: Option<String>,
    #[serde(deserialize_with = "object")]
    pub format: ValueFormat,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct ExceptionFilterOptions {
    #[serde(rename = "filterId", deserialize_with = "text")]
    pub filter_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub condition: Option<String>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct FunctionBreakpoint {
    #[serde(deserialize_with = "text")]
    pub name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub condition: Option<String>,
    #[serde(rename = "hitCondition", deserialize_with = "text_or_number")]
    pub hit_condition: Option<String>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct GotoArguments {
    #[serde(rename = "targetId", deserialize_with = "number")]
    pub target_id: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct GotoTargetsArguments {
    #[serde(deserialize_with = "object")]
    pub source: Source,
    #[serde(deserialize_with = "number")]
    pub line: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct InitializeRequestArguments {
    #[serde(rename = "clientID", deserialize_with = "text")]
    pub client_id: Option<String>,
    #[serde(rename = "adapterID", deserialize_with = "text")]
    pub adapter_id: Option<String>,
    #[serde(rename = "linesStartAt1", deserialize_with = "truth")]
    pub lines_start_at1: Option<bool>,
    #[serde(rename = "supportsInvalidatedEvent", deserialize_with = "truth")]
    pub supports_invalidated_event: Option<bool>,
    #[serde(rename = "supportsMemoryReferences", deserialize_with = "truth")]
    pub supports_memory_references: Option<bool>,
    #[serde(rename = "supportsProgressReporting", deserialize_with = "truth")]
    pub supports_progress_reporting: Option<bool>,
    #[serde(rename = "supportsRunInTerminalRequest", deserialize_with = "truth")]
    pub supports_run_in_terminal_request: Option<bool>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct LocationsArguments {
    #[serde(rename = "locationReference", deserialize_with = "number")]
    pub location_reference: Option<i64>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct NextArguments {
    #[serde(rename = "threadId", deserialize_with = "number")]
    pub thread_id: Option<u64>,
    #[serde(deserialize_with = "text")]
    pub granularity: Option<String>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct ReadMemoryArguments {
    #[serde(rename = "memoryReference", deserialize_with = "text")]
    pub memory_reference: Option<String>,
    #[serde(deserialize_with = "number")]
    pub offset: Option<i64>,
    #[serde(deserialize_with = "number")]
    pub count: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct RestartFrameArguments {
    #[serde(rename = "frameId", deserialize_with = "number")]
    pub frame_id: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct ScopesArguments {
    #[serde(rename = "frameId", deserialize_with = "number")]
    pub frame_id: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct SetBreakpointsArguments {
    #[serde(deserialize_with = "object")]
    pub source: Source,
    #[serde(deserialize_with = "objects")]
    pub breakpoints: Vec<SourceBreakpoint>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct SetDataBreakpointsArguments {
    #[serde(deserialize_with = "objects")]
    pub breakpoints: Vec<DataBreakpoint>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct SetExceptionBreakpointsArguments {
    #[serde(deserialize_with = "list")]
    pub filters: Vec<String>,
    #[serde(rename = "filterOptions", deserialize_with = "objects")]
    pub filter_options: Vec<ExceptionFilterOptions>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct SetFunctionBreakpointsArguments {
    #[serde(deserialize_with = "objects")]
    pub breakpoints: Vec<FunctionBreakpoint>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Source {
    #[serde(deserialize_with = "text")]
    pub path: Option<String>,
    #[serde(rename = "sourceReference", deserialize_with = "number")]
    pub source_reference: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct SourceArguments {
    #[serde(deserialize_with = "object")]
    pub source: Source,
    #[serde(rename = "sourceReference", deserialize_with = "number")]
    pub source_reference: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct SourceBreakpoint {
    #[serde(deserialize_with = "number")]
    pub line: Option<u64>,
    #[serde(deserialize_with = "text")]
    pub condition: Option<String>,
    #[serde(rename = "hitCondition", deserialize_with = "text_or_number")]
    pub hit_condition: Option<String>,
    #[serde(rename = "logMessage", deserialize_with = "text")]
    pub log_message: Option<String>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct StackTraceArguments {
    #[serde(rename = "threadId", deserialize_with = "number")]
    pub thread_id: Option<u64>,
    #[serde(rename = "startFrame", deserialize_with = "number")]
    pub start_frame: Option<u64>,
    #[serde(deserialize_with = "number")]
    pub levels: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct StepInArguments {
    #[serde(rename = "threadId", deserialize_with = "number")]
    pub thread_id: Option<u64>,
    #[serde(deserialize_with = "text")]
    pub granularity: Option<String>,
    #[serde(rename = "targetId", deserialize_with = "number")]
    pub target_id: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct StepInTargetsArguments {
    #[serde(rename = "frameId", deserialize_with = "number")]
    pub frame_id: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct ValueFormat {
    #[serde(deserialize_with = "truth")]
    pub hex: Option<bool>,
}

#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct VariablesArguments {
    #[serde(rename = "variablesReference", deserialize_with = "number")]
    pub variables_reference: Option<i64>,
    #[serde(deserialize_with = "text")]
    pub filter: Option<String>,
    #[serde(deserialize_with = "number")]
    pub start: Option<u64>,
    #[serde(deserialize_with = "number")]
    pub count: Option<u64>,
    #[serde(deserialize_with = "object")]
    pub format: ValueFormat,
}
