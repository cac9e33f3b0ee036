"""Records each request to a WSGI application."""

from __future__ import annotations

import random
import threading

from connie import _recorder

TYPE_CHECKING = False  # True for type checkers only, so that `typing` is not imported.
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, Literal

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Middleware:
    """Wraps an application, and records each request or a sample of them.

        app = connie.wsgi.Middleware(app)

    `keep="failed"` (the default) keeps recordings of requests that end with an exception or a status of 500 or more.
    `keep="all"` keeps all. `sample` is the share of requests that are recorded, from 0 to 1. One request is recorded
    at a time. Requests that other threads answer meanwhile are part of that recording, and have none of their own."""

    def __init__(self, app: WSGIApplication, *, keep: Literal["all", "failed"] = "failed", sample: float = 1.0) -> None:
        if keep not in ("all", "failed"):
            raise ValueError("keep must be 'all' or 'failed'")
        if not 0 <= sample <= 1:
            raise ValueError("sample must be a number from 0 to 1")
        self.app = app
        self.keep = keep
        self.sample = sample
        self.local = threading.local()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if self.sample < 1 and random.random() >= self.sample:
            return self.app(environ, start_response)
        before = getattr(self.local, "request", None)
        if before is not None:
            # The response of the request before was neither read to its end nor closed, as in test clients.
            before.end()
        name = "%s %s" % (environ.get("REQUEST_METHOD", "?"), environ.get("PATH_INFO", "/"))
        recording = _recorder.begin(name, self.keep == "all")
        if recording is None:
            return self.app(environ, start_response)
        request = self.local.request = _Request(recording, self.keep)

        def started(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
            request.failed = status[:1] == "5"
            return start_response(status, headers, *rest)

        try:
            return _Body(self.app(environ, started), request)
        except BaseException:
            request.end(True)
            raise


class _Request:
    def __init__(self, recording: _recorder.Recording, keep: Literal["all", "failed"]) -> None:
        self.recording: _recorder.Recording | None = recording
        self.keep = keep
        self.failed = False

    def end(self, failed: bool = False) -> None:
        if self.recording is not None:
            went_well = _recorder.PASSED if self.keep == "all" else _recorder.DROPPED
            _recorder.end(self.recording, _recorder.FAILED if failed or self.failed else went_well)
            self.recording = None


class _Body:
    """The response of the application. The request ends when the server has read and closed it."""

    def __init__(self, body: Iterable[bytes], request: _Request) -> None:
        self.body = body
        self.request = request
        self.parts: Iterator[bytes] | None = None

    def __iter__(self) -> _Body:
        return self

    def __next__(self) -> bytes:
        try:
            if self.parts is None:
                self.parts = iter(self.body)
            return next(self.parts)
        except StopIteration:
            # Some servers do not close a response.
            self.request.end()
            raise
        except BaseException:
            self.request.end(True)
            raise

    def __len__(self) -> int:
        # Servers compute the length of a response with one part from this.
        return len(self.body)  # type: ignore[arg-type] # It fails where that of the application would.

    def close(self) -> None:
        failed = True
        try:
            close = getattr(self.body, "close", None)
            if close is not None:
                close()
            failed = False
        finally:
            self.request.end(failed)

    def __del__(self) -> None:
        self.request.end()
