//! What a source has that values can stand beside: functions, loops, and everything that gets a value.

mod blocks;
mod counting;
mod guards;
mod results;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Parameters, Pattern, Stmt};
use ruff_text_size::Ranged;

pub use counting::{Counting, Region};

/// What gives a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarkKind {
    /// `x = …`, `x: T = …`, `x += …`
    Assigned,
    /// An attribute or item that is stored.
    Stored,
    /// `for x in …`
    Loop,
    /// A function's parameter.
    Parameter,
    /// `with … as x`
    With,
    /// `except … as x`
    Except,
    /// `(x := …)`
    Walrus,
    /// `case … as x` and the other names that patterns bind.
    Pattern,
    /// The condition of an `if`, `elif` or `while`.
    Condition,
    /// `return …`
    Returned,
    /// A call whose result is dropped.
    Dropped,
}

/// The kind of a mark, and details about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    #[default]
    None,
    /// Of a parameter: what stands behind its name.
    Parameter {
        /// It has an annotation.
        annotated: bool,
        /// It has a default.
        optional: bool,
        /// Where its name ends: the line, and bytes from its start.
        name: (u32, usize),
    },
    /// Of a condition: where its function goes on if it holds.
    Condition {
        /// First and last line of the body; `None` if it begins on the lines of the condition, or has no code.
        body: Option<(u32, u32)>,
        /// Whether it gives True or False, whatever it is about.
        is_bool: bool,
    },
    /// Of a call: the name of the function, as far as it is written there.
    Call(String),
    /// Of what need not be done where its line is: the variable of a loop that may have no iteration, a name in a
    /// pattern that may not match, what stands behind `and`, a statement on the line of its `if`.
    Guarded(Guard),
}

/// What tells whether something was done whose line was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// First and last line of the body: if its function goes on there, it was. `None` if no lines tell.
    pub body: Option<(u32, u32)>,
    /// It is part of a loop: if its function came from the body, or from the same line where all of it stands on one,
    /// it was done before.
    pub is_loop: bool,
}

/// A place that gets a value. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What gives it.
    pub kind: MarkKind,
    /// The expression that has the value afterwards.
    pub text: String,
    /// The line whose run gives it.
    pub line: u32,
    /// The last line of that statement, or of its head.
    pub last_line: u32,
    /// The line at whose end the value is shown; a parameter's own line.
    pub shown: u32,
    /// Bytes from the start of the line `shown` to the end of what is named there; `None` to stand at the line's end.
    pub column: Option<usize>,
    /// Index into [`Outline::functions`] of the function it belongs to; `None` in the module.
    pub function: Option<usize>,
    /// What else is known of it.
    pub detail: Detail,
}

impl Mark {
    /// Whether it is what a statement came to, and no variable, attribute or item.
    #[must_use]
    pub fn is_outcome(&self) -> bool {
        matches!(self.kind, MarkKind::Condition | MarkKind::Returned | MarkKind::Dropped)
    }

    /// What stands beside the code: `x = 1`, `→ False`. Behind a parameter the value alone; an arrow tells it from a
    /// default.
    #[must_use]
    pub fn label(&self, value: &str) -> String {
        match (&self.kind, &self.detail) {
            (MarkKind::Condition | MarkKind::Returned, _) => format!("→ {value}"),
            (MarkKind::Dropped, _) => format!("{} → {value}", self.text),
            (_, Detail::Parameter { optional: true, .. }) => format!(" ← {value}"),
            (_, Detail::Parameter { annotated: true, .. }) => format!(" = {value}"),
            (MarkKind::Parameter, _) => format!("={value}"),
            _ => format!("{} = {value}", self.text),
        }
    }
}

/// A function or class body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its own name.
    pub name: String,
    /// `co_firstlineno`: the first decorator's line, else that of `def`.
    pub line: u32,
    /// The line of `def`.
    pub def_line: u32,
    /// The first line after its head.
    pub body_line: u32,
    /// Its last line.
    pub last_line: u32,
    /// Bytes from the start of the line of `def` to its name, and to its end.
    pub name_columns: (usize, usize),
    /// Whether it is a class.
    pub is_class: bool,
    /// The function it stands in.
    pub parent: Option<usize>,
    /// Whether its frame may wait and go on: it is a generator, or a coroutine.
    pub suspends: bool,
}

