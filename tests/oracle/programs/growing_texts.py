"""Texts that grow, shrink and change: in variables, attributes, lists and dicts, alone and in turn."""


class Buffer:
    def __init__(self):
        self.text = ""
        self.parts = ["", ""]
        self.named = {"a": "", "b": "x" * 100}

    def add(self, piece):
        self.text += piece
        self.parts[0] = self.text
        self.parts[1] = piece + self.parts[1]
        self.named["a"] += piece
        self.named["b"] = self.named["b"][1:] + piece


def grow(count, piece):
    text = ""
    other = "start " * 30
    for n in range(count):
        text += piece
        if n % 40 == 39:
            text = text[:-50] + "cut"
        if n % 60 == 59:
            text, other = other, text
        if n % 25 == 24:
            other = text[n:] + str(n)
    return text


def lines(count):
    text = "head " * 40
    while count:
        text += "line %d\n" % count
        yield text
        count -= 1


def deep(n, text):
    text += "level %d, " % n
    if n:
        text += deep(n - 1, text)[-3:]
    return text


def main():
    buffer = Buffer()
    for n in range(30):
        buffer.add("piece %d; " % n)
    sizes = [len(grow(130, piece)) for piece in ("plain ", "é☃ ", "\U0001f600x")]
    for text in lines(20):
        last = text
    return sizes, last[-5:], len(deep(12, "t" * 130))


print(main())
