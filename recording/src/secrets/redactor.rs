//! Finds and replaces secrets.

use std::ops::Range;

use connie_wire::secrets::{Secrets, Verdict, is_cookie, looks_like_cookies, looks_secret};
use connie_wire::{Blob, Kind, Op, Value};
use rustc_hash::FxHashMap;

use super::REDACTED;
use super::cut::beginning;
use super::grown::Grown;
use super::printed::Printed;
use super::remembered::{Remembered, Stored, is_word};
use super::shapes::Shapes;
use super::visit::{self, BYTES, STR};
use crate::chunk::{Context, Entity};
use crate::render::TypeName;

mod search;

/// The length from which the part of a text before the secret is kept.
const LONG: usize = 512;
/// The number of texts that are remembered to have no secret.
const CLEAN: usize = 1 << 13;
/// The maximum number of texts that are remembered by their shape: keys of a cache may look like secrets.
const LOOKED: u32 = 256;

/// A lookup of objects.
pub(crate) trait Objects {
    /// The contents of a frame or object.
    fn get(&self, id: u64) -> Option<&Entity>;
}

impl Objects for FxHashMap<u64, Entity> {
    fn get(&self, id: u64) -> Option<&Entity> {
        FxHashMap::get(self, &id)
    }
}

/// The context of an op.
pub(crate) struct Surroundings<'a, O> {
    pub context: &'a Context,
    pub objects: &'a O,
    pub types: &'a [TypeName],
    /// The number of the chunk that is being written.
    pub chunk: i64,
}

/// Facts about a code object.
struct Code {
    slots: Vec<Named>,
    returns: Named,
}

/// Finds and replaces secrets.
pub struct Redactor {
    pub(super) secrets: Secrets,
    shapes: Option<&'static Shapes>,
    remembered: Remembered,
    codes: Vec<Code>,
    stored: Stored,
    /// Hashes of texts without a secret, each with the number of secrets known at that time.
    clean: Box<[(u64, u32)]>,
    /// Long texts without a secret.
    grown: Grown,
    /// The first chunk that may contain a secret that was not recognised at that time.
    pub(crate) late: Option<i64>,
    /// The latest output, by stream.
    printed: Printed,
    /// The number of secrets remembered by their shape.
    looked: u32,
    /// The number of texts replaced.
    pub(crate) replaced: u64,
}

/// What a name says about the text under it.
#[derive(Clone, Copy, Default)]
struct Named {
    verdict: Verdict,
    is_cookie: bool,
}

/// No name.
const FREE: Named = Named { verdict: Verdict::Open, is_cookie: false };

impl Named {
    /// Whether a text under the name is a secret.
    fn hides(self, text: &[u8]) -> bool {
        match self.verdict {
            Verdict::Open => false,
            Verdict::Look => looks_secret(text) || self.is_cookie && looks_like_cookies(text),
            Verdict::Secret => true,
        }
    }
}

impl Redactor {
    /// Creates a redactor for the words of the settings; `None` if there are no words.
    pub fn new(words: &[String]) -> Option<Self> {
        let secrets = Secrets::new(words);
        if secrets.is_empty() {
            return None;
        }
        let shapes = if secrets.has_built_in() { Shapes::get() } else { None };
        Some(Self {
            secrets,
            shapes,
            remembered: Remembered::default(),
            codes: Vec::new(),
            stored: Stored::default(),
            clean: vec![(0, u32::MAX); CLEAN].into(),
            grown: Grown::default(),
            late: None,
            printed: Printed::default(),
            looked: 0,
            replaced: 0,
        })
    }

    /// Treats a text as a secret wherever it occurs.
    pub fn add(&mut self, secret: &[u8]) {
        self.remembered.add_any(secret);
    }

    /// The number of secrets known by their text.
    pub fn known(&self) -> usize {
        self.remembered.len()
    }

    /// Registers the next code object.
    pub(crate) fn code(&mut self, name: &str, slots: &[String]) {
        let returns = Named { verdict: self.secrets.verdict_of_function(name), is_cookie: false };
        let slots = slots.iter().map(|slot| self.named(slot)).collect();
        self.codes.push(Code { slots, returns });
    }

