//! Checks if structs that are private to .c files are as in [`crate::layout::private`]. Each is checked once, before
//! the first object of its type is read. If one differs, its objects are shown without contents.

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use pyo3_ffi as ffi;

use super::{has_members, of_own};
use crate::layout::common as at;
use crate::layout::private::{
    context_variable, default_dict, deque, found, mapping_proxy, ordered_dict, partial, pattern, range, time_zone,
    zone_info,
};
use crate::raw::{self, Obj, field};

static DISTRUSTED: AtomicBool = AtomicBool::new(false);

/// For tests: treats every struct as unexpected.
pub fn distrust() {
    DISTRUSTED.store(true, Ordering::Relaxed);
}

fn is_trusted() -> bool {
    !DISTRUSTED.load(Ordering::Relaxed)
}

/// What is known of a struct of which no object can be made here: the first object of the kind is checked.
pub struct First(AtomicU8);

impl First {
    const UNKNOWN: u8 = 0;
    const EXPECTED: u8 = 1;
    const ANOTHER: u8 = 2;

    /// The state before the first object.
    pub const fn new() -> Self {
        Self(AtomicU8::new(Self::UNKNOWN))
    }

    /// Whether the struct is as expected. `holds` checks an object; it returns `None` if that object proves nothing.
    #[inline]
    pub fn holds(&self, holds: impl FnOnce() -> Option<bool>) -> bool {
        match self.0.load(Ordering::Relaxed) {
            Self::UNKNOWN => {
                let found = holds();
                if let Some(found) = found {
                    self.0.store(if found { Self::EXPECTED } else { Self::ANOTHER }, Ordering::Relaxed);
                }
                found.unwrap_or(true)
            }
            state => state == Self::EXPECTED,
        }
    }
}

/// Whether instances of a type written in C, with this name, have the expected struct. True for names that are not in
/// the table. No code of the program runs, as the objects made here use only C code.
///
/// # Safety
/// `ty` is a live type written in C; under the GIL.
pub unsafe fn is_as_expected(name: &[u8], ty: *mut ffi::PyTypeObject) -> bool {
    let Some((_, holds)) = CHECKS.iter().find(|(known, _)| *known == name) else { return true };
    // SAFETY: the caller's promise. The collector is held off, as it could run code of the program.
    unsafe {
        let enabled = ffi::PyGC_Disable();
        let holds = is_trusted() && holds(ty.cast());
        if enabled != 0 {
            ffi::PyGC_Enable();
        }
        holds
    }
}

/// Checks objects made here, or the members of the given live type, which is written in C. Called under the GIL.
type Check = unsafe fn(Obj) -> bool;

/// The check of each struct. Arrays and Decimals are checked when the first one is seen (see [`First`]). For rows, the
/// types of both fields are checked each time.
const CHECKS: [(&[u8], Check); 14] = [
    (CONTEXT_VARIABLE, has_context_variables),
    (b"collections.deque", has_deques),
    (b"collections.defaultdict", has_default_dicts),
    (b"collections.OrderedDict", has_ordered_dicts),
    (b"functools.partial", has_partials),
    (b"mappingproxy", has_proxies),
    (b"range", has_ranges),
    (b"datetime.timezone", has_zones),
    (b"zoneinfo.ZoneInfo", has_zone_infos),
    (b"re.Pattern", has_patterns),
    (b"re.Match", has_matches),
    (b"array.array", tells_itself),
    (b"decimal.Decimal", tells_itself),
    (b"sqlite3.Row", tells_itself),
];

/// The name of context variables in this table. The type's own name differs between versions.
pub const CONTEXT_VARIABLE: &[u8] = b"ContextVar";

