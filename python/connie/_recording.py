"""`connie.recording`: a block, or each call of a function, is a recording."""

from __future__ import annotations

import functools
import inspect

from connie import _recorder

TYPE_CHECKING = False  # True for type checkers only, so that `typing` is not imported.
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import TracebackType
    from typing import Any, Literal, TypeVar, overload

    Function = TypeVar("Function", bound=Callable[..., Any])
    Keep = Literal["all", "failed"]
else:

    def overload(function):
        return function


@overload
def recording(name: Function, *, keep: Keep = "all") -> Function: ...
@overload
def recording(name: str | None = None, *, keep: Keep = "all") -> _Block: ...  # noqa: F811


def recording(name: Callable[..., Any] | str | None = None, *, keep: Keep = "all") -> Callable[..., Any] | _Block:  # noqa: F811
    """Records a `with` block, or each call of the function that it decorates (with or without parentheses):

        with connie.recording("import"): ...

        @connie.recording
        def handle(order): ...

    `keep="failed"` keeps a recording only if an exception leaves the block or function. The block gets the
    `Recording`, or None if none is made. Functions may be coroutine functions or generators."""
    if keep not in ("all", "failed"):
        raise ValueError("keep must be 'all' or 'failed'")
    if callable(name):
        return _Block(None, keep)(name)
    return _Block(name, keep)


class _Block:
    def __init__(self, name: str | None, keep: Keep) -> None:
        self.name = name
        self.keep = keep
        self.stack: list[_recorder.Recording | None] = []

    def __enter__(self) -> _recorder.Recording | None:
        self.stack.append(_recorder.begin(self.name, self.keep == "all"))
        return self.stack[-1]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        recording = self.stack.pop()
        if recording is not None:
            went_well = _recorder.PASSED if self.keep == "all" else _recorder.DROPPED
            _recorder.end(recording, went_well if kind is None else _recorder.FAILED)

    def __call__(self, function: Function) -> Function:
        name, keep = self.name or function.__qualname__, self.keep
        if inspect.isasyncgenfunction(function):
            raise TypeError("connie.recording cannot record each call of an async generator: use it as a block within")
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def waited(*args: Any, **kwargs: Any) -> Any:
                with _Block(name, keep):
                    return await function(*args, **kwargs)

            return waited  # type: ignore[return-value]
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def resumed(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
                with _Block(name, keep):
                    return (yield from function(*args, **kwargs))

            return resumed  # type: ignore[return-value]

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            with _Block(name, keep):
                return function(*args, **kwargs)

        return called  # type: ignore[return-value]
