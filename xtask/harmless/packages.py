"""Tests if recording changes a program's behaviour: runs the test suites of packages from PyPI with and without connie.

`packages.py CONNIE PYTHON FOLDER [NAME …]` fetches source distributions into FOLDER and runs `python -m pytest` in each
twice, the second time under `connie run --all --last 200k`. It prints the tests whose verdicts differ. The exit code is 1
if a test differs that is not in KNOWN.
"""

import argparse
import concurrent.futures
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import time
import xml.etree.ElementTree

NEEDED = ["pytest==8.4.2", "hypothesis==6.140.3", "freezegun==1.5.5", "pretend==1.0.9", "trio==0.31.0", "setuptools"]
# Packages, each with arguments for pytest.
SUITES = {
    "attrs==25.4.0": ["tests"],
    "boltons==25.0.0": ["tests"],
    "cachetools==6.2.1": ["tests"],
    "click==8.3.0": ["tests"],
    "idna==3.10": ["tests"],
    "itsdangerous==2.2.0": ["tests"],
    "jinja2==3.1.6": ["tests"],
    "more-itertools==10.8.0": ["tests"],
    "parso==0.8.5": ["test"],
    "sqlparse==0.5.3": ["tests"],
    "tabulate==0.9.0": ["test"],
    "toolz==1.0.0": ["toolz"],
}
# Tests whose verdicts are known to differ, and why.
KNOWN = {
    "test_echo_via_pager": "a pager is killed at once; whether it has printed by then is a race that the slower one loses",
}


def fetch(python, folder, suite):
    """The unpacked source of a package, and an interpreter with the package and what its tests need."""
    name = suite.replace("==", "-").replace("-", "_")
    place = folder / name
    own = place / "venv/bin/python"
    if not (place / "done").exists():
        place.mkdir(parents=True, exist_ok=True)
        quiet = {"check": True, "capture_output": True}
        subprocess.run([python, "-m", "venv", place / "venv"], **quiet)
        subprocess.run([own, "-m", "pip", "install", "--quiet", *NEEDED, suite], **quiet)
        download = [own, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "-d", place, suite]
        subprocess.run(download, **quiet)
        with tarfile.open(next(place.glob("*.tar.gz"))) as archive:
            archive.extractall(place / "source", filter="data")
        (place / "done").touch()
    return next((place / "source").iterdir()), own


def verdicts(command, folder, seconds):
    """The verdict of each test in pytest's XML, and the exit code."""
    with tempfile.TemporaryDirectory() as temporary:
        report = pathlib.Path(temporary, "report.xml")
        command = [*command, "-q", "-p", "no:cacheprovider", "-p", "no:randomly", f"--junitxml={report}"]
        try:
            done = subprocess.run(
                command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=seconds
            )
        except subprocess.TimeoutExpired:
            return {}, "timeout", ""
        found = {}
        if report.exists():
            for case in xml.etree.ElementTree.parse(report).iter("testcase"):
                name = f"{case.get('classname')}::{case.get('name')}"
                outcome = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
                found[name] = outcome[0] if outcome else "passed"
        return found, done.returncode, done.stdout + done.stderr


def compare(given, suite, arguments):
    source, python = fetch(given.python, given.folder.absolute(), suite)
    pytest = ["-m", "pytest", *arguments]
    start = time.monotonic()
    plain, code, plain_text = verdicts([python, *pytest], source, given.seconds)
    between = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder, "run.connie")
        run = [given.connie, "run", "--quiet", "--all", "--last", "200k", "--output", output, "--python", python]
        watched, watched_code, text = verdicts([*run, *pytest], source, given.seconds * 6)
    end = time.monotonic()
    return suite, plain, code, watched, watched_code, between - start, end - between, plain_text, text


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("connie", type=pathlib.Path)
    parser.add_argument("python")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--keep", type=pathlib.Path, help="folder for the output of suites that differ")
    given = parser.parse_args()
    given.connie = given.connie.absolute()
    suites = {suite: more for suite, more in SUITES.items() if not given.names or suite.split("==")[0] in given.names}
    unexpected = tests = 0
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        jobs = [pool.submit(compare, given, suite, arguments) for suite, arguments in suites.items()]
        for job in concurrent.futures.as_completed(jobs):
            suite, plain, code, watched, watched_code, took, took_watched, plain_text, text = job.result()
            tests += len(plain)
            names = sorted(name for name in plain.keys() | watched.keys() if plain.get(name) != watched.get(name))
            news = [name for name in names if not any(known in name for known in KNOWN)]
            same = not news and (code == watched_code or bool(names)) and plain
            mark = "same" if same else "DIFFERS"
            times = f"{took:.1f} s -> {took_watched:.1f} s, {took_watched / took:.1f}x"
            print(f"{mark:8} {suite}: {len(plain)} tests, exit {code}/{watched_code}, {times}", flush=True)
            for name in names[:20]:
                why = next((why for known, why in KNOWN.items() if known in name), None)
                verdict = f"{plain.get(name, 'not run')} -> {watched.get(name, 'not run')}"
                print(f"    {name}: {verdict}" + (f" ({why})" if why else ""), flush=True)
            if not same:
                unexpected += 1
                if given.keep:
                    given.keep.mkdir(parents=True, exist_ok=True)
                    (given.keep / f"{suite}.txt").write_text(f"{plain_text}\n\n{'=' * 80}\n\n{text}")
    print(f"{len(suites)} suites, {tests} tests: {len(suites) - unexpected} the same, {unexpected} differ")
    sys.exit(1 if unexpected else 0)


if __name__ == "__main__":
    main()
