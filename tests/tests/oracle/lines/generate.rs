//! Random programs with statements of several lines: calls, exceptions, boolean operators, comprehensions, conditional
//! expressions, `with`, `try`, `match`, generators, classes.

use std::fmt::Write;

/// Functions that the programs use. `boom` raises for some arguments, and `quiet` suppresses exceptions.
const PRELUDE: &str = "\
def one(a=0, *more, **named):
    return a
def two(a=0, b=0, **named):
    return a, b
def none(*_):
    return None
def boom(a=0, *more):
    if a == 0 or isinstance(a, tuple):
        raise ValueError(a)
    return a
def boomer(
    a=0,
    *more
):
    return boom(
        a
    )
def numbers(n):
    for i in range(n):
        yield i
class Box:
    def __init__(self, a=0):
        self.a = a
    @property
    def failing(self):
        return boom(self.a)
    def __add__(self, other):
        return boom(self.a)
    def __bool__(self):
        return self.a != 0
    def __getitem__(self, key):
        return boom(self.a)
class quiet:
    def __init__(self, a=0):
        self.a = a
    def __enter__(self):
        return boom(self.a)
    def __exit__(self, *e):
        return self.a == 2
def decorate(a=0):
    return lambda f: f
";

/// A random program.
pub struct Generator {
    state: u64,
    text: String,
    /// Variables of the enclosing comprehensions and lambdas.
    bound: Vec<&'static str>,
    loops: usize,
    in_generator: bool,
    made: usize,
}

