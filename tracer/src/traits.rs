//! What a name says of a call by it, whatever it turns out to call.

/// Methods of builtin containers that change their receiver.
const MUTATING: [&[u8]; 35] = [
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
    b"__iadd__",
    b"__ior__",
    b"release",
];

/// Those that change a defaultdict, and nothing else.
const DEFAULTING: [&[u8]; 2] = [b"__getitem__", b"__missing__"];

/// Builtin functions and common methods that neither iterate over what they are given nor call it, or take
/// nothing but plain values. (Where a recorded function has such a name, it tells what it does itself.)
const PASSIVE: [&[u8]; 39] = [
    b"isinstance",
    b"issubclass",
    b"repr",
    b"ord",
    b"chr",
    b"id",
    b"range",
    b"type",
    b"callable",
    b"getattr",
    b"hasattr",
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

/// Those that convert, hash or compare what they are given, as operators do.
const OPERATING: [&[u8]; 22] = [
    b"len",
    b"print",
    b"str",
    b"int",
    b"float",
    b"bool",
    b"abs",
    b"hash",
    b"round",
    b"divmod",
    b"pow",
    b"format",
    b"hex",
    b"bin",
    b"oct",
    b"add",
    b"get",
    b"setdefault",
    b"remove",
    b"discard",
    b"index",
    b"count",
];

/// Those that may read what they are given by keys.
const FORMATTING: [&[u8]; 2] = [b"format", b"format_map"];

/// What a name says of a call by it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traits {
    /// Its receiver is changed, where that is a builtin container.
    pub mutating: bool,
    /// What it is given may be iterated over or called.
    pub running: bool,
    /// What it is given is converted, hashed or compared, as operators do.
    pub operating: bool,
    /// What it is given may be read by keys, which changes a defaultdict.
    pub reading: bool,
}

impl Traits {
    /// Traits of a name.
    pub fn of(name: &[u8]) -> Self {
        let operates = OPERATING.contains(&name);
        Self {
            mutating: changes_receiver(name),
            running: !PASSIVE.contains(&name) && !operates,
            operating: operates || matches!(name, b"complex" | b"bytes" | b"iter" | b"reversed"),
            reading: FORMATTING.contains(&name),
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
