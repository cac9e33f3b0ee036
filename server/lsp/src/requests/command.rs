//! Commands: select a call, an iteration, a step, a recording; make the debugger watch a value.

use std::path::{Path, PathBuf};

use connie_history::cursor::Wish;
use connie_recording::files;
use connie_source::outline::Outline;
use lsp_server::ErrorCode;
use serde::Serialize;
use serde_json::Value;

use super::{annotate, choice};
use crate::answer::{Answer, Refusal, to_value};
use crate::documents::path_of;
use crate::params::ExecuteCommand;
use crate::projects::Projects;
use crate::view::View;

/// The commands, as `executeCommand` names them.
pub const COMMANDS: [&str; 11] = [
    CALL,
    ITERATION,
    GO_TO_STEP,
    BACK,
    BREAK_WHEN_CHANGED,
    "connie.selectRecording",
    "connie.recordings",
    VIEW,
    WHY_NOT,
    ANNOTATE,
    "connie.testAt",
];

/// Selects a call of a function. Arguments: a uri, a line from 1, and the selection.
pub const CALL: &str = "connie.call";

/// Selects an iteration of a loop. Arguments: a uri, a line from 1, and the selection.
pub const ITERATION: &str = "connie.iteration";

/// Goes to a step. Arguments: a uri, a step.
pub const GO_TO_STEP: &str = "connie.goToStep";

/// Makes the debugger stop where a value changes. Arguments: a uri, an expression, a step and a frame.
pub const BREAK_WHEN_CHANGED: &str = "connie.breakWhenChanged";

/// Shows a recording in a browser. Arguments: a uri, a step (null for that of the view), a recording (null for the one
/// shown).
pub const VIEW: &str = "connie.openInViewer";

/// Moves the debugger back to its position before a call, an iteration or a step was selected. Argument: a uri; without
/// it, the first workspace folder is used.
pub const BACK: &str = "connie.goBack";

/// Shows why a line did not run: a uri, a line from 1.
pub const WHY_NOT: &str = "connie.whyNot";

/// Adds annotations to the function whose `def` is on a line: a uri, a line from 1.
pub const ANNOTATE: &str = "connie.annotate";

fn no_recordings() -> Refusal {
    Refusal::wrong("this project has no recordings")
}

/// The arguments of a command; missing ones are null.
struct Arguments<'a>(&'a [Value]);

impl<'a> Arguments<'a> {
    fn text(&self, n: usize) -> Option<&'a str> {
        self.0.get(n)?.as_str()
    }

    fn number(&self, n: usize) -> Option<u64> {
        self.0.get(n)?.as_u64()
    }

    /// The URI of the document, which is the first argument.
    fn uri(&self) -> Option<&'a str> {
        self.text(0)
    }
}

/// `workspace/executeCommand`
pub fn execute(projects: &mut Projects, params: &ExecuteCommand) -> Answer<Value> {
    let given = Arguments(&params.arguments);
    let command = params.command.as_deref().ok_or_else(|| Refusal::wrong("which command?"))?;
    match command {
        CALL | ITERATION => to_value(&choose(projects, command, &given)?),
        BACK => to_value(&back(projects, &given)?),
        GO_TO_STEP => to_value(&go_to_step(projects, &given)?),
        BREAK_WHEN_CHANGED => to_value(&break_when_changed(projects, &given)?),
        "connie.selectRecording" => to_value(&select(projects, &given)?),
        "connie.recordings" => to_value(&recordings(projects, &given)),
        VIEW => to_value(&view(projects, &given)?),
        WHY_NOT => to_value(&why_not(projects, &given)?),
        ANNOTATE => to_value(&annotate(projects, &given)?),
        "connie.testAt" => to_value(&test_at(projects, &given)?),
        other => Err(Refusal::wrong(format!("connie has no command {other:?}"))),
    }
}

fn choose(projects: &mut Projects, command: &str, given: &Arguments<'_>) -> Answer<choice::Chosen> {
    let (Some(uri), Some(line), Some(which)) = (given.uri(), given.number(1), given.text(2)) else {
        let why = "this command takes a uri, a line and one of first, previous, next, last, raising, follow";
        return Err(Refusal::wrong(why));
    };
    let line = u32::try_from(line).map_err(|_| Refusal::wrong("there is no such line"))?;
    let Some(mut view) = projects.view(uri) else { return Err(Refusal::wrong("this file was not recorded")) };
    let chosen = if command == CALL {
        choice::call(&mut view, line, which)?
    } else {
        choice::iteration(&mut view, line, which)?
    };
    // An active debugger goes there, and everything else follows it.
    if let (Some(step), Some((_, folder))) = (chosen.step, projects.folder(Some(uri))) {
        folder.choose(step, uri, line);
    }
    projects.changed = true;
    Ok(chosen.answer)
}

/// The position to which the debugger went back.
#[derive(Serialize)]
struct Back {
    step: u64,
}

fn back(projects: &mut Projects, given: &Arguments<'_>) -> Answer<Back> {
    let (_, folder) = projects.folder(given.uri()).ok_or_else(no_recordings)?;
    let step = folder.go_back().ok_or_else(|| {
        Refusal::wrong(
            "there is nothing to go back to: in this debugging session no call, iteration or step was chosen",
        )
    })?;
    projects.changed = true;
    Ok(Back { step })
}

