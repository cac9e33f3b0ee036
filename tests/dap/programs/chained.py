import traceback


def parse(text):
    try:
        return int(text)
    except ValueError as error:
        raise KeyError(text) from error


def handle(text):
    try:
        return parse(text)
    except KeyError:
        raise RuntimeError("no " + text)


class Odd(Exception):
    def __str__(self):
        raise LookupError("swallowed by traceback")


shown = traceback.format_exception_only(Odd, Odd())
data = b"\x00\x01" + b"abc"
buffer = bytearray(data)
handle("x")
