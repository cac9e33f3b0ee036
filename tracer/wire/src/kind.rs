//! Kinds of objects: how their contents are read and shown.

use crate::value::Value;

/// How the contents of a type's instances are read and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Items in order.
    List = 0,
    /// Items in order, immutable.
    Tuple = 1,
    /// Items in iteration order.
    Set = 2,
    /// Items in iteration order, immutable.
    Frozenset = 3,
    /// Key, value, key, value …
    Dict = 4,
    /// Attribute name, value, attribute name, value …
    Instance = 5,
    /// Its contents are not known.
    Opaque = 6,
    /// `maxlen` or None, then items.
    Deque = 7,
    /// The default factory, then key, value …
    DefaultDict = 8,
    /// Key, value …; their order matters for equality.
    OrderedDict = 9,
    /// Key, value …; shown sorted by count.
    Counter = 10,
    /// Field name, value …
    NamedTuple = 11,
    /// The arguments.
    Exception = 12,
    /// One bytes value.
    ByteArray = 13,
    /// The type code, then items.
    Array = 14,
    /// Literal text, value, literal text, value …; shown one after the other.
    Template = 15,
    /// Keys and values of a mapping that does not change (3.15).
    FrozenDict = 16,
    /// A class: its name, the number of further bases, these bases in the order of attribute lookup, then attribute
    /// name, value … of its own. If the number of items before the attributes is odd, an unbound one is added.
    Class = 17,
    /// A function: its name, an unbound value, then attribute name, value …
    Function = 18,
    /// A module: its name, its namespace (unbound if that is not recorded; then attribute name, value … of those that
    /// recorded code names).
    Module = 19,
}

impl Kind {
    /// The kind with this byte.
    pub fn from_byte(byte: u8) -> Option<Self> {
        const ALL: [Kind; 20] = [
            Kind::List,
            Kind::Tuple,
            Kind::Set,
            Kind::Frozenset,
            Kind::Dict,
            Kind::Instance,
            Kind::Opaque,
            Kind::Deque,
            Kind::DefaultDict,
            Kind::OrderedDict,
            Kind::Counter,
            Kind::NamedTuple,
            Kind::Exception,
            Kind::ByteArray,
            Kind::Array,
            Kind::Template,
            Kind::FrozenDict,
            Kind::Class,
            Kind::Function,
            Kind::Module,
        ];
        ALL.get(usize::from(byte)).copied()
    }

    /// Whether it is a class, a function or a module, which is shown by its name.
    #[inline]
    pub fn is_named(self) -> bool {
        matches!(self, Kind::Class | Kind::Function | Kind::Module)
    }

    /// Whether it has contents other than attributes, which it is shown by.
    #[inline]
    pub fn has_contents(self) -> bool {
        !self.is_named() && !matches!(self, Kind::Instance | Kind::Opaque)
    }

    /// The meaning of its items, and how they are written.
    #[inline]
    #[must_use]
    pub const fn shape(self) -> Shape {
        use Contents::{Arguments, Members, Names, Nothing, Pairs, Positions, Text, Whole};
        use Written::{Named, Own, Plain};
        let (before, contents, written) = match self {
            Kind::List => (0, Positions, Plain("[", "]")),
            Kind::Tuple => (0, Positions, Own),
            Kind::Set => (0, Members, Own),
            Kind::Frozenset => (0, Members, Named("({", "})")),
            Kind::Dict => (0, Pairs, Plain("{", "}")),
            Kind::Instance => (0, Names, Own),
            Kind::Opaque => (0, Nothing, Own),
            Kind::Deque => (1, Positions, Own),
            Kind::DefaultDict => (1, Pairs, Own),
            // Up to 3.11 an OrderedDict is written as tuples. A Counter is sorted by its counts.
            Kind::OrderedDict | Kind::Counter => (0, Pairs, Own),
            Kind::NamedTuple => (0, Names, Own),
            Kind::Exception => (0, Arguments, Named("(", ")")),
            Kind::ByteArray => (0, Whole, Own),
            Kind::Array => (1, Whole, Own),
            Kind::Template => (0, Text, Own),
            Kind::FrozenDict => (0, Pairs, Named("({", "})")),
            // The bases of a class follow, up to an even index. The attributes of a module follow its namespace.
            Kind::Class | Kind::Function | Kind::Module => (2, Names, Own),
        };
        Shape { before, contents, written }
    }

    /// Whether instances contain other objects, so that `len` and truth depend on their number.
    #[inline]
    #[must_use]
    pub const fn is_container(self) -> bool {
        matches!(self.shape().contents, Contents::Positions | Contents::Members | Contents::Pairs)
    }

