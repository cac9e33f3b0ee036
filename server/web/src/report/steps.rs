//! The stack and the variables at each step, in chunks: the stacks before the first step, and what each step changed.
//!
//! A page computes from these what [`Steps`] computes here: a step belongs to the frame at its depth; a frame that is
//! not there yet is new, and deeper frames are gone. Where that is not so, the step has its whole stack. The variables of
//! a frame below the top are those of the step at which it called.

use connie_history::variables::Variables;
use connie_recording::chunk::StackFrame;
use connie_recording::player::{Event, Player, Step};
use connie_recording::render::Bounds;
use rustc_hash::FxHashMap;
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use super::texts::Texts;

/// Limits of the texts of variables.
const BOUNDS: Bounds = Bounds { string: 10_000, items: 200, depth: 4 };
/// The maximum number of values in the text of a variable.
const MAX_VALUES: usize = 400;

/// A frame: its number, its code, its line, and its variables as pairs of numbers of texts.
type Told = (u64, u32, u32, Vec<i64>);

/// A step.
struct Row {
    event: usize,
    thread: u32,
    depth: usize,
    frame: Option<StackFrame>,
    /// The number of the value that it returns, yields or raises.
    value: Option<usize>,
    /// Pairs of the numbers of a name and its value; -1 for a name that is gone.
    changes: Vec<i64>,
    stack: Option<Vec<Told>>,
}

impl Serialize for Row {
    /// As `[event, thread, depth, frame, code, line, value, changes, stack]`, without what is missing at the end.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_seq(None)?;
        row.serialize_element(&self.event)?;
        row.serialize_element(&self.thread)?;
        row.serialize_element(&self.depth)?;
        if let Some(frame) = self.frame {
            row.serialize_element(&frame.frame)?;
            row.serialize_element(&frame.code)?;
            row.serialize_element(&frame.line)?;
            let more = [self.value.is_some(), !self.changes.is_empty(), self.stack.is_some()];
            if more.contains(&true) {
                row.serialize_element(&self.value.map_or(-1, |value| value as i64))?;
            }
            if more[1..].contains(&true) {
                row.serialize_element(&self.changes)?;
            }
            if let Some(stack) = &self.stack {
                row.serialize_element(stack)?;
            }
        }
        row.end()
    }
}

/// The steps of a chunk.
#[derive(Serialize)]
pub struct Chunk {
    /// The first one. The others follow without gaps.
    pub first: u64,
    texts: Texts,
    /// By thread, the outermost frame first.
    stacks: Vec<(u32, Vec<Told>)>,
    rows: Vec<Row>,
}

impl Chunk {
    /// The last step; 0 if there is none.
    pub fn last(&self) -> u64 {
        (self.first + self.rows.len() as u64).saturating_sub(1)
    }

    /// The number of steps.
    pub fn len(&self) -> usize {
        self.rows.len()
    }
}

/// How a call ended: 0 returned, 1 yielded, 2 raised, 3 unknown; with the value.
type Ending = (u8, Option<String>);

/// A call whose end the lines of its first chunk do not tell, because it is in a later chunk or is that of a module or
/// class body: its first step, its last one, and how it ended.
pub type Call = (u64, u64, u8, Option<String>);

struct Frame {
    frame: u64,
    code: u32,
    line: u32,
    /// Whether it is that of a module or of a class.
    is_body: bool,
    values: Vec<(String, String)>,
    /// The step and the chunk in which this part of it began; 0 if that is not in the report.
    begun: (u64, usize),
    last: u64,
    ending: Ending,
}

impl Frame {
    fn new(frame: &StackFrame, begun: (u64, usize)) -> Self {
        let StackFrame { frame, code, line, namespace, .. } = *frame;
        let values = Vec::new();
        Self { frame, code, line, is_body: namespace != 0, values, begun, last: begun.0, ending: (3, None) }
    }

    /// Whether it leaves the stack after its last step.
    fn has_left(&self) -> bool {
        self.ending.0 < 2
    }
}

/// Takes the steps of a report one after the other.
pub struct Steps {
    stacks: FxHashMap<u32, Vec<Frame>>,
    variables: Variables,
    chunk: Chunk,
    /// The index of the chunk.
    index: usize,
    /// The code of each frame.
    pub codes: FxHashMap<u64, u32>,
    /// Calls whose end the lines of their first chunk do not tell.
    pub calls: Vec<Call>,
}

/// The variables that are shown. In a module, functions and classes are left out.
fn shown(variables: Vec<(String, String)>, is_module: bool) -> Vec<(String, String)> {
    let is_news = |text: &str| !is_module || !(text.starts_with("<function ") || text.starts_with("<class "));
    variables.into_iter().filter(|(_, text)| is_news(text)).collect()
}

/// The number of an event in the page's list.
fn number(event: &Event) -> usize {
    match event {
        Event::Call => 0,
        Event::Line => 1,
        Event::Return(_) => 2,
        Event::Raise(_) => 3,
        Event::Yield(_) => 4,
        Event::Resume => 5,
        Event::Output(_) => 6,
    }
}

