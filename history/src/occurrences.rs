//! Finds everywhere an object was seen: the variables, containers, calls and returns that it went through.

mod holding;

use connie_expression::{Expression, text_value};
use connie_wire::{Contents, Kind, Op, Value};
use rustc_hash::FxHashMap;

use connie_recording::chunk::{Context, Entry, StackFrame};
use connie_recording::error::Error;
use connie_recording::hidden::is_hidden;
use connie_recording::reader::Recording;

use holding::Holding;

/// One place where an object was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The step at which it was seen.
    pub step: u64,
    /// Source of the line that ran; `None` outside recorded code.
    pub source: Option<u32>,
    /// The line that ran.
    pub line: u32,
    /// The function of that line.
    pub function: String,
    /// The holder: "variable x", "attribute x of Shop", "returned".
    pub what: String,
}

/// A page of occurrences, with the step at which to continue.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// In order of time.
    pub found: Vec<Occurrence>,
    /// The step after which there may be more; `None` at the end.
    pub next: Option<u64>,
}

/// Where an object was seen after a step, at most `most` occurrences.
///
/// # Errors
/// If the tables cannot be read; damaged chunks are skipped.
pub fn of(
    recording: &Recording,
    object: u64,
    after: u64,
    most: usize,
    interrupted: &dyn Fn() -> bool,
) -> Result<Page, Error> {
    let birth = recording.birth_of(object).unwrap_or(0);
    let is_it = |value: &Value| matches!(value, Value::Object(id) if *id == object);
    search(recording, (birth, &Value::Object(object)), &is_it, after, most, interrupted)
}

/// Where a scalar was seen after a step, at most `most` occurrences; tuples of scalars are searched too. Truncated
/// strings do not count.
///
/// # Errors
/// As for [`of`].
pub fn of_scalar(
    recording: &Recording,
    wanted: &Value,
    after: u64,
    most: usize,
    interrupted: &dyn Fn() -> bool,
) -> Result<Page, Error> {
    fn is_it(value: &Value, wanted: &Value) -> bool {
        value == wanted || matches!(value, Value::Tuple(items) if items.iter().any(|item| is_it(item, wanted)))
    }
    search(recording, (0, wanted), &|value| is_it(value, wanted), after, most, interrupted)
}

/// The scalar that a text denotes: a Python literal, otherwise the text as a string.
#[must_use]
pub fn scalar(text: &str) -> Value {
    struct Nothing;
    impl connie_expression::Scope for Nothing {
        fn world(&self) -> &dyn connie_recording::render::World {
            &EMPTY
        }
        fn name(&self, _: &str) -> Option<Value> {
            None
        }
    }
    struct Empty;
    static EMPTY: Empty = Empty;
    impl connie_recording::render::World for Empty {
        fn entity(&self, _: u64) -> Option<std::rc::Rc<connie_recording::chunk::Entity>> {
            None
        }
        fn string(&self, _: u32) -> &'static str {
            ""
        }
        fn type_name(&self, _: u32) -> Option<&connie_recording::render::TypeName> {
            None
        }
        fn minor(&self) -> u32 {
            14
        }
    }
    let parsed = Expression::parse(text).ok().and_then(|parsed| parsed.eval(&Nothing).ok());
    match parsed {
        Some(connie_expression::Got::Value(value)) if !matches!(value, Value::Object(_) | Value::Function(_)) => value,
        _ => text_value(text),
    }
}

/// Where a value was seen, from a chunk on.
fn search(
    recording: &Recording,
    (birth, wanted): (usize, &Value),
    is_it: &dyn Fn(&Value) -> bool,
    after: u64,
    most: usize,
    interrupted: &dyn Fn() -> bool,
) -> Result<Page, Error> {
    let mut page = Page::default();
    let mut holding = Holding::new(recording, wanted);
    for (index, info) in recording.chunks.iter().enumerate() {
        if index < birth || info.first_step + info.steps <= after {
            continue;
        }
        if interrupted() {
            return Err(Error::Interrupted);
        }
        let Some(chunk) = holding.chunk(index, interrupted) else { continue };
        let mut walk = chunk.walk(info.first_step);
        let mut known = Known { recording, chunk: index, types: FxHashMap::default(), items: FxHashMap::default() };
        while let Some(entry) = walk.next_entry() {
            let op = match entry {
                Entry::Snapshot(entity, id) => {
                    known.types.insert(*id, entity.ty);
                    known.items.insert(*id, &entity.items);
                    continue;
                }
                Entry::Op(op) => op,
            };
            if let Op::New { object, ty, items, .. } = op {
                known.types.insert(*object, Some(*ty));
                known.items.insert(*object, items);
            }
            let (context, seen) = (walk.context(), walk.step());
            if seen > after {
                for what in held(recording, op, is_it, context, &known) {
                    // A page ends between two steps: the next one begins after the last step of this one.
                    if page.found.len() >= most && page.found.last().is_none_or(|last| last.step < seen) {
                        page.next = page.found.last().map(|last| last.step);
                        return Ok(page);
                    }
                    page.found.push(at(recording, context, seen, what));
                }
            }
        }
    }
    holding.finish();
    Ok(page)
}

