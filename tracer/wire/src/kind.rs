//! Kinds of objects: how their contents are read and shown.

use crate::value::Value;

/// How the contents of the instances of a type are to be read and shown.
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
    /// Nothing is known of its contents.
    Opaque = 6,
    /// `maxlen` or None, then items.
    Deque = 7,
    /// The default factory, then key, value …
    DefaultDict = 8,
    /// Key, value …, insertion order matters to equality.
    OrderedDict = 9,
    /// Key, value …, shown by count.
    Counter = 10,
    /// Field name, value …
    NamedTuple = 11,
    /// The arguments.
    Exception = 12,
    /// One bytes value.
    ByteArray = 13,
    /// The type code, then items.
    Array = 14,
    /// Literal text, value, literal text, value …: shown one after the other.
    Template = 15,
    /// Keys and values of a mapping that does not change (3.15).
    FrozenDict = 16,
    /// A class: its name, how many bases follow, its further bases in the order in which attributes are looked up, then
    /// attribute name, value … of its own. The items before the attributes are made even by an unbound one.
    Class = 17,
    /// A function: its name, an unbound value, then attribute name, value …
    Function = 18,
    /// A module: its name, its namespace (unbound where that is not recorded; then attribute name, value … of those that
    /// recorded code names).
    Module = 19,
}

impl Kind {
    /// The kind a byte stands for.
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

    /// Whether it is something that code is: a class, a function or a module, which is shown by its name.
    #[inline]
    pub fn is_named(self) -> bool {
        matches!(self, Kind::Class | Kind::Function | Kind::Module)
    }

    /// Whether it is shown by what it contains, which is not its attributes.
    #[inline]
    pub fn has_contents(self) -> bool {
        !self.is_named() && !matches!(self, Kind::Instance | Kind::Opaque)
    }

    /// What its items are, and how they are written.
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
            // Up to 3.11 an OrderedDict is written as tuples; a Counter by its counts.
            Kind::OrderedDict | Kind::Counter => (0, Pairs, Own),
            Kind::NamedTuple => (0, Names, Own),
            Kind::Exception => (0, Arguments, Named("(", ")")),
            Kind::ByteArray => (0, Whole, Own),
            Kind::Array => (1, Whole, Own),
            Kind::Template => (0, Text, Own),
            Kind::FrozenDict => (0, Pairs, Named("({", "})")),
            // The bases of a class follow, up to an even place. What is noted of a module follows its namespace.
            Kind::Class | Kind::Function | Kind::Module => (2, Names, Own),
        };
        Shape { before, contents, written }
    }

    /// Whether its instances hold others: what `len` counts and truth goes by.
    #[inline]
    #[must_use]
    pub const fn is_container(self) -> bool {
        matches!(self.shape().contents, Contents::Positions | Contents::Members | Contents::Pairs)
    }

    /// Whether its contents stay what they are, apart from what they hold.
    #[inline]
    #[must_use]
    pub const fn is_fixed(self) -> bool {
        matches!(self, Kind::Tuple | Kind::Frozenset | Kind::NamedTuple | Kind::FrozenDict)
    }
}

/// What the items of a kind are. Whoever shows or looks up contents goes by it, not by the kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// So many items come before the contents, as the greatest length of a deque does.
    pub before: usize,
    /// What the others are.
    pub contents: Contents,
    /// How they are written.
    pub written: Written,
}

/// What the contents of an object are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Items by their position: `x[0]`.
    Positions,
    /// Items that are in it, with no way to each.
    Members,
    /// Key, value, key, value …: `x[key]`.
    Pairs,
    /// Name, value, name, value …: `x.name`.
    Names,
    /// What it was made with: `x.args[0]`.
    Arguments,
    /// Literal text, value, literal text, value …
    Text,
    /// Parts of one value, which is shown as a whole.
    Whole,
    /// Nothing is known of them.
    Nothing,
}

/// Between which signs the contents are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// These.
    Plain(&'static str, &'static str),
    /// These, after the name of the type. Without contents: `name()`.
    Named(&'static str, &'static str),
    /// In a way of its own.
    Own,
}

impl Shape {
    /// The contents among the items of an object.
    #[inline]
    #[must_use]
    pub fn of(self, items: &[Value]) -> &[Value] {
        items.get(self.before..).unwrap_or_default()
    }

    /// How many values are in an object that has `length` items: each pair counts once.
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

    /// An index as counted from the start, of an object that has `length` items; unchanged where keys are no positions.
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
