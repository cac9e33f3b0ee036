//! Finds the first stop in the recording of a test: in the test's own frame, not in fixtures and helpers around it.

use connie_history::timeline::{At, Direction, Position, Timeline};
use connie_recording::Recording;
use connie_recording::reader::ChunkInfo;

/// The codes of the recorded test, by its node id: `tests/test_shop.py::TestShop::test_total[8]`. Empty for other
/// programs, and for tests that are defined under another name.
fn codes(recording: &Recording) -> Vec<u32> {
    let Some((file, names)) = recording.info.program.split_once("::") else { return Vec::new() };
    // The part in brackets names a case.
    let names = names.split('[').next().unwrap_or(names).replace("::", ".");
    let is_in_file = |source: u32| {
        let path = recording.sources.get(source as usize).map(|source| std::path::Path::new(&source.path));
        path.is_some_and(|path| path.ends_with(file))
    };
    let all = (0u32..).zip(&recording.functions);
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        all.filter(|(_, f)| f.name == names).partition(|(_, f)| is_in_file(f.source));
    if !here.is_empty() {
        return here.into_iter().map(|(code, _)| code).collect();
    }
    if !elsewhere.is_empty() {
        return elsewhere.into_iter().map(|(code, _)| code).collect();
    }
    // An inherited method has the name of another class.
    let own = names.rsplit('.').next().unwrap_or(&names);
    let is_it = |name: &str| name.rsplit('.').next() == Some(own);
    (0u32..).zip(&recording.functions).filter(|(_, f)| is_it(&f.name)).map(|(code, _)| code).collect()
}

/// The step at which the exception that failed a test reaches the test's own frame. If it never does, the step at which
/// it was raised.
pub fn failure(recording: &Recording, timeline: &Timeline, raised: Position) -> Position {
    let codes = codes(recording);
    let reaches = |p: &Position| p.at == At::Raise && p.thread == raised.thread && codes.contains(&p.code);
    if codes.is_empty() || reaches(&raised) {
        return raised;
    }
    // On its way the exception leaves one frame after another. Deeper frames were called meanwhile.
    let chunks = |chunk: &ChunkInfo| chunk.may_reach(raised.thread, raised.depth);
    let found =
        timeline.find(recording, raised.step, Direction::Forward, chunks, |p| reaches(p) && p.depth < raised.depth);
    found.ok().flatten().unwrap_or(raised)
}

/// The first line of the test's own frame.
pub fn line(recording: &Recording, timeline: &Timeline) -> Option<Position> {
    let codes = codes(recording);
    if codes.is_empty() {
        return None;
    }
    let is_it = |p: &Position| p.at == At::Line && codes.contains(&p.code);
    timeline.find(recording, 0, Direction::Forward, |_| true, is_it).ok().flatten()
}
