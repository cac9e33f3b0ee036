//! Tells steps one after the other.

use connie_recording::Recording;
use connie_recording::actors::Actors;
use connie_recording::chunk::{ALL, StackFrame};
use connie_recording::error::Error;
use connie_recording::player::{Event, Player, Step};
use connie_recording::render::Bounds;
use connie_wire::level::Level;
use rustc_hash::FxHashSet;

use super::line::{Change, Line, What};
use super::printing::{Place, Printing, insert};
use super::texts::Texts;
use crate::attribute_changes::AttributeChanges;
use crate::timeline::{At, Position};
use crate::variables::Variables;

/// What is told below a call of a function that is recorded at level exceptions.
const FROM_HERE: &str = "recorded from here, as an exception entered it (level exceptions)";

/// Which variables a step shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locals {
    /// Variables that changed since the frame's last step.
    #[default]
    Changed,
    /// All variables that have a value.
    All,
    /// No variables.
    None,
}

impl Locals {
    /// The variables of a frame that a step shows.
    pub fn of(self, variables: &mut Variables, player: &Player<'_>, frame: &StackFrame) -> Vec<Change> {
        match self {
            Locals::Changed => variables.changed(player, frame),
            Locals::All => variables.all(player, frame),
            Locals::None => Vec::new(),
        }
    }
}

/// A line that ran and whose effects are not known yet.
struct Waiting {
    step: u64,
    thread: u32,
    frame: StackFrame,
    depth: usize,
}

/// When comments are told.
pub(super) enum Comments<'a> {
    /// When a line is told for the first time.
    Once(FxHashSet<(u32, u32)>),
    /// When this says so: source, line, step.
    When(&'a dyn Fn(u32, u32, u64) -> bool),
}

/// Tells steps one after the other.
pub struct Teller<'a> {
    recording: &'a Recording,
    texts: Texts<'a>,
    pub(super) variables: Variables,
    told: AttributeChanges,
    /// Attributes of classes, functions and modules that changed at steps that are not told.
    attributes: Vec<Change>,
    locals: Locals,
    bounds: Bounds,
    waiting: Option<Waiting>,
    printing: Printing,
    /// The frame and line of the last line of code, if it changed nothing and nothing was told since.
    block: Option<(u64, u32)>,
    comments: Comments<'a>,
    thread: u32,
    /// The asyncio task of the last step; 0 if there is none.
    task: u32,
    actors: Actors,
    /// The maximum number of lines of output of a step.
    most_output: usize,
    lines: Vec<Line>,
}

impl<'a> Teller<'a> {
    /// Tells from the step after that of a player.
    ///
    /// # Errors
    /// If the names of threads cannot be read.
    pub fn new(recording: &'a Recording, player: &Player<'_>, locals: Locals, bounds: Bounds) -> Result<Self, Error> {
        Ok(Self {
            recording,
            texts: Texts::new(recording),
            variables: Variables::new(bounds).with_hidden(locals == Locals::All),
            told: AttributeChanges::new(recording, player, bounds),
            attributes: Vec::new(),
            locals,
            bounds,
            waiting: None,
            printing: Printing::default(),
            block: None,
            comments: Comments::Once(FxHashSet::default()),
            thread: 1,
            task: 0,
            actors: Actors::of(recording)?,
            most_output: usize::MAX,
            lines: Vec::new(),
        })
    }

    /// Tells comments when `comments` says so, and at most so many lines of output of a step.
    pub(super) fn within(self, comments: Comments<'a>, most_output: usize) -> Self {
        Self { comments, most_output, ..self }
    }

    /// Tells at most so many lines of output of a step.
    #[must_use]
    pub fn with_output(self, most: usize) -> Self {
        Self { most_output: most, ..self }
    }

    /// Learns the variables of all frames as they are now: they are no changes of the steps that follow.
    pub fn learn(&mut self, player: &Player<'_>) {
        for frame in player.context().stacks.frames() {
            self.variables.changed(player, frame);
        }
    }

    /// Goes on after a step that was told elsewhere.
    pub(super) fn go_on_after(&mut self, position: &Position) {
        (self.thread, self.task) = (position.thread, position.task);
        let Position { frame, code, line, task, .. } = *position;
        let frame = StackFrame { frame, code, line, task, namespace: 0, awaits: 0, sure: ALL };
        let (step, thread, depth) = (position.step, position.thread, position.depth as usize);
        if position.at == At::Line {
            self.waiting = Some(Waiting { step, thread, frame, depth });
        }
    }

