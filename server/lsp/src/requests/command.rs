//! Commands: choose a call, an iteration, a step, a recording; have the debugger watch a value.

use std::path::PathBuf;

use connie_history::cursor::Wish;
use connie_recording::files;
use connie_source::outline::Outline;
use serde_json::{Value, json};

use crate::code;
use crate::documents::path_of;
use crate::worker::{Answer, Refusal, View, Worker};

/// The commands, as `executeCommand` names them.
pub const COMMANDS: [&str; 8] = [
    "connie.call",
    "connie.iteration",
    "connie.goToStep",
    "connie.breakWhenChanged",
    "connie.selectRecording",
    "connie.recordings",
    VIEW,
    "connie.testAt",
];

/// Shows a recording in a browser: a uri, a step or null for the view's, a recording or null for the one shown.
pub const VIEW: &str = "connie.openInViewer";

const NO_RECORDINGS: &str = "this project has no recordings";

fn wrong(why: &str) -> Refusal {
    (code::INVALID_PARAMS, why.to_owned())
}

/// `workspace/executeCommand`
pub fn execute(worker: &mut Worker, params: &Value) -> Answer {
    let null = Value::Null;
    let arguments = params["arguments"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    let argument = |n: usize| arguments.get(n).unwrap_or(&null);
    let uri = argument(0).as_str();
    match params["command"].as_str() {
        Some(command @ ("connie.call" | "connie.iteration")) => {
            let (Some(uri), Some(line), Some(which)) = (uri, argument(1).as_u64(), argument(2).as_str()) else {
                return Err(wrong(
                    "this command takes a uri, a line and one of first, previous, next, last, raising, follow",
                ));
            };
            let Some(mut view) = worker.view(uri) else { return Err(wrong("this file was not recorded")) };
            let chosen = if command == "connie.call" {
                call(&mut view, line as u32, which)?
            } else {
                iteration(&mut view, line as u32, which)?
            };
            worker.show_anew();
            Ok(chosen)
        }
        Some("connie.goToStep") => {
            let step = argument(1).as_u64();
            let Some((_, folder)) = worker.folder(uri) else { return Err(wrong(NO_RECORDINGS)) };
            folder.seek(step);
            if let Some(uri) = uri {
                worker.view(uri);
            }
            worker.show_anew();
            Ok(Value::Null)
        }
        Some("connie.breakWhenChanged") => {
            let (Some(expression), Some(step), Some(frame)) =
                (argument(1).as_str(), argument(2).as_u64(), argument(3).as_u64())
            else {
                return Err(wrong("this command takes a uri, an expression, a step and a frame"));
            };
            let wish = Wish::Watch { expression: expression.to_owned(), step, frame };
            if worker.folder(uri).is_some_and(|(_, folder)| folder.ask(&wish)) {
                return Ok(Value::Null);
            }
            Err(wrong("no debugger stands in this project; start one first"))
        }
        Some("connie.selectRecording") => {
            let found = argument(1).as_str().map(|wanted| recording(worker, uri, wanted)).transpose()?;
            let (_, folder) = worker.folder(uri).ok_or_else(|| wrong(NO_RECORDINGS))?;
            folder.select(found);
            worker.show_anew();
            Ok(Value::Null)
        }
        Some("connie.recordings") => {
            let Some((path, folder)) = worker.folder(uri) else { return Ok(json!([])) };
            let shown = folder.recording().map(std::path::Path::to_path_buf);
            let one = |path: &PathBuf| {
                let info = connie_recording::reader::info(path).ok()?;
                Some(json!({
                    "path": path, "id": info.id, "program": info.program, "result": info.result,
                    "steps": info.steps, "started": info.started, "shown": shown.as_ref() == Some(path),
                }))
            };
            Ok(worker.recordings(&path).iter().rev().filter_map(one).collect())
        }
        Some(VIEW) => {
            if let Some(wanted) = argument(2).as_str() {
                let path = recording(worker, uri, wanted)?;
                return worker.open_in_viewer(&path, argument(1).as_u64());
            }
            let shown = worker.folder(uri).and_then(|(_, folder)| {
                folder.recording().map(|path| (path.to_path_buf(), argument(1).as_u64().or(folder.step())))
            });
            let (path, step) = shown.ok_or_else(|| wrong(NO_RECORDINGS))?;
            worker.open_in_viewer(&path, step)
        }
        Some("connie.testAt") => {
            let (Some(uri), Some(line)) = (uri, argument(1).as_u64()) else {
                return Err(wrong("this command takes a uri and a line"));
            };
            let path = path_of(uri).ok_or_else(|| wrong("this is no file"))?;
            // The buffer as it is, recorded or not.
            let outline = match worker.document(uri) {
                Some(document) => Outline::of(&document.text),
                None => {
                    Outline::of(&files::read_text(&path, files::SOURCE).map_err(|error| wrong(&error.to_string()))?)
                }
            };
            let names = super::test_at::names(&outline, u32::try_from(line).unwrap_or(u32::MAX));
            Ok(json!(format!("{}{names}", path.display())))
        }
        Some(other) => Err(wrong(&format!("connie has no command {other:?}"))),
        None => Err(wrong("which command?")),
    }
}

/// The recording of a project that a path, an id or its beginning names.
fn recording(worker: &mut Worker, uri: Option<&str>, wanted: &str) -> Result<PathBuf, Refusal> {
    let (folder, _) = worker.folder(uri).ok_or_else(|| wrong(NO_RECORDINGS))?;
    let is_it = |path: &PathBuf| {
        path.to_string_lossy() == wanted || path.file_stem().is_some_and(|id| id.to_string_lossy().starts_with(wanted))
    };
    let found = worker.recordings(&folder).into_iter().find(is_it);
    found.ok_or_else(|| wrong(&format!("there is no recording {wanted}")))
}

/// Chooses one of `all`, seen from `now`; `None` to follow the view again.
fn choose(which: &str, now: Option<usize>, all: usize) -> Result<Option<usize>, Refusal> {
    let last = all.checked_sub(1).ok_or_else(|| wrong("it did not run"))?;
    let now = now.unwrap_or(last);
    match which {
        "first" => Ok(Some(0)),
        "previous" => Ok(Some(now.saturating_sub(1))),
        "next" => Ok(Some((now + 1).min(last))),
        "last" => Ok(Some(last)),
        "follow" => Ok(None),
        number => match number.parse::<usize>() {
            Ok(n) if (1..=all).contains(&n) => Ok(Some(n - 1)),
            _ => {
                Err(wrong(&format!("{which:?} is none of first, previous, next, last, raising, follow, or 1 to {all}")))
            }
        },
    }
}

fn call(view: &mut View<'_>, line: u32, which: &str) -> Answer {
    let outline = view.outline.clone();
    let n = outline.functions.iter().position(|function| function.line == line || function.def_line == line);
    let n = n.ok_or_else(|| wrong("no function begins at this line"))?;
    let calls = view.loaded.calls(view.source, &outline, n);
    let shown = view.loaded.call(view.source, &outline, Some(n)).and_then(|call| calls.binary_search(&call.first).ok());
    let chosen = if which == "raising" {
        // The next call that raised, around to the first again.
        let raising = raising(view, n, &calls);
        let next = raising.iter().find(|at| Some(**at) > shown).or(raising.first()).copied();
        Some(next.ok_or_else(|| wrong("no call of it raised"))?)
    } else {
        choose(which, shown, calls.len())?
    };
    match chosen {
        Some(at) => view.loaded.chosen.insert((view.source, n), calls[at]),
        None => view.loaded.chosen.remove(&(view.source, n)),
    };
    Ok(json!({"call": chosen.map(|at| at + 1), "calls": calls.len()}))
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

fn iteration(view: &mut View<'_>, line: u32, which: &str) -> Answer {
    let outline = view.outline.clone();
    let each =
        outline.loops.iter().find(|each| each.line == line).ok_or_else(|| wrong("no loop begins at this line"))?;
    let call = view.loaded.call(view.source, &outline, each.function).ok_or_else(|| wrong("this loop did not run"))?;
    let all = view.loaded.ground(view.source).iterations(&call, each).len();
    let now = view.loaded.iterations.get(&(view.source, line)).copied();
    let chosen = choose(which, now, all)?;
    match chosen {
        Some(at) => view.loaded.iterations.insert((view.source, line), at),
        None => view.loaded.iterations.remove(&(view.source, line)),
    };
    Ok(json!({"iteration": chosen.map(|at| at + 1), "iterations": all}))
}
