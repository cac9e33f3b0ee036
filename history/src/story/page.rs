//! Some lines of the story, anywhere in a run of any length.

use std::cell::RefCell;

use connie_recording::chunk::STEPS;
use connie_recording::error::Error;
use connie_recording::player::Player;
use connie_recording::reader::Recording;
use connie_source::outline::Outline;
use rustc_hash::{FxHashMap, FxHashSet};

use super::filter::Filter;
use super::line::Line;
use super::reader::Reader;
use super::searched::Searched;
use crate::History;
use crate::timeline::{At, Direction};

/// The steps that are told at once at first, when a page is read backward.
const WINDOW: u64 = 256;

/// Which calls are told without their insides.
#[derive(Clone, Debug, Default)]
pub struct Folds {
    /// The number of calls around a line at which calls are folded; `None` for none.
    pub depth: Option<u32>,
    /// Frames that are not folded, whatever their depth.
    pub open: FxHashSet<u64>,
    /// Frames that are folded, whatever their depth.
    pub closed: FxHashSet<u64>,
}

impl Folds {
    /// Whether a frame is folded, with so many frames on the stack up to it.
    pub(super) fn has(&self, frame: u64, depth: u32) -> bool {
        self.closed.contains(&frame) || self.depth.is_some_and(|most| depth > most) && !self.open.contains(&frame)
    }

    /// Whether any call may be folded.
    pub(super) fn any(&self) -> bool {
        self.depth.is_some() || !self.closed.is_empty()
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Forward: the first step. Backward: the step before which the lines are.
    pub step: u64,
    /// Where the lines are.
    pub direction: Direction,
    /// The number of lines that are enough.
    pub most: usize,
    /// Which steps.
    pub filter: Filter,
    /// Which calls are told without their insides. Nothing is folded if a text is searched.
    pub folds: Folds,
    /// Only lines with this text, in any case.
    pub text: String,
    /// Only lines that tell of a change.
    pub only_changes: bool,
}

/// Some lines of the story.
#[derive(Debug, Default)]
pub struct Page {
    /// The lines, in the order of their steps. All lines of a step are on the same page.
    pub lines: Vec<Line>,
    /// Up to which step everything was told: the last one forward, the first one backward.
    pub reached: u64,
    /// Whether there is nothing beyond.
    pub is_end: bool,
}

/// What pages find out, kept for later ones.
#[derive(Default)]
pub struct Known {
    /// For lines below a comment, by source and line: the step of their first run.
    firsts: RefCell<FxHashMap<(u32, u32), u64>>,
    /// For each function, by code: whether its frames may be suspended.
    suspends: RefCell<FxHashMap<u32, bool>>,
    /// Which texts may be in the lines of each chunk.
    pub(super) searched: Searched,
}

impl Known {
    /// Whether a line runs for the first time at a step.
    pub(super) fn is_first(&self, history: &History<'_>, (source, line): (u32, u32), step: u64) -> bool {
        if let Some(first) = self.firsts.borrow().get(&(source, line)) {
            return *first == step;
        }
        let recording = history.recording;
        let is_it = |code: u32| recording.function(code).is_some_and(|function| function.source == source);
        let (chunks, timeline) = (|c: &connie_recording::reader::ChunkInfo| c.has_line(source, line), history.timeline);
        let found = timeline
            .find(recording, 0, Direction::Forward, chunks, |p| p.at == At::Line && p.line == line && is_it(p.code));
        let Ok(found) = found else { return false };
        let first = found.map_or(0, |position| position.step);
        self.firsts.borrow_mut().insert((source, line), first);
        first == step
    }

