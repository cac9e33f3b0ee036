//! Evaluates each kind of expression.

use connie_recording::attributes::{self, Found};
use connie_wire::Value;
use connie_wire::value::{Blob, text_value};
use ruff_python_ast::{CmpOp, Expr, ExprAttribute, ExprNamed, ExprSubscript, Number, UnaryOp};
use ruff_text_size::Ranged;

use super::evaluator::Evaluator;
use super::got::{Got, Outcome};
use super::problem::{Problem, unknown};
use super::{numbers, operators, refuse};

impl Evaluator<'_> {
    /// The value of an expression.
    pub(super) fn eval(&self, expr: &Expr) -> Outcome {
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
            Expr::StringLiteral(text)
                if text.value.to_str().contains(char::REPLACEMENT_CHARACTER) && self.has_half_a_pair(expr) =>
            {
                unknown("the text has lone surrogates")
            }
            Expr::FString(_) if self.has_half_a_pair(expr) => unknown("the text has lone surrogates"),
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
            Expr::Subscript(subscript) => self.subscript(subscript).map(|got| self.stood_for(got)),
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
                let is_identity = |op: Option<&CmpOp>| matches!(op, Some(CmpOp::Is | CmpOp::IsNot));
                let mut left = self.operand(&comparison.left, is_identity(comparison.ops.first()))?;
                for (n, (op, right)) in comparison.ops.iter().zip(&comparison.comparators).enumerate() {
                    if let Some(found) = self.in_made(*op, &left, right) {
                        let is_last = n + 1 == comparison.ops.len();
                        return if is_last { found } else { unknown("an iterator in a chain of comparisons") };
                    }
                    let right = self.operand(right, is_identity(Some(op)))?;
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
                // Python evaluates key and value of each pair in this order.
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

    /// The value of an operand. `is` compares a proxy itself.
    fn operand(&self, expr: &Expr, is_identity: bool) -> Outcome {
        match expr {
            Expr::Name(name) if is_identity => self.named_itself(name.id.as_str()),
            expr => self.eval(expr),
        }
    }

    /// Whether a literal contains half of a surrogate pair, which the parser replaces.
    fn has_half_a_pair(&self, literal: &Expr) -> bool {
        let written = self.source.get(literal.range().to_std_range()).unwrap_or_default().to_ascii_lowercase();
        let digits = |escape: &str| written.match_indices(escape).map(|(at, _)| at + escape.len()).collect::<Vec<_>>();
        let is_half = |at: &usize| written.get(*at..*at + 2).is_some_and(|digits| ("d8".."e0").contains(&digits));
        digits("\\u").iter().any(is_half) || digits("\\u0000").iter().any(is_half)
    }

    /// `name := value`
    fn assigned(&self, named: &ExprNamed) -> Outcome {
        let Expr::Name(name) = &*named.target else { return unknown("this target of `:=`") };
        if self.within.get() > 0 {
            return unknown("`:=` within a comprehension or a lambda");
        }
        let value = self.eval(&named.value)?;
        self.assigned.borrow_mut().push((name.id.to_string(), value.clone()));
        Ok(value)
    }

    /// `value[key]` and `value[start:stop]`.
    fn subscript(&self, subscript: &ExprSubscript) -> Outcome {
        if let Some(cell) = self.cell(subscript) {
            return self.value_of_cell(&cell?);
        }
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

    /// The object whose attribute an expression names, and whether it is the function of a bound method.
    pub(super) fn holder(&self, attribute: &ExprAttribute) -> Result<(Got, bool), Problem> {
        let Expr::Attribute(inner) = &*attribute.value else { return Ok((self.eval(&attribute.value)?, false)) };
        let (base, of_method) = self.holder(inner)?;
        let name = inner.attr.as_str();
        if let (Got::Value(Value::Object(object)), false) = (&base, of_method) {
            let mut looked = Vec::new();
            let found = attributes::find(self.scope.world(), *object, name, &mut looked);
            if let Some(Found::Method { function: Some(function), .. }) = found {
                looked.into_iter().for_each(|object| self.look(object));
                return Ok((Got::Value(Value::Object(function)), true));
            }
        }
        Ok((self.held(base, of_method, name)?, false))
    }

    /// An attribute of the result of [`Self::holder`].
    pub(super) fn held(&self, holder: Got, of_method: bool, name: &str) -> Outcome {
        if of_method && name == "__func__" {
            Ok(holder)
        } else {
            self.attribute(&holder, name).map(|got| self.stood_for(got))
        }
    }
}
