//! A recording that is shown beside its sources, with cached results.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::History;
use crate::beside::{Call, Fact, Ground, Iterations};
use crate::calls::{self, Edge};
use crate::flame::{Flame, Index, Window};
use crate::mapping;
use crate::moment::{Modules, Moment};
use crate::story;
use crate::timeline::Timeline;
use connie_recording::chunk::StackFrame;
use connie_recording::reader::Raised;
use connie_recording::render::Bounds;
use connie_recording::{Error, Recording};
use connie_source::mapping::Mapping;
use connie_source::outline::{Loop, Outline};

/// The limit for cached facts: the functions of one file, and of some more.
const MAX_FUNCTIONS: usize = 4096;

/// The maximum number of loops whose iterations are cached.
const KEPT: usize = 64;

/// The maximum number of steps that are searched at once.
const AT_HAND: u64 = 2_000_000;

/// The facts of a function, with the call and the text length they belong to.
type Facts = (Call, usize, Rc<Vec<Fact>>);

/// The step up to which a function's call was searched, and the call.
type Latest = (u64, Option<Call>);

/// The iterations of a loop in a call.
type Rounds = Rc<Iterations>;

/// The lines that ran in a call.
type Ran = (Call, Rc<Vec<u32>>);

/// Lines at which exceptions appeared in a call: line, step, text.
type RaisedIn = (Call, Rc<Vec<(u32, u64, String)>>);

/// A recording that is shown.
pub struct Loaded {
    /// Path of its file.
    pub path: PathBuf,
    /// The recording.
    pub recording: Recording,
    /// Its positions.
    pub timeline: Timeline,
    /// Its modules.
    pub modules: Modules,
    /// The step of the view; `None` for the end.
    pub step: Option<u64>,
    sources: HashMap<PathBuf, Option<u32>>,
    outlines: HashMap<u32, Rc<Outline>>,
    mappings: HashMap<PathBuf, (i64, usize, Rc<Mapping>)>,
    facts: HashMap<(u32, Option<usize>), Facts>,
    calls: HashMap<(u32, usize), Rc<Vec<u64>>>,
    hits: HashMap<u32, Rc<HashMap<u32, u64>>>,
    entered: HashMap<u32, Rc<FxHashMap<u32, u64>>>,
    rounds: RefCell<HashMap<(u64, u32, u32), Rounds>>,
    stack: RefCell<Option<(u64, Vec<StackFrame>)>>,
    latest: RefCell<HashMap<(u32, Option<usize>), Latest>>,
    edges: Option<Rc<Vec<Edge>>>,
    flame: Option<Index>,
    exceptions: Option<Rc<Vec<Raised>>>,
    raised: HashMap<(u32, Option<usize>), RaisedIn>,
    ran: HashMap<(u32, Option<usize>), Ran>,
    /// What pages of the story found out.
    pub story: story::Known,
    /// The problem with reading the recording, to be reported once.
    pub trouble: RefCell<Option<String>>,
    /// Calls that the user selected, by source and function.
    pub chosen: HashMap<(u32, usize), u64>,
    /// Iterations that the user selected, by source and line of the loop.
    pub iterations: HashMap<(u32, u32), usize>,
}