    /// Replaces secrets in an op. Returns whether there were any.
    pub(crate) fn op<O: Objects>(&mut self, op: &mut Op, around: &Surroundings<'_, O>) -> bool {
        let before = self.replaced;
        match op {
            Op::Slot { slot, value } => {
                let code = around.context.top().map_or(u32::MAX, |frame| frame.code);
                self.slot(code, *slot, value, around.chunk);
            }
            Op::SlotOf { frame, slot, value } => {
                self.slot(code_of(around.context, *frame), *slot, value, around.chunk);
            }
            Op::Call { code, slots, .. } => {
                let code = *code;
                slots.iter_mut().for_each(|(slot, value)| self.slot(code, *slot, value, around.chunk));
            }
            Op::Return { value, .. } | Op::Yield { value, .. } => self.result(value, around),
            Op::New { ty, items, .. } => self.new_items(*ty, items, around),
            Op::Splice { object, start, items, length, .. } => {
                self.some_items(*object, *start, Some(*length), items, around);
            }
            Op::Set { object, index, value } => {
                self.some_items(*object, *index, None, std::slice::from_mut(value), around);
            }
            Op::Text { fields, notes, .. } => {
                fields.iter_mut().chain(notes).for_each(|value| self.free(value, around.chunk));
            }
            _ => {}
        }
        self.replaced > before
    }

    /// Replaces secrets in the contents of a frame or object.
    pub(crate) fn entity(&mut self, entity: &mut Entity, code: u32, types: &[TypeName]) {
        match entity.ty {
            None => (0..).zip(&mut entity.items).for_each(|(slot, value)| self.slot(code, slot, value, 0)),
            Some(_) => {
                let kind = kind_of(entity, types);
                let length = entity.items.len();
                self.items(kind, &mut entity.items, (0, length), &[], 0);
            }
        }
    }

    /// Redacts the value that the current frame returns or yields.
    pub(crate) fn result<O: Objects>(&mut self, value: &mut Value, around: &Surroundings<'_, O>) {
        let code = around.context.top().and_then(|frame| self.codes.get(frame.code as usize));
        let returns = code.map_or(FREE, |code| code.returns);
        self.value(value, returns, around.chunk);
    }

    /// Redacts the items of a new object of a type.
    pub(crate) fn new_items<O: Objects>(&mut self, ty: u32, items: &mut [Value], around: &Surroundings<'_, O>) {
        let kind = around.types.get(ty as usize).map(|ty| ty.kind);
        let length = items.len();
        self.items(kind, items, (0, length), &[], around.chunk);
    }

    /// Redacts the items that an object gets from index `start` on; with its new length, if that changes.
    pub(crate) fn some_items<O: Objects>(
        &mut self,
        object: u64,
        start: u32,
        length: Option<u64>,
        items: &mut [Value],
        around: &Surroundings<'_, O>,
    ) {
        let entity = around.objects.get(object);
        let kind = entity.and_then(|entity| kind_of(entity, around.types));
        let known = entity.map_or(&[][..], |entity| &entity.items);
        let start = start as usize;
        let before = &known[..start.min(known.len())];
        let length = length.map_or(known.len(), |length| length as usize);
        self.items(kind, items, (start, length), before, around.chunk);
    }

    /// Redacts a value without a name.
    pub(crate) fn free(&mut self, value: &mut Value, chunk: i64) {
        self.value(value, FREE, chunk);
    }

    /// Redacts the value of a slot of a frame of a code.
    pub(crate) fn slot(&mut self, code: u32, slot: u32, value: &mut Value, chunk: i64) {
        if !visit::has_text(value) {
            return;
        }
        let named = self.codes.get(code as usize).and_then(|code| code.slots.get(slot as usize)).copied();
        self.value(value, named.unwrap_or_default(), chunk);
    }

    fn named(&self, name: &str) -> Named {
        Named { verdict: self.secrets.verdict(name), is_cookie: is_cookie(name) }
    }

