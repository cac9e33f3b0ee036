"""The browser viewer of a notebook's process: `connie view`, which ends with this process."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from connie._binary import binary

TYPE_CHECKING = False  # True for type checkers only, so that `typing` is not imported.
if TYPE_CHECKING:
    from typing import Any

_viewer: Viewer | None = None


class Viewer:
    """A running viewer."""

    def __init__(self) -> None:
        command = [binary(), "view", "--no-browser", "--until-stdin-ends"]
        # It ends when this process does, however that ends: its stdin is a pipe that only this process can write.
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.pid, self.folder = os.getpid(), os.getcwd()
        assert self.process.stdout is not None
        address, _, fragment = self.process.stdout.readline().strip().partition("#")
        self.origin = address.rstrip("/")
        self.token = fragment.removeprefix("token=")
        if not self.token:
            raise OSError("the viewer did not start")

    def is_running(self) -> bool:
        """Whether it serves this process and its folder."""
        return self.pid == os.getpid() and self.folder == os.getcwd() and self.process.poll() is None

    def ask(self, path: str, data: object = None) -> Any:
        """Sends a request. Raises OSError if the viewer does not answer."""
        headers = {"Authorization": "Bearer " + self.token, "Origin": self.origin, "Content-Type": "application/json"}
        body = json.dumps(data).encode()
        request = urllib.request.Request(self.origin + path, data=body, method="POST", headers=headers)
        # A proxy of the environment does not lead to this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=5) as answer:
            return json.load(answer)

    def invitation(self) -> str:
        """A secret that lets one browser in, within five minutes. Raises OSError if the viewer does not answer."""
        return str(self.ask("/api/invitations")["invitation"])

    def close(self) -> None:
        """Ends it."""
        if self.pid == os.getpid():
            self.process.kill()
            self.process.wait()


def link(id: str, step: int | None = None, cells: dict[str, str] | None = None) -> str | None:
    """The address of a recording in the viewer, for one browser. None if there can be no viewer. `cells` has the names of
    a notebook's cells, by the files that they were compiled as."""
    global _viewer
    try:
        if _viewer is None or not _viewer.is_running():
            close()
            _viewer = Viewer()
        if cells:
            _viewer.ask("/api/cells", cells)
        fragment = {"invitation": _viewer.invitation(), **({} if step is None else {"step": step})}
        return "%s/run/%s#%s" % (_viewer.origin, urllib.parse.quote(id), urllib.parse.urlencode(fragment))
    except (OSError, ValueError):
        return None


@atexit.register
def close() -> None:
    """Ends the viewer of this process."""
    global _viewer
    if _viewer is not None:
        _viewer.close()
        _viewer = None
