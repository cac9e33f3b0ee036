//! Structs that are private to .c files, taken from the sources of 3.10 to 3.15. All offsets are in bytes.
//!
//! `check` checks the interpreter's structs before an object of their kind is read.

/// `dequeobject` of Modules/_collectionsmodule.c; its length is `ob_size`.
pub mod deque {
    /// `leftblock`
    pub const FIRST_BLOCK: usize = 24;
    /// `leftindex`: index of the first item in that block.
    pub const FIRST_INDEX: usize = 40;
    /// `state`: counts changes.
    pub const STATE: usize = 56;
    /// `maxlen`; negative if there is none.
    pub const MAXLEN: usize = 64;
    /// `BLOCKLEN`: number of items in a block.
    pub const BLOCK_LENGTH: usize = 64;
    /// `data` of a block, after the link to the previous one.
    pub const BLOCK_ITEMS: usize = 8;
    /// `rightlink` of a block.
    pub const BLOCK_NEXT: usize = BLOCK_ITEMS + 8 * BLOCK_LENGTH;
}

/// `defdictobject` of Modules/_collectionsmodule.c, which begins with a dict.
pub mod default_dict {
    /// `default_factory`
    pub const FACTORY: usize = 48;
}

/// `PyODictObject` of Objects/odictobject.c, which begins with a dict.
pub mod ordered_dict {
    /// `od_first`: the first node.
    pub const FIRST: usize = 48;
    /// `od_state`: counts changes of the order.
    pub const STATE: usize = 88;
    /// `key` of a node.
    pub const NODE_KEY: usize = 0;
    /// `next` of a node.
    pub const NODE_NEXT: usize = 16;
}

/// `partialobject` of Modules/_functoolsmodule.c.
pub mod partial {
    /// `fn`
    pub const FUNCTION: usize = 16;
    /// `args`: a tuple.
    pub const ARGUMENTS: usize = 24;
    /// `kw`: a dict.
    pub const KEYWORDS: usize = 32;
}

/// `mappingproxyobject` of Objects/descrobject.c.
pub mod mapping_proxy {
    /// `mapping`
    pub const MAPPING: usize = 16;
}

/// `propertyobject` of Objects/descrobject.c.
pub mod property {
    /// `prop_get`
    pub const GET: usize = 16;
    /// `prop_set`
    pub const SET: usize = 24;
    /// `prop_del`
    pub const DELETE: usize = 32;
}

/// `staticmethod` and `classmethod` of Objects/funcobject.c.
pub mod method_wrapper {
    /// `sm_callable`, `cm_callable`
    pub const CALLABLE: usize = 16;
}

/// `PyContextVar` of Include/internal/pycore_context.h.
pub mod context_variable {
    /// `var_name`: a str.
    pub const NAME: usize = 16;
    /// `var_default`, or null.
    pub const DEFAULT: usize = 24;
}

/// `rangeobject` of Objects/rangeobject.c: ints.
pub mod range {
    /// `start`
    pub const START: usize = 16;
    /// `stop`
    pub const STOP: usize = 24;
    /// `step`
    pub const STEP: usize = 32;
    /// `length`
    pub const LENGTH: usize = 40;
}

/// `PyDateTime_TimeZone` of Modules/_datetimemodule.c.
pub mod time_zone {
    /// `offset`: a timedelta.
    pub const OFFSET: usize = 16;
    /// `name`, or null.
    pub const NAME: usize = 24;
}

/// `PyZoneInfo_ZoneInfo` of Modules/_zoneinfo.c.
pub mod zone_info {
    /// `key`
    pub const KEY: usize = 16;
}

/// `PyDecObject` of Modules/_decimal/_decimal.c: a `mpd_t`.
pub mod decimal {
    /// `flags`: one byte.
    pub const FLAGS: usize = 24;
    /// `exp`
    pub const EXPONENT: usize = 32;
    /// `digits`: number of decimal digits.
    pub const DIGITS: usize = 40;
    /// `len`: number of words.
    pub const LENGTH: usize = 48;
    /// `data`: words of 19 digits, the least significant first.
    pub const WORDS: usize = 64;
}

/// `PatternObject` of Modules/_sre/sre.h.
pub mod pattern {
    /// `pattern`
    pub const PATTERN: usize = 48;
    /// `flags`: an `int`.
    pub const FLAGS: usize = 56;
}

/// `MatchObject` of Modules/_sre/sre.h.
pub mod found {
    /// `string`
    pub const STRING: usize = 24;
    /// `mark[0]`: start of the match.
    pub const START: usize = 80;
    /// `mark[1]`: end of the match.
    pub const END: usize = 88;
}

/// `arrayobject` of Modules/arraymodule.c; its length is `ob_size`.
pub mod array {
    /// `ob_item`
    pub const ITEMS: usize = 24;
    /// `ob_descr`: pointer to the description of the items.
    pub const DESCRIPTION: usize = 40;
    /// `typecode` of the description.
    pub const CODE: usize = 0;
    /// `itemsize` of the description, an `int`.
    pub const ITEM_SIZE: usize = 4;
}

/// `pysqlite_Row` of Modules/_sqlite/row.h.
pub mod row {
    /// `data`: a tuple.
    pub const VALUES: usize = 16;
    /// `description`: for each column a tuple that begins with its name.
    pub const COLUMNS: usize = 24;
}

/// `fileio` of Modules/_io/fileio.c.
pub mod file_io {
    /// `fd`: an `int`.
    pub const DESCRIPTOR: usize = 16;
}

/// The fields before an object whose dict CPython manages (inline functions of pycore_object.h).
pub mod before {
    /// The dict; in 3.12 the values instead, if the lowest bit is set.
    pub const DICT: isize = -24;
    /// The values in 3.11.
    pub const VALUES_3_11: isize = -32;
}

/// The fields before the values of an instance in 3.11 and 3.12 (inline functions of pycore_dict.h).
pub mod before_values {
    /// Number of values.
    pub const SIZE: usize = 2;
    /// The first byte of their order, which continues downwards.
    pub const ORDER: usize = 3;
}

/// numpy's `PyArrayObject_fields`, part of its binary interface.
pub mod numpy_array {
    /// `data`
    pub const DATA: usize = 16;
    /// `nd`: number of dimensions, an `int`.
    pub const DIMENSIONS: usize = 24;
    /// `dimensions`
    pub const SHAPE: usize = 32;
    /// `strides`
    pub const STRIDES: usize = 40;
    /// `descr`: its dtype.
    pub const DTYPE: usize = 56;
}

/// numpy's `PyArray_Descr`, part of its binary interface.
pub mod numpy_dtype {
    /// `typeobj`: the type of its scalars.
    pub const SCALAR: usize = 16;
    /// `kind`: one byte, like the next two.
    pub const KIND: usize = 24;
    /// `type`
    pub const CODE: usize = 25;
    /// `byteorder`
    pub const ORDER: usize = 26;
}

/// Scalars of numpy (arrayscalars.h).
pub mod numpy_scalar {
    /// `obval`
    pub const VALUE: usize = 16;
    /// `obmeta.base` of a date: its unit.
    pub const DATE_UNIT: usize = 24;
    /// `obmeta.num` of a date: the number of these units.
    pub const DATE_COUNT: usize = 28;
}
