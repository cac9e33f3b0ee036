//! Steps that leave the recorded code of a thread or task. They stop where that code ends or begins, not at an end of
//! the recording, which may belong to another thread.

use connie_history::moment::Moment;
use connie_history::timeline::{At, Direction, Position, Reach};
use connie_recording::Recording;
use connie_recording::actors::Actors;
use connie_recording::reader::ChunkInfo;

use super::View;
use super::moves::{Move, Moved, Step};

impl View {
    /// Continues a step whose end was not found before, after the recording has grown. `None` if its end is still not
    /// known.
    pub fn step_again(&mut self, recording: &Recording) -> Option<Moved> {
        let step = self.wanted.take()?;
        let moved = match self.beyond(recording, &step.from, step.searched, step.reach, Direction::Forward) {
            Ok(Some(position)) => {
                self.note_returned(recording, step.reach.unwrap_or(Reach::In), &step.from, &position);
                self.stop(position, "step", None, &[])
            }
            Ok(None) => {
                self.waiting = false;
                self.step_off(recording, &step, Direction::Forward)
            }
            Err(_) => {
                self.wanted = Some(step);
                Move::Stays.into()
            }
        };
        (!self.waiting).then_some(moved)
    }

    /// Stops if no line is left to step to: where the calls on the thread's stack end (or begin), then at what the
    /// thread did next. Says so if there is nothing.
    pub fn step_off(&mut self, recording: &Recording, step: &Step, direction: Direction) -> Moved {
        let from = &step.from;
        let found = match direction {
            Direction::Forward => self.last_of(recording, from, step.searched),
            Direction::Backward => self.first_of(recording, from),
        };
        let (Ok((edge, goes_on)), false) = (found, self.timeline.is_interrupted()) else { return Move::Stays.into() };
        if direction == Direction::Forward && self.grows && !goes_on && self.runs(recording, from) {
            self.wanted = Some(Step { searched: recording.info.steps.max(step.searched), ..*step });
            self.waiting = true;
            return Move::Waiting.into();
        }
        let is_end = |position: &Position| {
            let end = self.timeline.end(recording, direction).ok().flatten();
            end.is_some_and(|end| end.step == position.step)
        };
        let is_beyond = |edge: &Position| match direction {
            Direction::Forward => edge.step > from.step,
            Direction::Backward => edge.step < from.step,
        };
        match edge {
            Some(edge) if is_end(&edge) => self.reach_end(direction),
            // The code that runs the task.
            Some(edge) if is_beyond(&edge) && edge.task != from.task => self.stop(edge, "step", None, &[]),
            Some(edge) if is_beyond(&edge) => self.say_and_stop(edge, words(recording, from, direction, goes_on)),
            _ => {
                let step = self.timeline.step(recording, &Position { task: 0, ..*from }, Reach::In, direction);
                match step.ok().flatten().filter(|_| goes_on) {
                    Some(next) => self.stop(next, "step", None, &[]),
                    None => {
                        let here = self.here.unwrap_or(*from);
                        self.say_and_stop(here, words(recording, from, direction, false))
                    }
                }
            }
        }
    }

    fn say_and_stop(&mut self, position: Position, text: String) -> Moved {
        let said = format!("{text} (step {})\n", position.step);
        self.stop(position, "step", Some(text), &[]).saying(said)
    }

    /// The last position of the calls on a thread's stack, or of a task. Also returns whether the thread calls
    /// something else later.
    fn last_of(
        &self,
        recording: &Recording,
        from: &Position,
        searched: u64,
    ) -> Result<(Option<Position>, bool), String> {
        let (thread, task) = (from.thread, from.task);
        let any = |chunk: &ChunkInfo| chunk.may_reach(thread, u32::MAX);
        let find = |step, direction, wanted: &dyn Fn(&Position) -> bool| {
            self.timeline.find(recording, step, direction, any, wanted).map_err(|error| error.to_string())
        };
        if task != 0 {
            // The code that runs the tasks, if it is recorded; else the task itself.
            let runs_it = |p: &Position| p.thread == thread && p.task == 0 && p.frame != 0;
            let caller = find(u64::MAX, Direction::Backward, &runs_it)?;
            if let Some(caller) = caller.filter(|p| p.step > from.step && p.depth < from.depth) {
                return Ok((Some(caller), false));
            }
            let own = |p: &Position| p.thread == thread && p.task == task;
            return Ok((find(u64::MAX, Direction::Backward, &own)?, false));
        }
        let next = find(searched, Direction::Forward, &|p| p.thread == thread && p.depth == 1 && p.at == At::Call)?;
        let own = |p: &Position| p.thread == thread && p.frame != 0;
        Ok((find(next.map_or(u64::MAX, |next| next.step), Direction::Backward, &own)?, next.is_some()))
    }

    /// The first line of the calls on a thread's stack, or of a task. Also returns whether the thread did something
    /// before.
    fn first_of(&self, recording: &Recording, from: &Position) -> Result<(Option<Position>, bool), String> {
        let (thread, task) = (from.thread, from.task);
        let any = |chunk: &ChunkInfo| chunk.may_reach(thread, u32::MAX);
        let find = |step, direction, wanted: &dyn Fn(&Position) -> bool| {
            self.timeline.find(recording, step, direction, any, wanted).map_err(|error| error.to_string())
        };
        if task != 0 {
            let own = |p: &Position| p.thread == thread && p.task == task && p.at == At::Line;
            return Ok((find(0, Direction::Forward, &own)?, false));
        }
        let begins = |p: &Position| p.thread == thread && p.depth == 1 && p.at == At::Call;
        let call = find(from.step + 1, Direction::Backward, &begins)?.map_or(0, |call| call.step);
        let line = |p: &Position| p.thread == thread && p.at == At::Line;
        let before = find(call, Direction::Backward, &line)?;
        Ok((find(call, Direction::Forward, &line)?, before.is_some()))
    }

    /// Whether the current calls of a thread (or the task) may still do something after the end of the recording so
    /// far.
    fn runs(&self, recording: &Recording, from: &Position) -> bool {
        let newest = Moment::at(recording, recording.info.steps);
        let is_on_stack = |moment: Moment<'_>| {
            let context = moment.player.context();
            from.task != 0 || context.stacks.get(from.thread).is_some_and(|stack| !stack.is_empty())
        };
        newest.is_ok_and(is_on_stack)
    }
}

/// The message at the edge of a thread's or task's recorded code.
fn words(recording: &Recording, from: &Position, direction: Direction, goes_on: bool) -> String {
    let actors = Actors::of(recording).unwrap_or_default();
    let who = match (actors.task(from.task), actors.thread(from.thread)) {
        (Some(task), _) => format!("the task {task}"),
        (None, _) if from.task != 0 => "the task".into(),
        (None, Some(thread)) => format!("the thread {thread}"),
        (None, None) => "the thread".into(),
    };
    match (direction, goes_on) {
        (Direction::Forward, true) => "This call ends here; its caller is not recorded".into(),
        (Direction::Backward, true) => "This call begins here; its caller is not recorded".into(),
        (Direction::Forward, false) => format!("The recorded code of {who} ends here"),
        (Direction::Backward, false) => format!("The recorded code of {who} begins here"),
    }
}
