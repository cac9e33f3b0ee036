//! Exceptions: their propagation, their texts, and their causes and contexts.

use std::rc::Rc;

use connie_wire::level::Level;
use connie_wire::op::Text;
use connie_wire::{Blob, Value};
use rusqlite::params;

use super::events::is_outermost;
use super::state::Recorder;
use super::types::{OnItsWay, TextParts};
use crate::chunk::Entity;
use crate::error::Error;
use crate::render::{Bounds, CUT, Renderer, TypeName, World};
use crate::rows::Link;

/// The largest number of exceptions that are remembered.
const KNOWN: usize = 1 << 16;
/// The deepest nesting of exceptions in the text of another.
const NESTED: u32 = 4;
/// The largest number of chain links that are stored with one exception.
const CHAIN: u32 = 20;

impl Recorder {
    /// Notes what the text of an exception is made of.
    pub(super) fn text(
        &mut self,
        exception: u64,
        how: Text,
        mut fields: Vec<Value>,
        mut notes: Vec<Value>,
    ) -> Result<(), Error> {
        for value in fields.iter_mut().chain(&mut notes) {
            self.redact_free(value)?;
        }
        if self.texts.len() >= KNOWN {
            self.texts.clear();
        }
        self.texts.insert(exception, TextParts { how, fields, notes });
        Ok(())
    }

    /// Notes the cause or context of an exception.
    pub(super) fn comes_from(&mut self, exception: u64, how: &'static str, other: u64) {
        if self.chains.len() >= KNOWN {
            self.chains.clear();
        }
        self.chains.insert(exception, (how, other));
    }

    /// Forgets an object that is not known any more.
    #[inline]
    pub(super) fn forget_exception(&mut self, object: u64) {
        if self.raised_at.is_empty() && self.texts.is_empty() && self.chains.is_empty() {
            return;
        }
        self.raised_at.remove(&object);
        self.texts.remove(&object);
        self.chains.remove(&object);
    }

    /// Handles an exception that appears in the current frame.
    pub(super) fn raise(&mut self, line: u32, value: &Value) -> Result<(), Error> {
        let place = (self.context.top().map_or(u32::MAX, |frame| frame.code), line);
        // Such frames begin with the exception, one after the other at the same depth.
        let begins_here = self.codes.get(place.0 as usize).is_some_and(|code| code.level == Level::Exceptions);
        let stack = self.context.stack();
        let depth = stack.len();
        let is_outermost = is_outermost(stack);
        let frame = stack.last().map_or(u64::MAX, |frame| frame.frame);
        let number = self.context.thread;
        let Some(thread) = self.threads.get_mut(number) else { return Ok(()) };
        // A line of a frame that the exception has not passed raises it: so it was caught before. The same holds for a
        // frame that it has passed, if the line does not handle it.
        let on_line = std::mem::take(&mut thread.on_line);
        let passed = thread.raised.as_ref().map(|same| same.value == *value && same.frames.contains(&frame));
        let is_again = on_line && (passed != Some(true) || self.raises_anew(place)?);
        let Some(thread) = self.threads.get_mut(number) else { return Ok(()) };
        match &mut thread.raised {
            Some(same) if same.value == *value && !is_again => {
                let is_new = begins_here && !same.frames.contains(&frame);
                if same.frames.last() != Some(&frame) && same.frames.len() < KNOWN {
                    same.frames.push(frame);
                }
                // If the frame that caught the exception raises it again, its place does not change.
                if depth < thread.raised_at || is_new {
                    thread.raised_at = depth;
                    same.places.push(place);
                }
                // The exception may now leave the program: Python prints the text that it has here.
                if is_outermost {
                    let text = self.describe(value).1;
                    if let Some(same) = self.threads.get_mut(number).and_then(|thread| thread.raised.as_mut()) {
                        same.last_text = Some(text).filter(|text| *text != same.text);
                    }
                }
            }
            _ => {
                thread.raised_at = depth;
                let before = thread.raised.take();
                self.exception(number, before, false)?;
                let chain = self.chain_of(value);
                let new = self.on_its_way(value, place, chain);
                if let Some(thread) = self.threads.get_mut(number) {
                    thread.raised = Some(new);
                }
            }
        }
        Ok(())
    }

    /// An exception that was raised just now, with its current text.
    pub(super) fn on_its_way(&self, value: &Value, place: (u32, u32), chain: Option<String>) -> OnItsWay {
        let (ty, text) = self.describe(value);
        let (value, step) = (value.clone(), self.steps);
        let frames = self.context.top().map(|frame| frame.frame).into_iter().collect();
        OnItsWay { value, step, ty, text, last_text: None, places: vec![place], frames, chain, left: false }
    }

