"""Answers each line of the input with the repr of its value (=), its exception (!) or nothing (?)."""

import contextlib
import io
import json
import resource
import signal
import sys
import warnings


class Slow(BaseException):
    pass


def slow(*_):
    raise Slow


warnings.simplefilter("ignore")
signal.signal(signal.SIGVTALRM, slow)


def answer(line, names):
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.2)
    try:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            value = eval(line, dict(names))
        text = ascii(value)
        if printed.getvalue():
            text += " printed " + json.dumps(printed.getvalue())
        return "= " + (text if len(text) < 5000 else "long")
    except Slow:
        return "? slow"
    except MemoryError:
        return "? large"
    except Exception as e:
        return "! " + type(e).__name__
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


names = {"__name__": "__main__"}
exec(r"""VARIABLES""", names)
with open("/proc/self/statm") as sizes:
    limit = int(sizes.read().split()[0]) * resource.getpagesize() + (1 << 28)
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for line in sys.stdin:
    print(answer(line.rstrip("\n"), names))