fn go_to_step(projects: &mut Projects, given: &Arguments<'_>) -> Answer<()> {
    let (_, folder) = projects.folder(given.uri()).ok_or_else(no_recordings)?;
    folder.seek(given.number(1));
    if let Some(uri) = given.uri() {
        projects.view(uri);
    }
    projects.changed = true;
    Ok(())
}

/// Shows the answer and returns it, for clients that show it in another way.
fn why_not(projects: &mut Projects, given: &Arguments<'_>) -> Answer<String> {
    let (mut view, line) = view_at(projects, given)?;
    let text = super::why_not::answer(&mut view, line)?;
    projects.show(&text);
    Ok(text)
}

/// The document and the line (from 0) that a command is about.
fn view_at<'p>(projects: &'p mut Projects, given: &Arguments<'_>) -> Answer<(View<'p>, usize)> {
    let line = given.number(1).and_then(|line| usize::try_from(line).ok()).and_then(|line| line.checked_sub(1));
    let (Some(uri), Some(line)) = (given.uri(), line) else {
        return Err(Refusal::wrong("this command takes a uri and a line"));
    };
    let view = projects.view(uri).ok_or_else(|| Refusal::wrong("this file was not recorded"))?;
    Ok((view, line))
}

/// Asks the client to apply the edit.
fn annotate(projects: &mut Projects, given: &Arguments<'_>) -> Answer<()> {
    let checks_versions = projects.support.checks_versions;
    let (view, line) = view_at(projects, given)?;
    let (edit, uri, version) = (annotate::edit(&view, line, checks_versions)?, view.uri.clone(), view.document.version);
    if projects.document(&uri).is_none_or(|now| now.version != version) {
        return Err(Refusal::new(ErrorCode::ContentModified, "the buffer changed meanwhile"));
    }
    projects.apply(edit);
    Ok(())
}

fn break_when_changed(projects: &mut Projects, given: &Arguments<'_>) -> Answer<()> {
    let (Some(expression), Some(step), Some(frame)) = (given.text(1), given.number(2), given.number(3)) else {
        return Err(Refusal::wrong("this command takes a uri, an expression, a step and a frame"));
    };
    let wish = Wish::Watch { expression: expression.to_owned(), step, frame };
    if projects.folder(given.uri()).is_some_and(|(_, folder)| folder.ask(&wish)) {
        return Ok(());
    }
    Err(Refusal::wrong("no debugger is stopped in this project; start one first"))
}

fn select(projects: &mut Projects, given: &Arguments<'_>) -> Answer<()> {
    let found = given.text(1).map(|wanted| recording(projects, given.uri(), wanted)).transpose()?;
    let (_, folder) = projects.folder(given.uri()).ok_or_else(no_recordings)?;
    folder.select(found);
    projects.changed = true;
    Ok(())
}

/// A recording of the project.
#[derive(Serialize)]
struct Row {
    path: PathBuf,
    id: String,
    program: String,
    result: String,
    steps: u64,
    started: i64,
    shown: bool,
}

/// The recordings of a project, the newest first.
fn recordings(projects: &mut Projects, given: &Arguments<'_>) -> Vec<Row> {
    let Some((folder, state)) = projects.folder(given.uri()) else { return Vec::new() };
    let shown = state.recording().map(Path::to_path_buf);
    let one = |path: &PathBuf| {
        let info = connie_recording::reader::info(path).ok()?;
        Some(Row {
            path: path.clone(),
            id: info.id,
            program: info.program,
            result: info.result,
            steps: info.steps,
            started: info.started,
            shown: shown.as_ref() == Some(path),
        })
    };
    projects.recordings(&folder).iter().rev().filter_map(one).collect()
}

fn view(projects: &mut Projects, given: &Arguments<'_>) -> Answer<String> {
    if let Some(wanted) = given.text(2) {
        let path = recording(projects, given.uri(), wanted)?;
        return projects.open_in_viewer(&path, given.number(1));
    }
    let shown = projects
        .folder(given.uri())
        .and_then(|(_, folder)| folder.recording().map(|path| (path.to_path_buf(), given.number(1).or(folder.step()))));
    let (path, step) = shown.ok_or_else(no_recordings)?;
    projects.open_in_viewer(&path, step)
}

fn test_at(projects: &mut Projects, given: &Arguments<'_>) -> Answer<String> {
    let (Some(uri), Some(line)) = (given.uri(), given.number(1)) else {
        return Err(Refusal::wrong("this command takes a uri and a line"));
    };
    let path = path_of(uri).ok_or_else(|| Refusal::wrong("this is not a file"))?;
    // The current document, whether it was recorded or not.
    let outline = match projects.document(uri) {
        Some(document) => Outline::of(&document.text),
        None => {
            let text = files::read_text(&path, files::SOURCE);
            Outline::of(&text.map_err(|error| Refusal::wrong(error.to_string()))?)
        }
    };
    let names = super::test_at::names(&outline, u32::try_from(line).unwrap_or(u32::MAX));
    Ok(format!("{}{names}", path.display()))
}

/// The recording of a project for a path, an id or its beginning.
fn recording(projects: &mut Projects, uri: Option<&str>, wanted: &str) -> Answer<PathBuf> {
    let (folder, _) = projects.folder(uri).ok_or_else(no_recordings)?;
    let is_it = |path: &PathBuf| {
        path.to_string_lossy() == wanted || path.file_stem().is_some_and(|id| id.to_string_lossy().starts_with(wanted))
    };
    let found = projects.recordings(&folder).into_iter().find(is_it);
    found.ok_or_else(|| Refusal::wrong(format!("there is no recording {wanted}")))
}
