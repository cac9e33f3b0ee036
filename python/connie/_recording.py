"""`connie.recording`: a block, or each call of a function, is a recording."""

import functools
import inspect

from connie import _recorder


def recording(name=None, *, keep="all"):
    """Records a `with` block, or each call of the function that it decorates (with or without parentheses):

        with connie.recording("import"): ...

        @connie.recording
        def handle(order): ...

    `keep="failed"` keeps recordings only of what an exception leaves. The block gets the `Recording`, or None where
    none is made. Functions may be coroutine functions or generators."""
    if keep not in ("all", "failed"):
        raise ValueError("keep is 'all' or 'failed'")
    if callable(name):
        return _Block(None, keep)(name)
    return _Block(name, keep)


class _Block:
    def __init__(self, name, keep):
        self.name = name
        self.keep = keep
        self.stack = []

    def __enter__(self):
        self.stack.append(_recorder.begin(self.name, self.keep == "all"))
        return self.stack[-1]

    def __exit__(self, kind, error, traceback):
        recording = self.stack.pop()
        if recording is not None:
            went_well = _recorder.PASSED if self.keep == "all" else _recorder.DROPPED
            _recorder.end(recording, went_well if kind is None else _recorder.FAILED)

    def __call__(self, function):
        name, keep = self.name or function.__qualname__, self.keep
        if inspect.isasyncgenfunction(function):
            raise TypeError("connie.recording cannot record each call of an async generator: use it as a block within")
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def recorded(*args, **kwargs):
                with _Block(name, keep):
                    return await function(*args, **kwargs)

        elif inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def recorded(*args, **kwargs):
                with _Block(name, keep):
                    return (yield from function(*args, **kwargs))

        else:

            @functools.wraps(function)
            def recorded(*args, **kwargs):
                with _Block(name, keep):
                    return function(*args, **kwargs)

        return recorded
