//! Writes calls of a function as tests.

use std::io::Write;
use std::path::{Path, PathBuf};

use connie_history::call_test::{Which, tests};
use connie_history::moment::Modules;
use connie_history::timeline::Timeline;
use connie_history::{History, places};
use connie_recording::Recording;
use connie_recording::plain::one_line;

use super::{Arguments, place};
use crate::failure::Failure;
use crate::{screen, style};

/// Writes the tests; the exit code is 1 if all of them are skipped.
///
/// # Errors
/// If there is no such function or call, or the file cannot be created.
pub fn write(recording: &Recording, function: &str, arguments: &Arguments) -> Result<i32, Failure> {
    let codes = places::functions(recording, function).map_err(|none| Failure::NotFound(none.to_string()))?;
    let which = match (arguments.call, arguments.calls) {
        (Some(number), _) => Which::Number(number),
        (_, Some(most)) => Which::Telling(usize::try_from(most).unwrap_or(usize::MAX)),
        _ => Which::First,
    };
    let to_stdout = arguments.output.as_deref() == Some(Path::new("-"));
    let name = function.rsplit('.').next().unwrap_or(function).trim_end_matches("()").trim_matches('_');
    let file = match arguments.output.clone().filter(|_| !to_stdout) {
        Some(file) => file,
        None => PathBuf::from(format!("test_{name}.py")),
    };
    let here = std::env::current_dir()?;
    let folder = here.join(&file).parent().map_or_else(|| here.clone(), Path::to_path_buf);
    let folder = folder.canonicalize().unwrap_or(folder);
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = History { recording, timeline: &timeline, modules: &modules };
    let Some(made) = tests(&history, &codes, which, &folder)? else {
        return Err(Failure::NotFound(match which {
            Which::Number(number) => format!("{function} was not called {number} times in this recording"),
            _ => format!("{function} was not called in this recording"),
        }));
    };
    if to_stdout {
        write!(screen::stdout(), "{}", made.text)?;
    } else {
        place(&file, arguments.force, |temporary| Ok(temporary.as_file().write_all(made.text.as_bytes())?))?;
    }
    for test in &made.tests {
        if let Some(why) = &test.skipped {
            let why = one_line(why);
            screen::say!("{}connie:{:#} the test of call {} is skipped: {why}", style::DIM, style::DIM, test.call);
        }
    }
    Ok(i32::from(made.tests.iter().all(|test| test.skipped.is_some())))
}
