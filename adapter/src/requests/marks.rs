//! Marks along a run: at most one in each of many equal parts, so that every part of a run of any length is represented.

use std::rc::Rc;

use connie_recording::reader::{Raised, Which, Written};
use connie_recording::{Error, Recording};

/// The number of parts of a run.
pub const PARTS: u64 = 1000;
/// The largest number of uncaught exceptions that are listed besides the others.
const MAX_UNCAUGHT: usize = 1000;

/// The marks of a recording that ended, or of one up to a step.
#[derive(Default)]
pub struct Marks {
    /// The recording's id.
    id: String,
    last_step: u64,
    exceptions: Option<Listed<Raised>>,
    output: Option<Listed<Written>>,
}

/// What was listed once, for all answers.
type Listed<T> = Rc<Vec<T>>;

/// The last step of the part of the run to which a step belongs.
pub fn end_of_part(step: u64, last_step: u64) -> u64 {
    let (at, last) = (u128::from(step.saturating_sub(1)), u128::from(last_step.max(1)));
    let part = at * u128::from(PARTS) / last;
    let end = ((part + 1) * last).div_ceil(u128::from(PARTS));
    u64::try_from(end).unwrap_or(u64::MAX).max(step)
}

/// The first of each part: `next` gives the first one after a step.
fn spread<T>(
    last_step: u64,
    step_of: impl Fn(&T) -> u64,
    mut next: impl FnMut(u64) -> Result<Option<T>, Error>,
) -> Result<Vec<T>, Error> {
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(one) = next(from)? {
        from = end_of_part(step_of(&one), last_step);
        found.push(one);
    }
    Ok(found)
}

impl Marks {
    fn of(&mut self, recording: &Recording) {
        if self.last_step != recording.last_step() || self.id != recording.info.id {
            let id = recording.info.id.clone();
            *self = Self { id, last_step: recording.last_step(), ..Self::default() };
        }
    }

    /// The exceptions: all if they are few, otherwise the first of each part, and those that nothing caught.
    pub fn exceptions(&mut self, recording: &Recording) -> Result<Listed<Raised>, Error> {
        self.of(recording);
        if let Some(known) = &self.exceptions {
            return Ok(known.clone());
        }
        let mut found = recording.exceptions(PARTS as usize + 1)?;
        if found.len() > PARTS as usize {
            let near = |step| recording.exception_near(step, true, Which::Any);
            found = spread(self.last_step, |raised: &Raised| raised.step, near)?;
            let (mut step, mut count) = (0, 0);
            while count < MAX_UNCAUGHT
                && let Some(raised) = recording.exception_near(step, true, Which::Uncaught)?
            {
                (step, count) = (raised.step, count + 1);
                found.push(raised);
            }
            // The one that ended the run is what people look for.
            found.extend(recording.ended_by()?);
            found.sort_by_key(|raised| raised.step);
            found.dedup_by_key(|raised| raised.step);
        }
        let found = Rc::new(found);
        self.exceptions = Some(found.clone());
        Ok(found)
    }

    /// The output: the first piece of each part.
    pub fn output(&mut self, recording: &Recording) -> Result<Listed<Written>, Error> {
        self.of(recording);
        if let Some(known) = &self.output {
            return Ok(known.clone());
        }
        let next = |step| Ok(recording.output_after(step, 1)?.pop());
        let found = Rc::new(spread(self.last_step, |written: &Written| written.step, next)?);
        self.output = Some(found.clone());
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::{PARTS, end_of_part};

    #[test]
    fn parts_cover_the_run_once() {
        for last in [1, 7, PARTS - 1, PARTS, PARTS + 1, 12_345, 11_800_000, u64::MAX] {
            let (mut step, mut parts) = (1, 0);
            loop {
                let end = end_of_part(step, last);
                assert!(end >= step, "{last}: {step}");
                parts += 1;
                if end >= last {
                    break;
                }
                step = end + 1;
            }
            assert!(parts <= PARTS + 1, "{last}: {parts}");
        }
    }
}
