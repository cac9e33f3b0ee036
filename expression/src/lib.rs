//! Python expressions over recorded values: parsed by ruff, interpreted here, nothing is executed.
//!
//! What cannot be told from the recording is an error that says so, never a guess.

mod access;
mod arrays;
mod budget;
mod callable;
mod calls;
mod classes;
mod compare;
mod comprehension;
mod containers;
mod cut;
pub mod field;
mod format;
mod iterables;
mod methods;
mod numbers;
mod operators;
mod radix;
mod reflect;
mod refuse;
mod stream;
mod strings;
mod sum;
mod templates;
mod text;
mod unpack;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use connie_wire::value::Blob;
pub use connie_wire::value::text_value;
use connie_wire::{Kind, Value};
use ruff_python_ast::{Expr, ExprNamed, Number, UnaryOp};
use thiserror::Error;

use connie_recording::attributes::{self, Found};
use connie_recording::chunk::Entity;
use connie_recording::ints;
use connie_recording::render::{Bounds, DOUBT, Renderer, World};

/// Why there is no value.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Problem {
    /// Not an expression of Python.
    #[error("not a Python expression: {0}")]
    Syntax(String),
    /// No variable of this name is known at this moment.
    #[error("{0} is not known here")]
    Name(String),
    /// What CPython would raise.
    #[error("{0}")]
    Raised(String),
    /// It needs more of a text than was recorded.
    #[error("not evaluated: only the first {kept} of {length} {unit} were recorded")]
    Cut {
        /// Characters (of bytes: bytes) that were recorded.
        kept: u64,
        /// How many there were.
        length: u64,
        /// `characters` or `bytes`.
        unit: &'static str,
    },
    /// It would run code, or needs what was not recorded.
    #[error("not evaluated: {0}")]
    NotEvaluated(String),
}

