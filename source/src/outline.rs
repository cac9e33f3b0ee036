//! Finds the parts of a source beside which values can be shown: functions, loops, and everything that gets a value.

mod blocks;
mod counting;
mod guards;
mod results;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Parameters, Pattern, Stmt};
use ruff_text_size::Ranged;

pub use counting::{Counting, Region};

/// The kind of code that gives a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarkKind {
    /// `x = …`, `x: T = …`, `x += …`
    Assigned,
    /// An attribute or item that is assigned.
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
    /// A call whose result is unused.
    Dropped,
}

/// Details about a mark, by its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// No details.
    #[default]
    None,
    /// For a parameter: what follows its name.
    Parameter {
        /// Whether it has an annotation.
        annotated: bool,
        /// Whether it has a default.
        optional: bool,
        /// The end of its name: the line, and the byte offset in it.
        name: (u32, usize),
    },
    /// For a condition: where its function continues if it holds.
    Condition {
        /// First and last line of the body; `None` if it begins on the lines of the condition, or has no code.
        body: Option<(u32, u32)>,
        /// Whether its result is always True or False.
        is_bool: bool,
    },
    /// For a call: the name of the function as written.
    Call(String),
    /// For code that may not run although its line does: the variable of a loop that may have no iteration, a name in a
    /// pattern that may not match, an operand after `and`, a statement on the line of its `if`.
    Guarded(Guard),
}

/// The evidence that guarded code ran when its line did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    /// First and last line of the body: if the function continues there, the code ran. `None` if no lines are evidence.
    pub body: Option<(u32, u32)>,
    /// Whether it is part of a loop: then the code also ran before if control came from the body (or from the same
    /// line, for a loop on one line).
    pub is_loop: bool,
}

/// A place that gets a value. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The kind of code that gives the value.
    pub kind: MarkKind,
    /// The expression that has the value afterwards.
    pub text: String,
    /// The line that gives the value when it runs.
    pub line: u32,
    /// The last line of that statement, or of its head.
    pub last_line: u32,
    /// The line at whose end the value is shown; for a parameter, its line.
    pub shown: u32,
    /// The byte offset in the line `shown` of the end of the named expression; `None` to show the value at the end of
    /// the line.
    pub column: Option<usize>,
    /// Index into [`Outline::functions`] of the enclosing function; `None` in the module.
    pub function: Option<usize>,
    /// Further details.
    pub detail: Detail,
}

impl Mark {
    /// Whether it is the outcome of a statement, rather than a variable, attribute or item.
    #[must_use]
    pub fn is_outcome(&self) -> bool {
        matches!(self.kind, MarkKind::Condition | MarkKind::Returned | MarkKind::Dropped)
    }

    /// The text shown beside the code: `x = 1`, `→ False`. For a parameter it is only the value, with an arrow that
    /// distinguishes it from a default.
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
    /// Its name.
    pub name: String,
    /// `co_firstlineno`: the line of the first decorator, otherwise of `def`.
    pub line: u32,
    /// The line of `def`.
    pub def_line: u32,
    /// The first line after its head.
    pub body_line: u32,
    /// Its last line.
    pub last_line: u32,
    /// The byte offsets of the start and the end of its name in the line of `def`.
    pub name_columns: (usize, usize),
    /// Whether it is a class.
    pub is_class: bool,
    /// The enclosing function.
    pub parent: Option<usize>,
    /// Whether its frame may be suspended: it is a generator or a coroutine.
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
    /// The enclosing function.
    pub function: Option<usize>,
}

impl Loop {
    /// Whether the body begins on the lines of the head, so that both share their events.
    #[must_use]
    pub fn is_on_one_line(&self) -> bool {
        self.body <= self.head_last
    }
}

/// The outline of a source, in source order.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// Everything that gets a value.
    pub marks: Vec<Mark>,
    /// Functions and classes.
    pub functions: Vec<Function>,
    /// Loops.
    pub loops: Vec<Loop>,
    /// Data for counting statements whose line events do not tell how often they ran.
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
        // Functions are in the order of their first lines, and are either nested or disjoint.
        let mut at = self.functions.partition_point(|function| function.line <= line).checked_sub(1);
        while let Some(n) = at.filter(|n| self.functions[*n].last_line < line) {
            at = self.functions[n].parent;
        }
        at
    }

    /// The lines on which a function's own code may run, without bodies of nested functions and classes; those of the
    /// module for `None`. First and last line of each range, ascending.
    #[must_use]
    pub fn own_lines(&self, function: Option<usize>) -> Vec<(u32, u32)> {
        let (mut from, last) =
            function.map_or((1, u32::MAX), |n| (self.functions[n].line, self.functions[n].last_line));
        let mut own = Vec::new();
        for within in self.functions.iter().filter(|within| within.parent == function) {
            // The head runs in the enclosing function.
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
    /// First and last line of the current statement, or of its head.
    head: (u32, u32),
    /// The evidence that the current code ran, if its line alone is not.
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

    /// Adds marks for the names that an assignment to a target binds.
    fn target(&mut self, kind: MarkKind, target: &Expr) {
        match target {
            Expr::Name(name) => self.mark(kind, name.id.to_string()),
            Expr::Attribute(_) | Expr::Subscript(_) => {
                // A call in the target would have to run again to read it; a slice is not a single item.
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
            // The value is shown after all of it: `x=1 ← 2`.
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
        // On the same line as its condition, nothing proves that it ran.
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
            // Their names are in separate frames.
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
