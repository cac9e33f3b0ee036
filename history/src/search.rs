//! Searches all text in a recording: functions, sources, output, exceptions.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Serialize;

use connie_recording::error::Error;
use connie_recording::reader::Recording;

/// The number of pieces of output, and of exceptions, that are read at a time.
const PAGE: usize = 10_000;

/// The places where a text was found, up to a limit for each kind.
#[derive(Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Found {
    /// Functions whose qualified name contains the text.
    pub functions: Vec<FunctionFound>,
    /// Printed lines, each with the step of its beginning.
    pub output: Vec<StepFound>,
    /// Exceptions whose type or text contains it, each with the step at which it appeared.
    pub exceptions: Vec<StepFound>,
    /// Lines of sources.
    pub lines: Vec<LineFound>,
}

/// A function.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct FunctionFound {
    /// Its code.
    pub code: u32,
    /// Its qualified name.
    pub name: String,
    /// Number of its source.
    pub source: u32,
    /// Its first line.
    pub line: u32,
}

/// A text found at a step.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct StepFound {
    /// The step.
    pub step: u64,
    /// The surrounding text.
    pub text: String,
}

/// A line of a source.
#[derive(Debug, PartialEq, Serialize, JsonSchema)]
pub struct LineFound {
    /// Number of the source.
    pub source: u32,
    /// Its path.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// Its text.
    pub text: String,
}

/// Whether a text contains another. Case is ignored unless the searched text has upper case.
fn has(text: &str, wanted: &str) -> bool {
    if wanted.chars().any(char::is_uppercase) { text.contains(wanted) } else { text.to_lowercase().contains(wanted) }
}

/// Searches for a text, with up to `most` results of each kind. A blank text has no results.
///
/// # Errors
/// If a table cannot be read.
pub fn search(recording: &Recording, wanted: &str, most: usize) -> Result<Found, Error> {
    search_until(recording, wanted, most, &|| false)
}

/// Like [`search`], until `is_stopped`.
///
/// # Errors
/// As for [`search`]; [`Error::Interrupted`] if it was stopped.
pub fn search_until(
    recording: &Recording,
    wanted: &str,
    most: usize,
    is_stopped: &dyn Fn() -> bool,
) -> Result<Found, Error> {
    let mut found = Found::default();
    if wanted.trim().is_empty() {
        return Ok(found);
    }
    let functions = recording.functions.iter().enumerate().filter(|(_, function)| has(&function.name, wanted));
    found.functions = functions
        .take(most)
        .map(|(code, f)| FunctionFound { code: code as u32, name: f.name.clone(), source: f.source, line: f.line })
        .collect();
    for (number, source) in recording.sources.iter().enumerate() {
        if is_stopped() {
            return Err(Error::Interrupted);
        }
        let lines = source.text.as_deref().unwrap_or_default().lines().enumerate();
        let here = lines.filter(|(_, line)| has(line, wanted)).take(most - found.lines.len());
        found.lines.extend(here.map(|(n, line)| LineFound {
            source: number as u32,
            path: source.path.clone(),
            line: n as u32 + 1,
            text: line.trim().to_owned(),
        }));
    }
    found.output = printed(recording, wanted, most, is_stopped)?;
    found.exceptions = raised(recording, wanted, most, is_stopped)?;
    Ok(found)
}

/// The exceptions whose type or text contains a text.
fn raised(
    recording: &Recording,
    wanted: &str,
    most: usize,
    is_stopped: &dyn Fn() -> bool,
) -> Result<Vec<StepFound>, Error> {
    let (mut found, mut after) = (Vec::new(), 0);
    while found.len() < most {
        if is_stopped() {
            return Err(Error::Interrupted);
        }
        let page = recording.exceptions_after(after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.step;
        let all = page.iter().map(|raised| StepFound { step: raised.step, text: raised.to_string() });
        found.extend(all.filter(|raised| has(&raised.text, wanted)));
    }
    found.truncate(most);
    Ok(found)
}

/// The printed lines that contain a text, regardless of the pieces in which they were written.
fn printed(
    recording: &Recording,
    wanted: &str,
    most: usize,
    is_stopped: &dyn Fn() -> bool,
) -> Result<Vec<StepFound>, Error> {
    let mut found: Vec<StepFound> = Vec::new();
    // The unfinished line of each stream.
    let mut open: HashMap<u8, StepFound> = HashMap::new();
    let mut after = 0;
    while found.len() < most {
        if is_stopped() {
            return Err(Error::Interrupted);
        }
        let page = recording.output_after(after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.step;
        for written in page {
            for (n, part) in written.text.split('\n').enumerate() {
                if n > 0 {
                    found.extend(open.remove(&written.stream).filter(|line| has(&line.text, wanted)));
                }
                if !part.is_empty() {
                    let begin = || StepFound { step: written.step, text: String::new() };
                    open.entry(written.stream).or_insert_with(begin).text.push_str(part);
                }
            }
        }
    }
    found.extend(open.into_values().filter(|line| has(&line.text, wanted)));
    found.sort_by_key(|line| line.step);
    found.truncate(most);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::has;

    #[test]
    fn capitals_are_meant() {
        assert!(has("Total: 5", "total") && has("Total: 5", "Total") && !has("total: 5", "Total"));
        assert!(has("straße", "straße") && !has("", "x"));
    }
}
