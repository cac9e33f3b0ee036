//! Document highlight: the write whose value a read gets.

use gen_lsp_types::{DocumentHighlight, DocumentHighlightKind};

use super::{place, written};
use crate::params::Position;
use crate::view::View;

/// `textDocument/documentHighlight`
pub fn highlights(view: &mut View<'_>, position: &Position) -> Vec<DocumentHighlight> {
    let Some(place) = place::at(view, position) else { return Vec::new() };
    let loaded = &*view.loaded;
    let target = written::place_of(loaded, &place.seen());
    let write = target.and_then(|target| written::latest(loaded, &target, place.step)).map(|change| change.write);
    let one = |range, kind| DocumentHighlight { range, kind: Some(kind) };
    let mut found = vec![one(view.range(place.line, place.columns), DocumentHighlightKind::Read)];
    if let Some(write) = write {
        let is_here = loaded.recording.functions.get(write.line.code as usize).is_some_and(|f| f.source == view.source);
        if let Some(line) = view.buffer_line(write.line.line).filter(|_| is_here) {
            // The name on the writing line, if it is the same; otherwise the line.
            let text = view.document.line(line).unwrap_or_default();
            let own =
                text.match_indices(&place.text).map(|(at, _)| (at, at + place.text.len())).find(|(start, end)| {
                    let word = |c: char| c.is_alphanumeric() || c == '_';
                    !text[..*start].ends_with(word) && !text[*end..].starts_with(word)
                });
            let range = own.map_or_else(|| view.line_range(line), |columns| view.range(line, columns));
            found.retain(|read| read.range != range);
            found.push(one(range, DocumentHighlightKind::Write));
        }
    }
    found
}
