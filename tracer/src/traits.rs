//! What the name in a call says about the call, whatever its callee is.

use crate::uses::{self, Uses};

/// Methods of builtin containers that change their receiver.
const MUTATING: [&[u8]; 37] = [
    b"append",
    b"extend",
    b"insert",
    b"pop",
    b"remove",
    b"clear",
    b"sort",
    b"reverse",
    b"add",
    b"discard",
    b"update",
    b"setdefault",
    b"popitem",
    b"appendleft",
    b"popleft",
    b"extendleft",
    b"rotate",
    b"move_to_end",
    b"difference_update",
    b"intersection_update",
    b"symmetric_difference_update",
    b"subtract",
    b"byteswap",
    b"frombytes",
    b"fromfile",
    b"fromlist",
    b"fromunicode",
    b"add_note",
    b"__setitem__",
    b"__delitem__",
    b"__init__",
    b"__setstate__",
    b"__setattr__",
    b"__delattr__",
    b"__iadd__",
    b"__ior__",
    b"release",
];

/// Methods that change a defaultdict only.
const DEFAULTING: [&[u8]; 2] = [b"__getitem__", b"__missing__"];

/// Builtin functions and common methods that neither iterate over their arguments nor call them, or take only plain
/// values. (A recorded function with such a name reports its own effects.)
const PASSIVE: [&[u8]; 35] = [
    b"repr",
    b"ord",
    b"chr",
    b"id",
    b"range",
    b"type",
    b"callable",
    b"super",
    b"slice",
    b"property",
    b"staticmethod",
    b"classmethod",
    b"append",
    b"insert",
    b"pop",
    b"clear",
    b"copy",
    b"items",
    b"keys",
    b"values",
    b"appendleft",
    b"popleft",
    b"strip",
    b"lstrip",
    b"rstrip",
    b"split",
    b"rsplit",
    b"startswith",
    b"endswith",
    b"replace",
    b"find",
    b"lower",
    b"upper",
    b"encode",
    b"decode",
];

/// How these functions use their arguments, like operators. They neither iterate over them nor call them.
const OPERATING: [(&[u8], Uses); 26] = [
    (b"len", uses::TRUTH),
    (b"print", uses::TEXT | uses::WRITE),
    (b"str", uses::TEXT),
    (b"int", uses::CONVERT),
    (b"float", uses::CONVERT),
    (b"bool", uses::TRUTH),
    (b"abs", uses::ARITHMETIC),
    (b"hash", uses::HASH),
    (b"round", uses::ARITHMETIC | uses::CONVERT),
    (b"divmod", uses::ARITHMETIC),
    (b"pow", uses::ARITHMETIC),
    (b"format", uses::TEXT | uses::ATTRIBUTE | uses::ITEM),
    (b"hex", uses::CONVERT),
    (b"bin", uses::CONVERT),
    (b"oct", uses::CONVERT),
    (b"add", uses::HASH | uses::COMPARE | uses::ARITHMETIC),
    (b"get", uses::HASH | uses::COMPARE),
    (b"setdefault", uses::HASH | uses::COMPARE),
    (b"remove", uses::HASH | uses::COMPARE),
    (b"discard", uses::HASH | uses::COMPARE),
    (b"index", uses::COMPARE | uses::CONVERT),
    (b"count", uses::COMPARE),
    (b"getattr", uses::ATTRIBUTE),
    (b"hasattr", uses::ATTRIBUTE),
    (b"isinstance", uses::INSTANCE),
    (b"issubclass", uses::INSTANCE),
];

/// The same for functions that iterate over their arguments or call them, or are passive otherwise.
const USING: [(&[u8], Uses); 10] = [
    (b"complex", uses::CONVERT),
    (b"bytes", uses::CONVERT | uses::ITERATE),
    (b"iter", uses::ITERATE),
    (b"reversed", uses::ITERATE),
    (b"repr", uses::TEXT),
    (b"ascii", uses::TEXT),
    (b"chr", uses::CONVERT),
    (b"range", uses::CONVERT),
    (b"insert", uses::CONVERT),
    (b"pop", uses::CONVERT | uses::HASH | uses::COMPARE),
];

/// How methods of containers use the items of their receiver.
const OWN: [(&[u8], Uses); 6] = [
    (b"index", uses::COMPARE),
    (b"count", uses::COMPARE),
    (b"remove", uses::COMPARE),
    (b"sort", uses::COMPARE),
    (b"__eq__", uses::COMPARE),
    (b"__contains__", uses::COMPARE),
];

/// Functions that may read items of their arguments by key.
const READING: [&[u8]; 3] = [b"format", b"format_map", b"getitem"];

/// What a name says about a call by this name.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traits {
    /// Whether its receiver is changed if it is a builtin container.
    pub mutating: bool,
    /// Whether a list only gets more items at its end by that.
    pub appending: bool,
    /// Whether its arguments may be iterated over or called.
    pub running: bool,
    /// How its arguments are used, like by operators, whatever it calls.
    pub uses: Uses,
    /// How its receiver is used.
    pub own: Uses,
    /// Whether items of its arguments may be read by key, which changes a defaultdict.
    pub reading: bool,
}

impl Traits {
    /// Traits of a name.
    pub fn of(name: &[u8]) -> Self {
        let among = |all: &[(&[u8], Uses)]| all.iter().find(|one| one.0 == name).map(|one| one.1);
        let operating = among(&OPERATING);
        Self {
            mutating: changes_receiver(name),
            appending: name == b"append",
            running: !PASSIVE.contains(&name) && operating.is_none(),
            uses: operating.or_else(|| among(&USING)).unwrap_or(0),
            own: among(&OWN).unwrap_or(0),
            reading: READING.contains(&name),
        }
    }
}

/// Whether a method of a builtin container changes its receiver.
pub fn changes_receiver(name: &[u8]) -> bool {
    MUTATING.contains(&name) || changes_default_dict(name)
}

/// Whether a method changes its receiver only where that is a defaultdict.
pub fn changes_default_dict(name: &[u8]) -> bool {
    DEFAULTING.contains(&name)
}
