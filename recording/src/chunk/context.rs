//! The stacks of all threads between two ops, which reader and writer both derive from the ops.

use connie_wire::Op;
use connie_wire::codec::{Decoder, Sink, WireError};
use rustc_hash::FxHashMap;

use super::frame::{ALL, StackFrame};
use super::stacks::Stacks;

/// The stacks of all threads between two ops.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The current thread.
    pub thread: u32,
    /// Stacks by thread, outermost frame first.
    pub stacks: Stacks,
    /// Suspended frames.
    pub suspended: FxHashMap<u64, StackFrame>,
    /// The task of the frame that begins next; 0 for the task of its caller.
    pub task: u32,
    /// The frame that the previous step suspended, if any; otherwise 0.
    pub yielded: u64,
    /// For each frame, the objects that are sure with everything they contain, although the frame's other objects may
    /// not be.
    pub sure: std::collections::BTreeMap<u64, Box<[u64]>>,
}

impl Context {
    /// The current frame.
    pub fn top(&self) -> Option<StackFrame> {
        self.stacks.current().last().copied()
    }

    /// The stack of the current thread.
    pub fn stack(&self) -> &[StackFrame] {
        self.stacks.current()
    }

    /// The current frame, to be changed.
    #[inline(always)]
    pub(crate) fn top_mut(&mut self) -> Option<&mut StackFrame> {
        self.stacks.current_mut().last_mut()
    }

    /// Applies an op. Returns and yields leave the frame *after* their step, so call it after that step.
    pub fn apply(&mut self, op: &Op) {
        match op {
            Op::Thread { thread, .. } => self.switch(*thread),
            Op::Task { task, .. } => self.task = *task,
            Op::Call { frame, code, namespace, line, .. } => self.call((*frame, *code, *namespace), *line),
            Op::Resume { frame, line, .. } => self.resume(*frame, *line),
            Op::Line { line } => {
                self.line(*line);
            }
            Op::Moved { line } => self.moved(*line),
            Op::Return { .. } | Op::Unwind { .. } | Op::Cut { .. } => self.leave(),
            Op::Yield { .. } => self.suspend(),
            Op::Gone { frame } => self.gone(*frame),
            Op::Sure { levels, all } => self.sure(*levels, all),
            Op::SureOf { frame, levels, all } => self.sure_of(*frame, *levels, all),
            _ => {}
        }
    }

    /// Makes a thread the current one for the following ops.
    pub(crate) fn switch(&mut self, thread: u32) {
        self.thread = thread;
        self.stacks.switch(thread);
        self.yielded = 0;
    }

    /// Begins a frame at a line.
    #[inline]
    pub(crate) fn call(&mut self, (frame, code, namespace): (u64, u32, u64), line: u32) {
        let caller = self.stacks.current().last();
        let sure = caller.map_or(ALL, |caller| caller.sure);
        let task = match std::mem::take(&mut self.task) {
            0 => caller.map_or(0, |caller| caller.task),
            task => task,
        };
        self.yielded = 0;
        self.push(StackFrame { frame, code, namespace, line, task, awaits: 0, sure });
    }

    /// Resumes a frame at a line.
    pub(crate) fn resume(&mut self, frame: u64, line: u32) {
        let caller = self.top().map_or(0, |caller| caller.task);
        let unknown = StackFrame { frame, code: u32::MAX, namespace: 0, line, task: 0, awaits: 0, sure: ALL };
        let mut frame = self.suspended.remove(&frame).unwrap_or(unknown);
        frame.awaits = 0;
        // An asynchronous generator runs in the task of its caller.
        if caller != 0 {
            frame.task = caller;
        }
        self.yielded = 0;
        self.push(frame);
    }

    /// Moves the current frame to a line. Returns its previous line, or 0 if there is no frame.
    #[inline(always)]
    pub(crate) fn line(&mut self, line: u32) -> u32 {
        self.yielded = 0;
        self.stacks.current_mut().last_mut().map_or(0, |frame| std::mem::replace(&mut frame.line, line))
    }

    /// Moves the current frame to a line.
    pub(crate) fn moved(&mut self, line: u32) {
        if let Some(frame) = self.stacks.current_mut().last_mut() {
            frame.line = line;
        }
    }

    /// Ends the current frame.
    #[inline]
    pub(crate) fn leave(&mut self) {
        self.yielded = 0;
        if let Some(frame) = self.stacks.current_mut().pop()
            && !self.sure.is_empty()
        {
            self.sure.remove(&frame.frame);
        }
    }

    /// Suspends the current frame.
    pub(crate) fn suspend(&mut self) {
        if let Some(mut frame) = self.stacks.current_mut().pop() {
            // The awaiter of a coroutine is suspended right after it.
            frame.awaits = std::mem::replace(&mut self.yielded, frame.frame);
            self.suspended.insert(frame.frame, frame);
        }
    }

    /// Removes a suspended frame that will not resume.
    pub(crate) fn gone(&mut self, frame: u64) {
        self.suspended.remove(&frame);
        self.sure.remove(&frame);
    }

    /// The contents of the current frame's variables are sure down to this number of levels.
    pub(crate) fn sure(&mut self, levels: u8, all: &[u64]) {
        if let Some(frame) = self.stacks.current_mut().last_mut() {
            frame.sure = levels;
            let frame = frame.frame;
            self.sure_with(frame, all);
        }
    }