impl Generator {
    /// The program of a seed, with this number of functions.
    pub fn program(seed: u64, functions: usize) -> String {
        let state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut all = Self { state, text: PRELUDE.into(), bound: Vec::new(), loops: 0, in_generator: false, made: 0 };
        for _ in 0..4 {
            all.next();
        }
        for n in 0..functions {
            all.function(n);
        }
        all.text
    }

    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state >> 11
    }

    fn pick(&mut self, most: usize) -> usize {
        (self.next() % most as u64) as usize
    }

    fn choose(&mut self, from: &[&'static str]) -> &'static str {
        from[self.pick(from.len())]
    }

    fn function(&mut self, n: usize) {
        self.in_generator = self.pick(5) == 0;
        let _ = writeln!(self.text, "def f{n}(a, b):\n    x = y = 0");
        for _ in 0..1 + self.pick(3) {
            self.statement(1, 3);
        }
        if self.in_generator {
            self.line(1, "yield x");
        }
        let call = if self.in_generator { format!("list(f{n}(a, b))") } else { format!("f{n}(a, b)") };
        let _ = write!(
            self.text,
            "for a, b in ((0, 1), (1, 0), (2, 1)):\n    try:\n        {call}\n    except Exception as e:\n        pass\n"
        );
    }

    fn line(&mut self, level: usize, text: &str) {
        let _ = writeln!(self.text, "{}{text}", "    ".repeat(level));
    }

    /// A line break, where parentheses allow it.
    fn soft(&mut self) -> &'static str {
        match self.pick(7) {
            0 | 1 => "\n  ",
            2 => "\n      ",
            3 => "\n",
            _ => " ",
        }
    }

    /// Statements of a block.
    fn block(&mut self, level: usize, depth: usize) {
        for _ in 0..1 + self.pick(2) {
            self.statement(level, depth);
        }
    }

    fn statement(&mut self, level: usize, depth: usize) {
        let kinds = if depth == 0 { 9 } else { 20 };
        let text = match self.pick(kinds) {
            0 | 1 => self.returns(),
            2 | 3 => format!("x = {}", self.value(3)),
            4 => format!("x, y = {}, {}", self.value(2), self.value(2)),
            5 => format!("x = one({}); y = one({})", self.expression(1), self.expression(1)),
            6 => format!("assert {}, {}", self.value(2), self.value(1)),
            7 if self.pick(3) == 0 => format!("raise ValueError({})", self.expression(2)),
            8 if self.in_generator => format!("x = yield {}", self.value(2)),
            7 | 8 => self.value(3),
            kind => return self.compound(kind, level, depth - 1),
        };
        self.line(level, &text);
    }

    fn returns(&mut self) -> String {
        if self.in_generator {
            return format!("yield {}", self.value(3));
        }
        // Most statements should be reached.
        match self.pick(3) {
            0 => format!("return {}", self.expression(3).replace('\n', " ")),
            1 => format!("return {}", self.value(3)),
            _ => format!("if a == 2: return {}", self.value(3)),
        }
    }

    fn compound(&mut self, kind: usize, level: usize, depth: usize) {
        match kind {
            9 | 10 => {
                let test = self.value(2);
                self.line(level, &format!("if {test}:"));
                self.block(level + 1, depth);
                if self.pick(2) == 0 {
                    let test = self.value(1);
                    self.line(level, &format!("elif {test}:"));
                    self.block(level + 1, depth);
                }
                if self.pick(2) == 0 {
                    self.line(level, "else:");
                    self.block(level + 1, depth);
                }
            }
            11 | 12 => self.for_loop(level, depth),
            13 => {
                self.made += 1;
                let count = format!("n{}", self.made);
                self.line(level, &format!("{count} = 0"));
                let test = self.value(1);
                self.line(level, &format!("while {count} < 2 and one({test}) is not None:"));
                self.line(level + 1, &format!("{count} += 1"));
                self.in_loop(level + 1, depth);
            }
            14 | 15 => self.try_statement(level, depth),
            16 => {
                let (first, second) = (self.expression(1), self.expression(1));
                let (soft, other) = (self.soft(), self.soft());
                let text = match self.pick(3) {
                    0 => format!("with quiet({soft}{first}) as x:"),
                    1 => format!("with quiet({first}) as x, quiet({other}{second}):"),
                    _ => format!("with ({soft}quiet({first}) as x,{other}quiet({second}){soft}):"),
                };
                self.line(level, &text);
                self.block(level + 1, depth);
            }
            17 => self.match_statement(level, depth),
            18 => self.inner(level, depth),
            _ => {
                let base = self.value(1);
                self.line(level, &format!("class Inner(object if {base} else Box):"));
                let value = self.value(2);
                self.line(level + 1, &format!("z = {value}"));
                self.line(level + 1, "def of(self): return self.z");
            }
        }
    }

    fn for_loop(&mut self, level: usize, depth: usize) {
        let text = match self.pick(3) {
            0 => format!("for x in ({}, {}):", self.expression(1), self.expression(1)),
            1 => format!("for x in numbers({}2):", self.soft()),
            _ => format!("for x in range(one({}2)):", self.soft()),
        };
        self.line(level, &text);
        self.in_loop(level + 1, depth);
        if self.pick(4) == 0 {
            self.line(level, "else:");
            self.block(level + 1, depth);
        }
    }

    fn in_loop(&mut self, level: usize, depth: usize) {
        self.loops += 1;
        self.block(level, depth);
        if self.pick(3) == 0 {
            let test = self.value(2);
            let leave = self.choose(&["break", "continue"]);
            self.line(level, &format!("if {test}: {leave}"));
            self.block(level, 0);
        }
        self.loops -= 1;
    }

    fn try_statement(&mut self, level: usize, depth: usize) {
        self.line(level, "try:");
        self.block(level + 1, depth);
        let caught = self.pick(4) != 0;
        if caught {
            let kind = self.choose(&["ValueError", "(TypeError, ValueError) as e", "one(\n  ValueError)", "Exception"]);
            self.line(level, &format!("except {kind}:"));
            self.block(level + 1, depth);
            if self.pick(3) == 0 {
                self.line(level, "else:");
                self.block(level + 1, depth);
            }
        }
        if !caught || self.pick(3) == 0 {
            self.line(level, "finally:");
            self.block(level + 1, depth);
        }
    }

    fn match_statement(&mut self, level: usize, depth: usize) {
        let subject = self.value(2);
        self.line(level, &format!("match {subject}:"));
        let guard = self.value(1);
        self.line(level + 1, &format!("case int() if {guard}:"));
        self.block(level + 2, depth);
        self.line(level + 1, "case (x, y) | [x, y, _]:");
        self.block(level + 2, depth);
        if self.pick(2) == 0 {
            self.line(level + 1, "case _:");
            self.block(level + 2, depth);
        }
    }

    /// An inner function that shares variables with the function.
    fn inner(&mut self, level: usize, depth: usize) {
        self.made += 1;
        let name = format!("inner{}", self.made);
        let (argument, default) = (self.expression(1), self.value(1));
        if self.pick(2) == 0 {
            let soft = self.soft();
            self.line(level, &format!("@decorate({soft}{argument})"));
        }
        self.line(level, &format!("def {name}(p={default}):"));
        let was = std::mem::replace(&mut self.in_generator, false);
        self.line(level + 1, "nonlocal x");
        self.block(level + 1, depth.min(1));
        self.in_generator = was;
        let value = self.expression(1);
        self.line(level, &format!("y = {name}({value})"));
    }

    /// An expression within parentheses, so that it may be broken.
    fn value(&mut self, depth: usize) -> String {
        let (before, after) = (self.soft(), self.soft());
        let inner = self.expression(depth);
        format!("({before}{inner}{after})")
    }

    fn atom(&mut self) -> String {
        if !self.bound.is_empty() && self.pick(2) == 0 {
            let bound = self.bound.clone();
            return self.choose(&bound).into();
        }
        self.choose(&["a", "b", "x", "0", "1", "2", "a", "b"]).into()
    }

    /// An expression to be used within parentheses.
    fn expression(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.atom();
        }
        let (s, t, u) = (self.soft(), self.soft(), self.soft());
        let d = depth - 1;
        match self.pick(24) {
            0 => self.atom(),
            1 | 2 => format!("{}({s}{}{t})", self.choose(&["one", "none", "boom", "boomer"]), self.expression(d)),
            3 => format!("boom({s}{}{t})", self.expression(d)),
            4 => format!("boomer({}{s})", self.expression(d)),
            5 => format!("two({s}{},{t}{}{u})", self.expression(d), self.expression(d)),
            6 => format!("two({}, {s}b={t}{})", self.expression(d), self.expression(d)),
            7 | 8 => format!("({}{s}or {t}{})", self.expression(d), self.expression(d)),
            9 | 10 => format!("({}{s}and {t}{})", self.expression(d), self.expression(d)),
            11 | 12 => format!("({}{s}if {}{t}else {})", self.expression(d), self.expression(d), self.expression(d)),
            13 => format!("(not {s}{})", self.expression(d)),
            14 => format!("({}{s}+ {t}{})", self.expression(d), self.expression(d)),
            15 => format!("({}{s}< {}{t}< {})", self.expression(d), self.expression(d), self.expression(d)),
            16 => format!("[{s}{},{t}{}{u}]", self.expression(d), self.expression(d)),
            17 => format!("({s}{},{t}{})[{u}{}]", self.expression(d), self.expression(d), self.expression(0)),
            18 => format!("Box({s}{}){t}.{}", self.expression(d), self.choose(&["a", "failing", "missing"])),
            19 => format!("(Box({s}{}){t}+ {})", self.expression(d), self.expression(d)),
            20 => format!("f'{{one({})}}'", self.choose(&["a", "b", "boom(a)", "1"])),
            21 => {
                self.bound.push("q");
                let body = self.expression(d);
                self.bound.pop();
                format!("(lambda q:{s}{body})({t}{})", self.expression(d))
            }
            _ => self.comprehension(d),
        }
    }

    fn comprehension(&mut self, depth: usize) -> String {
        let (s, t, u) = (self.soft(), self.soft(), self.soft());
        let over = format!("({}, {})", self.expression(depth), self.expression(depth));
        self.bound.push("v");
        let item = self.expression(depth);
        let test = match self.pick(3) {
            0 => format!("{u}if {}", self.expression(depth)),
            1 if depth > 0 => format!("{u}for w in ({},{s}{})", self.expression(0), self.expression(0)),
            _ => String::new(),
        };
        self.bound.pop();
        let each = format!("{s}for v in {over}{test}{t}");
        match self.pick(5) {
            0 | 1 => format!("[{item}{each}]"),
            2 => format!("{{one(1): {item}{each}}}"),
            3 => format!("list({s}{item}{each})"),
            _ => format!("any({item}{each})"),
        }
    }
}
