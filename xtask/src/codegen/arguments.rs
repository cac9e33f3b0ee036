//! Generates the types of the Debug Adapter Protocol that the adapter reads, from the protocol's schema: arguments of
//! requests.
//!
//! Only fields that the adapter uses are included. Other fields may have any value.

use std::fmt::Write;

use serde_json::Value;

use crate::shell::Result;

/// The types, each with the fields that are read.
const READ: [(&str, &[&str]); 29] = [
    ("BreakpointLocationsArguments", &["source", "line", "endLine"]),
    ("CancelArguments", &["requestId", "progressId"]),
    ("CompletionsArguments", &["text", "column", "frameId"]),
    ("DataBreakpoint", &["dataId", "accessType", "condition", "hitCondition"]),
    ("DataBreakpointInfoArguments", &["name", "variablesReference", "frameId"]),
    ("DisconnectArguments", &["terminateDebuggee"]),
    ("EvaluateArguments", &["expression", "frameId", "context", "format"]),
    ("ExceptionFilterOptions", &["filterId", "condition"]),
    ("FunctionBreakpoint", &["name", "condition", "hitCondition"]),
    ("GotoArguments", &["targetId"]),
    ("GotoTargetsArguments", &["source", "line"]),
    (
        "InitializeRequestArguments",
        &[
            "clientID",
            "adapterID",
            "linesStartAt1",
            "supportsInvalidatedEvent",
            "supportsMemoryReferences",
            "supportsProgressReporting",
            "supportsRunInTerminalRequest",
        ],
    ),
    ("LocationsArguments", &["locationReference"]),
    ("NextArguments", &["threadId", "granularity"]),
    ("ReadMemoryArguments", &["memoryReference", "offset", "count"]),
    ("RestartFrameArguments", &["frameId"]),
    ("ScopesArguments", &["frameId"]),
    ("SetBreakpointsArguments", &["source", "breakpoints"]),
    ("SetDataBreakpointsArguments", &["breakpoints"]),
    ("SetExceptionBreakpointsArguments", &["filters", "filterOptions"]),
    ("SetFunctionBreakpointsArguments", &["breakpoints"]),
    ("Source", &["path", "sourceReference"]),
    ("SourceArguments", &["source", "sourceReference"]),
    ("SourceBreakpoint", &["line", "condition", "hitCondition", "logMessage"]),
    ("StackTraceArguments", &["threadId", "startFrame", "levels"]),
    ("StepInArguments", &["threadId", "granularity", "targetId"]),
    ("StepInTargetsArguments", &["frameId"]),
    ("ValueFormat", &["hex"]),
    ("VariablesArguments", &["variablesReference", "filter", "start", "count", "format"]),
];

/// Numbers that may be negative, or that the adapter has sent as signed numbers.
const SIGNED: [&str; 4] = ["locationReference", "offset", "requestId", "variablesReference"];

const HEAD: &str = "\
//! What the adapter reads of requests, as the Debug Adapter Protocol has it: written by `cargo xtask codegen`.
//!
//! Everything is optional: handlers say what they cannot do without.

use crate::read::{list, number, object, objects, text, text_or_number, truth};
";

/// The text of adapter/src/arguments.rs.
pub fn types(_old: &str) -> Result<String> {
    let schema: Value = serde_json::from_str(&super::dap::schema()?)?;
    let definitions = &schema["definitions"];
    let mut out = HEAD.to_owned();
    for (name, fields) in READ {
        out += "\n#[derive(Clone, Debug, Default, serde::Deserialize)]\n#[serde(default)]\n";
        writeln!(out, "pub struct {name} {{")?;
        for field in fields {
            let property = &definitions[name]["properties"][field];
            let (how, ty) = reading(definitions, field, property).ok_or(format!("{name} has no {field} to read"))?;
            let snake = snake(field);
            let rename = if snake == *field { String::new() } else { format!("rename = \"{field}\", ") };
            writeln!(out, "    #[serde({rename}deserialize_with = \"{how}\")]\n    pub {snake}: {ty},")?;
        }
        out += "}\n";
    }
    Ok(out)
}

/// The function that reads a property, and its result type.
fn reading(definitions: &Value, field: &str, property: &Value) -> Option<(&'static str, String)> {
    let is_struct = |name: &str| READ.iter().any(|(known, _)| *known == name);
    if let Some(name) = reference(property) {
        // Other references are to enumerations, which are strings.
        return match is_struct(name) {
            true => Some(("object", name.to_owned())),
            false => (definitions[name]["type"] == "string").then(|| ("text", "Option<String>".to_owned())),
        };
    }
    match property["type"].as_str()? {
        // Some clients write this expression as a number.
        "string" if field == "hitCondition" => Some(("text_or_number", "Option<String>".into())),
        "string" => Some(("text", "Option<String>".into())),
        "boolean" => Some(("truth", "Option<bool>".into())),
        "integer" if SIGNED.contains(&field) => Some(("number", "Option<i64>".into())),
        "integer" => Some(("number", "Option<u64>".into())),
        "array" => match reference(&property["items"]) {
            Some(name) => is_struct(name).then(|| ("objects", format!("Vec<{name}>"))),
            None => (property["items"]["type"] == "string").then(|| ("list", "Vec<String>".to_owned())),
        },
        _ => None,
    }
}

fn reference(property: &Value) -> Option<&str> {
    property["$ref"].as_str()?.strip_prefix("#/definitions/")
}

/// Converts `frameId` to `frame_id`; several capitals in a row are one word.
fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut was_capital = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && !was_capital {
            out.push('_');
        }
        was_capital = c.is_ascii_uppercase();
        out.push(c.to_ascii_lowercase());
    }
    out
}
