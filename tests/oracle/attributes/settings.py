"""A module whose attributes are set by other modules."""

LEVEL = 1
NAMES = ["a"]
TABLE = {}


def level():
    return LEVEL


def raise_level(by):
    global LEVEL
    LEVEL += by
    return LEVEL


class Options:
    verbose = False
    seen = []


level()
