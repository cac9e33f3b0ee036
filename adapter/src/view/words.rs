//! Words for the console of any client, for what the protocol lacks.

use std::fmt::Write;

use connie_history::moment::Moment;
use connie_history::timeline::{At, Direction, Position, Reach};
use connie_history::writes::LastChunk;
use connie_recording::reader::Which;

use super::View;
use super::data_breakpoint::next_write;
use super::moves::Moved;
use super::written::Written;

/// For each word: its name, its arguments, and what it does.
pub const NAMES: [(&str, &str, &str); 24] = [
    ("help", "", "these words"),
    ("where", "", "the current step"),
    ("seek", "STEP", "to a step"),
    ("stepback", "", "step back over calls"),
    ("back", "", "step back into calls"),
    ("backout", "", "back to the caller"),
    ("reverse", "", "back to the previous breakpoint"),
    ("first", "", "first hit of this line"),
    ("last", "[EXPR]", "last hit of this line; with EXPR, to the line that wrote its value"),
    ("hits", "", "how often this line ran"),
    ("raise", "", "to the next exception"),
    ("unraise", "", "to the previous exception"),
    ("why", "EXPR", "who wrote this value"),
    (
        "whynot",
        "PLACE",
        "why a line, FILE:LINE or a function did not run; PLACE if COND: why the condition did not hold",
    ),
    ("origin", "EXPR", "where this value came from, hop by hop"),
    ("explain", "[here]", "why the run failed, the most relevant lines first; here: what happened at this step"),
    ("seen", "EXPR", "everywhere this object was seen"),
    ("changed", "EXPR", "to the next line that writes to it"),
    (
        "watch",
        "[--every] EXPR",
        "stop where it changes, forward and backward; --every: also where an equal value is written; :watch alone \
            removes these stops",
    ),
    ("break", "FUNCTION", "stop at calls of a function; :break alone removes these stops"),
    ("history", "EXPR", "every value up to now, and what changed within it; --before STEP EXPR: earlier ones"),
    ("locals", "[all]", "all: also list the variables that Python and pytest create internally"),
    ("start", "", "to the start of the recording"),
    ("end", "", "to the end of the recording"),
];

/// The result of a word.
pub struct Reply {
    /// What to print.
    pub text: String,
    /// The result for the view, if the word moves it.
    pub moved: Option<Moved>,
    /// Whether the set of listed variables has changed.
    pub lists_others: bool,
}

impl From<String> for Reply {
    fn from(text: String) -> Self {
        Self { text, moved: None, lists_others: false }
    }
}

impl From<Moved> for Reply {
    fn from(moved: Moved) -> Self {
        Self { moved: Some(moved), ..String::new().into() }
    }
}

/// Runs a word in the frame that the client has chosen.
///
/// # Errors
/// A message, if the word fails.
pub fn run(view: &mut View, line: &str, frame: Option<u64>) -> Result<Reply, String> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    // A missing argument is reported before anything else.
    let wants = NAMES.iter().find(|(name, after, _)| *name == word && matches!(*after, "EXPR" | "PLACE"));
    if let (true, Some((_, after, _))) = (rest.is_empty(), wants) {
        return Err(format!("this word needs an argument: :{word} {after}"));
    }
    match word {
        "help" | "" => Ok(help().into()),
        "where" | "hits" | "why" | "whynot" | "history" | "origin" | "explain" | "seen" => {
            ask(view, word, rest, frame).map(Reply::from)
        }
        "watch" | "break" | "locals" => set(view, word, rest, frame),
        _ => go(view, word, rest, frame),
    }
}

/// Words that ask questions.
fn ask(view: &View, word: &str, rest: &str, frame: Option<u64>) -> Result<String, String> {
    match word {
        "hits" => hits(view, frame),
        "why" => why(view, rest, frame),
        "whynot" => view.why_not(rest, &chosen(view, frame)?),
        "history" => history(view, rest, frame),
        "origin" => origin(view, rest, frame),
        "seen" => seen(view, rest, frame),
        "explain" => view.explain(rest),
        // `where`
        _ => {
            let (recording, here) = (view.recorded()?, chosen(view, frame)?);
            let name = recording.functions.get(here.code as usize).map_or("?", |function| function.name.as_str());
            Ok(format!("step {} of {}, line {} in {name}", here.step, recording.info.steps, here.line))
        }
    }
}

fn nothing_wrote(text: &str) -> String {
    format!("no write to {text} is known before this step")
}

