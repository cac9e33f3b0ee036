//! Computes the call graph of the whole run: callers, callees, lines, counts and times.

use connie_wire::Op;
use rustc_hash::FxHashMap;

use connie_recording::reader::{ChunkInfo, Recording};

/// All calls of one function from one line of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Code of the caller.
    pub caller: u32,
    /// The caller's line.
    pub line: u32,
    /// Code of the callee.
    pub callee: u32,
    /// The number of calls; 0 if the line only resumes a generator.
    pub times: u64,
    /// Nanoseconds in these calls, callees included. Recursive calls are counted once. 0 if unknown.
    pub time: u64,
}

/// Caller, line, callee.
type Key = (u32, u32, u32);

/// Whether a chunk may have the beginning of a call of one of the functions: it or the next one, to which the first line
/// of a call may belong, has a line of their sources.
pub(crate) fn may_call(recording: &Recording, index: usize, codes: &[u32]) -> bool {
    let has = |chunk: &ChunkInfo, source: u32| {
        let first = u64::from(source) << 32;
        let line = chunk.lines.get(chunk.lines.partition_point(|key| *key < first));
        line.is_some_and(|key| key >> 32 == u64::from(source))
    };
    let chunks = &recording.chunks[index..recording.chunks.len().min(index + 2)];
    let mut sources = codes.iter().filter_map(|code| recording.function(*code)).map(|function| function.source);
    sources.any(|source| chunks.iter().any(|chunk| has(chunk, source)))
}

#[derive(Default)]
struct Count {
    times: u64,
    ticks: i64,
    /// The number of calls that are active.
    active: u64,
}

/// All calls between recorded functions, by caller and line, in one pass over the recording. A call through code that
/// is not recorded counts for the nearest recorded caller. Damaged chunks are skipped.
#[must_use]
pub fn edges(recording: &Recording) -> Vec<Edge> {
    let mut counted: FxHashMap<Key, Count> = FxHashMap::default();
    // For each thread, the active calls: the caller, and the start time.
    let mut running: FxHashMap<u32, Vec<Option<(Key, i64)>>> = FxHashMap::default();
    let mut now = 0i64;
    for index in 0..recording.chunks.len() {
        let Ok(chunk) = recording.chunk(index) else {
            // The damaged part is unknown: times cover only calls that were seen whole.
            running.clear();
            counted.values_mut().for_each(|count| count.active = 0);
            continue;
        };
        let mut walk = chunk.walk(recording.chunks[index].first_step);
        while let Some(op) = walk.next_op() {
            let context = walk.context();
            let caller = context.top().map(|caller| (caller.code, caller.line));
            let begun = match op {
                Op::Call { code, time, .. } => Some((*code, *time, 1)),
                Op::Resume { frame, time, .. } => {
                    Some((context.suspended.get(frame).map_or(u32::MAX, |frame| frame.code), *time, 0))
                }
                _ => None,
            };
            if let Some((code, time, times)) = begun {
                now = now.saturating_add(time);
                let key = caller.map(|(caller, line)| (caller, line, code));
                running.entry(context.thread).or_default().push(key.map(|key| (key, now)));
                if let Some(key) = key {
                    let count = counted.entry(key).or_default();
                    count.times += times;
                    count.active += 1;
                }
            }
            if let Op::Return { time, .. } | Op::Yield { time, .. } | Op::Unwind { time } = op {
                now = now.saturating_add(*time);
                let ended = running.get_mut(&context.thread).and_then(Vec::pop).flatten();
                if let Some((key, since)) = ended
                    && let Some(count) = counted.get_mut(&key)
                {
                    count.active = count.active.saturating_sub(1);
                    // The outermost call includes the time of recursive ones.
                    if count.active == 0 {
                        count.ticks = count.ticks.saturating_add(now.saturating_sub(since).max(0));
                    }
                }
            }
        }
    }
    let nanoseconds = recording.info.ticks_per_second.map_or(0.0, |ticks| 1e9 / ticks);
    let edge = |((caller, line, callee), count): (Key, Count)| {
        let time = (count.ticks as f64 * nanoseconds) as u64;
        Edge { caller, line, callee, times: count.times, time }
    };
    let mut edges: Vec<Edge> = counted.into_iter().map(edge).collect();
    edges.sort_unstable_by_key(|edge| (edge.caller, edge.line, edge.callee));
    edges
}

