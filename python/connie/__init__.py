"""Record parts of a program, to travel through them afterwards.

    import connie

    with connie.recording("import of invoices"):
        ...

    @connie.recording
    def handle(order): ...

    connie.start("from here"); ...; connie.stop()

Each recording is a file in the folder `.connie` at the project's root. `connie list` lists them, `connie replay`
prints one, and editors open them. Between recordings the program runs at full speed. One recording is made at a
time, of all threads; a recording that starts within another one is part of that one. Under `connie run` and
`connie pytest` everything is recorded anyway, so these functions do nothing.
"""

from __future__ import annotations

from connie._recorder import Recording, configure, start, stop
from connie._recording import recording

TYPE_CHECKING = False  # True for type checkers only, so that `typing` is not imported.
if TYPE_CHECKING:
    from typing import Any

__all__ = ["Recording", "configure", "recording", "start", "stop"]


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext connie`, in Jupyter and IPython: `%%connie` records a cell, `%connie` asks about it."""
    from connie import _notebook

    _notebook.load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext connie`."""
    from connie import _notebook

    _notebook.unload(shell)
