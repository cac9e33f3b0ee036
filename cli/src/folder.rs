//! `.connie`: the folder of recordings, and how a command line names one.

use std::fs::{DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

pub use connie_recording::files::{EXTENSION, recordings};
use connie_recording::outcome::RunResult;
use connie_recording::plain::one_line;
use connie_recording::{files, reader};

use crate::failure::Failure;
use crate::{screen, style};

/// Creates the folder of a project's recordings, with a .gitignore that ignores the folder.
///
/// # Errors
/// If it cannot be created or written.
pub fn create(root: &Path) -> Result<PathBuf, Failure> {
    let folder = root.join(".connie");
    let fail = |error: std::io::Error| {
        let way_out = "make it writable, or say where to record with --output FILE";
        Failure::CannotCreate(format!("cannot record into {}: {error}; {way_out}", folder.display()))
    };
    // Recordings contain values of the program.
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(fail)?;
    if !files::is_project_folder(&folder) {
        return Err(fail(std::io::Error::other("it is a link that leaves the project")));
    }
    match File::create_new(folder.join(".gitignore")).and_then(|mut file| file.write_all(b"*\n")) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(fail(error)),
        _ => Ok(folder),
    }
}

/// The nearest `.connie` folder upward from the working folder.
pub fn find() -> Option<PathBuf> {
    find_from(&std::env::current_dir().ok()?)
}

/// The nearest `.connie` folder upward from a folder.
pub fn find_from(here: &Path) -> Option<PathBuf> {
    here.ancestors().map(|folder| folder.join(".connie")).find(|folder| files::is_project_folder(folder))
}

/// # Errors
/// If a folder of recordings cannot be read. Such a folder is not treated as empty.
pub fn readable(folder: &Path) -> Result<(), Failure> {
    match std::fs::read_dir(folder) {
        Err(source) if source.kind() == std::io::ErrorKind::PermissionDenied => {
            Err(connie_recording::Error::Io { path: folder.into(), source }.into())
        }
        _ => Ok(()),
    }
}

/// Removes a recording and the files beside it.
///
/// # Errors
/// If it cannot be removed, or does not exist.
pub fn remove(path: &Path) -> std::io::Result<()> {
    for suffix in ["-wal", "-shm", "-reserve"] {
        let mut beside = path.as_os_str().to_os_string();
        beside.push(suffix);
        let _ = std::fs::remove_file(beside);
    }
    reader::forget_stored(path);
    std::fs::remove_file(path)
}

