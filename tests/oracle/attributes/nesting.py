"""Values of attributes are recorded as deeply as those of variables, wherever the class is seen."""


class Deep:
    tree = [[[["leaf"]]]]
    table = {"a": {"b": {"c": {"d": 1}}}}


class Holds:
    held = Deep()
    more = {"x": [Deep()]}


def f():
    return f.tree


f.tree = [[[[1]]]]
d = Deep()
h = Holds()
pairs = [[(d, h)]]
Deep.tree[0][0][0].append("new")
h.held.table["a"]["b"]["c"]["d"] = 2
f.tree[0][0][0].append(2)


def look(inner):
    inner[0][0][0].tree[0][0][0].append("again")
    x = inner[0][0][0]
    x.table["a"]["b"]["c"]["e"] = 3
    return x


look(pairs)
Holds.held = Deep
Holds.more["x"][0].tree[0][0].append([1])
done = 1