type Outcome = Result<Got, Problem>;

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Got {
    /// A recorded value, or a scalar.
    Value(Value),
    /// A list made by the expression.
    List(Vec<Got>),
    /// A tuple made by the expression.
    Tuple(Vec<Got>),
    /// A set made by the expression, each value once.
    Set(Vec<Got>),
    /// A dict made by the expression.
    Dict(Vec<(Got, Got)>),
    /// A class: its module and its qualified name.
    Class(String, String),
    /// What `keys`, `values` or `items` of a dict give, as Python calls it, and what it has.
    View(&'static str, Vec<Got>),
    /// A `range`: start, stop and step.
    Range(i64, i64, i64),
}

impl Got {
    /// Whether it has a set of several values in it, whose order when shown is python's own.
    fn has_order_of_a_set(&self) -> bool {
        match self {
            Got::Value(_) | Got::Class(..) | Got::Range(..) => false,
            Got::List(items) | Got::Tuple(items) | Got::View(_, items) => items.iter().any(Got::has_order_of_a_set),
            Got::Set(items) => items.len() > 1 || items.iter().any(Got::has_order_of_a_set),
            Got::Dict(pairs) => pairs.iter().any(|(key, value)| key.has_order_of_a_set() || value.has_order_of_a_set()),
        }
    }
}

/// Where names are looked up: a frame at a moment.
pub trait Scope {
    /// The values of the recording then.
    fn world(&self) -> &dyn World;
    /// The value of a variable, local or global.
    fn name(&self, name: &str) -> Option<Value>;
    /// The variables of the frame, by name: those of a function, or of the body of a module or class. `None` where
    /// they are not known.
    fn locals(&self) -> Option<Vec<(String, Value)>> {
        None
    }
    /// The variables of its module; `None` where they are not known.
    fn globals(&self) -> Option<Vec<(String, Value)>> {
        None
    }
    /// Whether that is not sure: somebody else may have changed it.
    fn is_in_doubt(&self, _name: &str) -> bool {
        false
    }
}

/// A parsed expression.
#[derive(Clone, Debug)]
pub struct Expression {
    /// As it was given.
    pub text: String,
    ast: Expr,
}

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        // Deep nesting would need as much of our stack.
        if text.len() > 10_000 || text.bytes().filter(|byte| b"([{-~".contains(byte)).count() > 200 {
            return Err(Problem::Syntax("it is too long".into()));
        }
        match ruff_python_parser::parse_expression(text) {
            Ok(parsed) => Ok(Self { text: text.into(), ast: *parsed.into_syntax().body }),
            Err(_) if ruff_python_parser::parse_module(text).is_ok() => {
                Err(Problem::Syntax("this is a statement, and nothing is run here".into()))
            }
            Err(error) => Err(Problem::Syntax(error.error.to_string())),
        }
    }

    /// Its value in a scope.
    ///
    /// # Errors
    /// Where it has none that is known.
    pub fn eval(&self, scope: &dyn Scope) -> Outcome {
        let (got, doubtful) = self.eval_doubtful(scope)?;
        if doubtful {
            return unknown("code that was not recorded may have changed this since it was last seen");
        }
        Ok(got)
    }

    /// Its value in a scope, and whether it is one that was last seen before code ran that was not recorded and may have
    /// changed it.
    ///
    /// # Errors
    /// As for [`Self::eval`].
    pub fn eval_doubtful(&self, scope: &dyn Scope) -> Result<(Got, bool), Problem> {
        let (got, doubtful, _) = self.eval_printing(scope)?;
        Ok((got, doubtful))
    }

    /// As [`Self::eval_doubtful`], and what `print` in the expression printed.
    ///
    /// # Errors
    /// As for [`Self::eval`].
    pub fn eval_printing(&self, scope: &dyn Scope) -> Result<(Got, bool, String), Problem> {
        let evaluator = Evaluator::new(scope, &self.text);
        let got = evaluator.eval(&self.ast)?;
        if got.has_order_of_a_set() {
            return unknown("the order in which a new set shows its values is not known");
        }
        Ok((got, evaluator.doubtful.get(), evaluator.printed.take()))
    }

    /// The object or frame, and the key in it, that the expression names: what a write to it changes.
    ///
    /// # Errors
    /// Where it names no place, or its container is not known.
    pub fn place(&self, scope: &dyn Scope) -> Result<Place, Problem> {
        self.place_doubtful(scope).map(|(place, _)| place)
    }

    /// As [`Self::place`], and whether it is one that was last seen before code ran that was not recorded.
    ///
    /// # Errors
    /// As for [`Self::place`].
    pub fn place_doubtful(&self, scope: &dyn Scope) -> Result<(Place, bool), Problem> {
        let evaluator = Evaluator::new(scope, &self.text);
        let object = |expr: &Expr| match evaluator.eval(expr)? {
            Got::Value(Value::Object(object)) => Ok(object),
            _ => Err(Problem::NotEvaluated("only objects change".into())),
        };
        let place = match &self.ast {
            Expr::Name(name) => Place::Variable(name.id.to_string()),
            Expr::Attribute(attribute) => {
                let name = attribute.attr.as_str();
                let (Got::Value(Value::Object(object)), _) = evaluator.holder(attribute)? else {
                    return Err(Problem::NotEvaluated("only objects change".into()));
                };
                // It may be the class's, or lie in the namespace of a module.
                let holder = match attributes::find(scope.world(), object, name, &mut Vec::new()) {
                    Some(Found::Is { holder, .. }) => holder,
                    Some(Found::Method { .. }) | None => object,
                    Some(Found::Missing(_) | Found::Unknown(_)) => attributes::home(scope.world(), object),
                };
                Place::Key(holder, text_value(name))
            }
            Expr::Subscript(subscript) => {
                let object = object(&subscript.value)?;
                match evaluator.eval(&subscript.slice)? {
                    Got::Value(key) => Place::Key(object, key),
                    _ => return unknown("the key is no single value"),
                }
            }
            _ => return unknown("this names no variable, attribute or item"),
        };
        Ok((place, evaluator.doubtful.get()))
    }
}

/// What can be written to.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// A variable of the frame, or a global.
    Variable(String),
    /// An attribute, item or key of an object.
    Key(u64, Value),
}

struct Evaluator<'a> {
    scope: &'a dyn Scope,
    /// The expression, as it was given.
    source: &'a str,
    /// Variables of the comprehensions that are being evaluated, the innermost last.
    bound: RefCell<Vec<(String, Got)>>,
    /// How many values comprehensions have looked at.
    looked: Cell<usize>,
    /// Bytes that were made so far.
    made: Cell<usize>,
    /// Whether the contents of something were used that is not sure.
    doubtful: Cell<bool>,
    /// What `:=` assigned.
    assigned: RefCell<Vec<(String, Got)>>,
    /// Whether Python may evaluate less than is evaluated here, as it stops where it has seen enough.
    lazy: Cell<usize>,
    /// What `print` printed.
    printed: RefCell<String>,
}

impl<'a> Evaluator<'a> {
    fn new(scope: &'a dyn Scope, source: &'a str) -> Self {
        Self {
            scope,
            source,
            bound: RefCell::default(),
            looked: Cell::new(0),
            made: Cell::new(0),
            doubtful: Cell::new(false),
            assigned: RefCell::default(),
            lazy: Cell::new(0),
            printed: RefCell::default(),
        }
    }
}

