//! Words for the console of any client: what the protocol lacks.

use std::fmt::Write;

use connie_history::moment::Moment;
use connie_history::timeline::{At, Direction, Position, Reach};
use connie_recording::reader::Which;
use serde_json::Value;

use crate::requests::data;
use crate::session::Session;
use crate::view::breakpoints::next_write;
use crate::view::travel::Written;

/// Word, what comes after it, what it does.
pub const NAMES: [(&str, &str, &str); 22] = [
    ("help", "", "these words"),
    ("where", "", "the step the view stands at"),
    ("seek", "STEP", "to a step"),
    ("stepback", "", "step back over calls"),
    ("back", "", "step back into calls"),
    ("backout", "", "back to the caller"),
    ("reverse", "", "back to the breakpoint before"),
    ("first", "", "first hit of this line"),
    ("last", "[EXPR]", "last hit of this line; with EXPR, to the line that wrote its value"),
    ("hits", "", "how often this line ran"),
    ("raise", "", "to the next exception"),
    ("unraise", "", "to the previous exception"),
    ("why", "EXPR", "who wrote this value"),
    ("origin", "EXPR", "where this value came from, hop by hop"),
    ("seen", "EXPR", "everywhere this object was seen"),
    ("changed", "EXPR", "to the next line that writes to it"),
    (
        "watch",
        "[--every] EXPR",
        "stop where it changes, both ways; --every: at writes of an equal value too; :watch alone stops that",
    ),
    ("break", "FUNCTION", "stop at calls of a function; :break alone stops that"),
    ("history", "EXPR", "every value of a variable, attribute or item up to now"),
    ("locals", "[all]", "all: list the variables too that Python and pytest make for themselves"),
    ("start", "", "to the start of the recording"),
    ("end", "", "to the end of the recording"),
];

/// Does what a word says, in the frame that the client has chosen; what to print.
///
/// # Errors
/// A sentence, where it cannot.
pub fn say(session: &mut Session, line: &str, frame: Option<u64>) -> Result<String, String> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let nothing = Value::Null;
    match word {
        "help" | "" => return Ok(help()),
        "where" => {
            let (recording, here) = (session.recorded()?, chosen(session, frame)?);
            let name = recording.functions.get(here.code as usize).map_or("?", |function| function.name.as_str());
            return Ok(format!("step {} of {}, line {} in {name}", here.step, recording.info.steps, here.line));
        }
        "seek" => {
            let step = rest.replace([',', '_'], "").parse().map_err(|_| "say which step: :seek 1234")?;
            session.seek(step)?;
        }
        "stepback" => drop(session.step(&nothing, Reach::Over, Direction::Backward)?),
        "reverse" => session.go_on(Direction::Backward)?,
        "back" => drop(session.step(&nothing, Reach::In, Direction::Backward)?),
        "backout" => drop(session.step(&nothing, Reach::Out, Direction::Backward)?),
        "first" => line_hit(session, frame, Direction::Forward)?,
        "last" if rest.is_empty() => line_hit(session, frame, Direction::Backward)?,
        "last" => match session.last_write(rest, frame)? {
            Some(write) => {
                session.seek(write.step)?;
                return Ok(format!("step {} wrote {}{}", write.step, write.value, write.when()));
            }
            None => return Err(format!("no write to {rest} is known before this step")),
        },
        "hits" => return hits(session, frame),
        "raise" | "unraise" => {
            let (recording, here) = (session.recorded()?, session.position()?);
            let near =
                recording.exception_near(here.step, word == "raise", Which::Any).map_err(|error| error.to_string())?;
            let raised = near.ok_or("there is no exception that way")?;
            session.seek(raised.step)?;
            return Ok(raised.to_string());
        }
        "why" => {
            return Ok(match session.last_write(rest, frame)? {
                Some(write) => {
                    let (Written { step, line, value, .. }, when) = (&write, write.when());
                    format!("line {line}, step {step}, wrote {value}{when}   (:seek {step})")
                        + &again(session, rest, frame)?
                }
                None => format!("no write to {rest} is known before this step"),
            });
        }
        "history" => {
            let mut out = String::new();
            for write in session.history(rest, frame, Direction::Backward, 50)? {
                let (Written { step, line, value, .. }, when) = (&write, write.when());
                let _ = writeln!(out, "step {step:>9}  line {line:>5}  {value}{when}");
            }
            return Ok(if out.is_empty() { format!("no write to {rest} is known before this step") } else { out });
        }
        "origin" => {
            let trail = session.origin(rest, frame)?;
            let recording = session.recorded()?;
            let mut out = String::new();
            for hop in &trail.hops {
                let name = recording.functions.get(hop.at.code as usize).map_or("?", |function| function.name.as_str());
                let (how, at) = (hop.how.word(), &hop.at);
                let _ = writeln!(
                    out,
                    "{how:<8} {} = {}   line {} in {name}, step {}",
                    hop.text, hop.value, at.line, at.step
                );
            }
            return Ok(out + &trail.end);
        }
        "seen" => {
            let page = session.occurrences(rest, frame, 0, 100)?;
            let mut out = String::new();
            for seen in &page.found {
                let _ =
                    writeln!(out, "step {:>9}  line {:>5} in {}: {}", seen.step, seen.line, seen.function, seen.what);
            }
            return Ok(out + page.next.map_or("", |_| "and more"));
        }
        "changed" => {
            let (recording, here) = (session.recorded()?, session.position()?);
            let target = data::known(session, rest, frame)?.ok_or("this is no place that is written to")?;
            let line = next_write(session, &recording, &target, here.step, Direction::Forward);
            session.seek(line.ok_or_else(|| format!("nothing writes to {rest} after this step"))?)?;
        }
        "watch" if rest.is_empty() => drop(session.set_data(&[])),
        "watch" => {
            let every = rest.strip_prefix("--every").filter(|rest| rest.starts_with(char::is_whitespace));
            let text = every.map_or(rest, str::trim);
            let target = data::known(session, text, frame)?.ok_or("this is no place that is written to")?;
            session.watch(target, every.is_some());
            let which = if every.is_some() { ", those of an equal value too," } else { "" };
            return Ok(format!("writes to {text}{which} stop the view, both ways"));
        }
        "break" => {
            let wanted: Vec<Value> =
                (!rest.is_empty()).then(|| serde_json::json!({"name": rest})).into_iter().collect();
            let told = session.set_functions(&wanted);
            let why = told.first().and_then(|told| told["message"].as_str()).map(str::to_owned);
            return why.map_or_else(|| Ok(String::new()), Err);
        }
        "locals" => match rest {
            "all" | "named" | "" => session.show_hidden(rest == "all"),
            _ => return Err("say which variables: :locals or :locals all".into()),
        },
        "start" => session.stop_at_end(Direction::Backward),
        "end" => session.stop_at_end(Direction::Forward),
        other => return Err(format!("there is no word :{other}; :help lists them")),
    }
    Ok(String::new())
}

