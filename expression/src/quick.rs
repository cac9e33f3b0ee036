//! Conditions on scalars in a small form, which is evaluated without a scope and without allocating.
//!
//! Names are resolved to slots once per code object. Wherever the small form has no answer (a value that is not a scalar, an
//! overflow, an error), [`super::holds`] decides.

use std::cell::RefCell;
use std::cmp::Ordering;

use connie_wire::Value;
use ruff_python_ast::{BoolOp, CmpOp, Expr, Number, Operator, UnaryOp};

use super::{Expression, numbers};

/// The deepest nesting of a condition in this form.
const DEEPEST: usize = 64;
/// The largest int that is exact as a float.
const EXACT: u64 = 1 << 53;

/// A condition on the slots of a code object.
#[derive(Debug)]
pub struct Quick(Node);

#[derive(Debug)]
enum Node {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(Box<str>),
    Slot(usize),
    Global(usize),
    Not(Box<Node>),
    Minus(Box<Node>),
    Binary(Operator, Box<[Node; 2]>),
    /// `and` (true) or `or`.
    Chain(bool, Vec<Node>),
    Compare(Box<Node>, Vec<(CmpOp, Node)>),
}

#[derive(Clone, Copy)]
enum Scalar<'v> {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'v [u8]),
}

/// Why the small form cannot tell whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untold {
    /// The value of this slot is needed, and the variable has none.
    UnboundSlot(usize),
    /// The value of this global is needed, and there is none.
    NoGlobal(usize),
    /// Only [`super::holds`] can tell.
    Unknown,
}

/// The names of a condition that are global variables of functions, in the order of their numbers.
#[derive(Debug, Default)]
pub struct Globals(RefCell<Vec<String>>);

impl Globals {
    fn number(&self, name: &str) -> usize {
        let mut names = self.0.borrow_mut();
        names.iter().position(|known| known == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        })
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.0.borrow().clone()
    }
}

impl Expression {
    /// The condition in the small form, for code with these slots; `None` if it has none.
    #[must_use]
    pub fn quick(&self, slots: &[String]) -> Option<Quick> {
        self.small(slots, None)
    }

    /// The condition in the small form, for the code of a function with these slots. Other names are `globals`.
    #[must_use]
    pub fn quick_with(&self, slots: &[String], globals: &Globals) -> Option<Quick> {
        self.small(slots, Some(globals))
    }

    fn small(&self, slots: &[String], globals: Option<&Globals>) -> Option<Quick> {
        if self.has_private { None } else { node(&self.ast, (slots, globals), 0).map(Quick) }
    }
}

impl Quick {
    /// Whether the condition holds, given the values of the slots; `None` if the small form cannot tell.
    #[must_use]
    pub fn holds(&self, values: &[Value]) -> Option<bool> {
        self.judge(values, &[]).ok()
    }

    /// Whether the condition holds, given the values of slots and globals.
    ///
    /// # Errors
    /// If the small form cannot tell.
    pub fn judge(&self, slots: &[Value], globals: &[Option<Value>]) -> Result<bool, Untold> {
        value(&self.0, (slots, globals)).map(truth)
    }
}

fn node(expr: &Expr, names: (&[String], Option<&Globals>), depth: usize) -> Option<Node> {
    if depth > DEEPEST {
        return None;
    }
    let inner = |expr: &Expr| node(expr, names, depth + 1);
    Some(match expr {
        Expr::NoneLiteral(_) => Node::None,
        Expr::BooleanLiteral(truth) => Node::Bool(truth.value),
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(n) => Node::Int(n.as_i64()?),
            Number::Float(x) => Node::Float(*x),
            Number::Complex { .. } => return None,
        },
        Expr::StringLiteral(text) => {
            let text = text.value.to_str();
            // It may stand for a half of a surrogate pair.
            if text.contains(char::REPLACEMENT_CHARACTER) {
                return None;
            }
            Node::Str(text.into())
        }
        Expr::Name(name) => match names.0.iter().position(|slot| slot == name.id.as_str()) {
            Some(slot) => Node::Slot(slot),
            None => Node::Global(names.1?.number(name.id.as_str())),
        },
        Expr::UnaryOp(unary) => match unary.op {
            UnaryOp::Not => Node::Not(inner(&unary.operand)?.into()),
            UnaryOp::USub => Node::Minus(inner(&unary.operand)?.into()),
            UnaryOp::UAdd | UnaryOp::Invert => return None,
        },
        Expr::BinOp(binary) => Node::Binary(binary.op, [inner(&binary.left)?, inner(&binary.right)?].into()),
        Expr::BoolOp(chain) => {
            Node::Chain(chain.op == BoolOp::And, chain.values.iter().map(inner).collect::<Option<_>>()?)
        }
        Expr::Compare(comparison) => {
            let rest = comparison.ops.iter().zip(&comparison.comparators);
            let rest = rest.map(|(op, expr)| Some((*op, inner(expr)?))).collect::<Option<_>>()?;
            Node::Compare(inner(&comparison.left)?.into(), rest)
        }
        _ => return None,
    })
}

