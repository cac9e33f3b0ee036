"""The recorder of this process: started when it is first needed, it serves all recordings after."""

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

TYPE_CHECKING = False  # Checkers take it for true; `typing` is not imported for it.
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
    """A recording that is made, or was."""

    def __init__(self, id: str, name: str | None, folder: str) -> None:
        #: What `connie replay` calls it.
        self.id = id
        self.name = name
        #: Its file.
        self.path = os.path.join(folder, id + ".connie")

    def wait(self, timeout: float = 10.0) -> bool:
        """Waits, for some seconds at most, until the file is complete; whether it is."""
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
        #: Why there is none, unless the process is recorded anyway.
        self.why: str | None = None
        self.current: Recording | None = None
        #: The one that was kept last.
        self.kept: Recording | None = None
        self.count = 0

    def start(self) -> None:
        """Raises OSError, ValueError or RuntimeError where it cannot."""
        start, name = _program()
        command = [binary(), "attend", "--start=" + start, "--name=" + name, "--argv=" + json.dumps(sys.orig_argv)]
        command += ["--exclude", os.path.dirname(os.path.abspath(__file__)), *_options, str(self.pid)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip().removeprefix("connie: ") or "its recorder does not start")
        answer = json.loads(done.stdout)
        space: dict[str, Any] = {}
        path = os.path.join(answer["folder"], "connie_start.py")
        with open(path, encoding="utf-8") as file:
            exec(compile(file.read(), path, "exec"), space)
        self.tracer, _ = space["connie_start"](answer["config"], answer["folder"])
        self.folder, self.prefix, self.recordings = answer["folder"], answer["prefix"], answer["recordings"]


def _program() -> tuple[str, str]:
    """Where the search for the project's root begins, and what the program is called."""
    main = sys.modules.get("__main__")
    script = getattr(main, "__file__", None)
    spec = getattr(main, "__spec__", None)
    if spec is not None:
        return os.getcwd(), "-m " + spec.name.removesuffix(".__main__")
    if script is None:
        return os.getcwd(), "python"
    # A command of an installed package works on what is here.
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
    """That of this process; None, with a warning, where it cannot be recorded or is recorded anyway."""
    global _process
    with _lock:
        if _process is None or _process.pid != os.getpid():
            # A forked child has a tracer of its own, if it asks for one.
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
    """Why this process cannot be recorded, in a sentence; None where it can, or was not tried."""
    return None if _process is None else _process.why


def configure(**options: object) -> None:
    """Says what is recorded and how, before anything is: the options of `connie run` with `_` for `-`, such as
    `include=["package:flask"]`, `exclude`, `all=True`, `max_string=200`, `redact=[]`.

    Raises RuntimeError where the recorder has started already."""
    with _lock:
        if _process is not None and _process.pid == os.getpid():
            raise RuntimeError("connie.configure() comes before the first recording")
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
    """Begins a recording; None where one goes on, or none can be made."""
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
    """Ends it; whether it went on."""
    with _lock:
        here = _process
        if here is None or here.tracer is None or recording is None or here.current is not recording:
            return False
        here.current = None
        if keep != DROPPED:
            here.kept = recording
        return here.tracer.end(keep)


def start(name: str | None = None) -> Recording | None:
    """Begins to record. The recording, or None where none is made (which was said) or one goes on."""
    return begin(name)


def stop() -> Recording | None:
    """Ends the recording that `start` began; it, or None where there is none."""
    with _lock:
        recording = None if _process is None else _process.current
        return recording if end(recording, WISHED) else None


@atexit.register
def _at_exit() -> None:
    # The recorder outlives the program, but where that was all of a container, nothing does.
    here = _process
    if here is None or here.pid != os.getpid() or here.tracer is None:
        return
    end(here.current, WISHED)
    if here.kept is not None:
        here.kept.wait(5.0)
