//! Maps files as the client has them to the sources that ran.

use connie_recording::files;
use connie_recording::reader::Recording;
use connie_source::mapping::Mapping;

/// The number of the recorded source of a file. If the file had several texts: the current text, otherwise the last
/// one.
pub fn number(recording: &Recording, path: &str) -> Option<u32> {
    let all = numbers(recording, path);
    if all.len() > 1
        && let Ok(file) = files::read(path.as_ref(), files::SOURCE)
    {
        let now = connie_source::source_text::decode(&file);
        let is_now = |n: &&u32| recording.sources[**n as usize].text.as_deref() == Some(&now);
        if let Some(found) = all.iter().find(is_now) {
            return Some(*found);
        }
    }
    all.last().copied()
}

/// The numbers of all recorded sources of a file, which may have had several texts while the program ran.
pub fn numbers(recording: &Recording, path: &str) -> Vec<u32> {
    let resolved = std::fs::canonicalize(path).ok();
    let is_it = |known: &str| known == path || resolved.is_some() && std::fs::canonicalize(known).ok() == resolved;
    (0u32..).zip(&recording.sources).filter(|(_, source)| is_it(&source.path)).map(|(n, _)| n).collect()
}

/// The mapping between the current file of a source and the text that ran; `None` if there is no such file.
pub fn mapping(recording: &Recording, source: u32) -> Option<Mapping> {
    let source = recording.sources.get(source as usize)?;
    let file = connie_recording::files::read(source.path.as_ref(), connie_recording::files::SOURCE).ok()?;
    Some(Mapping::between(source.text.as_deref()?, &connie_source::source_text::decode(&file)))
}
