//! The statements of a source, with the queries an explanation needs: the statements around a line, and the lines of a
//! branch.

use connie_source::python::Statements;
use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::{ExceptHandler, Expr, MatchCase, Stmt};
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

/// First and last line of the body of each `except` clause, by the line of the clause.
pub(super) type Handling = FxHashMap<u32, (u32, u32)>;

/// A parsed source.
pub(super) struct Code<'r> {
    /// The statements.
    pub statements: Statements<'r>,
    ends: Vec<usize>,
}

/// An enclosing statement that decides whether a line runs.
pub(super) enum Around {
    /// `if`, `elif`, `while`: the line of the deciding head. For an `else`, the head of the last condition.
    Condition(u32),
    /// `for` or `match`: the line of the head, which has the iterable or the subject.
    Head(u32),
    /// `except`: the line of the handler.
    Handler(u32),
}

/// How statements leave the code that they are in, the weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Leaving {
    /// They do not leave it.
    #[default]
    No,
    /// They raise an exception: a check.
    Raises,
    /// They end a loop or one turn of it.
    Jumps,
    /// They return.
    Returns,
}

/// A condition with a branch that leaves the code or binds names.
pub(super) struct Guard<'s> {
    /// The line of its head.
    pub line: u32,
    /// The condition.
    pub test: &'s Expr,
    /// First and last line of its body.
    pub body: (u32, u32),
    /// How its body leaves the code.
    pub leaves: Leaving,
    /// Names and attributes that its body stores.
    pub stores: Vec<String>,
}

impl<'r> Code<'r> {
    /// Parses a source; `None` if it is not valid Python.
    pub fn of(text: &'r str) -> Option<Self> {
        let statements = Statements::of(text)?;
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect();
        Some(Self { statements, ends })
    }

    /// The line (from 1) of an offset.
    pub fn line(&self, offset: usize) -> u32 {
        self.ends.partition_point(|end| *end < offset) as u32 + 1
    }

    /// First and last line of a node.
    pub fn lines(&self, node: &impl Ranged) -> (u32, u32) {
        (self.line(usize::from(node.start())), self.line(usize::from(node.end())))
    }

    /// First and last line of a body.
    pub fn body(&self, body: &[Stmt]) -> (u32, u32) {
        match (body.first(), body.last()) {
            (Some(first), Some(last)) => (self.lines(first).0, self.lines(last).1),
            _ => (0, 0),
        }
    }

    /// The statements that decide whether a line runs, within its function, the innermost first.
    pub fn around(&self, line: u32) -> Vec<Around> {
        let mut found = Vec::new();
        self.descend(self.statements.body(), line, &mut found);
        found.reverse();
        found
    }

    /// The line of the head of the innermost loop around a line.
    pub fn loop_around(&self, line: u32) -> Option<u32> {
        let is_loop = |line: &u32| matches!(self.statements.at(*line), Some(Stmt::For(_) | Stmt::While(_)));
        let heads = self.around(line).into_iter().filter_map(|one| match one {
            Around::Condition(line) | Around::Head(line) => Some(line),
            Around::Handler(_) => None,
        });
        heads.into_iter().find(is_loop)
    }

