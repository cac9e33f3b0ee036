//! The queries, one kind per file.

mod annotate;
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
mod seen;
mod test_at;
pub mod test_lens;
mod why_not;
mod words;
mod written;

use gen_lsp_types::{
    CallHierarchyIncomingCallsRequest, CallHierarchyOutgoingCallsRequest, CallHierarchyPrepareRequest,
    CodeActionRequest, CodeLensRequest, DocumentHighlightRequest, HoverRequest, InlayHintRequest, InlineValueRequest,
    LspRequestMethod as Method, ReferencesRequest, Request,
};
use serde_json::Value;

use crate::answer::{Answer, Refusal, to_value};
use crate::params::{About, AtPosition, InRange, read};
use crate::projects::Projects;
use crate::view::View;
use lsp_server::ErrorCode;

/// Answers a query.
pub fn dispatch(projects: &mut Projects, method: &str, params: Value) -> Answer<Value> {
    match Method::from(method) {
        Method::TextDocumentInlayHint => {
            let ask = |view: &mut View<'_>, params: &InRange| inlay_hint::hints(view, &params.range);
            of::<InlayHintRequest>(in_range(projects, params, ask).map(Some))
        }
        Method::InlayHintResolve => inlay_hint::resolve(projects, params),
        Method::TextDocumentHover => of::<HoverRequest>(at_position(projects, params, hover::hover)),
        Method::TextDocumentCodeLens => {
            let params: About = read(params);
            of::<CodeLensRequest>(test_lens::lenses(projects, &params.text_document).map(Some))
        }
        Method::CodeLensResolve => code_lens::resolve(projects, params),
        Method::TextDocumentInlineValue => {
            of::<InlineValueRequest>(in_range(projects, params, inline_value::values).map(Some))
        }
        Method::TextDocumentDocumentHighlight => {
            of::<DocumentHighlightRequest>(at_position(projects, params, highlight::highlights).map(Some))
        }
        Method::TextDocumentCodeAction => {
            of::<CodeActionRequest>(in_range(projects, params, code_action::actions).map(Some))
        }
        Method::TextDocumentReferences => {
            of::<ReferencesRequest>(at_position(projects, params, call_hierarchy::references).map(Some))
        }
        Method::TextDocumentPrepareCallHierarchy => {
            of::<CallHierarchyPrepareRequest>(at_position(projects, params, call_hierarchy::prepare))
        }
        Method::CallHierarchyIncomingCalls => {
            of::<CallHierarchyIncomingCallsRequest>(call_hierarchy::incoming(projects, &read(params)).map(Some))
        }
        Method::CallHierarchyOutgoingCalls => {
            of::<CallHierarchyOutgoingCallsRequest>(call_hierarchy::outgoing(projects, &read(params)).map(Some))
        }
        Method::WorkspaceExecuteCommand => command::execute(projects, &read(params)),
        _ => {
            let why = format!("connie does not know the request {method:?}");
            Err(Refusal::new(ErrorCode::MethodNotFound, why))
        }
    }
}

/// The result of a request as JSON.
fn of<R: Request>(answer: Answer<R::Result>) -> Answer<Value> {
    to_value(&answer?)
}

fn at_position<T: Default>(
    projects: &mut Projects,
    params: Value,
    ask: impl FnOnce(&mut View<'_>, &crate::params::Position) -> T,
) -> Answer<T> {
    let params: AtPosition = read(params);
    projects.about(&params.text_document, |view| ask(view, &params.position))
}

fn in_range<T: Default>(
    projects: &mut Projects,
    params: Value,
    ask: impl FnOnce(&mut View<'_>, &InRange) -> T,
) -> Answer<T> {
    let params: InRange = read(params);
    projects.about(&params.text_document, |view| ask(view, &params))
}
