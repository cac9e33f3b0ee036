//! Determines the statements that decide whether a line runs: blocks, enclosing statements, and earlier statements in a
//! block.

mod build;
mod condition;
mod inside;
mod names;

pub use condition::{Condition, Leaf, Part, condition};
pub use inside::{Inside, inside};
pub use names::{Mention, imports, mentions};

/// First and last line, from 1.
pub type Lines = (u32, u32);

/// The effect of a statement on the order in which lines run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// `if`
    If,
    /// `while`
    While,
    /// `for`
    For,
    /// `try`
    Try,
    /// `with`
    With,
    /// `match`
    Match,
    /// `def`
    Function,
    /// `class`
    Class,
    /// `return`
    Return,
    /// `raise`
    Raise,
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `assert`
    Assert,
    /// `global`, `nonlocal`, a docstring: no code.
    Silent,
    /// Any other statement.
    Plain,
}

/// The role of a part of a compound statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The part that runs first: the body of an `if`, loop, `with` or `try`.
    Body,
    /// `elif`
    Elif,
    /// `else`
    Else,
    /// `except`
    Handler,
    /// `finally`
    Finally,
    /// `case`
    Case,
}

/// A part of a compound statement.
#[derive(Clone, Debug)]
pub struct Arm {
    /// Its role.
    pub role: Role,
    /// The lines of its head.
    pub head: Lines,
    /// The condition, iterable, classes or pattern that decides whether it runs.
    pub test: Option<String>,
    /// The guard of a `case`.
    pub guard: Option<String>,
    /// Its statements.
    pub body: Vec<usize>,
    /// The lines of its statements.
    pub lines: Lines,
}

impl Arm {
    /// Whether it begins on the lines of its head, so that both share their events.
    #[must_use]
    pub fn is_on_one_line(&self) -> bool {
        self.lines.0 <= self.head.1
    }
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Its kind.
    pub kind: StatementKind,
    /// Its lines, or those of its head.
    pub head: Lines,
    /// Its last line.
    pub last: u32,
    /// Its parts; empty for a simple statement, and for a function or class, whose body is a scope.
    pub arms: Vec<Arm>,
    /// The enclosing statement and part; `None` if it is directly in the body of its scope.
    pub within: Option<(usize, usize)>,
    /// Its index in the block.
    pub nth: usize,
    /// Its scope.
    pub scope: usize,
    /// The scope of its body.
    pub opens: Option<usize>,
    /// Its text, or that of its head, without the colon.
    pub text: String,
    /// The expression that it returns, raises, or iterates over; for a `match`, the subject.
    pub value: Option<String>,
}

impl Statement {
    /// Whether a line belongs to it.
    #[must_use]
    pub fn has(&self, line: u32) -> bool {
        (self.head.0..=self.last).contains(&line)
    }
}

/// A module, function or class: a scope with a separate code object.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Its name; empty for the module.
    pub name: String,
    /// Its qualified name, as in Python but without `<locals>`.
    pub path: String,
    /// Whether it is a class.
    pub is_class: bool,
    /// `co_firstlineno`: the line of the first decorator, otherwise of `def`.
    pub line: u32,
    /// The line of `def` or `class`.
    pub def_line: u32,
    /// Its last line.
    pub last: u32,
    /// The statement that defines it; `None` for the module.
    pub made_by: Option<usize>,
    /// Its statements.
    pub body: Vec<usize>,
    /// The enclosing scope.
    pub parent: Option<usize>,
    /// The texts of its decorators.
    pub decorators: Vec<String>,
    /// Whether it is a coroutine or generator, whose frame may be suspended.
    pub suspends: bool,
}

/// The part of the program that a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A statement, or the head of one.
    Statement(usize),
    /// A part of a statement: the line is its `else`, `except`, `case` or `finally`.
    Arm(usize, usize),
}

/// A statement that may have led elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// An earlier statement in the same block.
    Before(usize),
    /// The head of an enclosing statement, and the part of it that was not reached.
    Around(usize, usize),
}

/// The statements of a source.
#[derive(Clone, Debug, Default)]
pub struct Control {
    /// In source order.
    pub statements: Vec<Statement>,
    /// The module first.
    pub scopes: Vec<Scope>,
}

