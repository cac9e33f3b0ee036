"""raise, except, else, finally, chains, with."""


class Problem(Exception):
    def __init__(self, what, code=0):
        super().__init__(what)
        self.what = what
        self.code = code


class Guard:
    def __init__(self, name, swallow):
        self.name, self.swallow = name, swallow
        self.seen = []

    def __enter__(self):
        self.seen.append("enter")
        return self

    def __exit__(self, kind, error, traceback):
        self.seen.append(kind.__name__ if kind else None)
        return self.swallow


def divide(a, b):
    try:
        return a / b
    except ZeroDivisionError as e:
        note = str(e)
        raise Problem("cannot divide", 7) from e
    finally:
        done = True


def cleanup(log):
    for n in range(4):
        try:
            if n == 1:
                continue
            if n == 3:
                break
            log.append(n)
        finally:
            log.append(-n)
    else:
        log.append("never")
    return log


def nested():
    try:
        try:
            {}["missing"]
        except KeyError:
            [][5]
    except IndexError as e:
        context = e.__context__
        return context
    return None


def deep(n):
    if n == 0:
        raise ValueError("bottom", n)
    deep(n - 1)


def main():
    results = []
    for a, b in [(1, 2), (1, 0)]:
        try:
            results.append(divide(a, b))
        except Problem as p:
            results.append(p.code)
        else:
            results.append("fine")
        finally:
            results.append("end")
    cleanup([])
    nested()
    with Guard("outer", True) as g, Guard("inner", False) as h:
        g.seen.append(h.name)
        raise Problem("inside")
    try:
        deep(3)
    except ValueError as e:
        args = e.args
    try:
        raise
    except RuntimeError as e:
        text = str(e)
    try:
        assert results == [], "not empty"
    except AssertionError:
        pass
    x = int("12") if results else int("zz")
    try:
        x = int("zz")
    except (TypeError, ValueError):
        x = -1
    return x


main()