/// The values of slots and of globals.
type Values<'v> = (&'v [Value], &'v [Option<Value>]);

fn scalar(value: &Value) -> Result<Scalar<'_>, Untold> {
    Ok(match value {
        Value::None => Scalar::None,
        Value::Bool(truth) => Scalar::Bool(*truth),
        Value::Int(n) => Scalar::Int(*n),
        Value::Float(bits) => Scalar::Float(f64::from_bits(*bits)),
        Value::Str(text) if text.cut.is_none() => Scalar::Str(&text.bytes),
        _ => return Err(Untold::Unknown),
    })
}

fn value<'v>(node: &'v Node, values: Values<'v>) -> Result<Scalar<'v>, Untold> {
    Ok(match node {
        Node::None => Scalar::None,
        Node::Bool(truth) => Scalar::Bool(*truth),
        Node::Int(n) => Scalar::Int(*n),
        Node::Float(x) => Scalar::Float(*x),
        Node::Str(text) => Scalar::Str(text.as_bytes()),
        Node::Slot(slot) => match values.0.get(*slot).unwrap_or(&Value::Unbound) {
            Value::Unbound => return Err(Untold::UnboundSlot(*slot)),
            value => scalar(value)?,
        },
        Node::Global(number) => match values.1.get(*number) {
            Some(Some(value)) => scalar(value)?,
            Some(None) => return Err(Untold::NoGlobal(*number)),
            None => return Err(Untold::Unknown),
        },
        Node::Not(node) => Scalar::Bool(!truth(value(node, values)?)),
        Node::Minus(node) => match value(node, values)? {
            Scalar::Int(n) => Scalar::Int(n.checked_neg().ok_or(Untold::Unknown)?),
            Scalar::Float(x) => Scalar::Float(-x),
            _ => return Err(Untold::Unknown),
        },
        Node::Binary(op, sides) => {
            let (left, right) = (value(&sides[0], values)?, value(&sides[1], values)?);
            binary(*op, left, right).ok_or(Untold::Unknown)?
        }
        Node::Chain(and, nodes) => {
            let mut last = Scalar::None;
            for node in nodes {
                last = value(node, values)?;
                if truth(last) != *and {
                    break;
                }
            }
            last
        }
        Node::Compare(left, rest) => {
            let mut left = value(left, values)?;
            for (op, right) in rest {
                let right = value(right, values)?;
                if !compare(*op, left, right).ok_or(Untold::Unknown)? {
                    return Ok(Scalar::Bool(false));
                }
                left = right;
            }
            Scalar::Bool(true)
        }
    })
}

fn truth(scalar: Scalar<'_>) -> bool {
    match scalar {
        Scalar::None => false,
        Scalar::Bool(truth) => truth,
        Scalar::Int(n) => n != 0,
        Scalar::Float(x) => x != 0.0,
        Scalar::Str(text) => !text.is_empty(),
    }
}

fn binary<'v>(op: Operator, left: Scalar<'v>, right: Scalar<'v>) -> Option<Scalar<'v>> {
    Some(match (left, right) {
        (Scalar::Int(a), Scalar::Int(b)) => Scalar::Int(numbers::small(op, a, b)?),
        (Scalar::Float(_) | Scalar::Int(_), Scalar::Float(_) | Scalar::Int(_)) => {
            let (a, b) = (float(left)?, float(right)?);
            Scalar::Float(match op {
                Operator::Add => a + b,
                Operator::Sub => a - b,
                Operator::Mult => a * b,
                _ => return None,
            })
        }
        _ => return None,
    })
}