fn unknown<T>(why: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::NotEvaluated(why.into()))
}

fn raised<T>(what: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Raised(what.into()))
}

impl Evaluator<'_> {
    fn eval(&self, expr: &Expr) -> Outcome {
        let got = self.eval_uncounted(expr)?;
        self.charge_result(expr, &got)?;
        Ok(got)
    }

    fn eval_uncounted(&self, expr: &Expr) -> Outcome {
        match expr {
            Expr::Name(name) => self.named(name.id.as_str()),
            Expr::NumberLiteral(number) => match &number.value {
                Number::Int(n) => match n.as_i64() {
                    Some(n) => Ok(Got::Value(Value::Int(n))),
                    None => numbers::literal(&n.to_string()),
                },
                Number::Float(x) => Ok(Got::Value(Value::Float(x.to_bits()))),
                Number::Complex { real, imag } => Ok(Got::Value(Value::Complex(real.to_bits(), imag.to_bits()))),
            },
            Expr::StringLiteral(text) => Ok(Got::Value(text_value(text.value.to_str()))),
            Expr::BytesLiteral(bytes) => {
                let bytes: Vec<u8> = bytes.value.bytes().collect();
                Ok(Got::Value(Value::Bytes(Blob { bytes: bytes.into(), cut: None })))
            }
            Expr::BooleanLiteral(truth) => Ok(Got::Value(Value::Bool(truth.value))),
            Expr::NoneLiteral(_) => Ok(Got::Value(Value::None)),
            Expr::EllipsisLiteral(_) => Ok(Got::Value(Value::Ellipsis)),
            Expr::List(list) => Ok(Got::List(self.unpacked(&list.elts)?)),
            Expr::Tuple(tuple) => Ok(Got::Tuple(self.unpacked(&tuple.elts)?)),
            Expr::Attribute(attribute) => {
                let (holder, of_method) = self.holder(attribute)?;
                self.held(holder, of_method, attribute.attr.as_str())
            }
            Expr::Subscript(subscript) => {
                let value = self.eval(&subscript.value)?;
                if let Expr::Slice(slice) = &*subscript.slice {
                    let bound = |bound: &Option<Box<Expr>>| match bound {
                        Some(bound) => self.eval(bound).map(Some),
                        None => Ok(None),
                    };
                    return self.slice(&value, bound(&slice.lower)?, bound(&slice.upper)?, bound(&slice.step)?);
                }
                let key = self.eval(&subscript.slice)?;
                self.item(&value, &key)
            }
            Expr::UnaryOp(unary) => {
                let operand = self.eval(&unary.operand)?;
                match unary.op {
                    UnaryOp::Not => Ok(Got::Value(Value::Bool(!self.truth(&operand)?))),
                    op => operators::unary(op, &operand),
                }
            }
            Expr::BinOp(binary) => {
                let (left, right) = (self.eval(&binary.left)?, self.eval(&binary.right)?);
                self.charge_operands(&left, &right)?;
                self.operate(binary.op, &left, &right)
            }
            Expr::BoolOp(operation) => {
                let and = operation.op == ruff_python_ast::BoolOp::And;
                let mut last = Got::Value(Value::None);
                for value in &operation.values {
                    last = self.eval(value)?;
                    if self.truth(&last)? != and {
                        break;
                    }
                }
                Ok(last)
            }
            Expr::If(choice) => {
                let chosen = if self.truth(&self.eval(&choice.test)?)? { &choice.body } else { &choice.orelse };
                self.eval(chosen)
            }
            Expr::Compare(comparison) => {
                let mut left = self.eval(&comparison.left)?;
                for (op, right) in comparison.ops.iter().zip(&comparison.comparators) {
                    if let Some(found) = self.in_made(*op, &left, right) {
                        return found;
                    }
                    let right = self.eval(right)?;
                    if !self.compare(*op, &left, &right)? {
                        return Ok(Got::Value(Value::Bool(false)));
                    }
                    left = right;
                }
                Ok(Got::Value(Value::Bool(true)))
            }
            Expr::Set(set) => self.set_of(self.unpacked(&set.elts)?),
            Expr::SetComp(set) => self.set_of(self.comprehension(&set.elt, &set.generators)?),
            Expr::Dict(dict) => self.dict_of(self.pairs_given(dict)?),
            Expr::DictComp(dict) => {
                // Key and value of each, as one pair: python evaluates them in this order.
                let Some(key) = &dict.key else { return unknown("`**` in a dict") };
                let keys = self.pairs_of(key, &dict.value, &dict.generators)?;
                self.dict_of(keys)
            }
            Expr::ListComp(list) => self.comprehension(&list.elt, &list.generators).map(Got::List),
            Expr::FString(string) => self.formatted(string),
            Expr::Call(call) => self.call(call),
            Expr::Named(named) => self.assigned(named),
            _ => Err(refuse::kind(expr)),
        }
    }

    /// The contents of an object are used.
    fn look(&self, object: u64) {
        if !self.doubtful.get() && self.scope.world().in_doubt(object) {
            self.doubtful.set(true);
        }
    }

    fn object(&self, value: &Got) -> Option<(Rc<Entity>, Kind, String)> {
        let Got::Value(Value::Object(object)) = value else { return None };
        let entity = self.scope.world().entity(*object)?;
        let ty = self.scope.world().type_name(entity.ty?)?;
        self.look(*object);
        Some((Rc::clone(&entity), ty.kind, ty.name.clone()))
    }

    fn truth(&self, value: &Got) -> Result<bool, Problem> {
        let scalar = self.scalar_of(value);
        Ok(match scalar.as_ref().unwrap_or(value) {
            Got::List(items) | Got::Tuple(items) | Got::Set(items) => !items.is_empty(),
            Got::Dict(pairs) => !pairs.is_empty(),
            Got::Class(..) => true,
            Got::View(_, items) => !items.is_empty(),
            Got::Range(..) => self.length(value)? > 0,
            Got::Value(value) => match value {
                Value::None => false,
                Value::Bool(truth) => *truth,
                Value::Int(n) => *n != 0,
                Value::BigInt(..) | Value::Ellipsis => true,
                Value::Float(bits) => f64::from_bits(*bits) != 0.0,
                Value::Str(text) | Value::Bytes(text) => !text.bytes.is_empty() || text.cut.is_some_and(|n| n > 0),
                Value::Tuple(items) => !items.is_empty(),
                Value::Function(_) | Value::Class(_) | Value::Module(_) | Value::Method(_) => true,
                Value::Object(_) if self.is_plainly_named(&Got::Value(value.clone())) => true,
                Value::Object(_)
                    if ["__bool__", "__len__"].iter().any(|own| self.overrides(&Got::Value(value.clone()), own)) =>
                {
                    return unknown("whether this is true is computed by its class");
                }
                Value::Object(_) if self.recorded_range(&Got::Value(value.clone())).is_some() => {
                    self.length(&Got::Value(value.clone()))? > 0
                }
                Value::Object(_) => match self.object(&Got::Value(value.clone())) {
                    Some((entity, Kind::DefaultDict | Kind::Deque, _)) => entity.length > 1,
                    Some((
                        entity,
                        Kind::List
                        | Kind::Tuple
                        | Kind::Dict
                        | Kind::FrozenDict
                        | Kind::Set
                        | Kind::Frozenset
                        | Kind::OrderedDict
                        | Kind::Counter,
                        _,
                    )) => entity.length > 0,
                    _ => return unknown("whether this is true may be computed"),
                },
                _ => return unknown("whether this is true is not known"),
            },
        })
    }

    /// The value of a name: of the expression's own variables, of the frame's, or a builtin class.
    fn named(&self, name: &str) -> Outcome {
        let own = |known: &RefCell<Vec<(String, Got)>>| {
            known.borrow().iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.clone())
        };
        if let Some(value) = own(&self.bound).or_else(|| own(&self.assigned)) {
            return Ok(value);
        }
        match self.scope.name(name) {
            Some(value) => {
                self.doubtful.set(self.doubtful.get() || self.scope.is_in_doubt(name));
                Ok(Got::Value(value))
            }
            None => classes::builtin(name).ok_or_else(|| refuse::name(name)),
        }
    }

    /// `name := value`
    fn assigned(&self, named: &ExprNamed) -> Outcome {
        let Expr::Name(name) = &*named.target else { return unknown("this target of `:=`") };
        if !self.bound.borrow().is_empty() {
            return unknown("`:=` within a comprehension or a lambda");
        }
        let value = self.eval(&named.value)?;
        self.assigned.borrow_mut().push((name.id.to_string(), value.clone()));
        Ok(value)
    }

    fn text(&self, value: &Got) -> String {
        text(self.scope.world(), value, Bounds::default())
    }

    /// `repr`, where it is what python would print.
    fn shown(&self, value: &Got) -> Result<String, Problem> {
        if let Got::Value(Value::BigInt(_, magnitude)) = value
            && ints::is_huge(magnitude)
        {
            return numbers::too_many_digits();
        }
        if !self.is_plain(value, 0) {
            return Err(self.why_not_plain(value, 0));
        }
        let text = self.text(value);
        if text.len() > operators::LONGEST { unknown("the result is too long") } else { Ok(text) }
    }

    fn length(&self, value: &Got) -> Result<i64, Problem> {
        Ok(match value {
            Got::List(items) | Got::Tuple(items) | Got::Set(items) => items.len() as i64,
            Got::Dict(pairs) => pairs.len() as i64,
            Got::View(_, items) => items.len() as i64,
            Got::Range(start, stop, step) => iterables::range_length(*start, *stop, *step)?,
            Got::Class(..) => return refuse::no_length(self, value),
            Got::Value(Value::Tuple(items)) => items.len() as i64,
            Got::Value(Value::Str(text)) => match text.cut {
                Some(length) => length as i64,
                None => String::from_utf8_lossy(&text.bytes).chars().count() as i64,
            },
            Got::Value(Value::Bytes(bytes)) => bytes.cut.unwrap_or(bytes.bytes.len() as u64) as i64,
            value if self.recorded_range(value).is_some() => {
                return self.recorded_range(value).map_or(Ok(0), |range| self.length(&range));
            }
            value if self.overrides(value, "__len__") => return unknown("the length of this is computed by its class"),
            _ => match self.object(value) {
                Some((_, Kind::Template, _)) if self.shape(value).is_some_and(|shape| !shape.is_empty()) => {
                    self.shape(value).and_then(|shape| shape.first().copied()).unwrap_or_default()
                }
                Some((entity, Kind::List | Kind::Tuple | Kind::Set | Kind::Frozenset, _)) => entity.length as i64,
                Some((
                    entity,
                    Kind::Dict | Kind::FrozenDict | Kind::OrderedDict | Kind::Counter | Kind::NamedTuple,
                    _,
                )) => entity.length as i64 / 2,
                Some((entity, Kind::DefaultDict, _)) => entity.length.saturating_sub(1) as i64 / 2,
                Some((entity, Kind::Deque, _)) => entity.length.saturating_sub(1) as i64,
                Some((_, Kind::Instance, class)) => return unknown(format!("the length of {class} is its own code")),
                _ => return refuse::no_length(self, value),
            },
        })
    }
}

