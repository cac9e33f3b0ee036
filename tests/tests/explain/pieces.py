def header(names):
    line = "|"
    for name in names:
        line += name.ljust(6)
        line += "|"
    return line


def cell(value, width):
    text = str(value)
    if isinstance(value, float):
        text = f"{value:.3f}"  # faulty
    if value is None:
        text = ""
    return text.rjust(width)


def row(values):
    parts = []
    for value in values:
        parts.append(cell(value, 6))
    return "|" + "|".join(parts) + "|"


def table(names, rows):
    lines = [header(names)]
    for values in rows:
        lines.append(row(values))
    return "\n".join(lines)


text = table(["name", "price"], [["tea", 2.5], ["milk", None]])
assert text == "|name  |price |\n|   tea|  2.50|\n|  milk|      |"