fn float(scalar: Scalar<'_>) -> Option<f64> {
    match scalar {
        Scalar::Int(n) => Some(n as f64),
        Scalar::Float(x) => Some(x),
        _ => None,
    }
}

fn int(scalar: Scalar<'_>) -> Option<i64> {
    match scalar {
        Scalar::Int(n) => Some(n),
        Scalar::Bool(truth) => Some(i64::from(truth)),
        _ => None,
    }
}

fn compare(op: CmpOp, left: Scalar<'_>, right: Scalar<'_>) -> Option<bool> {
    match op {
        CmpOp::Eq => equal(left, right),
        CmpOp::NotEq => equal(left, right).map(|equal| !equal),
        CmpOp::Is | CmpOp::IsNot => {
            let is_none = |scalar| matches!(scalar, Scalar::None);
            let is_known = is_none(left) || is_none(right);
            is_known.then(|| (is_none(left) && is_none(right)) == (op == CmpOp::Is))
        }
        CmpOp::Lt | CmpOp::LtE | CmpOp::Gt | CmpOp::GtE => {
            // NaN is neither less nor greater.
            let Some(order) = order(left, right)? else { return Some(false) };
            Some(match op {
                CmpOp::Lt => order.is_lt(),
                CmpOp::LtE => order.is_le(),
                CmpOp::Gt => order.is_gt(),
                _ => order.is_ge(),
            })
        }
        CmpOp::In | CmpOp::NotIn => None,
    }
}

fn equal(left: Scalar<'_>, right: Scalar<'_>) -> Option<bool> {
    match (left, right) {
        (Scalar::None, Scalar::None) => Some(true),
        (Scalar::Str(a), Scalar::Str(b)) => Some(a == b),
        (Scalar::None | Scalar::Str(_), _) | (_, Scalar::None | Scalar::Str(_)) => Some(false),
        _ => order(left, right).map(|order| order == Some(Ordering::Equal)),
    }
}

