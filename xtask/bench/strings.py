def render(rows):
    out = []
    for row in rows:
        cells = []
        for name, value in row.items():
            cells.append(name.strip().upper() + "=" + str(value))
        line = ", ".join(cells)
        out.append(line)
    return "\n".join(out)


def main():
    rows = [{"a ": i, " b": i * 2, "c": str(i)} for i in range(200)]
    total = 0
    for _ in range(25):
        total += len(render(rows))
    return total
