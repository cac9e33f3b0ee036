"""The recorder of this process. It starts with the first recording and serves all later ones."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
import time
import warnings

from connie._binary import binary

TYPE_CHECKING = False  # True for type checkers only, so that `typing` is not imported.
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Tracer(Protocol):
        """What the tracer's module offers."""

        def begin(self, id: str, name: str, kept: int, /) -> bool: ...
        def end(self, keep: int, /) -> bool: ...


DROPPED, PASSED, FAILED, WISHED = 0, 1, 2, 3

_lock = threading.RLock()
_process: _Process | None = None
_options: list[str] = []


class Recording:
    """A recording, finished or not."""

    def __init__(self, id: str, name: str | None, folder: str) -> None:
        #: Its id, for commands such as `connie replay`.
        self.id = id
        self.name = name
        #: Its file.
        self.path = os.path.join(folder, id + ".connie")

    def wait(self, timeout: float = 10.0) -> bool:
        """Waits until the file is complete, for at most `timeout` seconds. Returns whether it is complete."""
        end = time.monotonic() + timeout
        while not os.path.exists(self.path) or os.path.exists(self.path + "-reserve"):
            if time.monotonic() > end:
                return False
            time.sleep(0.002)
        return True

    def __repr__(self) -> str:
        return "<connie.Recording %s %r>" % (self.id, self.name)


class _Process:
    """The tracer in this process, and the recorder that belongs to it."""

    folder: str
    prefix: str
    recordings: str

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.tracer: Tracer | None = None
        #: Why there is no tracer. None if the process is recorded anyway.
        self.why: str | None = None
        self.current: Recording | None = None
        #: The recording that was kept last.
        self.kept: Recording | None = None
        self.count = 0

    def start(self) -> None:
        """Starts the recorder. Raises OSError, ValueError or RuntimeError if it cannot be started."""
        start, name = _program()
        command = [binary(), "attend", "--start=" + start, "--name=" + name, "--argv=" + json.dumps(sys.orig_argv)]
        command += ["--exclude", os.path.dirname(os.path.abspath(__file__)), *_options, str(self.pid)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip().removeprefix("connie: ") or "the recorder did not start")
        answer = json.loads(done.stdout)
        space: dict[str, Any] = {}
        path = os.path.join(answer["folder"], "connie_start.py")
        with open(path, encoding="utf-8") as file:
            exec(compile(file.read(), path, "exec"), space)
        self.tracer, _ = space["connie_start"](answer["config"], answer["folder"])
        self.folder, self.prefix, self.recordings = answer["folder"], answer["prefix"], answer["recordings"]


def _program() -> tuple[str, str]:
    """The path from which to search for the project's root, and the name of the program."""
    main = sys.modules.get("__main__")
    script = getattr(main, "__file__", None)
    spec = getattr(main, "__spec__", None)
    if spec is not None:
        return os.getcwd(), "-m " + spec.name.removesuffix(".__main__")
    if script is None:
        return os.getcwd(), "python"
    # A command of an installed package works on the working folder.
    installed = os.path.abspath(script).startswith((sys.prefix + os.sep, sys.base_prefix + os.sep))
    return os.getcwd() if installed else script, os.path.basename(script)


def _is_recorded() -> bool:
    """Whether this process has a tracer, of `connie run` or `connie pytest`."""
    try:
        with open("/proc/self/maps") as file:
            return any(line.rstrip().endswith("/connie_tracer.so") for line in file)
    except OSError:
        return False


def _warn(error: Exception) -> None:
    warnings.warn("connie does not record: %s" % error, RuntimeWarning, stacklevel=4)


def process(quiet: bool = False) -> _Process | None:
    """Returns the recorder of this process. None if it is recorded anyway, or (with a warning) cannot be recorded."""
    global _process
    with _lock:
        if _process is None or _process.pid != os.getpid():
            # A forked child starts a tracer of its own if it needs one.
            inherited = _process is not None and _process.tracer is not None
            _process = _Process()
            try:
                if inherited or not _is_recorded():
                    _process.start()
            except (OSError, ValueError, RuntimeError) as error:
                _process.why = str(error)
                if not quiet:
                    _warn(error)
        return _process if _process.tracer is not None else None


def why() -> str | None:
    """Returns why this process cannot be recorded. None if it can, or if that was not tried."""
    return None if _process is None else _process.why


def configure(**options: object) -> None:
    """Sets the options of all recordings, before the first one. They are those of `connie run`, with `_` for `-`:
    `include=["package:flask"]`, `exclude`, `all=True`, `max_string=200`, `redact=[]` and others.

    Raises RuntimeError if the recorder has started already."""
    with _lock:
        if _process is not None and _process.pid == os.getpid():
            raise RuntimeError("call connie.configure() before the first recording")
        _options.clear()
        for key, value in options.items():
            option = "--" + key.replace("_", "-")
            if value is True:
                _options.append(option)
            elif isinstance(value, (list, tuple)):
                _options.extend("%s=%s" % (option, item) for item in value)
            elif value is not False and value is not None:
                _options.append("%s=%s" % (option, value))


def begin(name: str | None, kept: bool = True) -> Recording | None:
    """Begins a recording. Returns None if another one has not ended, or if none can be made."""
    with _lock:
        here = process()
        if here is None or here.tracer is None or here.current is not None:
            return None
        here.count += 1
        id = "%s-%d" % (here.prefix, here.count)
        if not here.tracer.begin(id, name or "", int(kept)):
            return None
        here.current = Recording(id, name, here.recordings)
        return here.current


def end(recording: Recording | None, keep: int) -> bool:
    """Ends a recording. Returns whether it had not ended before."""
    with _lock:
        here = _process
        if here is None or here.tracer is None or recording is None or here.current is not recording:
            return False
        here.current = None
        if keep != DROPPED:
            here.kept = recording
        return here.tracer.end(keep)


def start(name: str | None = None) -> Recording | None:
    """Starts a recording and returns it. Returns None if another one runs, or (after a warning) none can be made."""
    return begin(name)


def stop() -> Recording | None:
    """Ends the recording that `start` began and returns it. Returns None if there is none."""
    with _lock:
        recording = None if _process is None else _process.current
        return recording if end(recording, WISHED) else None


@atexit.register
def _at_exit() -> None:
    # The recorder outlives the program. But if the program is all that a container runs, the recorder is killed with
    # it.
    here = _process
    if here is None or here.pid != os.getpid() or here.tracer is None:
        return
    end(here.current, WISHED)
    if here.kept is not None:
        here.kept.wait(5.0)
