//! Reads functions and classes from the source: parameters, decorators, how functions end, fields and bases.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Decorator, Expr, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::{Ranged, TextSize};

mod class;
mod guard;

pub(crate) use class::imported;
pub(crate) use class::read;
pub use class::{ClassSource, class_in};
pub use guard::Guard;

/// How a parameter accepts its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// By position only.
    Position,
    /// By position or by name.
    Either,
    /// All further positional arguments: `*args`.
    Positions,
    /// By name only.
    Name,
    /// All further named arguments: `**kw`.
    Names,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// How it accepts its argument.
    pub takes: Takes,
    /// The byte offset of its default.
    pub default: Option<usize>,
    /// The kind of literal that its default is.
    pub default_kind: Option<Literal>,
    /// The byte offset of the end of its name.
    pub end: usize,
    /// Whether it has an annotation.
    pub is_annotated: bool,
}

/// The type of a default that is a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Literal {
    None,
    Bool,
    Int,
    Float,
    Str,
    Bytes,
    List,
    Tuple,
    Dict,
    Set,
}

/// The kind of generator that a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yields {
    /// It is not a generator.
    Never,
    /// It only yields values.
    Gives,
    /// It also uses sent values, or delegates to another generator.
    Takes,
}

/// A function as defined in its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `__name__`
    pub name: String,
    /// Its first line (of its first decorator), and the line of its name.
    pub lines: (u32, u32),
    /// Its last line.
    pub last_line: u32,
    /// The parameters in source order.
    pub parameters: Vec<Parameter>,
    /// The names of its decorators, without their arguments.
    pub decorators: Vec<String>,
    /// Whether it begins with `async`.
    pub is_async: bool,
    /// The kind of generator that it is.
    pub yields: Yields,
    /// Whether it is in the body of a class.
    pub is_method: bool,
    /// Whether its result has an annotation.
    pub is_annotated: bool,
    /// The byte offset where the annotation of its result belongs.
    pub end: usize,
    /// The dotted names of the functions that it calls.
    pub calls: Vec<String>,
    /// Whether it declares names of other scopes in order to assign them.
    pub assigns_outside: bool,
}

/// All functions of a source; empty if the text is not valid Python.
#[must_use]
pub fn signatures(text: &str) -> Vec<Signature> {
    let Ok(parsed) = connie_source::parse::module(text) else { return Vec::new() };
    let mut finder = Finder { text, lines: Lines::of(text), in_class: false, found: Vec::new() };
    finder.visit_body(&parsed.syntax().body);
    finder.found
}

/// The function with a name that begins at a line; `None` if there are several.
#[must_use]
pub fn find<'s>(all: &'s [Signature], line: u32, qualified: &str) -> Option<&'s Signature> {
    let name = qualified.rsplit('.').next().unwrap_or(qualified);
    let mut found = all.iter().filter(|one| one.name == name && (one.lines.0..=one.lines.1).contains(&line));
    found.next().filter(|_| found.next().is_none())
}

/// The last part of a dotted name, and the part before it.
#[must_use]
pub fn last_of(dotted: &str) -> (&str, &str) {
    dotted.rsplit_once('.').map_or(("", dotted), |(before, last)| (before, last))
}

/// The byte offsets of the lines of a text.
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    pub(crate) fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect())
    }

    pub(crate) fn line(&self, at: TextSize) -> u32 {
        self.0.partition_point(|end| *end < usize::from(at)) as u32 + 1
    }
}

struct Finder<'t> {
    text: &'t str,
    lines: Lines,
    in_class: bool,
    found: Vec<Signature>,
}

impl Finder<'_> {
    fn signature(&self, function: &StmtFunctionDef) -> Signature {
        let mut body = Body::default();
        body.visit_body(&function.body);
        let start = function.decorator_list.first().map_or(function.start(), Ranged::start);
        Signature {
            name: function.name.to_string(),
            lines: (self.lines.line(start), self.lines.line(function.name.start())),
            last_line: self.lines.line(function.end()),
            parameters: parameters(function),
            decorators: function.decorator_list.iter().map(|one| self.decorator(one)).collect(),
            is_async: function.is_async,
            yields: body.yields,
            is_method: self.in_class,
            is_annotated: function.returns.is_some(),
            end: usize::from(function.parameters.end()),
            calls: body.calls,
            assigns_outside: body.assigns_outside,
        }
    }

    fn decorator(&self, decorator: &Decorator) -> String {
        let expression = match &decorator.expression {
            Expr::Call(call) => &*call.func,
            other => other,
        };
        dotted(expression)
            .unwrap_or_else(|| self.text[usize::from(expression.start())..usize::from(expression.end())].to_owned())
    }
}

