//! Evaluates expressions on the values of the moment, and runs the console's words.

use connie_expression::{self, Expression, Got, Problem};
use connie_history::moment::Moment;
use connie_recording::Recording;
use connie_recording::hidden::is_hidden;
use connie_recording::plain::plain;
use connie_recording::render::Bounds;

use super::variables;
use crate::arguments::{CompletionsArguments, EvaluateArguments};
use crate::client::handles::Handle;
use crate::client::message::{Answer, answer};
use crate::protocol::{
    CompletionItem, CompletionsResponseBody, EvaluateResponseBody, InvalidatedAreas, InvalidatedEventBody,
};
use crate::session::Session;
use crate::view::View;
use crate::view::returned::{ReturnScope, not_returned, with_names};
use crate::view::words;

/// `evaluate`
pub fn evaluate(session: &mut Session, arguments: &EvaluateArguments) -> Answer {
    let text = arguments.expression.as_deref().ok_or("evaluate needs an expression")?.trim();
    let context = arguments.context.as_deref().unwrap_or("repl");
    let is_console = context == "repl" || context == "watch" && session.client.can.asks_as_watch;
    if let Some(word) = text.strip_prefix(':').filter(|_| is_console) {
        return run_word(session, word, arguments.frame_id);
    }
    let (recording, here) = (session.view.recorded()?, session.view.position()?);
    let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
    let frame = arguments.frame_id.unwrap_or(here.frame);
    let (got, doubtful, printed) = eval_at(session, &recording, &moment, text, Some(frame))?;
    if !printed.is_empty() && got == Got::Value(connie_wire::Value::None) {
        let printed = printed.strip_suffix('\n').unwrap_or(&printed);
        return answer(text_alone(plain(&connie_expression::with_doubt(printed.into(), doubtful))));
    }
    let hex = arguments.format.hex == Some(true);
    answer(match &got {
        Got::Value(value) if context == "clipboard" => text_alone(variables::whole(&moment, value)),
        Got::Value(value) => {
            let shown = variables::shown(session, &moment, value, hex, Handle::Part(0, 0));
            let mut text = shown.value;
            if let connie_wire::Value::Str(cut) | connie_wire::Value::Bytes(cut) = value {
                let cut = cut.cut.map(|length| cut_off(&recording, value, length));
                text = variables::whole(&moment, value) + &cut.unwrap_or_default();
            }
            // A tuple that is not the value of a variable is shown as text, not as a tree.
            let is_tree = matches!(value, connie_wire::Value::Object(_));
            EvaluateResponseBody {
                result: plain(&(printed + &connie_expression::with_doubt(text, doubtful))).into_owned(),
                type_: shown.type_,
                variables_reference: if is_tree { shown.variables_reference } else { 0 },
                named_variables: shown.named_variables,
                indexed_variables: shown.indexed_variables,
                memory_reference: shown.memory_reference,
                presentation_hint: shown.presentation_hint,
                value_location_reference: None,
            }
        }
        made => {
            let result = printed + &connie_expression::text(&moment.player, made, Bounds::default());
            text_alone(plain(&connie_expression::with_doubt(result, doubtful)))
        }
    })
}

/// A result without children.
fn text_alone(result: impl Into<String>) -> EvaluateResponseBody {
    EvaluateResponseBody { result: result.into(), ..EvaluateResponseBody::default() }
}

/// Runs a word of the console.
fn run_word(session: &mut Session, word: &str, frame: Option<u64>) -> Answer {
    let reply = words::run(&mut session.view, word, frame)?;
    if let Some(moved) = reply.moved {
        session.settle(moved);
    }
    if reply.lists_others && session.client.can.can_look_again {
        let areas = vec![InvalidatedAreas("variables".into())];
        session.client.event_after("invalidated", InvalidatedEventBody { areas, ..InvalidatedEventBody::default() });
    }
    answer(text_alone(plain(&reply.text)))
}

/// Number of recorded characters of a str, or bytes of a bytes object.
fn kept(value: &connie_wire::Value) -> u64 {
    match value {
        connie_wire::Value::Str(text) => text.bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u64,
        connie_wire::Value::Bytes(bytes) => bytes.bytes.len() as u64,
        _ => 0,
    }
}

