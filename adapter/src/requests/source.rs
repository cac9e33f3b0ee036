//! Sources exactly as they ran.

use serde_json::{Value, json};

use super::breakpoints::path_of;
use crate::client::Answer;
use crate::session::Session;
use crate::view::sources;

/// `source`
pub fn source(session: &mut Session, arguments: &Value) -> Answer {
    let recording = session.view.recorded()?;
    let by_number = arguments["sourceReference"].as_u64().or(arguments["source"]["sourceReference"].as_u64());
    let number = match by_number.filter(|number| *number > 0) {
        Some(number) => Some(number as u32 - 1),
        None => sources::number(&recording, &path_of(session, &arguments["source"])?),
    };
    let source = number.and_then(|number| recording.sources.get(number as usize));
    let text = source.and_then(|source| source.text.clone()).ok_or("the source of this was not recorded")?;
    Ok(json!({"content": text, "mimeType": "text/x-python"}))
}

/// `loadedSources`
pub fn loaded(session: &mut Session) -> Answer {
    let recording = session.view.recorded()?;
    let all: Vec<Value> =
        (0..recording.sources.len() as u32).map(|number| session.client.source(&recording, number)).collect();
    Ok(json!({"sources": all}))
}

/// `modules`
pub fn modules(session: &mut Session) -> Answer {
    let recording = session.view.recorded()?;
    let module = |(n, source): (usize, &connie_recording::reader::Source)| {
        let name = source.path.rsplit('/').next().unwrap_or(&source.path);
        json!({"id": n + 1, "name": name.trim_end_matches(".py"), "path": source.path, "isUserCode": true})
    };
    let all: Vec<Value> = recording.sources.iter().enumerate().map(module).collect();
    Ok(json!({"totalModules": all.len(), "modules": all}))
}
