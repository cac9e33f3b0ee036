//! Diagnostics: exceptions where they were raised, and on request lines that never ran.

use std::collections::BTreeMap;

use connie_history::levels::level_of;
use connie_recording::amounts::counted;
use connie_recording::plain::plain;
use connie_recording::reader::Raised;
use connie_source::python::statement_heads;
use connie_wire::level::Level;
use gen_lsp_types::{Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location};
use serde::Serialize;

use crate::protocol;
use crate::settings::{Exceptions, Fade};
use crate::view::View;

/// The maximum number of exceptions shown in a file.
const MAX_EXCEPTIONS: usize = 200;

/// All diagnostics of a buffer.
pub fn diagnostics(view: &mut View<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if view.settings.exceptions != Exceptions::Off {
        exceptions(view, &mut found);
    }
    match view.settings.fade {
        Fade::Off => {}
        Fade::NeverRan => unreached(view, &mut found),
        Fade::NotInCall => not_in_call(view, &mut found),
    }
    found
}

/// The data of a diagnostic, used when actions are requested.
#[derive(Serialize)]
struct Data {
    step: u64,
}

fn diagnostic(view: &View<'_>, line: usize, severity: DiagnosticSeverity, message: String) -> Diagnostic {
    Diagnostic {
        range: view.line_range(line),
        severity: Some(severity),
        source: Some("connie".to_owned()),
        message: message.into(),
        code: None,
        code_description: None,
        tags: None,
        related_information: None,
        data: None,
    }
}

fn exceptions(view: &mut View<'_>, found: &mut Vec<Diagnostic>) {
    let exceptions = view.loaded.exceptions();
    let recording = &view.loaded.recording;
    let only_uncaught = view.settings.exceptions == Exceptions::Uncaught;
    let mut seen = Vec::new();
    for raised in exceptions.iter() {
        if only_uncaught && !raised.uncaught || found.len() >= MAX_EXCEPTIONS {
            continue;
        }
        let Some((code, line)) = raised.traceback.last().copied() else { continue };
        let is_here = recording.functions.get(code as usize).is_some_and(|function| function.source == view.source);
        // Equal exceptions of one line are one diagnostic.
        let key = (line, raised.ty.clone(), raised.text.clone());
        if !is_here || seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let Some(at) = view.buffer_line(line) else { continue };
        let message = format!("{} (recorded, step {})", plain(&raised.to_string()), raised.step);
        let severity = if raised.uncaught { DiagnosticSeverity::Error } else { DiagnosticSeverity::Hint };
        found.push(Diagnostic {
            related_information: Some(way(view, raised)),
            data: serde_json::to_value(Data { step: raised.step }).ok(),
            ..diagnostic(view, at, severity, message)
        });
    }
}

/// The calls that led to an exception, the innermost first.
fn way(view: &View<'_>, raised: &Raised) -> Vec<DiagnosticRelatedInformation> {
    let recording = &view.loaded.recording;
    let calls = raised.traceback.iter().rev().skip(1).take(20);
    let one = |(code, line): &(u32, u32)| {
        let function = recording.functions.get(*code as usize)?;
        let source = recording.sources.get(function.source as usize)?;
        let range = protocol::start_of(line.saturating_sub(1) as usize);
        let location = Location { uri: view.uri_of(&source.path).into(), range };
        Some(DiagnosticRelatedInformation { location, message: format!("called in {}", plain(&function.name)) })
    };
    calls.filter_map(one).collect()
}

fn unreached(view: &mut View<'_>, found: &mut Vec<Diagnostic>) {
    let hits = view.loaded.hits(view.source);
    if hits.is_empty() {
        return;
    }
    if level_of(&view.loaded.recording, view.source) != Level::Lines {
        return;
    }
    let outline = view.outline.clone();
    for (line, last) in statement_heads(view.loaded.text(view.source)) {
        // Only in functions that ran: an unused function is not worth reporting.
        let in_what_ran = match outline.function_at(line) {
            None => true,
            Some(n) => {
                let function = &outline.functions[n];
                let of_body = |line: &u32| *line > function.def_line && outline.function_at(*line) == Some(n);
                function.line == line
                    || (function.def_line..=function.last_line).any(|l| of_body(&l) && hits.contains_key(&l))
            }
        };
        let ran = (line..=last).any(|line| hits.contains_key(&line));
        let Some(at) = view.buffer_line(line).filter(|_| in_what_ran && !ran) else { continue };
        found.push(faded(view, at, "this line did not run in this recording"));
    }
}

fn faded(view: &View<'_>, line: usize, message: &str) -> Diagnostic {
    let tags = Some(vec![DiagnosticTag::Unnecessary]);
    Diagnostic { tags, ..diagnostic(view, line, DiagnosticSeverity::Hint, message.to_owned()) }
}

/// Lines that did not run in the shown calls, for example those of a branch that was not taken.
fn not_in_call(view: &mut View<'_>, found: &mut Vec<Diagnostic>) {
    if level_of(&view.loaded.recording, view.source) != Level::Lines {
        return;
    }
    let (outline, hits) = (view.outline.clone(), view.loaded.hits(view.source));
    let mut by_function: BTreeMap<Option<usize>, Vec<(u32, u32)>> = BTreeMap::new();
    for (line, last) in statement_heads(view.loaded.text(view.source)) {
        // The line of a function's head belongs to the enclosing code.
        let function = match outline.function_at(line) {
            Some(n) if line <= outline.functions[n].def_line => outline.functions[n].parent,
            other => other,
        };
        by_function.entry(function).or_default().push((line, last));
    }
    for (function, heads) in by_function {
        let Some(call) = view.loaded.call_within_loops(view.source, &outline, function) else { continue };
        let lines: Vec<u32> = heads.iter().flat_map(|(line, last)| *line..=*last).collect();
        let run = view.loaded.ground(view.source).lines_run(&call, &lines);
        let ran = |line: u32, last: u32| (line..=last).any(|line| run.binary_search(&line).is_ok());
        for (line, last) in heads.into_iter().filter(|(line, last)| !ran(*line, *last)) {
            let Some(at) = view.buffer_line(line) else { continue };
            let has_run = (line..=last).any(|line| hits.contains_key(&line));
            let message = match view.loaded.times(view.source, &outline, line).filter(|_| has_run) {
                Some(times) => &format!("not in the call that is shown (it ran {})", counted(times, "time")),
                None if has_run => "not in the call that is shown",
                None if view.loaded.recording.info.is_counted() => "this line did not run in this recording",
                None => "not in the call that is shown",
            };
            found.push(faded(view, at, message));
        }
    }
}
