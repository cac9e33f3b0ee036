//! JSON lines: one object per step. The format is public: docs/replay-format.md.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;

use connie_history::attribute_changes::{AttributeChanges, reached};
use connie_history::story::Locals;
use connie_history::variables::Variables;
use connie_recording::player::Event;
use connie_recording::render::Bounds;
use connie_recording::{Error, Recording};

use super::select::Selection;
use crate::failure::Failure;

/// Writes the selected steps, one per line, or as one array. Returns the errors of chunks that could not be read.
///
/// # Errors
/// If the recording cannot be read at all, or `out` cannot be written.
pub fn write(
    recording: &Recording,
    selection: &Selection,
    locals: Locals,
    bounds: Bounds,
    in_array: bool,
    out: &mut impl Write,
) -> Result<Vec<Error>, Failure> {
    let quote = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let threads: HashMap<u32, String> =
        recording.threads()?.into_iter().map(|thread| (thread.id, quote(&thread.name))).collect();
    let processes: HashMap<u32, String> =
        recording.process_ids()?.into_iter().map(|(thread, pid)| (thread, format!(",\"process\":{pid}"))).collect();
    let files: Vec<String> = recording.sources.iter().map(|source| quote(&source.path)).collect();
    let names: Vec<String> = recording.functions.iter().map(|function| quote(&function.name)).collect();
    let tasks: HashMap<u32, String> =
        recording.tasks()?.into_iter().map(|task| (task.id, format!(",\"task\":{}", quote(&task.name)))).collect();
    let mut player = selection.player(recording)?;
    let mut variables = Variables::new(bounds).with_hidden(locals == Locals::All);
    let mut told = AttributeChanges::new(recording, &player, bounds);
    let mut changes = BTreeMap::new();
    let mut before: &[u8] = b"[\n";
    while let Some(step) = player.next_step() {
        if step.number > selection.to {
            break;
        }
        changes.extend(told.changed(&player));
        if !selection.shows(&step) {
            continue;
        }
        out.write_all(if in_array { before } else { b"" })?;
        before = b",\n";
        let unknown = String::from("\"?\"");
        let thread = threads.get(&step.thread).unwrap_or(&unknown);
        let process = processes.get(&step.thread).map_or("", String::as_str);
        let task = step.frame.and_then(|frame| tasks.get(&frame.task)).map_or("", String::as_str);
        write!(out, "{{\"step\":{},\"thread\":{thread}{process}{task}", step.number)?;
        write!(out, ",\"event\":\"{}\"", step.event.name())?;
        if let Some(frame) = step.frame {
            let function = recording.function(frame.code);
            let file = function.and_then(|function| files.get(function.source as usize)).unwrap_or(&unknown);
            let name = names.get(frame.code as usize).unwrap_or(&unknown);
            write!(out, ",\"file\":{file},\"line\":{},\"function\":{name},\"depth\":{}", frame.line, step.depth)?;
        }
        if let Event::Output(stream) = step.event {
            let text = recording.output_at(step.number)?;
            let stream = if stream == 2 { "stderr" } else { "stdout" };
            write!(out, ",\"stream\":\"{stream}\",\"text\":{}", quote(&String::from_utf8_lossy(&text)))?;
        } else if let Some(frame) = step.frame.filter(|_| locals != Locals::None) {
            write!(out, ",\"locals\":{{")?;
            for (n, (name, text)) in locals.of(&mut variables, &player, &frame).iter().enumerate() {
                let comma = if n > 0 { "," } else { "" };
                write!(out, "{comma}{}:{}", quote(name), quote(text))?;
            }
            write!(out, "}}")?;
            if locals == Locals::All {
                changes = reached(&player, &frame, bounds).into_iter().map(|(name, text)| (name, Some(text))).collect();
            }
            if !changes.is_empty() {
                let each = std::mem::take(&mut changes);
                let text = |text: Option<String>| text.map_or_else(|| "null".into(), |text| quote(&text));
                let each = each.into_iter().map(|(name, value)| format!("{}:{}", quote(&name), text(value)));
                write!(out, ",\"attributes\":{{{}}}", each.collect::<Vec<_>>().join(","))?;
            }
        }
        if let Event::Return(value) | Event::Yield(value) | Event::Raise(value) = &step.event {
            write!(out, ",\"value\":{}", quote(&variables.text(&player, value)))?;
        }
        out.write_all(if in_array { b"}" } else { b"}\n" })?;
        if let (Event::Return(_), Some(frame)) = (&step.event, step.frame) {
            variables.forget(frame.frame);
        }
    }
    if in_array {
        out.write_all(if before == b"[\n" { b"[]\n" } else { b"\n]\n" })?;
    }
    out.flush()?;
    Ok(player.damaged)
}