    /// Whether its contents are immutable, apart from those of its items.
    #[inline]
    #[must_use]
    pub const fn is_fixed(self) -> bool {
        matches!(self, Kind::Tuple | Kind::Frozenset | Kind::NamedTuple | Kind::FrozenDict)
    }
}

/// The meaning of the items of a kind. Code that shows or looks up contents depends on the shape, not on the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Number of items before the contents, such as the maximum length of a deque.
    pub before: usize,
    /// The meaning of the other items.
    pub contents: Contents,
    /// How they are written.
    pub written: Written,
}

/// The meaning of an object's contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Items by their position: `x[0]`.
    Positions,
    /// Members, which cannot be accessed one by one.
    Members,
    /// Key, value, key, value …: `x[key]`.
    Pairs,
    /// Name, value, name, value …: `x.name`.
    Names,
    /// Arguments of the constructor: `x.args[0]`.
    Arguments,
    /// Literal text, value, literal text, value …
    Text,
    /// Parts of one value, which is shown as a whole.
    Whole,
    /// They are not known.
    Nothing,
}

/// The signs around the written contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// Between these signs.
    Plain(&'static str, &'static str),
    /// Between these signs, after the name of the type. Without contents: `name()`.
    Named(&'static str, &'static str),
    /// In a special way.
    Own,
}

impl Shape {
    /// The contents, without the items before them.
    #[inline]
    #[must_use]
    pub fn of(self, items: &[Value]) -> &[Value] {
        items.get(self.before..).unwrap_or_default()
    }

    /// Number of values in an object that has `length` items. A pair counts once.
    #[inline]
    #[must_use]
    pub const fn count(self, length: u64) -> u64 {
        let length = length.saturating_sub(self.before as u64);
        match self.contents {
            Contents::Pairs | Contents::Names => length / 2,
            Contents::Positions | Contents::Members | Contents::Arguments => length,
            Contents::Text | Contents::Whole | Contents::Nothing => 0,
        }
    }

    /// Converts a negative index to one from the start, for an object that has `length` items. Unchanged if keys are
    /// not positions.
    #[inline]
    #[must_use]
    pub const fn from_start(self, index: i64, length: u64) -> i64 {
        match self.contents {
            Contents::Positions if index < 0 => index.saturating_add_unsigned(self.count(length)),
            _ => index,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_byte_and_a_shape() {
        let kinds: Vec<Kind> = (0..=u8::MAX).map_while(Kind::from_byte).collect();
        assert_eq!(kinds.last(), Some(&Kind::Module));
        for (byte, kind) in (0..).zip(&kinds) {
            assert_eq!(*kind as u8, byte);
            let shape = kind.shape();
            let items = vec![Value::None; shape.before + 4];
            assert_eq!(shape.of(&items).len(), 4, "{kind:?}");
            assert!(shape.of(&items[..shape.before]).is_empty());
            assert_eq!(shape.count(0), 0);
        }
    }

    #[test]
    fn kinds_differ_in_what_they_are() {
        let those = |is: fn(Kind) -> bool| {
            (0..=u8::MAX).map_while(Kind::from_byte).filter(|kind| is(*kind)).collect::<Vec<_>>()
        };
        assert_eq!(those(Kind::is_named), [Kind::Class, Kind::Function, Kind::Module]);
        let without = [Kind::Instance, Kind::Opaque, Kind::Class, Kind::Function, Kind::Module];
        assert_eq!(those(|kind| !kind.has_contents()), without);
        assert_eq!(those(Kind::is_fixed), [Kind::Tuple, Kind::Frozenset, Kind::NamedTuple, Kind::FrozenDict]);
        let containers = those(Kind::is_container);
        assert!(
            containers.contains(&Kind::Set) && containers.contains(&Kind::Deque) && containers.contains(&Kind::Counter)
        );
        assert!(!containers.contains(&Kind::NamedTuple) && !containers.contains(&Kind::Array));
        assert_eq!(Kind::Instance.shape().count(4), 2);
        assert_eq!((Kind::Exception.shape().count(4), Kind::Array.shape().count(4)), (4, 0));
    }

    #[test]
    fn what_comes_before_does_not_count() {
        assert_eq!(Kind::Deque.shape().count(4), 3);
        assert_eq!(Kind::DefaultDict.shape().count(5), 2);
        assert_eq!(Kind::Deque.shape().from_start(-1, 4), 2);
        assert_eq!(Kind::List.shape().from_start(-1, 4), 3);
        assert_eq!(Kind::Dict.shape().from_start(-1, 4), -1);
        assert_eq!(Kind::List.shape().from_start(1, 4), 1);
    }
}
