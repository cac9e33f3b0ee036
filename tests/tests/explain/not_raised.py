def parts(items, size):
    if size <= 0:
        raise ValueError("no size")
    for start in range(0, len(items), size):
        yield items[start:start + size]  # faulty


def raises(kind, function):
    try:
        function()
        return False
    except kind:
        return True


assert raises(ValueError, lambda: list(parts([1], 0)))
assert raises(LookupError, lambda: list(parts([1, 2, 3], 2)))
