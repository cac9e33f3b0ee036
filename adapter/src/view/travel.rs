//! Moves the view. Every command ends in a stop, also at both ends of the recording.

use connie_history::moment::Moment;
use connie_history::timeline::{Direction, Position, Reach};
use connie_recording::reader::ChunkInfo;
use connie_recording::{Error, Recording};

use super::View;
use super::moves::{Move, Moved, Step};
use super::returned::Returned;

/// The first thread number that is used for waiting tasks, which clients show as threads.
pub const TASKS: u32 = 1 << 24;

/// The task with this thread number of the client.
pub fn task_of(thread: u32) -> Option<u32> {
    thread.checked_sub(TASKS).filter(|task| *task != 0)
}

impl View {
    /// Makes one step in a thread: to a line, or with `is_event` to an event.
    ///
    /// # Errors
    /// A message, if the view has no position.
    pub fn step(
        &mut self,
        thread: Option<u32>,
        reach: Reach,
        is_event: bool,
        direction: Direction,
    ) -> Result<Moved, String> {
        let (recording, here) = (self.recorded()?, self.position()?);
        let thread = thread.unwrap_or(here.thread);
        let from = match task_of(thread) {
            Some(task) => self.in_task(task)?.unwrap_or(here),
            None if thread == here.thread => here,
            None => self.in_thread(thread)?.unwrap_or(here),
        };
        let within = (!is_event).then_some(reach);
        let next = self.beyond(&recording, &from, from.step, within, direction).map_err(|error| error.to_string())?;
        let Some(position) = next else {
            return Ok(self.step_off(&recording, &Step { from, reach: within, searched: from.step }, direction));
        };
        self.note_returned(&recording, reach, &from, &position);
        Ok(self.stop(position, "step", None, &[]))
    }

    /// Notes the values that were returned in a step over or out.
    pub(super) fn note_returned(&mut self, recording: &Recording, reach: Reach, from: &Position, to: &Position) {
        self.returned = Returned::by_step(&self.history_of(recording), reach, from, to);
    }

    /// Where a step from a position leads, if nothing was found up to `searched`. Without a reach, it leads to the
    /// thread's next event.
    pub fn beyond(
        &self,
        recording: &Recording,
        from: &Position,
        searched: u64,
        reach: Option<Reach>,
        direction: Direction,
    ) -> Result<Option<Position>, Error> {
        let thread = from.thread;
        match reach {
            Some(reach) => self.timeline.step(recording, &Position { step: searched, ..*from }, reach, direction),
            None => {
                let chunks = |chunk: &ChunkInfo| chunk.may_reach(thread, u32::MAX);
                let event = |p: &Position| p.thread == thread && p.frame != 0;
                self.timeline.find(recording, searched, direction, chunks, event)
            }
        }
    }

    /// The current position of another thread.
    fn in_thread(&self, thread: u32) -> Result<Option<Position>, String> {
        let (recording, here) = (self.recorded()?, self.position()?);
        let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
        let stack = moment.player.context().stacks.get(thread);
        Ok(stack.and_then(|stack| {
            let top = stack.last()?;
            let depth = stack.len() as u32;
            Some(Position { thread, depth, frame: top.frame, code: top.code, line: top.line, task: top.task, ..here })
        }))
    }

    /// Where a task waits at the moment: in the innermost of the coroutines that wait for each other.
    fn in_task(&self, task: u32) -> Result<Option<Position>, String> {
        let (recording, here) = (self.recorded()?, self.position()?);
        let moment = Moment::at(&recording, here.step).map_err(|error| error.to_string())?;
        let chain = moment.player.context().awaits(task);
        let known = recording.tasks().map_err(|error| error.to_string())?;
        let thread = known.iter().find(|known| known.id == task).map_or(here.thread, |known| known.thread);
        let depth = chain.len() as u32;
        Ok(chain.last().map(|top| Position {
            thread,
            depth,
            frame: top.frame,
            code: top.code,
            line: top.line,
            task,
            ..here
        }))
    }

    /// Moves to the nearest thing that stops the view.
    ///
    /// # Errors
    /// If nothing is recorded yet.
    pub fn go_on(&mut self, direction: Direction) -> Result<Moved, String> {
        let (recording, here) = (self.recorded()?, self.position()?);
        Ok(match self.nearest(&recording, here.step, direction) {
            Some(hit) => self.stop_at_hit(hit),
            None if direction == Direction::Forward && self.grows => {
                self.waiting = true;
                Move::Waiting.into()
            }
            None => self.reach_end(direction),
        })
    }

    /// Stops a waiting view at the newest step. A view that has stopped stays where it is.
    ///
    /// # Errors
    /// If nothing is recorded yet.
    pub fn pause(&mut self) -> Result<Moved, String> {
        let recording = self.recorded()?;
        if let Some(here) = self.here.filter(|_| !self.waiting) {
            return Ok(self.stop(here, "pause", None, &[]));
        }
        let newest = self.timeline.end(&recording, Direction::Forward).map_err(|error| error.to_string())?;
        let newest = newest.ok_or("nothing is recorded yet")?;
        Ok(self.stop(newest, "pause", None, &[]))
    }

    /// Moves to a step.
    ///
    /// # Errors
    /// If there is no such step.
    pub fn seek(&mut self, step: u64) -> Result<Moved, String> {
        let recording = self.recorded()?;
        let position = self.timeline.position(&recording, step).map_err(|error| error.to_string())?;
        Ok(self.stop(position, "goto", None, &[]))
    }
}
