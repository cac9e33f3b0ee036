//! Setting breakpoints of all kinds but data.

use connie_recording::files;
use connie_recording::reader::Which;
use connie_source::source_text::decode;
use serde_json::Value;

use crate::client::message::{Answer, answer};
use crate::protocol::{Breakpoint, BreakpointLocation, BreakpointLocationsResponseBody, SetBreakpointsResponseBody};
use crate::session::Session;
use crate::view::breakpoints::{BreakpointStatus, Only, WantedFunction, WantedLine};
use crate::view::sources;

/// `setBreakpoints`
pub fn lines(session: &mut Session, arguments: &Value) -> Answer {
    let path = path_of(session, &arguments["source"])?;
    session.client.names.learn(&path);
    let wanted = arguments["breakpoints"].as_array().into_iter().flatten();
    let wanted = wanted.map(|item| WantedLine {
        line: session.client.line_from_1(item["line"].as_u64().unwrap_or(0) as u32),
        log: item["logMessage"].as_str().filter(|text| !text.is_empty()).map(str::to_owned),
        only: only(item),
    });
    let wanted = wanted.collect();
    let statuses = session.view.set_lines(&path, wanted);
    let statuses = states(session, statuses);
    session.print_logpoints();
    statuses
}

/// Which hits of a breakpoint count.
pub fn only(item: &Value) -> Only {
    let text = |key: &str| item[key].as_str().map(str::to_owned);
    Only { condition: text("condition"), count: text("hitCondition") }
}

/// The answer to a request that sets breakpoints: their states, in the order of the request.
pub fn states(session: &Session, statuses: Vec<BreakpointStatus>) -> Answer {
    answer(SetBreakpointsResponseBody {
        breakpoints: statuses.into_iter().map(|status| session.breakpoint(status)).collect(),
    })
}

/// The path that a source stands for.
pub fn path_of(session: &Session, source: &Value) -> Result<String, String> {
    if let Some(number) = source["sourceReference"].as_u64().filter(|number| *number > 0) {
        let recording = session.view.recorded()?;
        let found = recording.sources.get(number as usize - 1);
        return found.map(|source| source.path.clone()).ok_or_else(|| "there is no such source".into());
    }
    source["path"].as_str().map(str::to_owned).ok_or_else(|| "the source has no path".into())
}

/// `setFunctionBreakpoints`
pub fn functions(session: &mut Session, arguments: &Value) -> Answer {
    let wanted = arguments["breakpoints"].as_array().into_iter().flatten();
    let wanted = wanted
        .map(|item| WantedFunction { name: item["name"].as_str().unwrap_or_default().to_owned(), only: only(item) });
    let statuses = session.view.set_functions(&wanted.collect::<Vec<_>>());
    states(session, statuses)
}

/// `setExceptionBreakpoints`: filters, each with the types it is for.
pub fn exceptions(session: &mut Session, arguments: &Value) -> Answer {
    session.view.breakpoints.exceptions = Vec::new();
    let plain = arguments["filters"].as_array().into_iter().flatten().map(|filter| (filter, ""));
    let options = arguments["filterOptions"].as_array().into_iter().flatten();
    let conditioned = options.map(|option| (&option["filterId"], option["condition"].as_str().unwrap_or("")));
    let mut statuses = Vec::new();
    for (filter, types) in plain.chain(conditioned) {
        let types: Vec<String> = types.split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let known = match filter.as_str() {
            Some("raised") => Some(Which::Any),
            Some("userUnhandled") => Some(Which::LeftCode),
            Some("uncaught") => Some(Which::Uncaught),
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
pub fn locations(session: &mut Session, arguments: &Value) -> Answer {
    let path = path_of(session, &arguments["source"])?;
    let text = files::read(path.as_ref(), files::SOURCE).map(|text| decode(&text)).unwrap_or_default();
    let base = u64::from(!session.client.can.one_based);
    let first = arguments["line"].as_u64().unwrap_or(1) + base;
    let last = arguments["endLine"].as_u64().map_or(first, |line| line + base);
    let lines = connie_source::python::statement_lines(&text).into_iter().map(u64::from);
    let location = |line: u64| BreakpointLocation { line: line - base, ..BreakpointLocation::default() };
    let found: Vec<_> = lines.filter(|line| (first..=last).contains(line)).map(location).collect();
    let nearest = sources::line_with_code(&text, first as u32).filter(|_| found.is_empty() && first == last);
    let breakpoints = nearest.map_or(found, |line| vec![location(line.into())]);
    answer(BreakpointLocationsResponseBody { breakpoints })
}