    /// The same for a suspended frame.
    pub(crate) fn sure_of(&mut self, frame: u64, levels: u8, all: &[u64]) {
        if let Some(suspended) = self.suspended.get_mut(&frame) {
            suspended.sure = levels;
            self.sure_with(frame, all);
        }
    }

    fn sure_with(&mut self, frame: u64, all: &[u64]) {
        match all.is_empty() {
            true => self.sure.remove(&frame),
            false => self.sure.insert(frame, all.into()),
        };
    }

    #[inline(always)]
    fn push(&mut self, frame: StackFrame) {
        self.stacks.current_mut().push(frame);
    }

    /// Whether all frames are sure of everything that their variables contain.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.stacks.frames().chain(self.suspended.values()).all(|frame| frame.sure == ALL)
    }

    /// The frames of a suspended task, the outermost first: each awaits the next.
    #[must_use]
    pub fn awaits(&self, task: u32) -> Vec<StackFrame> {
        let of_task = || self.suspended.values().filter(|frame| frame.task == task);
        let is_awaited = |frame: &StackFrame| of_task().any(|other| other.awaits == frame.frame);
        // A generator that the task holds is suspended too, but awaits nothing: awaiting coroutines come first.
        let outermost =
            of_task().filter(|frame| !is_awaited(frame)).min_by_key(|frame| (frame.awaits == 0, frame.frame));
        let mut chain: Vec<StackFrame> = outermost.into_iter().copied().collect();
        while let Some(next) = chain.last().and_then(|last| self.suspended.get(&last.awaits)) {
            if chain.len() > self.suspended.len() {
                break;
            }
            chain.push(*next);
        }
        chain
    }

    /// The suspended tasks, ascending.
    #[must_use]
    pub fn waiting_tasks(&self) -> Vec<u32> {
        let running = |task: u32| self.stacks.frames().any(|frame| frame.task == task);
        let mut tasks: Vec<u32> = self.suspended.values().map(|frame| frame.task).collect();
        tasks.sort_unstable();
        tasks.dedup();
        tasks.retain(|task| *task != 0 && !running(*task));
        tasks
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        let frame = |frame: &StackFrame, last: &mut u64, out: &mut Vec<u8>| {
            out.zigzag(frame.frame.wrapping_sub(*last) as i64);
            *last = frame.frame;
            out.varint(u64::from(frame.code));
            out.varint(frame.namespace);
            out.varint(u64::from(frame.line));
            out.varint(u64::from(frame.task));
            out.varint(frame.awaits);
            out.put(frame.sure);
        };
        out.varint(u64::from(self.thread));
        out.varint(u64::from(self.task));
        out.varint(self.yielded);
        out.varint(self.stacks.iter().count() as u64);
        let mut last = 0;
        for (thread, stack) in self.stacks.iter() {
            out.varint(u64::from(thread));
            out.varint(stack.len() as u64);
            stack.iter().for_each(|item| frame(item, &mut last, out));
        }
        out.varint(self.suspended.len() as u64);
        let mut suspended: Vec<_> = self.suspended.values().collect();
        suspended.sort_by_key(|frame| frame.frame);
        suspended.into_iter().for_each(|item| frame(item, &mut last, out));
        out.varint(self.sure.len() as u64);
        for (frame, all) in &self.sure {
            out.varint(*frame);
            out.varint(all.len() as u64);
            all.iter().for_each(|object| out.varint(*object));
        }
    }

    pub(super) fn decode(decoder: &mut Decoder<'_>, version: i32) -> Result<Self, WireError> {
        // Up to version 2, tasks were not recorded.
        let tasks = version >= 3;
        let frame = |decoder: &mut Decoder<'_>, last: &mut u64| -> Result<StackFrame, WireError> {
            *last = last.wrapping_add(decoder.zigzag()? as u64);
            Ok(StackFrame {
                frame: *last,
                code: decoder.varint32()?,
                namespace: decoder.varint()?,
                line: decoder.varint32()?,
                task: if tasks { decoder.varint32()? } else { 0 },
                awaits: if tasks { decoder.varint()? } else { 0 },
                // Up to version 3, everything was checked.
                sure: if version >= 4 { decoder.byte()? } else { ALL },
            })
        };
        let mut context = Context { thread: decoder.varint32()?, ..Context::default() };
        if tasks {
            context.task = decoder.varint32()?;
            context.yielded = decoder.varint()?;
        }
        let mut last = 0;
        for _ in 0..decoder.count()? {
            let thread = decoder.varint32()?;
            context.stacks.switch(thread);
            *context.stacks.current_mut() =
                (0..decoder.count()?).map(|_| frame(decoder, &mut last)).collect::<Result<_, _>>()?;
        }
        context.stacks.switch(context.thread);
        for _ in 0..decoder.count()? {
            let frame = frame(decoder, &mut last)?;
            context.suspended.insert(frame.frame, frame);
        }
        if version >= 4 {
            for _ in 0..decoder.count()? {
                let frame = decoder.varint()?;
                let all = (0..decoder.count()?).map(|_| decoder.varint()).collect::<Result<_, _>>()?;
                context.sure.insert(frame, all);
            }
        }
        Ok(context)
    }
}