/// A `for` or `while`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop {
    /// The line of its head.
    pub line: u32,
    /// The last line of its head.
    pub head_last: u32,
    /// The first line of its body.
    pub body: u32,
    /// The last line of its body.
    pub body_last: u32,
    /// Its last line.
    pub last_line: u32,
    /// The function it stands in.
    pub function: Option<usize>,
}

impl Loop {
    /// Whether the body begins on the lines of the head, whose events then are those of both.
    #[must_use]
    pub fn is_on_one_line(&self) -> bool {
        self.body <= self.head_last
    }
}

/// All of a source, in the order of its text.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// Everything that gets a value.
    pub marks: Vec<Mark>,
    /// Functions and classes.
    pub functions: Vec<Function>,
    /// Loops.
    pub loops: Vec<Loop>,
    /// How often lines ran, where their own hits do not tell.
    pub counting: Counting,
}

impl Outline {
    /// Reads a source. For text that is not valid Python, reads as much as possible.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let parsed = crate::parse::unchecked(text);
        let starts =
            std::iter::once(0).chain(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(n, _)| n + 1));
        let mut reader = Reader {
            text,
            starts: starts.collect(),
            found: Outline::default(),
            function: None,
            head: (0, 0),
            guard: None,
        };
        if let Some(module) = parsed.syntax().as_module() {
            reader.visit_body(&module.body);
        }
        reader.found.marks.sort_by_key(|mark| (mark.shown, mark.column.unwrap_or(usize::MAX), mark.is_outcome()));
        reader.found
    }

    /// The innermost function around a line, by index.
    #[must_use]
    pub fn function_at(&self, line: u32) -> Option<usize> {
        // Functions are in the order of their first lines, and lie within each other or apart.
        let mut at = self.functions.partition_point(|function| function.line <= line).checked_sub(1);
        while let Some(n) = at.filter(|n| self.functions[*n].last_line < line) {
            at = self.functions[n].parent;
        }
        at
    }

    /// The lines on which a function's own code may run, and no body of a function or class within it; those of the
    /// module for `None`. First and last line of each range, ascending.
    #[must_use]
    pub fn own_lines(&self, function: Option<usize>) -> Vec<(u32, u32)> {
        let (mut from, last) =
            function.map_or((1, u32::MAX), |n| (self.functions[n].line, self.functions[n].last_line));
        let mut own = Vec::new();
        for within in self.functions.iter().filter(|within| within.parent == function) {
            // The head runs in the function around it.
            if from < within.body_line {
                own.push((from, within.body_line - 1));
            }
            from = within.last_line + 1;
        }
        if from <= last {
            own.push((from, last));
        }
        own
    }
}

struct Reader<'a> {
    text: &'a str,
    starts: Vec<usize>,
    found: Outline,
    function: Option<usize>,
    /// First and last line of the statement that is being read, or of its head.
    head: (u32, u32),
    /// What tells whether that which is being read is done, where its line does not.
    guard: Option<Guard>,
}

