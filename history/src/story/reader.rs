//! Reads a range of steps, and tells those that are selected and not folded.

use connie_recording::Recording;
use connie_recording::chunk::{STEPS, StackFrame};
use connie_recording::error::Error;
use connie_recording::player::{Event, Player, Step};
use connie_recording::reader::ChunkInfo;
use connie_recording::render::Bounds;
use rustc_hash::FxHashMap;

use super::ends::Activation;
use super::line::{Fold, Line, What};
use super::page::{Asked, IsFirst, Known, Page};
use super::printing::{MAX_STEPS, insert};
use super::searched::Parts;
use super::teller::{Comments, Locals, Teller};
use crate::History;
use crate::flame::Ending;
use crate::timeline::{At, Direction, Position};

/// The size of values.
const BOUNDS: Bounds = Bounds { string: 80, items: 12, depth: 3 };
/// The maximum number of lines of output that are told of a step.
const MAX_OUTPUT: usize = 100;
/// The number of steps after which the reader asks whether it has read enough.
const STRIDE: u64 = 64;

/// The inside of a folded call, of which nothing is told.
struct Inside {
    /// The frame of the call.
    frame: u64,
    /// Its last step.
    end: u64,
    /// The line of the call, if this page has it.
    call: Option<usize>,
}

pub(super) struct Reader<'a> {
    history: &'a History<'a>,
    known: &'a Known,
    asked: &'a Asked,
    teller: Teller<'a>,
    player: Player<'a>,
    /// The first step and the last.
    range: (u64, u64),
    /// By thread.
    inside: FxHashMap<u32, Inside>,
    lines: Vec<Line>,
    has_many_threads: bool,
    /// What all lines of the range have, if they are searched.
    parts: Parts,
    /// Whether the line that was told last does not have the text that is searched.
    is_apart: bool,
}

/// Whether a page is finished.
enum Then {
    GoesOn,
    Ends(u64),
}

impl<'a> Reader<'a> {
    pub fn new(
        history: &'a History<'a>,
        known: &'a Known,
        asked: &'a Asked,
        is_first: IsFirst<'a>,
        range: (u64, u64),
    ) -> Result<Self, Error> {
        let recording = history.recording;
        let player = Player::before(recording, range.0)?;
        let teller = Teller::new(recording, &player, Locals::Changed, BOUNDS)?;
        let teller = teller.within(Comments::When(is_first), MAX_OUTPUT);
        let has_many_threads = recording.thread_names()?.len() > 1;
        let (inside, lines, parts) = (FxHashMap::default(), Vec::new(), Parts::default());
        let is_apart = false;
        let mut reader =
            Self { history, known, asked, teller, player, range, inside, lines, has_many_threads, parts, is_apart };
        reader.begin()?;
        Ok(reader)
    }

    /// The outermost frame of a stack that is folded.
    pub fn outermost(
        asked: &Asked,
        known: &Known,
        recording: &Recording,
        thread: u32,
        stack: &[StackFrame],
    ) -> Option<Activation> {
        let numbered = (1u32..).zip(stack);
        let mut folded = numbered.filter(|(depth, frame)| is_folded(asked, frame.code, frame.frame, *depth));
        folded.next().map(|(depth, frame)| {
            let suspends = known.suspends(recording, frame.code);
            Activation { thread, depth, frame: frame.frame, suspends }
        })
    }

    /// Takes over from the steps before the first one.
    fn begin(&mut self) -> Result<(), Error> {
        let (history, from) = (self.history, self.range.0);
        let (recording, timeline) = (history.recording, history.timeline);
        if from <= 1 {
            return Ok(());
        }
        let stacks: Vec<Activation> = self
            .player
            .context()
            .stacks
            .iter()
            .filter_map(|(thread, stack)| Self::outermost(self.asked, self.known, recording, thread, stack))
            .collect();
        let before = timeline.position(recording, from - 1)?;
        for activation in stacks {
            // At its last step, a frame is still on the stack.
            if activation.ends_at(&before) {
                continue;
            }
            let end = activation.end(recording, timeline, from - 1)?;
            self.inside.insert(activation.thread, Inside { frame: activation.frame, end, call: None });
        }
        let before = told_before(self.history, self.asked, from)?;
        if let Some(position) = &before {
            self.teller.go_on_after(position);
        }
        // What its own thread does next ends a line.
        let may_go_on = self.has_many_threads || before.is_some_and(|position| position.at == At::Output);
        if may_go_on { self.begun_output(from) } else { Ok(()) }
    }

