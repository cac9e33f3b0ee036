"""A loop at the end of a function of 1600 lines."""

from long_functions import function

work = function(1600)


def main():
    return work(20_000)
