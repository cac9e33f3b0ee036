//! The view: a recording, the position in it, and what stops it.
//!
//! It knows neither client nor protocol. Functions that move it return where it is now ([`moves::Moved`]).

pub mod breakpoints;
pub mod complaints;
pub mod data_breakpoint;
pub mod explained;
pub mod first;
pub mod following;
pub mod logpoints;
pub mod moves;
pub mod nearest;
pub mod returned;
pub mod setting;
pub mod sources;
pub mod targets;
pub mod thread_end;
pub mod travel;
pub mod whynot;
pub mod words;
pub mod written;

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use connie_history::cursor::{self, Cursor};
use connie_history::history::History;
use connie_history::moment::{Modules, Moment};
use connie_history::timeline::{Position, Timeline};
use connie_recording::Recording;
use connie_recording::chunk::StackFrame;
use connie_recording::hidden::{is_dunder, is_hidden};

use breakpoints::Breakpoints;
use moves::{Move, Moved, Step, Stop};
use returned::Returned;
use sources::Sources;

/// A recording, and the current position in it.
pub struct View {
    /// The recording that is shown.
    pub recording: Option<Rc<Recording>>,
    /// The positions of the recording.
    pub timeline: Timeline,
    /// The modules of the recording.
    pub modules: Modules,
    /// The sources of the recording, and their files.
    pub sources: Sources,
    /// The current position.
    pub here: Option<Position>,
    /// The values returned by calls of the line that was stepped over.
    pub returned: Option<Returned>,
    /// Whether the view waits for something to stop at, while the program runs.
    pub waiting: bool,
    /// The step that it waits for, if it waits for one.
    pub wanted: Option<Step>,
    /// Whether the recording still grows.
    pub grows: bool,
    /// Whether the client is about to leave: nothing stops the view any more.
    pub leaving: bool,
    /// All kinds of breakpoints.
    pub breakpoints: Breakpoints,
    /// Whether names that no source can have are listed too (`:locals all`).
    pub shows_hidden: bool,
    interrupt: Arc<AtomicBool>,
}

impl View {
    /// A view without a recording. Long queries are given up when `interrupt` becomes true.
    pub fn new(interrupt: Arc<AtomicBool>) -> Self {
        Self {
            recording: None,
            timeline: Timeline::interrupted_by(interrupt.clone()),
            modules: Modules::default(),
            sources: Sources::default(),
            here: None,
            returned: None,
            waiting: false,
            wanted: None,
            grows: false,
            leaving: false,
            breakpoints: Breakpoints::default(),
            shows_hidden: false,
            interrupt,
        }
    }

    /// Forgets everything about the recording when another one is shown.
    pub fn forget(&mut self) {
        self.wanted = None;
        self.returned = None;
        self.timeline = Timeline::interrupted_by(self.interrupt.clone());
        self.modules = Modules::default();
        self.breakpoints.forget_hits();
        self.sources.forget();
    }

    /// The recording, or a message that there is none.
    pub fn recorded(&self) -> Result<Rc<Recording>, String> {
        self.recording.clone().ok_or_else(|| "nothing is recorded yet".into())
    }

    /// The current position, or a message that there is none.
    pub fn position(&self) -> Result<Position, String> {
        match self.here {
            Some(here) if !self.waiting => Ok(here),
            _ => Err("the program is running: pause it first".into()),
        }
    }

    /// What is needed to ask about a recording: its steps and its modules.
    pub fn history_of<'a>(&'a self, recording: &'a Recording) -> History<'a> {
        History { recording, timeline: &self.timeline, modules: &self.modules }
    }

    /// Whether a variable of this name is listed.
    pub fn shows(&self, name: &str) -> bool {
        let is_own = is_dunder(name) && name != "__name__" && name != "__file__";
        !is_own && (self.shows_hidden || !is_hidden(name))
    }

    /// The frame with this number on a thread's stack at a moment.
    pub fn frame(moment: &Moment<'_>, number: u64) -> Option<StackFrame> {
        let context = moment.player.context();
        let running = context.stacks.frames().find(|frame| frame.frame == number);
        running.or_else(|| context.suspended.get(&number)).copied()
    }

    /// The namespace of a frame's module.
    pub fn globals(&self, recording: &Recording, frame: StackFrame) -> Option<u64> {
        let source = recording.functions.get(frame.code as usize)?.source;
        self.modules.namespace(recording, &self.timeline, source, frame.frame)
    }

    /// The values that functions returned to a frame, at a step.
    pub fn returned_to(&self, step: u64, frame: u64) -> &[(String, connie_wire::Value)] {
        self.returned.as_ref().map_or(&[], |returned| returned.at(step, frame))
    }

    /// The project's `.connie`, where editors look for the view's position.
    pub fn folder(&self) -> Option<PathBuf> {
        let recording = self.recording.as_ref()?;
        let folder = std::path::Path::new(&recording.info.root).join(".connie");
        connie_recording::files::is_project_folder(&folder).then_some(folder)
    }

    /// Stops the view and publishes its position for other programs.
    pub fn stop(&mut self, position: Position, reason: &'static str, text: Option<String>, ids: &[i64]) -> Moved {
        // An interrupted search has no result, and a client that is leaving sees none.
        if self.timeline.is_interrupted() || self.leaving {
            return Move::Stays.into();
        }
        let before = self.here.replace(position);
        self.waiting = false;
        self.wanted = None;
        if let (Some(folder), Some(recording)) = (self.folder(), &self.recording) {
            let recording = recording.path().canonicalize().unwrap_or_else(|_| recording.path().into());
            let (step, thread) = (position.step, position.thread);
            cursor::publish(&folder, &Cursor { pid: std::process::id(), recording, step, thread });
        }
        Move::Stopped(Stop { position, before, reason, text, ids: ids.to_vec() }).into()
    }
}