    fn descend(&self, body: &[Stmt], line: u32, found: &mut Vec<Around>) {
        let has = |body: &[Stmt]| {
            let (first, last) = self.body(body);
            (first..=last).contains(&line)
        };
        let Some(stmt) = body.iter().find(|stmt| {
            let (first, last) = self.lines(*stmt);
            (first..=last).contains(&line)
        }) else {
            return;
        };
        match stmt {
            Stmt::FunctionDef(inner) if has(&inner.body) => {
                found.clear();
                self.descend(&inner.body, line, found);
            }
            Stmt::ClassDef(inner) if has(&inner.body) => {
                found.clear();
                self.descend(&inner.body, line, found);
            }
            Stmt::If(choice) => self.in_if(choice, line, found),
            Stmt::While(again) if has(&again.body) => {
                found.push(Around::Condition(self.lines(&*again.test).0));
                self.descend(&again.body, line, found);
            }
            Stmt::While(again) => self.descend(&again.orelse, line, found),
            Stmt::For(each) if has(&each.body) => {
                found.push(Around::Head(self.lines(stmt).0));
                self.descend(&each.body, line, found);
            }
            Stmt::For(each) => self.descend(&each.orelse, line, found),
            Stmt::With(with) => self.descend(&with.body, line, found),
            Stmt::Match(choice) => {
                if let Some(case) = choice.cases.iter().find(|case| has(&case.body)) {
                    found.push(Around::Head(self.lines(stmt).0));
                    found.push(Around::Condition(self.lines(&case.pattern).0));
                    self.descend(&case.body, line, found);
                }
            }
            Stmt::Try(attempt) => {
                let handlers = attempt.handlers.iter().map(|ExceptHandler::ExceptHandler(handler)| handler);
                if let Some(handler) = handlers.into_iter().find(|handler| has(&handler.body)) {
                    found.push(Around::Handler(self.lines(handler).0));
                    self.descend(&handler.body, line, found);
                } else if let Some(part) =
                    [&attempt.body, &attempt.orelse, &attempt.finalbody].into_iter().find(|part| has(part))
                {
                    self.descend(part, line, found);
                }
            }
            _ => {}
        }
    }

    fn in_if(&self, choice: &ruff_python_ast::StmtIf, line: u32, found: &mut Vec<Around>) {
        let has = |body: &[Stmt]| {
            let (first, last) = self.body(body);
            (first..=last).contains(&line)
        };
        let mut last: &Expr = &choice.test;
        if has(&choice.body) && self.body(&choice.body).0 > self.lines(last).1 {
            found.push(Around::Condition(self.lines(last).0));
            return self.descend(&choice.body, line, found);
        }
        for clause in &choice.elif_else_clauses {
            last = clause.test.as_ref().unwrap_or(last);
            if has(&clause.body) {
                found.push(Around::Condition(self.lines(last).0));
                return self.descend(&clause.body, line, found);
            }
        }
    }

