//! Data breakpoints: places that values are written to and read from.

use connie_expression::{Expression, Place, Problem, text_value};
use connie_history::moment::Moment;
use connie_history::timeline::Direction;
use connie_history::writes::{self, Target};
use connie_recording::attributes::{self, ClassView, Found};
use connie_wire::Value as Recorded;
use serde_json::{Value, json};

use crate::client::handles::Handle;
use crate::session::{Answer, Session};

/// `dataBreakpointInfo`
pub fn info(session: &mut Session, arguments: &Value) -> Answer {
    let name = arguments["name"].as_str().unwrap_or_default().to_owned();
    let target = match arguments["variablesReference"].as_i64().filter(|number| *number > 0) {
        Some(number) => of_variable(session, number, &name)?,
        None => of_expression(session, &name, arguments["frameId"].as_u64())?,
    };
    let Some(target) = target else {
        return Ok(json!({"dataId": null, "description": format!("{name} is no place that is written to")}));
    };
    session.breakpoints.offered.push(target);
    let number = session.breakpoints.offered.len() - 1;
    Ok(json!({
        "dataId": number.to_string(), "description": name,
        "accessTypes": ["write", "read", "readWrite"], "canPersist": false,
    }))
}

fn of_variable(session: &Session, number: i64, name: &str) -> Result<Option<Target>, String> {
    let (recording, here) = (session.recorded()?, session.position()?);
    let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
    Ok(match session.handles.get(number) {
        Some(Handle::Locals(frame) | Handle::Closure(frame)) => Session::frame(&moment, *frame).and_then(|frame| {
            let globals = session.globals(&recording, frame);
            Target::of(&moment.player, Place::Variable(name.to_owned()), frame, globals, true)
        }),
        Some(Handle::Globals(object)) => Some(Target::Item { object: *object, key: text_value(name) }),
        Some(Handle::Object(object)) => {
            super::variables::place_of(&moment, *object, name).map(|(object, key)| Target::Item { object, key })
        }
        Some(Handle::Class(object)) => super::variables::class_with(&moment, *object, name)
            .map(|object| Target::Item { object, key: text_value(name) }),
        _ => None,
    })
}

/// What an expression names, in a frame.
///
/// # Errors
/// A sentence, where it names nothing that is written to.
pub fn of_expression(session: &Session, text: &str, frame: Option<u64>) -> Result<Option<Target>, String> {
    let here = session.position()?;
    at_moment(session, text, here.step, frame.unwrap_or(here.frame))
}

/// As [`of_expression`], of what is known: it has a value, had one, or gets one.
///
/// # Errors
/// A sentence, where nothing of that name is known.
pub fn known(session: &Session, text: &str, frame: Option<u64>) -> Result<Option<Target>, String> {
    let (recording, here) = (session.recorded()?, session.position()?);
    let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
    let frame =
        Session::frame(&moment, frame.unwrap_or(here.frame)).ok_or("this frame is not on the stack at this moment")?;
    let target = at_moment(session, text, here.step, frame.frame);
    let expression = Expression::parse(text).map_err(|problem| problem.to_string())?;
    let scope = moment.scope(frame, session.globals(&recording, frame));
    let why = match expression.eval_doubtful(&scope) {
        Err(problem @ (Problem::Name(_) | Problem::Raised(_))) => problem,
        _ => return target,
    };
    // It may be unbound at this moment alone.
    let slots = recording.functions.get(frame.code as usize).map_or(&[][..], |function| &function.slots);
    let is_written = |target: &Target, direction| {
        writes::near(&recording, &session.timeline, target, here.step, direction).ok().flatten().is_some()
    };
    let is_known = slots.iter().any(|slot| slot == text.trim())
        || target.as_ref().is_ok_and(|target| {
            target
                .as_ref()
                .is_some_and(|target| is_written(target, Direction::Backward) || is_written(target, Direction::Forward))
        });
    match (is_known, why) {
        (true, _) => target,
        (false, why @ Problem::Name(_)) => Err(why.to_string()),
        (false, why) => Err(format!("{text} is not known here ({why})")),
    }
}

/// What an expression names, at a step, in a frame.
///
/// # Errors
/// A sentence, where it names nothing that is written to.
pub fn at_moment(session: &Session, text: &str, step: u64, frame: u64) -> Result<Option<Target>, String> {
    let recording = session.recorded()?;
    let moment = Moment::at(&recording, step).map_err(|error| error.to_string())?;
    let frame = Session::frame(&moment, frame);
    let Some(frame) = frame else { return Ok(None) };
    let globals = session.globals(&recording, frame);
    let expression = Expression::parse(text).map_err(|problem| problem.to_string())?;
    let place = expression.place(&moment.scope(frame, globals)).map_err(|problem| problem.to_string())?;
    let target = Target::of(&moment.player, place, frame, globals, frame.namespace != 0);
    Ok(target.map(|target| once_had(session, &moment, target)))
}

/// The place of an attribute that an object does not have: where it was deleted last, which may be its class.
fn once_had(session: &Session, moment: &Moment<'_>, target: Target) -> Target {
    let Target::Item { object, key } = &target else { return target };
    let Recorded::Str(name) = key else { return target };
    let name = String::from_utf8_lossy(&name.bytes);
    // The attributes of what is shown by what it contains are those of the object before.
    let main = object.checked_sub(1).filter(|main| attributes::apart(&moment.player, *main) == Some(*object));
    let main = main.unwrap_or(*object);
    let found = attributes::find(&moment.player, main, &name, &mut Vec::new());
    if !matches!(found, Some(Found::Missing(_))) {
        return target;
    }
    let own_class = ClassView::of(&moment.player, main).map(|_| main);
    let class = own_class.unwrap_or_else(|| attributes::class_of(&moment.player, main));
    let classes = attributes::resolution_order(&moment.player, class).into_iter().flatten();
    let places = classes.map(|object| Target::Item { object, key: key.clone() });
    let last = |place: &Target| {
        writes::near(moment.player.recording(), &session.timeline, place, moment.step.number, Direction::Backward)
            .ok()
            .flatten()
            .map(|write| write.seen)
    };
    let latest = std::iter::once(target.clone()).chain(places).filter_map(|place| Some((last(&place)?, place)));
    latest.max_by_key(|(seen, _)| *seen).map_or(target, |(_, place)| place)
}

/// `setDataBreakpoints`
pub fn set(session: &mut Session, arguments: &Value) -> Answer {
    let wanted = arguments["breakpoints"].as_array().cloned().unwrap_or_default();
    Ok(json!({"breakpoints": session.set_data(&wanted)}))
}
