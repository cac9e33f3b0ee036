"""A loop reads many options by name; one of them was stored wrongly."""

OPTIONS = ["title", "header", "border", "frame", "rules", "padding", "align", "start", "end", "lines"]


class Table:
    def __init__(self, **given):
        self._title = given.get("title")
        self._header = given.get("header", True)
        self._border = given.get("border", False)
        self._padding = given.get("padding") or 1  # faulty
        self._rest = None
        self.rows = []

    title = property(lambda self: self._title)
    header = property(lambda self: self._header)
    border = property(lambda self: self._border)
    padding = property(lambda self: self._padding)
    frame = rules = align = start = end = lines = property(lambda self: self._rest)

    def options(self):
        found = {}
        for name in OPTIONS:
            found[name] = getattr(self, name)
        return found

    def pads(self, options):
        left = options["padding"]
        right = options["padding"]
        return left, right

    def cell(self, text, options):
        left, right = self.pads(options)
        return " " * left + text + " " * right

    def row(self, cells, options):
        bits = []
        for cell in cells:
            bits.append(self.cell(cell, options))
            if options["rules"] and not options["align"]:
                bits.append("|")
        if options["border"] and not options["frame"]:
            bits.append("|")
        return "".join(bits)

    def text(self):
        options = self.options()
        lines = []
        if options["title"] or options["lines"]:
            lines.append(options["title"])
        for row in self.rows[options["start"] or 0 : options["end"]]:
            lines.append(self.row(row, options))
        return "\n".join(lines)


def main():
    table = Table(padding=0)
    table.rows.append(["ab", "cd"])
    text = table.text()
    assert text == "abcd", text


main()