    /// The condition whose head is on a line, with the first and last line of its body if the body is on separate
    /// lines.
    pub fn branch(&self, line: u32) -> Option<(&Expr, (u32, u32))> {
        let of = |test: &'_ Expr, body: &[Stmt]| {
            let lines = self.body(body);
            (self.lines(test).0 == line && lines.0 > self.lines(test).1).then_some(lines)
        };
        match self.statements.at(line)? {
            Stmt::While(again) => Some((&*again.test, of(&again.test, &again.body)?)),
            Stmt::If(choice) => {
                if let Some(lines) = of(&choice.test, &choice.body) {
                    return Some((&choice.test, lines));
                }
                choice.elif_else_clauses.iter().find_map(|clause| {
                    let test = clause.test.as_ref()?;
                    Some((test, of(test, &clause.body)?))
                })
            }
            _ => None,
        }
    }

    /// The case whose pattern is on a line.
    pub fn case(&self, line: u32) -> Option<&MatchCase> {
        let Stmt::Match(choice) = self.statements.at(line)? else { return None };
        choice.cases.iter().find(|case| self.lines(&case.pattern).0 == line)
    }

    /// The lines of the body of the function that begins on a line.
    pub fn function_lines(&self, line: u32) -> std::ops::RangeInclusive<u32> {
        match self.statements.at(line) {
            Some(Stmt::FunctionDef(function)) => {
                let (first, last) = self.body(&function.body);
                first..=last.min(first + 200)
            }
            _ => line..=line,
        }
    }

    /// Whether the function that begins on a line has a `return` with a value.
    pub fn gives_values(&self, line: u32) -> bool {
        let Some(Stmt::FunctionDef(function)) = self.statements.at(line) else { return true };
        let mut finder = Returns(false);
        finder.visit_body(&function.body);
        finder.0
    }

    /// The text of the function around a line, up to the line.
    pub fn before(&self, line: u32) -> &str {
        let first =
            self.function_body(self.statements.body(), line).first().map_or(0, |stmt| usize::from(stmt.start()));
        let end = (line as usize).checked_sub(2).and_then(|n| self.ends.get(n).copied()).unwrap_or(0);
        self.statements.text.get(first..end).unwrap_or_default()
    }

    /// How many statements of the function around a line bind a name.
    pub fn bindings(&self, line: u32, name: &str) -> usize {
        let mut effects = Bindings { name, count: 0 };
        effects.visit_body(self.function_body(self.statements.body(), line));
        effects.count
    }

    /// First and last line of what a `try` statement ran before a line of its own without an exception.
    pub fn attempted(&self, line: u32) -> Option<(u32, u32)> {
        struct Attempts<'c> {
            code: &'c Code<'c>,
            line: u32,
            found: Option<(u32, u32)>,
        }
        impl<'s> StatementVisitor<'s> for Attempts<'_> {
            fn visit_stmt(&mut self, stmt: &'s Stmt) {
                let has = |body: &[Stmt]| {
                    let (first, last) = self.code.body(body);
                    (first..=last).contains(&self.line)
                };
                if let Stmt::Try(attempt) = stmt {
                    let body = self.code.body(&attempt.body);
                    if has(&attempt.orelse) {
                        self.found = Some(body);
                    } else if has(&attempt.body) {
                        self.found = (body.0 < self.line).then_some((body.0, self.line - 1));
                    }
                }
                walk_stmt(self, stmt);
            }
        }
        let mut finder = Attempts { code: self, line, found: None };
        finder.visit_body(self.function_body(self.statements.body(), line));
        finder.found
    }

    /// Whether the handler on a line ignores its exception.
    pub fn is_silent(&self, line: u32) -> bool {
        let Some(Stmt::Try(attempt)) = self.statements.at(line) else { return false };
        let handlers = attempt.handlers.iter().map(|ExceptHandler::ExceptHandler(handler)| handler);
        let found = handlers.into_iter().find(|handler| self.lines(*handler).0 == line);
        found.is_some_and(|handler| {
            handler.body.iter().all(|stmt| match stmt {
                Stmt::Pass(_) | Stmt::Continue(_) | Stmt::Break(_) => true,
                Stmt::Return(given) => given.value.as_ref().is_none_or(|value| value.is_literal_expr()),
                Stmt::Expr(line) => line.value.is_literal_expr(),
                _ => false,
            })
        })
    }

    /// The lines of all `except` clauses, with first and last line of their bodies.
    pub fn handlers(&self) -> Handling {
        let mut finder = Handlers { code: self, found: FxHashMap::default() };
        finder.visit_body(self.statements.body());
        finder.found
    }

    /// The conditions in the function around a line whose body is on separate lines and leaves or stores.
    pub fn guards(&self, line: u32) -> Vec<Guard<'_>> {
        let body = self.function_body(self.statements.body(), line);
        let mut finder = Guards { code: self, found: Vec::new() };
        finder.visit_body(body);
        finder.found
    }

    fn function_body<'s>(&'s self, body: &'s [Stmt], line: u32) -> &'s [Stmt] {
        struct Innermost<'c, 's> {
            code: &'c Code<'c>,
            line: u32,
            found: Option<&'s [Stmt]>,
        }
        impl<'s> StatementVisitor<'s> for Innermost<'_, 's> {
            fn visit_stmt(&mut self, stmt: &'s Stmt) {
                let (first, last) = self.code.lines(stmt);
                if (first..=last).contains(&self.line) {
                    if let Stmt::FunctionDef(function) = stmt {
                        let (first, last) = self.code.body(&function.body);
                        if (first..=last).contains(&self.line) {
                            self.found = Some(&function.body);
                        }
                    }
                    walk_stmt(self, stmt);
                }
            }
        }
        let mut innermost = Innermost { code: self, line, found: None };
        innermost.visit_body(body);
        innermost.found.unwrap_or(body)
    }
}

