//! Hover: a value at its moment, its writes and changes; the calls of a function; the hits of a line.

use std::fmt::Write;

use connie_expression::{Got, with_doubt};
use connie_history::beside::type_of;
use connie_history::moment::Moment;
use connie_history::profile::sum;
use connie_history::timeline::Direction;
use connie_recording::amounts::{counted, duration, grouped};
use connie_recording::player::Event;
use connie_recording::render::{Bounds, Renderer};
use gen_lsp_types::Hover;

use super::place::{self, ExpressionAt};
use super::seen::Seen;
use super::written;
use crate::markdown;
use crate::params::Position as Asked;
use crate::protocol;
use crate::view::View;
use connie_history::loaded::Loaded;

/// The maximum number of returned values shown.
const RETURNED: usize = 5;

/// `textDocument/hover`
pub fn hover(view: &mut View<'_>, position: &Asked) -> Option<Hover> {
    match function_at(view, position) {
        Some(n) => Some(of_function(view, n)),
        None => match place::at(view, position) {
            Some(place) => of_place(view, &place),
            None => of_line(view, position),
        },
    }
}

/// The value of an expression, truncated to a readable length.
pub fn value_of(loaded: &Loaded, source: u32, seen: &Seen<'_>) -> Option<String> {
    value_and_type(loaded, source, seen).map(|(value, _)| value)
}

fn value_and_type(loaded: &Loaded, source: u32, seen: &Seen<'_>) -> Option<(String, Option<String>)> {
    seen.ask(loaded, source, |expression, moment, frame, globals| {
        let (got, doubtful) = expression.eval_doubtful(&moment.scope(frame, globals)).ok()?;
        let Got::Value(value) = got else { return None };
        let text = Renderer::new(&moment.player, Bounds { string: 2000, items: 100, depth: 4 }).text(&value);
        Some((with_doubt(text, doubtful), type_of(&moment.player, &value)))
    })
}

/// Everything shown about an expression: value, type, writes, changes.
pub fn text(view: &View<'_>, seen: &Seen<'_>) -> Option<String> {
    let loaded = &*view.loaded;
    let (value, ty) = value_and_type(loaded, view.source, seen)?;
    let mut text = markdown::block(&format!("{} = {value}", seen.text));
    let mut facts: Vec<String> = ty.map(|ty| markdown::inline(&ty)).into_iter().collect();
    let place = written::place_of(loaded, seen);
    let versions = place.map(|place| written::versions(loaded, &place, seen.step)).unwrap_or_default();
    facts.extend(written::facts(view, &versions));
    let _ = write!(text, "\n\n{}", facts.join(" · "));
    if versions.len() > 1 {
        text.push_str(&written::curve(loaded, &versions));
    }
    let _ = write!(text, "\n\n*step {} of {}*", seen.step, loaded.recording.info.steps);
    Some(text)
}

/// What a function returns at a step.
pub fn returned_at(view: &View<'_>, step: u64) -> Option<String> {
    let moment = Moment::at(&view.loaded.recording, step).ok()?;
    let Event::Return(value) = &moment.step.event else { return None };
    let text = Renderer::new(&moment.player, Bounds { string: 2000, items: 100, depth: 4 }).text(value);
    let ty = type_of(&moment.player, value).map(|ty| markdown::inline(&ty)).unwrap_or_default();
    let steps = view.loaded.recording.info.steps;
    Some(format!("{}\n\n{ty}\n\n*returned at step {step} of {steps}*", markdown::block(&text)))
}

/// A hover over the word that the client finds at the position.
fn told_in(text: String) -> Hover {
    Hover { contents: protocol::markdown(text).into(), range: None }
}

fn of_place(view: &mut View<'_>, place: &ExpressionAt) -> Option<Hover> {
    let text = self::text(view, &place.seen())?;
    let range = Some(view.range(place.line, place.columns));
    Some(Hover { contents: protocol::markdown(text).into(), range })
}

