class Box:
    def __init__(self, content):
        self.content = content


def make(n):
    made = [n]
    return made


def pick(items, wanted):
    for item in items:
        if item[0] == wanted:
            return item


def numbers():
    first = [7]
    yield first


def main():
    rows = [make(1), make(2)]
    chosen = pick(rows, wanted=2)
    box = Box(chosen)
    left, right = chosen, None
    for got in numbers():
        kept = got
    final = box.content
    total = final[0] + 1
    print(final, left, right, kept, total)


main()
