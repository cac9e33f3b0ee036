//! The stops of a recording, and travel from stop to stop in both directions.
//!
//! Every command is a function of a position and the recording; forward and backward are mirror images. Chunks that
//! cannot contain the target are skipped.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use connie_wire::Op;

use connie_recording::chunk::{STEPS, StackFrame};
use connie_recording::error::Error;
use connie_recording::player::Player;
use connie_recording::reader::{ChunkInfo, Recording};

/// Whether a view that steps stops at a position: at a line that is about to run, and at every event of a function
/// whose lines are not recorded.
#[inline]
#[must_use]
pub fn is_stop(recording: &Recording, position: &Position) -> bool {
    position.at == At::Line || position.at != At::Output && recording.is_thin(position.code)
}

/// What happens at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// A frame begins.
    Call,
    /// A line is about to run.
    Line,
    /// The frame returns.
    Return,
    /// An exception appears.
    Raise,
    /// The frame yields.
    Yield,
    /// The frame goes on.
    Resume,
    /// Text is written.
    Output,
}

/// A step, with the position of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Number of the step.
    pub step: u64,
    /// What happens.
    pub at: At,
    /// Which thread.
    pub thread: u32,
    /// The number of recorded frames on its stack; 0 outside of recorded code.
    pub depth: u32,
    /// The top frame; 0 outside of recorded code.
    pub frame: u64,
    /// Its code.
    pub code: u32,
    /// Its line.
    pub line: u32,
    /// Its asyncio task; 0 if there is none.
    pub task: u32,
}

/// The direction of travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Forward, as the program ran.
    Forward,
    /// Backward.
    Backward,
}

/// How far one step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To the next line of the thread, in any frame.
    In,
    /// To the next line of this frame, or of a frame that called it.
    Over,
    /// To the next line of a frame that called this one.
    Out,
}

const CACHED: usize = 12;

/// The positions of a recording, read chunk by chunk.
#[derive(Default)]
pub struct Timeline {
    /// Set to cancel the question.
    interrupt: std::sync::Arc<std::sync::atomic::AtomicBool>,
    cache: RefCell<Vec<(i64, Rc<Vec<Position>>)>>,
    /// The only call of these codes in a process, or that there are several, for a recording of so many steps. To find
    /// that out takes the whole recording.
    pub(crate) only: RefCell<Vec<OnlyCall>>,
}

/// Codes, process, number of steps; and the only call, if there is just one.
pub(crate) type OnlyCall = ((Vec<u32>, u32, u64), Option<Position>);

impl Timeline {
    /// Creates a timeline whose searches end with [`Error::Interrupted`] once `interrupt` is set.
    #[must_use]
    pub fn interrupted_by(interrupt: std::sync::Arc<std::sync::atomic::AtomicBool>) -> Self {
        Self { interrupt, ..Self::default() }
    }

    /// What cancels its questions when it is set.
    pub(crate) fn interrupt(&self) -> std::sync::Arc<std::sync::atomic::AtomicBool> {
        std::sync::Arc::clone(&self.interrupt)
    }

    /// Ends the searches from now on once `interrupt` is set. What is cached stays.
    pub fn interrupt_by(&mut self, interrupt: std::sync::Arc<std::sync::atomic::AtomicBool>) {
        self.interrupt = interrupt;
    }

    /// Whether the question was cancelled.
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// The positions of a chunk (by index).
    ///
    /// # Errors
    /// If the chunk is damaged.
    pub fn chunk(&self, recording: &Recording, index: usize) -> Result<Rc<Vec<Position>>, Error> {
        if self.is_interrupted() {
            return Err(Error::Interrupted);
        }
        let id = recording.chunks[index].id;
        let mut cache = self.cache.borrow_mut();
        if let Some(at) = cache.iter().position(|(known, _)| *known == id) {
            let found = cache.remove(at);
            cache.push(found.clone());
            return Ok(found.1);
        }
        let positions = Rc::new(read(recording, index)?);
        if cache.len() >= CACHED {
            cache.remove(0);
        }
        cache.push((id, Rc::clone(&positions)));
        Ok(positions)
    }