    /// Learns which lines of output have begun before a step and may go on.
    fn begun_output(&mut self, from: u64) -> Result<(), Error> {
        let (recording, timeline) = (self.history.recording, self.history.timeline);
        let start = from.saturating_sub(MAX_STEPS);
        let written = recording.output_before(from, MAX_STEPS as usize)?;
        let mut written = written.into_iter().filter(|one| one.step >= start).peekable();
        // Only what comes after the first piece counts, and nearly always there is none.
        let Some(first) = written.peek().map(|one| one.step) else { return Ok(()) };
        for index in recording.chunk_of(first)?..=recording.chunk_of(from - 1)? {
            let Ok(positions) = timeline.chunk(recording, index) else { continue };
            let here = positions.iter().filter(|position| (first..from).contains(&position.step));
            for position in here.filter(|position| is_told(self.asked, position)) {
                while written.next_if(|one| one.step < position.step).is_some() {}
                let own = written.next_if(|one| one.step == position.step);
                // A character may be split over two pieces.
                let text = |stream| Ok::<_, Error>((stream, recording.output_at(position.step)?));
                self.teller.printed(position, own.map(|one| text(one.stream)).transpose()?);
            }
        }
        Ok(())
    }

    /// Tells until there are enough lines.
    pub fn read(mut self, most: usize, is_enough: &dyn Fn() -> bool) -> Result<Page, Error> {
        let (recording, timeline) = (self.history.recording, self.history.timeline);
        let (_, end) = self.range;
        for index in recording.chunk_of(self.range.0)?..recording.chunks.len() {
            if timeline.is_interrupted() {
                return Err(Error::Interrupted);
            }
            let chunk = &recording.chunks[index];
            let last = chunk.first_step + chunk.steps - 1;
            if chunk.first_step > self.range.1 && self.is_told() {
                return self.page(end, false);
            }
            if self.is_all_inside(chunk) {
                continue;
            }
            let positions = match timeline.chunk(recording, index) {
                Err(Error::Interrupted) => return Err(Error::Interrupted),
                // What cannot be read is left out.
                Err(_) => continue,
                Ok(positions) => positions,
            };
            if self.is_needed(&positions)
                && let Then::Ends(reached) = self.play(&positions, most, is_enough)?
            {
                return self.page(reached, reached >= recording.last_step());
            }
            let reached = self.teller.open_step().map_or(last, |step| last.min(step - 1));
            if reached >= self.range.0 && reached < self.range.1 && is_enough() {
                return self.page(reached, false);
            }
        }
        self.teller.finish();
        self.collect();
        self.page(end, end >= recording.last_step())
    }

    /// Whether all lines of the range are told.
    fn is_told(&self) -> bool {
        self.teller.open_step().is_none_or(|step| step > self.range.1)
    }

    /// Whether all steps of a chunk are inside of folded calls. If there are several threads, only its steps tell: another
    /// thread may begin or end a call without running a line.
    fn is_all_inside(&self, chunk: &ChunkInfo) -> bool {
        let last = chunk.first_step + chunk.steps - 1;
        let is_within = !self.has_many_threads && !self.inside.is_empty() && chunk.first_step > self.range.0;
        is_within && self.inside.values().all(|inside| inside.end > last)
    }

    /// Whether the story has a line for a position, or needs the position for the end of a folded call.
    fn is_wanted(&self, position: &Position) -> bool {
        match self.inside.get(&position.thread) {
            Some(inside) if position.step < inside.end => false,
            Some(inside) if position.step == inside.end => inside.call.is_some(),
            _ => self.asked.filter.has_position(position),
        }
    }

