//! Writes a recording as one self-contained web page.

use std::io::Write;
use std::path::Path;

use askama::Template;
use connie_history::loaded::Loaded;
use connie_history::profile::{profile, sum};
use connie_history::source_values;
use connie_history::variables::Variables;
use connie_recording::Recording;
use connie_recording::plain::plain;
use connie_recording::player::Player;
use connie_recording::reader::Raised;
use connie_recording::render::Bounds;
use connie_source::highlight::{self, Class};

use super::story::{Story, story};
use crate::commands::list::local_time;
use crate::failure::Failure;
use crate::{folder, style};

/// The maximum number of characters of a value beside a line.
const LENGTH: usize = 80;
/// The maximum number of exceptions and functions listed.
const MAX_LISTED: usize = 100;
/// The maximum number of bytes of output shown.
const PRINTED: usize = 1 << 20;
/// Limits of the texts of a frame's variables.
const BOUNDS: Bounds = Bounds { string: 300, items: 30, depth: 3 };

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    version: &'static str,
    program: String,
    result: String,
    is_good: bool,
    facts: Vec<(&'static str, String)>,
    stack_title: String,
    is_error: bool,
    frames: Vec<Frame>,
    output: Vec<Piece>,
    exceptions: Vec<Exception>,
    functions: Vec<Function>,
    story: Story,
    moment: String,
    files: Vec<File>,
}

struct Frame {
    function: String,
    place: String,
    anchor: String,
    code: String,
    variables: Vec<(String, String)>,
    is_innermost: bool,
}

struct Piece {
    text: String,
    is_error: bool,
}

struct Exception {
    text: String,
    place: String,
    anchor: String,
    step: String,
    is_uncaught: bool,
}

struct Function {
    name: String,
    calls: String,
    total: String,
    own: String,
    share: u64,
    place: String,
    anchor: String,
}

struct File {
    path: String,
    anchor: String,
    is_open: bool,
    lines: Vec<Line>,
}

struct Line {
    number: u32,
    times: String,
    never: bool,
    pieces: Vec<(String, &'static str)>,
    values: Vec<(String, String)>,
    raised: Vec<String>,
}

/// Writes the page, with the values of a step.
///
/// # Errors
/// If the recording cannot be read, or has no such step.
pub fn write(path: &Path, step: Option<u64>, out: &mut impl Write) -> Result<(), Failure> {
    let mut loaded = Loaded::open(path)?;
    let moment = step.or(loaded.recording.info.exception);
    loaded.go_to(moment);
    let page = page(&mut loaded, step, moment)?;
    let text = page.render().map_err(|error| std::io::Error::other(error.to_string()))?;
    // Nothing of the page itself is such a character, so all of them are of recorded texts.
    out.write_all(plain(&text).as_bytes())?;
    out.flush()?;
    Ok(())
}

fn page(loaded: &mut Loaded, asked: Option<u64>, moment: Option<u64>) -> Result<Page, Failure> {
    let files = (0..loaded.recording.sources.len() as u32).filter_map(|source| file(loaded, source)).collect();
    let story = story(loaded, moment)?;
    let recording = &loaded.recording;
    let info = &recording.info;
    let raised = info.exception.map(|step| recording.exception_at(step)).transpose()?.flatten();
    let frames = moment.map(|step| stack(recording, step)).transpose()?.unwrap_or_default();
    let is_error = asked.is_none() && raised.is_some();
    let stack_title = match moment {
        Some(step) if is_error => format!("Where it failed (step {})", style::grouped(step)),
        Some(step) => format!("Step {}", style::grouped(step)),
        None => String::new(),
    };
    let when = moment.map_or_else(|| "last".to_owned(), |step| format!("last before step {}", style::grouped(step)));
    Ok(Page {
        version: env!("CARGO_PKG_VERSION"),
        program: info.program.clone(),
        is_good: info.outcome() == "ok",
        result: raised.as_ref().map_or_else(|| info.outcome(), ToString::to_string),
        facts: facts(recording),
        stack_title,
        is_error,
        frames,
        output: output(recording)?,
        exceptions: recording.exceptions(MAX_LISTED)?.iter().map(|raised| exception(recording, raised)).collect(),
        functions: if info.is_counted() { functions(recording)? } else { Vec::new() },
        story,
        moment: when,
        files,
    })
}

/// The facts of a run: name and value.
pub fn facts(recording: &Recording) -> Vec<(&'static str, String)> {
    let info = &recording.info;
    let mut facts = vec![("recording", folder::id(recording.path())), ("command", info.argv.join(" "))];
    facts.push(("in", info.cwd.clone()));
    facts.push(("python", info.python.clone().unwrap_or_else(|| "unknown".into())));
    facts.push(("started", local_time(info.started)));
    facts.extend(info.duration().map(|took| ("took", style::duration(took.unsigned_abs()))));
    facts.push(("steps", style::grouped(info.steps)));
    facts.extend(info.trouble.clone().map(|trouble| ("trouble", trouble)));
    facts
}

/// The anchor of a source line on the page.
pub(super) fn anchor(source: u32, line: u32) -> String {
    format!("s{source}-{line}")
}

/// A place as people write it.
pub(super) fn place(recording: &Recording, source: u32, line: u32) -> String {
    format!("{}:{line}", recording.short(source))
}

/// The frames at a step, the innermost first.
fn stack(recording: &Recording, step: u64) -> Result<Vec<Frame>, Failure> {
    let (player, _) = Player::at(recording, step)?;
    let mut variables = Variables::new(BOUNDS);
    let frame = |(n, frame): (usize, &connie_recording::chunk::StackFrame)| {
        let function = recording.function(frame.code);
        let source = function.map_or(u32::MAX, |function| function.source);
        let text = recording.sources.get(source as usize).and_then(|source| source.text.as_deref());
        let code = text.and_then(|text| text.lines().nth((frame.line as usize).saturating_sub(1)));
        Frame {
            function: function.map_or_else(|| "?".into(), |function| function.name.clone()),
            place: place(recording, source, frame.line),
            anchor: anchor(source, frame.line),
            code: code.unwrap_or_default().trim().to_owned(),
            variables: shown(variables.all(&player, frame), frame.namespace != 0),
            is_innermost: n == 0,
        }
    };
    Ok(player.stack().iter().rev().enumerate().map(frame).collect())
}

/// The variables to show. In a module, functions and classes are left out.
fn shown(variables: Vec<(String, String)>, is_module: bool) -> Vec<(String, String)> {
    let is_news = |text: &str| !is_module || !(text.starts_with("<function ") || text.starts_with("<class "));
    variables.into_iter().filter(|(_, text)| is_news(text)).collect()
}

fn output(recording: &Recording) -> Result<Vec<Piece>, Failure> {
    let mut left = PRINTED;
    let mut pieces = Vec::new();
    for written in recording.output_after(0, PRINTED)? {
        if written.text.len() > left {
            pieces.push(Piece { text: "\n… and more: see connie replay".into(), is_error: true });
            break;
        }
        left -= written.text.len();
        // What colours a terminal says nothing on a page.
        let text = without_colours(&written.text);
        pieces.push(Piece { text, is_error: written.stream == 2 });
    }
    Ok(pieces)
}

/// A text without the sequences that colour a terminal: `ESC [ 31 m`.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit() && c != ';');
        match end.filter(|end| part[*end..].starts_with(|c: char| c.is_ascii_alphabetic())) {
            Some(end) => out += &part[end + 1..],
            None => out = out + "\x1b[" + part,
        }
    }
    out
}

