//! Data breakpoints: places whose writes or reads stop the program.

use connie_expression::text_value;
use connie_history::answers::ValuePlace;
use connie_history::moment::Moment;
use connie_history::writes::Target;

use crate::arguments::{DataBreakpoint, DataBreakpointInfoArguments, SetDataBreakpointsArguments};
use crate::client::handles::Handle;
use crate::client::message::{Answer, answer};
use crate::protocol::{DataBreakpointAccessType as Access, DataBreakpointInfoResponseBody};
use crate::session::Session;
use crate::view::breakpoints::{Only, WantedData};

/// `dataBreakpointInfo`
pub fn info(session: &mut Session, arguments: DataBreakpointInfoArguments) -> Answer {
    let name = arguments.name.unwrap_or_default();
    let place = match arguments.variables_reference.filter(|number| *number > 0) {
        Some(number) => of_variable(session, number, &name)?,
        None => Some(session.view.place(&name, arguments.frame_id)?),
    };
    let Some(place) = place else {
        let description = format!("{name} is not a place that can be written to");
        return answer(DataBreakpointInfoResponseBody { description, ..DataBreakpointInfoResponseBody::default() });
    };
    let number = session.view.breakpoints.offer(place);
    answer(DataBreakpointInfoResponseBody {
        data_id: Some(number.to_string()),
        description: name,
        access_types: vec![Access::Write, Access::Read, Access::ReadWrite],
        can_persist: Some(false),
    })
}

fn of_variable(session: &Session, number: i64, name: &str) -> Result<Option<ValuePlace>, String> {
    let (recording, here) = (session.view.recorded()?, session.view.position()?);
    let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
    let target = match session.client.handles.get(number) {
        Some(Handle::Locals(frame) | Handle::Closure(frame)) => {
            // Variables that no source can name (`.0`) are listed as well, but cannot be watched.
            return Ok(session.view.place_at(name, here.step, *frame).ok());
        }
        Some(Handle::Globals(object, _)) => Some(Target::Item { object: *object, key: text_value(name) }),
        Some(Handle::Object(object)) => {
            super::variables::place_of(&moment, *object, name).map(|(object, key)| Target::Item { object, key })
        }
        Some(Handle::Class(object)) => super::variables::class_with(&moment, *object, name)
            .map(|object| Target::Item { object, key: text_value(name) }),
        _ => None,
    };
    Ok(target.map(ValuePlace::from))
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