    /// Whether the values of a chunk are needed.
    fn is_needed(&self, positions: &[Position]) -> bool {
        positions.iter().any(|position| position.step >= self.range.0 && self.is_wanted(position))
    }

    /// Moves the player to a step.
    fn advance(&mut self, to: u64, chunk: u64) -> Result<Option<Step>, Error> {
        let recording = self.history.recording;
        if self.player.step() + 1 < chunk {
            // Chunks in between were left out. The one before may be damaged.
            self.player = match Player::before(recording, chunk) {
                Ok(player) => player,
                Err(_) => Player::in_chunks(recording, recording.chunk_of(chunk)?..usize::MAX),
            };
            self.teller.moved(&self.player);
        }
        while let Some(step) = self.player.next_step() {
            self.teller.note(&self.player);
            if step.number >= to {
                return Ok((step.number == to).then_some(step));
            }
            // Attributes that change where nothing is told are not told elsewhere.
            self.teller.skip();
        }
        Ok(None)
    }

    fn play(&mut self, positions: &[Position], most: usize, is_enough: &dyn Fn() -> bool) -> Result<Then, Error> {
        let chunk = positions.first().map_or(0, |position| position.step);
        let start = positions.partition_point(|position| position.step < self.range.0);
        for position in &positions[start..] {
            if position.step > self.range.1 && self.is_told() {
                return Ok(Then::Ends(self.range.1));
            }
            if self.is_wanted(position)
                && let Some(step) = self.advance(position.step, chunk)?
            {
                self.tell(position, &step)?;
            }
            let reached = self.teller.open_step().unwrap_or(position.step + 1) - 1;
            let is_time = || position.step.is_multiple_of(STRIDE) && is_enough();
            // Of the step that is not told yet, there may be lines already.
            let more = self.lines.iter().rev().take_while(|line| line.step > reached).count();
            let has_most = self.lines.len() - more >= most;
            if reached >= self.range.0 && reached < self.range.1 && (has_most || is_time()) {
                return Ok(Then::Ends(reached));
            }
        }
        Ok(Then::GoesOn)
    }

    /// Tells a step, or the end of a folded call.
    fn tell(&mut self, position: &Position, step: &Step) -> Result<(), Error> {
        if let Some(inside) = self.inside.get(&position.thread) {
            if position.step == inside.end {
                if let Some(call) = inside.call {
                    let ending = self.ending(inside.frame, step);
                    self.end_fold(call, position.step, ending);
                }
                self.inside.remove(&position.thread);
                return Ok(());
            }
            self.inside.remove(&position.thread);
        }
        self.warm(position, step)?;
        self.teller.step(&self.player, step)?;
        self.collect();
        if !matches!(position.at, At::Call | At::Resume)
            || !is_folded(self.asked, position.code, position.frame, position.depth)
        {
            return Ok(());
        }
        let recording = self.history.recording;
        let suspends = self.known.suspends(recording, position.code);
        let Position { thread, depth, frame, .. } = *position;
        let activation = Activation { thread, depth, frame, suspends };
        let end = activation.end(recording, self.history.timeline, position.step)?;
        let call = self.lines.len().checked_sub(1).filter(|at| {
            let line = &self.lines[*at];
            line.step == position.step && line.frame == frame
        });
        if let Some(call) = call {
            self.end_fold(call, end, Ending::Unknown);
        }
        // What changes inside is told neither there nor later.
        self.teller.variables.forget(frame);
        if end > position.step {
            self.inside.insert(thread, Inside { frame, end, call });
        }
        Ok(())
    }

    /// How a call of a frame ended at its last step.
    fn ending(&self, frame: u64, step: &Step) -> Ending {
        let text = |value| self.teller.variables.text(&self.player, value);
        let is_own = step.frame.is_some_and(|top| top.frame == frame);
        match &step.event {
            Event::Return(value) if is_own => Ending::Returned(text(value)),
            Event::Yield(value) if is_own => Ending::Yielded(text(value)),
            Event::Raise(value) => Ending::Raised(text(value)),
            _ => Ending::Unknown,
        }
    }

