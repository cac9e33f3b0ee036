def merge(groups, left, right):
    groups[left] |= groups[right]
    groups[right].clear()
    return [group for group in groups if group]


def stages(items):
    groups = [{item} for item in items]
    while len(groups) > 1:
        yield groups  # faulty
        groups = merge(groups, 0, 1)
    yield groups


steps = stages("abc")
first = next(steps)
before = [set(group) for group in first]
assert first == before
next(steps)
assert first == before