impl Steps {
    /// Begins before a step, at which the player is not yet.
    pub fn new(player: &Player<'_>, first: u64) -> Self {
        let mut steps = Self {
            stacks: FxHashMap::default(),
            variables: Variables::new(BOUNDS).limited(MAX_VALUES),
            chunk: Chunk { first, texts: Texts::default(), stacks: Vec::new(), rows: Vec::new() },
            index: 0,
            codes: FxHashMap::default(),
            calls: Vec::new(),
        };
        for (thread, stack) in player.context().stacks.iter() {
            let known = stack.iter().map(|frame| steps.known(player, frame)).collect();
            steps.stacks.insert(thread, known);
        }
        steps.begin(first);
        steps
    }

    /// A frame whose beginning is not in the report.
    fn known(&mut self, player: &Player<'_>, frame: &StackFrame) -> Frame {
        self.codes.insert(frame.frame, frame.code);
        let values = shown(self.variables.all(player, frame), frame.namespace != 0);
        Frame { values, ..Frame::new(frame, (0, self.index)) }
    }

    /// The number of steps of the chunk that is being made, and the step that would be the next of it.
    pub fn size(&self) -> (usize, u64) {
        (self.chunk.len(), self.chunk.first + self.chunk.len() as u64)
    }

    fn begin(&mut self, first: u64) {
        let mut texts = Texts::default();
        let mut stacks: Vec<_> = self.stacks.iter().map(|(thread, stack)| (*thread, told(stack, &mut texts))).collect();
        stacks.retain(|(_, stack)| !stack.is_empty());
        stacks.sort_by_key(|(thread, _)| *thread);
        self.chunk = Chunk { first, texts, stacks, rows: Vec::new() };
    }

    /// Ends the chunk. The next one begins at a step.
    pub fn next_chunk(&mut self, first: u64) -> Chunk {
        for stack in self.stacks.values_mut() {
            // A frame that returned is gone, but its last step is in this chunk.
            while let Some(frame) = stack.pop_if(|frame| frame.has_left()) {
                self.variables.forget(frame.frame);
                Self::end(&frame, self.index, &mut self.calls);
            }
        }
        self.index += 1;
        let begun = Chunk { first, texts: Texts::default(), stacks: Vec::new(), rows: Vec::new() };
        let done = std::mem::replace(&mut self.chunk, begun);
        self.begin(first);
        done
    }

    /// Notes the end of a call, if no line of its first chunk tells it.
    fn end(frame: &Frame, index: usize, calls: &mut Vec<Call>) {
        let (begun, chunk) = frame.begun;
        if begun > 0 && (chunk < index || frame.is_body) {
            calls.push((begun, frame.last, frame.ending.0, frame.ending.1.clone()));
        }
    }

    /// Drops the frames of a thread from a depth on.
    fn leave(&mut self, thread: u32, depth: usize) {
        let stack = self.stacks.entry(thread).or_default();
        for frame in stack.drain(depth.min(stack.len())..) {
            self.variables.forget(frame.frame);
            Self::end(&frame, self.index, &mut self.calls);
        }
    }

    /// Takes a step.
    pub fn add(&mut self, player: &Player<'_>, step: &Step) {
        let (thread, depth, stack) = (step.thread, step.depth, player.stack());
        let event = number(&step.event);
        let Some(top) = step.frame else {
            self.leave(thread, 0);
            let (changes, stack) = (Vec::new(), None);
            self.chunk.rows.push(Row { event, thread, depth: 0, frame: None, value: None, changes, stack });
            return;
        };
        let is_known = self.stacks.get(&thread).and_then(|known| known.get(depth - 1)).is_some_and(|known| {
            // A generator that yielded, and goes on at once, is another part of the story.
            known.frame == top.frame && !(known.has_left() && matches!(step.event, Event::Resume))
        });
        self.leave(thread, if is_known { depth } else { depth - 1 });
        let begun = (step.number, self.index);
        if !is_known {
            self.codes.insert(top.frame, top.code);
            self.stacks.entry(thread).or_default().push(Frame::new(&top, begun));
        }
        let whole = if self.is_as(thread, stack) { None } else { Some(self.rebuild(player, thread, stack)) };
        let value = match &step.event {
            Event::Return(value) | Event::Yield(value) | Event::Raise(value) => {
                Some(self.variables.text(player, value))
            }
            _ => None,
        };
        let now = shown(self.variables.all(player, &top), top.namespace != 0);
        let Some(known) = self.stacks.get_mut(&thread).and_then(|stack| stack.last_mut()) else { return };
        (known.line, known.last) = (top.line, step.number);
        known.ending = match &step.event {
            Event::Return(_) => (0, value.clone()),
            Event::Yield(_) => (1, value.clone()),
            Event::Raise(_) => (2, value.clone()),
            _ => (3, None),
        };
        let changes = changes(&known.values, &now, &mut self.chunk.texts);
        known.values = now;
        let value = value.map(|value| self.chunk.texts.number(&value));
        self.chunk.rows.push(Row { event, thread, depth, frame: Some(top), value, changes, stack: whole });
    }

