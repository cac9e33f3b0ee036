"""Cells, nonlocal, globals changed in callees."""

counter = 0
registry = []
settings = {"mode": "slow"}


def bump(by=1):
    global counter
    counter += by
    registry.append(counter)
    settings["mode"] = "fast" if counter > 2 else settings["mode"]
    return counter


def make_counter(start):
    count = start
    history = []

    def step(n=1):
        nonlocal count
        count += n
        history.append(count)
        return count

    def reset():
        nonlocal count, history
        count = 0
        history = []

    return step, reset, lambda: (count, history)


def decorate(f):
    calls = 0

    def wrapper(*args, **kwargs):
        nonlocal calls
        calls += 1
        result = f(*args, **kwargs)
        return result

    wrapper.original = f
    return wrapper


@decorate
def add(a, b=2, *rest, c=3, **more):
    total = a + b + c + sum(rest) + sum(more.values())
    return total


step, reset, look = make_counter(10)
step()
step(5)
before = look()
reset()
step(-1)
after = look()
for i in range(3):
    bump(i)
add(1)
add(1, 2, 3, 4, c=5, d=6)
def add_to(k):
    return lambda x=1: x + k


fs = [add_to(k) for k in range(3)]
values = [f() for f in fs]
globals()["made"] = "by name"
del values


def late():
    def inner():
        return x

    x = 1
    first = inner()
    x = 2
    second = inner()
    del x
    return first, second


late()
