//! Computes the dynamic slice of a failure: the executions of lines on which it depends, the most relevant first.

mod arguments;
mod asserted;
mod callees;
mod control;
mod effects;
mod exceptions;
mod kept_out;
mod loops;
mod lost;
mod streams;
mod values;

use std::cell::RefCell;
use std::collections::BinaryHeap;
use std::rc::Rc;
use std::time::Duration;

use connie_recording::error::Error;
use connie_wire::Value;
use ruff_python_ast::Stmt;
use rustc_hash::{FxHashMap, FxHashSet};
use schemars::JsonSchema;
use serde::Serialize;

use super::budget::Budget;
use super::code::{Code, Handling};
use super::failure::Start;
use super::frames::Frames;
use super::kinds::{LineKind, kind};
use super::pieces::Pieces;
use super::reads::{Focus, Reads};
use crate::History;
use crate::timeline::Position;
pub(super) use loops::Misuse;
pub(super) use values::scalar;

/// How a line leads to another one, from the view of the earlier line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum How {
    /// It failed.
    Failed,
    /// It wrote the value.
    Wrote,
    /// The value existed after the line: a call made it, or it was seen for the first time.
    Appeared,
    /// It made the value, with its contents.
    Made,
    /// It changed the contents of the value.
    Changed,
    /// It passed the value as an argument.
    Passed,
    /// It made the value as a default of a parameter.
    Defaulted,
    /// It set the value before the recording began, according to the source text. Its step is the one of the read.
    Set,
    /// It returned the value.
    Returned,
    /// It yielded the value.
    Yielded,
    /// Its condition decided that the line ran.
    Decided,
    /// Its condition did not hold; otherwise the line would not have run, or the value would have been different.
    Skipped,
    /// It called the function.
    Called,
    /// It called a function, or stored something, earlier in the failing code.
    Before,
    /// It did something in a call that was made for its effects.
    Did,
    /// It had the last value with a piece that is missing afterwards.
    Lost,
    /// Its condition kept out what one side of the assertion lacks.
    KeptOut,
    /// It raised the exception that was handled there.
    Raised,
    /// It handled an exception.
    Handled,
    /// It ran, and did not raise the expected exception.
    Ran,
}

/// A line that ran, with its relation to the failure.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// The position where the line began.
    pub at: Position,
    /// Its source.
    pub source: u32,
    /// The part of the line that is followed.
    pub focus: Focus,
    /// The node that it led to.
    pub parent: Option<usize>,
    /// How it led there.
    pub how: How,
    /// The name of what was written, passed or called.
    pub name: String,
    /// The value, and the step at which it was seen.
    pub value: Option<(Value, u64)>,
    /// The relevance of the node alone.
    pub weight: f64,
    /// The number of hops from the failure.
    pub hops: u32,
    /// The kind of its statement.
    pub kind: LineKind,
    /// Whether a function ended there without `return`.
    pub is_implicit: bool,
    /// Whether its dependencies were searched.
    pub is_expanded: bool,
}

/// The steps at which the values that a line read were written by the same frame, by the text of the read.
pub(super) type Writes = FxHashMap<String, u64>;

/// The connection from one line to another.
pub(super) struct Edge {
    how: How,
    name: String,
    value: Option<(Value, u64)>,
    weight: f64,
    /// Whether the line only passes on the value of the other one.
    is_same: bool,
}

impl Edge {
    fn new(how: How, weight: f64) -> Self {
        Self { how, name: String::new(), value: None, weight, is_same: false }
    }

    fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    fn with(self, value: Option<(Value, u64)>) -> Self {
        Self { value, ..self }
    }
}

/// The limits on the number of lines, on executions of one line, and on the total time.
const MAX_NODES: usize = 400;
const MAX_OF_LINE: u32 = 4;
/// The limit on executions of a line that each wrote another place, as a loop over names does.
const MAX_PLACES: u32 = 16;
const PATIENCE: Duration = Duration::from_secs(1);
/// The least factor for a value with a wrong piece that led to another one with it.
const ON_WAY: f64 = 0.97;
/// The factor for the arguments of a call that is followed itself.
const PASSED_ON: f64 = 0.3;
/// The maximum number of values of a line that are followed.
const MAX_READS: usize = 12;
/// The maximum number of changes of a value's contents that are followed.
const MAX_CHANGES: usize = 6;
/// The maximum number of calls of a line that are followed.
const MAX_CALLEES: usize = 8;
/// The maximum number of chunks of a recording in which variables of enclosing functions are searched.
const MAX_CHUNKS: usize = 24;
/// The maximum number of exceptions before the failure that are examined.
const MAX_EXCEPTIONS: usize = 40;
/// The maximum number of conditions of one line that did not hold.
const MAX_GUARDS: usize = 5;

