import functools


def traced(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)

    return wrapper


class Dispatch:
    def __init__(self, function):
        self.function = function

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)


def dispatched(function):
    return functools.lru_cache(Dispatch(function))


@traced
@dispatched
@traced
def area(width, height):
    border = 1
    inner = width - border  # faulty
    return inner * height


@traced
def volume(width, height, depth):
    return area(width, height) * depth


result = volume(4, 3, 2)
assert result == 24