    /// Notes what was written at a step that is told elsewhere, or that something else happened there.
    pub(super) fn printed(&mut self, position: &Position, written: Option<(u8, Vec<u8>)>) {
        let Position { step, thread, depth, task, .. } = *position;
        let (stream, text) = written.map_or((None, Vec::new()), |(stream, text)| (Some(stream), text));
        self.printing.end_before(step, thread, stream);
        let mut begins = stream.is_none();
        let place = Place { step, thread, frame: None, depth: depth as usize };
        for piece in text.split_inclusive(|byte| *byte == b'\n') {
            let stream = stream.unwrap_or_default();
            begins |= !self.printing.goes_on(thread, stream);
            self.printing.add(place, stream, piece);
        }
        if begins {
            (self.thread, self.task) = (thread, task);
        }
    }

    /// Goes on with another player: nothing that objects are compared by is the same.
    pub(super) fn moved(&mut self, player: &Player<'_>) {
        self.variables.moved();
        self.told = AttributeChanges::new(self.recording, player, self.bounds);
        self.attributes.clear();
    }

    /// Forgets attributes that changed at steps whose effects are not told.
    pub(super) fn skip(&mut self) {
        self.attributes.clear();
    }

    /// The step of the first line that is not told yet.
    #[must_use]
    pub fn open_step(&self) -> Option<u64> {
        self.waiting.as_ref().map(|one| one.step).into_iter().chain(self.printing.first_step()).min()
    }

    /// The lines that were told since the last time, in the order of their steps: lines after one that has not ended
    /// wait for it.
    pub fn take(&mut self) -> Vec<Line> {
        let end = self.printing.first_step().unwrap_or(u64::MAX);
        let known = self.lines.partition_point(|line| line.step < end);
        let later = self.lines.split_off(known);
        std::mem::replace(&mut self.lines, later)
    }