/// The latest writes of an equal value that are told of with the one that made it.
const AGAIN: usize = 5;

/// Who wrote an equal value since, one a line.
fn again(session: &Session, text: &str, frame: Option<u64>) -> Result<String, String> {
    let mut out = String::new();
    let found = session.rewritten(text, frame, AGAIN + 1)?;
    for write in found.iter().take(AGAIN) {
        let (Written { step, line, value, .. }, when) = (write, write.when());
        let _ = write!(out, "\nline {line}, step {step}, wrote {value} again{when}   (:seek {step})");
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

/// Where the view stands, with code and line of the frame that the client has chosen.
fn chosen(session: &Session, frame: Option<u64>) -> Result<Position, String> {
    let (recording, here) = (session.recorded()?, session.position()?);
    let Some(number) = frame.filter(|frame| *frame != here.frame) else { return Ok(here) };
    let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
    let frame = Session::frame(&moment, number).ok_or("this frame is not on the stack at this moment")?;
    Ok(Position { frame: frame.frame, code: frame.code, line: frame.line, ..here })
}

/// To the first or last hit of the line that the chosen frame stands at.
fn line_hit(session: &mut Session, frame: Option<u64>, order: Direction) -> Result<(), String> {
    let (recording, here) = (session.recorded()?, chosen(session, frame)?);
    let source = recording.functions.get(here.code as usize).map(|f| f.source).ok_or("no recorded code runs here")?;
    let from = if order == Direction::Forward { 0 } else { u64::MAX };
    let found = session.timeline.find(
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
    session.stop(position, "goto", None, &[]);
    Ok(())
}

fn hits(session: &Session, frame: Option<u64>) -> Result<String, String> {
    let (recording, here) = (session.recorded()?, chosen(session, frame)?);
    let source = recording.functions.get(here.code as usize).map(|f| f.source).ok_or("no recorded code runs here")?;
    let (mut before, mut all) = (0u64, 0u64);
    for (index, _) in recording.chunks.iter().enumerate().filter(|(_, chunk)| chunk.has_line(source, here.line)) {
        let Ok(positions) = session.timeline.chunk(&recording, index) else { continue };
        for p in positions.iter().filter(|p| p.at == At::Line && p.line == here.line) {
            if recording.functions.get(p.code as usize).is_some_and(|f| f.source == source) {
                all += 1;
                before += u64::from(p.step <= here.step);
            }
        }
    }
    Ok(format!("line {} ran {all} times; this is number {before}", here.line))
}
