//! Expressions on the values of the moment, and words for the console.

use connie_expression::{Expression, Got};
use connie_history::moment::Moment;
use connie_recording::Recording;
use connie_recording::hidden::is_hidden;
use connie_recording::plain::plain;
use connie_recording::render::Bounds;
use serde_json::{Value, json};

use super::variables;
use crate::handles::Handle;
use crate::session::{Answer, Session};
use crate::words;

/// `evaluate`
pub fn evaluate(session: &mut Session, arguments: &Value) -> Answer {
    let text = arguments["expression"].as_str().ok_or("evaluate needs an expression")?.trim().to_owned();
    let context = arguments["context"].as_str().unwrap_or("repl");
    let is_console = context == "repl" || context == "watch" && session.asks_as_watch;
    if let Some(word) = text.strip_prefix(':').filter(|_| is_console) {
        let said = words::say(session, word)?;
        return Ok(json!({"result": plain(&said), "variablesReference": 0}));
    }
    let (recording, here) = (session.recorded()?, session.position()?);
    let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
    let frame = arguments["frameId"].as_u64().unwrap_or(here.frame);
    let (got, doubtful) = eval_at(session, &recording, &moment, &text, Some(frame))?;
    let hex = arguments["format"]["hex"] == true;
    match &got {
        Got::Value(value) if context == "clipboard" => {
            Ok(json!({"result": variables::whole(&moment, value), "variablesReference": 0}))
        }
        Got::Value(value) => {
            let mut shown = variables::shown(session, &moment, value, hex, Handle::Part(0, 0));
            if let connie_wire::Value::Str(text) = value
                && variables::is_number(&text.bytes)
            {
                shown["value"] = json!(variables::whole(&moment, value));
            }
            // A tuple that no variable has is shown whole, not as a tree.
            if !matches!(value, connie_wire::Value::Object(_)) {
                shown["variablesReference"] = json!(0);
            }
            let text = shown["value"].as_str().unwrap_or_default().to_owned();
            shown["result"] = json!(plain(&connie_expression::with_doubt(text, doubtful)));
            if let Some(shown) = shown.as_object_mut() {
                shown.remove("name");
                shown.remove("value");
            }
            Ok(shown)
        }
        made => {
            let result = connie_expression::text(&moment.player, made, Bounds::default());
            Ok(json!({"result": plain(&connie_expression::with_doubt(result, doubtful)), "variablesReference": 0}))
        }
    }
}

fn eval_at(
    session: &Session,
    recording: &Recording,
    moment: &Moment<'_>,
    text: &str,
    frame: Option<u64>,
) -> Result<(Got, bool), String> {
    let expression = Expression::parse(text).map_err(|problem| problem.to_string())?;
    let top = moment.step.frame;
    let frame = frame.and_then(|number| Session::frame(moment, number)).or(top).ok_or("no recorded code runs here")?;
    let globals = session.globals(recording, frame);
    expression.eval_doubtful(&moment.scope(frame, globals)).map_err(|problem| problem.to_string())
}

/// The text of an expression's value at a step; strings as they print.
///
/// # Errors
/// A sentence, where it has no value that is known.
pub fn text_at(
    session: &Session,
    recording: &Recording,
    text: &str,
    step: u64,
    frame: Option<u64>,
) -> Result<String, String> {
    let moment = Moment::at(recording, step).map_err(|error| error.to_string())?;
    let (got, doubtful) = eval_at(session, recording, &moment, text, frame)?;
    let text = match got {
        Got::Value(connie_wire::Value::Str(text)) if text.cut.is_none() => {
            String::from_utf8_lossy(&text.bytes).into_owned()
        }
        got => connie_expression::text(&moment.player, &got, Bounds { string: 300, items: 30, depth: 3 }),
    };
    Ok(connie_expression::with_doubt(text, doubtful))
}

/// `completions`
pub fn completions(session: &mut Session, arguments: &Value) -> Answer {
    let text = arguments["text"].as_str().unwrap_or_default();
    let column = arguments["column"].as_u64().unwrap_or(1).saturating_sub(u64::from(session.one_based)) as usize;
    let typed: String = text.chars().take(column).collect();
    if let Some(word) = typed.strip_prefix(':') {
        let found = words::NAMES.iter().filter(|(name, ..)| name.starts_with(word));
        let targets: Vec<Value> =
            found.map(|(name, ..)| json!({"label": format!(":{name}"), "text": format!(":{name} ")})).collect();
        return Ok(json!({"targets": targets}));
    }
    let (recording, here) = (session.recorded()?, session.position()?);
    let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
    let frame = arguments["frameId"].as_u64().and_then(|number| Session::frame(&moment, number)).or(moment.step.frame);
    let start = typed.rfind(|c: char| !c.is_alphanumeric() && !"_.[]'\"".contains(c)).map_or(0, |at| at + 1);
    let word = typed.get(start..).unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    let begun = match word.rsplit_once('.') {
        Some((base, begun)) => {
            if let Ok((Got::Value(connie_wire::Value::Object(object)), _)) =
                eval_at(session, &recording, &moment, base, frame.map(|frame| frame.frame))
            {
                let number = session.handles.number(Handle::Object(object));
                let (children, _) = variables::children(session, &moment, number)?;
                let number = session.handles.number(Handle::Class(object));
                let of_class = variables::children(session, &moment, number)?.0;
                let all = children.into_iter().chain(of_class).map(|child| child.name);
                names.extend(all.filter(|name| is_identifier(name)));
            }
            begun
        }
        None => {
            if let Some(frame) = frame {
                names.extend(moment.player.locals(&frame).into_iter().map(|(name, _)| name));
                let globals = moment.player.other_globals(&frame);
                if let Some(globals) = globals.or_else(|| session.globals(&recording, frame)) {
                    let number = session.handles.number(Handle::Globals(globals));
                    names.extend(variables::children(session, &moment, number)?.0.into_iter().map(|child| child.name));
                }
            }
            word
        }
    };
    names.retain(|name| name.starts_with(begun) && !is_hidden(name));
    names.sort();
    names.dedup();
    let targets: Vec<Value> = names
        .into_iter()
        .map(|name| json!({"label": name, "start": typed.chars().count() - begun.chars().count(), "length": begun.chars().count()}))
        .collect();
    Ok(json!({"targets": targets}))
}

fn is_identifier(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit())
}
