//! Sources of code without a file, found where Python's tracebacks find them: in `linecache`, or in a running doctest.
//!
//! The module's dict is read. Its functions, which the program may have replaced, are not called.

use std::ffi::CStr;

use crate::layout::common as at;
use crate::raw::{self, Obj, field};

/// The most bytes that a source may have: it has to fit into the ring.
const MAX_SOURCE_BYTES: usize = 1 << 20;
/// How many levels of doctests within each other are looked at.
const NESTED: usize = 8;

/// The source of code with this name, WTF-8, if `linecache` has one that is not a file's.
///
/// # Safety
/// `filename` is the `co_filename` of a code object; under the GIL.
pub unsafe fn cached(filename: Obj) -> Option<Vec<u8>> {
    // SAFETY: the caller's promise; exact dicts, tuples, lists and strs are read; nothing of the program runs.
    unsafe {
        let entry = entry_of(attribute(linecache()?, c"cache")?, filename)?;
        if !raw::is_tuple(raw::type_of(entry)) {
            return None;
        }
        match raw::tuple_items(entry) {
            // (size, time, lines, full name); the time is None if the source was not read from a file.
            &[_, time, lines, _] if raw::is_none(time) => text_of(lines),
            _ => None,
        }
    }
}

/// The entry of the cache for a file name.
///
/// # Safety
/// `cache` is live, `filename` a str.
unsafe fn entry_of(cache: Obj, filename: Obj) -> Option<Obj> {
    let mut entry = None;
    // SAFETY: the caller's promise; an exact dict is read, and nothing changes it meanwhile.
    unsafe {
        if !raw::is_dict(raw::type_of(cache)) {
            return None;
        }
        let wanted = raw::str_bytes(filename);
        raw::dict_pairs(cache, |name, value| {
            let is_it = raw::is_str(raw::type_of(name)) && (std::ptr::eq(name, filename) || is_text(name, &wanted));
            if is_it {
                entry = Some(value);
            }
            !is_it
        });
    }
    entry
}

/// Whether a str equals a text, without making a copy.
///
/// # Safety
/// `text` is a str.
pub unsafe fn is_text(text: Obj, wanted: &[u8]) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        match raw::str_data(text) {
            Some((1, data, length, true)) => {
                length == wanted.len() && std::slice::from_raw_parts(data, length) == wanted
            }
            Some((_, _, length, _)) => length <= wanted.len() && raw::str_bytes(text) == wanted,
            None => false,
        }
    }
}

/// All lines of a source, joined.
unsafe fn text_of(lines: Obj) -> Option<Vec<u8>> {
    // SAFETY: `lines` is live; its exact type says what is read.
    let items = unsafe {
        let ty = raw::type_of(lines);
        if raw::is_list(ty) {
            raw::list_items(lines)
        } else if raw::is_tuple(ty) {
            raw::tuple_items(lines)
        } else {
            return None;
        }
    };
    let mut found = Vec::new();
    for &line in items {
        // Some keep lines without their ends.
        if !found.is_empty() && !found.ends_with(b"\n") {
            found.push(b'\n');
        }
        // SAFETY: a live list or tuple holds its items.
        unsafe {
            if !raw::is_str(raw::type_of(line)) {
                return None;
            }

            raw::copy_str(line, MAX_SOURCE_BYTES, &mut found);
        }
        if found.len() > MAX_SOURCE_BYTES {
            return None;
        }
    }
    Some(found)
}

/// An example of a running doctest.
pub struct Example {
    /// Its source.
    pub text: Vec<u8>,
    /// The file that the doctest is in; empty if that is not known.
    pub file: Vec<u8>,
}

/// The example with this name, `<doctest NAME[N]>`. While a doctest runs, `linecache.getlines` is a method of its
/// runner.
///
/// # Safety
/// Under the GIL.
pub unsafe fn doctest(name: &[u8]) -> Option<Example> {
    let inner = name.strip_prefix(b"<doctest ")?.strip_suffix(b"]>")?;
    let bracket = inner.iter().rposition(|byte| *byte == b'[')?;
    let number: usize = std::str::from_utf8(&inner[bracket + 1..]).ok()?.parse().ok()?;
    // SAFETY: attributes of instances are read where they are kept.
    unsafe {
        let mut function = attribute(linecache()?, c"getlines")?;
        for _ in 0..NESTED {
            if raw::builtin_name(raw::type_of(function)) != b"method" {
                return None;
            }
            let runner: Obj = field(function, at::METHOD_SELF);
            if let Some(found) = example(runner, &inner[..bracket], number) {
                return Some(found);
            }
            function = kept(runner, b"save_linecache_getlines")?;
        }
        None
    }
}

/// An example of the doctest that a runner is running.
unsafe fn example(runner: Obj, name: &[u8], number: usize) -> Option<Example> {
    // SAFETY: as in `doctest`.
    unsafe {
        let test = kept(runner, b"test")?;
        if raw::str_bytes(kept(test, b"name")?) != name {
            return None;
        }
        let examples = kept(test, b"examples")?;
        if !raw::is_list(raw::type_of(examples)) {
            return None;
        }
        let text = raw::str_bytes(kept(*raw::list_items(examples).get(number)?, b"source")?);
        Some(Example { text, file: kept(test, b"filename").map(|file| raw::str_bytes(file)).unwrap_or_default() })
    }
}

/// An attribute in an instance's own storage.
unsafe fn kept(object: Obj, name: &[u8]) -> Option<Obj> {
    let mut found = None;
    // SAFETY: `object` is live.
    unsafe {
        raw::instance_attributes(object, |key, value| {
            if raw::is_str(raw::type_of(key)) && is_text(key, name) {
                found = Some(value);
            }
            found.is_none()
        });
    }
    found
}

/// The module, if it was imported.
unsafe fn linecache() -> Option<Obj> {
    // SAFETY: under the GIL.
    unsafe {
        let module = raw::loaded_module(c"linecache");
        (!module.is_null() && raw::is_module(raw::type_of(module))).then_some(module)
    }
}

unsafe fn attribute(module: Obj, name: &CStr) -> Option<Obj> {
    // SAFETY: the caller gives a module.
    let found = unsafe { raw::module_item(module, name) };
    (!found.is_null()).then_some(found)
}
