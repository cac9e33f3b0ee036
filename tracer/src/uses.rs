//! How an instruction or a call uses a value, and so which methods of its class run.

/// A set of the constants below.
pub type Uses = u16;

/// Arithmetic, as either operand.
pub const ARITHMETIC: Uses = 1;
/// `==`, `<` and the like.
pub const COMPARE: Uses = 1 << 1;
/// `hash`.
pub const HASH: Uses = 1 << 2;
/// `bool` and `len`.
pub const TRUTH: Uses = 1 << 3;
/// `str`, `repr` and `format`.
pub const TEXT: Uses = 1 << 4;
/// Subscripts.
pub const ITEM: Uses = 1 << 5;
/// Iteration and `in`.
pub const ITERATE: Uses = 1 << 6;
/// Conversion to other types, including indexes.
pub const CONVERT: Uses = 1 << 7;
/// A call of the value.
pub const CALL: Uses = 1 << 8;
/// A check whether something is an instance or subclass of the value, which is a class.
pub const INSTANCE: Uses = 1 << 9;

/// Reading of attributes, whatever their names.
pub const ATTRIBUTE: Uses = 1 << 10;
/// Death of the value.
pub const END: Uses = 1 << 11;

/// Iteration over its items.
pub const UNPACK: Uses = 1 << 12;

/// Iteration by an iterator, which may run code of the object that it was made from.
pub const GENERATE: Uses = 1 << 13;

/// Writing to the value.
pub const WRITE: Uses = 1 << 14;

/// The ways in which C code may use any argument, besides calling it and iterating over it.
pub const ANY: Uses = ARITHMETIC | COMPARE | HASH | TRUTH | TEXT | ITEM | ITERATE | CONVERT;
/// The uses of a builtin container that also use its items.
pub const INNER: Uses = COMPARE | HASH | TEXT | INSTANCE;

/// The uses that run a method with this name.
pub fn of_method(name: &[u8]) -> Uses {
    const NONE: [&[u8]; 24] = [
        b"__init__",
        b"__new__",
        b"__init_subclass__",
        b"__subclasshook__",
        b"__enter__",
        b"__exit__",
        b"__aenter__",
        b"__aexit__",
        b"__getattr__",
        b"__getattribute__",
        b"__setattr__",
        b"__delattr__",
        b"__reduce__",
        b"__reduce_ex__",
        b"__getstate__",
        b"__setstate__",
        b"__dir__",
        b"__set_name__",
        b"__copy__",
        b"__deepcopy__",
        b"__replace__",
        b"__getnewargs__",
        b"__getnewargs_ex__",
        b"__members__",
    ];
    match name {
        b"write" => return WRITE,
        b"keys" => return ITEM,
        _ => {}
    }
    if !name.starts_with(b"__") || !name.ends_with(b"__") || NONE.contains(&name) {
        return 0;
    }
    match name {
        b"__eq__" | b"__ne__" | b"__lt__" | b"__le__" | b"__gt__" | b"__ge__" => COMPARE,
        b"__hash__" => HASH,
        b"__bool__" => TRUTH,
        b"__len__" => TRUTH | ITERATE | UNPACK,
        b"__str__" | b"__repr__" | b"__format__" => TEXT,
        b"__getitem__" | b"__missing__" => ITEM | ITERATE | UNPACK,
        b"__setitem__" | b"__delitem__" | b"__class_getitem__" => ITEM,
        b"__iter__" | b"__next__" | b"__reversed__" | b"__contains__" | b"__length_hint__" => ITERATE | UNPACK,
        b"__call__" => CALL,
        b"__del__" => END,
        b"__index__" | b"__int__" | b"__float__" | b"__complex__" | b"__round__" | b"__trunc__" | b"__floor__"
        | b"__ceil__" | b"__bytes__" | b"__fspath__" => CONVERT | ARITHMETIC,
        b"__instancecheck__" | b"__subclasscheck__" => INSTANCE,
        _ => ARITHMETIC,
    }
}
