//! Sources as they were when they ran.

use super::breakpoints::path_of;
use crate::arguments::SourceArguments;
use crate::client::message::{Answer, answer};
use crate::protocol::{LoadedSourcesResponseBody, Module, ModuleId, ModulesResponseBody, SourceResponseBody};
use crate::session::Session;
use crate::view::sources;

/// `source`
pub fn source(session: &mut Session, arguments: &SourceArguments) -> Answer {
    let recording = session.view.recorded()?;
    let by_number = arguments.source_reference.or(arguments.source.source_reference);
    let number = match by_number.filter(|number| *number > 0) {
        Some(number) => u32::try_from(number - 1).ok(),
        None => sources::number(&recording, &path_of(session, &arguments.source)?),
    };
    let source = number.and_then(|number| recording.sources.get(number as usize));
    let text = source.and_then(|source| source.text.clone()).ok_or("this source was not recorded")?;
    answer(SourceResponseBody { content: text, mime_type: Some("text/x-python".into()) })
}

/// `loadedSources`
pub fn loaded(session: &mut Session) -> Answer {
    let recording = session.view.recorded()?;
    let all = 0..recording.sources.len() as u32;
    answer(LoadedSourcesResponseBody { sources: all.map(|number| session.client.source(&recording, number)).collect() })
}

/// `modules`
pub fn modules(session: &mut Session) -> Answer {
    let recording = session.view.recorded()?;
    let module = |(n, source): (usize, &connie_recording::reader::Source)| {
        let name = source.path.rsplit('/').next().unwrap_or(&source.path);
        Module {
            id: ModuleId::Integer(n as i64 + 1),
            name: name.trim_end_matches(".py").to_owned(),
            path: Some(source.path.clone()),
            is_user_code: Some(true),
            address_range: None,
            date_time_stamp: None,
            is_optimized: None,
            symbol_file_path: None,
            symbol_status: None,
            version: None,
        }
    };
    let modules: Vec<Module> = recording.sources.iter().enumerate().map(module).collect();
    answer(ModulesResponseBody { total_modules: Some(modules.len() as u64), modules })
}
