//! Writes values that were recorded as the text of their repr: dates, numbers of the standard library, paths, members
//! of an Enum. The text is parsed as Python and written again, with the imports that its names need.

use connie_recording::render::TypeName;
use connie_wire::Value;
use ruff_python_ast::{Expr, ExprCall, Operator, UnaryOp};
use ruff_text_size::Ranged;

use super::layout::requoted;
use super::{Brackets, Literals, NoLiteral, Node, none};

/// The prefix of the number of a value among the pieces of a text.
const PIECE: &str = "piece_of_a_template_";

/// Modules whose values are recorded by their repr.
const MODULES: &[&str] = &[
    "datetime",
    "zoneinfo",
    "decimal",
    "_decimal",
    "fractions",
    "uuid",
    "pathlib",
    "pathlib._local",
    "builtins",
    "re",
    "functools",
    "types",
];

impl Literals<'_> {
    pub(super) fn template(&mut self, items: &[Value], ty: &TypeName) -> Result<Node, NoLiteral> {
        if let Some(member) = member(items, ty) {
            return self.member(&member?, ty);
        }
        if !MODULES.contains(&ty.module.as_str()) {
            return none(format!("a {} has no literal", ty.name));
        }
        if items.is_empty() {
            return none("it lies deeper than values were recorded");
        }
        let mut text = String::new();
        for (n, item) in items.iter().enumerate() {
            match item {
                Value::Str(piece) if n % 2 == 0 => text.push_str(&String::from_utf8_lossy(&piece.bytes)),
                _ => text.push_str(&format!("{PIECE}{n}")),
            }
        }
        let unreadable = || NoLiteral(format!("a {} was recorded as a text from which none can be made", ty.name));
        let parsed = connie_source::parse::module(&text).map_err(|_| unreadable())?;
        match parsed.syntax().body.as_slice() {
            [ruff_python_ast::Stmt::Expr(statement)] => {
                self.read(&statement.value, &text, items).ok_or_else(unreadable)?
            }
            _ => Err(unreadable()),
        }
    }

    /// The expression of a text; `None` if a repr does not print such an expression.
    fn read(&mut self, expr: &Expr, text: &str, items: &[Value]) -> Option<Result<Node, NoLiteral>> {
        let written = &text[usize::from(expr.start())..usize::from(expr.end())];
        Some(Ok(match expr {
            Expr::NumberLiteral(_) | Expr::NoneLiteral(_) | Expr::BooleanLiteral(_) => Node::atom(written),
            Expr::StringLiteral(_) | Expr::BytesLiteral(_) => Node::Atom(requoted(written)),
            Expr::UnaryOp(unary) if matches!((unary.op, &*unary.operand), (UnaryOp::USub, Expr::NumberLiteral(_))) => {
                Node::atom(written)
            }
            Expr::Tuple(tuple) => {
                let nodes =
                    tuple.elts.iter().map(|item| self.read(item, text, items)).collect::<Option<Result<_, _>>>()?;
                match nodes {
                    Ok(nodes) => Node::Items(Brackets::Tuple, nodes),
                    Err(why) => return Some(Err(why)),
                }
            }
            Expr::Name(name) if name.id.starts_with(PIECE) => {
                let n: usize = name.id[PIECE.len()..].parse().ok()?;
                return Some(self.node(items.get(n)?));
            }
            Expr::Name(_) | Expr::Attribute(_) => Node::Atom(self.constant(written)?),
            Expr::BinOp(both) if both.op == Operator::BitOr => {
                let (left, right) = (self.read(&both.left, text, items)?, self.read(&both.right, text, items)?);
                match (left, right) {
                    (Ok(left), Ok(right)) => Node::Atom(format!("{} | {}", left.flat(), right.flat())),
                    (Err(why), _) | (_, Err(why)) => return Some(Err(why)),
                }
            }
            Expr::Call(call) => return self.read_call(call, text, items),
            _ => return None,
        }))
    }

    fn read_call(&mut self, call: &ExprCall, text: &str, items: &[Value]) -> Option<Result<Node, NoLiteral>> {
        let written = &text[usize::from(call.func.start())..usize::from(call.func.end())];
        let function = self.constant(written)?;
        let mut arguments = Vec::new();
        let named = call
            .arguments
            .keywords
            .iter()
            .map(|keyword| (keyword.arg.as_ref().map(|name| name.as_str().to_owned()), &keyword.value));
        for (name, argument) in call.arguments.args.iter().map(|argument| (None, argument)).chain(named) {
            match self.read(argument, text, items)? {
                Ok(node) => arguments.push((name, node)),
                Err(why) => return Some(Err(why)),
            }
        }
        let is_nan = function.ends_with(".Decimal") && text.contains("NaN");
        self.is_beyond_equality |= is_nan;
        Some(Ok(Node::Call(function, arguments)))
    }

    /// The test's name for a class or a constant in a repr.
    fn constant(&mut self, written: &str) -> Option<String> {
        let (module, name) = match written {
            "range" | "slice" | "frozenset" => return Some(written.to_owned()),
            "Decimal" => ("decimal", written),
            "Fraction" => ("fractions", written),
            "UUID" => ("uuid", written),
            // Only the class of the current system can be instantiated.
            "PosixPath" | "WindowsPath" => ("pathlib", "Path"),
            "PurePosixPath" | "PureWindowsPath" => ("pathlib", written),
            "mappingproxy" => ("types", "MappingProxyType"),
            _ => match written.split_once('.')? {
                (module @ ("datetime" | "zoneinfo" | "re" | "functools"), name) => (module, name),
                _ => return None,
            },
        };
        Some(format!("{}.{name}", self.imports.module(module)))
    }

    fn member(&mut self, names: &str, ty: &TypeName) -> Result<Node, NoLiteral> {
        let class = self.class(ty)?;
        let names = names.split('|').map(|name| format!("{class}.{name}"));
        Ok(Node::Atom(names.collect::<Vec<_>>().join(" | ")))
    }
}

/// The names of a member of an Enum, which is recorded as `<Color.RED: 1>`; `None` for other values.
fn member(items: &[Value], ty: &TypeName) -> Option<Result<String, NoLiteral>> {
    let Some(Value::Str(text)) = items.first() else { return None };
    let text = String::from_utf8_lossy(&text.bytes).into_owned();
    let rest = text.strip_prefix('<')?.strip_prefix(ty.short()).filter(|rest| rest.starts_with(['.', ':']))?;
    let name = rest.strip_prefix('.').and_then(|rest| rest.split_once(':')).map(|(name, _)| name);
    let is_name = |name: &str| {
        name.chars().next().is_some_and(|c| c == '_' || c.is_alphabetic())
            && name.chars().all(|c| c == '_' || c.is_alphanumeric())
    };
    Some(match name.filter(|name| name.split('|').all(is_name)) {
        Some(name) => Ok(name.to_owned()),
        None => none(format!("a {} that is not a named member", ty.short())),
    })
}
