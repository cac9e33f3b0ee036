"""Answers each line of its input with the repr of its value (=), its exception (!) or nothing (?)."""

import resource
import signal
import sys
import warnings


class Slow(BaseException):
    pass


def slow(*_):
    raise Slow


warnings.simplefilter("ignore")
signal.signal(signal.SIGALRM, slow)
resource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28))


def answer(line, names):
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        value = eval(line, names)
        text = ascii(value)
        return "= " + (text if len(text) < 5000 else "long")
    except Slow:
        return "? slow"
    except MemoryError:
        return "? large"
    except Exception as e:
        return "! " + type(e).__name__
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


names = {}
exec(r"""VARIABLES""", names)
for line in sys.stdin:
    print(answer(line.rstrip("\n"), names))