fn exception(recording: &Recording, raised: &Raised) -> Exception {
    let (code, line) = raised.traceback.last().copied().unwrap_or((u32::MAX, 0));
    let source = recording.function(code).map_or(u32::MAX, |function| function.source);
    Exception {
        text: raised.to_string(),
        place: place(recording, source, line),
        anchor: anchor(source, line),
        step: style::grouped(raised.step),
        is_uncaught: raised.uncaught,
    }
}

fn functions(recording: &Recording) -> Result<Vec<Function>, Failure> {
    let spent = profile(recording)?;
    let all = sum(spent.iter().map(|one| one.own)).max(1);
    let one = |one: connie_history::profile::Spent| Function {
        calls: style::grouped(one.calls),
        total: style::duration(one.total),
        own: style::duration(one.own),
        share: (u128::from(one.own) * 100 / u128::from(all)) as u64,
        place: place(recording, one.source, one.line),
        anchor: anchor(one.source, one.line),
        name: one.name,
    };
    Ok(spent.into_iter().take(MAX_LISTED).map(one).collect())
}

/// A source with the values beside it; `None` if its text is unknown or none of its lines ran.
fn file(loaded: &mut Loaded, source: u32) -> Option<File> {
    loaded.recording.sources.get(source as usize)?.text.as_ref()?;
    let counted = source_values::counted(loaded, source);
    if counted.times.is_empty() && !loaded.is_live() {
        return None;
    }
    let (values, raised) = source_values::beside(loaded, source, LENGTH);
    let class = |class: Option<Class>| match class {
        None => "",
        Some(Class::Keyword) => "keyword",
        Some(Class::Text) => "text",
        Some(Class::Number) => "number",
        Some(Class::Comment) => "comment",
    };
    let lines = highlight::lines(loaded.text(source)).into_iter().zip(1u32..).map(|(pieces, number)| Line {
        number,
        times: match counted.times.binary_search_by_key(&number, |(line, _)| *line) {
            Ok(at) => format!("×{}", style::grouped(counted.times[at].1)),
            Err(_) => String::new(),
        },
        never: counted.never.contains(&number),
        pieces: pieces.into_iter().map(|(text, of)| (text.to_owned(), class(of))).collect(),
        values: values
            .iter()
            .filter(|value| value.line == number)
            .map(|value| (value.label(), value.text.clone()))
            .collect(),
        raised: raised.iter().filter(|(line, ..)| *line == number).map(|(.., text)| text.clone()).collect(),
    });
    let lines: Vec<Line> = lines.collect();
    let path = loaded.recording.short(source).to_owned();
    let is_open = lines.iter().any(|line| !line.raised.is_empty()) || loaded.recording.sources.len() == 1;
    Some(File { path, anchor: format!("s{source}"), is_open, lines })
}