/// Checks the name and the default of variables made here.
unsafe fn has_context_variables(ty: Obj) -> bool {
    // SAFETY: a live type; variables of our own, in memory that is longer than what is read.
    unsafe {
        has_members(ty, &[(c"name", context_variable::NAME)])
            && [ffi::Py_True(), std::ptr::null_mut()].into_iter().all(|default| {
                of_own(raw::contexts::PyContextVar_New(c"x".as_ptr(), default), |own| {
                    std::ptr::eq(field::<Obj>(own, context_variable::DEFAULT), default)
                })
            })
    }
}

unsafe fn tells_itself(_: Obj) -> bool {
    true
}

unsafe fn has_default_dicts(ty: Obj) -> bool {
    // SAFETY: a live type.
    unsafe { has_members(ty, &[(c"default_factory", default_dict::FACTORY)]) }
}

unsafe fn has_partials(ty: Obj) -> bool {
    // SAFETY: a live type.
    unsafe { has_members(ty, &PARTIAL) }
}

unsafe fn has_zone_infos(ty: Obj) -> bool {
    // SAFETY: a live type.
    unsafe { has_members(ty, &[(c"key", zone_info::KEY)]) }
}

unsafe fn has_patterns(ty: Obj) -> bool {
    // SAFETY: a live type.
    unsafe { has_members(ty, &PATTERN) }
}

const PARTIAL: [(&CStr, usize); 3] =
    [(c"func", partial::FUNCTION), (c"args", partial::ARGUMENTS), (c"keywords", partial::KEYWORDS)];

const PATTERN: [(&CStr, usize); 2] = [(c"pattern", pattern::PATTERN), (c"flags", pattern::FLAGS)];

/// Calls a type or a method of a C type. Returns a new reference; null, with no exception set, if the call fails.
unsafe fn call(callable: Obj, arguments: &[Obj]) -> Obj {
    let null = std::ptr::null_mut::<ffi::PyObject>();
    // SAFETY: the caller gives live objects, and what runs C code alone.
    unsafe {
        let made = match *arguments {
            [] => ffi::PyObject_CallNoArgs(callable),
            [first] => ffi::PyObject_CallFunctionObjArgs(callable, first, null),
            [first, second] => ffi::PyObject_CallFunctionObjArgs(callable, first, second, null),
            _ => null,
        };
        if made.is_null() {
            ffi::PyErr_Clear();
        }
        made
    }
}

/// Adds a number to a deque made here.
unsafe fn append(deque: Obj, number: i64) -> bool {
    // SAFETY: `append` of a deque is C code; an int holds nothing.
    unsafe {
        of_own(ffi::PyObject_GetAttrString(deque, c"append".as_ptr()), |append| {
            of_own(ffi::PyLong_FromLongLong(number), |int| of_own(call(append, &[int]), |_| true))
        })
    }
}

/// Checks a deque of several blocks: its length, first and last block, items, maximum and counter of changes.
unsafe fn has_deques(ty: Obj) -> bool {
    const LENGTH: usize = 2 * deque::BLOCK_LENGTH;
    // SAFETY: a deque of our own, whose items are ints.
    unsafe {
        of_own(call(ty, &[]), |own| {
            let before: usize = field(own, deque::STATE);
            if !(0..LENGTH as i64).all(|n| append(own, n)) {
                return false;
            }
            if field::<usize>(own, at::VAR_SIZE) != LENGTH
                || field::<i64>(own, deque::MAXLEN) != -1
                || field::<usize>(own, deque::STATE) == before
            {
                return false;
            }
            let index: usize = field(own, deque::FIRST_INDEX);
            let block: *const u8 = field(own, deque::FIRST_BLOCK);
            // With an invalid index the deque has another layout, and its blocks are not read.
            index < deque::BLOCK_LENGTH && !block.is_null() && has_items(block, index, own, LENGTH)
        })
    }
}

