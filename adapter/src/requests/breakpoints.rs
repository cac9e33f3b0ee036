//! Requests that set breakpoints, except data breakpoints.

use connie_recording::files;
use connie_recording::reader::Which;
use connie_source::source_text::decode;

use crate::arguments::{
    BreakpointLocationsArguments, SetBreakpointsArguments, SetExceptionBreakpointsArguments,
    SetFunctionBreakpointsArguments, Source,
};
use crate::client::message::{Answer, answer};
use crate::protocol::{Breakpoint, BreakpointLocation, BreakpointLocationsResponseBody, SetBreakpointsResponseBody};
use crate::session::Session;
use crate::view::breakpoints::{BreakpointStatus, Only, WantedFunction, WantedLine};
use crate::view::sources;

/// `setBreakpoints`
pub fn lines(session: &mut Session, arguments: SetBreakpointsArguments) -> Answer {
    let path = path_of(session, &arguments.source)?;
    session.client.names.learn(&path);
    let wanted = arguments.breakpoints.into_iter().map(|item| WantedLine {
        line: session.client.line_from_1(item.line),
        log: item.log_message.filter(|text| !text.is_empty()),
        only: Only { condition: item.condition, count: item.hit_condition },
    });
    let wanted = wanted.collect();
    let statuses = session.view.set_lines(&path, wanted);
    let statuses = states(session, statuses);
    session.print_logpoints();
    statuses
}

/// The answer to a request that sets breakpoints: their states, in the order of the request.
pub fn states(session: &Session, statuses: Vec<BreakpointStatus>) -> Answer {
    answer(SetBreakpointsResponseBody {
        breakpoints: statuses.into_iter().map(|status| session.breakpoint(status)).collect(),
    })
}

/// The path of a source.
pub fn path_of(session: &Session, source: &Source) -> Result<String, String> {
    if let Some(number) = source.source_reference.filter(|number| *number > 0) {
        let recording = session.view.recorded()?;
        let found = recording.sources.get(number as usize - 1);
        return found.map(|source| source.path.clone()).ok_or_else(|| "there is no such source".into());
    }
    source.path.clone().ok_or_else(|| "the source has no path".into())
}

/// `setFunctionBreakpoints`
pub fn functions(session: &mut Session, arguments: SetFunctionBreakpointsArguments) -> Answer {
    let wanted = arguments.breakpoints.into_iter().map(|item| WantedFunction {
        name: item.name.unwrap_or_default(),
        only: Only { condition: item.condition, count: item.hit_condition },
    });
    let statuses = session.view.set_functions(&wanted.collect::<Vec<_>>());
    states(session, statuses)
}

/// `setExceptionBreakpoints`: filters, each with the types that it applies to.
pub fn exceptions(session: &mut Session, arguments: SetExceptionBreakpointsArguments) -> Answer {
    session.view.breakpoints.exceptions = Vec::new();
    let plain = arguments.filters.into_iter().map(|filter| (filter, String::new()));
    let conditioned = arguments.filter_options.into_iter();
    let conditioned =
        conditioned.map(|option| (option.filter_id.unwrap_or_default(), option.condition.unwrap_or_default()));
    let mut statuses = Vec::new();
    for (filter, types) in plain.chain(conditioned) {
        let types: Vec<String> = types.split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let known = match filter.as_str() {
            "raised" => Some(Which::Any),
            "userUnhandled" => Some(Which::LeftCode),
            "uncaught" => Some(Which::Uncaught),
            _ => None,
        };
        statuses.push(Breakpoint { verified: known.is_some(), ..Breakpoint::default() });
        if let Some(known) = known {
            session.view.breakpoints.exceptions.push((known, types));
        }
    }
    answer(SetBreakpointsResponseBody { breakpoints: statuses })
}

/// `breakpointLocations`
pub fn locations(session: &mut Session, arguments: &BreakpointLocationsArguments) -> Answer {
    let path = path_of(session, &arguments.source)?;
    let text = files::read(path.as_ref(), files::SOURCE).map(|text| decode(&text)).unwrap_or_default();
    let base = u64::from(!session.client.can.one_based);
    let first = arguments.line.unwrap_or(1).saturating_add(base);
    let last = arguments.end_line.map_or(first, |line| line.saturating_add(base));
    let lines = connie_source::python::statement_lines(&text).into_iter().map(u64::from);
    let location = |line: u64| BreakpointLocation { line: line - base, ..BreakpointLocation::default() };
    let found: Vec<_> = lines.filter(|line| (first..=last).contains(line)).map(location).collect();
    let nearest = sources::line_with_code(&text, u32::try_from(first).unwrap_or(u32::MAX))
        .filter(|_| found.is_empty() && first == last);
    let breakpoints = nearest.map_or(found, |line| vec![location(line.into())]);
    answer(BreakpointLocationsResponseBody { breakpoints })
}
