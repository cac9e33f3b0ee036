"""Exceptions that a `with` raises again while generators end: frames seem to be where it was raised first."""


class Box:
    def __init__(self, value):
        self.value = value

    @property
    def failing(self):
        if self.value:
            raise ValueError(self.value)
        return self.value


class Manager:
    def __init__(self, swallows):
        self.swallows = swallows

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return self.swallows


def numbers(n):
    for i in range(n):
        yield i


def inside(box, swallows):
    for n in numbers(2):
        with Manager(swallows):
            box.failing
            n
        box


def nested(box, swallows):
    for n in numbers(2):
        for m in numbers(2):
            with Manager(False), Manager(swallows):
                if m is not None:
                    box.failing
                n
            m


def at_last(box, swallows):
    for n in numbers(2):
        try:
            box.failing
            n
        except TypeError as error:
            if error:
                n
        finally:
            if swallows:
                n
        if n:
            box


for function in inside, nested, at_last:
    for value in 0, 1:
        for swallows in False, True:
            try:
                function(Box(value), swallows)
            except ValueError as error:
                found = str(error)
