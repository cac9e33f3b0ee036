class Table:
    def __init__(self, rows, **options):
        self.rows = rows
        self.width = options.get("width") or 6
        padding = options.get("padding")
        self.padding = padding or 1  # faulty

    def cell(self, value):
        space = " " * self.padding
        return space + str(value).ljust(self.width) + space

    def text(self):
        lines = []
        for row in self.rows:
            lines.append("|".join(self.cell(value) for value in row))
        return "\n".join(lines)


table = Table([["tea", 2], ["milk", 3]], padding=0)
assert table.text() == "tea   |2     \nmilk  |3     "