/// Computes a slice.
pub(super) struct Slicer<'h, 'r> {
    history: &'h History<'r>,
    sources: RefCell<FxHashMap<u32, Option<Rc<Code<'r>>>>>,
    handlers: RefCell<FxHashMap<u32, Rc<Handling>>>,
    frames: Frames,
    /// The lines.
    pub nodes: Vec<Node>,
    queue: BinaryHeap<(u64, usize)>,
    known: FxHashMap<(u64, u64, Focus), usize>,
    of_line: FxHashMap<(u32, u32), FxHashMap<String, u32>>,
    /// All connections: from the later line to the one on which it depends.
    pub links: Vec<(usize, usize)>,
    /// What is wrong in the value that a test got.
    pub pieces: Pieces,
    /// What only one side of the failed assertion has.
    absent: Vec<Value>,
    /// Lines that store something, and whose conditions were looked at.
    examined: FxHashSet<(u32, u32)>,
    searches: u32,
    budget: Budget<'r>,
    /// Whether there may be more lines.
    pub is_cut: bool,
    message: String,
    expects_exception: bool,
    until: u64,
}

impl<'h, 'r> Slicer<'h, 'r> {
    /// Computes the slice of a failure.
    ///
    /// # Errors
    /// If the question is cancelled. Data that cannot be read is left out.
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
            links: Vec::new(),
            pieces: Pieces::default(),
            absent: Vec::new(),
            examined: FxHashSet::default(),
            searches: 0,
            budget: Budget::of(history.recording, PATIENCE),
            is_cut: false,
            expects_exception: start
                .raised
                .as_ref()
                .is_some_and(|raised| raised.text.contains("DID NOT RAISE") || raised.text.ends_with("not raised")),
            message: start.raised.as_ref().map_or_else(String::new, |raised| format!("{}: {}", raised.ty, raised.text)),
            until: start.until,
        };
        slicer.add(None, start.line, Focus::All, Edge::new(How::Failed, 1.0));
        let code = slicer.source_of(&start.line).and_then(|source| slicer.code(source));
        if let Some(raised) = &start.raised {
            let stmt = code.as_ref().and_then(|code| code.statements.at(start.line.line));
            slicer.pieces = Pieces::of(&raised.text, stmt);
            slicer.pieces.without(code.as_ref().map_or("", |code| code.before(start.line.line)));
        }
        let chained = start.raised.as_ref().and_then(|raised| raised.chain.as_ref()?.step);
        if let Some(step) = chained {
            slicer.raised(0, step, 0.95)?;
        }
        slicer.within(start)?;
        slicer.swallowed()?;
        while let Some((_, next)) = slicer.queue.pop() {
            if slicer.nodes.len() >= MAX_NODES || slicer.budget.is_spent() {
                slicer.is_cut = true;
                break;
            }
            if !std::mem::replace(&mut slicer.nodes[next].is_expanded, true) {
                slicer.expand(next)?;
            }
        }
        Ok(slicer)
    }

    /// If a `with` statement fails on exit, as `pytest.raises` does: the last line that ran within it.
    fn within(&mut self, start: &Start) -> Result<(), Error> {
        let code = self.source_of(&start.line).and_then(|source| self.code(source));
        let Some(code) = code else { return Ok(()) };
        let Some(Stmt::With(with)) = code.statements.at(start.line.line) else { return Ok(()) };
        let (first, last) = code.body(&with.body);
        let lines = self.frames.lines(self.history, &start.line)?;
        let before = lines.iter().rev().find(|line| line.step < start.line.step);
        if let Some(before) = before.filter(|before| (first..=last).contains(&before.line)) {
            self.add(Some(0), *before, Focus::All, Edge::new(How::Ran, 0.97));
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

    /// Adds a line on which another one depends. Returns its index, or `None` if the slice is full.
    fn add(&mut self, parent: Option<usize>, at: Position, focus: Focus, edge: Edge) -> Option<usize> {
        let Edge { how, name, value, weight, is_same } = edge;
        let source = self.source_of(&at)?;
        // What has a wrong piece, as the value before it, is on the way to where the piece was made.
        let has_piece = |value: &Option<(Value, u64)>| {
            value.as_ref().is_some_and(|(value, _)| self.pieces.within(value).is_some_and(|share| share > 0.5))
        };
        let is_on_way = !self.pieces.is_empty()
            && has_piece(&value)
            && parent.is_some_and(|parent| has_piece(&self.nodes[parent].value));
        let weight = if is_on_way { weight.max(self.nodes[parent.unwrap_or(0)].weight * ON_WAY) } else { weight };
        let hops = parent.map_or(0, |parent| self.nodes[parent].hops + u32::from(!is_same));
        if let Some(known) = self.known.get(&(at.step, at.frame, focus)) {
            let (index, node) = (*known, &mut self.nodes[*known]);
            if !node.is_expanded && weight > node.weight {
                (node.parent, node.how, node.name) = (parent, how, name);
                (node.value, node.weight) = (value.or(node.value.take()), weight);
                self.queue.push(((weight * 1e9) as u64, index));
            }
            node.hops = node.hops.min(hops);
            self.links.extend(parent.map(|parent| (parent, index)));
            return Some(index);
        }
        if weight < 0.002 || !self.takes(source, at.line, how, &name) {
            return None;
        }
        let kind = match self.code(source) {
            Some(code) => code.statements.at(at.line).map(|stmt| match kind(stmt, focus) {
                LineKind::Passes if code.bindings(at.line, &name) > 1 => LineKind::Selects,
                kind => kind,
            }),
            None => None,
        };
        let kind = kind.unwrap_or(LineKind::Defines);
        let index = self.nodes.len();
        self.nodes.push(Node {
            at,
            source,
            focus,
            parent,
            how,
            name,
            value,
            weight,
            hops,
            kind,
            is_implicit: false,
            is_expanded: false,
        });
        self.links.extend(parent.map(|parent| (parent, index)));
        self.known.insert((at.step, at.frame, focus), index);
        self.queue.push(((weight * 1e9) as u64, index));
        Some(index)
    }

    /// Whether one more execution of a line is followed. Executions that wrote different attributes or items are counted
    /// apart: each is of interest only to those who read that place.
    fn takes(&mut self, source: u32, line: u32, how: How, name: &str) -> bool {
        let place = if how == How::Wrote && name.contains(['.', '[']) { name } else { "" };
        let counts = self.of_line.entry((source, line)).or_default();
        let all: u32 = counts.values().sum();
        let count = counts.entry(place.to_owned()).or_default();
        let takes = *count < MAX_OF_LINE && all < MAX_PLACES;
        *count += u32::from(takes);
        takes
    }

    fn expand(&mut self, index: usize) -> Result<(), Error> {
        let node = self.nodes[index].clone();
        if node.how == How::Set {
            return Ok(());
        }
        let Some(code) = self.code(node.source) else { return Ok(()) };
        let Some(stmt) = code.statements.at(node.at.line) else {
            return self.control(index, &code, (&[], &Writes::default()));
        };
        let within_lambda = self.function_name(&node.at).ends_with("<lambda>");
        let reads = Reads::of(&code, stmt, node.at.line, node.focus, within_lambda);
        let mut followed = FxHashSet::default();
        if node.how != How::Called {
            followed = self.callees(index, &code, stmt, &reads)?;
        }
        let writes = self.values(index, &reads, &followed)?;
        if index == 0 {
            self.asserted(&code, stmt)?;
            self.note_absent(&code, stmt, &node.at)?;
            self.lost()?;
        }
        if !self.pieces.is_empty() {
            self.streamed(index)?;
        }
        if index == 0 {
            self.earlier(&code, &node.at, &reads)?;
        }
        self.did(index, &code)?;
        self.kept_out(index, &code, stmt)?;
        self.control(index, &code, (&reads.reads, &writes))
    }

    fn function_name(&self, at: &Position) -> &'r str {
        self.history.recording.function(at.code).map_or("?", |function| function.name.as_str())
    }

    fn kind_at(&self, at: &Position) -> LineKind {
        let code = self.source_of(at).and_then(|source| self.code(source));
        code.and_then(|code| code.statements.at(at.line).map(|stmt| kind(stmt, Focus::All)))
            .unwrap_or(LineKind::Defines)
    }
}

/// Turns data that cannot be read into `None`; passes on only a cancellation.
pub(super) fn unless_cancelled<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Err(Error::Interrupted) => Err(Error::Interrupted),
        Err(_) => Ok(None),
        Ok(found) => Ok(Some(found)),
    }
}
