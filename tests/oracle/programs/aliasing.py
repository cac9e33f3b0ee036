"""Two names for one object; changes through one, in callees and in containers of containers."""


def grow(items, value):
    items.append(value)
    return items


def swap(box):
    box["a"], box["b"] = box["b"], box["a"]


def main():
    a = [1, 2]
    b = a
    c = {"a": a, "b": [b, b]}
    b.append(3)
    grow(c["b"][0], 4)
    swap(c)
    a[0] = "first"
    a[1:3] = [20, 30, 40]
    d = c["b"]
    d += [5]
    d = d + [6]
    nested = [[0] * 3] * 2
    nested[0][1] = 7
    nested[1] = nested[0][:]
    nested[1][2] = 8
    del a[0], c["a"]
    matrix = [[i * j for j in range(3)] for i in range(3)]
    for row in matrix:
        row.reverse()
        row[0] += 1
    matrix[1][1] = matrix
    t = (a, [a])
    t[1].append(t)
    a.clear()
    return t, nested


main()
x = y = []
x.append(y)
x.extend(range(3))
y.insert(0, "zero")
y.sort(key=str)
y.pop()
