//! Explains why an expression is not evaluated, as precisely as possible.

use connie_wire::{Kind, Value};
use ruff_python_ast::Expr;

use super::got::Got;
use super::problem::{Problem, raised, unknown};
use super::values::Values;

/// Builtin functions and callable classes, by name.
const FUNCTIONS: &str = "abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod \
     compile complex copyright credits delattr dict dir divmod enumerate eval exec exit filter float format frozenset \
     getattr globals hasattr hash help hex id input int isinstance issubclass iter len license list locals map max \
     memoryview min next object oct open ord pow print property quit range repr reversed round set setattr slice sorted \
     staticmethod str sum super tuple type vars zip __import__ __build_class__";

/// Builtin classes of exceptions, by name.
const EXCEPTIONS: &str = "ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError BrokenPipeError \
     BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError \
     ConnectionResetError DeprecationWarning EOFError EncodingWarning EnvironmentError Exception ExceptionGroup \
     FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError ImportError \
     ImportWarning IndentationError IndexError InterruptedError IsADirectoryError KeyError KeyboardInterrupt \
     LookupError MemoryError ModuleNotFoundError NameError NotADirectoryError NotImplementedError OSError \
     OverflowError PendingDeprecationWarning PermissionError ProcessLookupError PythonFinalizationError \
     RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning StopAsyncIteration StopIteration \
     SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError TypeError UnboundLocalError \
     UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning UserWarning ValueError \
     Warning ZeroDivisionError _IncompleteInputError";

/// Builtin functions with side effects: on the program, its files or its terminal.
const ACTS: &str = "breakpoint compile delattr eval exec exit help input open quit setattr __import__ __build_class__ \
     copyright credits license";

/// Methods of builtin classes that change their object.
const CHANGES: &str = "add append appendleft clear difference_update discard extend extendleft insert \
     intersection_update move_to_end pop popitem popleft remove reverse rotate setdefault sort \
     symmetric_difference_update update subtract";

fn is_in(list: &str, name: &str) -> bool {
    list.split_ascii_whitespace().any(|known| known == name)
}

/// Whether a name is that of a builtin function or class.
pub(super) fn is_builtin_function(name: &str) -> bool {
    is_in(FUNCTIONS, name)
}

/// The error for a name without a value.
pub(super) fn name(name: &str) -> Problem {
    if is_builtin_function(name) {
        return Problem::NotEvaluated(format!(
            "{name} is a builtin function, which is evaluated only where it is called"
        ));
    }
    if is_in(EXCEPTIONS, name) {
        return Problem::NotEvaluated(format!("{name} is a builtin class of exceptions, which is not evaluated"));
    }
    Problem::Name(name.to_owned())
}

/// The error for a call of something that the program defines under a name.
pub(super) fn program(name: &str) -> Problem {
    Problem::NotEvaluated(format!("calling {name} would run code of the program, and nothing is run here"))
}

/// The error for a builtin function that is not evaluated.
pub(super) fn not_evaluated(name: &str) -> Problem {
    Problem::NotEvaluated(if is_in(ACTS, name) {
        format!("{name}() acts on the program or its surroundings, and nothing is run here")
    } else {
        format!("{name}() is not evaluated with these arguments")
    })
}

/// The error for a call that creates an iterator.
pub(super) fn iterator(name: &str) -> Problem {
    Problem::NotEvaluated(format!(
        "{name}() gives an iterator, which shows nothing itself: list({name}(…)) shows its values"
    ))
}

/// The error for an unsupported kind of expression.
pub(super) fn kind(expr: &Expr) -> Problem {
    let why = match expr {
        Expr::Lambda(_) => "a lambda is evaluated only where it is called, or given as a function",
        Expr::Generator(_) => "a generator shows nothing itself: list(…) shows its values",
        Expr::Await(_) => "await runs code of the program, and nothing is run here",
        Expr::Yield(_) | Expr::YieldFrom(_) => "yield works only within the program",
        Expr::Slice(_) => "a slice is allowed only between square brackets",
        Expr::Starred(_) => "`*` is allowed only in displays and calls",
        Expr::TString(_) => "template strings are not evaluated",
        _ => "this kind of expression is not supported",
    };
    Problem::NotEvaluated(why.into())
}