/// Whether a key is hashed and compared as scalars are.
fn is_scalar(key: &Got) -> bool {
    match key {
        Got::Value(Value::Object(_)) | Got::List(_) | Got::Set(_) | Got::Dict(_) | Got::Class(..) => false,
        Got::View(..) | Got::Range(..) => false,
        Got::Value(_) => true,
        Got::Tuple(items) => items.iter().all(is_scalar),
    }
}

/// A recorded value, unless nothing is known of it.
fn known(value: &Value) -> Outcome {
    match value {
        Value::Redacted(_) => unknown("this is a secret that was not recorded"),
        Value::Cut | Value::Unknown(_) => unknown("this was not recorded"),
        value => Ok(Got::Value(value.clone())),
    }
}

/// A text that says where what it shows is not sure; contents that are not say so themselves.
#[must_use]
pub fn with_doubt(mut text: String, doubtful: bool) -> String {
    if doubtful && !text.ends_with(DOUBT) {
        text.push_str(DOUBT);
    }
    text
}

/// The text of what an expression gave.
pub fn text(world: &dyn World, value: &Got, bounds: Bounds) -> String {
    let list = |items: &[Got]| items.iter().map(|item| text(world, item, bounds)).collect::<Vec<_>>().join(", ");
    match value {
        Got::Value(value) => Renderer::new(world, bounds).text(value),
        Got::List(items) => format!("[{}]", list(items)),
        Got::Tuple(items) => format!("({}{})", list(items), if items.len() == 1 { "," } else { "" }),
        Got::Class(_, name) => format!("<class {name}>"),
        Got::Set(items) if items.is_empty() => "set()".into(),
        Got::Set(items) => format!("{{{}}}", list(items)),
        Got::Dict(pairs) => {
            let pair =
                |(key, value): &(Got, Got)| format!("{}: {}", text(world, key, bounds), text(world, value, bounds));
            format!("{{{}}}", pairs.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        Got::View(name, items) => format!("{name}([{}])", list(items)),
        Got::Range(start, stop, 1) => format!("range({start}, {stop})"),
        Got::Range(start, stop, step) => format!("range({start}, {stop}, {step})"),
    }
}

/// Whether a condition holds; what cannot be evaluated does not.
pub fn holds(condition: &Expression, scope: &dyn Scope) -> Result<bool, Problem> {
    let value = condition.eval(scope)?;
    Evaluator::new(scope, &condition.text).truth(&value)
}