/// The id of a recording, from its path.
pub fn id(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

/// Like [`id`], escaped for a line of a message.
pub fn shown_id(path: &Path) -> String {
    one_line(&id(path)).into_owned()
}

/// Finds the recording with the name `run`: `latest`, an id or its beginning, or a path.
///
/// # Errors
/// If there is none, or more than one.
pub fn resolve(run: &str) -> Result<PathBuf, Failure> {
    // A notebook means the recording that it made last, also if another program was recorded meanwhile.
    if let Some(named) = std::env::var_os("CONNIE_LATEST").filter(|named| run == "latest" && !named.is_empty()) {
        return resolve_from(&named.to_string_lossy(), &std::env::current_dir()?);
    }
    let found = resolve_from(run, &std::env::current_dir()?)?;
    if run == "latest" {
        tell_passed_over(&found);
    }
    Ok(found)
}

/// Prints the later recordings that `latest` skipped, since the user may expect one of them.
fn tell_passed_over(found: &Path) {
    let Some(folder) = found.parent() else { return };
    let later = recordings(folder).into_iter().skip_while(|path| path != found).skip(1);
    let later: Vec<_> = later.filter(|path| !is_reference(path)).collect();
    let Some(last) = later.last() else { return };
    let last_id = shown_id(last);
    let words = |info: reader::Info| {
        RunResult::read(&info.result).and_then(RunResult::words).map_or_else(|| info.outcome(), str::to_owned)
    };
    let how = reader::info(last).map_or_else(|error| error.to_string(), words);
    let (how, found) = (one_line(&how), shown_id(found));
    let style = style::WARNING;
    match later.len() {
        1 => screen::say!(
            "{style}connie:{style:#} the later recording {last_id} ({how}) has no step of recorded code: this is {found}"
        ),
        many => screen::say!(
            "{style}connie:{style:#} {many} later recordings have no step of recorded code, the last of them {last_id} \
             ({how}): this is {found}"
        ),
    }
}

/// The maximum number of recordings listed if a name is ambiguous.
const MAX_NAMED: usize = 5;

/// Like [`resolve`], starting from a folder.
///
/// # Errors
/// As for [`resolve`].
pub fn resolve_from(run: &str, here: &Path) -> Result<PathBuf, Failure> {
    let path = here.join(run);
    if let Err(source) = path.metadata()
        && source.kind() == std::io::ErrorKind::PermissionDenied
    {
        return Err(connie_recording::Error::Io { path, source }.into());
    }
    if path.is_file() || run.contains('/') && !run.contains("::") {
        return if path.exists() { Ok(path) } else { Err(Failure::NotFound(format!("there is no file {run}"))) };
    }
    resolve_name(run, here)
}

/// Finds the recording with the name `run` in the project that contains `here`: `latest`, an id or its beginning, or
/// the node id of a test. Paths are not accepted.
///
/// # Errors
/// As for [`resolve`].
pub fn resolve_name(run: &str, here: &Path) -> Result<PathBuf, Failure> {
    let none = || Failure::NotFound("there are no recordings here: make one with connie run SCRIPT".into());
    let folder = find_from(here).ok_or_else(none)?;
    readable(&folder)?;
    let all = recordings(&folder);
    if run == "latest" {
        return latest(&all).ok_or_else(none);
    }
    // The latest recording of a test, by its node id.
    if run.contains("::") {
        return latest_of_test(run, &all)
            .ok_or_else(|| Failure::NotFound(format!("there is no recording of the test {run}: see connie list")));
    }
    let matching: Vec<_> = all.iter().filter(|path| id(path).starts_with(run)).collect();
    match matching.as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(Failure::NotFound(format!("there is no recording {run}: see connie list"))),
        many => {
            let exact = many.iter().find(|path| id(path) == run);
            let latest: Vec<_> = many.iter().rev().take(MAX_NAMED).map(|path| shown_id(path)).collect();
            let others = many.len() - latest.len();
            let others = if others > 0 { format!(" or {others} others") } else { String::new() };
            exact.map(|path| (**path).clone()).ok_or_else(|| {
                Failure::Usage(format!(
                    "{run} is ambiguous, it could be {}{others}: use more characters of the id",
                    latest.join(" or ")
                ))
            })
        }
    }
}

/// The latest recording of a test, by its node id. One that is kept only for comparing counts if there is no other.
fn latest_of_test(test: &str, all: &[PathBuf]) -> Option<PathBuf> {
    let of_test = all.iter().rev().filter_map(|path| Some((path, reader::info(path).ok()?)));
    let of_test: Vec<_> = of_test.filter(|(_, info)| info.program == test).collect();
    let found = of_test.iter().find(|(_, info)| !info.is_reference()).or(of_test.first());
    found.map(|(path, _)| (*path).clone())
}

/// The latest recording with steps of recorded code. A program that failed before its first line, or a recorder that
/// was killed at once, leaves a recording without steps. If there are only such recordings, the latest of them,
/// because it says why. Passing tests that are kept only for comparing do not count if there is another recording:
/// otherwise, they would hide the failure for which they are kept.
pub fn latest(all: &[PathBuf]) -> Option<PathBuf> {
    let shown = |path: &&PathBuf| shows_something(path);
    let wanted = all.iter().rev().find(|path| shown(path) && !is_reference(path));
    wanted.or_else(|| all.iter().rev().find(shown)).or(all.last()).cloned()
}

/// Whether a recording is a test that passed, and is kept only to compare failures with.
fn is_reference(path: &Path) -> bool {
    reader::info(path).is_ok_and(|info| info.is_reference())
}

/// Whether a recording has steps of recorded code, or may still get some. True if it cannot be read, so that the
/// error is reported.
pub fn shows_something(path: &Path) -> bool {
    reader::has_code(path).unwrap_or(true) || reader::info(path).is_ok_and(|info| info.is_going_on())
}

/// `20261122-140925-k3f9`: sorts by time (two letters are the fraction of the second), and is short to type.
pub fn new_id() -> String {
    let now = jiff::Zoned::now();
    let letters = b"0123456789abcdefghjkmnpqrstvwxyz";
    let fraction = now.subsec_nanosecond() as usize * 1024 / 1_000_000_000;
    let noise = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), std::process::id()) as usize;
    let tail = [fraction >> 5, fraction, noise, noise >> 5].map(|n| char::from(letters[n & 31]));
    format!("{}-{}", now.strftime("%Y%m%d-%H%M%S"), tail.iter().collect::<String>())
}
