//! From a parameter of a special method to the operand of the operator that called it: `a + b`, `a[b]`, `a < b`; and which
//! definition a decorator was called for.

use connie_recording::error::Error;
use connie_recording::reader::Function;
use connie_recording::render::World;
use connie_source::python::{Statements, called_name, slice};
use connie_wire::Value;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{CmpOp, Decorator, Expr, Operator, Stmt};

use super::definitions::{last, outer};
use super::given::{Given, Item};
use super::seen::Seen;
use super::{Next, Site};
use crate::History;
use crate::answers::Spot;
use crate::moment::Moment;
use crate::timeline::Position;

/// What an operator passes to a method, `self` first; `None` for what is no expression.
type Operands<'s> = Vec<Option<&'s Expr>>;

impl History<'_> {
    /// What an operator of a line passed for a parameter; nothing unless only one of the line can have called the method.
    pub(super) fn through_operator(
        &self,
        site: &Site,
        statements: &Statements<'_>,
        seen: &Seen<'_>,
        (call, function, slot): (&Position, &Function, u32),
        value: &Value,
    ) -> Result<Option<Next>, Error> {
        let mut operators = Operators { method: last(&function.name), depth: 0, found: Vec::new() };
        for statement in statements.on(site.line.line) {
            operators.depth = 0;
            operators.visit_stmt(statement);
        }
        let moment = Moment::at(self.recording, call.step)?;
        let Some(items) = moment.player.entity(call.frame).map(|entity| entity.items.clone()) else { return Ok(None) };
        let can_be = |operands: &Operands<'_>| {
            operands.len() == function.arguments as usize
                && operands
                    .iter()
                    .zip(&items)
                    .all(|(operand, value)| operand.is_none_or(|operand| seen.has(operand, value) != Some(false)))
        };
        operators.found.retain(can_be);
        let [operands] = operators.found.as_slice() else { return Ok(None) };
        let Some(Some(operand)) = operands.get(slot as usize) else { return Ok(None) };
        let given = Given { values: vec![(*operand, Item::Whole)], ..Given::default() };
        if let Some(next) = self.through_places(&site.line, &given, seen, value)? {
            return Ok(Some(next));
        }
        if let Some(next) = self.through_return(site, statements, &given, value)? {
            return Ok(Some(next));
        }
        let at = Spot::of(self, &site.line);
        let text = slice(statements.text, *operand);
        Ok(Some(Next::end(format!("line {} of {} passed it: {text}", at.line, at.file))))
    }
}

/// The name of what a function is a decorator of, if one of the statements is a definition with such a decorator.
pub(super) fn decorated<'s>(statements: &[&'s Stmt], function: &Function) -> Option<&'s str> {
    let own = last(&function.name);
    let around = last(outer(&function.name));
    statements.iter().find_map(|statement| {
        let (decorators, name) = match statement {
            Stmt::FunctionDef(known) => (&known.decorator_list, &known.name),
            Stmt::ClassDef(known) => (&known.decorator_list, &known.name),
            _ => return None,
        };
        let is_it = |decorator: &Decorator| match &decorator.expression {
            Expr::Name(known) => known.id.as_str() == own || own == "__init__" && known.id.as_str() == around,
            Expr::Attribute(known) => known.attr.as_str() == own,
            // What a call returns is a function within the called one, or an object.
            Expr::Call(call) => called_name(call) == Some(around),
            _ => false,
        };
        decorators.iter().any(is_it).then_some(name.as_str())
    })
}

/// Collects the operators of statements that call a method of this name.
struct Operators<'n, 's> {
    method: &'n str,
    depth: u32,
    found: Vec<Operands<'s>>,
}

impl<'n, 's> Operators<'n, 's> {
    /// The name of the method without its underscores, if it is a special one.
    fn word(&self) -> &'n str {
        self.method.strip_prefix("__").and_then(|word| word.strip_suffix("__")).unwrap_or_default()
    }

    fn add(&mut self, operands: impl IntoIterator<Item = &'s Expr>) {
        self.found.push(operands.into_iter().map(Some).collect());
    }

    fn arithmetic(&mut self, op: Operator, left: &'s Expr, right: &'s Expr, is_in_place: bool) {
        let of = word_of(op);
        let word = self.word();
        if word == of || is_in_place && word.strip_prefix('i') == Some(of) {
            self.add([left, right]);
        } else if word.strip_prefix('r') == Some(of) {
            self.add([right, left]);
        }
    }

    fn comparison(&mut self, op: CmpOp, left: &'s Expr, right: &'s Expr) {
        let (own, reflected) = match op {
            CmpOp::Eq => ("eq", "eq"),
            CmpOp::NotEq => ("ne", "ne"),
            CmpOp::Lt => ("lt", "gt"),
            CmpOp::LtE => ("le", "ge"),
            CmpOp::Gt => ("gt", "lt"),
            CmpOp::GtE => ("ge", "le"),
            CmpOp::In | CmpOp::NotIn => ("", "contains"),
            CmpOp::Is | CmpOp::IsNot => return,
        };
        // Where `!=` is not defined, it asks `==`.
        let is_it = |name: &str, word: &str| word == name || name == "ne" && word == "eq";
        if is_it(own, self.word()) {
            self.add([left, right]);
        }
        if is_it(reflected, self.word()) {
            self.add([right, left]);
        }
    }

    /// What is assigned to an item or attribute.
    fn target(&mut self, target: &'s Expr, value: &'s Expr) {
        match (target, self.word()) {
            (Expr::Subscript(item), "setitem") => {
                self.found.push(vec![Some(&*item.value), Some(&*item.slice), Some(value)]);
            }
            (Expr::Attribute(attribute), "setattr") => {
                self.found.push(vec![Some(&*attribute.value), None, Some(value)]);
            }
            _ => {}
        }
    }
}

impl<'s> Visitor<'s> for Operators<'_, 's> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        self.depth += 1;
        if self.depth > 1 {
            return;
        }
        match stmt {
            Stmt::Assign(assign) => assign.targets.iter().for_each(|target| self.target(target, &assign.value)),
            Stmt::AugAssign(assign) => self.arithmetic(assign.op, &assign.target, &assign.value, true),
            _ => {}
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            Expr::BinOp(binary) => self.arithmetic(binary.op, &binary.left, &binary.right, false),
            Expr::Compare(compare) => {
                let lefts = std::iter::once(&*compare.left).chain(compare.comparators.iter());
                for ((op, left), right) in compare.ops.iter().zip(lefts).zip(compare.comparators.iter()) {
                    self.comparison(*op, left, right);
                }
            }
            Expr::Subscript(item) if self.word() == "getitem" => self.add([&*item.value, &*item.slice]),
            Expr::Lambda(_) => return,
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

/// The name of the method that an operator calls, without its underscores.
fn word_of(op: Operator) -> &'static str {
    match op {
        Operator::Add => "add",
        Operator::Sub => "sub",
        Operator::Mult => "mul",
        Operator::MatMult => "matmul",
        Operator::Div => "truediv",
        Operator::Mod => "mod",
        Operator::Pow => "pow",
        Operator::LShift => "lshift",
        Operator::RShift => "rshift",
        Operator::BitOr => "or",
        Operator::BitXor => "xor",
        Operator::BitAnd => "and",
        Operator::FloorDiv => "floordiv",
    }
}
