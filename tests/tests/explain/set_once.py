class Table:
    def __init__(self, **kwargs):
        self.width = kwargs.get("width") or 8
        self.padding = kwargs.get("padding") or 1  # faulty
        self.frame = kwargs.get("frame", True)
        self.rows = []

    def add(self, *cells):
        self.rows.append(cells)

    def _padding(self, options):
        if options.get("padding") is not None:
            return options["padding"]
        return self.padding

    def _line(self, cells, options):
        padding = self._padding(options)
        space = " " * padding
        parts = [space + str(cell) + space for cell in cells]
        if options.get("frame"):
            return "|" + "|".join(parts) + "|"
        return "".join(parts)

    def text(self, **options):
        lines = []
        for cells in self.rows:
            lines.append(self._line(cells, options))
        return "\n".join(lines)


table = Table(padding=0)
table.add("a", "b")
table.add("c", "d")
assert table.text() == "ab\ncd"
