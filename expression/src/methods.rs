//! Methods of builtin values that change nothing.

use connie_wire::{Kind, Value};
use ruff_python_ast::{Expr, ExprAttribute, ExprCall};

use super::calls::{Arg, Arguments};
use super::operators::{all_bytes, whole};
use super::{Evaluator, Got, Outcome, Problem, classes, cut, is_scalar, numbers, raised, refuse, text, unknown};

const SET_METHODS: [&str; 8] =
    ["union", "intersection", "difference", "symmetric_difference", "issubset", "issuperset", "isdisjoint", "copy"];

impl Evaluator<'_> {
    /// A call of a method.
    pub(super) fn method(&self, call: &ExprCall, attribute: &ExprAttribute) -> Outcome {
        let name = attribute.attr.as_str();
        if let Expr::Name(class) = &*attribute.value
            && self.is_builtin(class.id.as_str())
            && classes::builtin(class.id.as_str()).is_some()
        {
            return self.call_unbound(class.id.as_str(), name, self.arguments(call)?);
        }
        let receiver = self.eval(&attribute.value)?;
        self.can_have_methods(&receiver, name, &call.func)?;
        if name == "join"
            && let (Got::Value(Value::Str(separator)), [values], []) =
                (&receiver, &*call.arguments.args, &*call.arguments.keywords)
            && !values.is_starred_expr()
        {
            return text::joined(&whole(separator)?, &self.values_of(values)?);
        }
        let arguments = match self.arguments(call) {
            // That there is no such method comes before what the arguments raise.
            Err(Problem::Raised(_) | Problem::Name(_)) if !self.has(&receiver, name) => {
                return Err(refuse::method(self, &receiver, name));
            }
            arguments => arguments?,
        };
        self.call_method(&receiver, name, arguments)
    }

    /// An error where a method may be code of the program: of its own objects nothing is called.
    pub(super) fn can_have_methods(&self, receiver: &Got, name: &str, function: &Expr) -> Result<(), Problem> {
        let is_value = !matches!(receiver, Got::Value(Value::Object(_)));
        let is_container = self.builtin_kind(receiver).is_some_and(|kind| !kind.is_named());
        let of_program =
            matches!(receiver, Got::Value(Value::Function(_) | Value::Class(_) | Value::Module(_) | Value::Method(_)));
        if is_value && !of_program
            || is_container
            || self.library_kind(receiver).is_some()
            || self.inherited(receiver, name).is_some()
        {
            return Ok(());
        }
        match self.attribute(receiver, name) {
            Err(Problem::Raised(error)) => Err(Problem::Raised(error)),
            _ => Err(refuse::program(&dotted(function).unwrap_or_else(|| name.to_owned()))),
        }
    }

    /// A method of a builtin class on what is given first: `str.lower(name)`.
    pub(super) fn call_unbound(&self, class: &str, name: &str, mut arguments: Arguments<'_>) -> Outcome {
        if class == "dict" && name == "fromkeys" {
            let (keys, value) = match &arguments.positional[..] {
                [keys] => (self.prepared(keys)?, Got::Value(Value::None)),
                [keys, value] => (self.prepared(keys)?, self.value(value)?),
                _ => return raised("TypeError: fromkeys expected 1 or 2 arguments"),
            };
            arguments.no_more(name)?;
            let keys = self.stream(&keys)?.all()?;
            return self.dict_of(keys.into_iter().map(|key| (key, value.clone())).collect());
        }
        if arguments.positional.is_empty() {
            return unknown(format!("{class}.{name}() is not evaluated with these arguments"));
        }
        let receiver = self.value(&arguments.positional.remove(0))?;
        match refuse::class_name(self, &receiver) {
            Some(own) if own == class || own == "bool" && class == "int" => {
                self.call_method(&receiver, name, arguments)
            }
            Some(own) if class != "object" && class != "type" => raised(format!(
                "TypeError: descriptor '{name}' for '{class}' objects doesn't apply to a '{own}' object"
            )),
            _ => unknown(format!("{class}.{name}() is not evaluated with these arguments")),
        }
    }

    /// A method of a value of a builtin class.
    pub(super) fn call_method(&self, receiver: &Got, name: &str, mut arguments: Arguments<'_>) -> Outcome {
        if name == "join"
            && let (Got::Value(Value::Str(separator)), [values], []) =
                (receiver, &arguments.positional[..], &arguments.keywords[..])
        {
            return text::joined(&whole(separator)?, &self.stream(values)?.all()?);
        }
        let kind = self.kind_with(receiver, name);
        let foreign = || Err(refuse::method(self, receiver, name));
        if refuse::changes(self, receiver, name) {
            return foreign();
        }
        if let (Got::Value(Value::Str(pattern)), "format") = (receiver, name) {
            return self.format_method(pattern, &arguments);
        }
        by_place(name, &mut arguments)?;
        arguments.no_more(name)?;
        let arguments = match self.evaluated(&arguments.positional) {
            // That there is no such method comes before what the arguments raise.
            Err(Problem::Raised(_) | Problem::Name(_)) if !self.has(receiver, name) => return foreign(),
            arguments => arguments?,
        };
        if let Got::Value(Value::Str(string)) = receiver
            && let Some(found) = cut::method(string, name, &arguments)
        {
            return found;
        }
        let found = match receiver {
            Got::Value(Value::Str(string)) => text::method(&whole(string)?, name, &arguments),
            Got::Value(Value::Bytes(bytes)) => text::of_bytes(all_bytes(bytes)?, name, &arguments),
            Got::Value(Value::Bool(_) | Value::Int(_) | Value::BigInt(..)) => of_int(receiver, name, &arguments),
            Got::Value(Value::Float(bits)) => of_float(f64::from_bits(*bits), name, &arguments),
            _ => match kind {
                Some(Kind::Dict | Kind::FrozenDict | Kind::OrderedDict | Kind::Counter | Kind::DefaultDict) => {
                    self.of_dict(receiver, name, &arguments)
                }
                Some(Kind::Set | Kind::Frozenset) => self.of_set(receiver, name, &arguments),
                Some(Kind::List | Kind::Tuple | Kind::Deque | Kind::NamedTuple) => {
                    self.of_sequence(receiver, kind == Some(Kind::List), name, &arguments)
                }
                _ => None,
            },
        };
        found.unwrap_or_else(foreign)
    }

    /// The kind of a container of a builtin class, recorded or made here.
    pub(super) fn builtin_kind(&self, value: &Got) -> Option<Kind> {
        match value {
            Got::List(_) => Some(Kind::List),
            Got::Tuple(_) | Got::Value(Value::Tuple(_)) => Some(Kind::Tuple),
            Got::Set(_) => Some(Kind::Set),
            Got::Dict(_) => Some(Kind::Dict),
            Got::Value(Value::Object(object)) => {
                let world = self.scope.world();
                let ty = world.entity(*object).and_then(|entity| entity.ty).and_then(|ty| world.type_name(ty))?;
                (ty.module == "builtins").then_some(ty.kind)
            }
            _ => None,
        }
    }

    /// The kind of a container of `collections`, whose methods are known as those of builtin classes are.
    pub(super) fn library_kind(&self, value: &Got) -> Option<Kind> {
        let Got::Value(Value::Object(object)) = value else { return None };
        let world = self.scope.world();
        let ty = world.entity(*object).and_then(|entity| entity.ty).and_then(|ty| world.type_name(ty))?;
        let known = matches!(
            (ty.kind, ty.name.as_str()),
            (Kind::OrderedDict, "OrderedDict")
                | (Kind::Counter, "Counter")
                | (Kind::DefaultDict, "defaultdict")
                | (Kind::Deque, "deque")
        );
        (known && ty.module == "collections").then_some(ty.kind)
    }

    /// The kind of a container whose method of a name is that of a builtin class, or of one of `collections`.
    fn kind_with(&self, value: &Got, method: &str) -> Option<Kind> {
        self.builtin_kind(value).or_else(|| self.library_kind(value)).or_else(|| self.inherited(value, method))
    }

    /// What the views of a dict are called.
    fn view(&self, receiver: &Got, name: &str) -> Option<&'static str> {
        let is_ordered = self.library_kind(receiver) == Some(Kind::OrderedDict);
        Some(match (name, is_ordered) {
            ("keys", false) => "dict_keys",
            ("values", false) => "dict_values",
            ("items", false) => "dict_items",
            ("keys", true) => "odict_keys",
            ("values", true) => "odict_values",
            ("items", true) => "odict_items",
            _ => return None,
        })
    }

    fn of_dict(&self, receiver: &Got, name: &str, arguments: &[Got]) -> Option<Outcome> {
        if let (Some(view), []) = (self.view(receiver, name), arguments) {
            let made = |(key, value): (Got, Got)| match name {
                "keys" => key,
                "values" => value,
                _ => Got::Tuple(vec![key, value]),
            };
            let pairs = self.pairs(receiver)?;
            return Some(pairs.map(|pairs| Got::View(view, pairs.into_iter().map(made).collect())));
        }
        match (name, arguments) {
            ("get", [key] | [key, _]) => Some(match self.stored(receiver, key) {
                Err(Problem::Raised(what)) if what.starts_with("KeyError") => {
                    Ok(arguments.get(1).cloned().unwrap_or(Got::Value(Value::None)))
                }
                found => found,
            }),
            ("copy", []) if self.library_kind(receiver).is_none() => Some(self.pairs(receiver)?.map(Got::Dict)),
            ("most_common", [] | [_]) if self.library_kind(receiver) == Some(Kind::Counter) => {
                Some(self.most_common(receiver, arguments.first()))
            }
            _ => None,
        }
    }

    /// `Counter.most_common`
    fn most_common(&self, receiver: &Got, most: Option<&Got>) -> Outcome {
        let most = match most {
            None | Some(Got::Value(Value::None)) => usize::MAX,
            Some(Got::Value(Value::Int(n))) => usize::try_from(*n).unwrap_or(0),
            Some(_) => return unknown("most_common() with this argument"),
        };
        let pairs = self.pairs(receiver).unwrap_or_else(|| unknown("the items of this"))?;
        let counts = |pair: &(Got, Got)| numbers::int(&pair.1);
        if !pairs.iter().all(|pair| counts(pair).is_some()) {
            return unknown("the order of counts that are no ints");
        }
        let mut pairs = pairs;
        pairs.sort_by_key(|pair| std::cmp::Reverse(counts(pair)));
        pairs.truncate(most);
        Ok(Got::List(pairs.into_iter().map(|(key, count)| Got::Tuple(vec![key, count])).collect()))
    }

    fn of_sequence(&self, receiver: &Got, is_list: bool, name: &str, arguments: &[Got]) -> Option<Outcome> {
        let items = match self.items(receiver) {
            Ok(items) => items,
            Err(problem) => return Some(Err(problem)),
        };
        let count = |wanted: &Got| -> Result<Vec<usize>, Problem> {
            let mut found = Vec::new();
            for (n, item) in items.iter().enumerate() {
                if self.equal(item, wanted)? {
                    found.push(n);
                }
            }
            Ok(found)
        };
        let number = |n: usize| Ok(Got::Value(Value::Int(n as i64)));
        match (name, arguments) {
            ("count", [wanted]) => Some(count(wanted).and_then(|found| number(found.len()))),
            ("index", [wanted]) => Some(count(wanted).and_then(|found| match found.first() {
                Some(at) => number(*at),
                None => raised("ValueError: it is not in the list"),
            })),
            ("copy", []) if is_list => Some(Ok(Got::List(items))),
            _ => None,
        }
    }

    fn of_set(&self, receiver: &Got, name: &str, arguments: &[Got]) -> Option<Outcome> {
        if !SET_METHODS.contains(&name) || arguments.len() > 1 {
            return None;
        }
        let evaluated = || {
            let own = self.set_items(receiver)?;
            let Some(other) = arguments.first() else {
                return if matches!(name, "union" | "intersection" | "difference" | "copy") {
                    Ok(Got::Set(own))
                } else {
                    raised(format!("TypeError: {name}() takes exactly one argument"))
                };
            };
            if name == "copy" {
                return raised("TypeError: copy() takes no arguments");
            }
            let Got::Set(other) = self.set_of(self.iterated(other)?)? else { return unknown("this argument") };
            self.combined(name, &own, &other)
        };
        Some(evaluated())
    }

    /// Whether a value of a builtin class is known to have a method of this name.
    fn has(&self, receiver: &Got, name: &str) -> bool {
        match (receiver, self.kind_with(receiver, name)) {
            (Got::Value(Value::Str(_)), _) => text::METHODS.contains(&name) || matches!(name, "join" | "format"),
            (_, Some(Kind::Dict | Kind::FrozenDict | Kind::OrderedDict | Kind::Counter | Kind::DefaultDict)) => {
                matches!(name, "get" | "copy" | "keys" | "values" | "items")
            }
            (_, Some(Kind::Set | Kind::Frozenset)) => SET_METHODS.contains(&name),
            (_, Some(Kind::List | Kind::Tuple)) => matches!(name, "count" | "index"),
            _ => false,
        }
    }

    /// The values of a set, recorded or made here, in whatever order.
    pub(super) fn set_items(&self, value: &Got) -> Result<Vec<Got>, Problem> {
        let items = match value {
            Got::Set(items) => items.clone(),
            value => self.items(value)?,
        };
        // Only these are known to hash and compare as python's own do.
        if items.iter().all(is_scalar) { Ok(items) } else { unknown("sets of these values") }
    }

    /// What a method of sets, or the operator that does the same, makes of two of them.
    pub(super) fn combined(&self, name: &str, own: &[Got], other: &[Got]) -> Outcome {
        let within = |value: &Got, all: &[Got]| -> Result<bool, Problem> {
            for known in all {
                if self.equal(known, value)? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let chosen = |from: &[Got], of: &[Got], wanted: bool| -> Result<Vec<Got>, Problem> {
            let mut found = Vec::new();
            for value in from {
                if within(value, of)? == wanted {
                    found.push(value.clone());
                }
            }
            Ok(found)
        };
        let truth = |truth: bool| Ok(Got::Value(Value::Bool(truth)));
        match name {
            "union" => Ok(Got::Set([own, &chosen(other, own, false)?].concat())),
            "intersection" => Ok(Got::Set(chosen(own, other, true)?)),
            "difference" => Ok(Got::Set(chosen(own, other, false)?)),
            "symmetric_difference" => Ok(Got::Set([chosen(own, other, false)?, chosen(other, own, false)?].concat())),
            "issubset" => truth(chosen(own, other, false)?.is_empty()),
            "issuperset" => truth(chosen(other, own, false)?.is_empty()),
            _ => truth(chosen(own, other, true)?.is_empty()),
        }
    }
}

/// Keyword arguments of methods that have a place too.
fn by_place(name: &str, arguments: &mut Arguments<'_>) -> Result<(), Problem> {
    let places: &[&str] = match name {
        "split" | "rsplit" => &["sep", "maxsplit"],
        "splitlines" => &["keepends"],
        "encode" | "decode" => &["encoding", "errors"],
        _ => &[],
    };
    for (place, keyword) in places.iter().enumerate() {
        let Some(value) = arguments.keyword(keyword) else { continue };
        if arguments.positional.len() < place {
            arguments.positional.push(Arg::Got(Got::Value(Value::None)));
        }
        if arguments.positional.len() != place {
            return unknown(format!("{name}() with the keyword {keyword}"));
        }
        arguments.positional.push(value);
    }
    Ok(())
}

/// A dotted name, as it is written.
pub(super) fn dotted(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(attribute) => Some(format!("{}.{}", dotted(&attribute.value)?, attribute.attr)),
        _ => None,
    }
}

fn of_int(value: &Got, name: &str, arguments: &[Got]) -> Option<Outcome> {
    let n = numbers::big(value)?;
    let number = |n: u64| Some(Ok(Got::Value(Value::Int(n as i64))));
    match (name, arguments) {
        ("bit_length", []) => number(n.bits()),
        ("bit_count", []) => number(n.magnitude().count_ones()),
        ("conjugate", []) => Some(numbers::give_big(n)),
        _ => None,
    }
}

fn of_float(x: f64, name: &str, arguments: &[Got]) -> Option<Outcome> {
    match (name, arguments) {
        ("is_integer", []) => Some(Ok(Got::Value(Value::Bool(x.is_finite() && x.fract() == 0.0)))),
        ("conjugate", []) => Some(numbers::give_float(x)),
        _ => None,
    }
}