    /// The position of a step.
    ///
    /// # Errors
    /// If there is no such step, or its chunk is damaged.
    pub fn position(&self, recording: &Recording, step: u64) -> Result<Position, Error> {
        let index = recording.chunk_of(step)?;
        let positions = self.chunk(recording, index)?;
        let found = positions.binary_search_by_key(&step, |position| position.step);
        found.map(|n| positions[n]).map_err(|_| Error::NoStep { step, last: recording.info.steps })
    }

    /// The nearest matching position strictly beyond `step`. `chunks` selects the chunks to read; damaged ones are
    /// skipped.
    ///
    /// # Errors
    /// If the search was interrupted. Data that cannot be read is skipped.
    pub fn find(
        &self,
        recording: &Recording,
        step: u64,
        direction: Direction,
        chunks: impl Fn(&ChunkInfo) -> bool,
        wanted: impl Fn(&Position) -> bool,
    ) -> Result<Option<Position>, Error> {
        self.find_in(recording, step, direction, |n| chunks(&recording.chunks[n]), |_| (), wanted)
    }

    /// Like [`Self::find`], with chunks selected by their index. `missed` gets each chunk that was read and has no
    /// matching position beyond `step`.
    ///
    /// # Errors
    /// As for [`Self::find`].
    pub(crate) fn find_in(
        &self,
        recording: &Recording,
        step: u64,
        direction: Direction,
        chunks: impl Fn(usize) -> bool,
        missed: impl Fn(usize),
        wanted: impl Fn(&Position) -> bool,
    ) -> Result<Option<Position>, Error> {
        let here = recording.chunks.partition_point(|chunk| chunk.first_step <= step);
        let in_chunk = |index: usize| -> Option<Position> {
            if !chunks(index) {
                return None;
            }
            let positions = self.chunk(recording, index).ok()?;
            let found = match direction {
                Direction::Forward => {
                    let start = positions.partition_point(|position| position.step <= step);
                    positions[start..].iter().find(|position| wanted(position)).copied()
                }
                Direction::Backward => {
                    let end = positions.partition_point(|position| position.step < step);
                    positions[..end].iter().rev().find(|position| wanted(position)).copied()
                }
            };
            if found.is_none() {
                missed(index);
            }
            found
        };
        let found = match direction {
            Direction::Forward => (here.saturating_sub(1)..recording.chunks.len()).find_map(in_chunk),
            Direction::Backward => (0..here).rev().find_map(in_chunk),
        };
        if found.is_none() && self.is_interrupted() { Err(Error::Interrupted) } else { Ok(found) }
    }

    /// Steps once from `from`. Returns the stop that it leads to; `None` at the end of history.
    ///
    /// # Errors
    /// As for [`Self::find`].
    pub fn step(
        &self,
        recording: &Recording,
        from: &Position,
        reach: Reach,
        direction: Direction,
    ) -> Result<Option<Position>, Error> {
        let (thread, depth, frame) = (from.thread, from.depth, from.frame);
        let line = |position: &Position| position.thread == thread && is_stop(recording, position);
        if from.task != 0 {
            return self.step_in_task(recording, from, reach, direction);
        }
        // Another call of the same line may be as deep as a caller. The stack is looked at once such a stop is found.
        let callers = OnceCell::new();
        let is_caller = |p: &Position| match callers.get_or_init(|| self.stack_below(recording, from)) {
            Some(frames) => frames.contains(&p.frame),
            None => true,
        };
        match reach {
            Reach::In => self.find(recording, from.step, direction, |c| c.may_reach(thread, u32::MAX), line),
            Reach::Over => self.find(
                recording,
                from.step,
                direction,
                |chunk| chunk.may_reach(thread, depth),
                |p| line(p) && (p.depth == depth && p.frame == frame || p.depth < depth && is_caller(p)),
            ),
            Reach::Out => self.find(
                recording,
                from.step,
                direction,
                |chunk| depth > 1 && chunk.may_reach(thread, depth - 1),
                |p| line(p) && p.depth < depth && is_caller(p),
            ),
        }
    }