    /// The same without waiting: a line of output may come after lines of later steps.
    pub(super) fn take_all(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.lines)
    }

    /// Collects changed attributes of classes, functions and modules. Call it at every step.
    pub fn note(&mut self, player: &Player<'_>) {
        if self.locals != Locals::None {
            let changes = self.told.changed(player).into_iter();
            self.attributes.extend(changes.map(|(name, text)| (name, text.unwrap_or_else(|| "<deleted>".into()))));
        }
    }

    /// Tells a step.
    ///
    /// # Errors
    /// If its output or exception cannot be read.
    pub fn step(&mut self, player: &Player<'_>, step: &Step) -> Result<(), Error> {
        let mut changed = match step.frame {
            Some(frame) => self.locals.of(&mut self.variables, player, &frame),
            None => Vec::new(),
        };
        let is_own = |waiting: &Waiting| step.frame.is_some_and(|frame| frame.frame == waiting.frame.frame);
        let own = self.waiting.as_ref().is_some_and(is_own);
        let is_call = matches!(step.event, Event::Call);
        let stream = if let Event::Output(stream) = step.event { Some(stream) } else { None };
        let ended = self.printing.end_before(step.number, step.thread, stream);
        self.ended(ended);
        // The changes of a line are seen at the next step; before a call, they belong to the caller's line.
        let attributes = std::mem::take(&mut self.attributes);
        match (own, is_call && self.waiting.is_some()) {
            (false, true) => self.flush(&attributes),
            _ if is_call && !attributes.is_empty() => {
                self.push(step, step.depth.saturating_sub(1), What::Changes(attributes));
            }
            _ => changed.extend(attributes),
        }
        self.flush(if own { &changed } else { &[] });
        // Output that goes on with a line is told where the line begins.
        let tells_here = !own && !is_call && !changed.is_empty();
        if tells_here || stream.is_none() {
            self.switch(step);
        }
        if tells_here {
            self.push(step, step.depth, What::Changes(changed.clone()));
        }
        self.event(player, step, changed)
    }

    fn event(&mut self, player: &Player<'_>, step: &Step, changed: Vec<Change>) -> Result<(), Error> {
        let (inner, outer) = (step.depth, step.depth.saturating_sub(1));
        match &step.event {
            Event::Call => self.call(step, changed),
            Event::Line => {
                self.waiting = step.frame.map(|frame| {
                    let (step, thread) = (step.number, step.thread);
                    Waiting { step, thread, frame, depth: inner }
                });
            }
            Event::Return(value) => {
                let text = self.variables.text(player, value);
                if let Some(frame) = step.frame {
                    self.variables.forget(frame.frame);
                }
                if step.frame.is_none_or(|frame| frame.namespace == 0) {
                    self.push(step, outer, What::Return(text));
                }
            }
            Event::Yield(value) => self.push(step, outer, What::Yield(self.variables.text(player, value))),
            Event::Resume => self.push(step, outer, What::Resume { name: self.name(step), fold: None }),
            Event::Raise(_) if self.closes(step)? => self.push(step, inner, What::Closed),
            Event::Raise(value) => self.push(step, inner, What::Raise(self.variables.text(player, value))),
            Event::Output(stream) => self.output(step, *stream)?,
        }
        Ok(())
    }

    /// Tells what is not told yet.
    pub fn finish(&mut self) {
        self.flush(&[]);
        let ended = self.printing.end();
        self.ended(ended);
    }

    /// Tells the current thread and task when they change, if there are several.
    fn switch(&mut self, step: &Step) {
        if std::mem::replace(&mut self.thread, step.thread) != step.thread
            && let Some(name) = self.actors.thread(step.thread)
        {
            let what = What::Thread { name: name.to_owned() };
            self.push(step, 0, what);
        }
        // Output from outside recorded code belongs to no frame.
        let Some(frame) = step.frame else { return };
        if std::mem::replace(&mut self.task, frame.task) != frame.task && self.actors.has_tasks() {
            let what = What::Task { name: self.actors.task(frame.task).map(str::to_owned) };
            self.push(step, 0, what);
        }
    }

    /// Whether the exception at a step only closes its generator.
    fn closes(&self, step: &Step) -> Result<bool, Error> {
        let raised = self.recording.exception_at(step.number)?;
        Ok(raised.is_some_and(|raised| self.recording.is_closing(&raised)))
    }

    fn name(&self, step: &Step) -> String {
        let function = step.frame.and_then(|frame| self.recording.function(frame.code));
        function.map_or_else(|| "?".into(), |function| function.name.clone())
    }

    fn call(&mut self, step: &Step, arguments: Vec<Change>) {
        let Some(frame) = step.frame else { return };
        let Some(function) = self.recording.function(frame.code) else { return };
        let arguments = if frame.namespace == 0 { arguments } else { Vec::new() };
        let (name, source, line) = (function.name.clone(), function.source, frame.line);
        let level = function.level;
        self.push(step, step.depth.saturating_sub(1), What::Call { name, source, line, arguments, fold: None });
        if level == Level::Exceptions {
            // Such a function is recorded from the exception on that entered it.
            self.push(step, step.depth, What::Comment { text: FROM_HERE.into() });
        }
    }

    /// Collects output into whole lines. A line is told at the step that began it.
    fn output(&mut self, step: &Step, stream: u8) -> Result<(), Error> {
        let text = self.recording.output_at(step.number)?;
        let place = Place { step: step.number, thread: step.thread, frame: step.frame, depth: step.depth };
        let mut left = self.most_output;
        for (n, piece) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if !self.printing.goes_on(step.thread, stream) {
                self.switch(step);
                self.block = None;
            }
            if let Some(line) = self.printing.add(place, stream, piece) {
                self.ended(vec![line]);
                left -= 1;
            }
            if left == 0 {
                let more = text.split_inclusive(|byte| *byte == b'\n').skip(n + 1).count();
                if more > 0 {
                    self.push(step, step.depth, What::MoreOutput(more));
                }
                break;
            }
        }
        Ok(())
    }

    /// Tells lines of output that have ended.
    fn ended(&mut self, lines: Vec<Line>) {
        for line in lines {
            insert(&mut self.lines, line);
        }
    }

    fn is_first(&mut self, source: u32, line: u32, step: u64) -> bool {
        match &mut self.comments {
            Comments::Once(known) => known.insert((source, line)),
            Comments::When(is_first) => is_first(source, line, step),
        }
    }

    /// Tells the waiting line with its changes.
    fn flush(&mut self, changes: &[Change]) {
        let Some(Waiting { step, thread, frame, depth }) = self.waiting.take() else { return };
        let line = |what| Line { step, thread, task: frame.task, frame: frame.frame, depth, what };
        let source = self.recording.function(frame.code).map_or(u32::MAX, |function| function.source);
        let comment = self.texts.comment(source, frame.line);
        if !comment.is_empty() && self.is_first(source, frame.line, step) {
            self.block = None;
            self.lines.extend(comment.into_iter().map(|text| line(What::Comment { text })));
        }
        let goes_on = self.block.is_some_and(|(id, before)| id == frame.frame && frame.line > before);
        let text = self.texts.line(source, frame.line);
        let changes = changes.to_vec();
        self.block = changes.is_empty().then_some((frame.frame, frame.line));
        self.lines.push(line(What::Code { source, line: frame.line, text, goes_on, changes }));
    }

    fn push(&mut self, step: &Step, depth: usize, what: What) {
        self.block = None;
        let frame = step.frame;
        self.lines.push(Line {
            step: step.number,
            thread: step.thread,
            task: frame.map_or(0, |frame| frame.task),
            frame: frame.map_or(0, |frame| frame.frame),
            depth,
            what,
        });
    }
}
