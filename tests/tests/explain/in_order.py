def parts(text):
    return text.split(".")


class Name:
    kinds = ("name", "symbol")

    def __init__(self, text):
        self.tokens = []
        for part in parts(text):
            if self.tokens:
                self.tokens.append(("dot", "."))
            self.tokens.append(("name", part))

    def position(self, kind, start=0):
        for index, token in enumerate(self.tokens[start:], start):
            if token[0] == kind:
                return index
        return None

    def first(self, index):
        kinds = ["name", "symbol"]
        for kind, text in self.tokens[index:] if index else self.tokens:
            if kind in kinds:
                return text
        return None

    def real(self):
        dot = self.position("dot")  # faulty
        return self.first(dot)


assert Name("table").real() == "table"
assert Name("db.table").real() == "table"
assert Name("db.schema.table").real() == "table"
