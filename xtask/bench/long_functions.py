"""A loop at the end of a long function. The workloads long_400, long_1600 and late_loop use it."""

LOOP = """\
total = 0
for i in range(times):
    total += i
    if total > 1000:
        total -= 1000
"""


def function(lines):
    """A function of so many lines, of which the last ones are the loop."""
    steps = [f"    v{n % 20} = {n}" if n % 5 else f"    v{n % 20} = v1 + {n}" for n in range(1, lines)]
    source = "\n".join(["def work(times):", *steps, *("    " + line for line in LOOP.splitlines()), "    return total"])
    namespace = {}
    exec(compile(source, __file__, "exec"), namespace)
    return namespace["work"]
