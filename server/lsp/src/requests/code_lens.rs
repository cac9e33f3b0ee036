//! Code lenses: the calls of a function with navigation, and the iterations of a loop.

use std::collections::HashMap;

use connie_history::profile::sum;
use connie_recording::amounts::{counted, duration, grouped};
use connie_source::outline::Loop;

use gen_lsp_types::{CodeLens, Command};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::command::{BACK, CALL, GO_TO_STEP, ITERATION};
use super::words::cut;
use crate::answer::{Answer, to_value};
use crate::params::{Lenient, read};
use crate::projects::Projects;
use crate::protocol;
use crate::view::View;

/// `textDocument/codeLens`
pub fn lenses(view: &mut View<'_>) -> Vec<CodeLens> {
    if !view.settings.lenses {
        return Vec::new();
    }
    let mut found = Vec::new();
    functions(view, &mut found);
    loops(view, &mut found);
    order(&mut found);
    found
}

/// Gives the lenses of a line increasing start columns, because clients sort them by column, and some do not sort
/// stably.
pub fn order(lenses: &mut [CodeLens]) {
    let mut next: HashMap<u32, u32> = HashMap::new();
    for lens in lenses {
        let (start, end) = (&mut lens.range.start, &mut lens.range.end);
        start.character = next.get(&start.line).map_or(start.character, |next| start.character.max(*next));
        next.insert(start.line, start.character + 1);
        end.character = end.character.max(start.character);
    }
}

fn lens(view: &View<'_>, line: usize, title: String, command: &str, arguments: Vec<Value>) -> CodeLens {
    let command = protocol::command(title, command, arguments);
    CodeLens { range: view.line_range(line), command: Some(command), data: None }
}

fn functions(view: &mut View<'_>, found: &mut Vec<CodeLens>) {
    let outline = view.outline.clone();
    for (n, function) in outline.functions.iter().enumerate().filter(|(_, function)| !function.is_class) {
        let Some(line) = view.buffer_line(function.line) else { continue };
        let codes = view.loaded.ground(view.source).codes(&outline, Some(n));
        let times: Vec<_> = codes.iter().filter_map(|code| view.loaded.recording.times(*code).ok()).collect();
        // While the program runs, there are no counts.
        let live = view.loaded.is_live();
        let calls = sum(times.iter().map(|times| times.0));
        let time = sum(times.iter().map(|times| times.1));
        if codes.is_empty() || calls == 0 && !live {
            continue;
        }
        let raised: usize =
            codes.iter().map(|code| view.loaded.recording.raised_in(*code).map_or(0, |all| all.len())).sum();
        let mut title = if live { "called".to_owned() } else { counted(calls, "call") };
        if raised > 0 {
            title.push_str(&format!(" · {} raised", grouped(raised as u64)));
        }
        if time > 0 {
            title.push_str(&format!(" · {}", duration(time)));
        }
        let chosen = view
            .loaded
            .chosen
            .get(&(view.source, n))
            .copied()
            .and_then(|step| view.loaded.calls(view.source, &outline, n).binary_search(&step).ok());
        let uri = view.uri.clone();
        let arguments = |which: &str| vec![uri.as_str().into(), function.line.into(), which.into()];
        // A debugger that was moved from here shows the number of its call.
        let is_moved = view.moved_at == Some(function.line);
        let chosen = if is_moved { super::choice::shown_call(view, n) } else { chosen };
        if let Some(at) = chosen {
            title.push_str(&format!(" · showing {}", at + 1));
        }
        found.push(lens(view, line, title, CALL, arguments("follow")));
        if calls > 1 || live {
            for (title, which) in [("first", "first"), ("‹", "previous"), ("›", "next"), ("last", "last")] {
                found.push(lens(view, line, title.to_owned(), CALL, arguments(which)));
            }
        }
        if raised > 0 {
            found.push(lens(view, line, "raising".to_owned(), CALL, arguments("raising")));
        }
        if is_moved {
            found.push(back(view, line));
        }
        // The naming convention of pytest and unittest.
        if function.name.starts_with("test") {
            let exceptions = view.loaded.exceptions();
            if let Some(failure) = view.loaded.ground(view.source).left_by(&codes, &exceptions) {
                let title = format!("✗ {}", cut(&failure.to_string(), 80));
                found.push(lens(view, line, title, GO_TO_STEP, vec![uri.as_str().into(), failure.step.into()]));
            }
        }
    }
}

/// The lens that moves a debugger back after a selection.
fn back(view: &View<'_>, line: usize) -> CodeLens {
    lens(view, line, "back to where I was".to_owned(), BACK, vec![view.uri.as_str().into()])
}

