"""A loop at the end of a function of 400 lines."""

from long_functions import function

work = function(400)


def main():
    return work(20_000)