impl Reader<'_> {
    fn line(&self, offset: usize) -> u32 {
        self.starts.partition_point(|start| *start <= offset) as u32
    }

    fn column(&self, offset: usize) -> usize {
        offset - self.starts[self.line(offset) as usize - 1]
    }

    fn slice(&self, node: &impl Ranged) -> String {
        self.text.get(node.range().to_std_range()).unwrap_or_default().to_owned()
    }

    fn mark(&mut self, kind: MarkKind, text: String) {
        let (line, last_line) = self.head;
        let function = self.function;
        let detail = self.guard.map_or(Detail::None, Detail::Guarded);
        let (shown, column) = (last_line, None);
        self.found.marks.push(Mark { kind, text, line, last_line, shown, column, function, detail });
    }

    /// What an assignment to a target binds.
    fn target(&mut self, kind: MarkKind, target: &Expr) {
        match target {
            Expr::Name(name) => self.mark(kind, name.id.to_string()),
            Expr::Attribute(_) | Expr::Subscript(_) => {
                // A call in the target would have to run again to be read; slices name no one item.
                let text = self.slice(target);
                if !text.contains('\n') && !matches!(target, Expr::Subscript(s) if s.slice.is_slice_expr()) {
                    self.mark(if kind == MarkKind::Assigned { MarkKind::Stored } else { kind }, text);
                }
            }
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|item| self.target(kind, item)),
            Expr::List(list) => list.elts.iter().for_each(|item| self.target(kind, item)),
            Expr::Starred(starred) => self.target(kind, &starred.value),
            _ => {}
        }
    }

    fn parameters(&mut self, parameters: &Parameters) {
        let (first, _) = self.head;
        for parameter in parameters {
            let named = parameter.as_parameter();
            let (annotated, optional) = (named.annotation.is_some(), parameter.default().is_some());
            let (text, function) = (named.name.to_string(), self.function);
            // The value stands behind all of it: `x=1 ← 2`.
            let end = usize::from(parameter.end());
            let name_end = usize::from(named.name.end());
            let shown = self.line(last_of(end));
            let column = Some(end - self.starts[shown as usize - 1]);
            let name = (self.line(name_end), self.column(name_end));
            let detail = Detail::Parameter { annotated, optional, name };
            let kind = MarkKind::Parameter;
            self.found.marks.push(Mark { kind, text, line: first, last_line: first, shown, column, function, detail });
        }
    }

    /// Enters a function or class whose head ends at `head_end`.
    fn define(
        &mut self,
        stmt: &Stmt,
        name: &ruff_python_ast::Identifier,
        decorated: Option<usize>,
        head_end: usize,
        is_class: bool,
    ) {
        let def_line = self.line(usize::from(name.start()));
        let start = decorated.unwrap_or_else(|| usize::from(stmt.start()));
        let (name_start, name_end) = (usize::from(name.start()), usize::from(name.end()));
        self.found.functions.push(Function {
            name: name.to_string(),
            line: self.line(start),
            def_line,
            body_line: self.line(last_of(head_end)) + 1,
            last_line: self.line(usize::from(stmt.end()).saturating_sub(1)),
            name_columns: (self.column(name_start), self.column(name_end)),
            is_class,
            parent: self.function,
            suspends: matches!(stmt, Stmt::FunctionDef(function) if function.is_async),
        });
        self.function = Some(self.found.functions.len() - 1);
    }

    fn set_head(&mut self, start: usize, end: usize) {
        self.head = (self.line(start), self.line(end.saturating_sub(1).max(start)));
    }

    fn begin_loop(&mut self, stmt: &Stmt, head_end: usize, body: &[Stmt]) {
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return };
        self.found.loops.push(Loop {
            line: self.line(usize::from(stmt.start())),
            head_last: self.line(last_of(head_end)),
            body: self.line(usize::from(first.start())),
            body_last: self.line(last_of(usize::from(last.end()))),
            last_line: self.line(usize::from(stmt.end()).saturating_sub(1)),
            function: self.function,
        });
    }
}

impl<'s> Visitor<'s> for Reader<'_> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        let start = usize::from(stmt.start());
        // On a line with what decides whether it runs, nothing tells that it did.
        let is_alone = self.line(start) > self.head.1;
        self.set_head(start, usize::from(stmt.end()));
        let starts = &self.starts;
        let line = |offset: usize| starts.partition_point(|start| *start <= offset) as u32;
        self.found.counting.note(stmt, self.function, line);
        match stmt {
            Stmt::Assign(assign) => assign.targets.iter().for_each(|target| self.target(MarkKind::Assigned, target)),
            Stmt::AnnAssign(assign) if assign.value.is_some() => self.target(MarkKind::Assigned, &assign.target),
            Stmt::AugAssign(assign) => self.target(MarkKind::Assigned, &assign.target),
            Stmt::Return(returned) => {
                if let Some(value) = returned.value.as_deref().filter(|_| is_alone) {
                    self.mark(MarkKind::Returned, self.slice(value));
                }
            }
            Stmt::Expr(alone) if is_alone => self.dropped(&alone.value),
            Stmt::For(each) => return self.for_each(stmt, each),
            Stmt::While(again) => return self.repeat(stmt, again),
            Stmt::If(choice) => return self.branch(choice),
            Stmt::With(with) => return self.with(with),
            Stmt::Try(attempt) => return self.attempt(attempt),
            Stmt::Match(choice) => return self.choose(choice),
            Stmt::FunctionDef(function) => return self.function(stmt, function),
            Stmt::ClassDef(class) => return self.class(stmt, class),
            _ => {}
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            Expr::Named(named) => {
                self.target(MarkKind::Walrus, &named.target);
                visitor::walk_expr(self, expr);
            }
            Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Await(_) => {
                if let Some(n) = self.function {
                    self.found.functions[n].suspends = true;
                }
                visitor::walk_expr(self, expr);
            }
            Expr::BoolOp(_) | Expr::If(_) | Expr::Compare(_) => self.visit_in_part(expr),
            // Their names live in frames of their own.
            Expr::Lambda(_) | Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {}
            _ => visitor::walk_expr(self, expr),
        }
    }

    fn visit_pattern(&mut self, pattern: &'s Pattern) {
        let name = match pattern {
            Pattern::MatchAs(bound) => bound.name.as_ref(),
            Pattern::MatchStar(bound) => bound.name.as_ref(),
            Pattern::MatchMapping(bound) => bound.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.mark(MarkKind::Pattern, name.to_string());
        }
        visitor::walk_pattern(self, pattern);
    }
}

