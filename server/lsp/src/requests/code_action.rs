//! Code actions: go to the step of a value, of its write, or of an exception; stop at the next write; copy the value;
//! open it in a browser; annotate a function.

use connie_history::answers::What;
use gen_lsp_types::{CodeActionResponse, Command};

use super::command::{ANNOTATE, BREAK_WHEN_CHANGED, GO_TO_STEP, VIEW, WHY_NOT};
use super::words::flat;
use super::{annotate, hover, place, why_not, written};
use crate::client::COPY;
use crate::params::InRange;
use crate::protocol::command;
use crate::view::View;

/// `textDocument/codeAction`
pub fn actions(view: &mut View<'_>, params: &InRange) -> Vec<CodeActionResponse> {
    let uri = view.uri.clone();
    // Plain commands, which every client accepts.
    let go = |title: String, step: u64| command(title, GO_TO_STEP, vec![uri.as_str().into(), step.into()]);
    let open = |title: String, step: u64| command(title, VIEW, vec![uri.as_str().into(), step.into()]);
    let mut found: Vec<Command> = Vec::new();
    for diagnostic in params.context.diagnostics.iter() {
        if let Some(step) = *diagnostic.data.step {
            found.push(go(format!("connie: go to the exception (step {step})"), step));
            found.push(open("connie: open it in the viewer".into(), step));
        }
    }
    if let Some(line) = *params.range.start.line
        && why_not::never_ran(view, line).is_some()
    {
        let title = format!("connie: why did line {} not run?", line + 1);
        found.push(command(title, WHY_NOT, vec![uri.as_str().into(), (line + 1).into()]));
    }
    if let Some(line) = *params.range.start.line
        && view.applies_edits
        && let Some(name) = annotate::lacking(view, line)
    {
        let title = format!("connie: annotate {name} from its recorded calls");
        found.push(command(title, ANNOTATE, vec![uri.as_str().into(), (line + 1).into()]));
    }
    if let Some(place) = place::at(view, &params.range.start) {
        let text = flat(&place.text);
        let loaded = &*view.loaded;
        found.push(go(format!("connie: go to step {}, where {text} has this value", place.step), place.step));
        let seen = place.seen();
        let target = written::place_of(loaded, &seen);
        if let Some(change) = target.as_ref().and_then(|target| written::latest(loaded, target, place.step)) {
            let (line, step) = (change.write.line.line, change.write.line.step);
            let verb = if matches!(change.what, What::Bound) { "wrote" } else { "changed" };
            found.push(go(format!("connie: go to line {line}, which {verb} {text} (step {step})"), step));
        }
        if target.is_some() && view.debugged {
            let title = format!("connie: stop when {text} changes");
            let frame = place.call.frame;
            let arguments = vec![uri.as_str().into(), place.text.as_str().into(), place.step.into(), frame.into()];
            found.push(command(title, BREAK_WHEN_CHANGED, arguments));
        }
        if view.copies
            && let Some(value) = hover::value_of(loaded, view.source, &seen)
        {
            found.push(command(format!("connie: copy the value of {text}"), COPY, vec![value.into()]));
        }
        found.push(open(format!("connie: open step {} in the viewer", place.step), place.step));
    }
    found.into_iter().map(CodeActionResponse::from).collect()
}