/// The beginning or the end of a call. A generator has both each time it resumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// A frame begins or resumes.
    Begins {
        /// Its thread.
        thread: u32,
        /// Its asyncio task; 0 if there is none.
        task: u32,
        /// Its code.
        code: u32,
        /// Nanoseconds since recording began.
        time: u64,
        /// The step.
        step: u64,
        /// Whether the call began before: it was suspended, or its beginning was not recorded.
        resumes: bool,
    },
    /// The innermost frame of a thread ends or is suspended.
    Ends {
        /// The thread.
        thread: u32,
        /// Nanoseconds since recording began.
        time: u64,
        /// The last step at which the frame was active.
        step: u64,
    },
}

/// Passes all calls to `tell`, in order, until it returns false. Calls that are active when the recording ends then end
/// too. At a damaged chunk, all active calls end, and begin again after it.
pub fn times(recording: &Recording, mut tell: impl FnMut(Happening) -> bool) {
    let mut flow = Flow::new(recording);
    if (0..recording.chunks.len()).all(|index| flow.chunk(recording, index, &mut tell)) {
        flow.end(recording.last_step(), &mut tell);
    }
}

/// Passes the calls of consecutive chunks, beginning with any of them: the calls that are active there begin with it.
pub struct Flow {
    /// Nanoseconds of a tick.
    nanoseconds: f64,
    /// Ticks since the beginning.
    now: i64,
    /// The number of active calls of each thread.
    open: FxHashMap<u32, usize>,
    /// Whether the chunk before was read.
    is_known: bool,
}

impl Flow {
    /// Begins before any chunk.
    #[must_use]
    pub fn new(recording: &Recording) -> Self {
        let nanoseconds = recording.info.ticks_per_second.map_or(0.0, |ticks| 1e9 / ticks);
        Self { nanoseconds, now: 0, open: FxHashMap::default(), is_known: false }
    }

    fn time(&self) -> u64 {
        (self.now.max(0) as f64 * self.nanoseconds) as u64
    }

    /// Passes the calls of the next chunk (by index) to `tell`, until it returns false; returns whether it did not.
    pub fn chunk(&mut self, recording: &Recording, index: usize, mut tell: impl FnMut(Happening) -> bool) -> bool {
        let first = recording.chunks[index].first_step;
        let Ok(chunk) = recording.chunk(index) else {
            self.is_known = false;
            return self.end(first.saturating_sub(1), tell);
        };
        let mut walk = chunk.walk(first);
        if !std::mem::replace(&mut self.is_known, true) {
            for (thread, stack) in walk.context().stacks.iter() {
                for frame in stack {
                    *self.open.entry(thread).or_default() += 1;
                    let (task, code, time, step) = (frame.task, frame.code, self.time(), walk.step());
                    if !tell(Happening::Begins { thread, task, code, time, step, resumes: true }) {
                        return false;
                    }
                }
            }
        }
        while let Some(op) = walk.next_op() {
            let (context, step) = (walk.context(), walk.step());
            let thread = context.thread;
            let of_caller = || context.top().map_or(0, |caller| caller.task);
            let begins = match op {
                Op::Call { code, time, .. } => {
                    Some((*code, if context.task == 0 { of_caller() } else { context.task }, *time))
                }
                Op::Resume { frame, time, .. } => {
                    let (code, task) = context.suspended.get(frame).map_or((u32::MAX, 0), |f| (f.code, f.task));
                    Some((code, if task == 0 { of_caller() } else { task }, *time))
                }
                _ => None,
            };
            let mut is_wanted = true;
            if let Some((code, task, time)) = begins {
                self.now = self.now.saturating_add(time);
                *self.open.entry(thread).or_default() += 1;
                let resumes = matches!(op, Op::Resume { .. });
                is_wanted = tell(Happening::Begins { thread, task, code, time: self.time(), step, resumes });
            }
            if let Op::Return { time, .. } | Op::Yield { time, .. } | Op::Unwind { time } = op {
                self.now = self.now.saturating_add(*time);
                let depth = self.open.entry(thread).or_default();
                if *depth > 0 {
                    *depth -= 1;
                    // The end by an exception is no step.
                    let step = if matches!(op, Op::Unwind { .. }) { step.saturating_sub(1) } else { step };
                    is_wanted = tell(Happening::Ends { thread, time: self.time(), step });
                }
            }
            if !is_wanted {
                return false;
            }
        }
        true
    }

    /// Ends all active calls at a step, until `tell` returns false; returns whether it did not.
    pub fn end(&mut self, step: u64, mut tell: impl FnMut(Happening) -> bool) -> bool {
        let time = self.time();
        self.open.drain().all(|(thread, depth)| (0..depth).all(|_| tell(Happening::Ends { thread, time, step })))
    }
}

#[cfg(test)]
mod tests;
