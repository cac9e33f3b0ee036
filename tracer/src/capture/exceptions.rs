//! Exceptions as objects: which are new, and their causes and contexts.

use connie_wire::codec::Sink;
use connie_wire::op::put;
use connie_wire::value::{self, Blob, Value, tag};

use super::Capture;
use crate::exceptions::{self, Part};
use crate::layout::common as at;
use crate::raw::{self, Obj, field, flag};

/// How many levels of exceptions within each other have their texts written.
const NESTED_TEXTS: u32 = 4;
/// How many links of a chain are written at once.
const CHAIN: usize = 20;
/// How many notes are written.
const NOTES: usize = 100;
/// The largest number of attributes that are searched for notes.
const ATTRIBUTES: usize = 64;

impl Capture {
    /// Notes that an exception was raised. Returns whether for the first time.
    pub fn was_raised(&mut self, exception: Obj) -> bool {
        self.objects.get_mut(exception as usize).is_some_and(|tracked| !std::mem::replace(&mut tracked.raised, true))
    }

    /// Writes what `str` of an exception is made of, if that differs from what was written last. An exception among its
    /// arguments is written first.
    ///
    /// # Safety
    /// `exception` is a live exception.
    pub unsafe fn tell_text(&mut self, exception: Obj, nesting: u32) {
        // SAFETY: the caller's promise; an exception holds its notes.
        let (id, notes) = unsafe {
            if nesting < NESTED_TEXTS {
                self.tell_argument(exception, nesting + 1);
            }
            (self.see(exception, raw::type_of(exception), self.limits.depth, false), notes(exception))
        };
        let (mut out, mut parts) = (self.buffer(), Vec::new());
        // SAFETY: the caller's promise; what the text is made of is live while nothing of the program runs.
        let (how, notes_at) = unsafe {
            let how = exceptions::text_of(exception, &mut parts);
            for part in &parts {
                self.put_part(part, &mut out);
            }
            let notes_at = out.len();
            for &note in notes {
                self.encode(note, 1, &mut out);
            }
            (how, notes_at)
        };
        let (values, noted) = out.split_at(notes_at);
        let mut text = self.buffer();
        let fields = (parts.len() as u64, |text: &mut Vec<u8>| text.put_all(values));
        let notes = (notes.len() as u64, |text: &mut Vec<u8>| text.put_all(noted));
        put::text(&mut text, id, how, fields, notes);
        if text != self.told {
            self.ring.reserve(text.len());
            self.ring.put_all(&text);
            std::mem::swap(&mut text, &mut self.told);
        }
        self.give_back(text);
        self.give_back(out);
    }

    /// Tells the text of the one argument of an exception, if that is an exception, too.
    ///
    /// # Safety
    /// `exception` is a live exception.
    unsafe fn tell_argument(&mut self, exception: Obj, nesting: u32) {
        // SAFETY: the layout of exceptions is that of all their subclasses; a tuple holds its items.
        unsafe {
            let args: Obj = field(exception, at::EXCEPTION_ARGS);
            if args.is_null() || !raw::is_tuple(raw::type_of(args)) {
                return;
            }
            if let &[inner] = raw::tuple_items(args)
                && raw::has_flag(raw::type_of(inner), flag::EXCEPTION)
            {
                self.tell_text(inner, nesting);
            }
        }
    }

    /// Writes a part of the text of an exception.
    ///
    /// # Safety
    /// The object of the part is live, or null.
    unsafe fn put_part(&mut self, part: &Part, out: &mut Vec<u8>) {
        match part {
            Part::Object(object) if object.is_null() => out.put(tag::UNBOUND),
            // SAFETY: the caller's promise.
            Part::Object(object) => unsafe { self.encode(*object, 2, out) },
            Part::Int(n) => value::put_int(out, *n),
            Part::Text(text) => Value::Str(Blob::new(text.as_bytes())).encode(out),
        }
    }

    /// Writes the chain of an exception, up to and including the first link that recorded code saw.
    ///
    /// # Safety
    /// `exception` is a live exception that is known.
    pub unsafe fn chain(&mut self, exception: Obj) {
        let mut told = vec![exception];
        let mut exception = exception;
        // SAFETY: the layout of exceptions, which is that of all their subclasses.
        unsafe {
            while let Some((other, is_cause)) = origin(exception) {
                let known = self.entry(other).is_some_and(|tracked| (*tracked).raised);
                self.tell_text(other, 0);
                let (id, other_id) = (self.number(exception), self.number(other));
                self.ring.reserve(48);
                let (cause, context) = if is_cause { (other_id, 0) } else { (0, other_id) };
                put::chain(&mut self.ring, id, cause, context);
                if known || told.contains(&other) || told.len() >= CHAIN {
                    return;
                }
                told.push(other);
                exception = other;
            }
        }
    }

    fn number(&self, exception: Obj) -> u64 {
        self.objects.get(&(exception as usize)).map_or(0, |tracked| tracked.id)
    }
}

/// The cause or context of an exception as tracebacks show it, and whether it is the cause.
unsafe fn origin(exception: Obj) -> Option<(Obj, bool)> {
    // SAFETY: `exception` is a live exception; its layout is that of all subclasses.
    unsafe {
        let layout = raw::layout();
        let context: Obj = field(exception, layout.exception_context);
        let cause: Obj = field(exception, layout.exception_cause);
        let suppressed = field::<u8>(exception, layout.exception_suppressed) != 0;
        let is_one = |object: Obj| !object.is_null() && raw::has_flag(raw::type_of(object), flag::EXCEPTION);
        match (is_one(cause), is_one(context) && !suppressed) {
            (true, _) => Some((cause, true)),
            (false, true) => Some((context, false)),
            _ => None,
        }
    }
}

/// The items of `__notes__`, if it is a list of strs as `add_note` makes it.
unsafe fn notes<'a>(exception: Obj) -> &'a [Obj] {
    let mut found: &[Obj] = &[];
    // SAFETY: a live exception; the list lives while nothing of the program runs.
    unsafe {
        let mut looked_at = 0;
        raw::instance_attributes(exception, |name, value| {
            looked_at += 1;
            if raw::is_str(raw::type_of(name)) && raw::str_bytes(name) == b"__notes__" {
                if raw::is_list(raw::type_of(value)) {
                    found = raw::list_items(value);
                }
                return false;
            }
            looked_at < ATTRIBUTES
        });
        &found[..found.len().min(NOTES)]
    }
}