impl Control {
    /// Reads a source; `None` if it is not valid Python.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        build::build(text)
    }

    /// The target that a line belongs to; `None` for a line without code: blank, a comment, a docstring.
    #[must_use]
    pub fn target(&self, line: u32) -> Option<Target> {
        self.in_block(&self.scopes.first()?.body, line)
    }

    fn in_block(&self, block: &[usize], line: u32) -> Option<Target> {
        let found = block.iter().copied().find(|n| self.statements[*n].has(line))?;
        let statement = &self.statements[found];
        if (statement.head.0..=statement.head.1).contains(&line) {
            return (statement.kind != StatementKind::Silent).then_some(Target::Statement(found));
        }
        if let Some(scope) = statement.opens {
            return self.in_block(&self.scopes[scope].body, line);
        }
        for (n, arm) in statement.arms.iter().enumerate() {
            if (arm.head.0..=arm.head.1).contains(&line) {
                return Some(Target::Arm(found, n));
            }
            if (arm.lines.0..=arm.lines.1).contains(&line) {
                return self.in_block(&arm.body, line);
            }
        }
        None
    }

    /// The nearest line with code; of two lines at the same distance, the one below.
    #[must_use]
    pub fn nearest(&self, line: u32) -> Option<u32> {
        let has_code = |statement: &&Statement| statement.kind != StatementKind::Silent;
        let lines = self.statements.iter().filter(has_code).map(|statement| statement.head.0);
        lines.min_by_key(|known| (known.abs_diff(line), *known < line))
    }

    /// The block that contains a statement.
    #[must_use]
    pub fn block(&self, statement: usize) -> &[usize] {
        let at = &self.statements[statement];
        match at.within {
            Some((around, arm)) => &self.statements[around].arms[arm].body,
            None => &self.scopes[at.scope].body,
        }
    }

    /// The statements of the function that may have led elsewhere than to a target, the nearest first.
    #[must_use]
    pub fn points(&self, target: Target) -> Vec<Point> {
        let mut found = Vec::new();
        let mut at = match target {
            Target::Statement(statement) => statement,
            Target::Arm(statement, arm) => {
                found.push(Point::Around(statement, arm));
                statement
            }
        };
        loop {
            let nth = self.statements[at].nth;
            found.extend(self.block(at)[..nth].iter().rev().map(|n| Point::Before(*n)));
            let Some((around, arm)) = self.statements[at].within else { return found };
            found.push(Point::Around(around, arm));
            at = around;
        }
    }

    /// The enclosing statements with their parts, the innermost first.
    #[must_use]
    pub fn around(&self, statement: usize) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut at = statement;
        while let Some((around, arm)) = self.statements[at].within {
            found.push((around, arm));
            at = around;
        }
        found
    }

    /// The statements that are, or whose head is, on a line.
    pub fn on(&self, line: u32) -> impl Iterator<Item = usize> + '_ {
        let is_on = move |statement: &Statement| (statement.head.0..=statement.head.1).contains(&line);
        (0..self.statements.len()).filter(move |n| is_on(&self.statements[*n]))
    }

    /// The innermost scope of a line.
    #[must_use]
    pub fn scope_at(&self, line: u32) -> usize {
        match self.target(line) {
            Some(Target::Statement(n) | Target::Arm(n, _)) => self.statements[n].scope,
            None => 0,
        }
    }

    /// The scopes with a name: `total`, `Cart.add`.
    pub fn named<'c>(&'c self, name: &'c str) -> impl Iterator<Item = usize> + 'c {
        let is_it = move |path: &str| {
            path == name || path.strip_suffix(name).is_some_and(|before| before.ends_with('.') && !name.is_empty())
        };
        (1..self.scopes.len()).filter(move |n| is_it(&self.scopes[*n].path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
def f(n):
    '''doc'''
    if n > 1:
        a()
    elif n:
        b()
    else:
        c()
    for x in n:
        d()
    else:
        # nothing
        e()
    try:
        g()
    except (A, B) as e:
        h()
    finally:
        i()
    match n:
        case [1] if n:
            j()
    return k(
        1)
";

    #[test]
    fn lines_have_targets() {
        let control = Control::of(TEXT).unwrap();
        let statement = |line: u32| match control.target(line) {
            Some(Target::Statement(n)) => Some(control.statements[n].text.as_str()),
            _ => None,
        };
        assert_eq!(control.target(2), None);
        assert_eq!(statement(3), Some("if n > 1"));
        assert_eq!(statement(8), Some("c()"));
        assert_eq!(control.target(12), None);
        assert_eq!(control.nearest(12), Some(13));
        assert_eq!(statement(24), Some("return k(\n        1)"));
        let role = |line: u32| match control.target(line) {
            Some(Target::Arm(n, arm)) => Some(control.statements[n].arms[arm].role),
            _ => None,
        };
        let roles = [5, 7, 11, 16, 18, 21].map(role);
        let wanted = [Role::Elif, Role::Else, Role::Else, Role::Handler, Role::Finally, Role::Case];
        assert_eq!(roles, wanted.map(Some));
    }

    #[test]
    fn what_is_nearest_comes_first() {
        let control = Control::of(TEXT).unwrap();
        let target = control.target(13).unwrap();
        let heads: Vec<u32> = control
            .points(target)
            .into_iter()
            .map(|point| match point {
                Point::Before(n) => control.statements[n].head.0,
                Point::Around(n, arm) => control.statements[n].arms[arm].head.0,
            })
            .collect();
        assert_eq!(heads, [11, 3, 2]);
    }
}