fn why(view: &View, text: &str, frame: Option<u64>) -> Result<String, String> {
    let writes = view.why(text, frame)?;
    if writes.is_empty() {
        return Ok(nothing_wrote(text));
    }
    let told = |write: &Written| {
        let (Written { step, line, place, .. }, what, when) = (write, write.what(), write.when());
        format!("line {line}, step {step}, {what}{when}   {place}   (:seek {step})")
    };
    Ok(writes.iter().map(told).collect::<Vec<_>>().join("\n") + &again(view, text, frame)?)
}

fn history(view: &View, text: &str, frame: Option<u64>) -> Result<String, String> {
    let (before, text) = match text.strip_prefix("--before").map(|rest| rest.trim().split_once(char::is_whitespace)) {
        Some(Some((step, text))) => {
            (Some(step_of(step).ok_or("say which step: :history --before 1234 EXPR")?), text.trim())
        }
        Some(None) => return Err("--before needs an expression too: :history --before 1234 EXPR".into()),
        None => (None, text),
    };
    let from = before.map(|step| step.saturating_sub(1));
    let mut out = String::new();
    let found = view.history(text, frame, Direction::Backward, PAGE, from)?;
    for write in &found {
        let (Written { step, line, value, place, changed, .. }, when) = (write, write.when());
        let changed = if changed.is_empty() { String::new() } else { format!("   ({})", changed.join(", ")) };
        let _ = writeln!(out, "step {step:>9}  line {line:>5}  {value}{changed}{when}   {place}");
    }
    if let Some(last) = found.last().filter(|_| found.len() == PAGE) {
        let _ = writeln!(out, "and earlier ones: :history --before {} {text}", last.seen);
    }
    Ok(if out.is_empty() { nothing_wrote(text) } else { out })
}

fn origin(view: &View, text: &str, frame: Option<u64>) -> Result<String, String> {
    let trail = view.origin(text, frame)?;
    let mut out = String::new();
    for hop in &trail.hops {
        let (how, spot) = (hop.how.word(), &hop.spot);
        let by = spot.by.as_ref().map_or_else(String::new, |by| format!(", by {by}"));
        let at =
            format!("line {} in {}, step {}{by}   {}:{}", spot.line, spot.function, spot.step, spot.file, spot.line);
        let _ = writeln!(out, "{how:<8} {} = {}   {at}", hop.text, hop.value);
    }
    Ok(out + &trail.end)
}

fn seen(view: &View, text: &str, frame: Option<u64>) -> Result<String, String> {
    let page = view.occurrences(text, frame, 0, 100)?;
    let mut out = String::new();
    for seen in &page.found {
        let _ = writeln!(out, "step {:>9}  line {:>5} in {}: {}", seen.step, seen.line, seen.function, seen.what);
    }
    Ok(out + page.next.map_or("", |_| "and more"))
}

/// Words that set what stops the view, and what it shows.
fn set(view: &mut View, word: &str, rest: &str, frame: Option<u64>) -> Result<Reply, String> {
    match (word, rest) {
        ("watch", "") => {
            view.unwatch();
            Ok(String::new().into())
        }
        ("watch", "--every") => Err("--every needs an expression: :watch --every EXPR".into()),
        ("watch", _) => {
            let every = rest.strip_prefix("--every").filter(|rest| rest.starts_with(char::is_whitespace));
            let text = every.map_or(rest, str::trim);
            let place = view.known_place(text, frame)?;
            view.watch(place, every.is_some());
            let which = if every.is_some() { ", also of an equal value" } else { "" };
            Ok(format!("the view stops at writes to {text}{which}, forward and backward").into())
        }
        ("break", "") => {
            view.unbreak();
            Ok(String::new().into())
        }
        ("break", _) => view.break_at(rest).map(|()| String::new().into()),
        ("locals", "all" | "named" | "") => {
            view.shows_hidden = rest == "all";
            Ok(Reply { lists_others: true, ..String::new().into() })
        }
        _ => Err("write :locals or :locals all".into()),
    }
}

