//! Finds when the statements that may store began, and whether and when they finished.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::{Stores, scope_in};
use crate::History;
use crate::timeline::{At, Direction, Position};
use connie_recording::chunk::StackFrame;
use connie_recording::error::Error;
use connie_recording::reader::Recording;

/// A statement that finished.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub site: usize,
    pub source: u32,
    /// Where it began: the line was about to run.
    pub first: Position,
    /// The last time one of its lines was about to run.
    pub last: Position,
    /// The event that came next.
    pub end: Position,
    /// For a loop on one line: whether that is its next iteration.
    pub is_again: bool,
}

enum Followed {
    Within,
    Done(Window),
    Nothing,
}

impl Stores {
    /// The site that a line of a frame belongs to.
    fn site_at(&self, recording: &Recording, at: &Position) -> Option<(u32, usize)> {
        let function = recording.function(at.code)?;
        let sites = self.lines.get(&(function.source, at.line))?;
        if let Some(variable) = self.variable.as_ref().filter(|variable| !variable.is_shared)
            && variable.frame != at.frame
        {
            return None;
        }
        let scope = self.scope_of(recording, at.code)?;
        let of = &self.sources.get(&function.source)?.sites;
        sites.iter().find(|n| of[**n].scope == scope).map(|n| (function.source, *n))
    }

    /// The scope that a code object is.
    fn scope_of(&self, recording: &Recording, code: u32) -> Option<usize> {
        *self.scopes.borrow_mut().entry(code).or_insert_with(|| {
            let function = recording.function(code)?;
            let scopes = &self.sources.get(&function.source)?.scopes;
            scope_in(scopes, function)
        })
    }

    /// The statements that began in a chunk and finished, and whether all that began have finished.
    pub(super) fn windows(&self, history: &History<'_>, index: usize) -> Result<(Vec<Window>, bool), Error> {
        let recording = history.recording;
        let positions = history.timeline.chunk(recording, index)?;
        // Statements carried over from the previous chunk belong to that chunk.
        let carried = self.open_frames(history, index).into_iter();
        let mut open: FxHashMap<u64, Window> = carried.map(|window| (window.first.frame, window)).collect();
        let mut done = Vec::new();
        for p in positions.iter() {
            match self.follow(&mut open, p) {
                Followed::Within => continue,
                Followed::Done(window) => done.push(window),
                Followed::Nothing => {}
            }
            if p.at == At::Line
                && let Some((source, site)) = self.site_at(recording, p)
            {
                open.insert(p.frame, Window { site, source, first: *p, last: *p, end: *p, is_again: false });
            }
        }
        let mut all_done = true;
        for window in open.into_values().filter(|window| window.first.step > 0) {
            let end = self.end_of(history, window)?;
            all_done &= end.is_some() || !recording.info.is_going_on();
            done.extend(end.flatten());
        }
        done.retain(|window| window.first.step > 0);
        done.sort_by_key(|window| window.last.step);
        Ok((done, all_done))
    }

    /// How a statement continued that did not finish in its chunk: `None` if that is not recorded, `Some(None)` if it
    /// did not store.
    fn end_of(&self, history: &History<'_>, window: Window) -> Result<Option<Option<Window>>, Error> {
        let frame = window.first.frame;
        let chunk = &history.recording.chunks[history.recording.chunk_of(window.first.step)?];
        let mut from = chunk.first_step + chunk.steps - 1;
        let mut open = FxHashMap::from_iter([(frame, window)]);
        let timeline = history.timeline;
        let next = |from| timeline.find_frame(history.recording, frame, (from, Direction::Forward), |_| true, |_| true);
        while let Some(next) = next(from)? {
            match self.follow(&mut open, &next) {
                Followed::Within => from = next.step,
                Followed::Done(window) => return Ok(Some(Some(window))),
                Followed::Nothing => return Ok(Some(None)),
            }
        }
        Ok(None)
    }

    /// The meaning of a position for the running statement of its frame.
    fn follow(&self, open: &mut FxHashMap<u64, Window>, p: &Position) -> Followed {
        let Some(window) = open.get_mut(&p.frame) else { return Followed::Nothing };
        let site = &self.sources[&window.source].sites[window.site];
        let in_head = |line: u32| site.lines.0 <= line && line <= site.lines.1;
        let is_again = site.again && p.at == At::Line && in_head(p.line);
        let done = match p.at {
            At::Line if is_again => true,
            At::Line if site.runs && in_head(p.line) => {
                window.last = *p;
                return Followed::Within;
            }
            At::Line => {
                let is_in = |lines: &(u32, u32)| lines.0 <= p.line && p.line <= lines.1;
                site.body.as_ref().is_none_or(is_in) && !site.elsewhere.iter().any(is_in)
            }
            At::Return => site.body.is_none(),
            At::Raise => false,
            // Its value may arrive after a yield.
            At::Call | At::Yield | At::Resume | At::Output => return Followed::Within,
        };
        let window = Window { end: *p, is_again, ..*window };
        open.remove(&p.frame);
        if done { Followed::Done(window) } else { Followed::Nothing }
    }

    /// The statements that may store and that are running in frames at the start of a chunk; their first step is 0.
    fn open_frames(&self, history: &History<'_>, index: usize) -> Vec<Window> {
        let Ok(chunk) = history.recording.chunk(index) else { return Vec::new() };
        let frames = chunk.context.stacks.frames().chain(chunk.context.suspended.values());
        let window = |frame: &StackFrame| {
            let StackFrame { frame, code, line, task, .. } = *frame;
            let at = Position { step: 0, at: At::Line, thread: 0, depth: 0, frame, code, line, task };
            let (source, site) = self.site_at(history.recording, &at)?;
            Some(Window { site, source, first: at, last: at, end: at, is_again: false })
        };
        frames.filter_map(window).collect()
    }

    /// The earlier chunks in which statements that may store began that still run at the start of a chunk, ascending.
    pub(super) fn begun_before(&self, history: &History<'_>, index: usize) -> Result<BTreeSet<usize>, Error> {
        let mut found = BTreeSet::new();
        for window in self.open_frames(history, index) {
            let mut step = history.recording.chunks[index].first_step;
            while let Some(line) = self.line_before(history, &window, step)? {
                found.insert(history.recording.chunk_of(line.step)?);
                let site = &self.sources[&window.source].sites[window.site];
                // Otherwise the statement began with this line.
                if !site.runs || site.again {
                    break;
                }
                step = line.step;
            }
        }
        found.remove(&index);
        Ok(found)
    }

    /// The line of a statement's frame before a step, if it belongs to the statement.
    fn line_before(&self, history: &History<'_>, window: &Window, step: u64) -> Result<Option<Position>, Error> {
        let (recording, timeline, frame) = (history.recording, history.timeline, window.first.frame);
        let from = (step, Direction::Backward);
        let line = timeline.find_frame(recording, frame, from, |_| true, |p| p.at == At::Line)?;
        Ok(line.filter(|line| self.site_at(recording, line) == Some((window.source, window.site))))
    }
}
