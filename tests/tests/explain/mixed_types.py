def parse(line):
    name, count = line.split("=")
    if count.startswith("+"):
        return name, count[1:]  # faulty
    return name, int(count)


def add(totals, line):
    name, count = parse(line)
    totals[name] = totals.get(name, 0) + count


totals = {}
for line in ["tea=1", "milk=2", "tea=4", "milk=1", "tea=2", "tea=9", "tea=+3"]:
    add(totals, line)
