//! The dynamic slice behind a failure: which executions of which lines it depends on, the most telling ones first.

use std::cell::RefCell;
use std::collections::BinaryHeap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use connie_recording::chunk::StackFrame;
use connie_recording::error::Error;
use connie_recording::reader::ChunkInfo;
use connie_recording::render::World;
use connie_wire::{Kind as Kind_, Value};
use ruff_python_ast::{Expr, Stmt};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::code::{Around, Code};
use super::failure::Start;
use super::frames::Frames;
use super::quick::{Quick, QuickScope};
use super::reads::{Focus, Kind, Read, Reads, kind};
use crate::History;
use crate::answers::{Changes, Place, contents};
use crate::keys;
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};
use crate::writes::{self, Target, Write};
use connie_expression::{Expression, Got};

/// How one line leads to another, told of the earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum How {
    /// It failed.
    Failed,
    /// It wrote the value.
    Wrote,
    /// The value was there after it: a call made it, or it was seen for the first time.
    Appeared,
    /// It changed what is within the value.
    Changed,
    /// It passed the value as an argument.
    Passed,
    /// It made the value, as a default of a parameter.
    Defaulted,
    /// It returned the value.
    Returned,
    /// Its condition decided that the line ran.
    Decided,
    /// Its condition did not hold: else the line had not run, or the value had been another one.
    Skipped,
    /// It called the function.
    Called,
    /// It called something with the same object before.
    Before,
    /// It raised the exception that was handled there.
    Raised,
    /// It handled an exception.
    Handled,
    /// It ran, and did not raise what was expected of it.
    Ran,
}

/// A line that ran, and what it has to do with the failure.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The line as it began.
    pub at: Position,
    /// Its source.
    pub source: u32,
    /// Which part of it is followed.
    pub focus: Focus,
    /// What it led to.
    pub parent: Option<usize>,
    /// How.
    pub how: How,
    /// The name of what was written, passed or called.
    pub name: String,
    /// The value, and the step at which it was seen.
    pub value: Option<(Value, u64)>,
    /// How telling it is by itself.
    pub weight: f64,
    /// How far it is from the failure.
    pub hops: u32,
    /// What kind of statement it is.
    pub kind: Kind,
    /// A function ended there without `return`.
    pub is_implicit: bool,
    /// What it depends on is known.
    pub is_expanded: bool,
}

/// Lines that are looked at, executions of one line, and the time for all of it.
const MOST_NODES: usize = 400;
const MOST_OF_LINE: u32 = 4;
const PATIENCE: Duration = Duration::from_millis(1_300);
/// How much the arguments of a call that is followed tell.
const PASSED_ON: f64 = 0.3;
/// Values of a line that are followed.
const MOST_READS: usize = 12;
/// Changes of a value's contents that are followed.
const MOST_CHANGES: usize = 6;
/// Calls of a line that are followed.
const MOST_CALLEES: usize = 8;
/// Chunks of recordings in which variables of functions around are looked up.
const MOST_CHUNKS: usize = 24;
/// Exceptions before the failure that are looked at.
const MOST_EXCEPTIONS: usize = 40;
/// Earlier calls on the same objects that are followed.
const MOST_EARLIER: usize = 4;
/// Conditions that did not hold, of one line.
const MOST_GUARDS: usize = 5;

/// Works a slice out.
pub(super) struct Slicer<'h, 'r> {
    history: &'h History<'r>,
    sources: RefCell<FxHashMap<u32, Option<Rc<Code<'r>>>>>,
    handlers: RefCell<FxHashMap<u32, Rc<FxHashMap<u32, (u32, u32)>>>>,
    frames: Frames,
    /// The lines.
    pub nodes: Vec<Node>,
    queue: BinaryHeap<(u64, usize)>,
    known: FxHashMap<(u64, u64, Focus), usize>,
    of_line: FxHashMap<(u32, u32), u32>,
    started: Instant,
    /// There may be more.
    pub is_cut: bool,
    message: String,
    until: u64,
}

impl<'h, 'r> Slicer<'h, 'r> {
    /// The slice behind a failure.
    ///
    /// # Errors
    /// If the question is cancelled; what cannot be read is left out.
    pub fn of(history: &'h History<'r>, start: &Start) -> Result<Self, Error> {
        let mut slicer = Self {
            history,
            sources: RefCell::default(),
            handlers: RefCell::default(),
            frames: Frames::default(),
            nodes: Vec::new(),
            queue: BinaryHeap::new(),
            known: FxHashMap::default(),
            of_line: FxHashMap::default(),
            started: Instant::now(),
            is_cut: false,
            message: start.raised.as_ref().map_or_else(String::new, |raised| format!("{}: {}", raised.ty, raised.text)),
            until: start.until,
        };
        slicer.add(None, start.line, Focus::All, How::Failed, String::new(), None, 1.0);
        let chained = start.raised.as_ref().and_then(|raised| raised.chain.as_ref()?.step);
        if let Some(step) = chained {
            slicer.raised(0, step, 0.95)?;
        }
        slicer.within(start)?;
        slicer.swallowed()?;
        while let Some((_, next)) = slicer.queue.pop() {
            if slicer.nodes.len() >= MOST_NODES || slicer.started.elapsed() > PATIENCE {
                slicer.is_cut = true;
                break;
            }
            if !std::mem::replace(&mut slicer.nodes[next].is_expanded, true) {
                slicer.expand(next)?;
            }
        }
        Ok(slicer)
    }

