//! The queries: one kind a file.

pub mod call_hierarchy;
pub mod choice;
pub mod code_action;
pub mod code_lens;
pub mod command;
pub mod diagnostics;
pub mod highlight;
pub mod hover;
pub mod initialize;
pub mod inlay_hint;
pub mod inline_value;
pub mod place;
mod test_at;
pub mod test_lens;

use serde_json::{Value, json};

use crate::code;
use crate::worker::{Answer, Worker};

/// Answers a query.
pub fn dispatch(worker: &mut Worker, method: &str, params: &Value) -> Answer {
    match method {
        "textDocument/inlayHint" => worker.about(params, json!([]), |view| inlay_hint::hints(view, params)),
        "inlayHint/resolve" => inlay_hint::resolve(worker, params),
        "textDocument/hover" => worker.about(params, Value::Null, |view| hover::hover(view, params)),
        "textDocument/codeLens" => test_lens::lenses(worker, params),
        "codeLens/resolve" => code_lens::resolve(worker, params),
        "textDocument/inlineValue" => worker.about(params, json!([]), |view| inline_value::values(view, params)),
        "textDocument/documentHighlight" => worker.about(params, json!([]), |view| highlight::highlights(view, params)),
        "textDocument/codeAction" => worker.about(params, json!([]), |view| code_action::actions(view, params)),
        "textDocument/references" => worker.about(params, json!([]), |view| call_hierarchy::references(view, params)),
        "textDocument/prepareCallHierarchy" => {
            worker.about(params, Value::Null, |view| call_hierarchy::prepare(view, params))
        }
        "callHierarchy/incomingCalls" => call_hierarchy::calls(worker, params, true),
        "callHierarchy/outgoingCalls" => call_hierarchy::calls(worker, params, false),
        "workspace/executeCommand" => command::execute(worker, params),
        _ => Err((code::METHOD_NOT_FOUND, format!("connie does not know the request {method:?}"))),
    }
}
