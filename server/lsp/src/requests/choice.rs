//! The call of a function, or the iteration of a loop, that the user selected. An active debugger is moved there;
//! without a debugger, only the lines show it.

use std::collections::BTreeMap;

use connie_history::beside::grouped;
use connie_history::timeline::{At, Direction};
use connie_source::outline::{Loop, Outline};
use serde::Serialize;

use crate::answer::Refusal;
use crate::view::View;

/// The answer to a selection: its number (from 1) and the total; null if the view is followed again.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Chosen {
    /// A call of a function.
    Call {
        /// Its number.
        call: Option<usize>,
        /// The number of calls.
        calls: usize,
    },
    /// An iteration of a loop.
    Iteration {
        /// Its number.
        iteration: Option<usize>,
        /// The number of iterations.
        iterations: usize,
    },
}

/// A selection.
pub struct Choice {
    /// The answer for the client.
    pub answer: Chosen,
    /// The step to which a debugger is moved.
    pub step: Option<u64>,
}

/// Selects one of `all`, relative to `now`; `None` to follow the view again.
fn choose(which: &str, now: Option<usize>, all: usize) -> Result<Option<usize>, Refusal> {
    let last = all.checked_sub(1).ok_or_else(|| Refusal::wrong("it did not run"))?;
    match which {
        "first" => Ok(Some(0)),
        // Before the first, both lead to the first.
        "previous" => Ok(Some(now.map_or(0, |now| now.saturating_sub(1)))),
        "next" => Ok(Some(now.map_or(0, |now| (now + 1).min(last)))),
        "last" => Ok(Some(last)),
        "follow" => Ok(None),
        number => match number.parse::<usize>() {
            Ok(n) if (1..=all).contains(&n) => Ok(Some(n - 1)),
            _ => Err(Refusal::wrong(format!(
                "{which:?} is not one of first, previous, next, last, raising, follow, or 1 to {all}"
            ))),
        },
    }
}

/// The index of the call of a function that is shown.
pub fn shown_call(view: &mut View<'_>, function: usize) -> Option<usize> {
    let outline = view.outline.clone();
    let call = view.loaded.call(view.source, &outline, Some(function))?;
    view.loaded.calls(view.source, &outline, function).binary_search(&call.first).ok()
}

/// Selects a call of the function that begins at a line.
pub fn call(view: &mut View<'_>, line: u32, which: &str) -> Result<Choice, Refusal> {
    let outline = view.outline.clone();
    let n = outline.functions.iter().position(|function| function.line == line || function.def_line == line);
    let n = n.ok_or_else(|| Refusal::wrong("no function begins at this line"))?;
    let calls = view.loaded.calls(view.source, &outline, n);
    let shown = shown_call(view, n);
    let chosen = if which == "raising" {
        // The next call that raised; after the last, the first again.
        let raising = raising(view, n, &calls);
        let next = raising.iter().find(|at| Some(**at) > shown).or(raising.first()).copied();
        Some(next.ok_or_else(|| Refusal::wrong("no call of it raised"))?)
    } else {
        choose(which, shown, calls.len())?
    };
    let step = if view.debugged {
        chosen.map(|at| first_line(view, calls[at]))
    } else {
        match chosen {
            Some(at) => view.loaded.chosen.insert((view.source, n), calls[at]),
            None => view.loaded.chosen.remove(&(view.source, n)),
        };
        None
    };
    Ok(Choice { answer: Chosen::Call { call: chosen.map(|at| at + 1), calls: calls.len() }, step })
}

/// The step at which a call is about to run its first line.
fn first_line(view: &View<'_>, call: u64) -> u64 {
    let loaded = &*view.loaded;
    let Ok(at) = loaded.timeline.position(&loaded.recording, call) else { return call };
    let is_it = |p: &connie_history::timeline::Position| p.frame == at.frame && p.at != At::Resume;
    let next = loaded.timeline.find(&loaded.recording, call, Direction::Forward, |_| true, is_it);
    next.ok().flatten().filter(|next| next.at == At::Line).map_or(call, |next| next.step)
}

