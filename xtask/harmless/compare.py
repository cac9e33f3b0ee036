"""Tests if recording changes a program's behaviour: runs CPython's own regression tests with and without connie.

`compare.py [--fast] CONNIE PYTHON [MODULE …]` runs `python -m test -v MODULE` twice, the second time under
`connie run`, and prints the tests whose verdicts differ. The exit code is 1 if a test differs that is not in KNOWN.
"""

import argparse
import concurrent.futures
import pathlib
import re
import subprocess
import tempfile
import time

FAST = """
test_generators test_coroutines test_exception_group test_super test_class test_scope test_contextlib test_patma
""".split()
MODULES = """
test_generators test_coroutines test_asyncgen test_genexps test_listcomps test_grammar test_scope test_syntax
test_exceptions test_exception_group test_except_star test_raise test_traceback test_with test_contextlib
test_contextlib_async test_class test_descr test_dataclasses test_enum test_property test_super test_call
test_extcall test_keywordonlyarg test_positional_only_arg test_unpack test_unpack_ex test_named_expressions
test_patma test_types test_typing test_functools test_decorators test_dict test_list test_tuple test_set
test_deque test_defaultdict test_ordered_dict test_collections test_userdict test_heapq test_bisect
test_itertools test_iter test_int test_float test_complex test_bool test_str test_bytes test_string
test_fstring test_format test_slice test_range test_enumerate test_sort test_copy test_pickle test_json
test_weakref test_weakset test_gc test_finalization test_threading test_threading_local test_queue
test_asyncio.test_tasks test_asyncio.test_futures test_asyncio.test_locks test_asyncio.test_queues
test_asyncio.test_taskgroups test_contextvars test_unittest test_doctest test_operator test_abc test_module
test_import test_inspect test_sys test_frame test_code test_closure test_funcattrs test_global test_lambda
""".split()
# Tests whose verdicts are known to differ, and why.
KNOWN = {
    "test_descr.ClassPropertiesAndMethods.test_slots": "counts objects; connie holds a new class until it has looked at it",
    "test_sys.TestSysJIT.test_jit_is_active": "3.14: the JIT compiler leaves alone what is watched",
    "test_os.FileTests.test_rename": "counts references to a str that connie holds",
    "test_doctest.test_pdb_set_trace": "3.13: pdb.set_trace() stops at the next line, not at its own",
}
LINE = re.compile(r"^(\w+) \(([\w.]+)\).*? \.\.\. (.*)$")
VERDICT = re.compile(r"\b(ok|FAIL|ERROR|skipped|expected failure|unexpected success)\b")


def verdicts(command, folder, seconds):
    """The verdict of each test in unittest's verbose output, and the exit code."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return {}, "timeout", ""
    found, waiting = {}, None
    for line in (done.stdout + "\n" + done.stderr).splitlines():
        if start := re.match(r"^(\w+) \(([\w.]+)\)", line):
            waiting = start[2] if start[2].endswith(start[1]) else f"{start[2]}.{start[1]}"
        if waiting and " ... " in line or (waiting and VERDICT.fullmatch(line.strip())):
            verdict = VERDICT.search(line.rsplit("... ", 1)[-1])
            if verdict:
                found[waiting] = verdict[1]
                waiting = None
    return found, done.returncode, done.stdout + done.stderr


def compare(connie, python, module, include, seconds):
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["-m", "test", "-v", module]
        start = time.monotonic()
        plain, code, _ = verdicts([python, *arguments], folder, seconds)
        between = time.monotonic()
        recording = pathlib.Path(folder, "run.connie")
        run = [connie, "run", "--quiet", *include, "--output", str(recording), "--python", python]
        watched, watched_code, text = verdicts([*run, *arguments], folder, seconds * 20)
        end = time.monotonic()
    differing = {
        name: (plain.get(name, "not run"), watched.get(name, "not run"))
        for name in plain.keys() | watched.keys()
        if plain.get(name) != watched.get(name)
    }
    return module, plain, code, watched_code, differing, between - start, end - between, text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("connie")
    parser.add_argument("python")
    parser.add_argument("modules", nargs="*")
    parser.add_argument("--fast", action="store_true", help="a part that takes a minute")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--keep", help="folder for the output of modules that differ")
    given = parser.parse_args()
    modules = given.modules or (FAST if given.fast else MODULES)
    unexpected = tests = 0
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        jobs = [
            pool.submit(compare, given.connie, given.python, module, ["--all"], given.seconds) for module in modules
        ]
        for job in concurrent.futures.as_completed(jobs):
            module, plain, code, watched_code, differing, took, took_watched, text = job.result()
            tests += len(plain)
            news = {name: pair for name, pair in differing.items() if not any(known in name for known in KNOWN)}
            same_end = code == watched_code or bool(differing) and not news
            mark = "same" if same_end and not news else "DIFFERS"
            print(
                f"{mark:8} {module}: {len(plain)} tests, exit {code}/{watched_code}, {took_watched / took:.1f}x",
                flush=True,
            )
            for name, (before, after) in sorted(differing.items()):
                why = next((why for known, why in KNOWN.items() if known in name), None)
                print(f"    {name}: {before} -> {after}" + (f" ({why})" if why else ""), flush=True)
            if mark != "same":
                unexpected += 1
                if given.keep:
                    pathlib.Path(given.keep, f"{module}.txt").write_text(text)
    print(f"{len(modules)} modules, {tests} tests: {len(modules) - unexpected} passed, {unexpected} failed")
    raise SystemExit(1 if unexpected else 0)


if __name__ == "__main__":
    main()
