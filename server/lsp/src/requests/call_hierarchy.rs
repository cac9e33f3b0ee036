//! Call hierarchy and references, from the calls that ran.

use std::collections::BTreeMap;

use connie_history::calls::Edge;
use connie_history::profile::sum;
use connie_recording::amounts::{counted, duration};
use gen_lsp_types::{
    CallHierarchyIncomingCall, CallHierarchyItem, CallHierarchyOutgoingCall, Location, Range, SymbolKind,
};
use serde::{Deserialize, Serialize};

use super::hover::function_at;
use crate::answer::Answer;
use crate::params::{Lenient, Position};
use crate::projects::Projects;
use crate::protocol;
use crate::view::View;

/// `textDocument/prepareCallHierarchy`: the function named at the position, otherwise the enclosing one.
pub fn prepare(view: &mut View<'_>, position: &Position) -> Option<Vec<CallHierarchyItem>> {
    let n = function_at(view, position).or_else(|| around(view, position))?;
    let codes = view.loaded.ground(view.source).codes(&view.outline.clone(), Some(n));
    codes.first().and_then(|code| item(view, *code)).map(|item| vec![item])
}

fn around(view: &View<'_>, position: &Position) -> Option<usize> {
    let line = view.recorded_line((*position.line)?)?;
    view.outline.function_at(line).filter(|n| !view.outline.functions[*n].is_class)
}

/// A function as a type of the protocol; lines refer to the source that ran.
fn item(view: &View<'_>, code: u32) -> Option<CallHierarchyItem> {
    let recording = &view.loaded.recording;
    let function = recording.functions.get(code as usize)?;
    let source = recording.sources.get(function.source as usize)?;
    let range = protocol::start_of(function.line.saturating_sub(1) as usize);
    let data = Data { code: Some(code.into()), uri: Some(view.uri.clone()) };
    Some(CallHierarchyItem {
        name: function.name.clone(),
        kind: SymbolKind::Function,
        tags: None,
        detail: None,
        uri: view.uri_of(&source.path).into(),
        range,
        selection_range: range,
        data: serde_json::to_value(data).ok(),
    })
}

/// The data of an item, which the client sends back when its calls are requested.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Data {
    code: Option<u64>,
    uri: Option<String>,
}

/// Parameters of requests about an item.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct OfItem {
    item: Lenient<Item>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    data: Lenient<Data>,
}

/// `callHierarchy/incomingCalls`
pub fn incoming(projects: &mut Projects, params: &OfItem) -> Answer<Vec<CallHierarchyIncomingCall>> {
    let one = |(from, from_ranges)| CallHierarchyIncomingCall { from, from_ranges };
    Ok(calls(projects, params, |edge| (edge.callee, edge.caller)).into_iter().map(one).collect())
}

/// `callHierarchy/outgoingCalls`
pub fn outgoing(projects: &mut Projects, params: &OfItem) -> Answer<Vec<CallHierarchyOutgoingCall>> {
    let one = |(to, from_ranges)| CallHierarchyOutgoingCall { to, from_ranges };
    Ok(calls(projects, params, |edge| (edge.caller, edge.callee)).into_iter().map(one).collect())
}

/// The functions on the other side of an item's calls, with the lines of the calls. `sides` returns the item's side of
/// an edge and the other one.
fn calls(
    projects: &mut Projects,
    params: &OfItem,
    sides: impl Fn(&Edge) -> (u32, u32),
) -> Vec<(CallHierarchyItem, Vec<Range>)> {
    let data = &params.item.data;
    let (Some(code), Some(uri)) = (data.code, data.uri.as_deref()) else { return Vec::new() };
    let Some(view) = projects.view(uri) else { return Vec::new() };
    let mut others: BTreeMap<u32, Vec<Edge>> = BTreeMap::new();
    for edge in view.loaded.edges().iter() {
        let (own, other) = sides(edge);
        if u64::from(own) == code && edge.times > 0 {
            others.entry(other).or_default().push(*edge);
        }
    }
    let one = |(other, edges): (&u32, &Vec<Edge>)| {
        let mut item = item(&view, *other)?;
        let times = sum(edges.iter().map(|edge| edge.times));
        let time = sum(edges.iter().map(|edge| edge.time));
        let took = if time > 0 { format!(" · {}", duration(time)) } else { String::new() };
        item.detail = Some(format!("{}{took}", counted(times, "call")));
        let range = |edge: &Edge| protocol::start_of(edge.line.saturating_sub(1) as usize);
        Some((item, edges.iter().map(range).collect()))
    };
    others.iter().filter_map(one).collect()
}

/// `textDocument/references`: the lines that called the function named at the position.
pub fn references(view: &mut View<'_>, position: &Position) -> Vec<Location> {
    let Some(n) = function_at(view, position) else { return Vec::new() };
    let outline = view.outline.clone();
    let codes = view.loaded.ground(view.source).codes(&outline, Some(n));
    let edges = view.loaded.edges();
    let mut found = Vec::new();
    for edge in edges.iter().filter(|edge| edge.times > 0 && codes.contains(&edge.callee)) {
        let recording = &view.loaded.recording;
        let Some(caller) = recording.functions.get(edge.caller as usize) else { continue };
        let Some(source) = recording.sources.get(caller.source as usize) else { continue };
        // In this document, use the line's current position; in other files, the recorded one.
        let line = if caller.source == view.source {
            view.buffer_line(edge.line)
        } else {
            Some((edge.line as usize).saturating_sub(1))
        };
        let Some(line) = line else { continue };
        let range = if caller.source == view.source { view.line_range(line) } else { protocol::start_of(line) };
        let location = Location { uri: view.uri_of(&source.path).into(), range };
        if !found.contains(&location) {
            found.push(location);
        }
    }
    found
}
