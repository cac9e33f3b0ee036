//! Resolves places in a program as people write them: `app.py:12`, `total`, `Cart.add`.

use connie_recording::reader::Recording;

use crate::breakpoint::Location;
use crate::mapping;

/// The reason why a text names no place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLocation {
    /// No recorded file has this name.
    #[error("{name} did not run in this recording{}", listed("; these files did", .known))]
    File {
        /// The name that was given.
        name: String,
        /// Files that ran.
        known: Vec<String>,
    },
    /// Several files have this name.
    #[error("several files are called {name}: {}", .known.join(", "))]
    Files {
        /// The name that was given.
        name: String,
        /// The files.
        known: Vec<String>,
    },
    /// The file has been edited, and this line is new.
    #[error("line {line} of {file} is not in the text that ran: the file was edited since")]
    Edited {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u32,
    },
    /// No function has this name.
    #[error("no function {name} was called in this recording{}", listed("; did you mean", .known))]
    Function {
        /// The name that was given.
        name: String,
        /// Functions with a similar name.
        known: Vec<String>,
    },
}

/// The maximum number of names in an error.
const LISTED: usize = 5;

fn listed(before: &str, names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!("{before}: {}", names.join(", ")) }
}

/// The place that a text names: `FILE:LINE`, where FILE may be the end of a path; or a function, by its name or its
/// qualified name. Lines refer to the current file. If it was edited after the run, they are mapped to the lines that
/// ran.
///
/// # Errors
/// If nothing has this name, or several files do.
pub fn place(recording: &Recording, text: &str) -> Result<Location, NoLocation> {
    let numbered = text.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse::<u32>().ok()?)));
    match numbered {
        Some((file, line)) => Ok(Location::Lines(lines(recording, file, line)?)),
        None => Ok(Location::Function(functions(recording, text)?)),
    }
}

/// The recorded sources of a file, and its line in each.
fn lines(recording: &Recording, name: &str, line: u32) -> Result<Vec<(u32, u32)>, NoLocation> {
    let sources = sources(recording, name)?;
    let of_now = |source: u32| mapping::mapping(recording, source).map_or(Some(line), |mapping| mapping.recorded(line));
    let found: Vec<(u32, u32)> = sources.iter().filter_map(|source| Some((*source, of_now(*source)?))).collect();
    match (found.is_empty(), sources.first()) {
        (true, Some(source)) => Err(NoLocation::Edited { file: recording.short(*source).to_owned(), line }),
        _ => Ok(found),
    }
}

/// The numbers of the sources with a file name. One file may have had several texts.
///
/// # Errors
/// If no file has this name, or several files have it.
pub fn sources(recording: &Recording, name: &str) -> Result<Vec<u32>, NoLocation> {
    let exact = mapping::numbers(recording, name);
    if !exact.is_empty() {
        return Ok(exact);
    }
    let name = name.strip_prefix("./").unwrap_or(name);
    let is_end = |path: &str| path.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('/'));
    let all = (0u32..).zip(&recording.sources);
    let found: Vec<u32> = all.filter(|(_, source)| is_end(&source.path)).map(|(n, _)| n).collect();
    let mut files: Vec<&str> = found.iter().map(|n| recording.short(*n)).collect();
    files.sort_unstable();
    files.dedup();
    match files.len() {
        0 => {
            let known = (0..recording.sources.len() as u32).map(|n| recording.short(n).to_owned()).take(LISTED);
            Err(NoLocation::File { name: name.to_owned(), known: known.collect() })
        }
        1 => Ok(found),
        _ => {
            let known = files.into_iter().take(LISTED).map(str::to_owned).collect();
            Err(NoLocation::Files { name: name.to_owned(), known })
        }
    }
}

/// The codes of all functions with a name.
///
/// # Errors
/// If no function has this name.
pub fn functions(recording: &Recording, name: &str) -> Result<Vec<u32>, NoLocation> {
    let name = name.strip_suffix("()").unwrap_or(name);
    let is_it = |known: &str| {
        known == name || known.strip_suffix(name).is_some_and(|before| before.ends_with('.') && !name.is_empty())
    };
    let all = || (0u32..).zip(&recording.functions);
    let found: Vec<u32> = all().filter(|(_, function)| is_it(&function.name)).map(|(code, _)| code).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let last = name.rsplit('.').next().unwrap_or(name).to_lowercase();
    let is_like = |known: &str| !last.is_empty() && known.to_lowercase().contains(&last);
    let mut known: Vec<String> =
        all().map(|(_, function)| function.name.clone()).filter(|name| is_like(name)).collect();
    known.sort_unstable();
    known.dedup();
    known.truncate(LISTED);
    Err(NoLocation::Function { name: name.to_owned(), known })
}