/// The known containers of a chunk.
struct Known<'a> {
    recording: &'a Recording,
    chunk: usize,
    types: FxHashMap<u64, Option<u32>>,
    /// Their items at the beginning of the chunk.
    items: FxHashMap<u64, &'a [Value]>,
}

impl Known<'_> {
    fn ty(&self, id: u64) -> Option<u32> {
        let before = || self.recording.entity_before(id, self.chunk).ok().flatten().and_then(|entity| entity.ty);
        self.types.get(&id).copied().unwrap_or_else(before)
    }

    fn item(&self, id: u64, n: usize) -> Option<Value> {
        let before = || self.recording.entity_before(id, self.chunk).ok().flatten()?.items.get(n).cloned();
        self.items.get(&id).map_or_else(before, |items| items.get(n).cloned())
    }
}

fn at(recording: &Recording, context: &Context, step: u64, what: String) -> Occurrence {
    let top = context.top();
    let function = top.and_then(|top| recording.function(top.code));
    Occurrence {
        step,
        source: function.map(|function| function.source),
        line: top.map_or(0, |top| top.line),
        function: function.map_or_else(String::new, |function| function.name.clone()),
        what,
    }
}

/// Where an op puts one of the searched values.
fn held(
    recording: &Recording,
    op: &Op,
    is_it: &dyn Fn(&Value) -> bool,
    context: &Context,
    known: &Known,
) -> Vec<String> {
    let slot = |code: u32, n: usize| -> Option<&str> {
        let name = recording.function(code).and_then(|f| f.slots.get(n)).map_or("?", String::as_str);
        (!is_hidden(name)).then_some(name)
    };
    let type_name = |id: u64| known.ty(id).and_then(|ty| recording.type_name(ty));
    let in_items = |id: u64, items: &[Value], start: usize| -> Vec<String> {
        let ty = type_name(id);
        let name = ty.map_or("?", |ty| ty.name.as_str());
        let kind = ty.map(|ty| ty.kind);
        let contents = kind.map(|kind| kind.shape().contents);
        let each = items.iter().enumerate().filter(|(_, value)| is_it(value)).map(|(n, _)| n);
        each.map(|n| match (contents, n.checked_sub(1).map(|n| &items[n])) {
            // Items of a deque are renumbered when it changes at either end.
            (Some(Contents::Members), _) => format!("item of a {name}"),
            (Some(Contents::Positions), _) if kind == Some(Kind::Deque) => format!("item of a {name}"),
            (Some(Contents::Positions), _) => format!("item {} of a {name}", start + n),
            (_, Some(Value::Str(key))) if kind == Some(Kind::Instance) => {
                format!("attribute {} of a {name}", String::from_utf8_lossy(&key.bytes))
            }
            (_, Some(Value::Str(key))) => format!("key {:?} of a {name}", String::from_utf8_lossy(&key.bytes)),
            _ => format!("inside a {name}"),
        })
        .collect()
    };
    match op {
        Op::Call { code, slots, .. } => {
            let given = slots.iter().filter(|(_, value)| is_it(value));
            let called = recording.function(*code).map_or("?", |f| f.name.as_str());
            let names = given.filter_map(|(n, _)| slot(*code, *n as usize));
            names.map(|name| format!("argument {name} of {called}")).collect()
        }
        Op::Slot { slot: n, value } if is_it(value) => {
            let name = context.top().and_then(|top| slot(top.code, *n as usize));
            name.map(|name| format!("variable {name}")).into_iter().collect()
        }
        Op::SlotOf { frame, slot: n, value } if is_it(value) => {
            let other = context.stacks.frames().chain(context.suspended.values()).find(|other| other.frame == *frame);
            let name = |code| recording.function(code).map_or("?", |f| f.name.as_str());
            let named = |other: &StackFrame| {
                slot(other.code, *n as usize).map(|known| format!("variable {known} of {}", name(other.code)))
            };
            other.and_then(named).into_iter().collect()
        }
        Op::New { object: id, items, .. } => in_items(*id, items, 0),
        Op::Set { object: id, index, value } if is_it(value) => {
            // A value follows its key; the type tells the kind of the container.
            let key = index.checked_sub(1).and_then(|n| known.item(*id, n as usize));
            let pair: Vec<Value> = key.into_iter().chain([value.clone()]).collect();
            let start = *index as usize + 1 - pair.len();
            in_items(*id, &pair, start)
        }
        Op::Splice { object: id, start, items, .. } => in_items(*id, items, *start as usize),
        Op::Return { value, .. } if is_it(value) => vec!["returned".into()],
        Op::Yield { value, .. } if is_it(value) => vec!["yielded".into()],
        Op::Raise { value, .. } if is_it(value) => vec!["raised".into()],
        _ => Vec::new(),
    }
}
