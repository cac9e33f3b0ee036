//! Adds annotations to a function from its recorded calls: the code action at its `def`, and the command behind it.

use connie_history::types::{self, Edit, Options};
use connie_recording::Error;
use connie_source::mapping::Mapping;
use gen_lsp_types::{
    ApplyWorkspaceEditParams, DocumentChange, OptionalVersionedTextDocumentIdentifier, Range, TextDocumentEdit,
    TextDocumentIdentifier, TextEdit, Uri, WorkspaceEdit,
};

use crate::answer::{Answer, Refusal};
use crate::view::View;

/// The maximum number of calls that are read.
const MAX_CALLS: u64 = 1000;

/// The name of the function whose `def` is on a line of the buffer (from 0), if it was called and lacks annotations.
pub fn lacking(view: &mut View<'_>, line: usize) -> Option<String> {
    let recorded = view.recorded_line(line)?;
    let outline = view.outline.clone();
    let index = outline.functions.iter().position(|one| one.def_line == recorded && !one.is_class)?;
    let function = &outline.functions[index];
    if view.loaded.ground(view.source).codes(&outline, Some(index)).is_empty() {
        return None;
    }
    let signatures = connie_history::signature::signatures(view.loaded.text(view.source));
    let signature = signatures.iter().find(|one| one.lines.1 == recorded && one.name == function.name)?;
    let receiver = usize::from(signature.is_method);
    let lacks = !signature.is_annotated || signature.parameters.iter().skip(receiver).any(|one| !one.is_annotated);
    lacks.then(|| function.name.clone())
}

/// The edit that annotates the function whose `def` is on a line of the buffer (from 0). `checks_versions` says whether
/// the client applies edits to a version of a document only.
pub fn edit(view: &View<'_>, line: usize, checks_versions: bool) -> Answer<ApplyWorkspaceEditParams> {
    let refuse = |why: &str| Refusal::failed(why.to_owned());
    let recorded = view.recorded_line(line).ok_or_else(|| refuse("this line was not recorded"))?;
    let history = view.loaded.history();
    let recording = history.recording;
    let functions = (0u32..).zip(&recording.functions);
    let here = functions.filter(|(_, one)| one.source == view.source && view.is_def(one.line, recorded));
    let codes: Vec<u32> = here.map(|(code, _)| code).collect();
    let options = Options { calls: MAX_CALLS, progress: &|_| true };
    let observed = types::observe(&history, &codes, &options).map_err(|error| match error {
        Error::Interrupted => refuse("it was cancelled"),
        error => Refusal::failed(error.to_string()),
    })?;
    if observed.is_empty() {
        return Err(refuse("no call of this function was recorded"));
    }
    let found = types::annotations(recording, &history, &observed);
    let mapping: &Mapping = &view.mapping;
    let made = types::edits(&view.document.text, mapping, observed.iter().zip(&found))
        .ok_or_else(|| refuse("this file is not valid Python now"))?;
    if let Some((function, why)) = made.left.first() {
        return Err(Refusal::failed(format!("{function} is not annotated: {why}")));
    }
    if made.annotated == 0 {
        return Err(refuse("nothing is known for sure about the types of this function"));
    }
    let name = observed.first().map_or("a function", |one| one.function.as_str());
    let edits = made.edits.iter().map(|edit| text_edit(view, edit)).collect();
    let edit = workspace_edit(view, edits, checks_versions);
    Ok(ApplyWorkspaceEditParams { label: Some(format!("Annotate {name}")), edit, ..Default::default() })
}

/// Edits of the document, for its version if the client can check it.
fn workspace_edit(view: &View<'_>, edits: Vec<TextEdit>, checks_versions: bool) -> WorkspaceEdit {
    let uri: Uri = view.uri.as_str().into();
    if !checks_versions {
        return WorkspaceEdit { changes: Some([(uri, edits)].into()), ..WorkspaceEdit::default() };
    }
    let document = OptionalVersionedTextDocumentIdentifier {
        version: i32::try_from(view.document.version).ok(),
        text_document_identifier: TextDocumentIdentifier { uri },
    };
    let edits = edits.into_iter().map(Into::into).collect();
    let change = DocumentChange::TextDocumentEdit(TextDocumentEdit { text_document: document, edits });
    WorkspaceEdit { document_changes: Some(vec![change]), ..WorkspaceEdit::default() }
}

fn text_edit(view: &View<'_>, edit: &Edit) -> TextEdit {
    let position = |at: usize| {
        let (line, column) = view.document.line_at(at);
        view.position(line, column)
    };
    let range = Range { start: position(edit.at), end: position(edit.at + edit.removed) };
    TextEdit { range, new_text: edit.new.clone() }
}
