//! Why a line did not run: the code action on lines that never ran, and the command behind it.

use connie_history::whynot::Wanted;
use connie_source::python::statement_heads;

use crate::answer::{Answer, Refusal};
use crate::view::View;

/// The recorded line at a line of the buffer, from 0, if it has code and never ran.
pub fn never_ran(view: &mut View<'_>, line: usize) -> Option<u32> {
    let recorded = view.recorded_line(line)?;
    let heads = statement_heads(view.loaded.text(view.source));
    let (first, last) = heads.into_iter().find(|(first, last)| (*first..=*last).contains(&recorded))?;
    let hits = view.loaded.hits(view.source);
    (!hits.is_empty() && !(first..=last).any(|line| hits.contains_key(&line))).then_some(first)
}

/// Why a line of the buffer, from 0, did not run, as text.
pub fn answer(view: &mut View<'_>, line: usize) -> Answer<String> {
    let recorded = view.recorded_line(line).ok_or_else(|| Refusal::wrong("this line was not recorded"))?;
    let wanted = Wanted { text: recorded.to_string(), condition: None, at: None, source: Some(view.source) };
    let found = view.loaded.history().why_not(&wanted).map_err(|none| Refusal::wrong(none.to_string()))?;
    Ok(std::iter::once(found.headline()).chain(found.lines()).collect::<Vec<_>>().join("\n"))
}