/// A visitor that finds a `return` with a value.
struct Returns(bool);

impl StatementVisitor<'_> for Returns {
    fn visit_stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            Stmt::Return(given) => self.0 |= given.value.as_ref().is_some_and(|value| !value.is_none_literal_expr()),
            _ => walk_stmt(self, stmt),
        }
    }
}

struct Handlers<'c> {
    code: &'c Code<'c>,
    found: FxHashMap<u32, (u32, u32)>,
}

impl<'s> StatementVisitor<'s> for Handlers<'_> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        if let Stmt::Try(attempt) = stmt {
            for ExceptHandler::ExceptHandler(handler) in &attempt.handlers {
                self.found.insert(self.code.lines(handler).0, self.code.body(&handler.body));
            }
        }
        walk_stmt(self, stmt);
    }
}

struct Guards<'c, 's> {
    code: &'c Code<'c>,
    found: Vec<Guard<'s>>,
}

impl<'s> Guards<'_, 's> {
    fn add(&mut self, test: &'s Expr, head: &impl Ranged, body: &'s [Stmt]) {
        let lines = self.code.body(body);
        let (line, end) = self.code.lines(head);
        let mut effects = Effects::default();
        effects.visit_body(body);
        if lines.0 > end && (effects.leaves != Leaving::No || !effects.stores.is_empty()) {
            self.found.push(Guard { line, test, body: lines, leaves: effects.leaves, stores: effects.stores });
        }
    }
}

impl<'s> StatementVisitor<'s> for Guards<'_, 's> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        match stmt {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return,
            Stmt::While(again) => self.add(&again.test, &*again.test, &again.body),
            Stmt::If(choice) => {
                self.add(&choice.test, &*choice.test, &choice.body);
                for clause in &choice.elif_else_clauses {
                    if let Some(test) = &clause.test {
                        self.add(test, test, &clause.body);
                    }
                }
            }
            Stmt::Match(choice) => {
                for case in &choice.cases {
                    self.add(&choice.subject, &case.pattern, &case.body);
                }
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }
}

/// A visitor that counts the statements that bind a name.
struct Bindings<'n> {
    name: &'n str,
    count: usize,
}

impl<'s> StatementVisitor<'s> for Bindings<'_> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        match stmt {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return,
            Stmt::Assign(_) | Stmt::AugAssign(_) | Stmt::AnnAssign(_) => {
                self.count += usize::from(crate::answers::binds(stmt, self.name));
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }
}

/// The effects of statements that matter to later statements.
#[derive(Default)]
struct Effects {
    leaves: Leaving,
    stores: Vec<String>,
}

impl Effects {
    fn store(&mut self, target: &Expr) {
        match target {
            Expr::Name(name) => self.stores.push(name.id.to_string()),
            Expr::Attribute(attribute) => self.stores.push(format!(".{}", attribute.attr)),
            Expr::Subscript(item) => self.store(&item.value),
            Expr::Starred(star) => self.store(&star.value),
            Expr::Tuple(items) => items.elts.iter().for_each(|item| self.store(item)),
            Expr::List(items) => items.elts.iter().for_each(|item| self.store(item)),
            _ => {}
        }
    }
}

impl<'s> StatementVisitor<'s> for Effects {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        match stmt {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return,
            Stmt::Raise(_) => self.leaves = self.leaves.max(Leaving::Raises),
            Stmt::Break(_) | Stmt::Continue(_) => self.leaves = self.leaves.max(Leaving::Jumps),
            Stmt::Return(_) => self.leaves = self.leaves.max(Leaving::Returns),
            Stmt::Assign(assign) => assign.targets.iter().for_each(|target| self.store(target)),
            Stmt::AugAssign(assign) => self.store(&assign.target),
            Stmt::AnnAssign(assign) => self.store(&assign.target),
            // A method call may change the object that it is called on.
            Stmt::Expr(line) => {
                if let Expr::Call(call) = &*line.value
                    && let Expr::Attribute(method) = &*call.func
                {
                    self.store(&method.value);
                }
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }
}
