"""All ways to change a dict."""


def main():
    d = {}
    for word in "the cat the dog the end".split():
        d[word] = d.get(word, 0) + 1
    d.setdefault("list", []).append(1)
    d.setdefault("list", []).append(2)
    d["list"][0] += 5
    d.update(a=1, b={"deep": {"deeper": [1]}})
    d["b"]["deep"]["deeper"].append(2)
    inner = d["b"]["deep"]
    inner["x"] = inner.pop("deeper")
    d |= {"merged": True}
    gone = d.pop("a")
    last = d.popitem()
    keys = list(d)
    values = d.values()
    items = [(k, v) for k, v in d.items() if isinstance(v, int)]
    del d["cat"]
    d["cat"] = "again"
    copy = dict(d)
    copy["the"] = None
    d.clear()
    e = dict.fromkeys("abc", 0)
    for k in e:
        e[k] += ord(k)
    e[1] = e[1.5] = e[(1, 2)] = e[None] = e[True] = "mixed"
    squares = {n: n * n for n in range(4)}
    squares[2] = -squares[2]
    return gone, last, keys, values, items, copy, squares


result = main()
table = {}
table["self"] = table
table["other"] = [table, {"t": table}]
