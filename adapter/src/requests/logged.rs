//! Links from lines on the console back to the steps at which logpoints printed them.
//!
//! VS Code takes the first variable of an output event for the event's value, and makes its text a link if that value
//! has a location. A click requests `locations`. Other clients get the line only.

use serde::Serialize;

use crate::arguments::LocationsArguments;
use crate::client::handles::Handle;
use crate::client::message::{Answer, answer};
use crate::protocol::{LocationsResponseBody, Variable, VariablesResponseBody};
use crate::session::Session;

/// The only variable of a logged line: its step, which has a location.
pub fn variables(step: u64, number: i64) -> VariablesResponseBody {
    let step = Variable {
        name: "step".into(),
        value: step.to_string(),
        value_location_reference: Some(number),
        ..Variable::default()
    };
    VariablesResponseBody { variables: vec![step] }
}

/// A location, and its step.
#[derive(Serialize)]
struct Location {
    #[serde(flatten)]
    place: LocationsResponseBody,
    step: u64,
}

/// `locations`: the place that a logged line comes from, and in addition its step.
pub fn locations(session: &mut Session, arguments: &LocationsArguments) -> Answer {
    let recording = session.view.recorded()?;
    let number = arguments.location_reference.ok_or("locations needs a locationReference")?;
    let Some(Handle::Logged(step)) = session.client.handles.get(number).cloned() else {
        return Err("this line belongs to an earlier recording".into());
    };
    let position = session.view.timeline.position(&recording, step).map_err(|error| error.to_string())?;
    let source = session.client.source_of(&recording, position.code).ok_or("the source of this line is not known")?;
    let line = session.line_out(&recording, &position).into();
    answer(Location { place: LocationsResponseBody { source, line, ..LocationsResponseBody::default() }, step })
}