    /// Whether the frames of a function may be suspended.
    pub(super) fn suspends(&self, recording: &Recording, code: u32) -> bool {
        if let Some(known) = self.suspends.borrow().get(&code) {
            return *known;
        }
        let Some(function) = recording.function(code) else { return true };
        let text = recording.sources.get(function.source as usize).and_then(|source| source.text.as_deref());
        let outline = text.map(Outline::of).unwrap_or_default();
        let mut known = self.suspends.borrow_mut();
        // Each text is read once, for all of its functions.
        for (other, one) in (0u32..).zip(&recording.functions).filter(|(_, one)| one.source == function.source) {
            let name = one.name.rsplit('.').next().unwrap_or(&one.name);
            let is_it = |f: &&connie_source::outline::Function| f.line == one.line && f.name == name;
            let found = outline.functions.iter().find(is_it).map(|found| found.suspends);
            known.insert(other, found.unwrap_or(one.name != "<module>"));
        }
        known.get(&code).copied().unwrap_or(true)
    }
}

impl Asked {
    /// Whether all lines are searched for a text.
    pub(super) fn is_search(&self) -> bool {
        !self.text.is_empty() && self.filter.is_all()
    }
}

/// Some lines of the story. Reads until there are enough lines or `is_enough`: the answer says how far it got.
///
/// # Errors
/// If there is no such step, the question was interrupted, or the recording cannot be read.
pub fn page(history: &History<'_>, known: &Known, asked: &Asked, is_enough: &dyn Fn() -> bool) -> Result<Page, Error> {
    let last = history.recording.last_step();
    match asked.direction {
        Direction::Forward if asked.step > last => Ok(Page { reached: last, is_end: true, ..Page::default() }),
        Direction::Forward if asked.is_search() => search(history, known, asked, is_enough),
        Direction::Forward => forward(history, known, asked, (asked.step.max(1), last), asked.most.max(1), is_enough),
        Direction::Backward => backward(history, known, asked, asked.step.min(last + 1), is_enough),
    }
}

fn forward(
    history: &History<'_>,
    known: &Known,
    asked: &Asked,
    range: (u64, u64),
    most: usize,
    is_enough: &dyn Fn() -> bool,
) -> Result<Page, Error> {
    let is_first = |source, line, step| known.is_first(history, (source, line), step);
    Reader::new(history, known, asked, &is_first, range)?.read(most, is_enough)
}

/// Like [`forward`], without the chunks that are known not to have the text.
fn search(history: &History<'_>, known: &Known, asked: &Asked, is_enough: &dyn Fn() -> bool) -> Result<Page, Error> {
    let recording = history.recording;
    let last = recording.last_step();
    let mut found = Page { reached: asked.step.max(1) - 1, ..Page::default() };
    while let Some(range) = known.searched.next(recording, &asked.text, found.reached + 1) {
        let most = asked.most.max(1) - found.lines.len();
        let page = forward(history, known, asked, range, most, is_enough)?;
        found.lines.extend(page.lines);
        (found.reached, found.is_end) = (page.reached, page.is_end);
        if found.is_end || found.lines.len() >= asked.most.max(1) || is_enough() {
            return Ok(found);
        }
    }
    (found.reached, found.is_end) = (last, true);
    Ok(found)
}

fn backward(
    history: &History<'_>,
    known: &Known,
    asked: &Asked,
    before: u64,
    is_enough: &dyn Fn() -> bool,
) -> Result<Page, Error> {
    let mut found: Vec<Line> = Vec::new();
    let mut reached = before.max(1);
    let mut size = WINDOW.max(2 * asked.most as u64);
    while reached > 1 && found.len() < asked.most {
        if reached < before && is_enough() {
            break;
        }
        if asked.is_search() {
            reached = known.searched.before(history.recording, &asked.text, reached);
            if reached <= 1 {
                break;
            }
        }
        let mut to = reached - 1;
        if let Some(call) = call_around(history, known, asked, to)? {
            to = call;
        }
        let from = to.saturating_sub(size - 1).max(1);
        let mut page = forward(history, known, asked, (from, to), usize::MAX, &|| false)?;
        page.lines.append(&mut found);
        (found, reached) = (page.lines, from);
        size = (4 * size).min(4 * STEPS);
    }
    // All lines of a step are on the same page.
    let mut first = found.len().saturating_sub(asked.most);
    while first > 0 && found[first - 1].step == found[first].step {
        first -= 1;
    }
    if first > 0 {
        reached = found[first].step;
        found.drain(..first);
    }
    Ok(Page { lines: found, reached, is_end: reached <= 1 })
}

/// The step of the folded call in whose inside a step is. Only where other threads have nothing to tell meanwhile.
fn call_around(history: &History<'_>, known: &Known, asked: &Asked, step: u64) -> Result<Option<u64>, Error> {
    let recording = history.recording;
    if !asked.folds.any() || !asked.text.is_empty() || recording.thread_names()?.len() > 1 {
        return Ok(None);
    }
    let Ok((player, found)) = Player::at(recording, step) else { return Ok(None) };
    let around = Reader::outermost(asked, known, recording, found.thread, player.stack());
    let start = around.and_then(|around| around.start(recording, history.timeline));
    Ok(start.filter(|start| *start < step))
}

/// What is only used by a reader of this page.
pub(super) type IsFirst<'a> = &'a dyn Fn(u32, u32, u64) -> bool;