impl<'a> Visitor<'a> for Finder<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => {
                self.found.push(self.signature(function));
                let outer = std::mem::replace(&mut self.in_class, false);
                self.visit_body(&function.body);
                self.in_class = outer;
            }
            Stmt::ClassDef(StmtClassDef { body, .. }) => {
                let outer = std::mem::replace(&mut self.in_class, true);
                self.visit_body(body);
                self.in_class = outer;
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

fn parameters(function: &StmtFunctionDef) -> Vec<Parameter> {
    let all = &function.parameters;
    let with_default = |one: &ruff_python_ast::ParameterWithDefault, takes: Takes| Parameter {
        default: one.default.as_ref().map(|default| usize::from(default.start())),
        default_kind: one.default.as_deref().and_then(literal),
        ..parameter(&one.parameter, takes)
    };
    let mut found: Vec<Parameter> = all.posonlyargs.iter().map(|one| with_default(one, Takes::Position)).collect();
    found.extend(all.args.iter().map(|one| with_default(one, Takes::Either)));
    found.extend(all.vararg.iter().map(|one| parameter(one, Takes::Positions)));
    found.extend(all.kwonlyargs.iter().map(|one| with_default(one, Takes::Name)));
    found.extend(all.kwarg.iter().map(|one| parameter(one, Takes::Names)));
    found
}

fn parameter(one: &ruff_python_ast::Parameter, takes: Takes) -> Parameter {
    Parameter {
        name: one.name.to_string(),
        takes,
        default: None,
        default_kind: None,
        end: usize::from(one.name.end()),
        is_annotated: one.annotation.is_some(),
    }
}

fn literal(expr: &Expr) -> Option<Literal> {
    Some(match expr {
        Expr::NoneLiteral(_) => Literal::None,
        Expr::BooleanLiteral(_) => Literal::Bool,
        Expr::NumberLiteral(number) => match number.value {
            ruff_python_ast::Number::Int(_) => Literal::Int,
            ruff_python_ast::Number::Float(_) => Literal::Float,
            ruff_python_ast::Number::Complex { .. } => return None,
        },
        Expr::UnaryOp(unary) => literal(&unary.operand).filter(|kind| matches!(kind, Literal::Int | Literal::Float))?,
        Expr::StringLiteral(_) | Expr::FString(_) => Literal::Str,
        Expr::BytesLiteral(_) => Literal::Bytes,
        Expr::List(_) => Literal::List,
        Expr::Tuple(_) => Literal::Tuple,
        Expr::Dict(_) => Literal::Dict,
        Expr::Set(_) => Literal::Set,
        _ => return None,
    })
}

/// The text of an expression that is a dotted name.
pub(crate) fn dotted(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(attribute) => Some(format!("{}.{}", dotted(&attribute.value)?, attribute.attr)),
        _ => None,
    }
}

/// Collects facts about the body of a function, without nested functions.
struct Body {
    yields: Yields,
    calls: Vec<String>,
    assigns_outside: bool,
}

impl Default for Body {
    fn default() -> Self {
        Self { yields: Yields::Never, calls: Vec::new(), assigns_outside: false }
    }
}

impl Body {
    fn yields(&mut self, takes: bool) {
        if takes {
            self.yields = Yields::Takes;
        } else if self.yields == Yields::Never {
            self.yields = Yields::Gives;
        }
    }
}

impl<'a> Visitor<'a> for Body {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return,
            Stmt::Global(_) | Stmt::Nonlocal(_) => self.assigns_outside = true,
            Stmt::Expr(statement) => {
                if let Expr::Yield(yields) = &*statement.value {
                    self.yields(false);
                    yields.value.iter().for_each(|value| self.visit_expr(value));
                    return;
                }
            }
            _ => {}
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(_) => return,
            Expr::Yield(_) | Expr::YieldFrom(_) => self.yields(true),
            Expr::Call(call) => self.calls.extend(dotted(&call.func)),
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "@cache\n@app.route('/')\ndef f(a, /, b=1, *c, d: int = None, **e):\n    yield a\n\n\
        class C:\n    async def g(self): return print(self.x.y())\n    def h(self) -> int:\n        x = yield\n";

    #[test]
    fn functions_are_read() {
        let all = signatures(TEXT);
        let f = find(&all, 1, "f").unwrap();
        assert_eq!((f.lines, f.last_line, f.yields), ((1, 3), 4, Yields::Gives));
        assert_eq!(f.decorators, ["cache", "app.route"]);
        let takes: Vec<_> = f.parameters.iter().map(|one| (one.name.as_str(), one.takes, one.default_kind)).collect();
        let expected = [
            ("a", Takes::Position, None),
            ("b", Takes::Either, Some(Literal::Int)),
            ("c", Takes::Positions, None),
            ("d", Takes::Name, Some(Literal::None)),
            ("e", Takes::Names, None),
        ];
        assert_eq!(takes, expected);
        assert!(f.parameters[3].is_annotated && TEXT[..f.end].ends_with("**e)"));
        let g = find(&all, 7, "C.g").unwrap();
        assert!(g.is_async && g.is_method && g.calls == ["print", "self.x.y"]);
        let h = find(&all, 8, "C.h").unwrap();
        assert!(h.is_annotated && h.yields == Yields::Takes);
    }
}