    /// Steps once in a task: while it is suspended, others run in its thread at any depth.
    fn step_in_task(
        &self,
        recording: &Recording,
        from: &Position,
        reach: Reach,
        direction: Direction,
    ) -> Result<Option<Position>, Error> {
        let (thread, task) = (from.thread, from.task);
        let line = |position: &Position| position.thread == thread && is_stop(recording, position);
        let chunks = |chunk: &ChunkInfo| chunk.may_reach(thread, u32::MAX);
        let callers = self.callers(recording, from)?;
        let is_caller = |position: &Position| callers.contains(&position.frame);
        match reach {
            Reach::In => {
                self.find(recording, from.step, direction, chunks, |p| line(p) && (p.task == task || is_caller(p)))
            }
            Reach::Over => self
                .find(recording, from.step, direction, chunks, |p| line(p) && (p.frame == from.frame || is_caller(p))),
            Reach::Out => self.find(recording, from.step, direction, chunks, |p| line(p) && is_caller(p)),
        }
    }

    /// The frames below that of a position in its thread; `None` if it is not on the stack there.
    fn stack_below(&self, recording: &Recording, at: &Position) -> Option<Vec<u64>> {
        let (player, _) = Player::at(recording, at.step).ok()?;
        let stack = player.context().stacks.get(at.thread)?;
        let place = stack.iter().position(|frame| frame.frame == at.frame)?;
        Some(stack[..place].iter().map(|frame| frame.frame).collect())
    }

    /// The frames below the top one at a position.
    fn callers(&self, recording: &Recording, at: &Position) -> Result<Vec<u64>, Error> {
        let (player, _) = Player::at(recording, at.step)?;
        let context = player.context();
        let stack = match context.stacks.get(at.thread) {
            Some(stack) if stack.iter().any(|frame| frame.frame == at.frame) => stack.to_vec(),
            // The task is suspended: its awaiters are the callers.
            _ => context.awaits(at.task),
        };
        Ok(stack.iter().map(|frame| frame.frame).take_while(|frame| *frame != at.frame).collect())
    }

    /// The first line of the recording, or the last event of recorded code.
    ///
    /// # Errors
    /// As for [`Self::find`].
    pub fn end(&self, recording: &Recording, direction: Direction) -> Result<Option<Position>, Error> {
        match direction {
            Direction::Backward => self.find(recording, 0, Direction::Forward, |_| true, |p| is_stop(recording, p)),
            Direction::Forward => self.find(recording, u64::MAX, Direction::Backward, |_| true, |p| p.frame != 0),
        }
    }
}

fn read(recording: &Recording, index: usize) -> Result<Vec<Position>, Error> {
    let chunk = recording.chunk(index)?;
    let mut walk = chunk.walk(recording.chunks[index].first_step);
    let mut positions = Vec::with_capacity(recording.chunks[index].steps.min(STEPS) as usize);
    while let Some(op) = walk.next_op() {
        let step = walk.step();
        // At the end of a frame, that frame is the one that runs.
        let leaves = matches!(op, Op::Return { .. } | Op::Yield { .. } | Op::Unwind { .. });
        if !leaves {
            walk.apply();
        }
        let at = match op {
            Op::Call { .. } => Some(At::Call),
            Op::Line { .. } => Some(At::Line),
            Op::Return { .. } => Some(At::Return),
            Op::Raise { .. } => Some(At::Raise),
            Op::Yield { .. } => Some(At::Yield),
            Op::Resume { .. } => Some(At::Resume),
            Op::Output { .. } => Some(At::Output),
            _ => None,
        };
        if let Some(at) = at {
            let context = walk.context();
            let stack = context.stack();
            let (thread, depth) = (context.thread, stack.len() as u32);
            let outside = Position { step, at, thread, depth, frame: 0, code: u32::MAX, line: 0, task: 0 };
            positions.push(stack.last().map_or(outside, |top| {
                let StackFrame { frame, code, line, task, .. } = *top;
                Position { frame, code, line, task, ..outside }
            }));
        }
    }
    Ok(positions)
}

#[cfg(test)]
mod tests;
