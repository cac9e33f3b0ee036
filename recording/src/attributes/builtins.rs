//! The attributes of builtin classes, by name: lookups skip builtin classes without the name.

/// Exceptions that define no attributes.
const PLAIN: &[&str] = &[
    "Exception",
    "TypeError",
    "StopAsyncIteration",
    "ModuleNotFoundError",
    "ConnectionError",
    "BrokenPipeError",
    "ConnectionAbortedError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "BlockingIOError",
    "ChildProcessError",
    "FileExistsError",
    "FileNotFoundError",
    "IsADirectoryError",
    "NotADirectoryError",
    "InterruptedError",
    "PermissionError",
    "ProcessLookupError",
    "TimeoutError",
    "EOFError",
    "RuntimeError",
    "RecursionError",
    "NotImplementedError",
    "UnboundLocalError",
    "IndentationError",
    "TabError",
    "LookupError",
    "IndexError",
    "KeyError",
    "ValueError",
    "UnicodeError",
    "AssertionError",
    "ArithmeticError",
    "FloatingPointError",
    "OverflowError",
    "ZeroDivisionError",
    "SystemError",
    "ReferenceError",
    "MemoryError",
    "BufferError",
    "Warning",
    "UserWarning",
    "EncodingWarning",
    "DeprecationWarning",
    "PendingDeprecationWarning",
    "SyntaxWarning",
    "RuntimeWarning",
    "FutureWarning",
    "ImportWarning",
    "UnicodeWarning",
    "BytesWarning",
    "ResourceWarning",
    "GeneratorExit",
    "KeyboardInterrupt",
    "ExceptionGroup",
];

const SEQUENCE: &str = "append clear copy count extend index insert pop remove reverse";
const DICT: &str = "clear copy fromkeys get items keys pop popitem setdefault update values";
const FROZENSET: &str = "copy difference intersection isdisjoint issubset issuperset symmetric_difference union";
const TEXT: &str = "capitalize center count endswith expandtabs find index isalnum isalpha isascii isdigit islower \
     isspace istitle isupper join ljust lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex \
     rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill";
const NUMBER: &str = "as_integer_ratio conjugate imag is_integer real";
const UNICODE: &str = "encoding end object reason start";

/// Whether a builtin class of this name has an attribute, in any version of Python that can be recorded; `None` if the
/// class is unknown. Dunder names are not listed.
pub(super) fn defines(class: &str, name: &str) -> Option<bool> {
    let lists: &[&str] = match class {
        "list" => &[SEQUENCE, "sort"],
        "deque" => &[SEQUENCE, "appendleft extendleft maxlen popleft rotate"],
        "dict" => &[DICT],
        "OrderedDict" => &[DICT, "move_to_end"],
        "defaultdict" => &[DICT, "default_factory"],
        "frozenset" => &[FROZENSET],
        "set" => &[
            FROZENSET,
            "add clear difference_update discard intersection_update pop remove symmetric_difference_update update",
        ],
        "tuple" => &["count index"],
        "str" => &[TEXT, "casefold encode format format_map isdecimal isidentifier isnumeric isprintable"],
        "bytes" => &[TEXT, "decode fromhex hex"],
        "bytearray" => &[TEXT, SEQUENCE, "decode fromhex hex resize take_bytes"],
        "int" => &[NUMBER, "bit_count bit_length denominator from_bytes numerator to_bytes"],
        "float" => &[NUMBER, "from_number fromhex hex"],
        "complex" => &["conjugate from_number imag real"],
        "BaseException" => &["add_note args with_traceback"],
        "BaseExceptionGroup" => &["derive exceptions message split subgroup"],
        "StopIteration" => &["value"],
        "SystemExit" => &["code"],
        "NameError" => &["name"],
        "AttributeError" => &["name obj"],
        "ImportError" => &["msg name name_from path"],
        "OSError" => &["characters_written errno filename filename2 strerror"],
        "SyntaxError" => &["_metadata end_lineno end_offset filename lineno msg offset print_file_and_line text"],
        "UnicodeEncodeError" | "UnicodeDecodeError" | "UnicodeTranslateError" => &[UNICODE],
        _ if PLAIN.contains(&class) => &[],
        _ => return None,
    };
    Some(lists.iter().any(|list| list.split_ascii_whitespace().any(|known| known == name)))
}

/// Data descriptors of builtin classes, which take precedence over an instance's own attribute: the other attributes
/// are methods.
const DATA: &str = "args characters_written code default_factory denominator encoding end end_lineno end_offset errno \
     exceptions filename filename2 imag lineno maxlen message msg name name_from numerator obj object offset path \
     print_file_and_line real reason start strerror text value";

/// Whether an attribute that a builtin class defines is a data descriptor.
pub(super) fn is_data(name: &str) -> bool {
    DATA.split_ascii_whitespace().any(|known| known == name)
}
