"""A recording of each request to a WSGI application."""

import random
import threading

from connie import _recorder


class Middleware:
    """Wraps an application; each request is a recording, or of a sample of them.

        app = connie.wsgi.Middleware(app)

    `keep="failed"` (the default) keeps those of requests that end with an exception or a status of 500 and more,
    `keep="all"` all. `sample` is the share of requests that are recorded, from 0 to 1. One is recorded at a time:
    requests that other threads answer meanwhile are part of that recording, and have none of their own."""

    def __init__(self, app, *, keep="failed", sample=1.0):
        if keep not in ("all", "failed"):
            raise ValueError("keep is 'all' or 'failed'")
        if not 0 <= sample <= 1:
            raise ValueError("sample is a number from 0 to 1")
        self.app = app
        self.keep = keep
        self.sample = sample
        self.local = threading.local()

    def __call__(self, environ, start_response):
        if self.sample < 1 and random.random() >= self.sample:
            return self.app(environ, start_response)
        before = getattr(self.local, "request", None)
        if before is not None:
            # Its answer was neither taken to its end nor closed, as test clients do.
            before.end()
        name = "%s %s" % (environ.get("REQUEST_METHOD", "?"), environ.get("PATH_INFO", "/"))
        recording = _recorder.begin(name, self.keep == "all")
        if recording is None:
            return self.app(environ, start_response)
        request = self.local.request = _Request(recording, self.keep)

        def started(status, headers, *rest):
            request.failed = status[:1] == "5"
            return start_response(status, headers, *rest)

        try:
            return _Body(self.app(environ, started), request)
        except BaseException:
            request.end(True)
            raise


class _Request:
    def __init__(self, recording, keep):
        self.recording = recording
        self.keep = keep
        self.failed = False

    def end(self, failed=False):
        if self.recording is not None:
            went_well = _recorder.PASSED if self.keep == "all" else _recorder.DROPPED
            _recorder.end(self.recording, _recorder.FAILED if failed or self.failed else went_well)
            self.recording = None


class _Body:
    """What the application answers; the request goes on until the server has taken and closed it."""

    def __init__(self, body, request):
        self.body = body
        self.request = request
        self.parts = None

    def __iter__(self):
        return self

    def __next__(self):
        try:
            if self.parts is None:
                self.parts = iter(self.body)
            return next(self.parts)
        except StopIteration:
            # Not all who take an answer close it.
            self.request.end()
            raise
        except BaseException:
            self.request.end(True)
            raise

    def __len__(self):
        # Servers tell the length of an answer of one part by this.
        return len(self.body)

    def close(self):
        failed = True
        try:
            close = getattr(self.body, "close", None)
            if close is not None:
                close()
            failed = False
        finally:
            self.request.end(failed)

    def __del__(self):
        self.request.end()