    /// Where a `with` fails when it is left, as `pytest.raises` does: the last line that ran within it.
    fn within(&mut self, start: &Start) -> Result<(), Error> {
        let code = self.source_of(&start.line).and_then(|source| self.code(source));
        let Some(code) = code else { return Ok(()) };
        let Some(Stmt::With(with)) = code.statements.at(start.line.line) else { return Ok(()) };
        let (first, last) = code.body(&with.body);
        let lines = self.frames.lines(self.history, &start.line)?;
        let before = lines.iter().rev().find(|line| line.step < start.line.step);
        if let Some(before) = before.filter(|before| (first..=last).contains(&before.line)) {
            self.add(Some(0), *before, Focus::All, How::Ran, String::new(), None, 0.97);
        }
        Ok(())
    }

    /// The statements of a source.
    pub fn code(&self, source: u32) -> Option<Rc<Code<'r>>> {
        let parse = || {
            let text: &'r str = self.history.recording.sources.get(source as usize)?.text.as_deref()?;
            Code::of(text).map(Rc::new)
        };
        self.sources.borrow_mut().entry(source).or_insert_with(parse).clone()
    }

    fn source_of(&self, at: &Position) -> Option<u32> {
        self.history.recording.function(at.code).map(|function| function.source)
    }

    #[allow(clippy::too_many_arguments)]
    fn add(
        &mut self,
        parent: Option<usize>,
        at: Position,
        focus: Focus,
        how: How,
        name: String,
        value: Option<(Value, u64)>,
        weight: f64,
    ) -> Option<usize> {
        let source = self.source_of(&at)?;
        let hops = parent.map_or(0, |parent| self.nodes[parent].hops + 1);
        if let Some(known) = self.known.get(&(at.step, at.frame, focus)) {
            let (index, node) = (*known, &mut self.nodes[*known]);
            if !node.is_expanded && weight > node.weight {
                (node.parent, node.how, node.name) = (parent, how, name);
                (node.value, node.weight) = (value.or(node.value.take()), weight);
                self.queue.push(((weight * 1e9) as u64, index));
            }
            node.hops = node.hops.min(hops);
            return Some(index);
        }
        let count = self.of_line.entry((source, at.line)).or_default();
        if *count >= MOST_OF_LINE || weight < 0.002 {
            return None;
        }
        *count += 1;
        let kind = self.code(source).and_then(|code| code.statements.at(at.line).map(|stmt| kind(stmt, focus))).unwrap_or(Kind::Defines);
        let index = self.nodes.len();
        self.nodes.push(Node { at, source, focus, parent, how, name, value, weight, hops, kind, is_implicit: false, is_expanded: false });
        self.known.insert((at.step, at.frame, focus), index);
        self.queue.push(((weight * 1e9) as u64, index));
        Some(index)
    }

    fn expand(&mut self, index: usize) -> Result<(), Error> {
        let node = self.nodes[index].clone();
        let Some(code) = self.code(node.source) else { return Ok(()) };
        let Some(stmt) = code.statements.at(node.at.line) else { return self.control(index, &code, &[]) };
        let within_lambda = self.function_name(&node.at).ends_with("<lambda>");
        let reads = Reads::of(&code, stmt, node.at.line, node.focus, within_lambda);
        let mut followed = FxHashSet::default();
        if node.how != How::Called {
            followed = self.callees(index, &code, stmt, &reads)?;
        }
        self.values(index, &reads, &followed)?;
        if index == 0 {
            self.earlier(&code, &node.at, &reads)?;
        }
        self.control(index, &code, &reads.reads)
    }

    /// What the frame of the failure called before on the same objects, without a use of the result: what such calls did
    /// may not be seen in the values.
    fn earlier(&mut self, code: &Code<'_>, at: &Position, reads: &Reads<'_>) -> Result<(), Error> {
        let roots = reads.reads.iter().filter_map(|read| read.text.split(['.', '[', '(']).next());
        let roots: FxHashSet<&str> = roots.collect();
        let lines = self.frames.lines(self.history, at)?;
        let (mut seen, mut weight) = (FxHashSet::default(), 0.5);
        for line in lines.iter().rev().filter(|line| line.step < at.step) {
            let Some(Stmt::Expr(stmt)) = code.statements.at(line.line) else { continue };
            let Expr::Call(call) = &*stmt.value else { continue };
            let is_about = super::reads::root(&call.func).is_some_and(|root| roots.contains(root))
                || call.arguments.args.iter().filter_map(super::reads::root).any(|root| roots.contains(root));
            if is_about && line.line != at.line && seen.insert(line.line) {
                let name = connie_source::python::called_name(call).unwrap_or("a function").to_owned();
                self.add(Some(0), *line, Focus::All, How::Before, name, None, weight);
                weight *= 0.9;
            }
            if seen.len() >= MOST_EARLIER {
                break;
            }
        }
        Ok(())
    }

    fn function_name(&self, at: &Position) -> &'r str {
        self.history.recording.function(at.code).map_or("?", |function| function.name.as_str())
    }

    /// Follows the values that a line reads to what wrote them.
    fn values(&mut self, index: usize, reads: &Reads<'_>, followed: &FxHashSet<String>) -> Result<(), Error> {
        let node = self.nodes[index].clone();
        let Some(moment) = unless_cancelled(Moment::at(self.history.recording, node.at.step))? else { return Ok(()) };
        let Some(frame) = History::frame_at(&moment, node.at.frame) else { return Ok(()) };
        let globals = self.history.globals_of(frame);
        let count = reads.reads.len().max(1) as f64;
        let share = if count > 3.0 { (3.0 / count).powf(0.25) } else { 1.0 };
        let mut all: Vec<Read> = reads.reads.iter().take(MOST_READS).cloned().collect();
        all.extend(self.dynamic(&moment, frame, globals, reads));
        for read in &all {
            let Some((place, value)) = self.place(&moment, frame, globals, &read.text, node.at.step)? else { continue };
            let is_code = |value: &Value| {
                matches!(value, Value::Function(_) | Value::Class(_) | Value::Module(_) | Value::Method(_))
            };
            let told = if index == 0 { self.told(value.as_ref()) } else { 1.0 };
            // What a recorded call got is followed from what it did with it.
            let passed = if read.via.as_ref().is_some_and(|via| followed.contains(via)) { PASSED_ON } else { 1.0 };
            let weight = node.weight * read.weight * share * told * passed;
            let changes = Changes::new(*self.history, &place, node.at.step, Direction::Backward).bindings().next();
            let change = unless_cancelled(changes.transpose())?.flatten();
            let written = change.as_ref().and_then(|change| change.write.value.as_ref());
            let value = value.or_else(|| written.cloned());
            if value.as_ref().is_some_and(|value| is_code(value) || is_code_object(&moment, value)) {
                continue;
            }
            if let Some(change) = &change {
                self.written(index, read, &change.write, weight)?;
            }
            if let Some(Value::Object(object)) = value
                && !is_instance(&moment, object)
            {
                self.contents(index, read, object, node.at.step, weight)?;
            }
        }
        Ok(())
    }

    /// What a line reads by a name that it computes: `getattr`, and the arguments where it asks for all variables.
    fn dynamic(&self, moment: &Moment<'_>, frame: StackFrame, globals: Option<u64>, reads: &Reads<'_>) -> Vec<Read> {
        let names = moment.scope(frame, globals);
        let world = Quick { player: &moment.player, doubt: false };
        let scope = QuickScope { names: &names, world: &world };
        let attribute = |(object, name): &(&str, &str)| {
            let parsed = Expression::parse(name).ok()?;
            let (Got::Value(Value::Str(name)), _) = parsed.eval_doubtful(&scope).ok()? else { return None };
            let text = format!("{object}.{}", String::from_utf8_lossy(&name.bytes));
            Some(Read { text, weight: 0.95, via: None })
        };
        let mut found: Vec<Read> = reads.dynamic.iter().filter_map(attribute).collect();
        if reads.calls.contains("locals") || reads.calls.contains("vars") {
            let function = self.history.recording.function(frame.code);
            let arguments = function.map_or(&[][..], |function| {
                &function.slots[..(function.arguments as usize).min(function.slots.len())]
            });
            found.extend(arguments.iter().map(|name| Read { text: name.clone(), weight: 0.6, via: None }));
        }
        found
    }

    /// How much the text of the failure speaks for a value.
    fn told(&self, value: Option<&Value>) -> f64 {
        let is_none = self.message.contains("NoneType");
        match value {
            Some(Value::None) if is_none => 1.0,
            Some(_) if is_none => 0.3,
            Some(Value::Str(text)) if self.message.starts_with("KeyError") => {
                if self.message.contains(&*String::from_utf8_lossy(&text.bytes)) { 1.0 } else { 0.5 }
            }
            Some(Value::Str(_)) if self.message.contains("'str'") || self.message.contains("str (") => 1.0,
            Some(_) if self.message.starts_with("TypeError") && self.message.contains("'str'") => 0.6,
            _ => 1.0,
        }
    }

    /// The place that a text names, and its value.
    fn place(
        &self,
        moment: &Moment<'_>,
        frame: StackFrame,
        globals: Option<u64>,
        text: &str,
        step: u64,
    ) -> Result<Option<(Place, Option<Value>)>, Error> {
        let Ok(parsed) = Expression::parse(&self.history.as_meant(text, frame)) else { return Ok(None) };
        let names = moment.scope(frame, globals);
        let world = Quick { player: &moment.player, doubt: false };
        let scope = QuickScope { names: &names, world: &world };
        let value = match parsed.eval_doubtful(&scope) {
            Ok((Got::Value(value), _)) => Some(value),
            _ => None,
        };
        let Ok(place) = parsed.place(&scope) else { return Ok(None) };
        let place = keys::from_start(&moment.player, place);
        let target = Target::of(&moment.player, place, frame, globals, frame.namespace != 0);
        let Some(target) = target else { return Ok(None) };
        let Target::Slot { slot, .. } = &target else { return Ok(Some((target.into(), value))) };
        let function = self.history.recording.function(frame.code);
        let is_free = function.is_some_and(|function| *slot as usize + function.free >= function.slots.len());
        if !is_free {
            return Ok(Some((target.into(), value)));
        }
        // Whose a variable of a function around is takes a look at every chunk.
        if self.history.recording.chunks.len() > MOST_CHUNKS {
            return Ok(None);
        }
        let place = unless_cancelled(self.history.bound(target, frame, step))?;
        Ok(place.filter(|place| place.unknown.is_none()).map(|place| (place, value)))
    }

    /// From a value to the line that wrote it.
    fn written(&mut self, index: usize, read: &Read, write: &Write, weight: f64) -> Result<(), Error> {
        let value = write.value.clone().map(|value| (value, write.seen));
        if write.line.at == At::Call {
            return self.argument(index, read, &write.line, value, weight);
        }
        let is_named = self.stores(&write.line, &read.text);
        if !is_named && !read.text.contains(['.', '[']) {
            // A global is first seen where its module's code first runs.
            return Ok(());
        }
        if !is_named {
            self.add(Some(index), write.line, Focus::All, How::Appeared, read.text.clone(), value, weight * 0.7);
            return Ok(());
        }
        let copies = matches!(self.kind_at(&write.line), Kind::Passes | Kind::Calls);
        let factor = if copies { 0.98 } else { 0.92 };
        self.add(Some(index), write.line, Focus::All, How::Wrote, read.text.clone(), value, weight * factor);
        Ok(())
    }

    /// Whether the statement of a line stores into a place of this name itself.
    fn stores(&self, at: &Position, name: &str) -> bool {
        let Some(code) = self.source_of(at).and_then(|source| self.code(source)) else { return true };
        let is_name = !name.contains(['.', '[']);
        code.statements.on(at.line).iter().any(|stmt| match stmt {
            stmt if crate::answers::binds(stmt, name) => true,
            Stmt::Assign(_) | Stmt::AugAssign(_) | Stmt::AnnAssign(_) | Stmt::For(_) | Stmt::With(_) => true,
            Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::Try(_) | Stmt::Match(_) => true,
            Stmt::Delete(_) | Stmt::ClassDef(_) | Stmt::FunctionDef(_) => true,
            _ => is_name && self.function_name(at).ends_with('>') && self.function_name(at) != "<module>",
        })
    }

    fn kind_at(&self, at: &Position) -> Kind {
        let code = self.source_of(at).and_then(|source| self.code(source));
        code.and_then(|code| code.statements.at(at.line).map(|stmt| kind(stmt, Focus::All))).unwrap_or(Kind::Defines)
    }

    /// From a value to the lines that changed what is within it, the latest first.
    fn contents(&mut self, index: usize, read: &Read, object: u64, step: u64, weight: f64) -> Result<(), Error> {
        let target = Target::Item { object, key: Value::None };
        let (mut from, mut lines) = (step, FxHashSet::default());
        for n in 0..2 * MOST_CHANGES {
            let near = contents::near(self.history.recording, object, from, Direction::Backward);
            let Some(version) = unless_cancelled(near)?.flatten() else { break };
            let line = writes::running(self.history.recording, self.history.timeline, &target, version.seen);
            if let Some(line) = unless_cancelled(line)?.flatten()
                && line.step < self.nodes[index].at.step
                && lines.insert(line.line)
            {
                let value = Some((Value::Object(object), version.seen));
                let factor = 0.93 * 0.95f64.powi(n as i32);
                self.add(Some(index), line, Focus::All, How::Changed, read.text.clone(), value, weight * factor);
            }
            if lines.len() >= MOST_CHANGES || version.seen == 0 {
                break;
            }
            from = version.seen - 1;
        }
        Ok(())
    }

    /// The line that called a frame, by the position of its call.
    fn caller(&self, call: &Position) -> Result<Option<Position>, Error> {
        let Some(depth) = call.depth.checked_sub(1).filter(|depth| *depth > 0) else { return Ok(None) };
        let recording = self.history.recording;
        let below = |p: &Position| p.thread == call.thread && p.depth == depth;
        let found = self.history.timeline.find(
            recording,
            call.step,
            Direction::Backward,
            |chunk| chunk.may_reach(call.thread, depth),
            below,
        );
        let Some(below) = unless_cancelled(found)?.flatten().filter(|below| below.at != At::Return) else {
            return Ok(None);
        };
        let line = Frames::line_of(self.history, below.frame, call.thread, depth, call.step);
        Ok(unless_cancelled(line)?.flatten())
    }

    /// From a parameter to what was passed for it.
    fn argument(
        &mut self,
        index: usize,
        read: &Read,
        call: &Position,
        value: Option<(Value, u64)>,
        weight: f64,
    ) -> Result<(), Error> {
        let Some(function) = self.history.recording.function(call.code) else { return Ok(()) };
        let name = read.text.split(['.', '[', '(']).next().unwrap_or_default();
        let line = match self.caller(call)? {
            Some(line) => Some(line),
            None => self.made_by(name, call)?,
        };
        let Some(line) = line else { return Ok(()) };
        let Some(code) = self.source_of(&line).and_then(|source| self.code(source)) else { return Ok(()) };
        let slot = function.slots.iter().position(|slot| slot == name);
        let passed = code.statements.at(line.line).map(|stmt| super::calls::passed(&code, stmt, function, slot));
        let (focus, factor) = match passed {
            Some(super::calls::Passed::By(focus)) => (focus, 0.93),
            Some(super::calls::Passed::Default) => {
                if self.default(index, name, call, &value, weight)? {
                    return Ok(());
                }
                (Focus::All, 0.7)
            }
            Some(super::calls::Passed::Unknown) => (Focus::All, 0.7),
            None => (Focus::All, 0.5),
        };
        self.add(Some(index), line, focus, How::Passed, name.to_owned(), value, weight * factor);
        Ok(())
    }

    /// The line that made a coroutine or generator, by the trail of a parameter.
    fn made_by(&self, name: &str, call: &Position) -> Result<Option<Position>, Error> {
        let trail = unless_cancelled(self.history.trail(name, call.step, call.frame))?;
        Ok(trail.and_then(|trail| trail.hops.get(1).map(|hop| hop.at)).filter(|at| at.at == At::Line))
    }

    /// From a parameter that nothing was passed for to its default.
    fn default(
        &mut self,
        index: usize,
        name: &str,
        call: &Position,
        value: &Option<(Value, u64)>,
        weight: f64,
    ) -> Result<bool, Error> {
        let Some(function) = self.history.recording.function(call.code) else { return Ok(false) };
        let (source, line) = (function.source, function.line);
        let found = self.code(source).and_then(|code| super::calls::default(&code, line, name));
        let Some((focus, own_line)) = found else { return Ok(false) };
        let of_source = |p: &Position| self.source_of(p) == Some(source);
        let defined = self.history.timeline.find(
            self.history.recording,
            call.step,
            Direction::Backward,
            |chunk| chunk.has_line(source, line),
            |p| p.at == At::Line && p.line == line && of_source(p),
        );
        // It may have been defined before the recording began: the call took it.
        let defined = unless_cancelled(defined)?.flatten().unwrap_or(*call);
        let at = Position { line: own_line, ..defined };
        self.add(Some(index), at, focus, How::Defaulted, name.to_owned(), value.clone(), weight * 0.93);
        Ok(true)
    }

    /// The step at which a line's statement is done.
    fn until(&self, index: usize) -> u64 {
        if index == 0 { self.until } else { self.nodes[0].at.step.max(self.until) }
    }

    /// Where a statement began whose line ran several times in a row, as that of a comprehension does.
    fn begins(&self, at: &Position, is_same: impl Fn(u32) -> bool) -> Result<Position, Error> {
        let lines = self.frames.lines(self.history, at)?;
        let end = lines.partition_point(|line| line.step <= at.step);
        let own = lines[..end].iter().rev().take_while(|line| is_same(line.line));
        Ok(own.last().copied().unwrap_or(*at))
    }

    /// Exceptions that were handled without a trace, shortly before the failure: what was left out there may be missing.
    fn swallowed(&mut self) -> Result<(), Error> {
        use connie_recording::reader::Which;
        let mut step = self.until;
        let mut found: Vec<(Position, String)> = Vec::new();
        let mut of_line: FxHashMap<(u32, u32), u32> = FxHashMap::default();
        for _ in 0..MOST_EXCEPTIONS {
            let near = self.history.recording.exception_near(step, false, Which::Any);
            let Some(raised) = unless_cancelled(near)?.flatten() else { break };
            step = raised.step;
            if let Some(handler) = self.handler_of(&raised)? {
                let source = self.source_of(&handler).unwrap_or(u32::MAX);
                *of_line.entry((source, handler.line)).or_default() += 1;
                found.push((handler, raised.to_string()));
            }
        }
        let mut weight = 0.35;
        for (handler, text) in found {
            let source = self.source_of(&handler).unwrap_or(u32::MAX);
            // What happens often is no accident.
            if of_line.get(&(source, handler.line)).is_some_and(|count| *count <= MOST_OF_LINE)
                && self.add(Some(0), handler, Focus::All, How::Handled, text, None, weight).is_some()
            {
                weight *= 0.85;
            }
        }
        Ok(())
    }

    /// The handler that an exception came to, if it does nothing.
    fn handler_of(&self, raised: &connie_recording::reader::Raised) -> Result<Option<Position>, Error> {
        let recording = self.history.recording;
        let Some(at) = unless_cancelled(self.history.timeline.position(recording, raised.step))? else {
            return Ok(None);
        };
        let (mut step, mut handler) = (at.step, None::<Position>);
        // Several handlers are tried, one after the other.
        for _ in 0..8 {
            let line = |p: &Position| p.at == At::Line && p.thread == at.thread && p.depth <= at.depth;
            let next = self.history.timeline.find(recording, step, Direction::Forward, |_| true, line);
            let Some(next) = unless_cancelled(next)?.flatten() else { return Ok(None) };
            let Some(source) = self.source_of(&next) else { return Ok(None) };
            let Some(code) = self.code(source) else { return Ok(None) };
            let handlers = self.handlers(source, &code);
            match handlers.get(&next.line) {
                Some(_) => handler = Some(next),
                None => {
                    let is_silent = |handler: &Position| {
                        let body = handlers.get(&handler.line).copied().unwrap_or_default();
                        handler.frame == next.frame
                            && (body.0..=body.1).contains(&next.line)
                            && code.is_silent(handler.line)
                    };
                    return Ok(handler.filter(is_silent));
                }
            }
            step = next.step;
        }
        Ok(None)
    }

    /// Follows what a line called to what that returned.
    fn callees(
        &mut self,
        index: usize,
        code: &Code<'_>,
        stmt: &Stmt,
        reads: &Reads<'_>,
    ) -> Result<FxHashSet<String>, Error> {
        let mut names = FxHashSet::default();
        let node = self.nodes[index].clone();
        let (first, last) = super::calls::own_lines(code, stmt);
        let is_same = |line: u32| first <= line && line <= last && !matches!(stmt, Stmt::For(_) | Stmt::While(_));
        let begins = self.begins(&node.at, is_same)?;
        let calls = Frames::calls(self.history, &begins, self.until(index), is_same)?;
        let yields = calls.iter().filter(|callee| callee.end.at == At::Yield);
        let yielding: FxHashSet<u64> = yields.map(|callee| callee.end.frame).collect();
        let mut of_code: FxHashMap<u32, usize> = FxHashMap::default();
        let mut followed = 0;
        for callee in calls.iter().rev() {
            let count = of_code.entry(callee.end.code).or_default();
            *count += 1;
            if *count > 3 || followed >= MOST_CALLEES {
                continue;
            }
            let name = self.function_name(&callee.end);
            let mut match_ = super::calls::is_meant(name, reads);
            if index == 0 && matches!(name.rsplit('.').next(), Some("__repr__" | "__str__" | "__len__" | "__iter__" | "<genexpr>")) {
                // The message of an assertion has the texts of values.
                match_ = 0.1;
            }
            // A generator that ends gives nothing.
            if callee.end.at == At::Return && (name.ends_with("<genexpr>") || yielding.contains(&callee.end.frame)) {
                continue;
            }
            if node.focus != Focus::All && match_ < 0.9 {
                continue;
            }
            followed += 1;
            let line =
                Frames::line_of(self.history, callee.end.frame, callee.end.thread, callee.end.depth, callee.end.step);
            let Some(line) = unless_cancelled(line)?.flatten() else { continue };
            let Some(given) = self.given(&callee.end)? else { continue };
            let (line, focus, is_implicit) = self.return_line(&callee.end, line)?;
            let weight = node.weight * match_ * 0.97;
            self.attributes(index, reads, name, &given, callee.end.step, weight)?;
            names.extend(name.rsplit('.').next().filter(|_| match_ > 0.9).map(str::to_owned));
            let name = name.to_owned();
            let value = Some((given, callee.end.step));
            if let Some(added) = self.add(Some(index), line, focus, How::Returned, name, value, weight) {
                self.nodes[added].is_implicit |= is_implicit;
            }
        }
        Ok(names)
    }

    /// Follows the attributes that a line reads of what a call returned.
    fn attributes(
        &mut self,
        index: usize,
        reads: &Reads<'_>,
        function: &str,
        given: &Value,
        step: u64,
        weight: f64,
    ) -> Result<(), Error> {
        let Value::Object(object) = given else { return Ok(()) };
        for (called, attribute) in &reads.attributes {
            if function.rsplit('.').next() != Some(called) {
                continue;
            }
            let target = Target::Item { object: *object, key: connie_expression::text_value(attribute) };
            let recording = self.history.recording;
            let near = writes::near(recording, self.history.timeline, &target, step, Direction::Backward);
            if let Some(write) = unless_cancelled(near)?.flatten() {
                let read = Read { text: format!("{called}().{attribute}"), weight: 1.0, via: None };
                self.written(index, &read, &write, weight)?;
            }
        }
        Ok(())
    }

    /// What a frame returned or yielded.
    fn given(&self, end: &Position) -> Result<Option<Value>, Error> {
        use connie_recording::player::Event;
        let moment = unless_cancelled(Moment::at(self.history.recording, end.step))?;
        Ok(moment.and_then(|moment| match moment.step.event {
            Event::Return(value) | Event::Yield(value) => Some(value),
            _ => None,
        }))
    }

    /// The statement that returned, and whether the function ended without one.
    fn return_line(&self, end: &Position, line: Position) -> Result<(Position, Focus, bool), Error> {
        let Some(code) = self.source_of(&line).and_then(|source| self.code(source)) else {
            return Ok((line, Focus::All, false));
        };
        let is_return = |line: u32| matches!(code.statements.at(line), Some(Stmt::Return(_)));
        let name = self.function_name(end);
        if end.at == At::Yield || is_return(line.line) || name.ends_with('>') {
            return Ok((line, Focus::All, false));
        }
        // What a return leaves has its line run again: `with`, `finally`.
        let lines = self.frames.lines(self.history, &Position { step: end.step, ..line })?;
        let before = lines.iter().rev().take(4).find(|position| is_return(position.line));
        Ok(match before {
            Some(before) if !matches!(code.statements.at(line.line), Some(Stmt::If(_) | Stmt::For(_) | Stmt::While(_))) => {
                (*before, Focus::All, false)
            }
            _ => (line, Focus::Part(0, 0), true),
        })
    }

    /// Follows what decided that a line ran.
    fn control(&mut self, index: usize, code: &Code<'_>, reads: &[Read]) -> Result<(), Error> {
        let node = self.nodes[index].clone();
        let lines = self.frames.lines(self.history, &node.at)?;
        let before = lines.partition_point(|line| line.step < node.at.step);
        let last_at = |line: u32| lines[..before].iter().rev().find(|position| position.line == line).copied();
        let around = code.around(node.at.line);
        let mut is_decided = false;
        for one in &around {
            let (line, how, factor) = match one {
                Around::Condition(line) => (*line, How::Decided, 0.8),
                Around::Head(line) => (*line, How::Decided, 0.6),
                Around::Handler(line) => {
                    let handled = last_at(*line).map_or(node.at.step, |at| at.step);
                    if self.handled(index, handled, 0.92)? {
                        is_decided = true;
                        break;
                    }
                    continue;
                }
            };
            if line != node.at.line
                && let Some(at) = last_at(line)
            {
                self.add(Some(index), at, Focus::All, how, String::new(), None, node.weight * factor);
                is_decided = true;
                break;
            }
        }
        let is_handler = self.handlers(node.source, code).contains_key(&node.at.line);
        if is_handler {
            self.handled(index, node.at.step, 0.95)?;
        }
        if node.focus != Focus::Part(0, 0) || node.is_implicit {
            self.guards(index, code, &lines[..before], reads)?;
        }
        if !is_decided {
            self.called(index)?;
        }
        Ok(())
    }

    fn handlers(&self, source: u32, code: &Code<'_>) -> Rc<FxHashMap<u32, (u32, u32)>> {
        Rc::clone(self.handlers.borrow_mut().entry(source).or_insert_with(|| Rc::new(code.handlers())))
    }

    /// From a handler to where its exception was raised.
    fn handled(&mut self, index: usize, step: u64, factor: f64) -> Result<bool, Error> {
        let near = self.history.recording.exception_near(step, false, connie_recording::reader::Which::Any);
        let Some(raised) = unless_cancelled(near)?.flatten() else { return Ok(false) };
        self.raised(index, raised.step, factor)
    }

    fn raised(&mut self, index: usize, step: u64, factor: f64) -> Result<bool, Error> {
        let Some(raised) = unless_cancelled(self.history.recording.exception_at(step))?.flatten() else {
            return Ok(false);
        };
        let text = raised.to_string();
        let Some(start) = unless_cancelled(self.history.start_of(raised))?.flatten() else { return Ok(false) };
        let weight = self.nodes[index].weight * factor;
        Ok(self.add(Some(index), start.line, Focus::All, How::Raised, text, None, weight).is_some())
    }

    /// Conditions that did not hold, although a line or a value would have been another one if they had; and exceptions
    /// that were handled on the way.
    fn guards(&mut self, index: usize, code: &Code<'_>, lines: &[Position], reads: &[Read]) -> Result<(), Error> {
        let node = self.nodes[index].clone();
        let names: Vec<&str> = reads.iter().flat_map(|read| read.text.split(['[', '(', ' '])).collect();
        let stores = |store: &String| match store.strip_prefix('.') {
            Some(attribute) => names.iter().any(|name| name.rsplit('.').next() == Some(attribute) && name.contains('.')),
            None => names.iter().any(|name| name.split('.').next() == Some(store)),
        };
        let guards = code.guards(node.at.line);
        let handlers = self.handlers(node.source, code);
        let mut found = 0;
        let mut seen = FxHashSet::default();
        for (n, position) in lines.iter().enumerate().rev() {
            if found >= MOST_GUARDS {
                break;
            }
            if !seen.insert(position.line) {
                continue;
            }
            if let Some(body) = handlers.get(&position.line)
                && position.line != node.at.line
            {
                let next = lines.get(n + 1).map_or(node.at.line, |next| next.line);
                if !(body.0..=body.1).contains(&next) || (body.0..=body.1).contains(&node.at.line) {
                    continue;
                }
                found += 1;
                let weight = node.weight * 0.6;
                self.add(Some(index), *position, Focus::All, How::Handled, "an exception".to_owned(), None, weight);
                continue;
            }
            let Some(guard) = guards.iter().find(|guard| guard.line == position.line) else { continue };
            let is_within = (guard.body.0..=guard.body.1).contains(&node.at.line);
            let next = lines.get(n + 1).map_or(node.at.line, |next| next.line);
            let is_taken = (guard.body.0..=guard.body.1).contains(&next);
            let is_stored = guard.stores.iter().any(stores);
            if is_within || is_taken || !(guard.leaves || is_stored) {
                continue;
            }
            found += 1;
            let factor = if is_stored { 0.68 } else { 0.55 };
            let weight = node.weight * factor;
            self.add(Some(index), *position, Focus::on(guard.test), How::Skipped, String::new(), None, weight);
        }
        Ok(())
    }

    /// Whether the body of a condition ran next; nothing where that is not known.
    ///
    /// # Errors
    /// If the question is cancelled.
    pub fn went(&self, node: &Node) -> Result<Option<bool>, Error> {
        let Some(code) = self.code(node.source) else { return Ok(None) };
        let Some((test, body)) = code.branch(node.at.line) else { return Ok(None) };
        let (first, last) = code.lines(test);
        let next = |p: &Position| {
            let is_within = p.at == At::Line && (first..=last).contains(&p.line);
            p.frame == node.at.frame && matches!(p.at, At::Line | At::Return | At::Raise) && !is_within
        };
        let recording = self.history.recording;
        let chunks = |chunk: &ChunkInfo| chunk.may_reach(node.at.thread, node.at.depth);
        let next = self.history.timeline.find(recording, node.at.step, Direction::Forward, chunks, next);
        Ok(unless_cancelled(next)?.flatten().and_then(|next| match next.at {
            At::Line => Some((body.0..=body.1).contains(&next.line)),
            At::Return => Some(false),
            _ => None,
        }))
    }

    /// The line that called the function of a line.
    fn called(&mut self, index: usize) -> Result<(), Error> {
        let node = self.nodes[index].clone();
        let begins = |p: &Position| p.at == At::Call && p.frame == node.at.frame;
        let recording = self.history.recording;
        let birth = recording.birth_of(node.at.frame).unwrap_or(0);
        let found = self.history.timeline.find(
            recording,
            node.at.step,
            Direction::Backward,
            |chunk| recording.chunks.get(birth).is_some_and(|first| first.id <= chunk.id),
            begins,
        );
        let Some(call) = unless_cancelled(found)?.flatten() else { return Ok(()) };
        let Some(line) = self.caller(&call)? else { return Ok(()) };
        let name = self.function_name(&call).to_owned();
        self.add(Some(index), line, Focus::Part(0, 0), How::Called, name, None, node.weight * 0.62);
        Ok(())
    }
}

/// Whether a value is a class, function or module, as an object.
fn is_code_object(moment: &Moment<'_>, value: &Value) -> bool {
    let Value::Object(object) = value else { return false };
    let entity = moment.player.entity(*object);
    let ty = entity.and_then(|entity| moment.player.type_name(entity.ty?));
    ty.is_some_and(|ty| matches!(ty.kind, Kind_::Class | Kind_::Function | Kind_::Module))
}

/// Whether an object has attributes and no contents: each attribute that is read is followed by itself.
fn is_instance(moment: &Moment<'_>, object: u64) -> bool {
    let entity = moment.player.entity(object);
    let ty = entity.and_then(|entity| moment.player.type_name(entity.ty?));
    ty.is_some_and(|ty| ty.kind == Kind_::Instance)
}

/// What cannot be read is nothing; a question that is cancelled ends.
pub(super) fn unless_cancelled<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Err(Error::Interrupted) => Err(Error::Interrupted),
        Err(_) => Ok(None),
        Ok(found) => Ok(Some(found)),
    }
}
