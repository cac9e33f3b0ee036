"""Makes programs with statements of every kind, and counts how often each statement runs.

counted.py generate SEED: prints a program.
counted.py truth FILE: runs it with a counter before each statement. Prints JSON: runs by line, iterations by line of a
loop.
"""

import ast
import json
import sys

HEAD = """\
import contextlib


class Context:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


def same(*values, **_):
    return values[0] if values else None


def decorate(*_):
    def inner(function):
        return function
    return inner


def plain(function):
    return function


"""


class Writer:
    """Writes random functions. Its random numbers are its own, as those of the library differ between versions."""

    def __init__(self, seed):
        self.state = seed * 2654435761 % 2**32 + 1
        self.lines = []
        self.names = 0

    def below(self, n):
        self.state = (self.state * 1103515245 + 12345) % 2**31
        return (self.state >> 8) % n

    def put(self, depth, *lines):
        self.lines += ["    " * depth + line for line in lines]

    def name(self):
        self.names += 1
        return f"n{self.names}"

    def test(self):
        number = self.below(3)
        return [
            f"a % 3 == {number}",
            f"same(a) > {number}",
            f"[i for i in range(a % 4)] or b > {number}",
            f"(lambda: a > {number})()",
            f"any(i > {number} for i in range(a % 5))",
            f"not (a and b % 2 == {number % 2})",
        ][self.below(6)]

    def head(self, depth, word, test, lines=True):
        """Writes the head of an if, elif or while, on one line or on several."""
        if lines and self.below(3) == 0:
            self.put(depth, f"{word} (", f"    {test}", f"    and a != {self.below(9)}", "):")
        else:
            self.put(depth, f"{word} {test}:")

    def simple(self, depth):
        n = self.below(3)
        self.put(depth, *[
            ["b += 1"],
            ["b = same(a, b); same(b)"],
            ["b = same(", "    a,", "    b,", ")"],
            ["b = same(same(", "    a", "), same(", "    b))"],
            [f"same(sorted([3, 1, 2], key=lambda v: v + {n}))"],
            ["same([", "    i", "    for i in range(3)", "])"],
            ["same({i: i for i in range(a % 4)}, {i for i in range(3)})"],
            ["b = sum(i for i in range(4))"],
            [f"b: int = {n}"],
            ["b = (a if a > 1", "     else", "     same(b)) or 1"],
            ["for_later = [lambda: 1, lambda: 2]", "for_later[0](); for_later[1](); for_later[0]()"],
            ["same(sorted(", "    [3, 1, 2],", "    key=lambda v: (", "        v,", "        b),", "))"],
            ["assert same(", "    True)"],
            ["class Inner:", "    x: int = 1", "    y = [x for x in range(3)]"],
        ][self.below(14)])

    def define(self, depth):
        name = self.name()
        self.put(depth, *[
            [],
            ["@plain"],
            ["@plain", "@decorate(", "    lambda: 1", ")"],
            ["@decorate(1)", "@plain"],
        ][self.below(4)])
        self.put(depth, *[
            [f"def {name}(x=1):", "    return x"],
            [f"def {name}(x: int = 1) -> int: return x"],
            [f"def {name}(", "    x=same(1),", "    y=(lambda: 2)(),", "):", "    return x + y"],
        ][self.below(3)])
        self.put(depth, f"{name}(); {name}()")

    def block(self, depth, loops, size=3):
        for _ in range(1 + self.below(size)):
            self.statement(depth, loops)

    def statement(self, depth, loops):
        kind = self.below(16 if depth < 3 else 7)
        if kind < 6:
            self.simple(depth)
        elif kind == 6:
            self.define(depth)
        elif kind < 9:
            self.head(depth, "if", self.test())
            self.block(depth + 1, loops)
            if self.below(2):
                self.head(depth, "elif", self.test())
                self.block(depth + 1, loops)
            if self.below(2):
                self.put(depth, "else:")
                self.block(depth + 1, loops)
        elif kind == 9:
            name = self.name()
            self.put(depth, *[
                [f"for {name} in range({1 + self.below(4)}):"],
                [f"for {name} in same(", f"    range({1 + self.below(4)}),", "):"],
                [f"for {name} in [i for i in range({self.below(4)})]:"],
            ][self.below(3)])
            self.block(depth + 1, True)
            self.leave(depth + 1)
        elif kind == 10:
            name = self.name()
            self.put(depth, f"{name} = {self.below(4)}")
            self.head(depth, "while", f"{name} > 0")
            self.put(depth + 1, f"{name} -= 1")
            self.block(depth + 1, True)
            self.leave(depth + 1)
        elif kind == 11:
            name = self.name()
            self.put(depth, f"{name} = 0", "while True:")
            self.put(depth + 1, f"{name} += 1", f"if {name} > {self.below(3)}:", "    break")
            self.block(depth + 1, True)
        elif kind < 14:
            self.put(depth, *[
                ["with Context():"],
                ["with Context() as c, contextlib.suppress(", "    ValueError", "):"],
                ["with contextlib.suppress(KeyError):"],
            ][self.below(3)])
            self.block(depth + 1, loops)
            if loops and self.below(3) == 0:
                self.leave(depth + 1)
            if self.below(4) == 0:
                self.put(depth + 1, "raise KeyError")
        elif kind == 14:
            self.put(depth, "try:")
            self.block(depth + 1, loops)
            self.put(depth + 1, "raise [ValueError, KeyError][", f"    a % {1 + self.below(2)}", "]()")
            self.put(depth, "except KeyError:")
            self.block(depth + 1, loops)
            self.put(depth, "except (", "    ValueError,", "    TypeError", ") as e:")
            self.block(depth + 1, loops)
            if self.below(2):
                self.put(depth, "finally:")
                self.block(depth + 1, False)
        else:
            self.put(depth, "match [a,", "       b]:", "    case [1, _]:")
            self.block(depth + 2, loops)
            self.put(depth + 1, "case [x, y] if x > 1:")
            self.block(depth + 2, loops)

    def leave(self, depth):
        if self.below(2):
            return
        self.head(depth, "if", self.test(), False)
        self.put(depth + 1, ["break", "continue"][self.below(2)])

    def function(self):
        name = self.name()
        self.put(0, f"def {name}(a, b):")
        self.block(1, False, 5)
        self.put(1, "yield" if self.below(4) == 0 else "pass")
        self.block(1, False, 3)
        if self.below(2):
            self.put(1, "return same(", "    a)")
        self.put(0, "", "")
        return name


