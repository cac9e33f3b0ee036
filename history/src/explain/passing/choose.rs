//! Chooses the passing run with which the failure of a test is compared.

use std::path::{Path, PathBuf};

use connie_recording::files;
use connie_recording::outcome::RunResult;
use connie_recording::reader::{self, Info, Recording, SKIPPED};

/// The newest passing recording of the test that `failed` is about: before the failure if there is one, else after it.
/// `None` if that is no recording of a test, or did not fail.
#[must_use]
pub fn choose<'i>(failed: &Info, all: impl IntoIterator<Item = &'i Info>) -> Option<&'i Info> {
    if !is_of_test(failed) || RunResult::read(&failed.result) == Some(RunResult::Ok) {
        return None;
    }
    let has_passed = |info: &&Info| {
        info.program == failed.program
            && info.id != failed.id
            && RunResult::read(&info.result) == Some(RunResult::Ok)
            && info.kept.as_deref() != Some(SKIPPED)
    };
    all.into_iter().filter(has_passed).max_by_key(|info| (info.started <= failed.started, info.started))
}

/// The passing run with which a recording is compared if no other is named: the one that [`choose`] finds in its folder.
/// Recordings that cannot be read are left out.
#[must_use]
pub fn beside(recording: &Recording) -> Option<Recording> {
    // Most recordings are not of tests: no need to read the others.
    if !is_of_test(&recording.info) {
        return None;
    }
    among(recording, files::recordings(files::folder_of(recording.path())))
}

/// Like [`beside`], among some of the recordings of that folder.
#[must_use]
pub fn among(recording: &Recording, paths: impl IntoIterator<Item = PathBuf>) -> Option<Recording> {
    if !is_of_test(&recording.info) {
        return None;
    }
    let folder = files::folder_of(recording.path());
    let here = paths.into_iter().filter(|path| files::folder_of(path) == folder);
    let (infos, paths): (Vec<Info>, Vec<PathBuf>) =
        here.filter_map(|path| Some((reader::info(&path).ok()?, path))).unzip();
    let chosen = choose(&recording.info, &infos)?;
    let place = infos.iter().position(|info| std::ptr::eq(info, chosen))?;
    Recording::open(&paths[place]).ok()
}

fn is_of_test(info: &Info) -> bool {
    info.program.contains("::")
}

/// The id of a recording, from its path.
pub(super) fn id(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(id: &str, program: &str, started: i64, result: &str, kept: Option<&str>) -> Info {
        Info {
            id: id.to_owned(),
            program: program.to_owned(),
            argv: Vec::new(),
            cwd: String::new(),
            root: String::new(),
            started,
            ended: Some(started + 1),
            steps: 1,
            result: result.to_owned(),
            exit_code: None,
            signal: None,
            complete: true,
            exception: None,
            trouble: None,
            python: None,
            dropped: 0,
            waited: None,
            ticks_per_second: None,
            kept: kept.map(str::to_owned),
            levels: Vec::new(),
        }
    }

    #[test]
    fn the_newest_before_the_failure_comes_before_later_ones() {
        let failed = info("f", "t.py::a", 50, "exception", None);
        let mut all = vec![
            info("late", "t.py::a", 60, "ok", None),
            info("later", "t.py::a", 70, "ok", Some("reference")),
            info("other", "t.py::b", 40, "ok", None),
            info("skipped", "t.py::a", 45, "ok", Some(SKIPPED)),
            info("broken", "t.py::a", 46, "exception", None),
            failed.clone(),
        ];
        let chosen = |all: &[Info]| choose(&failed, all).map(|info| info.id.clone());
        assert_eq!(chosen(&all).as_deref(), Some("later"));
        all.push(info("old", "t.py::a", 10, "ok", Some("reference")));
        all.push(info("before", "t.py::a", 30, "ok", None));
        assert_eq!(chosen(&all).as_deref(), Some("before"));
        assert_eq!(chosen(&[]), None);
    }

    #[test]
    fn programs_and_passing_tests_have_none() {
        let all = [info("a", "main.py", 1, "ok", None), info("b", "t.py::a", 1, "ok", None)];
        assert!(choose(&info("f", "main.py", 2, "exception", None), &all).is_none());
        assert!(choose(&info("p", "t.py::a", 2, "ok", None), &all).is_none());
        assert!(choose(&info("cut", "t.py::a", 2, "cut", None), &all).is_some());
    }
}
