//! Data breakpoints: places that values are written to and read from.

use connie_expression::{Place, text_value};
use connie_history::moment::Moment;
use connie_history::writes::Target;

use crate::arguments::{DataBreakpoint, DataBreakpointInfoArguments, SetDataBreakpointsArguments};
use crate::client::handles::Handle;
use crate::client::message::{Answer, answer};
use crate::protocol::{DataBreakpointAccessType as Access, DataBreakpointInfoResponseBody};
use crate::session::Session;
use crate::view::View;
use crate::view::breakpoints::{Only, WantedData};

/// `dataBreakpointInfo`
pub fn info(session: &mut Session, arguments: DataBreakpointInfoArguments) -> Answer {
    let name = arguments.name.unwrap_or_default();
    let target = match arguments.variables_reference.filter(|number| *number > 0) {
        Some(number) => of_variable(session, number, &name)?,
        None => session.view.target(&name, arguments.frame_id)?,
    };
    let Some(target) = target else {
        let description = format!("{name} is no place that is written to");
        return answer(DataBreakpointInfoResponseBody { description, ..DataBreakpointInfoResponseBody::default() });
    };
    let number = session.view.breakpoints.offer(target);
    answer(DataBreakpointInfoResponseBody {
        data_id: Some(number.to_string()),
        description: name,
        access_types: vec![Access::Write, Access::Read, Access::ReadWrite],
        can_persist: Some(false),
    })
}

fn of_variable(session: &Session, number: i64, name: &str) -> Result<Option<Target>, String> {
    let (recording, here) = (session.view.recorded()?, session.view.position()?);
    let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
    Ok(match session.client.handles.get(number) {
        Some(Handle::Locals(frame) | Handle::Closure(frame)) => View::frame(&moment, *frame).and_then(|frame| {
            let globals = session.view.globals(&recording, frame);
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

/// `setDataBreakpoints`
pub fn set(session: &mut Session, arguments: SetDataBreakpointsArguments) -> Answer {
    let wanted: Vec<WantedData> = arguments.breakpoints.into_iter().map(wanted).collect();
    let statuses = session.view.set_data(&wanted);
    super::breakpoints::states(session, statuses)
}

fn wanted(item: DataBreakpoint) -> WantedData {
    let access = item.access_type.as_deref().unwrap_or("write");
    WantedData {
        offered: item.data_id.and_then(|text| text.parse().ok()),
        reads: access != "write",
        writes: access != "read",
        only: Only { condition: item.condition, count: item.hit_condition },
    }
}
