"""A loop at line 300 of a script, whose variables are globals."""

from long_functions import LOOP

script = compile("\n" * 300 + LOOP, __file__, "exec")


def main():
    namespace = {"times": 20_000}
    exec(script, namespace)
    return namespace["total"]