/// The note after a text that was recorded in part: how much was recorded, and which option raises the limit.
fn cut_off(recording: &Recording, value: &connie_wire::Value, length: u64) -> String {
    let kept = kept(value);
    let unit = if matches!(value, connie_wire::Value::Bytes(_)) { "bytes" } else { "characters" };
    format!("\n({kept} of {length} {unit} were recorded{})", raises(recording, kept))
}

/// The option that raises the limit of texts; empty if the text was cut for another reason.
fn raises(recording: &Recording, kept: u64) -> String {
    match recording.longest_text() {
        Some(limit) if limit == kept => {
            format!(
                "; the limit is max_string = {limit}: --max-string, or \"limits\": {{\"string\": …}} in launch.json"
            )
        }
        _ => String::new(),
    }
}

fn eval_at(
    session: &Session,
    recording: &Recording,
    moment: &Moment<'_>,
    text: &str,
    frame: Option<u64>,
) -> Result<(Got, bool, String), String> {
    let top = moment.step.frame;
    let frame = frame.and_then(|number| View::frame(moment, number)).or(top).ok_or("no recorded code runs here")?;
    let (text, known) = with_names(text, session.view.returned_to(moment.step.number, frame.frame));
    let parsed = Expression::parse(&text);
    let expression = parsed.map_err(|problem| not_returned(&text).unwrap_or_else(|| problem.to_string()))?;
    let scope = ReturnScope { frame: moment.scope(frame, session.view.globals(recording, frame)), known };
    expression.eval_printing(&scope).map_err(|problem| match problem {
        Problem::Cut { kept, .. } => format!("{problem}{}", raises(recording, kept)),
        problem => problem.to_string(),
    })
}

/// `completions`
pub fn completions(session: &mut Session, arguments: &CompletionsArguments) -> Answer {
    let text = arguments.text.as_deref().unwrap_or_default();
    let column = arguments.column.unwrap_or(1).saturating_sub(u64::from(session.client.can.one_based)) as usize;
    let typed: String = text.chars().take(column).collect();
    if let Some(word) = typed.strip_prefix(':') {
        let found = words::NAMES.iter().filter(|(name, ..)| name.starts_with(word));
        let item = |name: &str| CompletionItem {
            label: format!(":{name}"),
            text: Some(format!(":{name} ")),
            ..CompletionItem::default()
        };
        return answer(CompletionsResponseBody { targets: found.map(|(name, ..)| item(name)).collect() });
    }
    let (recording, here) = (session.view.recorded()?, session.view.position()?);
    let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
    let frame = arguments.frame_id.and_then(|number| View::frame(&moment, number)).or(moment.step.frame);
    let start = typed.rfind(|c: char| !c.is_alphanumeric() && !"_.[]'\"".contains(c)).map_or(0, |at| at + 1);
    let word = typed.get(start..).unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    let begun = match word.rsplit_once('.') {
        Some((base, begun)) => {
            if let Ok((Got::Value(connie_wire::Value::Object(object)), ..)) =
                eval_at(session, &recording, &moment, base, frame.map(|frame| frame.frame))
            {
                let number = session.client.handles.number(Handle::Object(object));
                let (children, _) = variables::children(session, &moment, number)?;
                let number = session.client.handles.number(Handle::Class(object));
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
                if let Some(globals) = globals.or_else(|| session.view.globals(&recording, frame)) {
                    let number = session.client.handles.number(Handle::Globals(globals, frame.frame));
                    names.extend(variables::children(session, &moment, number)?.0.into_iter().map(|child| child.name));
                }
            }
            word
        }
    };
    names.retain(|name| name.starts_with(begun) && !is_hidden(name));
    names.sort();
    names.dedup();
    let (all, begun) = (typed.chars().count() as u64, begun.chars().count() as u64);
    let item = |label: String| CompletionItem {
        label,
        start: Some(all - begun),
        length: Some(begun),
        ..CompletionItem::default()
    };
    answer(CompletionsResponseBody { targets: names.into_iter().map(item).collect() })
}

fn is_identifier(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit())
}