/// The calls of a function in which an exception appeared, by index.
fn raising(view: &View<'_>, function: usize, calls: &[u64]) -> Vec<usize> {
    let ground = view.loaded.ground(view.source);
    let mut found: Vec<usize> = Vec::new();
    for code in ground.codes(&view.outline, Some(function)) {
        for step in view.loaded.recording.raised_in(code).unwrap_or_default() {
            let at = view.loaded.timeline.position(&view.loaded.recording, step).ok();
            let call = at.and_then(|at| ground.call_of(&at, step));
            found.extend(call.and_then(|call| calls.binary_search(&call.first).ok()));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Selects an iteration of the loop that begins at a line.
pub fn iteration(view: &mut View<'_>, line: u32, which: &str) -> Result<Choice, Refusal> {
    let outline = view.outline.clone();
    let each = outline
        .loops
        .iter()
        .find(|each| each.line == line)
        .ok_or_else(|| Refusal::wrong("no loop begins at this line"))?;
    if each.is_on_one_line() {
        return Err(Refusal::wrong("iterations of a loop on one line cannot be told apart"));
    }
    let call = view
        .loaded
        .call(view.source, &outline, each.function)
        .ok_or_else(|| Refusal::wrong("this loop did not run"))?;
    let all = view.loaded.iterations_of(view.source, &outline, &call, each);
    let chosen = view.loaded.iterations.get(&(view.source, line)).copied();
    let chosen = choose(which, chosen.or_else(|| all.at(call.last)), all.steps.len())?;
    let step = if view.debugged {
        chosen.map(|at| all.steps[at])
    } else {
        match chosen {
            Some(at) => {
                // A selected iteration implies those of the outer loops, and makes selections in inner loops
                // obsolete: both are dropped.
                let is_nested = |(of, other): &(u32, u32)| {
                    let other = outline.loops.iter().find(|loop_| loop_.line == *other);
                    *of == view.source && other.is_some_and(|other| encloses(other, each) || encloses(each, other))
                };
                view.loaded.iterations.retain(|place, _| !is_nested(place));
                view.loaded.iterations.insert((view.source, line), at)
            }
            None => view.loaded.iterations.remove(&(view.source, line)),
        };
        None
    };
    Ok(Choice { answer: Chosen::Iteration { iteration: chosen.map(|at| at + 1), iterations: all.steps.len() }, step })
}

/// The lines that show a selected call or iteration, with its number: "call 3 of 128".
pub fn lines(view: &mut View<'_>) -> BTreeMap<u32, String> {
    let mut found: BTreeMap<u32, String> = BTreeMap::new();
    let outline = view.outline.clone();
    let source = view.source;
    let mut calls: Vec<usize> =
        view.loaded.chosen.keys().filter(|(of, _)| *of == source).map(|(_, function)| *function).collect();
    calls.sort_unstable();
    for n in calls {
        let all = view.loaded.calls(source, &outline, n).len();
        let Some(at) = shown_call(view, n) else { continue };
        let text = format!("call {} of {}", grouped(at + 1), grouped(all));
        let ran = view.loaded.lines_run(source, &outline, Some(n)).unwrap_or_default();
        let own = ran.iter().copied().chain([outline.functions[n].def_line]);
        found.extend(own.map(|line| (line, text.clone())));
    }
    let mut loops: Vec<(u32, usize)> = view
        .loaded
        .iterations
        .iter()
        .filter(|((of, _), _)| *of == source)
        .map(|((_, line), at)| (*line, *at))
        .collect();
    loops.sort_unstable();
    for (line, at) in loops {
        let Some(each) = outline.loops.iter().find(|each| each.line == line) else { continue };
        let Some(call) = view.loaded.call(source, &outline, each.function) else { continue };
        let all = view.loaded.iterations_of(source, &outline, &call, each);
        // Another call with fewer iterations was selected since.
        if at >= all.steps.len() {
            continue;
        }
        let text = format!("iteration {} of {}", all.name(at), all.total());
        let ran = view.loaded.lines_run(source, &outline, each.function).unwrap_or_default();
        let around = outermost(&outline, each);
        for line in ran.iter().copied().filter(|line| (around.line..=around.last_line).contains(line)) {
            let known = found.entry(line).or_default();
            if !known.is_empty() {
                known.push_str(" · ");
            }
            known.push_str(&text);
        }
    }
    found
}

/// Whether a loop encloses another one of the same function, or is the same loop.
fn encloses(outer: &Loop, inner: &Loop) -> bool {
    outer.function == inner.function && outer.line <= inner.line && inner.last_line <= outer.last_line
}

/// The outermost loop of a function around one of its loops.
fn outermost<'o>(outline: &'o Outline, each: &'o Loop) -> &'o Loop {
    outline.loops.iter().filter(|other| encloses(other, each)).min_by_key(|other| other.line).unwrap_or(each)
}
