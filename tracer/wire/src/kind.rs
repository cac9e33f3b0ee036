//! Kinds of objects: how their contents are read and shown.

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
    /// A module: its name, its namespace (unbound where that is not recorded).
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
}