/// The offset of the last byte before an end.
fn last_of(end: usize) -> usize {
    end.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "\
import os
x = y = 1
a, (b, *c) = f(
    1)
obj.attr[0] += 2
@wrap
def go(first, *rest,
       last=3):
    for n, m in rest:
        with open(n) as file, g():
            pass
    try:
        if (found := n) and 1:
            pass
    except E as error:
        pass
    match n:
        case [p, *q]:
            pass
";

    #[test]
    fn lines_belong_to_the_innermost_body() {
        let outline = Outline::of(
            "\
import os

class A(
    B
):
    x = 1
    def f(
        self, a=1,
    ) -> int:
        def g(): return 1
        return g()

    y = 2

@wrap
def h(): pass
def last(a=
         1): return a
",
        );
        let names: Vec<&str> = outline.functions.iter().map(|function| &*function.name).collect();
        assert_eq!(names, ["A", "f", "g", "h", "last"]);
        assert_eq!(outline.own_lines(None), [(1, 5), (14, 16), (17, 18), (19, u32::MAX)]);
        assert_eq!(outline.own_lines(Some(0)), [(3, 9), (12, 13)]);
        assert_eq!(outline.own_lines(Some(1)), [(7, 10), (11, 11)]);
        assert_eq!(outline.own_lines(Some(2)), [(10, 10)]);
        let at = (1..=19).map(|line| outline.function_at(line)).collect::<Vec<_>>();
        let slow = |line: u32| {
            (0..5).rev().find(|n| {
                let function = &outline.functions[*n];
                function.line <= line && line <= function.last_line
            })
        };
        assert_eq!(at, (1..=19).map(slow).collect::<Vec<_>>());
    }

    #[test]
    fn everything_that_gets_a_value_is_found() {
        let outline = Outline::of(SOURCE);
        let shown: Vec<String> = outline
            .marks
            .iter()
            .map(|m| format!("{:?} {} {}-{} @{}:{:?}", m.kind, m.text, m.line, m.last_line, m.shown, m.column))
            .collect();
        assert_eq!(
            shown,
            [
                "Assigned x 2-2 @2:None",
                "Assigned y 2-2 @2:None",
                "Assigned a 3-4 @4:None",
                "Assigned b 3-4 @4:None",
                "Assigned c 3-4 @4:None",
                "Stored obj.attr[0] 5-5 @5:None",
                "Parameter first 6-6 @7:Some(12)",
                "Parameter rest 6-6 @7:Some(19)",
                "Parameter last 6-6 @8:Some(13)",
                "Loop n 9-9 @9:None",
                "Loop m 9-9 @9:None",
                "With file 10-10 @10:None",
                "Walrus found 13-13 @13:None",
                "Condition (found := n) and 1 13-13 @13:None",
                "Except error 15-15 @15:None",
                "Pattern p 18-18 @18:None",
                "Pattern q 18-18 @18:None",
            ]
        );
        assert_eq!(outline.functions.len(), 1);
        assert_eq!(
            (outline.functions[0].line, outline.functions[0].def_line, outline.functions[0].last_line),
            (6, 7, 19)
        );
        assert_eq!(outline.function_at(12), Some(0));
        assert_eq!(outline.function_at(5), None);
        assert_eq!([6, 8, 19].map(|line| outline.function_at(line)), [Some(0); 3]);
        assert_eq!(outline.function_at(20), None);
        assert_eq!(
            outline.loops,
            [Loop { line: 9, head_last: 9, body: 10, body_last: 11, last_line: 11, function: Some(0) }]
        );
    }

    #[test]
    fn broken_sources_have_what_can_be_read() {
        for text in
            ["", "def (", "x = = 1\ny = 2\n", "for in:\n", "\u{feff}x = 1", "x = 1\r\ny = 2\r\n", "é = 1; ñ: int = 2"]
        {
            let _ = Outline::of(text);
        }
        assert_eq!(Outline::of("x = 1\r\ny = 2\r\n").marks.len(), 2);
    }
}
