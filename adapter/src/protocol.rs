//! What the adapter sends, as the Debug Adapter Protocol has it: written by `cargo xtask codegen`.

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Breakpoint {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    #[serde(rename = "endColumn", skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u64>,
    #[serde(rename = "endLine", skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    #[serde(rename = "instructionReference", skip_serializing_if = "Option::is_none")]
    pub instruction_reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<BreakpointReason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    pub verified: bool,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct BreakpointEventBody {
    pub breakpoint: Breakpoint,
    pub reason: String,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct BreakpointLocation {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    #[serde(rename = "endColumn", skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u64>,
    #[serde(rename = "endLine", skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u64>,
    pub line: u64,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct BreakpointLocationsResponseBody {
    pub breakpoints: Vec<BreakpointLocation>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct BreakpointMode {
    #[serde(rename = "appliesTo")]
    pub applies_to: Vec<BreakpointModeApplicability>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub label: String,
    pub mode: String,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
#[serde(transparent)]
pub struct BreakpointModeApplicability(pub String);
#[derive(Clone, Debug, serde::Serialize)]
pub enum BreakpointReason {
    #[serde(rename = "pending")]
    Pending,
    #[serde(rename = "failed")]
    Failed,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Capabilities {
    #[serde(rename = "additionalModuleColumns", skip_serializing_if = "Vec::is_empty")]
    pub additional_module_columns: Vec<ColumnDescriptor>,
    #[serde(rename = "breakpointModes", skip_serializing_if = "Vec::is_empty")]
    pub breakpoint_modes: Vec<BreakpointMode>,
    #[serde(
        rename = "completionTriggerCharacters",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub completion_trigger_characters: Vec<String>,
    #[serde(
        rename = "exceptionBreakpointFilters",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub exception_breakpoint_filters: Vec<ExceptionBreakpointsFilter>,
    #[serde(rename = "supportSuspendDebuggee", skip_serializing_if = "Option::is_none")]
    pub support_suspend_debuggee: Option<bool>,
    #[serde(
        rename = "supportTerminateDebuggee",
        skip_serializing_if = "Option::is_none"
    )]
    pub support_terminate_debuggee: Option<bool>,
    #[serde(
        rename = "supportedChecksumAlgorithms",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub supported_checksum_algorithms: Vec<ChecksumAlgorithm>,
    #[serde(rename = "supportsANSIStyling", skip_serializing_if = "Option::is_none")]
    pub supports_ansi_styling: Option<bool>,
    #[serde(
        rename = "supportsBreakpointLocationsRequest",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_breakpoint_locations_request: Option<bool>,
    #[serde(rename = "supportsCancelRequest", skip_serializing_if = "Option::is_none")]
    pub supports_cancel_request: Option<bool>,
    #[serde(
        rename = "supportsClipboardContext",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_clipboard_context: Option<bool>,
    #[serde(
        rename = "supportsCompletionsRequest",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_completions_request: Option<bool>,
    #[serde(
        rename = "supportsConditionalBreakpoints",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_conditional_breakpoints: Option<bool>,
    #[serde(
        rename = "supportsConfigurationDoneRequest",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_configuration_done_request: Option<bool>,
    #[serde(
        rename = "supportsDataBreakpointBytes",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_data_breakpoint_bytes: Option<bool>,
    #[serde(rename = "supportsDataBreakpoints", skip_serializing_if = "Option::is_none")]
    pub supports_data_breakpoints: Option<bool>,
    #[serde(
        rename = "supportsDelayedStackTraceLoading",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_delayed_stack_trace_loading: Option<bool>,
    #[serde(
        rename = "supportsDisassembleRequest",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_disassemble_request: Option<bool>,
    #[serde(
        rename = "supportsEvaluateForHovers",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_evaluate_for_hovers: Option<bool>,
    #[serde(
        rename = "supportsExceptionFilterOptions",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_exception_filter_options: Option<bool>,
    #[serde(
        rename = "supportsExceptionInfoRequest",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_exception_info_request: Option<bool>,
    #[serde(
        rename = "supportsExceptionOptions",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_exception_options: Option<bool>,
    #[serde(
        rename = "supportsFunctionBreakpoints",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_function_breakpoints: Option<bool>,
    #[serde(
        rename = "supportsGotoTargetsRequest",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_goto_targets_request: Option<bool>,
    #[serde(
        rename = "supportsHitConditionalBreakpoints",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_hit_conditional_breakpoints: Option<bool>,
    #[serde(
        rename = "supportsInstructionBreakpoints",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_instruction_breakpoints: Option<bool>,
    #[serde(
        rename = "supportsLoadedSourcesRequest",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_loaded_sources_request: Option<bool>,
    #[serde(rename = "supportsLogPoints", skip_serializing_if = "Option::is_none")]
    pub supports_log_points: Option<bool>,
    #[serde(rename = "supportsModulesRequest", skip_serializing_if = "Option::is_none")]
    pub supports_modules_request: Option<bool>,
    #[serde(
        rename = "supportsReadMemoryRequest",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_read_memory_request: Option<bool>,
    #[serde(rename = "supportsRestartFrame", skip_serializing_if = "Option::is_none")]
    pub supports_restart_frame: Option<bool>,
    #[serde(rename = "supportsRestartRequest", skip_serializing_if = "Option::is_none")]
    pub supports_restart_request: Option<bool>,
    #[serde(rename = "supportsSetExpression", skip_serializing_if = "Option::is_none")]
    pub supports_set_expression: Option<bool>,
    #[serde(rename = "supportsSetVariable", skip_serializing_if = "Option::is_none")]
    pub supports_set_variable: Option<bool>,
    #[serde(
        rename = "supportsSingleThreadExecutionRequests",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_single_thread_execution_requests: Option<bool>,
    #[serde(rename = "supportsStepBack", skip_serializing_if = "Option::is_none")]
    pub supports_step_back: Option<bool>,
    #[serde(
        rename = "supportsStepInTargetsRequest",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_step_in_targets_request: Option<bool>,
    #[serde(
        rename = "supportsSteppingGranularity",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_stepping_granularity: Option<bool>,
    #[serde(
        rename = "supportsTerminateRequest",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_terminate_request: Option<bool>,
    #[serde(
        rename = "supportsTerminateThreadsRequest",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_terminate_threads_request: Option<bool>,
    #[serde(
        rename = "supportsValueFormattingOptions",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_value_formatting_options: Option<bool>,
    #[serde(
        rename = "supportsWriteMemoryRequest",
        skip_serializing_if = "Option::is_none"
    )]
    pub supports_write_memory_request: Option<bool>,
}

#[derive(Clone, Debug, serde::Serialize)]
pub struct Checksum {
    pub algorithm: ChecksumAlgorithm,
    pub checksum: String,
}

#[derive(Clone, Debug, serde::Serialize)]
pub enum ChecksumAlgorithm {
    #[serde(rename = "MD5")]
    Md5,
    #[serde(rename = "SHA1")]
    Sha1,
    #[serde(rename = "SHA256")]
    Sha256,
    #[serde(rename = "timestamp")]
    Timestamp,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ColumnDescriptor {
    #[serde(rename = "attributeName")]
    pub attribute_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    pub label: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_: Option<ColumnDescriptorType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u64>,
}

#[derive(Clone, Debug, serde::Serialize)]
pub enum ColumnDescriptorType {
    #[serde(rename = "string")]
    String,
    #[serde(rename = "number")]
    Number,
    #[serde(rename = "boolean")]
    Boolean,
    #[serde(rename = "unixTimestampUTC")]
    UnixTimestampUtc,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct CompletionItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<u64>,
    #[serde(rename = "selectionLength", skip_serializing_if = "Option::is_none")]
    pub selection_length: Option<u64>,
    #[serde(rename = "selectionStart", skip_serializing_if = "Option::is_none")]
    pub selection_start: Option<u64>,
    #[serde(rename = "sortText", skip_serializing_if = "Option::is_none")]
    pub sort_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_: Option<CompletionItemType>,
}

#[derive(Clone, Debug, serde::Serialize)]
pub enum CompletionItemType {
    #[serde(rename = "method")]
    Method,
    #[serde(rename = "function")]
    Function,
    #[serde(rename = "constructor")]
    Constructor,
    #[serde(rename = "field")]
    Field,
    #[serde(rename = "variable")]
    Variable,
    #[serde(rename = "class")]
    Class,
    #[serde(rename = "interface")]
    Interface,
    #[serde(rename = "module")]
    Module,
    #[serde(rename = "property")]
    Property,
    #[serde(rename = "unit")]
    Unit,
    #[serde(rename = "value")]
    Value,
    #[serde(rename = "enum")]
    Enum,
    #[serde(rename = "keyword")]
    Keyword,
    #[serde(rename = "snippet")]
    Snippet,
    #[serde(rename = "text")]
    Text,
    #[serde(rename = "color")]
    Color,
    #[serde(rename = "file")]
    File,
    #[serde(rename = "reference")]
    Reference,
    #[serde(rename = "customcolor")]
    Customcolor,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct CompletionsResponseBody {
    pub targets: Vec<CompletionItem>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ContinueResponseBody {
    #[serde(rename = "allThreadsContinued", skip_serializing_if = "Option::is_none")]
    pub all_threads_continued: Option<bool>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ContinuedEventBody {
    #[serde(rename = "allThreadsContinued", skip_serializing_if = "Option::is_none")]
    pub all_threads_continued: Option<bool>,
    #[serde(rename = "threadId")]
    pub thread_id: i64,
}

#[derive(Clone, Debug, serde::Serialize)]
pub enum DataBreakpointAccessType {
    #[serde(rename = "read")]
    Read,
    #[serde(rename = "write")]
    Write,
    #[serde(rename = "readWrite")]
    ReadWrite,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct DataBreakpointInfoResponseBody {
    #[serde(rename = "accessTypes", skip_serializing_if = "Vec::is_empty")]
    pub access_types: Vec<DataBreakpointAccessType>,
    #[serde(rename = "canPersist", skip_serializing_if = "Option::is_none")]
    pub can_persist: Option<bool>,
    #[serde(rename = "dataId")]
    pub data_id: Option<String>,
    pub description: String,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ErrorResponseBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Message>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct EvaluateResponseBody {
    #[serde(rename = "indexedVariables", skip_serializing_if = "Option::is_none")]
    pub indexed_variables: Option<i64>,
    #[serde(rename = "memoryReference", skip_serializing_if = "Option::is_none")]
    pub memory_reference: Option<String>,
    #[serde(rename = "namedVariables", skip_serializing_if = "Option::is_none")]
    pub named_variables: Option<i64>,
    #[serde(rename = "presentationHint", skip_serializing_if = "Option::is_none")]
    pub presentation_hint: Option<VariablePresentationHint>,
    pub result: String,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_: Option<String>,
    #[serde(rename = "valueLocationReference", skip_serializing_if = "Option::is_none")]
    pub value_location_reference: Option<i64>,
    #[serde(rename = "variablesReference")]
    pub variables_reference: i64,
}

#[derive(Clone, Debug, serde::Serialize)]
pub enum ExceptionBreakMode {
    #[serde(rename = "never")]
    Never,
    #[serde(rename = "always")]
    Always,
    #[serde(rename = "unhandled")]
    Unhandled,
    #[serde(rename = "userUnhandled")]
    UserUnhandled,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ExceptionBreakpointsFilter {
    #[serde(rename = "conditionDescription", skip_serializing_if = "Option::is_none")]
    pub condition_description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub filter: String,
    pub label: String,
    #[serde(rename = "supportsCondition", skip_serializing_if = "Option::is_none")]
    pub supports_condition: Option<bool>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ExceptionDetails {
    #[serde(rename = "evaluateName", skip_serializing_if = "Option::is_none")]
    pub evaluate_name: Option<String>,
    #[serde(rename = "fullTypeName", skip_serializing_if = "Option::is_none")]
    pub full_type_name: Option<String>,
    #[serde(rename = "innerException", skip_serializing_if = "Vec::is_empty")]
    pub inner_exception: Vec<ExceptionDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(rename = "stackTrace", skip_serializing_if = "Option::is_none")]
    pub stack_trace: Option<String>,
    #[serde(rename = "typeName", skip_serializing_if = "Option::is_none")]
    pub type_name: Option<String>,
}

#[derive(Clone, Debug, serde::Serialize)]
pub struct ExceptionInfoResponseBody {
    #[serde(rename = "breakMode")]
    pub break_mode: ExceptionBreakMode,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<ExceptionDetails>,
    #[serde(rename = "exceptionId")]
    pub exception_id: String,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ExitedEventBody {
    #[serde(rename = "exitCode")]
    pub exit_code: i64,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct GotoTarget {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    #[serde(rename = "endColumn", skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u64>,
    #[serde(rename = "endLine", skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u64>,
    pub id: i64,
    #[serde(
        rename = "instructionPointerReference",
        skip_serializing_if = "Option::is_none"
    )]
    pub instruction_pointer_reference: Option<String>,
    pub label: String,
    pub line: u64,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct GotoTargetsResponseBody {
    pub targets: Vec<GotoTarget>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
#[serde(transparent)]
pub struct InvalidatedAreas(pub String);
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct InvalidatedEventBody {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<InvalidatedAreas>,
    #[serde(rename = "stackFrameId", skip_serializing_if = "Option::is_none")]
    pub stack_frame_id: Option<i64>,
    #[serde(rename = "threadId", skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<i64>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct LoadedSourcesResponseBody {
    pub sources: Vec<Source>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct LocationsResponseBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    #[serde(rename = "endColumn", skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u64>,
    #[serde(rename = "endLine", skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u64>,
    pub line: u64,
    pub source: Source,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Message {
    pub format: String,
    pub id: i64,
    #[serde(rename = "sendTelemetry", skip_serializing_if = "Option::is_none")]
    pub send_telemetry: Option<bool>,
    #[serde(rename = "showUser", skip_serializing_if = "Option::is_none")]
    pub show_user: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(rename = "urlLabel", skip_serializing_if = "Option::is_none")]
    pub url_label: Option<String>,
    #[serde(skip_serializing_if = ":: std :: collections :: HashMap::is_empty")]
    pub variables: ::std::collections::HashMap<String, String>,
}

#[derive(Clone, Debug, serde::Serialize)]
pub struct Module {
    #[serde(rename = "addressRange", skip_serializing_if = "Option::is_none")]
    pub address_range: Option<String>,
    #[serde(rename = "dateTimeStamp", skip_serializing_if = "Option::is_none")]
    pub date_time_stamp: Option<String>,
    pub id: ModuleId,
    #[serde(rename = "isOptimized", skip_serializing_if = "Option::is_none")]
    pub is_optimized: Option<bool>,
    #[serde(rename = "isUserCode", skip_serializing_if = "Option::is_none")]
    pub is_user_code: Option<bool>,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(rename = "symbolFilePath", skip_serializing_if = "Option::is_none")]
    pub symbol_file_path: Option<String>,
    #[serde(rename = "symbolStatus", skip_serializing_if = "Option::is_none")]
    pub symbol_status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

#[derive(Clone, Debug, serde::Serialize)]
#[serde(untagged)]
pub enum ModuleId {
    String(String),
    Integer(i64),
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ModulesResponseBody {
    pub modules: Vec<Module>,
    #[serde(rename = "totalModules", skip_serializing_if = "Option::is_none")]
    pub total_modules: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct OutputEventBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<::serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<OutputEventBodyGroup>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    #[serde(rename = "locationReference", skip_serializing_if = "Option::is_none")]
    pub location_reference: Option<i64>,
    pub output: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    #[serde(rename = "variablesReference", skip_serializing_if = "Option::is_none")]
    pub variables_reference: Option<i64>,
}

#[derive(Clone, Debug, serde::Serialize)]
pub enum OutputEventBodyGroup {
    #[serde(rename = "start")]
    Start,
    #[serde(rename = "startCollapsed")]
    StartCollapsed,
    #[serde(rename = "end")]
    End,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ProcessEventBody {
    #[serde(rename = "isLocalProcess", skip_serializing_if = "Option::is_none")]
    pub is_local_process: Option<bool>,
    pub name: String,
    #[serde(rename = "pointerSize", skip_serializing_if = "Option::is_none")]
    pub pointer_size: Option<u64>,
    #[serde(rename = "startMethod", skip_serializing_if = "Option::is_none")]
    pub start_method: Option<ProcessEventBodyStartMethod>,
    #[serde(rename = "systemProcessId", skip_serializing_if = "Option::is_none")]
    pub system_process_id: Option<i64>,
}

#[derive(Clone, Debug, serde::Serialize)]
pub enum ProcessEventBodyStartMethod {
    #[serde(rename = "launch")]
    Launch,
    #[serde(rename = "attach")]
    Attach,
    #[serde(rename = "attachForSuspendedLaunch")]
    AttachForSuspendedLaunch,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ProgressEndEventBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(rename = "progressId")]
    pub progress_id: String,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ProgressStartEventBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancellable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percentage: Option<f64>,
    #[serde(rename = "progressId")]
    pub progress_id: String,
    #[serde(rename = "requestId", skip_serializing_if = "Option::is_none")]
    pub request_id: Option<i64>,
    pub title: String,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ReadMemoryResponseBody {
    pub address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    #[serde(rename = "unreadableBytes", skip_serializing_if = "Option::is_none")]
    pub unreadable_bytes: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct RunInTerminalRequestArguments {
    pub args: Vec<String>,
    #[serde(
        rename = "argsCanBeInterpretedByShell",
        skip_serializing_if = "Option::is_none"
    )]
    pub args_can_be_interpreted_by_shell: Option<bool>,
    pub cwd: String,
    #[serde(skip_serializing_if = ":: std :: collections :: HashMap::is_empty")]
    pub env: ::std::collections::HashMap<String, Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<RunInTerminalRequestArgumentsKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

#[derive(Clone, Debug, serde::Serialize)]
pub enum RunInTerminalRequestArgumentsKind {
    #[serde(rename = "integrated")]
    Integrated,
    #[serde(rename = "external")]
    External,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Scope {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    #[serde(rename = "endColumn", skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u64>,
    #[serde(rename = "endLine", skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u64>,
    pub expensive: bool,
    #[serde(rename = "indexedVariables", skip_serializing_if = "Option::is_none")]
    pub indexed_variables: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    pub name: String,
    #[serde(rename = "namedVariables", skip_serializing_if = "Option::is_none")]
    pub named_variables: Option<i64>,
    #[serde(rename = "presentationHint", skip_serializing_if = "Option::is_none")]
    pub presentation_hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    #[serde(rename = "variablesReference")]
    pub variables_reference: i64,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ScopesResponseBody {
    pub scopes: Vec<Scope>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct SetBreakpointsResponseBody {
    pub breakpoints: Vec<Breakpoint>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Source {
    #[serde(rename = "adapterData", skip_serializing_if = "Option::is_none")]
    pub adapter_data: Option<::serde_json::Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub checksums: Vec<Checksum>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(rename = "presentationHint", skip_serializing_if = "Option::is_none")]
    pub presentation_hint: Option<SourcePresentationHint>,
    #[serde(rename = "sourceReference", skip_serializing_if = "Option::is_none")]
    pub source_reference: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

#[derive(Clone, Debug, serde::Serialize)]
pub enum SourcePresentationHint {
    #[serde(rename = "normal")]
    Normal,
    #[serde(rename = "emphasize")]
    Emphasize,
    #[serde(rename = "deemphasize")]
    Deemphasize,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct SourceResponseBody {
    pub content: String,
    #[serde(rename = "mimeType", skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct StackFrame {
    #[serde(rename = "canRestart", skip_serializing_if = "Option::is_none")]
    pub can_restart: Option<bool>,
    pub column: u64,
    #[serde(rename = "endColumn", skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u64>,
    #[serde(rename = "endLine", skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u64>,
    pub id: i64,
    #[serde(
        rename = "instructionPointerReference",
        skip_serializing_if = "Option::is_none"
    )]
    pub instruction_pointer_reference: Option<String>,
    pub line: u64,
    #[serde(rename = "moduleId", skip_serializing_if = "Option::is_none")]
    pub module_id: Option<StackFrameModuleId>,
    pub name: String,
    #[serde(rename = "presentationHint", skip_serializing_if = "Option::is_none")]
    pub presentation_hint: Option<StackFramePresentationHint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

#[derive(Clone, Debug, serde::Serialize)]
#[serde(untagged)]
pub enum StackFrameModuleId {
    String(String),
    Integer(i64),
}

#[derive(Clone, Debug, serde::Serialize)]
pub enum StackFramePresentationHint {
    #[serde(rename = "normal")]
    Normal,
    #[serde(rename = "label")]
    Label,
    #[serde(rename = "subtle")]
    Subtle,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct StackTraceResponseBody {
    #[serde(rename = "stackFrames")]
    pub stack_frames: Vec<StackFrame>,
    #[serde(rename = "totalFrames", skip_serializing_if = "Option::is_none")]
    pub total_frames: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct StepInTarget {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    #[serde(rename = "endColumn", skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u64>,
    #[serde(rename = "endLine", skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u64>,
    pub id: i64,
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct StepInTargetsResponseBody {
    pub targets: Vec<StepInTarget>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct StoppedEventBody {
    #[serde(rename = "allThreadsStopped", skip_serializing_if = "Option::is_none")]
    pub all_threads_stopped: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(rename = "hitBreakpointIds", skip_serializing_if = "Vec::is_empty")]
    pub hit_breakpoint_ids: Vec<i64>,
    #[serde(rename = "preserveFocusHint", skip_serializing_if = "Option::is_none")]
    pub preserve_focus_hint: Option<bool>,
    pub reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(rename = "threadId", skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<i64>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Thread {
    pub id: i64,
    pub name: String,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ThreadEventBody {
    pub reason: String,
    #[serde(rename = "threadId")]
    pub thread_id: i64,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct ThreadsResponseBody {
    pub threads: Vec<Thread>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Variable {
    #[serde(
        rename = "declarationLocationReference",
        skip_serializing_if = "Option::is_none"
    )]
    pub declaration_location_reference: Option<i64>,
    #[serde(rename = "evaluateName", skip_serializing_if = "Option::is_none")]
    pub evaluate_name: Option<String>,
    #[serde(rename = "indexedVariables", skip_serializing_if = "Option::is_none")]
    pub indexed_variables: Option<i64>,
    #[serde(rename = "memoryReference", skip_serializing_if = "Option::is_none")]
    pub memory_reference: Option<String>,
    pub name: String,
    #[serde(rename = "namedVariables", skip_serializing_if = "Option::is_none")]
    pub named_variables: Option<i64>,
    #[serde(rename = "presentationHint", skip_serializing_if = "Option::is_none")]
    pub presentation_hint: Option<VariablePresentationHint>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_: Option<String>,
    pub value: String,
    #[serde(rename = "valueLocationReference", skip_serializing_if = "Option::is_none")]
    pub value_location_reference: Option<i64>,
    #[serde(rename = "variablesReference")]
    pub variables_reference: i64,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct VariablePresentationHint {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lazy: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<String>,
}

#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct VariablesResponseBody {
    pub variables: Vec<Variable>,
}