/// The name of the class of a value, if the class is builtin.
pub(super) fn class_name(values: &Values<'_>, value: &Got) -> Option<String> {
    match values.class_of(value).ok()? {
        Got::Class(module, name) if module == "builtins" => Some(name),
        _ => None,
    }
}

/// The error for an argument of an unsupported type.
pub(super) fn wrong_type<T>(function: &str, value: &Got) -> Result<T, Problem> {
    match value {
        Got::Value(Value::Object(_) | Value::BigInt(..) | Value::Unknown(_) | Value::Redacted(_) | Value::Cut) => {
            unknown(format!("{function}() with this argument"))
        }
        _ => raised(format!("TypeError: {function}() got an argument of another type")),
    }
}

/// The error for `len` of a value that has no length, or whose length code of the program computes.
pub(super) fn no_length<T>(values: &Values<'_>, value: &Got) -> Result<T, Problem> {
    match (value, class_name(values, value)) {
        (
            Got::Value(Value::None | Value::Bool(_) | Value::Int(_) | Value::BigInt(..) | Value::Float(_)),
            Some(class),
        ) => raised(format!("TypeError: object of type '{class}' has no len()")),
        _ => unknown("this has no known length"),
    }
}

/// The error for iterating over a value that is not iterable, or whose items code of the program computes.
pub(super) fn not_iterable<T>(values: &Values<'_>, value: &Got) -> Result<T, Problem> {
    match (value, class_name(values, value)) {
        (
            Got::Value(Value::None | Value::Bool(_) | Value::Int(_) | Value::BigInt(..) | Value::Float(_)),
            Some(class),
        ) => raised(format!("TypeError: '{class}' object is not iterable")),
        (Got::Value(Value::Redacted(_)), _) => unknown("this is a secret that was not recorded"),
        _ => unknown("this has no recorded items"),
    }
}

/// The error for `next` of a value that is not an iterator made by the expression.
pub(super) fn no_iterator<T>(values: &Values<'_>, value: &Got) -> Result<T, Problem> {
    match value {
        Got::Value(Value::Object(_)) if values.builtin_kind(value).is_none_or(|kind| kind == Kind::Template) => {
            unknown("next() would move an iterator of the program, or run its code")
        }
        value => match class_name(values, value) {
            Some(class) => raised(format!("TypeError: '{class}' object is not an iterator")),
            None => unknown("next() of this"),
        },
    }
}

fn class_of(values: &Values<'_>, receiver: &Got) -> String {
    let class = class_name(values, receiver).or_else(|| values.object(receiver).map(|(_, _, class)| class));
    class.unwrap_or_else(|| "this".into())
}

/// Whether a method changes its object.
pub(super) fn changes(values: &Values<'_>, receiver: &Got, name: &str) -> bool {
    is_in(CHANGES, name)
        && connie_recording::attributes::builtin_defines(&class_of(values, receiver), name) == Some(true)
}

/// The error for a method of a builtin class that is not evaluated.
pub(super) fn method(values: &Values<'_>, receiver: &Got, name: &str) -> Problem {
    let class = class_of(values, receiver);
    if changes(values, receiver, name) {
        return Problem::NotEvaluated(format!("{class}.{name}() would change what was recorded"));
    }
    match connie_recording::attributes::builtin_defines(&class, name) {
        Some(false) if !connie_recording::attributes::is_dunder(name) => {
            Problem::Raised(format!("AttributeError: '{class}' object has no attribute '{name}'"))
        }
        _ => Problem::NotEvaluated(format!("{class}.{name}() is not evaluated with these arguments")),
    }
}
