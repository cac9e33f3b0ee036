//! Inline values, for clients that request them while their debugger is stopped.

use connie_source::outline::MarkKind;
use gen_lsp_types::{InlineValue, InlineValueText};

use super::inlay_hint::shown;
use super::words::flat;
use crate::params::InRange;
use crate::view::View;

/// `textDocument/inlineValue`: the values of the lines up to the stop, in the function of the stop.
pub fn values(view: &mut View<'_>, params: &InRange) -> Vec<InlineValue> {
    let start = params.range.start.line.unwrap_or(0);
    let last = view.document.lines().saturating_sub(1);
    let end = params.range.end.line.unwrap_or(last).min(last);
    let stop = params.context.stopped_location.start.line.unwrap_or(end);
    let function = view.recorded_line(stop).and_then(|line| view.outline.function_at(line));
    let found = shown(view, start..=end.min(stop));
    let one = |one: &super::inlay_hint::Shown| {
        let range = view.line_range(one.line);
        let value = flat(&one.fact.text);
        let is_parameter = one.mark.kind == MarkKind::Parameter;
        let text = if is_parameter { format!("{} = {value}", one.mark.text) } else { one.mark.label(&value) };
        InlineValueText { range, text }.into()
    };
    found.iter().filter(|one| one.mark.function == function).map(one).collect()
}