def generate(seed):
    writer = Writer(seed)
    names = [writer.function() for _ in range(14)]
    writer.put(0, "for n in range(5):")
    for name in names:
        writer.put(1, "try:", f"    list({name}(n, n % 3) or [])", "except (KeyError, ValueError, TypeError):", "    pass")
    return HEAD + "\n".join(writer.lines) + "\n"


class Counter(ast.NodeTransformer):
    """Adds a counter before each statement, into each condition and around what loops iterate over."""

    def call(self, name, *arguments):
        values = [argument if isinstance(argument, ast.AST) else ast.Constant(argument) for argument in arguments]
        return ast.Call(ast.Name(name, ast.Load()), values, [])

    def counted(self, line, expression):
        return ast.BoolOp(ast.Or(), [self.call("_hit", line), expression])

    def statements(self, body, line=0):
        found = []
        for statement in body:
            first = min([statement.lineno] + [one.lineno for one in getattr(statement, "decorator_list", [])])
            own = (ast.If, ast.While, ast.For, ast.Try, ast.ClassDef)
            is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
            if first > line and not isinstance(statement, own) and not is_text:
                found.append(ast.Expr(self.call("_hit", first)))
            line = statement.end_lineno if not hasattr(statement, "body") else first
            found.append(self.visit(statement))
        return found

    def generic_visit(self, node):
        for field in ("body", "orelse", "finalbody"):
            if isinstance(getattr(node, field, None), list):
                # A body on the line of its head runs as often as that line.
                line = node.lineno if field == "body" and hasattr(node, "lineno") else 0
                setattr(node, field, self.statements(getattr(node, field), line))
        for handler in getattr(node, "handlers", []):
            handler.type = self.counted(handler.lineno, handler.type)
            handler.body = self.statements(handler.body, handler.lineno)
        for case in getattr(node, "cases", []):
            case.body = self.statements(case.body, case.pattern.lineno)
        return node

    def visit_If(self, node):
        node.test = self.counted(node.lineno, node.test)
        return self.generic_visit(node)

    def visit_While(self, node):
        node.test = self.counted(node.lineno, node.test)
        self.generic_visit(node)
        node.body.insert(0, ast.Expr(self.call("_round", node.lineno)))
        return node

    def visit_For(self, node):
        node.iter = self.call("_each", node.lineno, node.iter)
        self.generic_visit(node)
        node.body.insert(0, ast.Expr(self.call("_round", node.lineno)))
        return node


def truth(path):
    times, rounds = {}, {}

    def hit(line):
        times[line] = times.get(line, 0) + 1

    def begin(line):
        frame = sys._getframe(1)
        rounds.setdefault(line, {}).setdefault(id(frame), [frame, 0])[1] += 1

    def each(line, values):
        values = iter(values)
        while True:
            hit(line)
            try:
                value = next(values)
            except StopIteration:
                return
            yield value

    with open(path) as file:
        tree = Counter().visit(ast.parse(file.read()))
    code = compile(ast.fix_missing_locations(tree), path, "exec")
    exec(code, {"__name__": "__main__", "_hit": hit, "_each": each, "_round": begin})
    # By call, in the order of time. Frames are kept alive, so that their addresses are unique.
    rounds = {line: [n for _, n in calls.values()] for line, calls in rounds.items()}
    print(json.dumps({"times": times, "rounds": rounds}))


if __name__ == "__main__":
    if sys.argv[1] == "generate":
        print(generate(int(sys.argv[2])), end="")
    else:
        truth(sys.argv[2])