    fn end_fold(&mut self, call: usize, last: u64, ending: Ending) {
        if let Some(fold) = self.lines.get_mut(call).and_then(Line::fold_mut) {
            *fold = Some(Fold { last, ending });
        }
    }

    /// Learns the variables of a frame that was told before this page, as they were at its step before.
    fn warm(&mut self, position: &Position, step: &Step) -> Result<(), Error> {
        let Some(frame) = step.frame else { return Ok(()) };
        if position.at == At::Call || self.teller.variables.knows(frame.frame) {
            return Ok(());
        }
        let recording = self.history.recording;
        let Some(before) = self.history.step_before(position)? else { return Ok(()) };
        let Ok((player, found)) = Player::at(recording, before.step) else { return Ok(()) };
        if let Some(frame) = found.frame {
            self.teller.variables.changed(&player, &frame);
            self.teller.variables.moved();
        }
        Ok(())
    }

    /// Takes the lines that are asked for.
    fn collect(&mut self) {
        let wanted = &self.asked.text;
        let (first, last) = self.range;
        for mut line in self.teller.take_all() {
            let text = if wanted.is_empty() { String::new() } else { line.text().to_lowercase() };
            // A block begins anew after a line that is not shown.
            let is_apart = std::mem::replace(&mut self.is_apart, !text.contains(wanted));
            if let What::Code { goes_on, .. } = &mut line.what {
                *goes_on &= !is_apart;
            }
            if !(first..=last).contains(&line.step) {
                continue;
            }
            if self.asked.is_search()
                && let Ok(chunk) = self.history.recording.chunk_of(line.step)
            {
                self.parts.add(chunk, &text);
            }
            if self.is_apart {
                continue;
            }
            if !self.asked.only_changes || line.tells_change() {
                let at = insert(&mut self.lines, line);
                // A line of output may come before the lines of folded calls.
                let calls = self.inside.values_mut().filter_map(|inside| inside.call.as_mut());
                calls.filter(|call| **call >= at).for_each(|call| *call += 1);
            }
        }
    }

    /// The page. Calls whose end was not reached get it now.
    fn page(mut self, reached: u64, is_end: bool) -> Result<Page, Error> {
        for (_, inside) in std::mem::take(&mut self.inside) {
            let Some(call) = inside.call else { continue };
            if let Ok((player, step)) = Player::at(self.history.recording, inside.end) {
                self.player = player;
                let ending = self.ending(inside.frame, &step);
                self.end_fold(call, inside.end, ending);
            }
        }
        self.lines.retain(|line| line.step <= reached);
        if self.asked.is_search() {
            self.known.searched.learn(self.history.recording, (self.range.0, reached), self.parts);
        }
        Ok(Page { lines: self.lines, reached, is_end })
    }
}

/// Whether a call is told without its inside.
fn is_folded(asked: &Asked, code: u32, frame: u64, depth: u32) -> bool {
    asked.text.is_empty() && asked.filter.has_function(code) && asked.folds.has(frame, depth)
}

/// The last position before a step of which something is told, if it is near.
fn told_before(history: &History<'_>, asked: &Asked, step: u64) -> Result<Option<Position>, Error> {
    let chunks = |chunk: &ChunkInfo| chunk.first_step + chunk.steps + 2 * STEPS > step;
    history.timeline.find(history.recording, step, Direction::Backward, chunks, |position| is_told(asked, position))
}

/// Whether something is told at a position.
fn is_told(asked: &Asked, position: &Position) -> bool {
    let all_folds = asked.folds.depth.filter(|_| asked.text.is_empty() && asked.filter.functions.is_none());
    let is_begin = matches!(position.at, At::Call | At::Resume);
    let is_inside = all_folds.is_some_and(|most| position.depth > most + 1 && asked.folds.open.is_empty())
        || !is_begin && is_folded(asked, position.code, position.frame, position.depth);
    asked.filter.has_position(position) && !is_inside
}
