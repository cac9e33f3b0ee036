# Mappings that do not change, whose values may: frozendict of 3.15; a dict stands for it before.
try:
    frozendict
except NameError:
    frozendict = dict


def grow(mapping, key):
    mapping[key].append(len(mapping[key]))
    return mapping[key]


class Named(frozendict):
    pass


def main():
    empty = frozendict()
    inner = [1]
    fixed = frozendict(a=inner, b={"deep": (2, 3)})
    other = fixed
    grow(other, "a")
    fixed["b"]["deep"] = fixed["a"]
    merged = fixed | {"c": empty}
    for key in merged:
        value = merged[key]
    named = Named(x=1, y=merged)
    keys = {frozendict(k=n): n for n in range(3)} if frozendict is not dict else {}
    inner.clear()
    del other
    many = frozendict((n, str(n)) for n in range(20))
    many = frozendict({**many, "last": many})
    return named, value, keys, many


result = main()
