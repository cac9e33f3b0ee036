"""pytest's side of `connie pytest` and `pytest --connie`: each test gets a recording of its own.

Under `connie pytest` this module is inserted as `connie_pytest` before pytest is imported, so that nothing has to be
installed. Its hooks are marked as pluggy marks them. Whoever inserts it sets `_tracer`, `_prefix` and `_keep`.
(pytest cannot rewrite the asserts of a module that is already imported: PYTEST_DONT_REWRITE.)
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # True for type checkers only, so that `typing` is not imported.
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    import pytest

    from connie._recorder import Tracer

_tracer: Tracer | None = None
_prefix = ""
_keep = "failed"
_count = 0
_failed = False
_skipped = False
_id: str | None = None
_last: str | None = None
_kept: list[str] = []
_chosen: str | None = None

DROPPED, PASSED, FAILED, REFERENCE, SKIPPED = 0, 1, 2, 4, 5


def _wrapper(function: Any) -> Any:
    function.pytest_impl = {
        "hookwrapper": True,
        "wrapper": False,
        "optionalhook": False,
        "tryfirst": True,
        "trylast": False,
        "specname": None,
    }
    return function


def _choice() -> dict[str, list[str]]:
    """What `connie watch` wants: by a letter, which files hold the tests (f), which tests run (r), which tests are
    known and do not (k), and which have run already (d)."""
    found: dict[str, list[str]] = {}
    if _chosen is not None and os.path.exists(_chosen):
        with open(_chosen, encoding="utf-8") as file:
            for line in file.read().split("\n"):
                found.setdefault(line[:1], []).append(line[1:])
    return found


def pytest_configure(config: pytest.Config) -> None:
    """Collects the files of wanted tests alone, as far as they are among those that pytest was given."""
    wanted = _choice().get("f")
    if not wanted or hasattr(config, "workerinput") or any("::" in given for given in config.args):
        return
    given = [os.path.join(str(config.invocation_params.dir), name) for name in config.args]
    given = [os.path.normpath(name) for name in given]
    files = dict.fromkeys(os.path.join(str(config.rootpath), name) for name in wanted)

    def is_given(name: str) -> bool:
        return any(name == one or name.startswith(one.rstrip(os.sep) + os.sep) for one in given)

    found = [name for name in files if is_given(name) and os.path.exists(name)]
    if found:
        config.args[:] = found


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    choice = _choice()
    wanted, known, done = (set(choice.get(letter, ())) for letter in "rkd")
    left_out = [item for item in items if item.nodeid in done or item.nodeid in known and item.nodeid not in wanted]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(map(id, left_out))
        items[:] = [item for item in items if id(item) not in gone]


# After -k, -m and the like.
pytest_collection_modifyitems.pytest_impl = {  # type: ignore[attr-defined]
    "hookwrapper": False,
    "wrapper": False,
    "optionalhook": False,
    "tryfirst": False,
    "trylast": True,
    "specname": None,
}


@_wrapper
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, Any, None]:
    global _count, _failed, _skipped, _id, _last
    _count += 1
    _failed = _skipped = False
    name = "-".join(part for part in (_prefix, os.environ.get("PYTEST_XDIST_WORKER"), str(_count)) if part)
    _id = name if _tracer is not None and _tracer.begin(name, item.nodeid, 0) else None
    yield
    if _id is not None and _tracer is not None:
        keep = _what_to_keep()
        _tracer.end(keep)
        # Whether a reference is kept is for the recorder to say.
        if keep not in (DROPPED, REFERENCE):
            _last = _id
    _id = None


def _what_to_keep() -> int:
    """What happens to the recording of the test that has just ended."""
    if _failed:
        return FAILED
    if _keep == "all":
        return SKIPPED if _skipped else PASSED
    # The recorder keeps it if the test has failed before.
    return DROPPED if _skipped else REFERENCE


@_wrapper
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    global _failed, _skipped
    outcome = yield
    report = outcome.get_result()
    # Also a test that failed as expected.
    _skipped = _skipped or report.skipped
    if report.failed and _id is not None:
        if not _failed:
            lines = ("see every step of this test: connie replay %s", "explain why it failed: connie explain %s")
            report.sections.append(("connie", "\n".join(line % _id for line in lines)))
        _failed = True


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    for title, _ in getattr(report, "sections", ()):
        if title == "connie":
            _kept.append(report.nodeid)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _kept:
        plural = "" if len(_kept) == 1 else "s"
        line = "connie: %d failed test%s recorded: connie list" % (len(_kept), plural)
        terminalreporter.write_line(line)
