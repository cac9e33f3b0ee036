//! Which statements decide whether a line runs: blocks, the statements around them, and what comes before in a block.

mod build;
mod condition;
mod inside;
mod names;

pub use condition::{Condition, Leaf, Part, condition};
pub use inside::{Inside, inside};
pub use names::{Mention, imports, mentions};

/// First and last line, from 1.
pub type Lines = (u32, u32);

/// What a statement does to the order in which lines run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
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
    /// Any other.
    Plain,
}

/// What a part of a compound statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What runs first: the body of an `if`, loop, `with` or `try`.
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
    /// What it is.
    pub role: Role,
    /// The lines of its head.
    pub head: Lines,
    /// The condition, the iterable, the classes or the pattern that decides on it.
    pub test: Option<String>,
    /// The guard of a `case`.
    pub guard: Option<String>,
    /// Its statements.
    pub body: Vec<usize>,
    /// The lines of its statements.
    pub lines: Lines,
}

impl Arm {
    /// Whether it begins on the lines of its head, whose events then are those of both.
    #[must_use]
    pub fn is_on_one_line(&self) -> bool {
        self.lines.0 <= self.head.1
    }
}

/// A statement.
#[derive(Clone, Debug)]
pub struct Statement {
    /// What it does.
    pub kind: Kind,
    /// Its lines, or those of its head.
    pub head: Lines,
    /// Its last line.
    pub last: u32,
    /// Its parts; none of a simple statement, or of a function or class, whose body is a scope.
    pub arms: Vec<Arm>,
    /// The statement and the part of it that it stands in; `None` in the body of its scope.
    pub within: Option<(usize, usize)>,
    /// Which of the block's statements it is.
    pub nth: usize,
    /// Its scope.
    pub scope: usize,
    /// The scope that its body is.
    pub opens: Option<usize>,
    /// Its text, or that of its head, without the colon.
    pub text: String,
    /// What it returns, raises, or goes over: `subject` of a `match`.
    pub value: Option<String>,
}

impl Statement {
    /// Whether it has a line.
    #[must_use]
    pub fn has(&self, line: u32) -> bool {
        (self.head.0..=self.last).contains(&line)
    }
}

/// A module, function or class: what has code of its own.
#[derive(Clone, Debug)]
pub struct Scope {
    /// Its own name; empty for the module.
    pub name: String,
    /// With the names of those around it, as Python has it without `<locals>`.
    pub path: String,
    /// Whether it is a class.
    pub is_class: bool,
    /// `co_firstlineno`: the first decorator's line, else that of `def`.
    pub line: u32,
    /// The line of `def` or `class`.
    pub def_line: u32,
    /// Its last line.
    pub last: u32,
    /// The statement that makes it; `None` for the module.
    pub made_by: Option<usize>,
    /// Its statements.
    pub body: Vec<usize>,
    /// The scope around it.
    pub parent: Option<usize>,
    /// Texts of its decorators.
    pub decorators: Vec<String>,
    /// Whether it is a coroutine or generator, whose frame may wait.
    pub suspends: bool,
}

/// What a line is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A statement, or the head of one.
    Statement(usize),
    /// A part of a statement: the line is its `else`, `except`, `case` or `finally`.
    Arm(usize, usize),
}

/// What can have led elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// A statement before, in the same block.
    Before(usize),
    /// The head of a statement around, and the part of it that was not come to.
    Around(usize, usize),
}

/// The statements of a source.
#[derive(Clone, Debug, Default)]
pub struct Control {
    /// In the order of the text.
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

    /// What a line is part of; `None` of one without code: blank, a comment, a docstring.
    #[must_use]
    pub fn target(&self, line: u32) -> Option<Target> {
        self.in_block(&self.scopes.first()?.body, line)
    }

    fn in_block(&self, block: &[usize], line: u32) -> Option<Target> {
        let found = block.iter().copied().find(|n| self.statements[*n].has(line))?;
        let statement = &self.statements[found];
        if (statement.head.0..=statement.head.1).contains(&line) {
            return (statement.kind != Kind::Silent).then_some(Target::Statement(found));
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

    /// The line with code that is nearest to one without: the next below if there is one as near.
    #[must_use]
    pub fn nearest(&self, line: u32) -> Option<u32> {
        let has_code = |statement: &&Statement| statement.kind != Kind::Silent;
        let lines = self.statements.iter().filter(has_code).map(|statement| statement.head.0);
        lines.min_by_key(|known| (known.abs_diff(line), *known < line))
    }

    /// The block that a statement stands in.
    #[must_use]
    pub fn block(&self, statement: usize) -> &[usize] {
        let at = &self.statements[statement];
        match at.within {
            Some((around, arm)) => &self.statements[around].arms[arm].body,
            None => &self.scopes[at.scope].body,
        }
    }

    /// What can have led elsewhere than to a target, the nearest first, within its function.
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

    /// The statements and their parts around one, the innermost first.
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

    /// The statements with a line of their own, or their head, on a line.
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

    /// The scopes that a name means: `total`, `Cart.add`.
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
