//! Code lenses: a function's calls and the way through them, a loop's iterations.

use connie_history::profile::sum;
use std::collections::HashMap;

use serde_json::{Value, json};

use crate::worker::{Answer, View, Worker};

/// "1 call", "128 calls".
pub fn counted(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// Nanoseconds for people.
pub fn duration(nanoseconds: u64) -> String {
    let n = nanoseconds as f64;
    match nanoseconds {
        0..1_000 => format!("{n} ns"),
        1_000..1_000_000 => format!("{:.0} µs", n / 1e3),
        1_000_000..1_000_000_000 => format!("{:.0} ms", n / 1e6),
        _ => format!("{:.1} s", n / 1e9),
    }
}

/// `textDocument/codeLens`
pub fn lenses(view: &mut View<'_>) -> Answer {
    if !view.settings.lenses {
        return Ok(json!([]));
    }
    let mut found = Vec::new();
    functions(view, &mut found);
    loops(view, &mut found);
    order(&mut found);
    Ok(Value::Array(found))
}

/// Gives the lenses of a line rising start columns: clients sort them by column, and some not stably.
fn order(lenses: &mut [Value]) {
    let mut next: HashMap<u64, u64> = HashMap::new();
    for lens in lenses {
        let range = &mut lens["range"];
        let line = range["start"]["line"].as_u64().unwrap_or_default();
        let start = range["start"]["character"].as_u64().unwrap_or_default();
        let end = range["end"]["character"].as_u64().unwrap_or_default();
        let column = next.get(&line).map_or(start, |next| start.max(*next));
        next.insert(line, column + 1);
        range["start"]["character"] = column.into();
        range["end"]["character"] = end.max(column).into();
    }
}

fn lens(view: &View<'_>, line: usize, title: String, command: &str, arguments: Value) -> Value {
    json!({"range": view.line_range(line), "command": {"title": title, "command": command, "arguments": arguments}})
}

fn functions(view: &mut View<'_>, found: &mut Vec<Value>) {
    let outline = view.outline.clone();
    for (n, function) in outline.functions.iter().enumerate().filter(|(_, function)| !function.is_class) {
        let Some(line) = view.buffer_line(function.line) else { continue };
        let codes = view.loaded.ground(view.source).codes(&outline, Some(n));
        let times: Vec<_> = codes.iter().filter_map(|code| view.loaded.recording.times(*code).ok()).collect();
        // Of a program that still runs, nobody has counted.
        let live = view.loaded.is_live();
        let calls = sum(times.iter().map(|times| times.0));
        let time = sum(times.iter().map(|times| times.1));
        if codes.is_empty() || calls == 0 && !live {
            continue;
        }
        let raised: usize =
            codes.iter().map(|code| view.loaded.recording.raised_in(*code).map_or(0, |all| all.len())).sum();
        let mut title = if live { "called".to_owned() } else { counted(calls as usize, "call") };
        if raised > 0 {
            title.push_str(&format!(" · {raised} raised"));
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
        let arguments = |which: &str| json!([uri, function.line, which]);
        if let Some(at) = chosen {
            title.push_str(&format!(" · showing {}", at + 1));
        }
        found.push(lens(view, line, title, "connie.call", arguments("follow")));
        if calls > 1 || live {
            for (title, which) in [("first", "first"), ("‹", "previous"), ("›", "next"), ("last", "last")] {
                found.push(lens(view, line, title.to_owned(), "connie.call", arguments(which)));
            }
        }
        if raised > 0 {
            found.push(lens(view, line, "raising".to_owned(), "connie.call", arguments("raising")));
        }
        // As pytest and unittest name them.
        if function.name.starts_with("test") {
            let exceptions = view.loaded.exceptions();
            if let Some(failure) = view.loaded.ground(view.source).left_by(&codes, &exceptions) {
                let title = format!("✗ {}", super::inlay_hint::cut(&failure.to_string(), 80));
                found.push(lens(view, line, title, "connie.goToStep", json!([view.uri, failure.step])));
            }
        }
    }
}

/// Loops that ran; their iterations are counted when the client shows the lens.
fn loops(view: &mut View<'_>, found: &mut Vec<Value>) {
    let outline = view.outline.clone();
    let hits = view.loaded.hits(view.source);
    let live = view.loaded.is_live();
    for each in &outline.loops {
        let Some(line) = view.buffer_line(each.line) else { continue };
        let times = hits.get(&each.body).copied().unwrap_or(0);
        if times == 0 && !live {
            continue;
        }
        let uri = view.uri.clone();
        found.push(json!({"range": view.line_range(line), "data": {"uri": uri, "loop": each.line}}));
        if times > 1 || live {
            for (title, which) in [("first", "first"), ("‹", "previous"), ("›", "next"), ("last", "last")] {
                let arguments = json!([uri, each.line, which]);
                found.push(lens(view, line, title.to_owned(), "connie.iteration", arguments));
            }
        }
    }
}

/// `codeLens/resolve`: which iteration of how many.
pub fn resolve(worker: &mut Worker, given: &Value) -> Answer {
    let mut lens = given.clone();
    let (Some(uri), Some(line)) = (given["data"]["uri"].as_str(), given["data"]["loop"].as_u64()) else {
        return Ok(lens);
    };
    let mut title = "did not run in this call".to_owned();
    if let Some(view) = worker.view(uri) {
        let outline = view.outline.clone();
        let each = outline.loops.iter().find(|each| u64::from(each.line) == line);
        if let Some(each) = each
            && let Some(call) = view.loaded.call(view.source, &outline, each.function)
        {
            let all = view.loaded.ground(view.source).iterations(&call, each).len();
            let chosen = view.loaded.iterations.get(&(view.source, each.line)).copied();
            if all > 0 {
                title = format!("iteration {} of {all}", chosen.unwrap_or(all - 1).min(all - 1) + 1);
            }
        }
    }
    lens["command"] = json!({"title": title, "command": "connie.iteration", "arguments": [uri, line, "follow"]});
    Ok(lens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenses_of_a_line_have_rising_columns() {
        let at = |line: u64, from: u64, to: u64| json!({"range": {"start": {"line": line, "character": from}, "end": {"line": line, "character": to}}});
        // A function, the loop on its line, another line between them.
        let mut lenses = [at(3, 4, 6), at(3, 4, 6), at(7, 0, 9), at(3, 4, 6), at(3, 4, 6), at(7, 0, 9)];
        order(&mut lenses);
        let columns =
            |end: &str| lenses.iter().map(|lens| lens["range"][end]["character"].as_u64()).collect::<Vec<_>>();
        assert_eq!(columns("start"), [4, 5, 0, 6, 7, 1].map(Some));
        assert_eq!(columns("end"), [6, 6, 9, 6, 7, 9].map(Some));
    }

    #[test]
    fn counts_and_times_are_for_people() {
        assert_eq!((counted(1, "call"), counted(0, "call")), ("1 call".into(), "0 calls".into()));
        assert_eq!([5, 5_400, 12_000_000, 2_500_000_000].map(duration), ["5 ns", "5 µs", "12 ms", "2.5 s"]);
    }
}
