import re

PATTERN = re.compile(r"\s*(\d+|\w+|.)")


def tokens(text):
    pos = 0
    while pos < len(text):
        match = PATTERN.match(text, pos)
        if match is None:
            break
        value = match.group(1)
        pos = match.end()
        if value.isdigit():
            yield "number", int(value)
        elif value.isidentifier():
            yield "name", value
        else:
            yield "op", value


def main():
    text = "x1 = foo(12, y) + 3 * (z - 42) ; " * 40
    count = 0
    for _ in range(30):
        for kind, value in tokens(text):
            if kind == "number":
                count += value
            else:
                count += len(value)
    return count