/// The function named at a position.
pub fn function_at(view: &View<'_>, position: &Asked) -> Option<usize> {
    let line = (*position.line)?;
    let column = view.encoding.bytes(view.document.line(line)?, (*position.character)?);
    let recorded = view.recorded_line(line)?;
    view.outline.functions.iter().position(|function| {
        let (start, end) = function.name_columns;
        !function.is_class && function.def_line == recorded && start <= column && column <= end
    })
}

fn of_function(view: &mut View<'_>, n: usize) -> Hover {
    let outline = view.outline.clone();
    let ground = view.loaded.ground(view.source);
    let codes = ground.codes(&outline, Some(n));
    let name = &outline.functions[n].name;
    if codes.is_empty() {
        return told_in(format!("{} was not called in this recording", markdown::inline(name)));
    }
    let calls = view.loaded.calls(view.source, &outline, n);
    let (mut total, mut own) = (0u64, 0u64);
    for code in &codes {
        let (_, all, alone) = view.loaded.recording.times(*code).unwrap_or_default();
        (total, own) = (total.saturating_add(all), own.saturating_add(alone));
    }
    let raised: usize =
        codes.iter().map(|code| view.loaded.recording.raised_in(*code).map_or(0, |all| all.len())).sum();
    let mut text = format!("{}: {}", markdown::inline(name), counted(calls.len() as u64, "call"));
    if raised > 0 {
        let _ = write!(text, " · {} raised", grouped(raised as u64));
    }
    if total > 0 {
        let (total, own) = (duration(total), duration(own));
        let _ = write!(text, " · {total} in all, {own} in itself");
    }
    let returned = returned(view.loaded, &calls, &codes);
    if !returned.is_empty() {
        let _ = write!(text, "\n\nreturned {}", returned.join(", "));
    }
    told_in(text)
}

/// The values returned by the last calls, the latest first, without duplicates.
fn returned(loaded: &Loaded, calls: &[u64], codes: &[u32]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for first in calls.iter().rev().take(RETURNED * 4) {
        let Ok(at) = loaded.timeline.position(&loaded.recording, *first) else { continue };
        let ends = |p: &connie_history::timeline::Position| {
            p.frame == at.frame && p.at == connie_history::timeline::At::Return && codes.contains(&p.code)
        };
        let end = loaded.timeline.find(&loaded.recording, *first, Direction::Forward, |_| true, ends);
        let Some(end) = end.ok().flatten() else { continue };
        let Ok(moment) = Moment::at(&loaded.recording, end.step) else { continue };
        let Event::Return(value) = &moment.step.event else { continue };
        let text = Renderer::new(&moment.player, Bounds { string: 60, items: 5, depth: 2 }).text(value);
        let ty = type_of(&moment.player, value).unwrap_or_default();
        let text = format!("{} ({})", markdown::inline(&text), markdown::name(&ty));
        if !found.contains(&text) {
            found.push(text);
        }
        if found.len() >= RETURNED {
            break;
        }
    }
    found
}

/// How often a line ran, and how long the recorded functions took that it called.
fn of_line(view: &mut View<'_>, position: &Asked) -> Option<Hover> {
    let line = position.line.and_then(|line| view.recorded_line(line));
    let outline = view.outline.clone();
    match line.and_then(|line| view.loaded.times(view.source, &outline, line)) {
        Some(times) => {
            let mut text = format!("this line ran {}", counted(times, "time"));
            let line = line.unwrap_or(0);
            let call = view.loaded.call_within_loops(view.source, &outline, outline.function_at(line));
            if call.is_some_and(|call| view.loaded.ground(view.source).last_hit(&call, line, line).is_none()) {
                text.push_str(", but not in the call that is shown");
            }
            let codes = view.loaded.ground(view.source).codes(&outline, outline.function_at(line));
            let edges = view.loaded.edges_at_hand().unwrap_or_default();
            let own = edges.iter().filter(|edge| edge.line == line && codes.contains(&edge.caller));
            let time = sum(own.map(|edge| edge.time));
            if time > 0 {
                let _ = write!(text, "; the functions that it called took {}", duration(time));
            }
            Some(told_in(text))
        }
        None => None,
    }
}
