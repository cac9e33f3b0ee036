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
_id: str | None = None
_last: str | None = None
_kept: list[str] = []

PASSED, FAILED = 1, 2


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


@_wrapper
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, Any, None]:
    global _count, _failed, _id, _last
    _count += 1
    _failed = False
    name = "-".join(part for part in (_prefix, os.environ.get("PYTEST_XDIST_WORKER"), str(_count)) if part)
    _id = name if _tracer is not None and _tracer.begin(name, item.nodeid, 0) else None
    yield
    if _id is not None and _tracer is not None:
        keep = FAILED if _failed else PASSED if _keep == "all" else 0
        _tracer.end(keep)
        if keep:
            _last = _id
    _id = None


@_wrapper
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    global _failed
    outcome = yield
    report = outcome.get_result()
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