    /// Redacts items from index `start` on of an object of some length; `before` are the preceding items.
    fn items(
        &mut self,
        kind: Option<Kind>,
        items: &mut [Value],
        (start, length): (usize, usize),
        before: &[Value],
        chunk: i64,
    ) {
        for n in 0..items.len() {
            if !visit::has_text(&items[n]) {
                continue;
            }
            let at = start + n;
            let item = |at: usize| if at >= start { items.get(at - start) } else { before.get(at) };
            let role = kind.map_or(visit::Role::Other, |kind| visit::role(kind, at));
            let key = at.checked_sub(1).and_then(item);
            let named = match (role, key) {
                (visit::Role::Name, _) => continue,
                (visit::Role::Value, Some(key)) => self.by_key(key, item, at),
                (visit::Role::Behind, Some(literal)) => self.by_literal(literal),
                (visit::Role::Item, Some(before)) => {
                    let is_pair = at == 1 && length == 2;
                    self.by_neighbour(before, &items[n], is_pair, kind == Some(Kind::List))
                }
                _ => FREE,
            };
            let mut value = std::mem::replace(&mut items[n], Value::None);
            self.value(&mut value, named, chunk);
            items[n] = value;
        }
    }

    /// What the key says about a value.
    fn by_key<'a>(&self, key: &Value, item: impl Fn(usize) -> Option<&'a Value>, at: usize) -> Named {
        let Some(name) = visit::text(key) else { return FREE };
        if name.eq_ignore_ascii_case("value") {
            // `{"name": "password", "value": "…"}`
            let other = at.checked_sub(3).and_then(|at| Some((visit::text(item(at)?)?, visit::text(item(at + 1)?)?)));
            let is_name = |key: &str| ["name", "key", "header"].iter().any(|name| key.eq_ignore_ascii_case(name));
            if let Some((_, name)) = other.filter(|(key, _)| is_name(key)) {
                return self.named(name);
            }
        }
        self.named(name)
    }

    /// What a literal such as `, password=` says about the value after it.
    fn by_literal(&self, literal: &Value) -> Named {
        let text = visit::text(literal).unwrap_or_default();
        let text = text.strip_suffix(['=', ' ']).map_or("", |text| text.trim_end_matches(':'));
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        self.named(&text[text.trim_end_matches(is_name).len()..])
    }

    /// What `--password`, or the name in a pair, says about the value after it.
    fn by_neighbour(&self, before: &Value, value: &Value, is_pair: bool, is_list: bool) -> Named {
        let Some(name) = visit::text(before) else { return FREE };
        let is_option = name.starts_with("--");
        if !is_option && !is_pair {
            return FREE;
        }
        let named = self.named(name.trim_start_matches('-'));
        // Two names are a list of names, not a name and a value.
        let text = visit::text(value).unwrap_or_default();
        let is_names = || self.secrets.verdict(text) != Verdict::Open || is_list && is_word(text.as_bytes());
        let is_none = if is_option { text.starts_with('-') } else { named.verdict != Verdict::Open && is_names() };
        if is_none { FREE } else { named }
    }

    fn value(&mut self, value: &mut Value, named: Named, chunk: i64) {
        let is_text = matches!(value, Value::Str(_));
        match value {
            Value::Str(blob) | Value::Bytes(blob) => {
                let Some(kept) = self.blob((blob, is_text), named, chunk) else { return };
                self.replaced += 1;
                let name = if is_text { STR } else { BYTES };
                match (kept, value) {
                    (Some(kept), Value::Str(blob) | Value::Bytes(blob)) => *blob = kept,
                    (_, value) => *value = Value::Redacted(name),
                }
            }
            Value::Tuple(items) if !self.is_clean(items, named, chunk) => {
                let before = self.replaced;
                let mut own = items.to_vec();
                if named.verdict == Verdict::Open {
                    let length = own.len();
                    self.items(Some(Kind::Tuple), &mut own, (0, length), &[], chunk);
                } else {
                    own.iter_mut().for_each(|item| self.value(item, named, chunk));
                }
                if self.replaced > before {
                    *items = own.into();
                }
            }
            _ => {}
        }
    }

    /// Whether a tuple has no secret.
    fn is_clean(&mut self, items: &[Value], named: Named, chunk: i64) -> bool {
        let mut before = None;
        items.iter().all(|item| {
            let last = before.replace(item);
            match item {
                Value::Str(blob) | Value::Bytes(blob) => {
                    let by_name = match last {
                        Some(last) if named.verdict == Verdict::Open => {
                            self.by_neighbour(last, item, items.len() == 2, false)
                        }
                        _ => named,
                    };
                    !by_name.hides(&blob.bytes) && self.first(&blob.bytes, chunk).is_none()
                }
                Value::Tuple(items) => self.is_clean(items, named, chunk),
                _ => true,
            }
        })
    }

    /// The stored form of a text: nothing, or its beginning. `None` keeps the text itself.
    fn blob(&mut self, (blob, is_text): (&Blob, bool), named: Named, chunk: i64) -> Option<Option<Blob>> {
        let text = &blob.bytes;
        if named.hides(text) {
            let is_sure = named.verdict == Verdict::Secret;
            if blob.cut.is_none() && (is_sure || self.looked < LOOKED) {
                self.looked += u32::from(!is_sure);
                self.remember(text);
                // `Bearer X`
                let scheme = text
                    .iter()
                    .position(|byte| *byte == b' ')
                    .filter(|at| text[..*at].iter().all(u8::is_ascii_alphabetic));
                if let Some(at) = scheme {
                    self.remember(&text[at + 1..]);
                }
            }
            return Some(None);
        }
        let first = self.first(text, chunk)?;
        if text.len() < LONG || first.start == 0 {
            return Some(None);
        }
        Some(Some(beginning(blob, first.start, is_text)))
    }

    /// The ranges of the secrets in a text, in order.
    pub(crate) fn all(&mut self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        while let Some(range) = self.find(text, at) {
            at = range.end.max(at + 1);
            found.push(range);
        }
        found
    }

    /// The ranges of the secrets in a source, in order: including literals assigned to a name of a secret.
    pub(crate) fn of_source(&mut self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found = self.all(text);
        found.extend(self.shapes.iter().flat_map(|shapes| shapes.literals(text)));
        found
    }

    /// A text with its secrets replaced; `None` if it has none.
    pub(crate) fn text(&mut self, text: &[u8]) -> Option<Vec<u8>> {
        let found = self.all(text);
        (!found.is_empty()).then(|| self.replace(text, &found))
    }

    fn replace(&mut self, text: &[u8], found: &[Range<usize>]) -> Vec<u8> {
        let (mut out, mut at) = (Vec::with_capacity(text.len()), 0);
        for range in found {
            out.extend(&text[at..range.start.max(at)]);
            out.extend(REDACTED.as_bytes());
            at = range.end;
        }
        out.extend(&text[at..]);
        self.replaced += 1;
        out
    }

    /// Redacts output of a process at a step. Returns the replacements to store for it and for earlier output: (step,
    /// text).
    pub(crate) fn printed(&mut self, process: usize, stream: u8, step: u64, text: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let mut printed = std::mem::take(&mut self.printed);
        let changed = printed.take((process, stream), step, text, |whole| self.all(whole));
        self.printed = printed;
        self.replaced += changed.len() as u64;
        changed
    }

    /// Forgets all output so far.
    pub(super) fn forget_printed(&mut self) {
        self.printed = Printed::default();
    }

    /// Like [`Self::text`], for a str.
    pub(crate) fn str(&mut self, text: &str) -> Option<String> {
        self.text(text.as_bytes()).map(|text| String::from_utf8_lossy(&text).into_owned())
    }
}

pub(crate) fn code_of(context: &Context, frame: u64) -> u32 {
    let suspended = context.suspended.get(&frame).copied();
    let found = suspended.or_else(|| context.stacks.frames().find(|one| one.frame == frame).copied());
    found.map_or(u32::MAX, |frame| frame.code)
}

fn kind_of(entity: &Entity, types: &[TypeName]) -> Option<Kind> {
    types.get(entity.ty? as usize).map(|ty| ty.kind)
}