/// Words that move the view.
fn go(view: &mut View, word: &str, rest: &str, frame: Option<u64>) -> Result<Reply, String> {
    use Direction::{Backward, Forward};
    let moved = match word {
        "seek" => view.seek(step_of(rest).ok_or("say which step: :seek 1234")?)?,
        "stepback" => view.step(None, Reach::Over, false, Backward)?,
        "back" => view.step(None, Reach::In, false, Backward)?,
        "backout" => view.step(None, Reach::Out, false, Backward)?,
        "reverse" => view.go_on(Backward)?,
        "first" => line_hit(view, frame, Forward)?,
        "last" if rest.is_empty() => line_hit(view, frame, Backward)?,
        "last" => {
            let write = view.last_write(rest, frame)?.ok_or_else(|| nothing_wrote(rest))?;
            let text = format!("step {} wrote {}{}", write.step, write.value, write.when());
            return Ok(Reply { text, ..view.seek(write.step)?.into() });
        }
        "raise" | "unraise" => {
            let (recording, here) = (view.recorded()?, view.position()?);
            let near =
                recording.exception_near(here.step, word == "raise", Which::Any).map_err(|error| error.to_string())?;
            let raised = near.ok_or("there is no further exception in this direction")?;
            return Ok(Reply { text: raised.to_string(), ..view.seek(raised.step)?.into() });
        }
        "changed" => {
            let (recording, here) = (view.recorded()?, view.position()?);
            let place = view.known_place(rest, frame)?;
            let line = next_write(&view.history_of(&recording), &place, here.step, Forward, &LastChunk::default());
            view.seek(line.ok_or_else(|| format!("nothing writes to {rest} after this step"))?)?
        }
        "start" => view.stop_at_end(Backward),
        "end" => view.stop_at_end(Forward),
        other => return Err(format!("there is no word :{other}; :help lists them")),
    };
    Ok(moved.into())
}

/// Number of versions that `:history` prints at once.
const PAGE: usize = 50;

fn step_of(text: &str) -> Option<u64> {
    text.replace([',', '_'], "").parse().ok()
}

/// The largest number of writes of an equal value that `:why` prints.
const AGAIN: usize = 5;

/// The later writes of an equal value, one per line.
fn again(view: &View, text: &str, frame: Option<u64>) -> Result<String, String> {
    let mut out = String::new();
    let found = view.rewritten(text, frame, AGAIN + 1)?;
    for write in found.iter().take(AGAIN) {
        let (Written { step, line, value, place, .. }, when) = (write, write.when());
        let _ = write!(out, "\nline {line}, step {step}, wrote {value} again{when}   {place}   (:seek {step})");
    }
    if found.len() > AGAIN {
        out.push_str("\nand earlier lines: see :history");
    }
    Ok(out)
}

fn help() -> String {
    let mut out = String::new();
    for (name, after, what) in NAMES {
        let _ = writeln!(out, ":{:<22} {what}", format!("{name} {after}"));
    }
    out
}

/// The position of the view, with code and line of the frame that the client has chosen.
fn chosen(view: &View, frame: Option<u64>) -> Result<Position, String> {
    let (recording, here) = (view.recorded()?, view.position()?);
    let Some(number) = frame.filter(|frame| *frame != here.frame) else { return Ok(here) };
    let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
    let frame = View::frame(&moment, number).ok_or("this frame is not on the stack at this moment")?;
    Ok(Position { frame: frame.frame, code: frame.code, line: frame.line, ..here })
}

/// Moves to the first or last hit of the line at which the chosen frame is.
fn line_hit(view: &mut View, frame: Option<u64>, order: Direction) -> Result<Moved, String> {
    let (recording, here) = (view.recorded()?, chosen(view, frame)?);
    let source = recording.functions.get(here.code as usize).map(|f| f.source).ok_or("no recorded code runs here")?;
    let from = if order == Direction::Forward { 0 } else { u64::MAX };
    let found = view.timeline.find(
        &recording,
        from,
        order,
        |chunk| chunk.has_line(source, here.line),
        |p| {
            p.at == At::Line
                && p.line == here.line
                && recording.functions.get(p.code as usize).is_some_and(|f| f.source == source)
        },
    );
    let position = found.ok().flatten().ok_or("this line did not run")?;
    Ok(view.stop(position, "goto", None, &[]))
}

fn hits(view: &View, frame: Option<u64>) -> Result<String, String> {
    let (recording, here) = (view.recorded()?, chosen(view, frame)?);
    let source = recording.functions.get(here.code as usize).map(|f| f.source).ok_or("no recorded code runs here")?;
    let (mut before, mut all) = (0u64, 0u64);
    for (index, _) in recording.chunks.iter().enumerate().filter(|(_, chunk)| chunk.has_line(source, here.line)) {
        let Ok(positions) = view.timeline.chunk(&recording, index) else { continue };
        for p in positions.iter().filter(|p| p.at == At::Line && p.line == here.line) {
            if recording.functions.get(p.code as usize).is_some_and(|f| f.source == source) {
                all += 1;
                before += u64::from(p.step <= here.step);
            }
        }
    }
    Ok(format!("line {} ran {all} times; this is hit {before}", here.line))
}
