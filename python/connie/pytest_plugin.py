"""`pytest --connie`: each test gets a recording of its own, as under `connie pytest`."""

from __future__ import annotations

import pytest

from connie import _recorder, _tests


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("connie", "record tests, to travel through them (connie)")
    group.addoption(
        "--connie",
        nargs="?",
        const="failed",
        choices=("failed", "all"),
        help="record each test; keep the recordings of those that failed (the default) or of all",
    )


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    keep = config.getoption("--connie", None)
    if keep is None or config.pluginmanager.has_plugin("connie_pytest"):
        return
    hands_out = getattr(config.option, "dist", "no") != "no" and not hasattr(config, "workerinput")
    if not hands_out:
        here = _recorder.process(quiet=True)
        if here is None:
            if _recorder.why():
                raise pytest.UsageError("--connie: tests cannot be recorded: %s" % _recorder.why())
            return
        _tests._tracer, _tests._prefix, _tests._keep = here.tracer, here.prefix, keep
    config.pluginmanager.register(_tests, "connie_tests")


def pytest_unconfigure() -> None:
    # Waits for the last recording, so that all reported recordings are complete when pytest has ended.
    if _tests._last is not None:
        here = _recorder.process()
        if here is not None:
            _recorder.Recording(_tests._last, "", here.recordings).wait(5.0)