/// The order of two numbers; the inner `None` if one of them is NaN.
fn order(left: Scalar<'_>, right: Scalar<'_>) -> Option<Option<Ordering>> {
    if let (Some(a), Some(b)) = (int(left), int(right)) {
        return Some(Some(a.cmp(&b)));
    }
    let exact = |scalar| match (scalar, int(scalar)) {
        (Scalar::Float(x), _) => Some(x),
        (_, Some(n)) if n.unsigned_abs() <= EXACT => Some(n as f64),
        _ => None,
    };
    Some(exact(left)?.partial_cmp(&exact(right)?))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use connie_recording::chunk::Entity;
    use connie_recording::render::{TypeName, World};
    use connie_wire::{Blob, value::text_value};
    use proptest::prelude::*;

    use super::*;
    use crate::{Scope, holds};

    const NAMES: [&str; 3] = ["a", "b", "c"];

    struct Frame([Value; 3]);

    impl World for Frame {
        fn entity(&self, _: u64) -> Option<Rc<Entity>> {
            None
        }
        fn string(&self, _: u32) -> &'static str {
            ""
        }
        fn type_name(&self, _: u32) -> Option<&TypeName> {
            None
        }
        fn minor(&self) -> u32 {
            14
        }
    }

    impl Scope for Frame {
        fn world(&self) -> &dyn World {
            self
        }
        fn name(&self, name: &str) -> Option<Value> {
            let at = NAMES.iter().position(|known| *known == name)?;
            Some(self.0[at].clone()).filter(|value| *value != Value::Unbound)
        }
    }

    fn recorded() -> impl Strategy<Value = Value> {
        let cut = Blob { bytes: b"te".as_slice().into(), cut: Some(4) };
        let special = vec![0.0, -0.0, f64::NAN, f64::INFINITY, 1.5, 9_007_199_254_740_993.0, 1e300];
        prop_oneof![
            (-4i64..9).prop_map(Value::Int),
            any::<i64>().prop_map(Value::Int),
            prop::sample::select(vec![i64::MIN, i64::MAX, 1 << 53, (1 << 53) + 1]).prop_map(Value::Int),
            prop::sample::select(special).prop_map(|x| Value::Float(x.to_bits())),
            any::<f64>().prop_map(|x| Value::Float(x.to_bits())),
            any::<bool>().prop_map(Value::Bool),
            prop::sample::select(vec!["", "text", "é"]).prop_map(text_value),
            Just(Value::Str(cut)),
            Just(Value::None),
            Just(Value::Unbound),
            Just(Value::Cut),
        ]
    }

    fn source() -> impl Strategy<Value = String> {
        let leaves = vec!["a", "b", "c", "0", "2", "-3", "1.5", "True", "None", "'text'", "''", "9007199254740993"];
        let leaf = prop::sample::select(leaves).prop_map(str::to_owned);
        let binary = vec![
            "+", "-", "*", "//", "%", "/", "&", "|", "^", "<", "<=", ">", ">=", "==", "!=", "is", "is not", "and", "or",
        ];
        leaf.prop_recursive(4, 16, 2, move |inner| {
            let binary = prop::sample::select(binary.clone());
            prop_oneof![
                6 => (inner.clone(), binary, inner.clone()).prop_map(|(a, op, b)| format!("({a} {op} {b})")),
                1 => (inner.clone(), inner.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} < {b} <= {c})")),
                1 => inner.clone().prop_map(|a| format!("(not {a})")),
                1 => inner.prop_map(|a| format!("(-{a})")),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Where the small form has an answer, it is that of the evaluator.
        #[test]
        fn the_small_form_agrees(text in source(), a in recorded(), b in recorded(), c in recorded()) {
            let condition = Expression::parse(&text).expect("an expression");
            let quick = condition.quick(&NAMES.map(str::to_owned)).expect("a small form");
            let values = [a, b, c];
            let expected = holds(&condition, &Frame(values.clone())).map_err(|problem| problem.to_string());
            match quick.judge(&values, &[]) {
                Ok(found) => prop_assert_eq!(Ok(found), expected.clone(), "{} {:?}", text, values),
                Err(Untold::UnboundSlot(slot)) => {
                    let wanted = Err(format!("{} is not known here", NAMES[slot]));
                    prop_assert_eq!(wanted, expected.clone(), "{} {:?}", text, values);
                }
                Err(_) => {}
            }
            // The same, with all names global.
            let globals = Globals::default();
            let quick = condition.quick_with(&[], &globals).expect("a small form");
            let of = |name: &String| {
                let at = NAMES.iter().position(|known| known == name).expect("a name");
                Some(values[at].clone()).filter(|value| *value != Value::Unbound)
            };
            let global: Vec<Option<Value>> = globals.names().iter().map(of).collect();
            match quick.judge(&[], &global) {
                Ok(found) => prop_assert_eq!(Ok(found), expected, "{} {:?}", text, values),
                Err(Untold::NoGlobal(number)) => {
                    let name = &globals.names()[number];
                    prop_assert_eq!(Err(format!("{name} is not known here")), expected, "{} {:?}", text, values);
                }
                Err(_) => {}
            }
        }
    }

    #[test]
    fn conditions_on_scalars_have_a_small_form() {
        let names = NAMES.map(str::to_owned);
        let held = |text: &str, values: &[Value]| Expression::parse(text).unwrap().quick(&names)?.holds(values);
        let values = [Value::Int(7), text_value("kiwi"), Value::None];
        for (text, expected) in [
            ("a > 5", Some(true)),
            ("a % 2 == 0 and b", Some(false)),
            ("b == 'kiwi'", Some(true)),
            ("c is None", Some(true)),
            ("3 < a <= 7.0", Some(true)),
            ("a * 9223372036854775807 > 0", None),
            ("a < b", None),
            ("d == 1", None),
            ("len(b) > 3", None),
            ("a.real", None),
        ] {
            assert_eq!(held(text, &values), expected, "{text}");
        }
        assert_eq!(held("a == 1", &[]), None);
    }
}
