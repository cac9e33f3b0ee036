"""Loops at the end of functions of 400 and 1,600 lines, and at line 300 of a script."""


def function(lines):
    steps = [f"    v{n % 20} = {n}" if n % 5 else f"    v{n % 20} = v1 + {n}" for n in range(1, lines)]
    return "\n".join(["def work(times):", *steps, *("    " + line for line in LOOP.splitlines()), "    return total"])


LOOP = """\
total = 0
for i in range(times):
    total += i
    if total > 1000:
        total -= 1000
"""


def main():
    results = []
    for lines in (400, 1600):
        namespace = {}
        exec(compile(function(lines), __file__, "exec"), namespace)
        results.append(namespace["work"](20_000))
    namespace = {"times": 20_000}
    exec(compile("\n" * 300 + LOOP, __file__, "exec"), namespace)
    return results, namespace["total"]