impl Loaded {
    /// Opens a recording.
    ///
    /// # Errors
    /// If the file is not a recording that can be read.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Ok(Self {
            path: path.into(),
            recording: Recording::open(path)?,
            timeline: Timeline::default(),
            modules: Modules::default(),
            step: None,
            sources: HashMap::new(),
            outlines: HashMap::new(),
            mappings: HashMap::new(),
            facts: HashMap::new(),
            calls: HashMap::new(),
            hits: HashMap::new(),
            entered: HashMap::new(),
            rounds: RefCell::default(),
            stack: RefCell::default(),
            latest: RefCell::default(),
            edges: None,
            flame: None,
            exceptions: None,
            raised: HashMap::new(),
            ran: HashMap::new(),
            story: story::Known::default(),
            trouble: RefCell::default(),
            chosen: HashMap::new(),
            iterations: HashMap::new(),
        })
    }

    /// Whether the program still runs.
    pub fn is_live(&self) -> bool {
        self.recording.info.is_going_on()
    }

    /// Reads newly recorded data. Returns whether there was any.
    pub fn refresh(&mut self) -> bool {
        let news = self.recording.refresh().unwrap_or_else(|error| {
            self.trouble.replace(Some(error.to_string()));
            false
        });
        if news {
            self.sources.retain(|_, source| source.is_some());
            self.facts.clear();
            self.calls.clear();
            self.hits.clear();
            self.entered.clear();
            self.rounds.get_mut().clear();
            self.edges = None;
            self.exceptions = None;
            self.raised.clear();
            self.ran.clear();
            self.stack.take();
            self.latest.get_mut().clear();
            self.story = story::Known::default();
        }
        news
    }

    /// Goes to a step; the end for `None`.
    pub fn go_to(&mut self, step: Option<u64>) {
        let last = self.recording.last_step();
        self.step = step.filter(|step| (1..=last).contains(step));
        self.chosen.clear();
        self.iterations.clear();
    }

    /// The number of a file's source; `None` if it did not run.
    pub fn source(&mut self, path: &Path) -> Option<u32> {
        if let Some(known) = self.sources.get(path) {
            return *known;
        }
        let found = mapping::number(&self.recording, &path.to_string_lossy());
        // A source whose text was not kept cannot be mapped.
        let found = found.filter(|n| self.recording.sources[*n as usize].text.is_some());
        self.sources.insert(path.into(), found);
        found
    }

    /// The text that ran.
    pub fn text(&self, source: u32) -> &str {
        self.recording.sources.get(source as usize).and_then(|source| source.text.as_deref()).unwrap_or_default()
    }

    /// The outline of the text that ran.
    pub fn outline(&mut self, source: u32) -> Rc<Outline> {
        if let Some(known) = self.outlines.get(&source) {
            return Rc::clone(known);
        }
        let outline = Rc::new(Outline::of(self.text(source)));
        self.outlines.insert(source, Rc::clone(&outline));
        outline
    }

    /// The mapping between the lines of a buffer and the lines that ran. `version` is the version of the buffer: its
    /// text and position change with it.
    pub fn mapping(&mut self, path: &Path, source: u32, version: i64, text: &str) -> Rc<Mapping> {
        let key = (version, text.as_ptr() as usize);
        if let Some((version, text, known)) = self.mappings.get(path)
            && (*version, *text) == key
        {
            return Rc::clone(known);
        }
        let mapping = Rc::new(Mapping::between(self.text(source), text));
        self.mappings.insert(path.into(), (key.0, key.1, Rc::clone(&mapping)));
        mapping
    }

    /// The input of questions.
    #[must_use]
    pub fn history(&self) -> History<'_> {
        History { recording: &self.recording, timeline: &self.timeline, modules: &self.modules }
    }

    /// The input for reading values.
    pub fn ground(&self, source: u32) -> Ground<'_> {
        Ground { history: self.history(), source }
    }

    /// The step up to which values are shown: that of the view, otherwise of the uncaught exception, otherwise the end.
    pub fn upto(&self) -> u64 {
        self.step.or(self.recording.info.exception).unwrap_or(u64::MAX).min(self.recording.last_step())
    }

    fn stack(&self) -> Vec<StackFrame> {
        let upto = self.upto();
        if let Some((step, stack)) = &*self.stack.borrow()
            && *step == upto
        {
            return stack.clone();
        }
        let frames = match Moment::at(&self.recording, upto) {
            Ok(moment) => moment.player.stack().to_vec(),
            Err(error) => {
                self.trouble.replace((upto > 0).then(|| error.to_string()));
                Vec::new()
            }
        };
        self.stack.replace(Some((upto, frames.clone())));
        frames
    }

    /// The call of a function whose values are shown: the selected one, otherwise the one on the current stack,
    /// otherwise the last one before it.
    pub fn call(&self, source: u32, outline: &Outline, function: Option<usize>) -> Option<Call> {
        let upto = self.upto();
        if let Some(first) = function.and_then(|n| self.chosen.get(&(source, n))).copied() {
            let at = self.timeline.position(&self.recording, first).ok()?;
            // A selected call is shown up to its end.
            let call = self.ground(source).call_of(&at, self.recording.last_step())?;
            return Some(Call { stands: false, ..call });
        }
        if let Some((known, call)) = self.latest.borrow().get(&(source, function))
            && *known == upto
        {
            return *call;
        }
        let stack = self.stack();
        let ground = self.ground(source);
        let codes = ground.codes(outline, function);
        let call = match stack.iter().rev().find(|frame| codes.contains(&frame.code)) {
            Some(frame) => ground.call_of_frame(frame, upto),
            None => ground.last_call(outline, function, upto),
        };
        self.latest.borrow_mut().insert((source, function), (upto, call));
        call
    }

    /// Like [`Self::call`], but up to the end of the selected iteration of a loop.
    pub fn call_within_loops(&self, source: u32, outline: &Outline, function: Option<usize>) -> Option<Call> {
        let mut call = self.call(source, outline, function)?;
        let mut last = None;
        for each in outline.loops.iter().filter(|each| each.function == function) {
            let Some(n) = self.iterations.get(&(source, each.line)).copied() else { continue };
            let iterations = self.iterations_of(source, outline, &call, each);
            let end = iterations.steps.get(n + 1).map(|next| self.ground(source).end_of_iteration(&call, each, *next));
            let end = end.unwrap_or_else(|| self.recording.last_step());
            last = Some(last.unwrap_or(end).min(end));
        }
        if let Some(last) = last {
            call = Call { last, stands: false, ..call };
        }
        Some(call)
    }

    /// The iterations of a loop in a whole call.
    pub fn iterations_of(&self, source: u32, outline: &Outline, call: &Call, each: &Loop) -> Rc<Iterations> {
        let key = (call.frame, source, each.line);
        if let Some(known) = self.rounds.borrow().get(&key) {
            return Rc::clone(known);
        }
        let suspends = each.function.is_some_and(|n| outline.functions[n].suspends);
        let found = Rc::new(self.ground(source).iterations(call, each, suspends));
        let mut rounds = self.rounds.borrow_mut();
        if rounds.len() >= KEPT {
            rounds.clear();
        }
        rounds.insert(key, Rc::clone(&found));
        found
    }

    /// The values beside the lines of the given functions, in no particular order.
    pub fn facts(
        &mut self,
        source: u32,
        outline: &Outline,
        functions: impl IntoIterator<Item = Option<usize>>,
        length: usize,
    ) -> Vec<Rc<Vec<Fact>>> {
        let upto = self.upto();
        // One pass over the recording finds the calls and their values, so that each chunk is read once.
        let mut near: BTreeMap<Option<usize>, Vec<Option<usize>>> = BTreeMap::new();
        let (mut found, mut read, mut trouble) = (Vec::new(), Vec::new(), None);
        for function in functions {
            let is_known = self.latest.borrow().get(&(source, function)).is_some_and(|(known, _)| *known == upto);
            let call = is_known.then(|| self.call_within_loops(source, outline, function)).flatten();
            match (is_known, self.facts.get(&(source, function))) {
                (true, _) if call.is_none() => {}
                (true, Some((known, size, facts))) if (Some(*known), *size) == (call, length) => {
                    found.push(Rc::clone(facts));
                }
                _ => {
                    near.entry(self.ground(source).last_chunk(outline, function, upto)).or_default().push(function);
                }
            }
        }
        let bounds = Bounds { string: length, items: 6, depth: 2 };
        let mut player = None;
        for functions in near.into_values() {
            let mut wanted = Vec::new();
            for function in functions {
                wanted.extend(self.call_within_loops(source, outline, function).map(|call| (call, function)));
            }
            wanted.sort_unstable_by_key(|(call, _)| call.first);
            for (call, function) in wanted {
                // Damaged data is not shown.
                let facts = self.ground(source).facts(outline, function, &call, bounds, &mut player);
                let facts = facts.unwrap_or_else(|error| {
                    trouble = Some(error.to_string());
                    Vec::new()
                });
                read.push((call, function, Rc::new(facts)));
            }
        }
        drop(player);
        if trouble.is_some() {
            self.trouble.replace(trouble);
        }
        if self.facts.len() + read.len() >= MAX_FUNCTIONS {
            self.facts.clear();
        }
        for (call, function, facts) in read {
            found.push(Rc::clone(&facts));
            self.facts.insert((source, function), (call, length, facts));
        }
        found
    }

    /// The steps at which calls of a function begin.
    pub fn calls(&mut self, source: u32, outline: &Outline, function: usize) -> Rc<Vec<u64>> {
        if let Some(known) = self.calls.get(&(source, function)) {
            return Rc::clone(known);
        }
        let calls = Rc::new(self.ground(source).calls(outline, function, 1_000_000));
        self.calls.insert((source, function), Rc::clone(&calls));
        calls
    }

    /// All exceptions, at most 10,000.
    pub fn exceptions(&mut self) -> Rc<Vec<Raised>> {
        let read = || Rc::new(self.recording.exceptions(10_000).unwrap_or_default());
        Rc::clone(self.exceptions.get_or_insert_with(read))
    }

    /// The lines of a function at which exceptions appeared in the shown call: line, step, text.
    pub fn raised(
        &mut self,
        source: u32,
        outline: &Outline,
        function: Option<usize>,
    ) -> Option<Rc<Vec<(u32, u64, String)>>> {
        let exceptions = self.exceptions();
        if exceptions.is_empty() {
            return None;
        }
        let call = self.call_within_loops(source, outline, function)?;
        if let Some((known, raised)) = self.raised.get(&(source, function))
            && *known == call
        {
            return Some(Rc::clone(raised));
        }
        let raised = self.ground(source).raised(&call, &exceptions);
        let raised = raised.into_iter().map(|(line, raised)| (line, raised.step, raised.to_string()));
        let raised = Rc::new(raised.collect::<Vec<_>>());
        if self.raised.len() >= MAX_FUNCTIONS {
            self.raised.clear();
        }
        self.raised.insert((source, function), (call, Rc::clone(&raised)));
        Some(raised)
    }

    /// The lines of a function's own code that ran in the shown call, ascending.
    pub fn lines_run(&mut self, source: u32, outline: &Outline, function: Option<usize>) -> Option<Rc<Vec<u32>>> {
        let call = self.call_within_loops(source, outline, function)?;
        if let Some((known, lines)) = self.ran.get(&(source, function))
            && *known == call
        {
            return Some(Rc::clone(lines));
        }
        let last = self.text(source).lines().count() as u32;
        let (first, last) = function.map_or((1, last), |n| (outline.functions[n].line, outline.functions[n].last_line));
        let own: Vec<u32> = (first..=last).filter(|line| outline.function_at(*line) == function).collect();
        let lines = Rc::new(self.ground(source).lines_run(&call, &own));
        self.ran.insert((source, function), (call, Rc::clone(&lines)));
        Some(lines)
    }

    /// The call graph.
    pub fn edges(&mut self) -> Rc<Vec<Edge>> {
        Rc::clone(self.edges.get_or_insert_with(|| Rc::new(calls::edges(&self.recording))))
    }

    /// The calls in a window. Reads the recording on until `is_enough`: the answer says how far it was read.
    ///
    /// # Errors
    /// If the recording cannot be read.
    pub fn flame(&mut self, window: &Window, is_enough: impl Fn() -> bool) -> Result<Flame, Error> {
        let (index, recording) = self.calls_of_run(is_enough);
        index.window(recording, window)
    }

    /// All calls of the run, of which more is read until `is_enough`.
    pub fn calls_of_run(&mut self, is_enough: impl Fn() -> bool) -> (&Index, &Recording) {
        let index = self.flame.get_or_insert_with(|| Index::stored_or_new(&self.recording));
        if !index.is_whole(&self.recording) {
            index.extend(&self.recording, is_enough);
            index.keep(&self.recording);
        }
        (index, &self.recording)
    }

    /// The call graph, if it can be computed without noticeable delay.
    pub fn edges_at_hand(&mut self) -> Option<Rc<Vec<Edge>>> {
        let soon = !self.is_live() && self.recording.last_step() < AT_HAND;
        if soon { Some(self.edges()) } else { self.edges.clone() }
    }

    /// How often each line of a source ran.
    pub fn hits(&mut self, source: u32) -> Rc<HashMap<u32, u64>> {
        if let Some(known) = self.hits.get(&source) {
            return Rc::clone(known);
        }
        let hits = Rc::new(self.recording.line_hits(source).unwrap_or_default().into_iter().collect());
        self.hits.insert(source, Rc::clone(&hits));
        hits
    }

    /// How often the statement on a line ran; `None` if unknown or zero.
    pub fn times(&mut self, source: u32, outline: &Outline, line: u32) -> Option<u64> {
        if outline.counting.silent.contains(&line) {
            return None;
        }
        if !outline.counting.regions.contains_key(&line) {
            return self.hits(source).get(&line).copied();
        }
        self.entered(source, outline).get(&line).copied()
    }

    /// How often statements ran that cannot be counted by line; empty if counting would take long, or if the program
    /// still runs.
    fn entered(&mut self, source: u32, outline: &Outline) -> Rc<FxHashMap<u32, u64>> {
        if let Some(known) = self.entered.get(&source) {
            return Rc::clone(known);
        }
        let most = if self.is_live() { 0 } else { AT_HAND };
        let counts = Rc::new(self.ground(source).entered(outline, most).unwrap_or_default());
        self.entered.insert(source, Rc::clone(&counts));
        counts
    }
}
