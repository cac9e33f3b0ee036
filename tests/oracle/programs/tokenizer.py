"""A small interpreter: tokenizer, parser, evaluator."""
import re

TOKEN = re.compile(r"\s*(?:(\d+\.?\d*)|([a-z]+)|(.))")


class Parser:
    def __init__(self, text):
        self.tokens = list(self.tokenize(text))
        self.pos = 0

    @staticmethod
    def tokenize(text):
        for number, name, symbol in TOKEN.findall(text):
            if number:
                yield ("num", float(number))
            elif name:
                yield ("name", name)
            else:
                yield ("op", symbol)
        yield ("end", None)

    @property
    def peek(self):
        return self.tokens[self.pos]

    def take(self, *symbols):
        kind, value = self.peek
        if kind == "op" and value in symbols:
            self.pos += 1
            return value
        return None

    def expression(self):
        left = self.term()
        while op := self.take("+", "-"):
            left = (op, left, self.term())
        return left

    def term(self):
        left = self.factor()
        while op := self.take("*", "/"):
            left = (op, left, self.factor())
        return left

    def factor(self):
        kind, value = self.peek
        if self.take("("):
            inner = self.expression()
            if not self.take(")"):
                raise SyntaxError("expected )")
            return inner
        if self.take("-"):
            return ("neg", self.factor())
        self.pos += 1
        if kind in ("num", "name"):
            return (kind, value)
        raise SyntaxError(f"unexpected {value!r}")


def evaluate(tree, env):
    op, *args = tree
    if op == "num":
        return args[0]
    if op == "name":
        env["reads"].append(args[0])
        return env[args[0]]
    values = [evaluate(arg, env) for arg in args]
    if op == "neg":
        return -values[0]
    a, b = values
    return {"+": a + b, "-": a - b, "*": a * b}.get(op) if op != "/" else a / b


env = {"x": 3, "reads": []}
for text in ["1 + 2 * 3", "-(x - 4) / 2", "2 * (3", "1 / (x - x)"]:
    try:
        tree = Parser(text).expression()
        result = evaluate(tree, env)
    except (SyntaxError, ZeroDivisionError) as error:
        result = error
    print(text, "=", result if not isinstance(result, Exception) else type(result).__name__)