/// Whether the blocks of a deque hold the items that indexing returns.
unsafe fn has_items(mut block: *const u8, mut index: usize, own: Obj, length: usize) -> bool {
    for n in 0..length {
        // SAFETY: as in `has_deques`: the first block is one, and each item before was as expected.
        unsafe {
            let item: Obj = field(block, deque::BLOCK_ITEMS + 8 * index);
            let same = of_own(ffi::PySequence_GetItem(own, n as isize), |given| std::ptr::eq(given, item));
            if !same {
                return false;
            }
            index += 1;
            if index == deque::BLOCK_LENGTH {
                (block, index) = (field(block, deque::BLOCK_NEXT), 0);
            }
        }
        if block.is_null() {
            return n + 1 == length;
        }
    }
    true
}

/// Checks an OrderedDict with two keys: its first nodes and its counter of changes.
unsafe fn has_ordered_dicts(ty: Obj) -> bool {
    // SAFETY: an OrderedDict of our own; True and None are always there, and hashed by C code.
    unsafe {
        let keys = [ffi::Py_True(), ffi::Py_None()];
        of_own(call(ty, &[]), |own| {
            let before: usize = field(own, ordered_dict::STATE);
            if keys.iter().any(|key| ffi::PyObject_SetItem(own, *key, *key) != 0) {
                ffi::PyErr_Clear();
                return false;
            }
            let first: *const u8 = field(own, ordered_dict::FIRST);
            if first.is_null() || field::<usize>(own, ordered_dict::STATE) == before {
                return false;
            }
            let is_key = |node: *const u8, n: usize| std::ptr::eq(field::<Obj>(node, ordered_dict::NODE_KEY), keys[n]);
            let second: *const u8 = field(first, ordered_dict::NODE_NEXT);
            is_key(first, 0)
                && !second.is_null()
                && is_key(second, 1)
                && field::<*const u8>(second, ordered_dict::NODE_NEXT).is_null()
        })
    }
}

unsafe fn has_proxies(_: Obj) -> bool {
    // SAFETY: objects of our own.
    unsafe {
        of_own(ffi::PyDict_New(), |dict| {
            of_own(ffi::PyDictProxy_New(dict), |proxy| std::ptr::eq(field::<Obj>(proxy, mapping_proxy::MAPPING), dict))
        })
    }
}

unsafe fn has_ranges(ty: Obj) -> bool {
    // SAFETY: a range of our own; its fields are ints, which `has_members` tells before the length is read.
    unsafe {
        let fields = [(c"start", range::START), (c"stop", range::STOP), (c"step", range::STEP)];
        has_members(ty, &fields)
            && of_own(ffi::PyLong_FromLong(7), |stop| {
                of_own(call(ty, &[stop]), |own| {
                    let length: Obj = field(own, range::LENGTH);
                    !length.is_null() && raw::is_int(raw::type_of(length)) && raw::small_int(length) == Some(7)
                })
            })
    }
}

/// Checks `timezone.utc`, which has an offset and no name.
unsafe fn has_zones(ty: Obj) -> bool {
    // SAFETY: an attribute of a type written in C; the struct is longer than what is read.
    unsafe {
        of_own(ffi::PyObject_GetAttrString(ty, c"utc".as_ptr()), |utc| {
            let offset: Obj = field(utc, time_zone::OFFSET);
            !offset.is_null()
                && raw::type_name(raw::type_of(offset)) == b"datetime.timedelta"
                && field::<Obj>(utc, time_zone::NAME).is_null()
        })
    }
}

/// Checks that the marks of a match are at its end: two for the match itself, and two for each group.
unsafe fn has_matches(ty: Obj) -> bool {
    // SAFETY: a live type.
    let (basic, item) = unsafe { (field::<usize>(ty, at::TYPE_BASICSIZE), field::<usize>(ty, at::TYPE_ITEMSIZE)) };
    let marks_at_end = basic == found::START + 8 && item == 8 && found::END == found::START + 8;
    // SAFETY: as above.
    marks_at_end && unsafe { has_members(ty, &[(c"string", found::STRING)]) }
}
