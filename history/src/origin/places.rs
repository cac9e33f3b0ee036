//! The places that an expression may have its value from as it is, in the order in which they count.

use connie_wire::Value;
use ruff_python_ast::{BoolOp, Expr, ExprBoolOp, ExprCall, ExprIf};

use super::given::Item;
use super::seen::{Seen, truth};

/// Collects them.
pub(super) struct Places<'e> {
    seen: &'e Seen<'e>,
    value: &'e Value,
    /// Their texts.
    pub found: Vec<String>,
}

impl<'e> Places<'e> {
    pub fn new(seen: &'e Seen<'e>, value: &'e Value) -> Self {
        Self { seen, value, found: Vec::new() }
    }

    /// Adds those of an expression, or of an item of it.
    pub fn of(&mut self, expr: &Expr, item: Item) {
        let shown = || self.seen.slice(expr);
        match (expr, item) {
            // What the line binds itself is not what it was before.
            (Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_), _)
                if !self.is_object() && !self.seen.is_steady(expr) => {}
            (Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_), Item::Whole) => {
                self.found.push(shown().to_owned());
            }
            (Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_), Item::At(n)) => {
                self.found.push(format!("{}[{n}]", shown()));
            }
            (Expr::If(choice), _) => self.chosen(choice, item),
            (Expr::BoolOp(choice), _) => self.operand(choice, item),
            (Expr::Named(named), _) => self.of(&named.value, item),
            (Expr::Tuple(all), Item::At(n)) if n >= 0 && !all.elts.iter().any(Expr::is_starred_expr) => {
                all.elts.get(n as usize).into_iter().for_each(|one| self.of(one, Item::Whole));
            }
            (Expr::Call(call), Item::Whole) => self.called(call),
            _ => {}
        }
    }

    /// Objects are told by their identity.
    fn is_object(&self) -> bool {
        matches!(self.value, Value::Object(_))
    }

    /// Those of `a if c else b`: of an equal number or text, of the branch that was taken.
    fn chosen(&mut self, choice: &ExprIf, item: Item) {
        match self.seen.holds(&choice.test) {
            Some(true) => self.of(&choice.body, item),
            Some(false) => self.of(&choice.orelse, item),
            None if self.is_object() => {
                self.of(&choice.body, item);
                self.of(&choice.orelse, item);
            }
            None if item != Item::Whole => {}
            None if self.seen.has(&choice.body, self.value) == Some(false) => self.of(&choice.orelse, item),
            None if self.seen.has(&choice.orelse, self.value) == Some(false) => self.of(&choice.body, item),
            None => {}
        }
    }

    /// Those of `a or b`, which gives the first true operand or the last one; `and`, the first false one or the last.
    fn operand(&mut self, choice: &ExprBoolOp, item: Item) {
        let all = &choice.values;
        if self.is_object() {
            for value in all {
                self.of(value, item);
            }
            return;
        }
        // What can be unpacked into a number or text is not empty.
        let is_true = if item == Item::Whole { truth(self.value) } else { Some(true) };
        let Some(is_true) = is_true else { return };
        let is_last = is_true == (choice.op == BoolOp::And);
        let Some((last, others)) = all.split_last() else { return };
        if is_last {
            return self.of(last, item);
        }
        if item != Item::Whole {
            return;
        }
        for value in others {
            match self.seen.has(value, self.value) {
                Some(true) => return self.of(value, item),
                Some(false) => {}
                None => return,
            }
        }
        self.of(last, item);
    }

    /// Those of the first expression that has the value, if those before it are known not to have it.
    fn first_of(&mut self, all: &[Expr]) {
        for value in all {
            match self.seen.has(value, self.value) {
                Some(true) => return self.of(value, Item::Whole),
                Some(false) => {}
                None if self.is_object() => self.of(value, Item::Whole),
                None => return,
            }
        }
    }

    /// Those that a call of a builtin, or a container's method, gives the value of.
    fn called(&mut self, call: &ExprCall) {
        let args = &call.arguments.args;
        if args.iter().any(Expr::is_starred_expr) {
            return;
        }
        let shown = |expr: &Expr| self.seen.slice(expr);
        match (&*call.func, args.len()) {
            (Expr::Name(name), 2 | 3) if name.id.as_str() == "getattr" => {
                if let Expr::StringLiteral(attribute) = &args[1] {
                    self.found.push(format!("{}.{}", shown(&args[0]), attribute.value.to_str()));
                }
                args.get(2).into_iter().for_each(|default| self.of(default, Item::Whole));
            }
            // Both give one of their arguments, the first one of several equal ones.
            (Expr::Name(name), 2..) if matches!(name.id.as_str(), "max" | "min") => self.first_of(args),
            (Expr::Attribute(method), 1 | 2) if matches!(method.attr.as_str(), "get" | "setdefault" | "pop") => {
                self.found.push(format!("{}[{}]", shown(&method.value), shown(&args[0])));
                args.get(1).into_iter().for_each(|default| self.of(default, Item::Whole));
            }
            (Expr::Attribute(method), 0) if method.attr.as_str() == "pop" => {
                self.found.push(format!("{}[-1]", shown(&method.value)));
            }
            (Expr::Attribute(method), 0) if method.attr.as_str() == "popleft" => {
                self.found.push(format!("{}[0]", shown(&method.value)));
            }
            _ => {}
        }
    }
}