    /// Whether a page finds the stack as it is.
    fn is_as(&self, thread: u32, stack: &[StackFrame]) -> bool {
        let Some(known) = self.stacks.get(&thread) else { return false };
        let is_same = |(known, frame): (&Frame, &StackFrame)| known.frame == frame.frame && known.line == frame.line;
        let below = |length: usize| length.saturating_sub(2)..length.saturating_sub(1);
        known.len() == stack.len() && known[below(known.len())].iter().zip(&stack[below(stack.len())]).all(is_same)
    }

    /// Takes over a stack as it is.
    fn rebuild(&mut self, player: &Player<'_>, thread: u32, stack: &[StackFrame]) -> Vec<Told> {
        let before = self.stacks.remove(&thread).unwrap_or_default();
        let mut before: FxHashMap<u64, Frame> = before.into_iter().map(|frame| (frame.frame, frame)).collect();
        let mut made = Vec::with_capacity(stack.len());
        for frame in stack {
            let known = before.remove(&frame.frame).unwrap_or_else(|| self.known(player, frame));
            made.push(Frame { line: frame.line, ..known });
        }
        let whole = told(&made, &mut self.chunk.texts);
        self.stacks.insert(thread, made);
        whole
    }

    /// Ends the last chunk, and the calls that go on.
    pub fn finish(mut self) -> (Chunk, Vec<Call>) {
        let threads: Vec<u32> = self.stacks.keys().copied().collect();
        threads.into_iter().for_each(|thread| self.leave(thread, 0));
        self.calls.sort_by_key(|(step, ..)| *step);
        (self.chunk, self.calls)
    }
}

fn told(stack: &[Frame], texts: &mut Texts) -> Vec<Told> {
    stack.iter().map(|frame| (frame.frame, frame.code, frame.line, texts.pairs(&frame.values))).collect()
}

/// What makes the values before the values now.
fn changes(before: &[(String, String)], now: &[(String, String)], texts: &mut Texts) -> Vec<i64> {
    let mut found = Vec::new();
    // Nearly always the names are the same, in the same order.
    let is_aligned = before.len() <= now.len() && before.iter().zip(now).all(|((a, _), (b, _))| a == b);
    for (n, (name, text)) in now.iter().enumerate() {
        let known = match is_aligned {
            true => before.get(n),
            false => before.iter().find(|(known, _)| known == name),
        };
        if known.is_none_or(|(_, known)| known != text) {
            found.extend([texts.number(name) as i64, texts.number(text) as i64]);
        }
    }
    if !is_aligned {
        for (name, _) in before.iter().filter(|(name, _)| !now.iter().any(|(other, _)| other == name)) {
            found.extend([texts.number(name) as i64, -1]);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::texts::read;
    use super::*;

    type Values = Vec<(String, String)>;

    /// Some variables: each name once.
    fn values() -> impl Strategy<Value = Values> {
        prop::collection::btree_map("[a-e]", "[0-3]", 0..5)
            .prop_map(|values| values.into_iter().collect::<Values>())
            .prop_shuffle()
    }

    proptest! {
        #[test]
        fn changes_lead_from_the_values_before_to_those_now(before in values(), now in values()) {
            let mut texts = Texts::default();
            let made = changes(&before, &now, &mut texts);
            let all = read(&texts);
            let text = |n: i64| all[n as usize].clone();
            let mut page: std::collections::BTreeMap<String, String> = before.into_iter().collect();
            for pair in made.chunks(2) {
                match pair[1] {
                    ..0 => page.remove(&text(pair[0])),
                    value => page.insert(text(pair[0]), text(value)),
                };
            }
            prop_assert_eq!(page, now.into_iter().collect());
        }
    }

    #[test]
    fn rows_have_nothing_missing_at_their_end() {
        let frame = StackFrame { frame: 7, code: 2, namespace: 0, line: 5, task: 0, awaits: 0, sure: 0 };
        let row = |value, changes, stack| {
            let row = Row { event: 1, thread: 1, depth: 3, frame: Some(frame), value, changes, stack };
            serde_json::to_string(&row).unwrap()
        };
        assert_eq!(row(None, vec![], None), "[1,1,3,7,2,5]");
        assert_eq!(row(Some(4), vec![], None), "[1,1,3,7,2,5,4]");
        assert_eq!(row(None, vec![0, -1], None), "[1,1,3,7,2,5,-1,[0,-1]]");
        assert_eq!(row(None, vec![], Some(vec![(7, 2, 5, vec![])])), "[1,1,3,7,2,5,-1,[],[[7,2,5,[]]]]");
    }
}
