"""Records each request to an ASGI application."""

from __future__ import annotations

import random

from connie import _recorder

TYPE_CHECKING = False  # True for type checkers only, so that `typing` is not imported.
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping
    from typing import Any, Literal

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Message, Receive, Send], Awaitable[None]]


class Middleware:
    """Wraps an application, and records each request or a sample of them.

        app = connie.asgi.Middleware(app)

    `keep="failed"` (the default) keeps recordings of requests that end with an exception or a status of 500 or more.
    `keep="all"` keeps all. `sample` is the share of requests that are recorded, from 0 to 1. One request is recorded
    at a time. Requests that other tasks answer meanwhile are part of that recording, and have none of their own."""

    def __init__(self, app: Application, *, keep: Literal["all", "failed"] = "failed", sample: float = 1.0) -> None:
        if keep not in ("all", "failed"):
            raise ValueError("keep must be 'all' or 'failed'")
        if not 0 <= sample <= 1:
            raise ValueError("sample must be a number from 0 to 1")
        self.app = app
        self.keep = keep
        self.sample = sample

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or self.sample < 1 and random.random() >= self.sample:
            return await self.app(scope, receive, send)
        name = "%s %s" % (scope.get("method", scope["type"]), scope.get("path", "/"))
        recording = _recorder.begin(name, self.keep == "all")
        if recording is None:
            return await self.app(scope, receive, send)
        failed = False

        async def sent(message: Message) -> None:
            nonlocal failed
            failed = failed or message["type"] == "http.response.start" and message["status"] >= 500
            await send(message)

        try:
            return await self.app(scope, receive, sent)
        except BaseException:
            failed = True
            raise
        finally:
            went_well = _recorder.PASSED if self.keep == "all" else _recorder.DROPPED
            _recorder.end(recording, _recorder.FAILED if failed else went_well)