/// Adds the lenses of loops that ran; iterations are counted when the client resolves the lens.
fn loops(view: &mut View<'_>, found: &mut Vec<CodeLens>) {
    let outline = view.outline.clone();
    let hits = view.loaded.hits(view.source);
    let live = view.loaded.is_live();
    for each in &outline.loops {
        let Some(line) = view.buffer_line(each.line) else { continue };
        // The first statement of the body may have no event on its first line.
        let times = (each.body..=each.body_last).filter_map(|line| hits.get(&line)).max().copied().unwrap_or(0);
        if times == 0 && !live {
            continue;
        }
        let uri = view.uri.clone();
        let data = Data { uri: Some(uri.clone()), line: Some(each.line.into()) };
        found.push(CodeLens { range: view.line_range(line), command: None, data: serde_json::to_value(data).ok() });
        if (times > 1 || live) && !each.is_on_one_line() {
            for (title, which) in [("first", "first"), ("‹", "previous"), ("›", "next"), ("last", "last")] {
                let arguments = vec![uri.as_str().into(), each.line.into(), which.into()];
                found.push(lens(view, line, title.to_owned(), ITERATION, arguments));
            }
        }
        if view.moved_at == Some(each.line) {
            found.push(back(view, line));
        }
    }
}

/// The data of a loop's lens, which the client sends back when it resolves the lens.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Data {
    uri: Option<String>,
    #[serde(rename = "loop")]
    line: Option<u64>,
}

/// The fields read from a lens that is resolved.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Given {
    data: Lenient<Data>,
}

/// A lens with the fields that were added.
#[derive(Serialize)]
struct Resolved {
    #[serde(flatten)]
    given: Map<String, Value>,
    command: Command,
}

/// `codeLens/resolve`: adds the number of the iteration and the total.
pub fn resolve(projects: &mut Projects, given: Value) -> Answer<Value> {
    let Given { data } = read(given.clone());
    let (Value::Object(lens), Some(uri), Some(line)) = (&given, data.uri.as_deref(), data.line) else {
        return Ok(given);
    };
    let title = projects.view(uri).map_or_else(String::new, |view| {
        let outline = view.outline.clone();
        let each = outline.loops.iter().find(|each| u64::from(each.line) == line);
        each.map_or_else(String::new, |each| iteration(&view, each))
    });
    let command = protocol::command(title, ITERATION, vec![uri.into(), line.into(), "follow".into()]);
    to_value(&Resolved { given: lens.clone(), command })
}

/// The number of the shown iteration, and the total in the whole call.
fn iteration(view: &View<'_>, each: &Loop) -> String {
    if each.is_on_one_line() {
        return "iterations on one line cannot be told apart".to_owned();
    }
    let loaded = &*view.loaded;
    let Some(call) = loaded.call(view.source, &view.outline, each.function) else {
        return "not reached yet".to_owned();
    };
    let all = loaded.iterations_of(view.source, &view.outline, &call, each);
    let chosen = loaded.iterations.get(&(view.source, each.line)).copied().filter(|n| *n < all.steps.len());
    let so_far = if loaded.is_live() { " so far" } else { "" };
    match chosen.or_else(|| all.at(call.last)) {
        Some(n) => format!("iteration {} of {}{so_far}", all.name(n), all.total()),
        None if all.steps.is_empty() && loaded.is_live() => "not reached yet".to_owned(),
        None if all.steps.is_empty() => "does not run in this call".to_owned(),
        None if all.steps.len() == 1 => "not reached yet · 1 iteration".to_owned(),
        None => format!("not reached yet · {} iterations", all.total()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gen_lsp_types::{Position, Range};

    #[test]
    fn lenses_of_a_line_have_rising_columns() {
        let at = |line: u32, from: u32, to: u32| {
            let range = Range { start: Position::new(line, from), end: Position::new(line, to) };
            CodeLens { range, ..CodeLens::default() }
        };
        // A function, the loop on its line, another line between them.
        let mut lenses = [at(3, 4, 6), at(3, 4, 6), at(7, 0, 9), at(3, 4, 6), at(3, 4, 6), at(7, 0, 9)];
        order(&mut lenses);
        assert_eq!(lenses.each_ref().map(|lens| lens.range.start.character), [4, 5, 0, 6, 7, 1]);
        assert_eq!(lenses.each_ref().map(|lens| lens.range.end.character), [6, 6, 9, 6, 7, 9]);
    }
}
