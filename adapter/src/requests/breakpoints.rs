//! Setting breakpoints of all kinds but data.

use connie_recording::files;
use connie_recording::reader::Which;
use connie_source::source_text::decode;
use serde_json::{Value, json};

use crate::session::{Answer, Session};
use crate::view::sources;

/// `setBreakpoints`
pub fn lines(session: &mut Session, arguments: &Value) -> Answer {
    let path = path_of(session, &arguments["source"])?;
    session.names.learn(&path);
    let wanted = arguments["breakpoints"].as_array().cloned().unwrap_or_default();
    Ok(json!({"breakpoints": session.set_lines(&path, &wanted)}))
}

/// The path that a source stands for.
pub fn path_of(session: &Session, source: &Value) -> Result<String, String> {
    if let Some(number) = source["sourceReference"].as_u64().filter(|number| *number > 0) {
        let recording = session.recorded()?;
        let found = recording.sources.get(number as usize - 1);
        return found.map(|source| source.path.clone()).ok_or_else(|| "there is no such source".into());
    }
    source["path"].as_str().map(str::to_owned).ok_or_else(|| "the source has no path".into())
}

/// `setFunctionBreakpoints`
pub fn functions(session: &mut Session, arguments: &Value) -> Answer {
    let wanted = arguments["breakpoints"].as_array().cloned().unwrap_or_default();
    Ok(json!({"breakpoints": session.set_functions(&wanted)}))
}

/// `setExceptionBreakpoints`: filters, each with the types it is for.
pub fn exceptions(session: &mut Session, arguments: &Value) -> Answer {
    session.breakpoints.exceptions = Vec::new();
    let plain = arguments["filters"].as_array().into_iter().flatten().map(|filter| (filter, ""));
    let options = arguments["filterOptions"].as_array().into_iter().flatten();
    let conditioned = options.map(|option| (&option["filterId"], option["condition"].as_str().unwrap_or("")));
    let mut told = Vec::new();
    for (filter, types) in plain.chain(conditioned) {
        let types: Vec<String> = types.split([',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let known = match filter.as_str() {
            Some("raised") => Some(Which::Any),
            Some("userUnhandled") => Some(Which::LeftCode),
            Some("uncaught") => Some(Which::Uncaught),
            _ => None,
        };
        told.push(json!({"verified": known.is_some()}));
        if let Some(known) = known {
            session.breakpoints.exceptions.push((known, types));
        }
    }
    Ok(json!({"breakpoints": told}))
}

/// `breakpointLocations`
pub fn locations(session: &mut Session, arguments: &Value) -> Answer {
    let path = path_of(session, &arguments["source"])?;
    let text = files::read(path.as_ref(), files::SOURCE).map(|text| decode(&text)).unwrap_or_default();
    let base = u64::from(!session.one_based);
    let first = arguments["line"].as_u64().unwrap_or(1) + base;
    let last = arguments["endLine"].as_u64().map_or(first, |line| line + base);
    let lines = connie_source::python::statement_lines(&text).into_iter().map(u64::from);
    let found: Vec<Value> =
        lines.filter(|line| (first..=last).contains(line)).map(|line| json!({"line": line - base})).collect();
    let nearest = sources::line_with_code(&text, first as u32).filter(|_| found.is_empty() && first == last);
    let found = nearest.map_or(found, |line| vec![json!({"line": u64::from(line) - base})]);
    Ok(json!({"breakpoints": found}))
}