    /// Stores an exception that no longer propagates.
    pub(super) fn exception(&mut self, thread: u32, raised: Option<OnItsWay>, uncaught: bool) -> Result<(), Error> {
        let Some(OnItsWay { step, ty, text, last_text, places, chain, left, .. }) = raised else { return Ok(()) };
        let (function, line) = places.first().copied().unwrap_or((u32::MAX, 0));
        // Outermost frame first, as Python prints it.
        let traceback: Vec<_> = places.iter().rev().collect();
        let traceback = serde_json::to_string(&traceback).unwrap_or_default();
        self.insert(
            "INSERT OR REPLACE INTO exceptions VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            params![step, thread, function, line, ty, text, traceback, uncaught, left, chain, last_text],
        )
    }

    /// Notes the step at which an exception appeared. Returns its chain as JSON.
    fn chain_of(&mut self, value: &Value) -> Option<String> {
        let Value::Object(object) = *value else { return None };
        if self.raised_at.len() >= KNOWN {
            self.raised_at.clear();
        }
        self.raised_at.insert(object, self.steps);
        self.link(object, 0).and_then(|link| serde_json::to_string(&link).ok())
    }

    /// The chain of an exception, up to the first link whose own step tells the rest.
    fn link(&self, exception: u64, nesting: u32) -> Option<Link> {
        let (how, other) = *self.chains.get(&exception)?;
        let (ty, text) = self.describe(&Value::Object(other));
        let seen = self.raised_at.get(&other).copied();
        // If only the end of the run is kept, steps are renumbered; this is done for first links only.
        let step = seen.filter(|_| nesting == 0 || self.kept.is_none());
        let goes_on = seen.is_none() && nesting + 1 < CHAIN;
        let chain = if goes_on { self.link(other, nesting + 1).map(Box::new) } else { None };
        Some(Link { how: how.into(), step, ty, text, chain })
    }

    /// The type and text of an exception, as in the last lines of a traceback: its `str`, then its notes.
    pub(super) fn describe(&self, value: &Value) -> (String, String) {
        let world = LiveWorld { recorder: self };
        let unknown = || ("?".into(), String::new());
        let Value::Object(object) = *value else { return unknown() };
        let Some(entity) = world.entity(object) else { return unknown() };
        let Some(ty) = entity.ty.and_then(|ty| world.type_name(ty)) else { return unknown() };
        let name = if ty.module == "builtins" || ty.module == "__main__" {
            ty.name.clone()
        } else {
            format!("{}.{}", ty.module, ty.name)
        };
        let mut texts = Texts { world: &world, nesting: 0 };
        let mut text = texts.exception(object, &entity.items, entity.length);
        for note in self.texts.get(&object).map_or(&[][..], |told| &told.notes) {
            text.push('\n');
            text.push_str(&texts.str_of(note));
        }
        (name, text)
    }
}

/// Computes `str` of values.
pub(super) struct Texts<'a> {
    world: &'a LiveWorld<'a>,
    nesting: u32,
}

impl Texts<'_> {
    pub(super) fn repr(&self, value: &Value) -> String {
        Renderer::new(self.world, Bounds::default()).text(value)
    }

    /// `str` of a value.
    pub(super) fn str_of(&mut self, value: &Value) -> String {
        match value {
            Value::Str(text) => whole(text),
            Value::Object(object) => {
                let Some(entity) = self.world.entity(*object) else { return self.repr(value) };
                if self.nesting < NESTED && self.world.recorder.texts.contains_key(object) {
                    self.nesting += 1;
                    let text = self.exception(*object, &entity.items, entity.length);
                    self.nesting -= 1;
                    return text;
                }
                let ty = entity.ty.and_then(|ty| self.world.type_name(ty));
                ty.and_then(|ty| bare(ty, &entity)).unwrap_or_else(|| self.repr(value))
            }
            other => self.repr(other),
        }
    }

    /// `str` of an exception with these arguments.
    fn exception(&mut self, object: u64, args: &[Value], length: u64) -> String {
        let told = self.world.recorder.texts.get(&object).cloned().unwrap_or_default();
        let fields = told.fields.as_slice();
        let is_set = |n: usize| fields.get(n).is_some_and(|field| *field != Value::Unbound);
        let mut str_of = |n: usize| match fields.get(n) {
            None | Some(Value::Unbound) => "None".to_owned(),
            Some(value) => self.str_of(value),
        };
        let found = match told.how {
            Text::Os if is_set(2) => {
                let (errno, why) = (str_of(0), str_of(1));
                let second = if is_set(3) { format!(" -> {}", self.repr(&fields[3])) } else { String::new() };
                Some(format!("[Errno {errno}] {why}: {}{second}", self.repr(&fields[2])))
            }
            Text::Os if is_set(0) && is_set(1) => Some(format!("[Errno {}] {}", str_of(0), str_of(1))),
            Text::Import => match fields.first() {
                Some(Value::Str(text)) => Some(whole(text)),
                _ => None,
            },
            Text::Syntax => Some(syntax(&str_of(0), fields)),
            Text::Encode | Text::Decode | Text::Translate => Some(match fields {
                [_, unit, Value::Int(start), Value::Int(end), _] => {
                    let what = unit_text(told.how, unit, *start, *end);
                    let codec = if told.how == Text::Translate {
                        "can't".into()
                    } else {
                        format!("'{}' codec can't", str_of(0))
                    };
                    format!("{codec} {what}: {}", str_of(4))
                }
                _ => String::new(),
            }),
            Text::Group => match fields {
                [_, Value::Int(n)] => {
                    Some(format!("{} ({n} sub-exception{})", str_of(0), if *n == 1 { "" } else { "s" }))
                }
                _ => None,
            },
            Text::Unknown => {
                let minor = self.world.recorder.tables.minor;
                let found = self.library(fields, args, length, minor);
                Some(found.unwrap_or_else(|| format!("<args {}, __str__ not run>", self.tuple(args, length))))
            }
            Text::Os | Text::Args | Text::Key => None,
        };
        match (found, args) {
            (Some(found), _) => found,
            (None, []) if length == 0 => String::new(),
            (None, [one]) if length == 1 && told.how == Text::Key => self.repr(one),
            (None, [one]) if length == 1 => self.str_of(one),
            _ => self.tuple(args, length),
        }
    }

    /// The repr of a tuple of arguments, of which some may be missing.
    pub(super) fn tuple(&self, args: &[Value], length: u64) -> String {
        let shown: Vec<String> = args.iter().map(|arg| self.repr(arg)).collect();
        match shown.as_slice() {
            [] if length > 0 => format!("({CUT})"),
            shown if (shown.len() as u64) < length => format!("({}, {CUT})", shown.join(", ")),
            [one] => format!("({one},)"),
            shown => format!("({})", shown.join(", ")),
        }
    }
}

