//! What changed in the text of a program since the passing run, and which of its lines that run did not reach.

use std::cell::RefCell;
use std::rc::Rc;

use connie_recording::reader::Recording;
use connie_source::mapping::Mapping;
use rustc_hash::{FxHashMap, FxHashSet};

/// The lines of a source in both runs.
struct Lines {
    mapping: Mapping,
    /// The lines that ran; `None` if that is not known.
    ran: Option<[FxHashSet<u32>; 2]>,
}

/// The sources of two runs. They are compared when they are asked for.
pub(super) struct Edits<'p> {
    both: [&'p Recording; 2],
    by_path: FxHashMap<&'p str, u32>,
    known: RefCell<FxHashMap<u32, Option<Rc<Lines>>>>,
}

impl<'p> Edits<'p> {
    /// For a passing run and one that failed.
    pub fn new(passing: &'p Recording, failed: &'p Recording) -> Self {
        let by_path = (0..passing.sources.len() as u32).map(|source| (passing.short(source), source)).collect();
        Self { both: [passing, failed], by_path, known: RefCell::default() }
    }

    fn lines(&self, source: u32) -> Option<Rc<Lines>> {
        let read = || {
            let [passing, failed] = self.both;
            let text = |recording: &'p Recording, source: u32| recording.sources.get(source as usize)?.text.as_deref();
            let before = *self.by_path.get(failed.short(source))?;
            let mapping = Mapping::between(text(passing, before)?, text(failed, source)?);
            let is_whole = |one: &Recording| one.info.is_counted() && one.info.dropped == 0;
            let hits = |one: &Recording, source: u32| -> Option<FxHashSet<u32>> {
                let hits = one.line_hits(source).ok()?;
                Some(hits.into_iter().filter(|(_, hits)| *hits > 0).map(|(line, _)| line).collect())
            };
            let ran = is_whole(passing).then(|| Some([hits(passing, before)?, hits(failed, source)?])).flatten();
            Some(Rc::new(Lines { mapping, ran }))
        };
        self.known.borrow_mut().entry(source).or_insert_with(read).clone()
    }

    /// Whether one of some lines changed since the passing run. False if that is not known.
    pub fn is_changed(&self, source: u32, mut range: std::ops::RangeInclusive<u32>) -> bool {
        self.lines(source).is_some_and(|lines| range.any(|line| lines.mapping.recorded(line).is_none()))
    }

    /// Whether a line of the passing run is not in the failing one any more.
    pub fn is_gone(&self, source: u32, line_before: u32) -> bool {
        self.lines(source).is_some_and(|lines| lines.mapping.file(line_before).is_none())
    }

    /// Whether a line ran, and did not run at all in the passing run. False if that is not known.
    pub fn is_new_ground(&self, source: u32, line: u32) -> bool {
        self.lines(source).is_some_and(|lines| {
            let before = lines.mapping.recorded(line);
            lines
                .ran
                .as_ref()
                .zip(before)
                .is_some_and(|([before_ran, ran], before)| ran.contains(&line) && !before_ran.contains(&before))
        })
    }

    /// The text of a line of the passing run, without its indentation.
    pub fn text_before(&self, source: u32, line: u32) -> Option<&'p str> {
        let text = self.both[0].sources.get(source as usize)?.text.as_deref()?;
        text.lines().nth((line as usize).checked_sub(1)?).map(str::trim).filter(|text| !text.is_empty())
    }

    /// The whole text of a source of the passing run.
    pub fn source_before(&self, source: u32) -> Option<&'p str> {
        self.both[0].sources.get(source as usize)?.text.as_deref()
    }
}
