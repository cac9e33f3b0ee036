//! Code lenses: a function's calls and the way through them, a loop's iterations.

use serde_json::{Value, json};

use crate::worker::{Answer, View};

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
    Ok(Value::Array(found))
}

fn lens(view: &View<'_>, line: usize, title: String, command: &str, arguments: Value) -> Value {
    json!({"range": view.line_range(line), "command": {"title": title, "command": command, "arguments": arguments}})
}

fn functions(view: &mut View<'_>, found: &mut Vec<Value>) {
    let outline = view.outline.clone();
    for (n, function) in outline.functions.iter().enumerate().filter(|(_, function)| !function.is_class) {
        let Some(line) = view.buffer_line(function.line) else { continue };
        let calls = view.loaded.calls(view.source, &outline, n);
        if calls.is_empty() {
            continue;
        }
        let codes = view.loaded.ground(view.source).codes(&outline, Some(n));
        let raised: usize =
            codes.iter().map(|code| view.loaded.recording.raised_in(*code).map_or(0, |all| all.len())).sum();
        let time: u64 = codes.iter().map(|code| view.loaded.recording.times(*code).map_or(0, |times| times.1)).sum();
        let mut title = counted(calls.len(), "call");
        if raised > 0 {
            title.push_str(&format!(" · {raised} raised"));
        }
        if time > 0 {
            title.push_str(&format!(" · {}", duration(time)));
        }
        let chosen = view.loaded.chosen.get(&(view.source, n)).and_then(|step| calls.binary_search(step).ok());
        let uri = view.uri.clone();
        let arguments = |which: &str| json!([uri, function.line, which]);
        if let Some(at) = chosen {
            title.push_str(&format!(" · showing {}", at + 1));
        }
        found.push(lens(view, line, title, "connie.call", arguments("follow")));
        if calls.len() > 1 {
            for (title, which) in [("first", "first"), ("‹", "previous"), ("›", "next"), ("last", "last")] {
                found.push(lens(view, line, title.to_owned(), "connie.call", arguments(which)));
            }
        }
        if raised > 0 {
            found.push(lens(view, line, "raising".to_owned(), "connie.call", arguments("raising")));
        }
    }
}

fn loops(view: &mut View<'_>, found: &mut Vec<Value>) {
    let outline = view.outline.clone();
    for each in &outline.loops {
        let Some(line) = view.buffer_line(each.line) else { continue };
        let Some(call) = view.loaded.call(view.source, &outline, each.function) else { continue };
        let steps = view.loaded.ground(view.source).iterations(&call, each);
        if steps.is_empty() {
            continue;
        }
        let chosen = view.loaded.iterations.get(&(view.source, each.line)).copied();
        let at = chosen.unwrap_or(steps.len() - 1).min(steps.len() - 1);
        let uri = view.uri.clone();
        let arguments = |which: &str| json!([uri, each.line, which]);
        let title = format!("iteration {} of {}", at + 1, steps.len());
        found.push(lens(view, line, title, "connie.iteration", arguments("follow")));
        if steps.len() > 1 {
            for (title, which) in [("first", "first"), ("‹", "previous"), ("›", "next"), ("last", "last")] {
                found.push(lens(view, line, title.to_owned(), "connie.iteration", arguments(which)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_times_are_for_people() {
        assert_eq!((counted(1, "call"), counted(0, "call")), ("1 call".into(), "0 calls".into()));
        assert_eq!([5, 5_400, 12_000_000, 2_500_000_000].map(duration), ["5 ns", "5 µs", "12 ms", "2.5 s"]);
    }
}
