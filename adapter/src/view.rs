//! What is looked at: a recording, the place where one stands in it, and what stops there.
//!
//! It knows no client and no protocol: what moves it says where it has come to ([`moves::Moved`]).

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

/// A recording, and where one stands in it.
pub struct View {
    /// What is looked at.
    pub recording: Option<Rc<Recording>>,
    /// Its positions.
    pub timeline: Timeline,
    /// Its modules.
    pub modules: Modules,
    /// Its sources, and their files.
    pub sources: Sources,
    /// Where the view stands.
    pub here: Option<Position>,
    /// What the calls of the line that was stepped over returned.
    pub returned: Option<Returned>,
    /// The view waits for something to stop at, while the program runs.
    pub waiting: bool,
    /// The step for which it waits, where it waits for one.
    pub wanted: Option<Step>,
    /// The program may still do something: the recording grows.
    pub grows: bool,
    /// Nothing stops the view any more: who looks is about to leave.
    pub leaving: bool,
    /// All kinds of breakpoints.
    pub breakpoints: Breakpoints,
    /// Names that no source can have are listed too (`:locals all`).
    pub shows_hidden: bool,
    interrupt: Arc<AtomicBool>,
}

impl View {
    /// Of nothing yet. Long queries are given up when `interrupt` becomes true.
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

    /// Another recording is looked at from now on: nothing is known of it.
    pub fn forget(&mut self) {
        self.wanted = None;
        self.returned = None;
        self.timeline = Timeline::interrupted_by(self.interrupt.clone());
        self.modules = Modules::default();
        self.breakpoints.forget_hits();
        self.sources.forget();
    }

    /// The recording, or a sentence that says there is none.
    pub fn recorded(&self) -> Result<Rc<Recording>, String> {
        self.recording.clone().ok_or_else(|| "nothing is recorded yet".into())
    }

    /// Where the view stands, or a sentence that says it does not.
    pub fn position(&self) -> Result<Position, String> {
        match self.here {
            Some(here) if !self.waiting => Ok(here),
            _ => Err("the program is running: pause it first".into()),
        }
    }

    /// What is asked about a recording: its steps and its modules.
    pub fn history_of<'a>(&'a self, recording: &'a Recording) -> History<'a> {
        History { recording, timeline: &self.timeline, modules: &self.modules }
    }

    /// Whether a variable of this name is listed.
    pub fn shows(&self, name: &str) -> bool {
        let is_own = is_dunder(name) && name != "__name__" && name != "__file__";
        !is_own && (self.shows_hidden || !is_hidden(name))
    }

    /// A frame on some thread's stack at a moment, by its number.
    pub fn frame(moment: &Moment<'_>, number: u64) -> Option<StackFrame> {
        let context = moment.player.context();
        let running = context.stacks.frames().find(|frame| frame.frame == number);
        running.or_else(|| context.suspended.get(&number)).copied()
    }

    /// The namespace of the module of a frame.
    pub fn globals(&self, recording: &Recording, frame: StackFrame) -> Option<u64> {
        let source = recording.functions.get(frame.code as usize)?.source;
        self.modules.namespace(recording, &self.timeline, source, frame.frame)
    }

    /// What functions returned to a frame, at a step.
    pub fn returned_to(&self, step: u64, frame: u64) -> &[(String, connie_wire::Value)] {
        self.returned.as_ref().map_or(&[], |returned| returned.at(step, frame))
    }

    /// The project's `.connie`, where editors look for the view's position.
    pub fn folder(&self) -> Option<PathBuf> {
        let recording = self.recording.as_ref()?;
        let folder = std::path::Path::new(&recording.info.root).join(".connie");
        connie_recording::files::is_project_folder(&folder).then_some(folder)
    }

    /// Stops the view, and tells others where.
    pub fn stop(&mut self, position: Position, reason: &'static str, text: Option<String>, ids: &[i64]) -> Moved {
        // What was looked for was not looked for to the end; who has left sees nothing.
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