/// The recorded part of a str.
pub(super) fn whole(text: &Blob) -> String {
    let mut found = String::from_utf8_lossy(&text.bytes).into_owned();
    if text.cut.is_some() {
        found.push_str(CUT);
    }
    found
}

/// `str` of objects of the standard library whose repr has that text in `Name('...')`.
fn bare(ty: &TypeName, entity: &Entity) -> Option<String> {
    let full = format!("{}.{}", ty.module, ty.name);
    let is_one = ["pathlib.", "pathlib._local.", "decimal.", "uuid."].iter().any(|module| full.starts_with(module))
        && ["PosixPath", "PurePosixPath", "Decimal", "UUID"].contains(&ty.name.as_str());
    match entity.items.as_slice() {
        [Value::Str(open), Value::Str(text), Value::Str(_)] if is_one && open.bytes.ends_with(b"(") => {
            Some(whole(text))
        }
        [Value::Str(text)] if is_one => {
            let text = whole(text);
            Some(text.split_once("('")?.1.strip_suffix("')")?.to_owned())
        }
        _ => None,
    }
}

/// The text of a SyntaxError: the message, then the place.
fn syntax(why: &str, fields: &[Value]) -> String {
    let file = match fields.get(1) {
        Some(Value::Str(path)) => Some(whole(path)),
        _ => None,
    };
    let file = file.as_deref().map(|path| path.rsplit('/').next().unwrap_or(path));
    match (file, fields.get(2)) {
        (Some(file), Some(Value::Int(line))) => format!("{why} ({file}, line {line})"),
        (Some(file), _) => format!("{why} ({file})"),
        (None, Some(Value::Int(line))) => format!("{why} (line {line})"),
        _ => why.to_owned(),
    }
}

/// Describes the characters or bytes that cannot be encoded, decoded or translated.
fn unit_text(how: Text, unit: &Value, start: i64, end: i64) -> String {
    let (verb, one) = match how {
        Text::Encode => ("encode", "character"),
        Text::Decode => ("decode", "byte"),
        _ => ("translate", "character"),
    };
    match unit {
        Value::Int(n) if end == start.wrapping_add(1) => {
            let n = match (how, *n) {
                (Text::Decode, n) => format!("0x{n:02x}"),
                (_, n @ ..=0xff) => format!("'\\x{n:02x}'"),
                (_, n @ ..=0xffff) => format!("'\\u{n:04x}'"),
                (_, n) => format!("'\\U{n:08x}'"),
            };
            format!("{verb} {one} {n} in position {start}")
        }
        _ => format!("{verb} {one}s in position {start}-{}", end.wrapping_sub(1)),
    }
}

/// The recorder's current values, for the messages of exceptions.
struct LiveWorld<'a> {
    recorder: &'a Recorder,
}

impl World for LiveWorld<'_> {
    fn entity(&self, object: u64) -> Option<Rc<Entity>> {
        self.recorder.live.get(object).map(|live| Rc::new(live.entity.clone()))
    }
    fn string(&self, id: u32) -> &str {
        self.recorder.tables.strings.get(id as usize).map_or("?", String::as_str)
    }
    fn type_name(&self, id: u32) -> Option<&TypeName> {
        self.recorder.tables.types.get(id as usize)
    }
    fn minor(&self) -> u32 {
        self.recorder.tables.minor
    }
}
