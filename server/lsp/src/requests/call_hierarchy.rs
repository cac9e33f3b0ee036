//! Call hierarchy and references, from what really ran.

use std::collections::BTreeMap;

use connie_history::calls::Edge;
use connie_history::profile::sum;
use serde_json::{Value, json};

use super::code_lens::{counted, duration};
use super::hover::function_at;
use crate::worker::{Answer, View, Worker};

/// `textDocument/prepareCallHierarchy`: the function whose name stands there, else the one around.
pub fn prepare(view: &mut View<'_>, params: &Value) -> Answer {
    let Some(n) = function_at(view, &params["position"]).or_else(|| around(view, &params["position"])) else {
        return Ok(Value::Null);
    };
    let codes = view.loaded.ground(view.source).codes(&view.outline.clone(), Some(n));
    Ok(codes.first().and_then(|code| item(view, *code)).map_or(Value::Null, |item| json!([item])))
}

fn around(view: &View<'_>, position: &Value) -> Option<usize> {
    let line = view.recorded_line(position["line"].as_u64()? as usize)?;
    view.outline.function_at(line).filter(|n| !view.outline.functions[*n].is_class)
}

/// A function as the protocol has it; lines are those of what ran.
fn item(view: &View<'_>, code: u32) -> Option<Value> {
    let recording = &view.loaded.recording;
    let function = recording.functions.get(code as usize)?;
    let source = recording.sources.get(function.source as usize)?;
    let at = json!({"line": function.line.saturating_sub(1), "character": 0});
    let range = json!({"start": at, "end": at});
    Some(json!({
        "name": function.name, "kind": 12, "uri": view.uri_of(&source.path), "range": range, "selectionRange": range,
        "data": {"code": code, "uri": view.uri},
    }))
}

/// `callHierarchy/incomingCalls` and `callHierarchy/outgoingCalls`
pub fn calls(worker: &mut Worker, params: &Value, incoming: bool) -> Answer {
    let data = &params["item"]["data"];
    let (Some(code), Some(uri)) = (data["code"].as_u64(), data["uri"].as_str()) else { return Ok(json!([])) };
    let Some(view) = worker.view(uri) else { return Ok(json!([])) };
    let mut others: BTreeMap<u32, Vec<Edge>> = BTreeMap::new();
    for edge in view.loaded.edges().iter() {
        let (own, other) = if incoming { (edge.callee, edge.caller) } else { (edge.caller, edge.callee) };
        if u64::from(own) == code && edge.times > 0 {
            others.entry(other).or_default().push(*edge);
        }
    }
    let one = |(other, edges): (&u32, &Vec<Edge>)| {
        let mut item = item(&view, *other)?;
        let times = sum(edges.iter().map(|edge| edge.times));
        let time = sum(edges.iter().map(|edge| edge.time));
        let took = if time > 0 { format!(" · {}", duration(time)) } else { String::new() };
        item["detail"] = json!(format!("{}{took}", counted(times as usize, "call")));
        let range = |edge: &Edge| {
            let at = json!({"line": edge.line.saturating_sub(1), "character": 0});
            json!({"start": at, "end": at})
        };
        let ranges: Vec<Value> = edges.iter().map(range).collect();
        Some(json!({if incoming { "from" } else { "to" }: item, "fromRanges": ranges}))
    };
    Ok(others.iter().filter_map(one).collect())
}

/// `textDocument/references`: the lines that called the function whose name stands there.
pub fn references(view: &mut View<'_>, params: &Value) -> Answer {
    let Some(n) = function_at(view, &params["position"]) else { return Ok(json!([])) };
    let outline = view.outline.clone();
    let codes = view.loaded.ground(view.source).codes(&outline, Some(n));
    let edges = view.loaded.edges();
    let mut found = Vec::new();
    for edge in edges.iter().filter(|edge| edge.times > 0 && codes.contains(&edge.callee)) {
        let recording = &view.loaded.recording;
        let Some(caller) = recording.functions.get(edge.caller as usize) else { continue };
        let Some(source) = recording.sources.get(caller.source as usize) else { continue };
        // In this buffer, where the line is now; elsewhere, where it was.
        let line =
            if caller.source == view.source { view.buffer_line(edge.line) } else { Some(edge.line as usize - 1) };
        let Some(line) = line else { continue };
        let at = json!({"line": line, "character": 0});
        let range = if caller.source == view.source { view.line_range(line) } else { json!({"start": at, "end": at}) };
        let location = json!({"uri": view.uri_of(&source.path), "range": range});
        if !found.contains(&location) {
            found.push(location);
        }
    }
    Ok(Value::Array(found))
}
